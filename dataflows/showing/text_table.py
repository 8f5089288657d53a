"""A table as lines for a terminal, folded where it is wider, or for a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataflows.showing.words import in_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.showing.paper import Line, Paper, Word

__all__ = ["NUMERIC", "TableColumn", "table_lines", "type_of"]

NUMERIC = ("integer", "number", "year")
"""The types whose values stand to the right."""

_GAP = "  "
_ISO_DATE = ("date", "%Y-%m-%d")
_LONGEST = {True: 40, False: 100}


@dataclass
class TableColumn:
    """One column of a table.

    Args:
        headings: The lines above the rule, such as the name of a field and its type.
        cells: Its cells, each a list of words.
        to_right: Whether its cells stand to the right.
    """

    headings: list[Word]
    cells: list[Line] = field(default_factory=list)
    to_right: bool = False


def table_lines(
    columns: Sequence[TableColumn], paper: Paper, *, keys: int = 1, longest: int | None = None
) -> Iterator[Line]:
    """Yield the lines of a table.

    Where it is wider than the paper, the columns that are too many follow below, beside the
    columns that tell which row it is.

    Args:
        columns: The columns.
        paper: What it is for.
        keys: How many columns, the first ones, tell which row it is.
        longest: How long a cell may be; 40 columns on a terminal, 100 elsewhere, by default.

    Examples:
        >>> from dataflows.showing.paper import PLAIN
        >>> cities = TableColumn([("city", "bold")], [[("Rome", "")], [("Oslo", "")]])
        >>> sizes = TableColumn([("size", "bold")], [[("1285", "")], [("454", "")]], to_right=True)
        >>> print(PLAIN.text(table_lines([cities, sizes], PLAIN)), end="")
        city  size
        ────  ────
        Rome  1285
        Oslo   454
    """
    most = _LONGEST[paper.width is not None] if longest is None else longest
    if paper.width is not None:
        most = min(most, max(8, paper.width - 10))
    drawn = [_Drawn(column, paper, most) for column in columns]
    first, others = drawn[:keys], drawn[keys:]
    room = None if paper.width is None else paper.width
    taken = sum(one.width + len(_GAP) for one in first)
    begin = 0
    while begin < len(others) or begin == 0:
        end, used = begin, taken
        while end < len(others):
            used += others[end].width + (len(_GAP) if used else 0) * (end > begin)
            if room is not None and used > room and end > begin:
                break
            end += 1
        if begin:
            yield []
        yield from _block([*first, *others[begin:end]], paper)
        begin = max(end, begin + 1)


def type_of(field: Any) -> str:
    """Return the type of a field, with its format where it is not the usual one.

    Examples:
        >>> from dataflows.schema import Field
        >>> type_of(Field({"name": "day", "type": "date", "format": "%d.%m.%Y"}))
        'date %d.%m.%Y'
    """
    if field.format in (None, "", "default") or (field.type, field.format) == _ISO_DATE:
        return str(field.type)
    return f"{field.type} {field.format}"


class _Drawn:
    """A column whose words are cut, with its width."""

    def __init__(self, column: TableColumn, paper: Paper, longest: int) -> None:
        self.to_right = column.to_right
        self.headings = [[(paper.cut(text, longest), style)] for text, style in column.headings]
        self.cells = [_cut(cell, paper, longest) for cell in column.cells]
        self.width = max(map(_wide, [*self.headings, *self.cells]), default=0)

    def aligned(self, cell: Line) -> Line:
        padding = (" " * (self.width - _wide(cell)), "")
        return [padding, *cell] if self.to_right else [*cell, padding]


def _block(columns: list[_Drawn], paper: Paper) -> Iterator[Line]:
    heights = max((len(column.headings) for column in columns), default=0)
    for number in range(heights):
        yield _joined(
            column.aligned(column.headings[number] if number < len(column.headings) else [])
            for column in columns
        )
    rule = paper.sign("─")
    yield _joined([(rule * column.width, "dim")] for column in columns)
    for number in range(max((len(column.cells) for column in columns), default=0)):
        yield _joined(column.aligned(column.cells[number]) for column in columns)


def _joined(cells: Iterator[Line]) -> Line:
    line: Line = []
    for cell in cells:
        if line:
            line.append((_GAP, ""))
        line += cell
    while line and not line[-1][0].strip():
        line.pop()
    return line


def _wide(cell: Line) -> int:
    return sum(in_columns(text) for text, _ in cell)


def _cut(cell: Line, paper: Paper, longest: int) -> Line:
    """Return a cell with no more columns than these."""
    if _wide(cell) <= longest:
        return cell
    if len(cell) == 1:
        return [(paper.cut(cell[0][0], longest), cell[0][1])]
    kept: Line = []
    room = longest
    for text, style in cell:
        wide = in_columns(text)
        if wide > room:
            kept.append((paper.cut(text, max(room, 1)), style))
            break
        kept.append((text, style))
        room -= wide
    return kept
