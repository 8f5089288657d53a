"""The group of each row: its values in some fields, made hashable."""

from __future__ import annotations

from decimal import Decimal
from itertools import repeat
from math import isnan
from types import NoneType
from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError
from dataflows.spill.order_keys import order_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from dataflows.batch import Batch

__all__ = ["groups_of"]

_PLAIN = frozenset({str, int, NoneType})


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
    if set(map(type, values)) <= _PLAIN:
        return values
    return map(_key, values)


def _key(value: Any) -> Hashable:
    if type(value) in _PLAIN:
        return value  # type: ignore[no-any-return]  # these have a hash
    is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    if is_number and not (value.is_nan() if isinstance(value, Decimal) else isnan(value)):
        return value  # type: ignore[no-any-return]  # as that of an equal integer, of any type
    try:
        return order_key(value)
    except FlowError:
        return ("other", repr(value))
