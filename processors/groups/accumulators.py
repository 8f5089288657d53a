"""Accumulators: take in the values of all groups, and give a result for each.

Adding a million values is one loop, not a million calls: an accumulator takes values with the
positions of their groups.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Any, Protocol

from dataflows.spill.order_keys import in_fixed_offset, order_key

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Accumulator",
    "Best",
    "Count",
    "First",
    "Last",
    "Mean",
    "Spread",
    "Sum",
    "Values",
    "counters",
    "distinct",
    "in_order",
    "median",
    "mode",
    "quotient",
]

_HASHABLE = frozenset({str, int, bool, Decimal, date, datetime})
_FAST = _HASHABLE | {timedelta, time}
_SORTED = frozenset({int, Decimal, date, timedelta})
# Of sums and squares; what is handed out has the 28 digits of Python's own division. Infinity less
# itself is NaN, not an error.
_EXACT = Context(prec=200, traps=[])
_QUOTIENTS = Context(prec=28, traps=[])


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
        """Return the results of the first groups."""
        kept = self._kept[:count]
        del self._kept[:count]
        return [self._result(one) for one in kept]

    def _result(self, kept: Any) -> Any:
        return kept


class Sum(_Each):
    """Adds the values up."""

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
        kept = self._grow(count)
        with localcontext(_EXACT):
            for group, value in zip(groups, values, strict=True):
                if value is not None:
                    before = kept[group]
                    kept[group] = value if before is None else before + value


class Mean(_Each):
    """Adds the values up and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: list[int] = []

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
        kept, counts = self._grow(count), self._counts
        counts.extend([0] * (count - len(counts)))
        with localcontext(_EXACT):
            for group, value in zip(groups, values, strict=True):
                if value is not None:
                    before = kept[group]
                    kept[group] = value if before is None else before + value
                    counts[group] += 1

    def take(self, count: int) -> list[Any]:
        """Return the results of the first groups."""
        sums, counts = self._kept[:count], self._counts[:count]
        del self._kept[:count], self._counts[:count]
        pairs = zip(sums, counts, strict=True)
        return [None if total is None else quotient(total, number) for total, number in pairs]


class Best(_Each):
    """Keeps the largest or the smallest value, the first of equal ones.

    Values that Python does not compare, such as NaN or a text and a number, have the order in which
    they are sorted.
    """

    def __init__(self, better: Callable[[Any, Any], bool]) -> None:
        super().__init__()
        self._better = better
        self._types: set[type] = set()

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
        kept = self._grow(count)
        self._types.update(map(type, values))
        self._types.discard(type(None))
        better = self._better
        if len(self._types) == 1 and self._types <= _FAST:
            compared = better
            if self._types == {datetime}:
                compared = lambda a, b: better(in_fixed_offset(a), in_fixed_offset(b))  # noqa: E731 - said once
            try:
                self._keep(kept, groups, values, compared)
            except (TypeError, InvalidOperation):
                pass
            else:
                return
        self._keep(kept, groups, values, lambda a, b: better(order_key(a), order_key(b)))

    @staticmethod
    def _keep(
        kept: list[Any],
        groups: list[int],
        values: list[Any],
        better: Callable[[Any, Any], bool],
    ) -> None:
        for group, value in zip(groups, values, strict=True):
            if value is not None:
                before = kept[group]
                if before is None or better(value, before):
                    kept[group] = value


class First(_Each):
    """Keeps the first value."""

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
        kept = self._grow(count)
        for group, value in zip(groups, values, strict=True):
            if value is not None and kept[group] is None:
                kept[group] = value


class Last(_Each):
    """Keeps the last value."""

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
        kept = self._grow(count)
        for group, value in zip(groups, values, strict=True):
            if value is not None:
                kept[group] = value


class Count(_Each):
    """Counts the values."""

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
        kept = self._grow(count)
        for group, value in zip(groups, values, strict=True):
            if value is not None:
                kept[group] = (kept[group] or 0) + 1

    def _result(self, kept: Any) -> int:
        return kept or 0


class Values(_Each):
    """Keeps all values of a group."""

    def __init__(self, result: Callable[[list[Any]], Any]) -> None:
        super().__init__()
        self._make = result

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
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


class Spread(_Each):
    """Keeps how many values there were, their sum and the sum of their squares."""

    def __init__(self, *, root: bool) -> None:
        super().__init__()
        self._root = root

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        """Take in values, None among them."""
        kept = self._grow(count)
        with localcontext(_EXACT):
            for group, one in zip(groups, values, strict=True):
                if one is not None:
                    value = Decimal(one) if type(one) is float else one
                    number, total, squares = kept[group] or (0, 0, 0)
                    kept[group] = (number + 1, total + value, squares + value * value)

    def _result(self, kept: Any) -> Any:
        number, total, squares = kept or (0, 0, 0)
        if number < 2:
            return None
        with localcontext(_EXACT):
            exact = (Decimal(squares) - Decimal(total) ** 2 / number) / (number - 1)
            exact = max(exact, Decimal(0)) if exact.is_finite() else Decimal("NaN")
            wide = exact.sqrt() if self._root else exact
        return +wide


def quotient(total: Any, number: Any) -> Any:
    """Return a sum divided by a number: of 28 digits, as Python's own, whatever its context is.

    Examples:
        >>> quotient(1, 8), quotient(Decimal("sNaN"), 2)
        (Decimal('0.125'), Decimal('NaN'))
    """
    if isinstance(total, (int, Decimal)):
        return _QUOTIENTS.divide(Decimal(total), number)
    return total / number


def median(values: list[Any]) -> Any:
    """Return the value in the middle, or the mean of the two that stand there."""
    if not values:
        return None
    try:
        values = sorted(values, key=None if _SORTED.issuperset(map(type, values)) else order_key)
    except (TypeError, InvalidOperation):
        values = sorted(values, key=order_key)
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    low, high = values[middle - 1], values[middle]
    if isinstance(low, (date, datetime)):
        return low + (high - low) / 2
    with localcontext(_EXACT):
        total = low + high
    return quotient(total, 2)


def _alike(values: list[Any]) -> list[Any]:
    """Return what is equal for equal values, and can be a key of a dict."""
    kinds = set(map(type, values))
    if kinds == {datetime}:
        return list(map(in_fixed_offset, values))
    if len(kinds) == 1 and kinds <= _HASHABLE - {Decimal}:
        return values
    if kinds == {Decimal} and not any(map(Decimal.is_nan, values)):
        return values
    return list(map(order_key, values))


def distinct(values: list[Any]) -> int:
    """Return how many different values there are."""
    return len(set(_alike(values)))


def in_order(values: list[Any]) -> list[Any]:
    """Return each value once, in the order of their first appearance."""
    first: dict[Any, Any] = {}
    for key, value in zip(_alike(values), values, strict=True):
        first.setdefault(key, value)
    return list(first.values())


def counters(values: list[Any]) -> list[tuple[Any, int]]:
    """Return each value with its number, the most frequent first; of lists, their items."""
    if any(map(_is_many, values)):
        values = [item for value in values for item in (value if _is_many(value) else [value])]
    keys = _alike(values)
    first = dict(zip(reversed(keys), reversed(values), strict=True))
    return [(first[key], number) for key, number in Counter(keys).most_common()]


def _is_many(value: Any) -> bool:
    return isinstance(value, (list, tuple, set))


def mode(values: list[Any]) -> Any:
    """Return the most frequent value, the first of those."""
    if not values:
        return None
    keys = _alike(values)
    best = Counter(keys).most_common(1)[0][0]
    return values[keys.index(best)]
