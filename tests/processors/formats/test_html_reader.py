"""Tables of HTML pages."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path


def rows_of(folder: Path, text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    """Write a file and return its rows."""
    path = folder / "t.html"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    rows: list[dict[str, Any]] = Flow(load(str(path), **options)).results()[0][0]
    return rows


def error_of(folder: Path, text: str | bytes, **options: Any) -> str:
    """Return what is wrong with a file."""
    with pytest.raises(ProcessorError) as caught:
        rows_of(folder, text, **options)
    return str(caught.value).replace(str(folder), "<folder>")


TWO = """<!DOCTYPE html><p>x</p><table class="x y"><tr><td>a</td></tr><tr><td>1</td></tr></table>
<table id=b><tr><td>b<tr><td>2</table>"""


def test_a_real_page(real_data: Path) -> None:
    found = Flow(load(str(real_data / "formats" / "table1.html"))).results()[0]
    assert found == [[{"id": 1, "name": "english"}, {"id": 2, "name": "中国人"}]]


def test_headers_come_from_th(tmp_path: Path) -> None:
    text = """<table><caption>C</caption><thead><tr><th>Name</th><th>n</th></tr></thead>
      <tbody><tr><th>x &amp;
         <b>y</b></th><td>1</td></tr><tr><td>p<br>q</td><td></td></tr></tbody>
      <tfoot><tr><td>sum</td><td>1</td></tr></tfoot></table>"""
    assert rows_of(tmp_path, text) == [{"Name": "x & y", "n": 1}, {"Name": "p\nq", "n": None}]


def test_a_header_of_several_rows_is_joined(tmp_path: Path) -> None:
    text = """<table><tr><th rowspan=2>City</th><th colspan=2>People</th></tr>
      <tr><th>2010</th><th>2020</th></tr><tr><td>Rome<td>1<td>2</table>"""
    assert rows_of(tmp_path, text) == [{"City": "Rome", "People 2010": 1, "People 2020": 2}]


def test_a_cell_over_several_rows_stands_in_each(tmp_path: Path) -> None:
    text = """<table><tr><th>a<th>b<th>c<tr><td rowspan=3>x<td>1<td rowspan=2>y
      <tr><td>2<tr><td>3<td>z<tr><td>p<td>4<td>q</table>"""
    assert [list(row.values()) for row in rows_of(tmp_path, text)] == [
        ["x", 1, "y"],
        ["x", 2, "y"],
        ["x", 3, "z"],
        ["p", 4, "q"],
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"a": 1}),
        ({"table": 2}, {"b": 2}),
        ({"table": "b"}, {"b": 2}),
        ({"selector": "#b"}, {"b": 2}),
        ({"selector": "table.y"}, {"a": 1}),
        ({"selector": "p + table"}, {"a": 1}),
    ],
)
def test_a_table_can_be_chosen(
    tmp_path: Path, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert rows_of(tmp_path, TWO, **options) == [expected]


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    found = error_of(tmp_path, TWO, table=3)
    assert "<folder>/t.html: there is no table 3 with rows" in found
    assert "fix: choose one by its number, table=1 to 2, or by its id: 'b'." in found
    assert "fix: load another file: it has no table." in error_of(tmp_path, "<p>x</p>")


def test_a_table_inside_a_cell_is_its_text(tmp_path: Path) -> None:
    inner = "<table><tr><td>p</td><td>q</td></tr></table>"
    text = f"<table><tr><th>a</th><th>b</th></tr><tr><td>{inner}</td><td>1</td></tr></table>"
    assert rows_of(tmp_path, text) == [{"a": "p q", "b": 1}]


def test_scripts_are_no_text(tmp_path: Path) -> None:
    text = "<table><tr><th>a<tr><td><script>var x = '<td>';</script>1<style>b{}</style></table>"
    assert rows_of(tmp_path, text) == [{"a": 1}]


@pytest.mark.parametrize("declared", ["<meta charset=latin-1>", "<meta charset=nonsense>"])
def test_the_encoding_is_the_one_that_the_page_says(tmp_path: Path, declared: str) -> None:
    text = f"{declared}<table><tr><th>a<tr><td>é</table>"
    encoding = "latin-1" if "latin" in declared else "utf-8"
    assert rows_of(tmp_path, text.encode(encoding)) == [{"a": "é"}]


@pytest.mark.parametrize(
    "piece",
    ["<!--", "<a ", "</", "<![CDATA[", "<table><tr><td>", "<td colspan=9999 rowspan=9999>", "&"],
)
def test_hostile_pages_end_soon(tmp_path: Path, piece: str) -> None:
    text = "<table><tr><th>a<tr><td>1" + piece * (1_000_000 // len(piece))
    started = time.perf_counter()
    with suppress(ProcessorError):
        rows_of(tmp_path, text)
    assert time.perf_counter() - started < 8


def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    found = error_of(tmp_path, TWO)
    assert "tables of HTML pages need the package lxml" in found
    assert "fix: install it: pip install 'dataflows[html]'." in found
