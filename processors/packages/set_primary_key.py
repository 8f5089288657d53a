"""set_primary_key: the fields by which a row is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.listed import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.package import Resource
    from dataflows.selectors import Resources

__all__ = ["set_primary_key"]


@processor
def set_primary_key(primary_key: Iterable[str] | str | None, resources: Resources = None) -> Hooks:
    """Set the primary key.

    Whether its values are unique is not checked: `deduplicate` keeps the first row of each.

    Schema: with the primary key.
    Rows: untouched.
    Memory: none.

    Args:
        primary_key: The names of its fields; None or an empty list removes the key.
        resources: The resources to set it for; all by default.

    Raises:
        ArgumentError: A name is not a text.
        UnknownFieldError: There is no such field.

    Examples:
        >>> from dataflows import Flow, set_primary_key
        >>> package, stats = Flow([{"id": 1, "a": 2}], set_primary_key(["id"])).process()
        >>> package.resources[0].schema.primary_key
        ['id']
    """
    given = listed(primary_key) if primary_key else []
    for name in given:
        if not isinstance(name, str):
            what = f"a primary key is a list of names, got {shorten(name)}"
            raise ArgumentError(what, fix="write for instance set_primary_key(['id']).")

    def schema(resource: Resource) -> None:
        for name in given:
            resource.fields.field(name)
        if given:
            resource.fields.descriptor["primaryKey"] = list(given)
        else:
            resource.fields.descriptor.pop("primaryKey", None)

    return Hooks(schema=schema, select=resources)
