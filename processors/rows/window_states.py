"""Window states: what a window function keeps of one group of rows.

A state is fed the values of the group in their order, and gives back results as soon as they are
known: those that look back at once, `Lead` some rows later. Those of a whole group give back what
they need of each row, and the results at its end.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, localcontext
from typing import TYPE_CHECKING, Any, Protocol

from dataflows.processors.groups.accumulators import quotient
from dataflows.processors.groups.aggregates import AGGREGATES, Aggregate
from dataflows.spill.order_keys import in_fixed_offset, order_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = [
    "Difference",
    "Lag",
    "Lead",
    "Mean",
    "Moving",
    "Rank",
    "RowNumber",
    "Running",
    "Share",
    "Whole",
    "WindowState",
    "exactly",
    "larger",
    "smaller",
]

_SUMS = Context(prec=200, traps=[])  # Infinity less itself is NaN, not an error
_NOTHING = object()
_COMPARED = frozenset({str, int, bool, Decimal, date, datetime, time, timedelta})


class WindowState(Protocol):
    """What a function keeps of one group of rows."""

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values, and return the results that are known now."""
        ...

    def end(self) -> list[Any]:
        """Return the results that are still owed, as there are no more rows."""
        ...

    def close(self, results: list[Any]) -> list[Any]:
        """Return the final results in the place of some that were handed out before."""
        ...


class _Back:
    """The end of a state whose results are known at once."""

    def end(self) -> list[Any]:
        return []

    def close(self, results: list[Any]) -> list[Any]:
        return results


class RowNumber(_Back):
    """Numbers the rows."""

    def __init__(self) -> None:
        self._rows = 0

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        first = self._rows + 1
        self._rows += len(values)
        return list(range(first, self._rows + 1))


class Rank(_Back):
    """Numbers the rows by their keys: equal ones have one number."""

    def __init__(self, *, dense: bool) -> None:
        self._dense = dense
        self._rows = self._rank = 0
        self._last: Any = _NOTHING

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        ranks = []
        for key in values:
            self._rows += 1
            if key is not self._last and key != self._last:
                self._rank = self._rank + 1 if self._dense else self._rows
                self._last = key
            ranks.append(self._rank)
        return ranks


class Lag(_Back):
    """Gives the values of some rows before."""

    def __init__(self, rows: int) -> None:
        self._held: list[Any] = [None] * rows

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        joined = self._held + values
        self._held = joined[len(values) :]
        return joined[: len(values)]


class Lead:
    """Gives the values of some rows after."""

    def __init__(self, rows: int) -> None:
        self._rows = self._skip = rows

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        skipped = min(self._skip, len(values))
        self._skip -= skipped
        return values[skipped:]

    def end(self) -> list[Any]:
        """Return what is still owed."""
        return [None] * (self._rows - self._skip)

    def close(self, results: list[Any]) -> list[Any]:
        """Return the final results."""
        return results


class Difference(Lag):
    """Gives the values less those of some rows before."""

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        pairs = zip(values, super().feed(values), strict=True)
        return [None if a is None or b is None else a - b for a, b in pairs]


class Running(_Back):
    """Combines all values up to the row's."""

    def __init__(self, combine: Callable[[Any, Any], Any]) -> None:
        self._combine = combine
        self._kept: Any = None

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        kept, combine = self._kept, self._combine
        results = []
        for value in values:
            if value is not None:
                kept = value if kept is None else combine(kept, value)
            results.append(kept)
        self._kept = kept
        return results


class Moving(_Back):
    """Combines the values of the last rows.

    Nothing is ever taken away from a sum: a number that was too large, or none, does no harm once
    it is out. The older rows stand in `_older` combined with those that come after them, the newer
    ones as they are; when the older are gone, the newer are turned into such.
    """

    def __init__(self, rows: int, combine: Callable[[Any, Any], Any]) -> None:
        self._rows = rows
        self._combine = combine
        self._older: list[Any] = []
        self._newer: list[Any] = []
        self._kept: Any = None

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        results = []
        for value in values:
            if len(self._older) + len(self._newer) == self._rows:
                self._leave_one_out()
            self._newer.append(value)
            self._kept = self._both(self._kept, value)
            results.append(self._both(self._older[-1] if self._older else None, self._kept))
        return results

    def _leave_one_out(self) -> None:
        if not self._older:
            combined = None
            for value in reversed(self._newer):
                combined = self._both(value, combined)
                self._older.append(combined)
            self._newer, self._kept = [], None
        self._older.pop()

    def _both(self, before: Any, after: Any) -> Any:
        if before is None or after is None:
            return after if before is None else before
        return self._combine(before, after)


class Mean(_Back):
    """Divides what one state gives, the sums, by what another gives of a 1 for each value."""

    def __init__(self, sums: WindowState, counts: WindowState) -> None:
        self._sums = sums
        self._counts = counts

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        sums = self._sums.feed(values)
        counts = self._counts.feed([None if value is None else 1 for value in values])
        pairs = zip(sums, counts, strict=True)
        return [None if total is None else quotient(total, count) for total, count in pairs]


class Whole:
    """An aggregate of all rows."""

    def __init__(self, aggregate: Aggregate) -> None:
        self._values = aggregate.make()
        self._result: list[Any] = []

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        self._values.add([0] * len(values), values, 1)
        return [None] * len(values)

    def end(self) -> list[Any]:
        """Return what is still owed."""
        self._result = self._values.take(1)
        return []

    def close(self, results: list[Any]) -> list[Any]:
        """Return the final results."""
        return self._result * len(results)


class Share(Whole):
    """Each value divided by the sum of all."""

    def __init__(self) -> None:
        super().__init__(AGGREGATES["sum"])

    def feed(self, values: list[Any]) -> list[Any]:
        """Take in the next values."""
        super().feed(values)
        return list(values)

    def close(self, results: list[Any]) -> list[Any]:
        """Return the final results."""
        (total,) = self._result
        return [None if v is None or not total else quotient(v, total) for v in results]


def exactly() -> AbstractContextManager[Context]:
    """Return what lets sums be exact; every `feed` is to be called within it.

    Examples:
        >>> from decimal import Decimal
        >>> with exactly():
        ...     str(Decimal("1e30") + Decimal("0.1"))
        '1000000000000000000000000000000.1'
    """
    return localcontext(_SUMS)


def smaller(one: Any, other: Any) -> Any:
    """Return the smaller of two values, the first of equal ones."""
    return other if _is_less(other, one) else one


def larger(one: Any, other: Any) -> Any:
    """Return the larger of two values, the first of equal ones."""
    return other if _is_less(one, other) else one


def _is_less(one: Any, other: Any) -> bool:
    """Tell whether a value comes before another one, also where Python does not compare them."""
    kind = type(one)
    if kind is type(other) is datetime:
        one, other = in_fixed_offset(one), in_fixed_offset(other)
    if kind is type(other) and kind in _COMPARED and one == one and other == other:  # noqa: PLR0124 - NaN is not itself
        try:
            return bool(one < other)
        except TypeError:
            pass  # a time with an offset and one without
    return order_key(one) < order_key(other)
