"""Excel files from columns: numbers, booleans, dates and times as such, whole batches at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import ArgumentError, Place, RowError, nearest, shorten
from dataflows.processors.formats.writing import Writer
from dataflows.processors.formats.xlsx_cells import (
    column_letters,
    empty_text,
    sheet_cells,
    text_cells,
)
from dataflows.processors.formats.xlsx_parts import ZippedBook, sheet_name
from dataflows.types.octets import text_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.batch import Batch
    from dataflows.processors.formats.writing import OutputField

__all__ = ["XlsxWriter"]

_OPTIONS = ("sheetname", "update_existing", "use_titles", "workbook")
_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 16_384
_STEP_ROWS = 4096


class XlsxWriter(Writer):
    """Writes one Excel file, a workbook of one sheet, or of one sheet a resource.

    Times are kept to the millisecond, as Excel keeps them. What no cell can hold exactly is text:
    numbers of more than 15 digits, dates before March 1900, times with a UTC offset.

    Options: ``sheetname`` (the resource's name by default); ``update_existing`` (the path of a
    workbook whose other sheets come along; it is held in memory, with all rows); ``use_titles`` for
    a header of titles; ``workbook`` (the path of one file in the output, ``"book.xlsx"``, whose
    sheets are the resources).
    """

    format = "xlsx"
    extension = ".xlsx"
    options_known: ClassVar[tuple[str, ...]] = _OPTIONS
    mediatype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    dialects: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "number": {"decimalChar": ".", "groupChar": ""},
        "date": {"format": "%Y-%m-%d"},
        "time": {"format": "default"},
        "datetime": {"format": "default"},
        "boolean": {"trueValues": ["True"], "falseValues": ["False"]},
    }

    @classmethod
    def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
        """Say in the resource's descriptor how the file will be written.

        Raises:
            ArgumentError: There is no such option, or no sheet can have that name.
        """
        for option in options:
            if option not in _OPTIONS:
                what = f"the options of an xlsx file have no {option!r}"
                raise ArgumentError(what, fix=nearest(option, list(_OPTIONS), "options"))
        super().describe(descriptor, options)
        descriptor.pop("encoding", None)
        name = _name(descriptor, options)
        # Frictionless looks for it in the second of these places.
        descriptor["dialect"] = {"sheet": name, "excel": {"sheet": name}}
        if options.get("workbook") is not None:
            descriptor["path"] = _workbook(options)
        count = len(descriptor.get("schema", {}).get("fields", []))
        if count > _MOST_COLUMNS:
            what = f"{count:,} fields are more than the {_MOST_COLUMNS:,} that an Excel sheet takes"
            raise ArgumentError(what, fix="unpivot them into rows, or dump another format.")

    @classmethod
    def part(cls, descriptor: Mapping[str, Any], options: Mapping[str, Any]) -> str | None:
        """Return the sheet of a resource, where all of them go into one workbook."""
        return _name(descriptor, options) if options.get("workbook") is not None else None

    def begin(self) -> None:
        """Write what comes before the rows, and the header."""
        self._existing = self.options.get("update_existing")
        self._held: list[bytes] = []
        name = _name(self.resource, self.options)
        self._book = ZippedBook(None if self.options.get("workbook") is not None else name)
        self._begin_sheet(name)

    def go_on(self, fields: list[OutputField], resource: Mapping[str, Any]) -> None:
        """Begin the sheet of another resource."""
        self.fields, self.resource = fields, resource
        self._emit(self._book.end_sheet)
        self._begin_sheet(_name(resource, self.options))

    def _begin_sheet(self, name: str) -> None:
        titled = self.options.get("use_titles")
        header = [field.title if titled else field.name for field in self.fields]
        self._letters = [column_letters(index) for index in range(len(self.fields))]
        self._next_row = 2
        self._emit(partial(self._book.begin_sheet, name))
        if header:
            line = f'<row r="1">{text_cells(header, 1)}</row>'
            self._emit(partial(self._book.rows, line.encode()))

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch.

        Raises:
            RowError: There are more rows, or longer texts, than Excel takes, or a text holds a
                control character.
        """
        if self._next_row + batch.length - 1 > _MOST_ROWS:
            place = Place(row=batch.number(_MOST_ROWS - self._next_row + 1))
            what = f"an Excel sheet ends after {_MOST_ROWS - 1:,} rows"
            raise RowError(what, where=place, fix="dump fewer rows a file, or another format.")
        first, self._next_row = self._next_row, self._next_row + batch.length
        if not self.fields or not batch.length:
            return
        rows = pa.array(range(first, self._next_row)).cast(pa.string())
        cells = [
            sheet_cells(batch, field, letters, rows)
            for field, letters in zip(self.fields, self._letters, strict=True)
        ]
        self._emit(partial(_zipped, self._book, rows, cells))

    def end(self) -> None:
        """Write what comes after the last row."""
        self._emit(self._book.end_sheet)
        self._emit(self._book.end)
        if self._existing is not None:
            from dataflows.processors.formats.xlsx_update import with_sheet

            name = _name(self.resource, self.options)
            self.file.write(with_sheet(str(self._existing), b"".join(self._held), name))

    def _emit(self, make: Callable[[], bytes]) -> None:
        """Write what a function makes; keep it for now where it is to go into a workbook."""
        if self._existing is None:
            self.file.write_later(make)
        else:
            self._held.append(make())


def _name(resource: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    given = options.get("sheetname")
    if given is None:
        return sheet_name(str(resource.get("name") or ""))
    if not isinstance(given, str) or sheet_name(given) != given:
        what = f"no sheet of an Excel file can be named {given!r}"
        fix = r"give a text of at most 31 characters, none of them one of []:*?/\ or a quote."
        raise ArgumentError(what, fix=fix)
    return given


def _workbook(options: Mapping[str, Any]) -> str:
    """Return the path of the workbook of all resources."""
    path = options["workbook"]
    if not isinstance(path, str) or not path.lower().endswith(".xlsx"):
        what = f"workbook is the path of an Excel file in the output, got {shorten(path)}"
        raise ArgumentError(what, fix="write for instance options={'workbook': 'book.xlsx'}.")
    for other in ("sheetname", "update_existing"):
        if options.get(other) is not None:
            what = f"workbook and {other} do not go together: each resource is a sheet"
            raise ArgumentError(what, fix=f"leave {other} out.")
    return path


def _zipped(book: ZippedBook, rows: pa.StringArray, cells: list[pa.Array]) -> bytes:
    """Return rows as bytes of the file; a part of them at a time, as cells are long as text."""
    made = []
    if all(column.null_count for column in cells):
        cells[0] = _seen(rows, cells)
    if cells[-1].null_count:
        # Some programs take a row for broken that ends before the header does.
        blank = pc.binary_join_element_wise(
            f'<c r="{column_letters(len(cells) - 1)}', rows, '"/>', ""
        )
        cells[-1] = pc.if_else(pc.is_null(cells[-1]), blank, cells[-1])
    for start in range(0, len(rows), _STEP_ROWS):
        part = [column.slice(start, _STEP_ROWS) for column in cells]
        numbers = rows.slice(start, _STEP_ROWS)
        lines = pc.binary_join_element_wise(
            '<row r="',
            numbers,
            '">',
            *part,
            "</row>",
            "",
            null_handling="replace",
            null_replacement="",
        )
        made.append(book.rows(text_bytes(lines)))
    return b"".join(made)


def _seen(rows: pa.StringArray, cells: list[pa.Array]) -> pa.Array:
    """Return the first column, with an empty text in rows without any cell: else they were lost."""
    blank = pc.is_null(cells[0])
    for column in cells[1:]:
        blank = pc.and_(blank, pc.is_null(column))
    before, after = empty_text("A")
    return pc.if_else(blank, pc.binary_join_element_wise(before, rows, after, ""), cells[0])
