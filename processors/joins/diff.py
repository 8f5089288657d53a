"""diff: what was added to a resource, removed from it and changed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.groups.key_spec import ROW_NUMBER, KeySpec
from dataflows.processors.joins.differing import Difference

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["diff"]


@processor
def diff(
    old_name: str,
    new_name: str,
    key: str | Sequence[str],
    name: str = "diff",
    fields: Sequence[str] | None = None,
    source_delete: bool = True,
) -> Hooks:
    """Compare two versions of a resource: rows added, removed and changed.

    Schema: a resource of its own, after both: ``change`` (``added``, ``removed`` or ``changed``),
        the key, ``changed`` (the names of the fields whose values differ; missing in a row that was
        added or removed), and for each field that is compared ``old_…`` and ``new_…``.
    Rows: one for each key that is new or has other values, in the order of the new resource; then
        one for each that is gone, in the order of the old one. A row that did not change has none.
    Memory: the old resource and the keys of the new one; many rows spill to disk.

    Args:
        old_name: The resource as it was.
        new_name: The resource as it is.
        key: The field, or a list of fields, by which rows are the same; both resources have them.
            Every row must have a value there, and no two rows of a resource the same.
        name: The name of the resource of the differences.
        fields: The fields to compare; by default all that both have. Values are compared as values:
            1 is 1.0, and a missing value is equal to a missing one.
        source_delete: Whether both resources end here; else they go on, as they were.

    Raises:
        ArgumentError: The key or the fields are no names, or both resources are the same.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: One of the two has no such field.
        FlowError: The keys can never be equal, or a name is there already.
        RowError: A row has no key, or that of another row.

    Examples:
        >>> from dataflows import Flow, diff
        >>> old = [{"id": 1, "city": "Bonn"}, {"id": 2, "city": "Rome"}]
        >>> new = [{"id": 2, "city": "Roma"}, {"id": 3, "city": "Oslo"}]
        >>> for row in Flow(old, new, diff("res_1", "res_2", "id")).results()[0][0]:
        ...     print(list(row.values()))
        ['changed', 2, ['city'], 'Rome', 'Roma']
        ['added', 3, None, None, 'Oslo']
        ['removed', 1, None, 'Bonn', None]
    """
    read = KeySpec.read(key)
    if read.template is not None or ROW_NUMBER in read.fields:
        what = f"the key is a field or a list of fields, got {shorten(key)}"
        raise ArgumentError(what, fix="write for instance 'id' or ['city', 'day'].")
    if old_name == new_name:
        what = f"the old and the new resource are both {old_name!r}"
        raise ArgumentError(what, fix="name two resources.")
    made = Difference(
        old_name, new_name, read, name, _check_fields(fields, read.fields), delete=source_delete
    )
    return Hooks(package=made.package, resources=made.resources)


def _check_fields(fields: Any, key: list[str]) -> list[str] | None:
    if fields is None:
        return None
    listed = [fields] if isinstance(fields, str) else fields
    if not isinstance(listed, (list, tuple)) or not all(isinstance(one, str) for one in listed):
        what = f"the fields are a list of names, got {shorten(fields)}"
        raise ArgumentError(what, fix="write for instance fields=['price', 'stock'].")
    for name in listed:
        if name in key:
            what = f"the field {name!r} is to be compared, and is the key"
            raise ArgumentError(what, fix="leave it out of fields=, or out of the key.")
    return list(dict.fromkeys(listed))
