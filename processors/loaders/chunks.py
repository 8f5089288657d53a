"""Chunks: some thousand rows of a source as columns, ragged rows made even and counted."""

from __future__ import annotations

from typing import Any

__all__ = ["CHUNK_ROWS", "LONG_ROWS", "NAMELESS_COLUMNS", "SHORT_ROWS", "chunk_of"]

CHUNK_ROWS = 4096
LONG_ROWS = "long rows, cut"
NAMELESS_COLUMNS = "columns without a name, left out"
SHORT_ROWS = "short rows, filled with missing values"
_BLANK = (None, "")


def chunk_of(rows: list[list[Any]], width: int, notes: dict[str, int]) -> list[list[Any]]:
    """Return rows as columns: short ones are filled with None and long ones cut, both counted.

    A row without cells is a blank line, and not short; what is blank beyond the width is no loss.

    Examples:
        >>> notes = {}
        >>> chunk_of([["1", "2"], ["3"], []], 2, notes), notes[SHORT_ROWS]
        ([['1', '3', None], ['2', None, None]], 1)
    """
    if set(map(len, rows)) != {width}:
        short = sum(0 < len(row) < width for row in rows)
        long = sum(any(cell not in _BLANK for cell in row[width:]) for row in rows)
        for note, count in ((SHORT_ROWS, short), (LONG_ROWS, long)):
            if count:
                notes[note] = notes.get(note, 0) + count
        rows = [[*row, *[None] * (width - len(row))][:width] for row in rows]
    return [list(column) for column in zip(*rows, strict=True)] if width else []
