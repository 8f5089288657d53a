"""A table as aligned text."""

from __future__ import annotations

from typing import Any

__all__ = ["cell_text", "text_table"]


def text_table(rows: list[tuple[Any, ...]]) -> str:
    """Return a table as aligned text, headings first, numbers to the right.

    Args:
        rows: The headings, then the rows: a column of numbers is one whose last cell is a number.

    Examples:
        >>> print(text_table([("name", "rows"), ("a", 12_345), ("bc", 6)]))
        name    rows
        a     12,345
        bc         6
    """
    shown = [[cell_text(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row, raw in zip(shown, [rows[-1], *rows[1:]], strict=True):
        cells = [
            text.rjust(width) if isinstance(value, (int, float)) else text.ljust(width)
            for text, width, value in zip(row, widths, raw, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def cell_text(cell: Any) -> str:
    """Return a cell as it stands in a table.

    Examples:
        >>> cell_text(12_345), cell_text(1.5), cell_text("a")
        ('12,345', '1.500', 'a')
    """
    if isinstance(cell, float):
        return f"{cell:,.3f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
