"""Paths that begin with ``~/``: read and written in the home folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dataflows import (
    Flow,
    checkpoint,
    dump_to_file,
    dump_to_path,
    dump_to_zip,
    load,
    stream,
    unstream,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("step", "written"),
    [
        (dump_to_path, "~/out"),
        (dump_to_path, Path("~/out")),
        (dump_to_zip, "~/out.zip"),
        (dump_to_file, "~/out.csv"),
        (stream, "~/out.ndjson"),
        (lambda path: checkpoint("c", path), "~/out"),
    ],
)
def test_what_is_written_lies_in_the_home_folder(step: Any, written: Any, home: Path) -> None:
    Flow([{"a": 1}], step(written)).process()
    assert (home / Path(written).name).exists()
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("path", ["~/a.csv", Path("~/a.csv"), "~/*.csv"])
def test_what_is_read_lies_in_the_home_folder(path: Any, home: Path) -> None:
    (home / "a.csv").write_text("a\n1\n")
    assert Flow(load(path)).results()[0] == [[{"a": 1}]]


def test_a_stream_is_read_from_the_home_folder() -> None:
    Flow([{"a": 1}], stream("~/a.ndjson")).process()
    assert Flow(unstream("~/a.ndjson")).results()[0] == [[{"a": 1}]]


def test_a_folder_that_is_called_tilde_is_meant_where_it_is() -> None:
    Path("~").mkdir()
    Path("~", "a.csv").write_text("a\n2\n")
    assert Flow(load("~/a.csv")).results()[0] == [[{"a": 2}]]
