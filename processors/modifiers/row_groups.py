"""The group of each row: its values in some fields, made hashable."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from dataflows.batch import Batch

__all__ = ["groups_of"]


def groups_of(batch: Batch, names: Sequence[str]) -> Iterable[Hashable]:
    """Return for each row what is equal for rows of the same group.

    Values are compared as values: 1 is not "1", and not True; missing ones are equal.

    Examples:
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"a": 1}, {"a": [1]}, {"a": True}], ["a"])
        >>> len(set(groups_of(batch, ["a"])))
        3
    """
    if not names:
        return repeat((), batch.length)
    return zip(*(_keys(batch.column(name).values) for name in names), strict=True)


def _keys(values: list[Any]) -> Iterable[Hashable]:
    if set(map(type, values)) <= {str, type(None)}:
        return values
    return map(_key, values)


def _key(value: Any) -> Hashable:
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return ("object", frozenset((key, _key(item)) for key, item in value.items()))
    if isinstance(value, (list, tuple)):
        return ("array", *map(_key, value))
    if getattr(value, "__hash__", None) is None:
        return ("other", repr(value))
    return value  # type: ignore[no-any-return]  # it has a hash, as was seen
