"""What is given to `load`: what is no source is refused at the call, with what to write instead."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from dataflows import Flow, load
from dataflows.errors import ArgumentError, ProcessorError


def refusal(source: Any, **options: Any) -> tuple[str, str | None]:
    with pytest.raises(ArgumentError) as caught:
        load(source, **options)
    return caught.value.what, caught.value.fix


@pytest.mark.parametrize("table", [pd.DataFrame({"a": [1]}), pa.table({"a": [1]})])
def test_a_table_goes_into_the_flow_itself(table: Any) -> None:
    assert refusal(table) == (
        f"load takes the place of data, got a {type(table).__name__}",
        "put the table into the flow itself: Flow(table).",
    )


def test_several_paths_are_several_loads() -> None:
    assert refusal(["a.csv", Path("b.csv")]) == (
        f"load takes one source, got ['a.csv', {Path('b.csv')!r}]",
        "write one a file: load('a.csv'), load('b.csv'); or load('data/*.csv').",
    )
    assert refusal(list("abcd"))[1] == (
        "write one a file: load('a'), load('b'), load('c'), …; or load('data/*.csv')."
    )


def test_an_empty_path_is_no_source() -> None:
    assert refusal("") == (
        "load cannot read ''",
        "give a path, a URL, '-' or a pair (descriptor, iterables).",
    )


def test_a_connection_of_the_standard_library_is_told_its_address() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        _, fix = refusal(connection)
    assert fix == "give its address: load('sqlite:///file.db', table='name')."


@pytest.mark.parametrize("headers", ["first", 0, -1, False, True, [], {}, 1.5])
def test_headers_that_are_neither_a_row_nor_names_are_refused(headers: Any) -> None:
    assert refusal("a.csv", headers=headers) == (
        f"headers is the number of the header's row, from 1, or a list, got {headers!r}",
        "write headers=1, or headers=['id', 'name'] where the first row is data.",
    )


def test_a_misspelt_type_is_found_by_load_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path, override_fields={"a": {"type": "sting"}})).results()
    assert str(caught.value).splitlines()[:2] == [
        f"Failed to load source {str(path)!r} and options {{}}: there is no type 'sting'",
        f"  at processor 1 of 1: {load(path)!r}",
    ]
    assert str(caught.value.fix).startswith("did you mean 'string'?")
