"""my_step: a processor that looks at the rows of a table together, and leaves some out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processor import Hooks, processor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.package import Resource

__all__ = ["my_step"]


@processor
def my_step(field: str, *, resources: Any = None) -> Hooks:
    """Leave out the rows whose value is that of the row before.

    Schema: unchanged.
    Rows: the first of each run of equal values, in their order.
    Memory: one row.

    Args:
        field: The field.
        resources: For which resources; all by default.

    Examples:
        >>> from dataflows import Flow
        >>> Flow([{"city": "Rome"}, {"city": "Rome"}], my_step("city")).results()[0]
        [[{'city': 'Rome'}]]
    """

    def schema(resource: Resource) -> None:
        # Called before any row moves: a misspelt field is an error that offers the nearest name.
        resource.fields.field(field)

    def rows(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        # What is remembered stands in here: a flow can run twice.
        before: Any = object()
        for row in rows:
            if row[field] != before:
                yield row
            before = row[field]

    return Hooks(schema=schema, rows=rows, select=resources)
