"""A few rows as a table: drawn for a terminal, aligned plain text for a file or a pipe."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from unicodedata import category, combining, east_asian_width

__all__ = ["print_table"]

_LONGEST_CELL = 30
_PIPED_WIDTH = 120
_GAP = "  "


def print_table(names: list[str], types: list[str], rows: list[list[str]]) -> None:
    """Print rows, as many columns of them as fit.

    Args:
        names: The names of the fields.
        types: Their types; numbers stand to the right.
        rows: The cells, as text.
    """
    is_terminal = sys.stdout.isatty()
    width = get_terminal_size().columns if is_terminal else _PIPED_WIDTH
    lines = [[_show(cell) for cell in row] for row in [names, types, *rows]]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(names))]
    count = _fitting(widths, width)
    numeric = [type_ in ("integer", "number", "year") for type_ in types]
    if is_terminal:
        _draw([line[:count] for line in lines], numeric)
    else:
        for line in lines:
            cells = [_align(line[n], widths[n], to_right=numeric[n]) for n in range(count)]
            print(_GAP.join(cells).rstrip())
    if count < len(names):
        print(f"… and {len(names) - count:,} more fields")


def _fitting(widths: list[int], width: int) -> int:
    used = 0
    for count, needed in enumerate(widths):
        used += needed + len(_GAP) + 1
        if used > width and count:
            return count
    return len(widths)


def _draw(lines: list[list[str]], numeric: list[bool]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name, type_, to_right in zip(*lines[:2], numeric, strict=False):
        heading = Text(name, style="bold") + Text(f"\n{type_}", style="dim")
        table.add_column(heading, justify="right" if to_right else "left", no_wrap=True)
    for line in lines[2:]:
        table.add_row(*map(Text, line))
    Console().print(table)


def _align(cell: str, width: int, *, to_right: bool) -> str:
    padding = " " * (width - _width(cell))
    return padding + cell if to_right else cell + padding


def _width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text
    )


def _show(cell: str) -> str:
    """Return a cell on one line; control characters could move the cursor or recolour the text."""
    shown = "".join(
        char if char.isprintable() else " " if category(char) == "Zs" else repr(char)[1:-1]
        for char in cell[: _LONGEST_CELL + 1]
    )
    return shown if len(shown) <= _LONGEST_CELL else shown[: _LONGEST_CELL - 1] + "…"
