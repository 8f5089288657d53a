from __future__ import annotations

import logging
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from command_calls import dataflows
from dataflows.errors import ProcessorError
from dataflows.flow import Flow
from dataflows.logs import clean_message, logger_of
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.loaders.load import load
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.processors.rows.sort_rows import sort_rows
from dataflows.spill.database import Spill
from http_server import Answer, serving

if TYPE_CHECKING:
    from pathlib import Path


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, with the seconds replaced."""
    return [
        f"{one.levelname} {one.name}: " + re.sub(r"\d+\.\d+ s\b", "# s", one.getMessage())
        for one in caplog.records
        if one.name.startswith("dataflows")
    ]


def test_a_run_tells_when_it_begins_and_ends_and_what_it_wrote(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO, "dataflows")
    folder = tmp_path / "out"
    Flow([{"a": 1}, {"a": 2}], filter_rows("a > 1"), dump_to_path(str(folder))).process()
    assert told(caplog) == [
        "INFO dataflows.flow: a run of 3 steps begins",
        f"INFO dataflows.flow: written: {folder}/datapackage.json",
        "INFO dataflows.flow: the run ended after # s: 2 rows",
    ]


def test_each_step_is_told_on_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "dataflows")
    Flow([{"a": 1}, {"a": 2}], filter_rows("a > 1")).run()
    assert told(caplog) == [
        "DEBUG dataflows.flow: package phase, step 1, list of rows: res_1 (a)",
        "DEBUG dataflows.flow: package phase, step 2, filter_rows('a > 1'): res_1 (a)",
        "INFO dataflows.flow: a run of 2 steps begins",
        "DEBUG dataflows.flow: step 1, list of rows: 0 rows in, 2 added, 2 out, # s",
        "DEBUG dataflows.flow: step 2, filter_rows('a > 1'): 2 rows in, 1 out, 1 filtered, # s",
        "INFO dataflows.flow: the run ended after # s: 2 rows",
    ]


def test_a_run_that_fails_tells_why_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    def fail(row: dict[str, Any]) -> None:
        raise ValueError("two\nlines")

    caplog.set_level(logging.INFO, "dataflows")
    with pytest.raises(ProcessorError):
        Flow([{"a": 1}], fail).results()
    assert told(caplog)[-1] == "INFO dataflows.flow: the run failed after # s: ValueError: two"


def test_another_attempt_is_told_without_the_secrets_of_the_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "dataflows")
    with serving() as server:
        server.put("/a.csv", Answer(status=503), b"a\n1\n")
        Flow(load(f"{server.url}/a.csv?key=S3CRET")).process()
        url = server.url
    assert told(caplog)[0] == (
        f"INFO dataflows.processors.storage.http_request: {url}/a.csv?***: "
        "the server answers 503 Service Unavailable; trying again in # s"
    )
    assert "S3CRET" not in "".join(told(caplog))


def test_what_goes_to_disk_is_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAFLOWS_MEMORY_LIMIT", "16MB")
    caplog.set_level(logging.INFO, "dataflows")
    rows = ({"n": -n, "text": str(n) * 80} for n in range(60_000))
    Flow(rows, sort_rows("n")).process()
    assert told(caplog)[1] == (
        "INFO dataflows.spill.row_store: "
        "rows to be put in order are more than fit into memory: on to disk"
    )
    caplog.clear()
    spill = Spill()
    spill.store(pa.record_batch({"n": range(100_000)}) for _ in range(100))
    spill.close()
    assert re.search(r": more than the memory limit: [\d,]+ bytes are on disk$", told(caplog)[0])


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("see postgresql://me:pa55@db/sales now", "see postgresql://me:***@db/sales now"),
        ("mysql://me:p@ss/w?rd@db/sales", "mysql://me:***@db/sales"),
        ("https://h/a.csv?key=1&b=2 (1)", "https://h/a.csv?*** (1)"),
        ("https://h/a.csv#token", "https://h/a.csv#***"),
        ("https://docs/a#gid=7", "https://docs/a#gid=7"),
        ("{'api_key': 'pa55', 'format': 'csv'}", "{'api_key': '***', 'format': 'csv'}"),
        ("password=pa55; secret = x", "password=***; secret = ***"),
        ("load('a.csv', password='***')", "load('a.csv', password='***')"),
        ("at 12:30:01 by me@home", "at 12:30:01 by me@home"),
        ("C:\\data\\a.csv and load('a.csv')", "C:\\data\\a.csv and load('a.csv')"),
        ("one\ntwo\x1b[2J\r", "one\\ntwo\\x1b[2J\\r"),
        ("x" * 5000, "x" * 1000 + " … " + "x" * 1000),
    ],
)
def test_a_message_is_one_short_line_without_secrets(text: str, cleaned: str) -> None:
    assert clean_message(text) == cleaned


def test_the_arguments_of_a_message_are_cleaned(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dataflows")
    logger_of("dataflows.some.module").info("read %s", "http://h/a?key=S3CRET")
    assert told(caplog) == ["INFO dataflows.some.module: read http://h/a?***"]


def test_nothing_is_shown_to_those_who_do_not_listen() -> None:
    script = (
        "import logging\n"
        "from dataflows import Flow\n"
        "Flow([{'a': 1}]).process()\n"
        "from dataflows.logs import logger_of\n"
        "logger_of('dataflows.x').warning('nobody hears this')\n"
        "print(logging.getLogger('dataflows').handlers, logging.getLogger().handlers)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[<NullHandler (NOTSET)>] []\n", "")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    text = "from dataflows import Flow\nflow = Flow([{'a': 1}])\n"
    (tmp_path / "flow.py").write_text(text, encoding="utf-8")
    return tmp_path


def timeless(text: str) -> list[str]:
    text = re.sub(r"^\d\d:\d\d:\d\d ", "TIME ", text, flags=re.MULTILINE)
    return re.sub(r"\d+\.\d+ s\b", "# s", text).splitlines()


@pytest.mark.parametrize("option", ["-v", "--verbose"])
def test_a_verbose_command_tells_it_on_standard_error(script: Path, option: str) -> None:
    done = dataflows(script, "run", "flow.py", option)
    assert timeless(done.stderr) == [
        "TIME dataflows.flow: a run of 1 step begins",
        "TIME dataflows.flow: the run ended after # s: 1 row",
    ]
    assert "begins" not in done.stdout


def test_twice_verbose_tells_each_step(script: Path) -> None:
    done = dataflows(script, "run", "flow.py", "-vv")
    assert timeless(done.stderr) == [
        "TIME dataflows.flow: package phase, step 1, list of rows: res_1 (a)",
        "TIME dataflows.flow: a run of 1 step begins",
        "TIME dataflows.flow: step 1, list of rows: 0 rows in, 1 added, 1 out, # s",
        "TIME dataflows.flow: the run ended after # s: 1 row",
    ]


def test_otherwise_a_command_is_quiet(script: Path) -> None:
    assert dataflows(script, "run", "flow.py").stderr == ""
