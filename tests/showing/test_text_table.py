from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.schema import Schema
from dataflows.showing.paper import PLAIN, Paper
from dataflows.showing.rows import Rows, row_lines
from dataflows.showing.text_table import TableColumn, table_lines
from dataflows.showing.words import in_columns


def column(name: str, *cells: str, to_right: bool = False) -> TableColumn:
    return TableColumn([(name, "bold")], [[(cell, "")] for cell in cells], to_right=to_right)


def text_of(paper: Paper, *columns: TableColumn, keys: int = 1) -> str:
    return paper.text(table_lines(columns, paper, keys=keys))


def test_a_table_that_is_too_wide_goes_on_below_beside_its_keys() -> None:
    columns = [column("id", "1", "2", to_right=True), column("a" * 12, "x"), column("b" * 12, "y")]
    columns[1].cells.append([("xx", "")])
    columns[2].cells.append([("yy", "")])
    assert text_of(Paper(20), *columns) == (
        "id  aaaaaaaaa…\n"
        "──  ──────────\n"
        " 1  x\n"
        " 2  xx\n"
        "\n"
        "id  bbbbbbbbb…\n"
        "──  ──────────\n"
        " 1  y\n"
        " 2  yy\n"
    )


def test_on_paper_without_an_end_nothing_is_folded() -> None:
    columns = [column(f"field {number}", "x" * 90) for number in range(20)]
    lines = text_of(PLAIN, *columns).splitlines()
    assert len(lines) == 3
    assert lines[2].split() == ["x" * 90] * 20


def test_a_table_without_rows_is_its_headings() -> None:
    assert text_of(PLAIN, column("a")) == "a\n─\n"
    assert text_of(PLAIN) == "\n"


def test_long_cells_are_cut_with_a_mark_that_the_paper_has() -> None:
    assert text_of(Paper(40), column("a", "x" * 100)).splitlines()[-1] == "x" * 29 + "…"
    assert text_of(Paper(40, encoding="ascii"), column("a", "x" * 100)).splitlines()[-1] == (
        "x" * 27 + "..."
    )
    assert text_of(PLAIN, column("a", "x" * 101)).splitlines()[-1] == "x" * 99 + "…"


def test_wide_letters_and_marks_keep_the_columns_straight() -> None:
    shown = text_of(PLAIN, column("city", "北京", "e\u0301t", "Oslo"), column("n", "1", "2", "3"))
    assert shown.splitlines()[2:] == ["北京  1", "e\u0301t    2", "Oslo  3"]


@given(
    width=st.integers(24, 200),
    cells=st.lists(st.lists(st.text(max_size=60), min_size=4, max_size=4), max_size=5),
)
def test_no_line_is_wider_than_the_paper(width: int, cells: list[list[str]]) -> None:
    paper = Paper(width)
    names = ["key", "b" * 50, "c", "北京"]
    columns = [
        TableColumn([(name, "")], [[(paper.shown(row[index]), "")] for row in cells])
        for index, name in enumerate(names)
    ]
    columns[0] = column("key", *(str(number) for number in range(len(cells))))
    lines = paper.text(table_lines(columns, paper)).splitlines()
    assert max(in_columns(line) for line in lines) <= width


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
@given(text=st.text(max_size=20))
def test_every_text_can_be_written(encoding: str, text: str) -> None:
    paper = Paper(encoding=encoding)
    rows = Rows([{text: text, "missing": None}])
    shown = paper.text(row_lines(rows, paper))
    shown.encode(encoding)
    assert len(shown.splitlines()) == 4


def test_rows_without_a_schema_have_the_fields_that_they_have() -> None:
    rows = Rows([{"a": 1}, {"b": 2}])
    assert rows.schema.field_names == ["a", "b"]
    assert Rows([], Schema()).schema.field_names == []
    assert Rows([{"a": 1}] * 61).__repr__().splitlines()[-1] == "… and 1 more row"
