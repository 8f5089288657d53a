"""Excel's XML of 2003 (SpreadsheetML) as a workbook, read row by row.

Document types, and so entities, are refused. What a row may hold has a limit.
"""

from __future__ import annotations

import datetime
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.sheet_limits import Extent

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

__all__ = ["ExcelXmlBook", "ExcelXmlSheet"]

_CHUNK_BYTES = 1 << 18
_MOST_ROWS = 1_048_576
_MOST_COLUMNS = 16_384
_MOST_CHARACTERS = 1 << 25
_MOST_WHOLE = 10**15
_SPACE = "urn:schemas-microsoft-com:office:spreadsheet "


@dataclass(slots=True)
class ExcelXmlSheet:
    """A sheet.

    Args:
        path: The file.
        number: The position of the sheet, from 0.
        name: Its name.
        extent: How far its cells reach.
    """

    path: str
    number: int
    name: str
    extent: Extent
    merged_cell_ranges: None = None

    @property
    def start(self) -> tuple[int, int] | None:
        """The place of the first cell; None where there is none."""
        return (0, 0) if self.extent.columns else None

    @property
    def typ(self) -> Any:
        """That it is a sheet with cells."""
        from python_calamine import SheetTypeEnum

        return SheetTypeEnum.WorkSheet

    @property
    def visible(self) -> Any:
        """That it can be seen: the format tells otherwise in an option of the window only."""
        from python_calamine import SheetVisibleEnum

        return SheetVisibleEnum.Visible

    def iter_rows(self) -> Iterator[list[Any]]:
        """Yield the rows, all of one width; a blank cell is an empty text."""
        above, columns = 0, range(1, self.extent.columns + 1)
        with closing(_Parser(self.path).rows()) as rows:
            for number, row, cells in rows:
                if number == self.number and cells:
                    yield from ([""] * len(columns) for _ in range(above + 1, row))
                    yield [cells.get(column, "") for column in columns]
                    above = row
                elif number > self.number:
                    return


class ExcelXmlBook:
    """A workbook: what its sheets are called, and how far they reach.

    Args:
        path: The file.

    Raises:
        SourceLoadError: It is not such a file.
    """

    def __init__(self, path: str) -> None:
        parser = _Parser(path)
        extents: dict[int, Extent] = {}
        for number, row, cells in parser.rows():
            extent = extents.setdefault(number, Extent())
            for column in cells:
                extent.cover(row, column)
        self.sheets_metadata = [
            ExcelXmlSheet(path, number, name, extents.get(number, Extent()))
            for number, name in enumerate(parser.sheets)
        ]
        self.sheet_names = parser.sheets

    def get_sheet_by_name(self, name: str) -> ExcelXmlSheet:
        """Return a sheet."""
        return self.sheets_metadata[self.sheet_names.index(name)]


class _Parser:
    """Reads a file once."""

    def __init__(self, path: str) -> None:
        self.sheets: list[str] = []
        self._path = path
        self._found: list[tuple[int, int, dict[int, Any]]] = []
        self._row = self._column = self._across = self._characters = 0
        self._cells: dict[int, Any] = {}
        self._type: str | None = None
        self._text: list[str] = []

    def rows(self) -> Generator[tuple[int, int, dict[int, Any]], None, None]:
        """Yield for each row the position of its sheet, its own, and its cells by their column."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.StartDoctypeDeclHandler = self._refuse
        try:
            with Path(self._path).open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position only
                    yield from self._found
                    self._found.clear()
                parser.Parse(b"", True)  # noqa: FBT003 - the same
        except expat.ExpatError as error:
            raise self._broken(str(error)) from error
        yield from self._found

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == f"{_SPACE}Worksheet":
            self.sheets.append(given.get(f"{_SPACE}Name", f"Sheet{len(self.sheets) + 1}"))
            self._row = 0
        elif name == f"{_SPACE}Row":
            row = self._place(given, self._row + 1, _MOST_ROWS)
            self._row, self._column, self._across, self._cells = row, 0, 0, {}
            self._characters = 0
        elif name == f"{_SPACE}Cell":
            after = self._column + self._across + 1
            self._column = self._place(given, after, _MOST_COLUMNS)
            across = given.get(f"{_SPACE}MergeAcross", "0")
            self._across = min(int(across), _MOST_COLUMNS) if across.isdecimal() else 0
        elif name == f"{_SPACE}Data":
            self._type = given.get(f"{_SPACE}Type", "String")
            self._text.clear()

    def _place(self, given: dict[str, str], following: int, most: int) -> int:
        """Return the row or column at which something is; it can only be further on."""
        text = given.get(f"{_SPACE}Index", str(following))
        place = int(text) if text.isdecimal() and len(text) < 9 else 0
        if not following <= place <= most:
            raise self._broken(f"a place {text!r} where {following} to {most:,} can be")
        return place

    def _add(self, text: str) -> None:
        if self._type is not None:
            self._characters += len(text)
            if self._characters > _MOST_CHARACTERS:
                raise self._broken(f"a row of more than {_MOST_CHARACTERS:,} characters")
            self._text.append(text)

    def _end(self, name: str) -> None:
        if name == f"{_SPACE}Data" and self._type is not None:
            value = _value(self._type, "".join(self._text))
            if value != "":
                self._cells[self._column] = value
            self._type = None
        elif name == f"{_SPACE}Row":
            self._found.append((len(self.sheets) - 1, self._row, self._cells))

    def _refuse(self, *_: Any) -> None:
        raise self._broken("it declares a document type")

    def _broken(self, reason: str) -> SourceLoadError:
        what = f"{self._path}: the file cannot be read as Excel's XML: {reason}"
        return SourceLoadError(what, fix="check that the file is whole: does it open elsewhere?")


def _value(type_: str, text: str) -> Any:
    """Return what a cell means; its text where that is not of its type."""
    try:
        if type_ == "Number":
            number = Decimal(text.strip())
            is_whole = number == number.to_integral_value() and abs(number) < _MOST_WHOLE
            return int(number) if is_whole else number
        if type_ == "DateTime":
            moment = datetime.datetime.fromisoformat(text.strip())
            return moment.date() if moment.time() == datetime.time() else moment
    except (ValueError, InvalidOperation):
        return text
    if type_ == "Boolean" and text.strip() in ("0", "1"):
        return text.strip() == "1"
    return "" if type_ == "Error" else text
