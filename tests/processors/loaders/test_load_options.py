"""Every option of `load` for formats, one by one, and that its docstring names each."""

from __future__ import annotations

import csv
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from dataflows import Flow, dump_to_path, load
from dataflows.docstrings import read_docstring
from dataflows.errors import ProcessorError
from http_server import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B, C = (
    {"id": number, "name": name, "x": x}
    for number, name, x in ((1, "a", 9), (2, "b", 8), (3, "c", 7))
)
BLANK = {"id": None, "name": None, "x": None}
ALL = [A, BLANK, B, C]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("#c\nid,name,x\n1,a,9\n\n2,b,8\n3,c,7\n")
    Path("two.csv").write_text("A,,B\nx,y,x\n1,2,3\n4,5,6\n")
    Path("same.csv").write_text("A,,B\nA,y,B\n1,2,3\n")
    Path("blank.csv").write_text("A,,B\n1,2,3\n")
    Path("rows.json").write_text(
        '{"d": {"rows": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}}'
    )
    Path("page.html").write_text(
        "<html><body><div id=m><table class='t u'><tr><th>a<th>b</tr>"
        "<tr><td>1<td><b>x</b></tr></table></div></body></html>"
    )
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["A", None, "B"], ["x", "y", "z"], [1, 2.25, "q"], [4, 0.1 + 0.2, None]):
        sheet.append(row)
    sheet["A3"].number_format = "0.00"
    other = book.create_sheet("two")
    other.append(["k", "l"])
    other.append([7, None])
    other.merge_cells("A2:B2")
    book.save("book.xlsx")


def rows_of(source: Any, **options: Any) -> list[Any]:
    found: list[Any] = Flow(load(source, **options)).results()[0]
    return found[0]


def error_of(source: Any, **options: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        rows_of(source, **options)
    return str(caught.value).partition("\n")[0].rpartition("}: ")[2]


def even(rows: Iterator[Any]) -> Iterator[Any]:
    for number, names, cells in rows:
        if number % 2 == 0:
            yield number, names, cells


BLANK_ROWS = {"type": "preset", "value": "blank"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"skip_rows": [1]}, ALL),
        ({"skip_rows": ["#"]}, ALL),
        ({"skip_rows": [1, -1]}, ALL[:-1]),
        ({"skip_rows": ["#", BLANK_ROWS]}, [A, B, C]),
        ({"skip_rows": ["#", {"type": "regex", "value": "^3"}]}, [A, BLANK, B]),
        ({"pick_rows": [2, 3, 6], "headers": 1}, [A, C]),
        ({"headers": 2, "offset_rows": 2}, [B, C]),
        ({"headers": 2, "offset_rows": 2, "limit_rows": 1}, [B]),
        ({"headers": 2, "post_parse": [even]}, [BLANK, C]),
    ],
)
def test_rows_are_chosen(options: dict[str, Any], expected: list[Any]) -> None:
    assert rows_of("rows.csv", **options) == expected


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"pick_fields": ["id"]}, ["id"]),
        ({"pick_columns": ["id", "x"]}, ["id", "x"]),
        ({"skip_fields": ["x"]}, ["id", "name"]),
        ({"skip_columns": ["x"]}, ["id", "name"]),
        ({"limit_fields": 1}, ["id"]),
        ({"offset_fields": 1}, ["name", "x"]),
        ({"offset_fields": 1, "limit_fields": 1}, ["name"]),
        ({"ignore_listed_headers": ["x"]}, ["id", "name"]),
        ({"ignore_not_listed_headers": ["x"]}, ["x"]),
    ],
)
def test_columns_are_chosen(options: dict[str, Any], names: list[str]) -> None:
    expected = [{name: row[name] for name in names} for row in ALL]
    assert rows_of("rows.csv", headers=2, **options) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"sample_size": 1},
        {"bytes_sample_size": 5},
        {"hashing_algorithm": "md5"},
        {"force_parse": True},
        {"allow_html": True},
        {"encoding": "utf-8"},
        {"scheme": "file", "format": "csv"},
        {"compression": "no"},
        {"lineterminator": "\n"},
    ],
)
def test_options_that_leave_the_rows_as_they_are(options: dict[str, Any]) -> None:
    assert rows_of("rows.csv", headers=2, **options) == ALL


@pytest.mark.parametrize(
    ("source", "options", "expected"),
    [
        ("two.csv", {"headers": [1, 2]}, {"A x": 1, "y": 2, "B x": 3}),
        (
            "two.csv",
            {"headers": [1, 2], "multiline_headers_joiner": "-"},
            {"A-x": 1, "y": 2, "B-x": 3},
        ),
        ("same.csv", {"headers": [1, 2]}, {"A": 1, "y": 2, "B": 3}),
        (
            "same.csv",
            {"headers": [1, 2], "multiline_headers_duplicates": True},
            {"A A": 1, "y": 2, "B B": 3},
        ),
        ("blank.csv", {"headers": 1}, {"A": 1, "B": 3}),
        ("blank.csv", {"headers": 1, "ignore_blank_headers": True}, {"A": 1, "B": 3}),
        ("rows.csv", {"headers": ["p", "q", "r"]}, {"p": "#c", "q": None, "r": None}),
        ("rows.json", {"property": "d.rows"}, {"id": 1, "name": "a"}),
        ("rows.json", {"property": "d.rows", "pick_fields": ["id"]}, {"id": 1}),
        ("book.xlsx", {"headers": 2}, {"x": 1, "y": 2.25, "z": "q"}),
        ("book.xlsx", {"headers": [1, 2]}, {"A x": 1, "y": 2.25, "B z": "q"}),
        ("book.xlsx", {"skip_rows": [1]}, {"x": 1, "y": 2.25, "z": "q"}),
        ("book.xlsx", {"headers": 2, "preserve_formatting": True}, {"x": 1, "y": 2.25, "z": "q"}),
        ("book.xlsx", {"headers": 2, "workbook_cache": {}}, {"x": 1, "y": 2.25, "z": "q"}),
        ("book.xlsx", {"sheet": "two"}, {"k": 7, "l": None}),
        ("book.xlsx", {"sheet": 2, "fill_merged_cells": True}, {"k": 7, "l": 7}),
        ("page.html", {}, {"a": 1, "b": "x"}),
        ("page.html", {"selector": ".t"}, {"a": 1, "b": "x"}),
        ("page.html", {"selector": "#m table"}, {"a": 1, "b": "x"}),
        ("page.html", {"raw_html": True}, {"a": 1, "b": "<b>x</b>"}),
    ],
)
def test_the_first_row_with_options_of_a_format(
    source: str, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    row = rows_of(source, **options)[0]
    assert {name: float(one) if name == "y" else one for name, one in row.items()} == {
        name: float(one) if name == "y" else one for name, one in expected.items()
    }


def test_the_digits_of_excel_are_adjusted_on_request() -> None:
    found = rows_of("book.xlsx", headers=2, adjust_floating_point_error=True)[1]["y"]
    assert str(found) == "0.3"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a;b\n1;x,y\n", {"delimiter": ";"}),
        ("a,b\n1,'x,y'\n", {"quotechar": "'"}),
        ("a,b\n1,x\\,y\n", {"escapechar": "\\"}),
        ("a;b\n1;x,y\n", {"delimiter": ";", "quoting": csv.QUOTE_NONE}),
        ('a,b\n1, "x,y"\n', {"skipinitialspace": True}),
        ('a,b\n1,"x,y"\n', {"doublequote": False, "escapechar": "\\"}),
    ],
)
def test_options_of_csv(text: str, options: dict[str, Any]) -> None:
    Path("a.csv").write_text(text)
    assert rows_of("a.csv", **options) == [{"a": 1, "b": "x,y"}]


def test_the_format_may_be_told_by_the_query_of_an_address() -> None:
    with serving() as server:
        url = server.put("/export", b"[1,2]\n[3,4]\n")
        assert rows_of(f"{url}?format=ndjson") == [{"1": 3, "2": 4}]


def test_an_option_that_there_is_not_is_refused() -> None:
    assert error_of("rows.csv", headers=2, nosuch=1).startswith(
        'Not supported option(s) "nosuch" for scheme "file" and format "csv"'
    )


LOAD_OPTIONS = """
headers encoding scheme format compression allow_html sample_size bytes_sample_size
ignore_blank_headers ignore_listed_headers ignore_not_listed_headers multiline_headers_joiner
multiline_headers_duplicates hashing_algorithm force_parse pick_fields skip_fields limit_fields
offset_fields pick_rows skip_rows offset_rows post_parse custom_loaders custom_parsers
delimiter doublequote escapechar quotechar quoting skipinitialspace lineterminator property sheet
fill_merged_cells preserve_formatting adjust_floating_point_error selector raw_html table order_by
query params http_session timeout_seconds innerpath
"""
DUMP_OPTIONS = """
format force_format options use_titles temporal_format_property file_formatters counters
add_filehash_to_path pretty_descriptor validator_options compression max_rows_per_file partition_by
escape_formulas delimiter sheetname update_existing workbook
"""
READ_FORMATS = """
csv tsv json ndjson geojson xlsx xlsm xls ods excel-xml xml html parquet arrow feather gsheet
datapackage
"""
WRITTEN_FORMATS = "csv tsv json ndjson geojson xlsx excel parquet arrow feather"


@pytest.mark.parametrize(
    ("processor", "names"),
    [(load, LOAD_OPTIONS + READ_FORMATS), (dump_to_path, DUMP_OPTIONS + WRITTEN_FORMATS)],
)
def test_the_docstring_names_every_option_and_format(processor: Any, names: str) -> None:
    text = inspect.getdoc(processor) or ""
    lists = read_docstring(text).options.values()
    listed = {name for items in lists for one in items for name in one.split(", ")}
    missing = [name for name in names.split() if name not in listed and f'"{name}"' not in text]
    assert not missing
