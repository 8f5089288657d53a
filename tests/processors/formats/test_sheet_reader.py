"""Spreadsheets as tables: the sheet, its header, the kinds of its cells, and hostile files."""

from __future__ import annotations

import datetime
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest

from dataflows import Flow, load, rejects
from dataflows.errors import ArgumentError, ProcessorError, SourceLoadError
from dataflows.processors.formats.sheet_reader import SheetTable

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:"
MIDNIGHT = datetime.datetime.fromisoformat("2020-01-02")
MOMENT = datetime.datetime.fromisoformat("2020-01-02T03:04:05.678")


def rows_of(path: Any, **options: Any) -> list[dict[str, Any]]:
    return list(Flow(load(path, **options)).results()[0][0])


def types_of(path: Any, **options: Any) -> dict[str, str]:
    fields = (
        Flow(load(path, **options)).run().package.descriptor["resources"][0]["schema"]["fields"]
    )
    return {one["name"]: one["type"] for one in fields}


def error_of(path: Any, **options: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path, **options)).process()
    assert isinstance(caught.value.cause, SourceLoadError)
    head, _, fix = str(caught.value).partition("\n  at processor 1 of 1: ")
    return head.partition(": ")[2] + "\n" + fix.partition("\n  ")[2]


def book(path: Path, *sheets: list[list[Any]], titles: tuple[str, ...] = ("One", "Two")) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in zip(titles, sheets, strict=False):
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def written(path: Path, rows: str, before: str = "", **parts: str) -> Path:
    """Write an Excel file whose one sheet has these rows of XML."""
    book(path, [["a"]])
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["xl/worksheets/sheet1.xml"] = (
        f'<?xml version="1.0"?><worksheet xmlns="{MAIN}">{before}'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()
    members.update({name.replace("__", "/"): text.encode() for name, text in parts.items()})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def ods(path: Path, rows: str) -> Path:
    spaces = " ".join(f'xmlns:{name}="{TABLE}{name}:1.0"' for name in ("office", "table", "text"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", f'<manifest xmlns="{TABLE}manifest:1.0"/>')
        file.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_row(*cells: str, repeat: int = 1) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{repeat}">{"".join(cells)}</table:table-row>'
    )


def ods_cell(kind: str, value: str, repeat: int = 1) -> str:
    name = {"float": "value", "string": "string-value"}.get(kind, f"{kind}-value")
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}="{value}"'
        f' table:number-columns-repeated="{repeat}"><text:p>{value}</text:p></table:table-cell>'
    )


def test_cells_have_their_types(tmp_path: Path) -> None:
    data = [
        ["whole", "part", "yes", "day", "moment", "time", "text", "mixed", "blank"],
        [1, 0.1, True, MIDNIGHT.date(), MOMENT, datetime.time(3, 4, 5), "007", 1, None],
        [-2, 2, False, None, MIDNIGHT, None, "", "x", None],
    ]
    path = book(tmp_path / "t.xlsx", data)
    assert rows_of(path) == [
        {
            "whole": 1,
            "part": Decimal("0.1"),
            "yes": True,
            "day": MIDNIGHT.date(),
            "moment": MOMENT,
            "time": datetime.time(3, 4, 5),
            "text": "007",
            "mixed": 1,
            "blank": None,
        },
        {
            "whole": -2,
            "part": Decimal(2),
            "yes": False,
            "day": None,
            "moment": MIDNIGHT,
            "time": None,
            "text": None,
            "mixed": "x",
            "blank": None,
        },
    ]
    assert types_of(path) == {
        "whole": "integer",
        "part": "number",
        "yes": "boolean",
        "day": "date",
        "moment": "datetime",
        "time": "time",
        "text": "string",
        "mixed": "any",
        "blank": "string",
    }


@pytest.mark.parametrize(
    "type_", ["any", "string", "number", "integer", "boolean", "date", "year", "array", None]
)
@pytest.mark.parametrize("options", [{}, {"infer_strategy": load.INFER_STRINGS}, {"strip": False}])
def test_columns_in_arrow_say_what_the_same_values_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, type_: str | None, options: dict[str, Any]
) -> None:
    columns = [
        *([1.0, 0.0, -3.0], [True, False, True], [2001.0, 5.0, 1e14], [1.0, 2.5, 3.0]),
        *([1e15, 2.0, 3.0], [4.0, 1e300, 5.0], [True, 1.0, False], [1.0, None, 3.0]),
    ]
    names = [f"c{number}" for number in range(len(columns))]
    path = book(tmp_path / "t.xlsx", [names, *map(list, zip(*columns, strict=True))])
    if type_ is not None:
        options = {**options, "override_fields": {name: {"type": type_} for name in names}}

    def loaded() -> Any:
        rejected = load(str(path), name="t", on_error=rejects(), **options)
        return [list(map(repr, rows)) for rows in Flow(rejected).results()[0]]

    in_arrow = loaded()
    made = SheetTable._columns

    def in_python(self: SheetTable, cells: list[Any]) -> list[Any]:
        found = made(self, cells)
        assert any(isinstance(one, pa.Array) for one in found)
        return [one.to_pylist() if isinstance(one, pa.Array) else one for one in found]

    monkeypatch.setattr(SheetTable, "_columns", in_python)
    assert in_arrow == loaded()


def test_the_first_visible_sheet_is_read_unless_another_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [["a"], [1]], [["b"], [2]], titles=("Hidden", "Shown"))
    made = openpyxl.load_workbook(path)
    made["Hidden"].sheet_state = "hidden"
    made.save(path)
    assert rows_of(path) == [{"b": 2}]
    assert rows_of(path, sheet=1) == rows_of(path, sheet="Hidden") == [{"a": 1}]


def test_an_unknown_sheet_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [["a"], [1]], [["b"], [2]], titles=("Sales", "Costs"))
    assert error_of(path, sheet="Sale").endswith(
        "t.xlsx: no sheet 'Sale'\nfix: did you mean 'Sales'? The sheets here are: Sales, Costs."
    )
    for number in (0, 3, True, 1.5):
        assert error_of(path, sheet=number).endswith(
            f"t.xlsx: no sheet {number!r}\n"
            "fix: give a number from 1 to 2, or a name: 'Sales', 'Costs'."
        )


def test_an_empty_sheet_is_told(tmp_path: Path) -> None:
    assert error_of(book(tmp_path / "t.xlsx", [])).endswith(
        "t.xlsx: the sheet 'One' is empty\nfix: name the sheet that holds the table: sheet='…'."
    )


def test_the_header_is_found_or_named(tmp_path: Path) -> None:
    data = [
        ["Sales of 2020"],
        [],
        [" id ", None, 2020],
        [1, "lost", 2],
        [None, None, None],
        [3, None, 4],
    ]
    path = book(tmp_path / "t.xlsx", data)
    found = [{"id": 1, "2020": 2}, {"id": None, "2020": None}, {"id": 3, "2020": 4}]
    assert rows_of(path) == rows_of(path, headers=3) == found
    assert rows_of(path, headers=["x", "y"])[3] == {"x": 1, "y": "lost"}
    two = book(tmp_path / "two.xlsx", [["a", "a"], ["x", "y"], [1, 2]])
    assert rows_of(two, headers=[1, 2]) == [{"a x": 1, "a y": 2}]
    assert error_of(path, headers=7).endswith(
        "headers=7, but the sheet 'One' ends before\nfix: name a row of the sheet, counted from 1."
    )
    with pytest.raises(ArgumentError, match="headers is the number of the header's row, from 1"):
        load(path, headers=0)


def test_leading_blank_columns_and_rows_do_not_count(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [[], [None, None, "a", "b"], [None, None, 1, 2]])
    assert rows_of(path) == [{"a": 1, "b": 2}]


def test_a_merged_cell_has_its_value_once_or_everywhere(tmp_path: Path) -> None:
    path = book(
        tmp_path / "t.xlsx", [[None, "a", "b"], [None, "x", None], [None, None, None], [None, 1, 2]]
    )
    made = openpyxl.load_workbook(path)
    made["One"].merge_cells("B2:C3")
    made.save(path)
    assert rows_of(path)[:2] == [{"a": "x", "b": None}, {"a": None, "b": None}]
    assert rows_of(path, fill_merged_cells=True)[:2] == [{"a": "x", "b": "x"}] * 2


def test_errors_and_formulas_without_a_value_are_missing_and_counted(tmp_path: Path) -> None:
    path = written(
        tmp_path / "t.xlsx",
        '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="e"><v>#N/A</v></c></row>'
        '<row r="4"><c r="A4"><f>1+1</f><v></v></c></row>'
        '<row r="5"><c r="A5"><v>5</v></c></row>',
    )
    result = Flow(load(path)).run()
    assert rows_of(path) == [{"a": 2}, {"a": None}, {"a": None}, {"a": 5}]
    assert result.accounts[0].tallies[0].notes == {
        "error values such as #N/A, read as missing": 1,
        "formulas whose value is not in the file, read as missing": 1,
    }


def test_a_hyperlink_formula_in_a_text_is_text(tmp_path: Path) -> None:
    text = '=HYPERLINK("http://example.org")'
    path = written(
        tmp_path / "t.xlsx",
        '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
        f'<row r="2"><c r="A2" t="inlineStr"><is><t>{text}</t></is></c></row>',
    )
    assert rows_of(path) == [{"a": text}]


def test_ods_cells_have_their_types_and_repeat(tmp_path: Path) -> None:
    blank = '<table:table-cell table:number-columns-repeated="16000"/>'
    path = ods(
        tmp_path / "t.ods",
        ods_row(*[ods_cell("string", name) for name in "abcde"], blank)
        + ods_row(
            ods_cell("float", "1.5"),
            ods_cell("date", "2020-01-02"),
            ods_cell("date", "2020-01-02T03:04:05.678"),
            ods_cell("time", "PT03H04M05S"),
            ods_cell("boolean", "true"),
        )
        + ods_row(ods_cell("float", "2"), repeat=2)
        + ods_row(blank, repeat=1_048_000),
    )
    first = {
        "a": Decimal("1.5"),
        "b": MIDNIGHT.date(),
        "c": MOMENT,
        "d": datetime.time(3, 4, 5),
        "e": True,
    }
    rest = {"a": Decimal(2), "b": None, "c": None, "d": None, "e": None}
    assert rows_of(path) == [first, rest, rest]


def test_real_files_of_every_kind_are_read(real_data: Path) -> None:
    for ending in ("xls", "xlsx", "ods"):
        found = rows_of(real_data / f"formats/table.{ending}")
        assert found == [{"id": 1, "name": "english"}, {"id": 2, "name": "中国人"}]


def test_the_content_counts_and_not_the_ending(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [["a"], [1]])
    assert rows_of(path.rename(tmp_path / "t.xls")) == [{"a": 1}]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", "the file is empty\nfix: check that it was written to its end."),
        (b"<html><table>", "not a spreadsheet but an HTML page\nfix: load it with format='html'."),
        (b"a,b\n1,2\n", "not a spreadsheet: it begins with b'a,b\\n1,2\\n'\n"),
        (b"PK\x03\x04rest", "the file breaks off, or is damaged\n"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "the file cannot be read as a spreadsheet: "),
    ],
)
def test_what_is_no_spreadsheet_is_told(tmp_path: Path, data: bytes, shown: str) -> None:
    for ending in ("xls", "xlsx", "ods"):
        path = tmp_path / f"t.{ending}"
        path.write_bytes(data)
        assert f"{path}: {shown}" in error_of(path)


def test_a_file_that_breaks_off_or_is_damaged_is_told(tmp_path: Path) -> None:
    whole = book(tmp_path / "t.xlsx", [["a"], *[[n] for n in range(2000)]]).read_bytes()
    for length in range(0, len(whole), 997):
        (tmp_path / "cut.xlsx").write_bytes(whole[:length])
        error_of(tmp_path / "cut.xlsx")
    for place in range(30, len(whole), 499):
        (tmp_path / "bad.xlsx").write_bytes(whole[:place] + b"\xff\x00\xff" + whole[place + 3 :])
        with suppress(ProcessorError):
            Flow(load(tmp_path / "bad.xlsx")).process()


def test_an_xls_file_in_which_the_reader_dies_is_an_error(tmp_path: Path, real_data: Path) -> None:
    data = bytearray((real_data / "formats/table.xls").read_bytes())
    # With these bytes, a table of its sectors claims to take 343 gigabytes.
    for place, value in ((2756, 0o306), (3052, 0o366), (3736, 0o73)):
        data[place] = value
    (tmp_path / "t.xls").write_bytes(data)
    assert error_of(tmp_path / "t.xls").endswith(
        "t.xls: the file cannot be read as a spreadsheet: it is damaged, or far too large\n"
        "fix: check that the file is whole: does it open elsewhere?"
    )


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "t.xlsx", "<row><c><v>1</v></c></row>")
    with zipfile.ZipFile(path) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    sheet = sheet.replace("<worksheet", '<!DOCTYPE w [<!ENTITY a "b">]><worksheet', 1)
    path = written(tmp_path / "u.xlsx", "", **{"xl/worksheets/sheet1.xml": sheet})
    assert "its XML declares a document type" in error_of(path)


HEAD = '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
HOSTILE = {
    "far cell": (HEAD + FAR, "2 filled cells in 1,048,576 rows × 16,384 columns"),
    "far cell in an order of its own": (FAR + HEAD, "2 filled cells in 1,048,576 rows"),
    "far cell, quoted otherwise": (HEAD + FAR.replace('"', "'"), "2 filled cells in 1,048,576"),
    "cells without places": (
        "<row>"
        + "<c><v>1</v></c>" * 16_384
        + "</row>"
        + "<row/>" * 300_000
        + "<row><c><v>1</v></c></row>",
        "16,385 filled cells in 300,002 rows × 16,384 columns",
    ),
    "cells far away in rows near": (
        HEAD + '<row r="2"><c r="B900000"><v>1</v></c><c r="ZZZ2"><v>1</v></c></row>',
        "3 filled cells in 900,000 rows × 18,278 columns",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_huge_block_of_blanks_is_refused_at_once(tmp_path: Path, name: str) -> None:
    rows, shown = HOSTILE[name]
    started = time.monotonic()
    assert f"the sheet 'One' has {shown}" in error_of(written(tmp_path / "t.xlsx", rows))
    assert time.monotonic() - started < 5


def test_a_huge_block_is_refused_in_a_part_that_is_found_by_another_case(tmp_path: Path) -> None:
    path = written(tmp_path / "t.xlsx", HEAD + FAR)
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["xl/worksheets/SHEET1.xml"] = members.pop("xl/worksheets/sheet1.xml")
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    assert "2 filled cells in 1,048,576 rows × 16,384 columns" in error_of(path)


STRINGS = f'<sst xmlns="{MAIN}" count="9" uniqueCount="4294967295"><si><t>x</t></si></sst>'
CELL = "<c {}><v>1</v></c>"


@pytest.mark.parametrize(
    ("cell", "strings", "shown"),
    [
        ("", STRINGS, "sst claims to hold 4294967295 of them"),
        ("", " " * 20_000 + STRINGS, "a table of texts where none can be"),
        ('r="A99999999999"', "", "'A99999999999' is no place of a cell"),
        ('r="ZZZZZZZZ2"', "", "'ZZZZZZZZ2' is no place of a cell"),
        ('r=""', "", "'' is no place of a cell"),
        ('r="xfd1048576"', "", "2 filled cells in 1,048,576 rows × 16,384 columns"),
        ('s="0"\rr="XFD1048576"', "", "2 filled cells in 1,048,576 rows × 16,384 columns"),
    ],
)
def test_numbers_that_would_take_all_memory_are_refused(
    tmp_path: Path, cell: str, strings: str, shown: str
) -> None:
    parts = {"xl/sharedStrings.xml": strings} if strings else {}
    rows = f'{HEAD}<row r="2">{CELL.format(cell)}</row>'
    assert shown in error_of(written(tmp_path / "t.xlsx", rows, **parts))


def test_repeated_cells_of_ods_are_counted_before_they_are_made(tmp_path: Path) -> None:
    head = ods_row(ods_cell("string", "a"))
    many = ods_row(ods_cell("float", "1", repeat=16_384), repeat=1_048_000)
    assert "the sheet 'S' has 2 filled cells in 1,048,001 rows" in error_of(
        ods(tmp_path / "t.ods", head + many)
    )


_CHILD = """
import sys, time
from dataflows import Flow, load
started = time.monotonic()
try:
    print(Flow(load(sys.argv[1])).results()[0][0])
except Exception as error:
    print(error)
# Not ru_maxrss, which begins with what the process had that started this one.
status = open("/proc/self/status").read().split()
peak = int(status[status.index("VmHWM:") + 1]) // 1024
assert peak < 300, peak
assert time.monotonic() - started < 5
"""


def in_little_memory(path: Path) -> str:
    command = f'ulimit -v 1500000; exec {sys.executable} -c "$0" {path}'
    done = subprocess.run(
        ["bash", "-c", command, _CHILD], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_dimension_that_lies_costs_nothing(tmp_path: Path) -> None:
    blanks = "".join(
        f'<row r="{row}"><c r="A{row}" s="0"/><c r="XFD{row}" s="0"/></row>'
        for row in range(3, 50_000)
    )
    rows = HEAD + '<row r="2"><c r="A2"><v>1</v></c></row>' + blanks
    path = written(tmp_path / "t.xlsx", rows, '<dimension ref="A1:XFD1048576"/>')
    assert in_little_memory(path) == "[{'a': 1}]\n"


def test_texts_that_unzip_to_far_more_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "t.xlsx", HEAD)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file,
        file.open("xl/sharedStrings.xml", "w") as part,
    ):
        for _ in range(200):
            part.write(b"a" * (1 << 20))
    assert "xl/sharedStrings.xml unzips to 209,7" in in_little_memory(path)


def test_a_protected_workbook_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import python_calamine

    def protected(_: Any) -> Any:
        raise python_calamine.PasswordError("secret")

    class Books:
        from_path = staticmethod(protected)

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Books)
    assert error_of(book(tmp_path / "t.xlsx", [["a"]])).endswith(
        "t.xlsx: the workbook is protected by a password\n"
        "fix: save a copy of it without the password."
    )


def test_types_that_are_known_make_dates_moments_and_keep_empty_texts(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [["d", "s"], [MIDNIGHT, None]])
    table = SheetTable(str(path), "xlsx", {"types": {"d": "datetime", "s": "string"}})
    assert list(table.chunks(None)) == [([[MIDNIGHT], [""]], 1)]
    table = SheetTable(str(path), "xlsx", {})
    assert list(table.chunks(None)) == [([[MIDNIGHT.date()], [None]], 1)]


def test_an_option_of_tabulator_is_left_to_it(tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", [["a"], [1], [2]])
    assert rows_of(path, headers=1, skip_rows=[2]) == [{"a": 2}]
