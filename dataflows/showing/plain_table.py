"""A table as aligned text."""

from __future__ import annotations

from typing import Any

__all__ = ["cell_text", "text_table"]

_GAP = "  "
_NARROWEST = 12


def text_table(rows: list[tuple[Any, ...]], width: int | None = None) -> str:
    """Return a table as aligned text, headings first, numbers to the right.

    Args:
        rows: The headings, then the rows: a column of numbers is one whose last cell is a number.
        width: Cut the longest column in its middle, so that lines are no longer than this.

    Examples:
        >>> rows = [("name", "rows"), ("a", 12_345), ("a much longer name", 6)]
        >>> print(text_table(rows))
        name                  rows
        a                   12,345
        a much longer name       6
        >>> print(text_table(rows, width=22))
        name              rows
        a               12,345
        a much…er name       6
    """
    shown = [[cell_text(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    if width is not None:
        longest = widths.index(max(widths))
        too_wide = sum(widths) + len(_GAP) * (len(widths) - 1) - width
        widths[longest] = max(widths[longest] - max(too_wide, 0), _NARROWEST)
        for line in shown:
            line[longest] = _cut(line[longest], widths[longest])
    lines = []
    for row, raw in zip(shown, [rows[-1], *rows[1:]], strict=True):
        cells = [
            text.rjust(width) if isinstance(value, (int, float)) else text.ljust(width)
            for text, width, value in zip(row, widths, raw, strict=True)
        ]
        lines.append(_GAP.join(cells).rstrip())
    return "\n".join(lines)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    kept = longest - 1
    return f"{text[: kept // 2]}…{text[len(text) - (kept - kept // 2) :]}"


def cell_text(cell: Any) -> str:
    """Return a cell as it stands in a table.

    Examples:
        >>> cell_text(12_345), cell_text(1.5), cell_text("a")
        ('12,345', '1.500', 'a')
    """
    if isinstance(cell, float):
        return f"{cell:,.3f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
