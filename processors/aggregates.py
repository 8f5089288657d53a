"""Aggregates: what becomes of the values of a group, by name.

Each is a class that takes in values with the positions of their groups, so that adding a million
values is one loop, not a million calls. Missing values do not count; where all are missing, the
result is missing, or an empty list.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from operator import gt, lt
from typing import TYPE_CHECKING, Any, Protocol

from dataflows.errors import FlowError, nearest
from dataflows.order_keys import order_key
from dataflows.package import clone

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AGGREGATES", "Accumulator", "Aggregate", "aggregate_named"]

_NUMERIC = frozenset({"integer", "number", "any"})
_SUMMED = _NUMERIC | {"duration"}
_MIDDLE = _SUMMED | {"date", "datetime"}
_UNORDERED = frozenset({"object", "array", "geojson", "geopoint"})
_HASHABLE = frozenset({str, int, bool, Decimal, date, datetime})
_DIGITS = 200  # of sums and squares; what is handed out has the 28 of Python's own division


class Accumulator(Protocol):
    """Takes in the values of all groups."""

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values.

        Args:
            groups: The position of the group of each value.
            values: The values; None is a missing one.
            count: How many groups there are by now.
        """
        ...

    def take(self, count: int) -> list[Any]:
        """Return the results of the first groups, and forget these."""
        ...


class _Each:
    """Keeps one thing a group, made of what there was and a value."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def _grow(self, count: int) -> list[Any]:
        kept = self._kept
        kept.extend([None] * (count - len(kept)))
        return kept

    def take(self, count: int) -> list[Any]:
        kept = self._kept[:count]
        del self._kept[:count]
        return [self._result(one) for one in kept]

    def _result(self, kept: Any) -> Any:
        return kept


class _Sum(_Each):
    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self._grow(count)
        with localcontext(prec=_DIGITS):
            for group, value in zip(groups, values, strict=True):
                if value is not None:
                    before = kept[group]
                    kept[group] = value if before is None else before + value


class _Mean(_Each):
    def __init__(self) -> None:
        super().__init__()
        self._counts: list[int] = []

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept, counts = self._grow(count), self._counts
        counts.extend([0] * (count - len(counts)))
        with localcontext(prec=_DIGITS):
            for group, value in zip(groups, values, strict=True):
                if value is not None:
                    before = kept[group]
                    kept[group] = value if before is None else before + value
                    counts[group] += 1

    def take(self, count: int) -> list[Any]:
        sums, counts = self._kept[:count], self._counts[:count]
        del self._kept[:count], self._counts[:count]
        pairs = zip(sums, counts, strict=True)
        return [None if total is None else _divided(total, number) for total, number in pairs]


class _Best(_Each):
    """Keeps the largest or the smallest value, the first of equal ones."""

    def __init__(self, better: Callable[[Any, Any], bool]) -> None:
        super().__init__()
        self._better = better

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept, better = self._grow(count), self._better
        for group, value in zip(groups, values, strict=True):
            if value is not None:
                before = kept[group]
                if before is None or better(value, before):
                    kept[group] = value


class _First(_Each):
    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self._grow(count)
        for group, value in zip(groups, values, strict=True):
            if value is not None and kept[group] is None:
                kept[group] = value


class _Last(_Each):
    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self._grow(count)
        for group, value in zip(groups, values, strict=True):
            if value is not None:
                kept[group] = value


class _Count(_Each):
    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self._grow(count)
        for group, value in zip(groups, values, strict=True):
            if value is not None:
                kept[group] = (kept[group] or 0) + 1

    def _result(self, kept: Any) -> int:
        return kept or 0


class _Values(_Each):
    """Keeps all values of a group."""

    def __init__(self, result: Callable[[list[Any]], Any]) -> None:
        super().__init__()
        self._make = result

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self._grow(count)
        for group, value in zip(groups, values, strict=True):
            if value is not None:
                before = kept[group]
                if before is None:
                    kept[group] = [value]
                else:
                    before.append(value)

    def _result(self, kept: Any) -> Any:
        return self._make(kept or [])


class _Spread(_Each):
    """Keeps how many values there were, their sum and the sum of their squares."""

    def __init__(self, *, root: bool) -> None:
        super().__init__()
        self._root = root

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self._grow(count)
        with localcontext(prec=_DIGITS):
            for group, value in zip(groups, values, strict=True):
                if value is not None:
                    number, total, squares = kept[group] or (0, 0, 0)
                    kept[group] = (number + 1, total + value, squares + value * value)

    def _result(self, kept: Any) -> Any:
        number, total, squares = kept or (0, 0, 0)
        if number < 2:
            return None
        with localcontext(prec=_DIGITS):
            exact = (Decimal(squares) - Decimal(total) ** 2 / number) / (number - 1)
        return +(exact.sqrt() if self._root else exact)


@dataclass(frozen=True)
class Aggregate:
    """An aggregate.

    Args:
        name: Its name.
        meaning: What it gives, for people.
        make: Makes the accumulator.
        fits: Whether it can be made of values of a type.
        type: The type of what it gives; None for that of the values.
        holds: Whether the values of a group are held until its end.
        copies: Whether the field of the source is copied whole, with its constraints.

    Examples:
        >>> sum_ = AGGREGATES["sum"]
        >>> sum_.descriptor({"name": "price", "type": "number"}, "total")
        {'name': 'total', 'type': 'number'}
    """

    name: str
    meaning: str
    make: Callable[[], Accumulator]
    fits: Callable[[str], bool] = lambda _: True
    type: str | None = None
    holds: bool = False
    copies: bool = False

    def descriptor(self, field: dict[str, Any], name: str) -> dict[str, Any]:
        """Return the descriptor of the field that holds the results.

        Raises:
            FlowError: The aggregate cannot be made of this type.
        """
        kind = str(field.get("type", "string"))
        if not self.fits(kind):
            what = f"the aggregate {self.name!r} cannot be made of {field['name']!r}: it is {kind}"
            fitting = [one.name for one in AGGREGATES.values() if one.fits(kind)]
            fix = f"use one of {', '.join(fitting)}, or set_type({field['name']!r}, …) before this."
            raise FlowError(what, fix=fix)
        if self.copies:
            return {**clone(field), "name": name}
        if self.name == "median" and kind != "integer":
            return {**clone(field), "name": name}
        if self.type is not None:
            given = self.type
        elif self.name in ("avg", "median") and kind == "integer":
            given = "number"
        else:
            given = kind
        made = {"name": name, "type": given}
        if given == kind and kind not in _NUMERIC and "format" in field:
            made["format"] = field["format"]
        return made


def aggregate_named(name: str) -> Aggregate:
    """Return an aggregate.

    Raises:
        FlowError: There is none of that name.

    Examples:
        >>> aggregate_named("count").meaning
        'how many values there are; without a field, how many rows'
    """
    if name not in AGGREGATES:
        what = f"there is no aggregate named {name!r}"
        raise FlowError(what, fix=nearest(name, list(AGGREGATES), "aggregates"))
    return AGGREGATES[name]


def _divided(total: Any, number: int) -> Any:
    if isinstance(total, int):
        total = Decimal(total)
    return total / number


def _median(values: list[Any]) -> Any:
    if not values:
        return None
    values.sort()
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    low, high = values[middle - 1], values[middle]
    if isinstance(low, (date, datetime)):
        return low + (high - low) / 2
    with localcontext(prec=_DIGITS):
        total = low + high
    return _divided(total, 2)


def _alike(values: list[Any]) -> list[Any]:
    """Return what is equal for equal values, and can be a key of a dict."""
    kinds = set(map(type, values))
    if len(kinds) == 1 and kinds <= _HASHABLE:
        return values
    return list(map(order_key, values))


def _in_order(values: list[Any]) -> list[Any]:
    """Return each value once, in the order of their first appearance."""
    first: dict[Any, Any] = {}
    for key, value in zip(_alike(values), values, strict=True):
        first.setdefault(key, value)
    return list(first.values())


def _counters(values: list[Any]) -> list[tuple[Any, int]]:
    """Return each value with its number, the most frequent first; of lists, their items."""
    if any(map(_is_many, values)):
        values = [item for value in values for item in (value if _is_many(value) else [value])]
    keys = _alike(values)
    first = dict(zip(reversed(keys), reversed(values), strict=True))
    return [(first[key], number) for key, number in Counter(keys).most_common()]


def _is_many(value: Any) -> bool:
    return isinstance(value, (list, tuple, set))


def _mode(values: list[Any]) -> Any:
    if not values:
        return None
    keys = _alike(values)
    best = Counter(keys).most_common(1)[0][0]
    return values[keys.index(best)]


def _summed(kind: str) -> bool:
    return kind in _SUMMED


def _ordered(kind: str) -> bool:
    return kind not in _UNORDERED


def _numeric(kind: str) -> bool:
    return kind in _NUMERIC


AGGREGATES: dict[str, Aggregate] = {
    one.name: one
    for one in (
        Aggregate("sum", "the sum of the values", _Sum, _summed),
        Aggregate("avg", "their mean", _Mean, _summed),
        Aggregate(
            *("median", "the middle one, or the mean of the two in the middle"),
            lambda: _Values(_median),
            lambda kind: kind in _MIDDLE,
            holds=True,
        ),
        Aggregate("max", "the largest", lambda: _Best(gt), _ordered),
        Aggregate("min", "the smallest", lambda: _Best(lt), _ordered),
        Aggregate("first", "the first that is not missing", _First, copies=True),
        Aggregate("last", "the last that is not missing", _Last, copies=True),
        Aggregate("any", "one of them: the last that is not missing", _Last, copies=True),
        Aggregate(
            "count",
            "how many values there are; without a field, how many rows",
            _Count,
            type="integer",
        ),
        Aggregate(
            "count_distinct",
            "how many different values there are",
            lambda: _Values(lambda values: len(set(_alike(values)))),
            type="integer",
            holds=True,
        ),
        Aggregate(
            "stddev",
            "the standard deviation of a sample",
            lambda: _Spread(root=True),
            _numeric,
            type="number",
        ),
        Aggregate(
            "variance",
            "the variance of a sample",
            lambda: _Spread(root=False),
            _numeric,
            type="number",
        ),
        Aggregate("mode", "the most frequent", lambda: _Values(_mode), copies=True, holds=True),
        Aggregate(
            "set",
            "a list of the different values, in the order of their first appearance",
            lambda: _Values(_in_order),
            type="array",
            holds=True,
        ),
        Aggregate("array", "a list of all values", lambda: _Values(list), type="array", holds=True),
        Aggregate(
            "counters",
            "a list of (value, number), the most frequent first; of lists, their items",
            lambda: _Values(_counters),
            type="array",
            holds=True,
        ),
    )
}
