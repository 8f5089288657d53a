"""Every command on terminals of all kinds: narrow, without colours, without UTF-8, and on none."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from command_calls import DATAFLOWS
from terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from terminal import Session

SALES = (
    "id,day,city,price,quantity,note\n"
    '1,2024-01-31,Orléans,1.50,3,"a note that is rather long, and goes on"\n'
    "2,2024-02-01,Rome,7.25,1,\n"
    "3,2024-02-02,São Paulo,n/a,2,ok\n"
)
SCRIPT = """
from dataflows import Flow, dump_to_path, filter_rows, load

def mark(row):
    row["note"] = "→ " + (row["note"] or "")

def flow():
    return Flow(load("sales.csv"), mark, filter_rows("quantity > 1"), dump_to_path("out"))
"""
FITTED = [
    "run flow.py",
    "run flow.py --profile --progress",
    "show sales.csv",
    "check flow.py",
    "explain flow.py",
    "debug flow.py --step 2",
    "processors",
    "init sales.csv",
]
OTHERS = [
    "processors filter_rows",
    "validate sales.csv",
    "convert sales.csv - --format ndjson",
    "init hello-world",
    "new processor add_vat",
    "completion bash",
    "run nothing.py",
]
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
COLOURS = re.compile(r"\x1b\[(?:\d+;)*(?:[349]|10)\d(?:;\d+)*m")  # bold is no colour


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    (tmp_path / "flow.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


def called(folder: Path, call: str, *, columns: int = 80, **variables: str) -> Session:
    """Return what was shown, once a call has come to its end."""
    command = [*DATAFLOWS, *call.split()]
    session = on_terminal(command, folder, columns=columns, **variables)
    assert session.code == (2 if "nothing" in call else 0), session.shown
    return session


@pytest.mark.parametrize("call", FITTED)
def test_it_fits_in_40_columns(call: str, folder: Path) -> None:
    shown = called(folder, call, columns=40).shown
    longer = [line for line in re.split(r"[\r\n]", shown) if len(line) > 40]
    assert longer == []
    assert "→" in shown or "id" in shown or "load" in shown


@pytest.mark.parametrize("call", [*FITTED, *OTHERS])
def test_a_terminal_that_knows_nothing_shows_plain_text(call: str, folder: Path) -> None:
    session = called(folder, call, TERM="dumb", PYTHONIOENCODING="ascii")
    assert "\x1b" not in session.raw
    if not call.startswith("convert"):  # data is written as it is
        assert session.raw.isascii()
    assert "Traceback" not in session.shown


@pytest.mark.parametrize("call", ["show sales.csv", "run flow.py", "processors", "run nothing.py"])
def test_no_color_means_no_colour(call: str, folder: Path) -> None:
    session = called(folder, call, NO_COLOR="1")
    assert COLOURS.search(session.raw) is None


def test_a_terminal_has_colours(folder: Path) -> None:
    assert COLOURS.search(called(folder, "show sales.csv").raw)


@pytest.mark.parametrize("call", [*FITTED, *OTHERS])
def test_a_pipe_gets_plain_text_whatever_its_encoding(call: str, folder: Path) -> None:
    done = subprocess.run(
        [*DATAFLOWS, *call.split()],
        cwd=folder,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        check=False,
    )
    assert done.returncode == (2 if "nothing" in call else 0), done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    if not call.startswith("convert"):
        assert done.stdout.isascii()


@pytest.mark.parametrize("call", [*FITTED, *OTHERS])
def test_nobody_who_reads_on_is_no_error(call: str, folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*DATAFLOWS, *call.split()],
        cwd=folder,
        stdout=writer,
        stderr=subprocess.PIPE,
        env=BUFFERED,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.returncode in {1, 2}
    told = [line for line in done.stderr.splitlines() if not is_expected(line)]
    assert told == []


def is_expected(line: str) -> bool:
    """Tell whether a line is one that a command writes to standard error, besides its output."""
    return line.startswith(("error: no script", "  fix: ", "3 rows", "flow", "load"))


def test_a_step_that_prints_into_a_closed_pipe_ends_the_flow(folder: Path) -> None:
    (folder / "prints.py").write_text(
        "import itertools\nfrom dataflows import Flow, printer\n"
        "def say(row):\n    print(row)\n"
        "def flow():\n    return Flow(({'a': n} for n in itertools.count()), say)\n",
        encoding="utf-8",
    )
    line = f"{shlex.join([*DATAFLOWS, 'run', 'prints.py'])} | head -2"
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("{'a': 0}\n{'a': 1}\n", "")


@pytest.mark.parametrize(
    ("closing", "code"), [(">&-", 0), ("2>&-", 0), ("<&-", 0), (">/dev/full", 1)]
)
def test_output_may_be_closed_or_full(closing: str, code: int, folder: Path) -> None:
    line = f"{shlex.join(DATAFLOWS)} show sales.csv --rows 1 {closing}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        capture_output=True,
        env=BUFFERED,
        text=True,
        check=False,
    )
    message = "error: cannot write to standard output: No space left on device\n" if code else ""
    assert (done.returncode, done.stderr) == (code, message)


def test_names_of_files_that_are_no_text_are_shown(folder: Path) -> None:
    name = os.fsdecode(b"sales\xff.csv")
    (folder / "sales.csv").rename(folder / name)
    done = subprocess.run(
        [*DATAFLOWS, "validate", name], cwd=folder, capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr
