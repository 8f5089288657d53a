"""Rows: the first rows of a resource, which show themselves as a table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from dataflows.schema import Schema
from dataflows.showing.html_table import notebook_table
from dataflows.showing.paper import PLAIN, Line, Paper
from dataflows.showing.text_table import NUMERIC, TableColumn, table_lines, type_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Rows", "cell_of", "row_lines"]

_MOST_ROWS = 60


class Rows(list[dict[str, Any]]):
    """Rows of a resource: a list of dicts, which prints as a table.

    Args:
        rows: The rows.
        schema: Their schema; by default that of fields named as in the rows, of type "any".
        name: The name of the resource.

    Examples:
        >>> from dataflows import Flow
        >>> rows = Flow([{"city": "Rome", "size": 1285}, {"city": "Oslo", "size": None}]).head()
        >>> rows
        #  city       size
           string  integer
        ─  ──────  ───────
        1  Rome       1285
        2  Oslo          ∅
        >>> rows[0]["city"], rows.schema.field_names
        ('Rome', ['city', 'size'])
    """

    def __init__(
        self,
        rows: Iterable[dict[str, Any]] = (),
        schema: Schema | None = None,
        name: str = "",
    ) -> None:
        super().__init__(rows)
        if schema is None:
            names = dict.fromkeys(name for row in self for name in row)
            schema = Schema({"fields": [{"name": one, "type": "any"} for one in names]})
        self.schema = schema
        self.name = name

    @overload
    def __getitem__(self, index: SupportsIndex) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    def __getitem__(self, index: SupportsIndex | slice) -> dict[str, Any] | Rows:
        """Return a row; of a slice, rows that show themselves as well."""
        if isinstance(index, slice):
            return Rows(super().__getitem__(index), self.schema, self.name)
        return super().__getitem__(index)

    def __repr__(self) -> str:
        """Show the rows as a table: as wide as the terminal, or as needed where there is none."""
        paper = Paper.of(sys.stdout) if sys.stdout is not None else PLAIN
        plain = Paper(paper.width, encoding=paper.encoding)
        lines = row_lines(self[:_MOST_ROWS], plain)
        text = plain.text(lines)
        if len(self) > _MOST_ROWS:
            text += plain.sign(f"… and {counted(len(self) - _MOST_ROWS, 'more row')}\n")
        return text.rstrip("\n")

    def _repr_html_(self) -> str:
        return notebook_table(self, self.schema, _MOST_ROWS)


def row_lines(
    rows: Sequence[dict[str, Any]], paper: Paper, schema: Schema | None = None
) -> Iterator[Line]:
    """Yield the lines of a table of rows, with their numbers and the types of the fields.

    Args:
        rows: The rows.
        paper: What they are for.
        schema: Their schema; that of the `Rows` by default.
    """
    known = schema or getattr(rows, "schema", None) or Rows(rows).schema
    if not known.fields:
        return iter([[("no fields", "dim")]])
    numbers = [[(str(number), "dim")] for number in range(1, len(rows) + 1)]
    columns = [TableColumn([("#", "dim"), ("", "")], numbers, to_right=True)]
    columns += [
        TableColumn(
            [(paper.shown(field.name), "bold"), (paper.shown(type_of(field)), "dim")],
            [[cell_of(row.get(field.name), paper)] for row in rows],
            to_right=field.type in NUMERIC,
        )
        for field in known.fields
    ]
    return table_lines(columns, paper)


def cell_of(value: Any, paper: Paper) -> tuple[str, str]:
    """Return a value as a word of a table; a missing one has a sign of its own.

    Examples:
        >>> cell_of(None, PLAIN), cell_of(12, PLAIN)
        (('∅', 'dim'), ('12', ''))
    """
    if value is None:
        return paper.sign("∅"), "dim"
    return paper.shown(str(value)), ""
