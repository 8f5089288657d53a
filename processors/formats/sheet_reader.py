"""Spreadsheets as tables: Excel's xlsx, xlsm, xls and XML of 2003, and OpenDocument's ods."""

from __future__ import annotations

import datetime
import zipfile
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import ArgumentError, SourceLoadError, nearest, shorten
from dataflows.processors.formats.csv_dialect import find_header
from dataflows.processors.formats.excel_xml import ExcelXmlBook
from dataflows.processors.formats.sheet_limits import (
    Extent,
    check_ods,
    check_xlsx,
    opened_zip,
    xlsx_extent,
)
from dataflows.processors.loaders.chunks import CHUNK_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["SheetTable", "open_sheet"]

_OPTIONS = {
    "sheet",
    "headers",
    "sample_size",
    "fill_merged_cells",
    "types",
    "encoding",  # a descriptor may have it; the formats say it themselves
    "workbook_cache",  # of 0.5.12, for workbooks from afar
    "multiline_headers_joiner",
}
_SAMPLE_ROWS = 1000
_MOST_WHOLE = 1e15
_TEXT_TYPES = ("string", "any")
_XML = "excel-xml"
_ERRORS = "error values such as #N/A, read as missing"
_UNKNOWN = "formulas whose value is not in the file, read as missing"


def open_sheet(path: str, format_: str, options: Mapping[str, Any]) -> Any:
    """Return a sheet of a spreadsheet as a table; by tabulator where an option is for it.

    Raises:
        ArgumentError: Nobody knows an option of Excel's XML of 2003.
    """
    if not set(options) <= _OPTIONS:
        from dataflows.processors.loaders.tables import TabulatorTable

        if format_ == _XML:
            unknown = min(set(options) - _OPTIONS)
            what = f"the format {_XML!r} has no option {unknown!r}"
            raise ArgumentError(what, fix=nearest(unknown, sorted(_OPTIONS), "options"))
        return TabulatorTable(path, {**options, "format": format_})
    return SheetTable(path, format_, options)


class SheetTable:
    """A sheet of a spreadsheet on this machine. The sheet is held in memory, as compact values.

    Numbers without decimals are integers. A merged cell has its value in its first place. A
    formula has the value that was saved with it; an error such as ``#N/A`` is a missing value, and
    counted.

    Args:
        path: The file.
        format_: ``"xlsx"``, ``"xlsm"``, ``"xls"``, ``"ods"`` or ``"excel-xml"``; what the file is
            counts more.
        options: ``sheet``: its name, or its number counted from 1, by default the first visible
            one; ``headers``: the number of the header's row, a range ``[first, last]`` of rows, or
            a list of names; ``fill_merged_cells``: whether a merged cell has its value in every
            place; ``sample_size``; ``types``: the types of the fields, where they are known.

    Raises:
        SourceLoadError: It is no spreadsheet, has no such sheet, or the sheet is empty.
    """

    def __init__(self, path: str, format_: str, options: Mapping[str, Any]) -> None:
        self.format = format_
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._path = path
        self._fill = bool(options.get("fill_merged_cells"))
        self._types: dict[str, str] = options.get("types") or {}
        kind = _XML if format_ == _XML else _kind_of(path)
        _check(path, kind)
        book = _called(path, _open_book, path, kind)
        self._name = _sheet_name(path, book, options.get("sheet"))
        self._extent = xlsx_extent(path, self._name) if kind == "xlsx" else Extent()
        if kind == _XML:
            self._extent = book.get_sheet_by_name(self._name).extent
        self._extent.check(path, self._name)
        self._sheet = _called(path, book.get_sheet_by_name, self._name)
        wanted = options.get("sample_size", _SAMPLE_ROWS)
        joiner = options.get("multiline_headers_joiner", " ")
        self._skip, cells = self._header(options.get("headers"), wanted, joiner)
        self._kept = [place for place, cell in enumerate(cells) if cell]
        self.names = [cells[place] for place in self._kept]
        sample = list(islice(self._rows(), self._skip, self._skip + wanted))
        columns = [list(column) for column in zip(*sample, strict=True)]
        self._moments = [
            any(type(value) is datetime.datetime for value in columns[place]) if columns else False
            for place in self._kept
        ]
        found = self._columns(columns)
        lists = [one.to_pylist() if isinstance(one, pa.Array) else one for one in found]
        self.sample = [list(row) for row in zip(*lists, strict=True)]

    def _rows(self) -> Iterator[list[Any]]:
        rows: Iterator[list[Any]] = self._sheet.iter_rows()
        ranges = self._sheet.merged_cell_ranges if self._fill else None
        return _filled(rows, ranges, self._sheet.start[1]) if ranges else rows

    def _header(self, headers: Any, wanted: int, joiner: str) -> tuple[int, list[str]]:
        """Return how many rows stand before the first row of data, and the header."""
        rows = list(islice(self._rows(), max(wanted, 1) + 1)) if self._sheet.start else []
        if not rows:
            what = f"{self._path}: the sheet {self._name!r} is empty"
            raise SourceLoadError(what, fix="name the sheet that holds the table: sheet='…'.")
        width = len(rows[0])
        if headers is None:
            index = find_header([[_header_text(cell) for cell in row] for row in rows])
            index = 0 if index is None else index
            return index + 1, [_header_text(cell) for cell in rows[index]]
        if isinstance(headers, (list, tuple)) and all(isinstance(one, str) for one in headers):
            names = [one.strip() for one in headers][:width]
            return 0, [*names, *[""] * (width - len(names))]
        first, last = headers if isinstance(headers, (list, tuple)) else (headers, headers)
        if not _is_row(first) or not _is_row(last) or last < first:
            what = f"headers must be the number of a row, got {shorten(headers)}"
            fix = "write headers=1, headers=[1, 2] for two rows, or a list of names."
            raise SourceLoadError(what, fix=fix)
        found = list(islice(self._rows(), first - 1, last))
        if len(found) < last - first + 1:
            what = f"{self._path}: headers={headers!r}, but the sheet {self._name!r} ends before"
            raise SourceLoadError(what, fix="name a row of the sheet, counted from 1.")
        columns = zip(*[[_header_text(cell) for cell in row] for row in found], strict=True)
        return last, [joiner.join(filter(None, column)) for column in columns]

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as columns: of values, or Arrow arrays."""
        stop = None if limit_rows is None else self._skip + limit_rows
        rows = islice(self._rows(), self._skip, stop)
        while chunk := list(islice(rows, CHUNK_ROWS)):
            yield self._columns(list(zip(*chunk, strict=True))), len(chunk)
        for note, count in ((_ERRORS, self._extent.errors), (_UNKNOWN, self._extent.unknown)):
            if count:
                self.notes[note] = count

    def _columns(self, columns: list[Any]) -> list[Any]:
        """Return the columns that have a name, with the values that the cells mean."""
        if not columns:
            return [[] for _ in self._kept]
        found = []
        for place, name, moments in zip(self._kept, self.names, self._moments, strict=True):
            type_ = self._types.get(name)
            as_moments = type_ == "datetime" if type_ else moments
            found.append(_values(columns[place], as_moments, keeps_empty=type_ in _TEXT_TYPES))
        return found


def _values(cells: Any, as_moments: bool, *, keeps_empty: bool) -> Any:
    """Return cells as Python values, or in Arrow where that says the same and is made faster."""
    kinds = set(map(type, cells))
    if kinds == {bool}:
        return pa.array(cells, pa.bool_())
    if kinds == {float} and (integers := _as_integers(cells)) is not None:
        return integers
    values = list(cells)
    if str in kinds and not keeps_empty and "" in values:
        values = [None if value == "" else value for value in values]
    if float in kinds:
        values = [
            int(value)
            if type(value) is float and value.is_integer() and abs(value) < _MOST_WHOLE
            else value
            for value in values
        ]
    if as_moments and datetime.date in kinds:
        values = [_moment(value) if type(value) is datetime.date else value for value in values]
    return values


def _as_integers(numbers: Sequence[float]) -> pa.Int64Array | None:
    """Return numbers that are all whole as integers; None where one is not, or is too large."""
    if not numbers[0].is_integer():
        return None
    try:
        integers = pa.array(numbers, pa.float64()).cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    extent = pc.min_max(integers).as_py()
    return integers if -_MOST_WHOLE < extent["min"] <= extent["max"] < _MOST_WHOLE else None


def _moment(day: datetime.date) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day)  # noqa: DTZ001 - spreadsheets have no zones


def _header_text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()


def _is_row(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


def _kind_of(path: str) -> str:
    """Return what a file is, by its first bytes: names are often wrong.

    Raises:
        SourceLoadError: It is no spreadsheet.
    """
    with Path(path).open("rb") as file:
        start = file.read(512)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if start.startswith(b"PK") and zipfile.is_zipfile(path):
        with opened_zip(path) as file:
            return "ods" if "content.xml" in file.namelist() else "xlsx"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return _XML
    if not start:
        what, fix = f"{path}: the file is empty", "check that it was written to its end."
    elif start.startswith(b"PK"):
        what = f"{path}: the file breaks off, or is damaged"
        fix = "check that it was written to its end."
    elif b"<html" in start.lower() or b"<table" in start.lower():
        what, fix = f"{path}: not a spreadsheet but an HTML page", "load it with format='html'."
    else:
        what = f"{path}: not a spreadsheet: it begins with {shorten(start[:20])}"
        fix = "check what the file is: a text with commas is format='csv'."
    raise SourceLoadError(what, fix=fix)


def _check(path: str, kind: str) -> None:
    """Look for what would harm the process that opens the file."""
    if kind == "xlsx":
        check_xlsx(path)
    elif kind == "ods":
        check_ods(path)
    elif kind == "xls":
        # With what starts processes: it takes some milliseconds that the others are spared.
        from dataflows.processors.formats.xls_probe import check_xls

        check_xls(path)


def _open_book(path: str, kind: str) -> Any:
    from python_calamine import CalamineWorkbook

    if kind == _XML:
        return ExcelXmlBook(path)
    if path.lower().endswith((".xlsx", ".xlsm") if kind == "xlsx" else f".{kind}"):
        return CalamineWorkbook.from_path(path)
    with Path(path).open("rb") as file:
        return CalamineWorkbook.from_filelike(file)


def _called(path: str, function: Any, *given: Any) -> Any:
    """Call the library; what it raises, a panic too, is an error of the source."""
    from python_calamine import CalamineError, PasswordError

    try:
        return function(*given)
    except PasswordError as error:
        what = f"{path}: the workbook is protected by a password"
        raise SourceLoadError(what, fix="save a copy of it without the password.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise _broken(path, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _broken(path, error) from error


def _broken(path: str, error: BaseException) -> SourceLoadError:
    what = f"{path}: the file cannot be read as a spreadsheet: {str(error).partition(chr(10))[0]}"
    return SourceLoadError(what, fix="check that the file is whole: does it open elsewhere?")


def _sheet_name(path: str, book: Any, wanted: Any) -> str:
    """Return the name of the sheet that is wanted.

    Raises:
        SourceLoadError: There is no such sheet.
    """
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    names: list[str] = list(book.sheet_names)
    tables = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    if not tables:
        what = f"{path}: the workbook has no sheet with cells"
        raise SourceLoadError(what, fix="check that it is the file that you mean.")
    if wanted is None:
        visible = [one for one in tables if one.visible == SheetVisibleEnum.Visible]
        return str((visible or tables)[0].name)
    if isinstance(wanted, str) and wanted in names:
        return wanted
    if _is_row(wanted) and wanted <= len(names):
        return str(names[wanted - 1])
    what = f"{path}: no sheet {wanted!r}"
    if isinstance(wanted, str):
        raise SourceLoadError(what, fix=nearest(wanted, names, "sheets"))
    fix = f"give a number from 1 to {len(names)}, or a name: {', '.join(map(repr, names[:10]))}."
    raise SourceLoadError(what, fix=fix)


def _filled(rows: Iterator[list[Any]], ranges: Any, left: int) -> Iterator[list[Any]]:
    """Yield rows in which every place of a merged cell has its value."""
    starting: dict[int, list[Any]] = {}
    for (top, first), (bottom, last) in ranges:
        starting.setdefault(top, []).append((bottom, first - left, last - left + 1))
    active: list[Any] = []
    for number, row in enumerate(rows):
        active = [one for one in active if one[0] >= number]
        for bottom, first, last in starting.get(number, ()):
            if 0 <= first < len(row):
                active.append((bottom, first, min(last, len(row)), row[first]))
        for _, first, last, value in active:
            row[first:last] = [value] * (last - first)
        yield row
