"""The rows that printer shows: from the start, from every power of a number, and from the end."""

from __future__ import annotations

import unicodedata
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.batch import Batch

__all__ = ["RowSample", "harmless"]

_GAP = "..."
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HARMFUL = frozenset(("Cc", "Cs", "Zl", "Zp"))


class RowSample:
    """Takes in all rows, and keeps the texts of those to show.

    Args:
        names: The fields to show.
        count: How many rows to show from the start, and from every power of it.
        last: How many to show from the end; `count` when None.
        longest: The most characters of a value; None for all.
        missing: What is shown for a missing value.

    Examples:
        >>> from dataflows.batch import Batch
        >>> sample = RowSample(["a"], 2, 1, None)
        >>> sample.take(Batch.from_rows([{"a": number} for number in range(1, 21)], ["a"]))
        >>> [row[0] for row in sample.rows()]
        ['1', '2', '3', '4', '5', '6', '...', '8', '9', '10', '...', '16', '17', '18', '...', '20']
    """

    def __init__(
        self,
        names: Sequence[str],
        count: int,
        last: int | None,
        longest: int | None,
        missing: str = "None",
    ) -> None:
        self._names = names
        self._longest = longest
        self._missing = missing
        self._seen = 0
        self._windows = _windows(count)
        self._window = next(self._windows, None)
        self._kept: dict[int, list[str]] = {}
        self._tail: deque[tuple[int, list[str]]] = deque(maxlen=count if last is None else last)

    def take(self, batch: Batch) -> None:
        """Take in the next rows."""
        first, end = self._seen + 1, self._seen + batch.length
        self._seen = end
        while self._window is not None and self._window[0] <= end:
            start, stop = self._window
            self._kept.update(self._cells(batch, first, max(first, start), min(end, stop)))
            if stop > end:
                break
            self._window = next(self._windows, None)
        most = self._tail.maxlen or 0
        self._tail.extend(self._cells(batch, first, max(first, end - most + 1), end))

    def rows(self) -> list[list[str]]:
        """Return the rows to show, each with its number first; a gap is a row of three dots."""
        shown = {**self._kept, **dict(self._tail)}
        rows, before = [], 0
        for number in sorted(shown):
            if number > before + 1:
                rows.append([_GAP])
            rows.append([str(number), *shown[number]])
            before = number
        return rows

    def _cells(
        self, batch: Batch, first: int, start: int, stop: int
    ) -> list[tuple[int, list[str]]]:
        """Return the texts of the rows with these numbers; now, for later steps may change them."""
        if start > stop:
            return []
        rows = batch.slice(start - first, stop - first + 1).rows()
        return [
            (number, [self._text(row.get(name)) for name in self._names])
            for number, row in enumerate(rows, start)
        ]

    def _text(self, value: Any) -> str:
        if value is None:
            return self._missing
        text = str(value)
        if self._longest is not None and len(text) > self._longest:
            text = f"{text[: self._longest]} ..."
        return harmless(text)


def _windows(count: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last numbers of the rows to show, without end when there are powers."""
    if count < 1:
        return
    yield 1, count + 1
    start = count
    while count > 1:
        yield start, start + count
        start *= count


def harmless(text: str) -> str:
    r"""Return a text with what would do something to a terminal written as escapes.

    Examples:
        >>> print(harmless("red: \x1b[31m, two\nlines"))
        red: \x1b[31m, two\nlines
    """
    if text.isprintable() and text.isascii():
        return text
    return "".join(
        repr(one)[1:-1] if one in _DIRECTIONS or unicodedata.category(one) in _HARMFUL else one
        for one in text
    )
