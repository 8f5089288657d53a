"""The rows of one table of an HTML page, as the parser comes upon them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["HtmlRow", "HtmlRows"]

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_WIDEST = 10_000
_TALLEST = 1000
_LONGEST_CELL = 1 << 26
_UNSEEN = ("script", "style", "template")
_CELLS = ("td", "th")
_PARTS = ("thead", "tbody", "tfoot")
_MOST_IDS = 100


@dataclass(slots=True)
class HtmlRow:
    """A row: its cells as text, whether all of them are headers, and whether it is of the foot."""

    cells: list[str] = field(default_factory=list)
    is_header: bool = True
    is_foot: bool = False


class HtmlRows:
    """Takes the events of a parser of HTML, and makes rows of one of its tables.

    White space in a cell is one blank, a ``<br>`` a line end. A cell over several columns or rows
    stands in each of them. What a table inside a cell holds is text of that cell.

    Args:
        is_wanted: Called with the number of a table, counted from 1, and its attributes.

    Examples:
        >>> rows = HtmlRows(lambda number, attributes: number == 1)
        >>> for tag in ("table", "tr", "td"):
        ...     rows.start(tag, {})
        >>> rows.data("x  y")
        >>> rows.end("table")
        >>> [row.cells for row in rows.taken()], rows.ended
        ([['x y']], True)
    """

    def __init__(self, is_wanted: Callable[[int, Mapping[str, str]], bool]) -> None:
        self.ended = False
        self.tables = 0
        self.ids: list[str] = []
        self._is_wanted = is_wanted
        self._depth = 0
        self._unseen = 0
        self._part = ""
        self._row: HtmlRow | None = None
        self._cell: list[str] | None = None
        self._span = (1, 1)
        self._size = 0
        # For a column, of the rows above and of this one: how many rows more, and the text.
        self._above: dict[int, tuple[int, str]] = {}
        self._below: dict[int, tuple[int, str]] = {}
        self._rows: list[HtmlRow] = []

    def taken(self) -> list[HtmlRow]:
        """Return the rows that have come since it was last asked."""
        rows, self._rows = self._rows, []
        return rows

    def close(self) -> None:
        """Take the end of the page, which may leave the table open."""
        self._end_row()

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the beginning of an element."""
        if self.ended:
            return
        if tag == "table":
            self._start_table(attributes)
        elif not self._depth:
            return
        elif tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\0")
        elif self._depth > 1:
            self.data(" ")
        elif tag == "tr":
            self._end_row()
            self._row = HtmlRow(is_foot=self._part == "tfoot")
        elif tag in _CELLS:
            self._start_cell(tag, attributes)
        elif tag in _PARTS:
            self._end_row()
            self._part = tag

    def end(self, tag: str) -> None:
        """Take the end of an element."""
        if self.ended or not self._depth:
            return
        if tag == "table":
            self._depth -= 1
            if not self._depth:
                self._end_row()
                self.ended = True
        elif tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif self._depth == 1 and tag in _CELLS:
            self._end_cell()
        elif self._depth == 1 and tag in ("tr", *_PARTS):
            self._end_row()

    def data(self, text: str) -> None:
        """Take text."""
        if self._cell is not None and not self._unseen and not self.ended:
            self._size += len(text) + 1
            if self._size > _LONGEST_CELL:
                message = "a cell of more than 64 MB"
                raise ValueError(message)
            self._cell.append(text.replace("\0", " "))

    def _start_table(self, attributes: Mapping[str, str]) -> None:
        self.tables += 1
        name = attributes.get("id")
        if name and len(self.ids) < _MOST_IDS:
            self.ids.append(name)
        if self._depth or self._is_wanted(self.tables, attributes):
            self._depth += 1

    def _start_cell(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._end_cell()
        if self._row is None:
            self._row = HtmlRow(is_foot=self._part == "tfoot")
        self._fill_from_above()
        self._row.is_header &= tag == "th"
        self._cell, self._size = [], 0
        self._span = (
            _number(attributes.get("colspan"), _WIDEST),
            _number(attributes.get("rowspan"), _TALLEST),
        )

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None or self._row is None:
            return
        lines = _BLANKS.sub(" ", "".join(cell)).split("\0")
        text = "\n".join(line.strip() for line in lines).strip()
        columns, rows = self._span
        for _ in range(columns):
            if rows > 1:
                self._below[len(self._row.cells)] = (rows - 1, text)
            self._row.cells.append(text)
        if len(self._row.cells) > _WIDEST:
            message = f"a row of more than {_WIDEST:,} cells"
            raise ValueError(message)

    def _fill_from_above(self) -> None:
        """Put in the cells of earlier rows that reach down to here."""
        assert self._row is not None, "a row is open"
        while (place := len(self._row.cells)) in self._above:
            left, text = self._above.pop(place)
            self._row.cells.append(text)
            if left > 1:
                self._below[place] = (left - 1, text)

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        self._fill_from_above()
        row, self._row = self._row, None
        self._above, self._below = self._below, {}
        if row.cells:
            self._rows.append(row)


def _number(text: str | None, most: int) -> int:
    """Return a span: 1 where there is none or no number."""
    if text is None or not text.strip().isdecimal() or len(text) > 9:
        return 1
    return max(1, min(int(text), most))
