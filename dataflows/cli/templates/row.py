"""my_step: a processor that looks at one row after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processor import Hooks, processor

if TYPE_CHECKING:
    from dataflows.package import Resource

__all__ = ["my_step"]


@processor
def my_step(field: str, *, suffix: str = "!", resources: Any = None) -> Hooks:
    """Write the texts of a field in capitals.

    Schema: unchanged.
    Rows: one for one, in their order.
    Memory: one row.

    Args:
        field: The field.
        suffix: What is put behind the text.
        resources: For which resources; all by default.

    Examples:
        >>> from dataflows import Flow
        >>> Flow([{"city": "Rome"}], my_step("city")).results()[0]
        [[{'city': 'ROME!'}]]
    """

    def schema(resource: Resource) -> None:
        # Called before any row moves: a misspelt field is an error that offers the nearest name.
        resource.fields.field(field)

    def row(row: dict[str, Any]) -> None:
        if row[field] is not None:
            row[field] = f"{row[field].upper()}{suffix}"

    return Hooks(schema=schema, row=row, select=resources)
