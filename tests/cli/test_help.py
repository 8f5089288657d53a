"""What the help of every command says, and that the calls that it shows do what they should."""

from __future__ import annotations

import re
import shlex
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import openpyxl
import pytest
from click.testing import CliRunner

import dataflows
from command_help import commands, examples
from dataflows.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMANDS = commands()
CITIES = "id,name,people,founded\n1,Rome,2748109,-753\n2,Oslo,709037,1048\n3,Lima,,1535\n"
SALES_PY = """
from dataflows import Flow, add_computed_field, dump_to_path, filter_rows, load

def flow(year: int = 2024):
    return Flow(
        load("sales.csv"),
        add_computed_field("total", "price * quantity"),
        filter_rows("total > 5"),
        dump_to_path("out"),
    )
"""
SCHEMA = """{"fields": [
    {"name": "id", "type": "integer"}, {"name": "name", "type": "string"},
    {"name": "people", "type": "integer"}, {"name": "founded", "type": "integer"}]}
"""


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, arguments, prog_name="dataflows")
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A current folder with the files that the examples speak of."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    known = set(sys.modules)
    (tmp_path / "cities.csv").write_text(CITIES, encoding="utf-8")
    (tmp_path / "sales.csv").write_text(
        "id,day,price,quantity\n1,2024-01-31,1.50,3\n2,2024-02-01,7.25,1\n", encoding="utf-8"
    )
    (tmp_path / "sales.py").write_text(SALES_PY, encoding="utf-8")
    (tmp_path / "schema.json").write_text(SCHEMA, encoding="utf-8")
    book = openpyxl.Workbook()
    for row in (["id", "city"], [1, "Rome"], [2, "Oslo"]):
        book.active.append(row)
    book.save(tmp_path / "orders.xlsx")
    with sqlite3.connect("world.db") as database:
        columns = "id integer primary key, name text, people integer, founded integer"
        database.execute(f"create table cities ({columns})")
        database.execute("insert into cities values (1, 'Rome', 2748109, -753)")
    database.close()
    cities = dataflows.Flow(dataflows.load("cities.csv"), dataflows.dump_to_path("package"))
    cities.run()
    yield tmp_path
    for name in set(sys.modules) - known:
        if name in {"sales", "dataflows_script_sales"}:
            del sys.modules[name]


@pytest.mark.parametrize("path", [path for path in COMMANDS if path])
def test_a_command_has_examples_and_they_run(path: str, folder: Path) -> None:
    lines = examples(COMMANDS[path])
    assert lines, f"dataflows {path} --help shows no example"
    for line in lines:
        assert line.startswith(f"dataflows {path}".rstrip())
        code, out, err = call(*shlex.split(line)[1:])
        assert code == 0, f"{line}\n{out}{err}"


def test_the_examples_of_the_program_run(folder: Path) -> None:
    for line in examples(COMMANDS[""]):
        if line == "dataflows init sales.csv":
            (folder / "sales.py").unlink()
        code, out, err = call(*shlex.split(line)[1:])
        assert code == 0, f"{line}\n{out}{err}"


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize("path", COMMANDS)
def test_help_fits(path: str, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, err = call(*path.split(), "--help")
    assert (code, err) == (0, "")
    calls = [f"    {line}" for line in examples(COMMANDS[path])]  # what is code keeps its lines
    longer = [line for line in out.splitlines() if len(line) > min(columns, 80)]
    assert [line for line in longer if line not in calls] == []


@pytest.mark.parametrize("path", COMMANDS)
def test_help_says_what_every_option_does(path: str) -> None:
    command = COMMANDS[path]
    silent = [
        one.opts[0]
        for one in command.params
        if isinstance(one, click.Option) and not (one.help or "").endswith((".", "]"))
    ]
    assert silent == []
    assert (command.help or "").strip()


@pytest.mark.parametrize("path", COMMANDS)
def test_a_command_begins_with_a_sentence(path: str) -> None:
    first = (COMMANDS[path].help or "").strip().partition("\n\n")[0]
    assert re.fullmatch(r"[A-Z][^.]*(\.\w[^.]*)*\.", " ".join(first.split())), first


def test_all_commands_are_listed_in_the_order_in_which_one_meets_them() -> None:
    listed = call("--help")[1].partition("Commands:\n")[2].partition("\n\n")[0]
    names = [line.split()[0] for line in listed.splitlines() if line[2] != " "]
    assert names == [path for path in COMMANDS if path and " " not in path]
    assert names[:2] == ["init", "run"]
    assert "..." not in listed


@pytest.mark.parametrize("path", [path for path in COMMANDS if path in {"", "new"}])
def test_a_group_without_a_command_shows_its_help(path: str) -> None:
    assert call(*path.split()) == call(*path.split(), "--help")


def test_the_version_is_told() -> None:
    assert call("--version") == (0, f"{dataflows.__version__}\n", "")


USAGE_ERRORS = {
    "rum": (
        "dataflows has no command 'rum'\n  fix: did you mean 'run'? The commands here are: {names}."
    ),
    "--verson": (
        "dataflows has no option '--verson'\n"
        "  fix: did you mean --version? Or see dataflows --help."
    ),
    "run": (
        "dataflows run needs SCRIPT\n"
        "  fix: write dataflows run SCRIPT [NAME], or see dataflows run --help."
    ),
    "run a.py --limt 3": (
        "dataflows run has no option '--limt'\n"
        "  fix: did you mean --limit? Or see dataflows run --help."
    ),
    "run a.py --limit": "--limit needs a value\n  fix: see dataflows run --help.",
    "run a.py --limit 0": (
        "--limit is a whole number from 1, got '0'\n  fix: see dataflows run --help."
    ),
    "run a.py --limit all": (
        "--limit is a whole number from 1, got 'all'\n  fix: see dataflows run --help."
    ),
    "run a.py b c": (
        "got unexpected extra argument (c)\n"
        "  fix: write dataflows run SCRIPT [NAME], or see dataflows run --help."
    ),
    "processors --jsn": (
        "dataflows processors has no option '--jsn'\n"
        "  fix: did you mean --json? Or see dataflows processors --help."
    ),
    "processors --zzz": (
        "dataflows processors has no option '--zzz'\n  fix: see dataflows processors --help."
    ),
    "new procesor a": (
        "dataflows new has no command 'procesor'\n"
        "  fix: did you mean 'processor'? The commands here are: plugin, processor."
    ),
    "new processor a --kind rowz": (
        "--kind is one of row, rows, package, class, got 'rowz'\n"
        "  fix: did you mean row? Or see dataflows new processor --help."
    ),
    "completion bahs": (
        "SHELL is one of bash, zsh, fish, got 'bahs'\n"
        "  fix: did you mean bash? Or see dataflows completion --help."
    ),
}


@pytest.mark.parametrize("line", USAGE_ERRORS)
def test_a_wrong_call_is_told_with_the_nearest_right_one(line: str) -> None:
    names = ", ".join(path for path in COMMANDS if path and " " not in path)
    message = USAGE_ERRORS[line].replace("{names}", names)
    assert call(*line.split()) == (2, "", f"error: {message}\n")


def test_help_needs_no_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    for path in COMMANDS:
        if path in {"", "processors"}:
            done = subprocess.run(
                [sys.executable, "-m", "dataflows.cli", *path.split(), "--help"],
                capture_output=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, b"")
            assert done.stdout.decode("ascii").startswith("Usage: dataflows")
