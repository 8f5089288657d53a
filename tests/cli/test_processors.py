from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from command_calls import DATAFLOWS, dataflows
from dataflows.catalog import entries
from dataflows.cli import main
from terminal import on_terminal

if TYPE_CHECKING:
    from pathlib import Path


def call(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["processors", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_all_are_listed_by_group() -> None:
    code, out, err = call()
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "loaders – read tables into a flow"
    assert lines[1].split(maxsplit=1) == [
        "load",
        "Load one or more tables as resources, with typed rows.",
    ]
    names = [line.split()[0] for line in lines if line[:2] == "  " and line[2] != " "]
    assert names == [entry.name for entry in entries()]


def test_one_is_explained() -> None:
    code, out, err = call("set_primary_key")
    assert (code, err) == (0, "")
    assert out == (
        """\
set_primary_key
Set the primary key.

  from dataflows import set_primary_key

  set_primary_key(
      primary_key: Iterable[str] | str | None,
      resources: Resources = None,
  )

Whether its values are unique is not checked: `deduplicate` keeps the first row
of each.

  Schema  with the primary key.
  Rows    untouched.
  Memory  none.

Arguments
  primary_key  The names of its fields; None or an empty list removes the key.
  resources    The resources to set it for; all by default.

Errors
  ArgumentError      A name is not a text.
  UnknownFieldError  There is no such field.

Example
  >>> from dataflows import Flow, set_primary_key
  >>> package, stats = Flow([{"id": 1, "a": 2}], set_primary_key(["id"])).process()
  >>> package.resources[0].schema.primary_key
  ['id']
"""
    )


@pytest.mark.parametrize("name", [["filter-rows"], ["Filter_Rows"], ["filter", "rows"]])
def test_a_name_may_be_spelt_in_other_ways(name: list[str]) -> None:
    assert call(*name)[1].startswith("filter_rows\nKeep the rows that satisfy a condition.\n")


def test_another_name_says_of_what() -> None:
    assert "\nAnother name for update_package.\n" in call("add_metadata")[1]


def test_other_words_are_searched() -> None:
    code, out, err = call("primary", "key")
    assert (code, err) == (0, "")
    assert out.startswith("  set_primary_key  Set the primary key.\n")


@pytest.mark.parametrize("word", [["flow_control"], ["Flow-Control"], ["flow", "control"]])
def test_a_group_is_listed(word: list[str]) -> None:
    code, out, err = call(*word)
    assert (code, err) == (0, "")
    first, *lines = out.splitlines()
    assert first == "flow control – control how a flow runs"
    names = [line.split()[0] for line in lines if line[2] != " "]
    assert names == [entry.name for entry in entries() if entry.group == "flow_control"]


def test_what_is_not_there_has_a_nearest_name() -> None:
    code, out, err = call("filter_rosw")
    assert (code, out) == (1, "")
    assert err.startswith(
        "error: no processor speaks of 'filter_rosw'\n  fix: did you mean 'filter_rows'? The"
    )


def test_tools_read_json() -> None:
    code, out, _ = call("--json")
    everything = json.loads(out)
    assert code == 0
    assert [one["name"] for one in everything] == [entry.name for entry in entries()]
    (one,) = json.loads(call("--json", "set_primary_key")[1])
    assert one["parameters"][1] == {
        "name": "resources",
        "kind": "positional",
        "annotation": "Resources",
        "default": "None",
        "text": "The resources to set it for; all by default.",
    }


@pytest.mark.parametrize("name", [None, *(entry.name for entry in entries())])
@pytest.mark.parametrize("columns", [40, 60, 80, 300])
def test_it_fits(name: str | None, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = call(*([name] if name else []))[1]
    # What is code keeps its lines.
    prose = out.partition("\nExample\n")[0].splitlines()
    marks = (" = ", ": ", " import ")
    prose = [line for line in prose if not any(mark in line for mark in marks)]
    assert [line for line in prose if len(line) > min(columns, 80)] == []


def test_a_terminal_shows_colours(tmp_path: Path) -> None:
    session = on_terminal([*DATAFLOWS, "processors", "add_metadata"], tmp_path)
    assert session.code == 0
    assert session.raw.startswith("\x1b[1madd_metadata\x1b[0m\nSet properties of the package")


def test_nobody_who_reads_on_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [*DATAFLOWS, "processors"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.stderr == b""


def test_a_terminal_without_utf_8_shows_plain_signs(tmp_path: Path) -> None:
    done = dataflows(tmp_path, "processors", "joins", PYTHONIOENCODING="ascii")
    assert done.stdout.startswith("joins - combine several resources\n")
