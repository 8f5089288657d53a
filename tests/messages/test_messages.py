"""Seeded mistakes: every folder is a flow with one, and what we say of it, word for word.

The file `flow.py` of a folder has a function `flow`, which may ask for a ``server`` of the web,
where no page is, or a ``database`` of PostgreSQL, to which its password does not lead. It is run by
the Python API and by the command line, in a copy of its folder. Beside it stand `message.txt`,
the text of the error or warning, and `command.txt`, what the command writes to stderr with its exit
code. Numbers of ports are written ``<port>``. `UPDATE=1 pytest` writes these files: look at them.
"""

from __future__ import annotations

import os
import re
import runpy
import shutil
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from command_calls import dataflows
from http_server import serving
from servers import postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
NAMES = sorted(path.parent.name for path in HERE.glob("*/flow.py"))
UPDATE = bool(os.environ.get("UPDATE"))
LEAST = 20


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[str]:
    """The address of a server that has no page."""
    with serving() as one:
        yield one.url


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of a database, with a password that is not the one of its user."""
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg: dataflows[postgresql]")
    with postgresql_server() as address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("create role clerk login password 'right'")
            (rules,) = connection.execute("show hba_file").fetchone() or ("",)
            rule = "host all clerk 127.0.0.1/32 scram-sha-256\n"
            Path(rules).write_text(rule + Path(rules).read_text())
            connection.execute("select pg_reload_conf()")
        yield address.replace("tester:S3CRET", "clerk:S3CRET")


@pytest.fixture
def case(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, dict[str, str]]:
    """The folder of a mistake, a copy of which is now the current one, and what its flow needs."""
    folder = HERE / request.param
    copy = tmp_path / "case"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.txt", "__pycache__"))
    monkeypatch.chdir(copy)
    script = (copy / "flow.py").read_text(encoding="utf-8")
    needs = [name for name in ("server", "database") if f"def flow({name})" in script]
    return folder, {name: request.getfixturevalue(name) for name in needs}


def stable(text: str) -> str:
    """Return a text without what is different each time."""
    return re.sub(r"(127\.0\.0\.1(?::|\", port ))\d+", r"\1<port>", text)


def compare(text: str, golden: Path) -> None:
    if UPDATE:
        golden.write_text(stable(text), encoding="utf-8")
    assert stable(text) == golden.read_text(encoding="utf-8")


@contextmanager
def with_all_modules() -> Iterator[None]:
    """Give back the modules that a flow takes away, to show what it says without them."""
    before = dict(sys.modules)
    try:
        yield
    finally:
        for name in [name for name, module in sys.modules.items() if module is None]:
            del sys.modules[name]
            if name in before:
                sys.modules[name] = before[name]


def message_of(settings: dict[str, str]) -> str:
    """Return what a run of the flow says by the Python API."""
    with with_all_modules(), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            runpy.run_path("flow.py")["flow"](**settings).process()
        except Exception as error:  # noqa: BLE001 - whatever it is, its text is compared
            return f"{type(error).__name__}: {error}\n"
    return "".join(f"{one.category.__name__}: {one.message}\n" for one in told)


@pytest.mark.parametrize("case", NAMES, indirect=True)
def test_the_python_api_names_the_culprit_and_the_fix(
    case: tuple[Path, dict[str, str]],
) -> None:
    folder, settings = case
    compare(message_of(settings), folder / "message.txt")


@pytest.mark.parametrize("case", NAMES, indirect=True)
def test_the_command_line_names_the_culprit_and_the_fix(
    case: tuple[Path, dict[str, str]],
) -> None:
    folder, settings = case
    given = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    done = dataflows(Path(), "run", "flow.py", *given)
    compare(f"{done.stderr}exit {done.returncode}\n", folder / "command.txt")


def test_there_are_twenty_mistakes_at_least() -> None:
    assert len(NAMES) >= LEAST


@pytest.mark.parametrize("golden", ["message.txt", "command.txt"])
@pytest.mark.parametrize("name", NAMES)
def test_every_message_has_a_fix_and_none_a_traceback_or_a_secret(name: str, golden: str) -> None:
    told = (HERE / name / golden).read_text(encoding="utf-8")
    assert "Traceback" not in told
    assert "S3CRET" not in told
    assert "did you mean" in told or "\n  fix: " in told
