"""Window functions: what is computed of a row and the rows around it, by name.

Each makes a state for a group of rows, which is fed the values of the group in their order. It
gives back results as soon as they are known: those that look back at once, `lead` some rows later.
Those of a whole group give back what they need of each row, and the results at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal, localcontext
from operator import add
from typing import TYPE_CHECKING, Any, Protocol

from dataflows.errors import FlowError
from dataflows.order_keys import order_key
from dataflows.processors.aggregates import AGGREGATES, Aggregate

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["WINDOW_FUNCTIONS", "WindowFunction", "WindowState", "exactly"]

# A quotient has as many digits as Python's own division gives. Infinity less itself is NaN, not an
# error.
_SUMS = Context(prec=200, traps=[])
_QUOTIENTS = Context(prec=28, traps=[])
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


class _RowNumber(_Back):
    def __init__(self) -> None:
        self._rows = 0

    def feed(self, values: list[Any]) -> list[Any]:
        first = self._rows + 1
        self._rows += len(values)
        return list(range(first, self._rows + 1))


class _Rank(_Back):
    """Numbers the rows by their keys: equal ones have one number."""

    def __init__(self, *, dense: bool) -> None:
        self._dense = dense
        self._rows = self._rank = 0
        self._last: Any = None

    def feed(self, values: list[Any]) -> list[Any]:
        ranks = []
        for key in values:
            self._rows += 1
            if key != self._last or self._rank == 0:
                self._rank = self._rank + 1 if self._dense else self._rows
                self._last = key
            ranks.append(self._rank)
        return ranks


class _Lag(_Back):
    def __init__(self, rows: int) -> None:
        self._held: list[Any] = [None] * rows

    def feed(self, values: list[Any]) -> list[Any]:
        joined = self._held + values
        self._held = joined[len(values) :]
        return joined[: len(values)]


class _Lead:
    def __init__(self, rows: int) -> None:
        self._rows = self._skip = rows

    def feed(self, values: list[Any]) -> list[Any]:
        skipped = min(self._skip, len(values))
        self._skip -= skipped
        return values[skipped:]

    def end(self) -> list[Any]:
        return [None] * (self._rows - self._skip)

    def close(self, results: list[Any]) -> list[Any]:
        return results


class _Difference(_Lag):
    def feed(self, values: list[Any]) -> list[Any]:
        pairs = zip(values, super().feed(values), strict=True)
        return [None if a is None or b is None else a - b for a, b in pairs]


class _Running(_Back):
    """Combines all values up to the row's."""

    def __init__(self, combine: Callable[[Any, Any], Any]) -> None:
        self._combine = combine
        self._kept: Any = None

    def feed(self, values: list[Any]) -> list[Any]:
        kept, combine = self._kept, self._combine
        results = []
        for value in values:
            if value is not None:
                kept = value if kept is None else combine(kept, value)
            results.append(kept)
        self._kept = kept
        return results


class _Moving(_Back):
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


class _Mean(_Back):
    """Divides what one state gives, the sums, by what another gives of a 1 for each value."""

    def __init__(self, sums: WindowState, counts: WindowState) -> None:
        self._sums = sums
        self._counts = counts

    def feed(self, values: list[Any]) -> list[Any]:
        sums = self._sums.feed(values)
        counts = self._counts.feed([None if value is None else 1 for value in values])
        pairs = zip(sums, counts, strict=True)
        return [None if total is None else _divided(total, count) for total, count in pairs]


class _Whole:
    """An aggregate of all rows."""

    def __init__(self, aggregate: Aggregate) -> None:
        self._values = aggregate.make()
        self._result: list[Any] = []

    def feed(self, values: list[Any]) -> list[Any]:
        self._values.add([0] * len(values), values, 1)
        return [None] * len(values)

    def end(self) -> list[Any]:
        self._result = self._values.take(1)
        return []

    def close(self, results: list[Any]) -> list[Any]:
        return self._result * len(results)


class _Share(_Whole):
    """Each value divided by the sum of all."""

    def __init__(self) -> None:
        super().__init__(AGGREGATES["sum"])

    def feed(self, values: list[Any]) -> list[Any]:
        super().feed(values)
        return list(values)

    def close(self, results: list[Any]) -> list[Any]:
        (total,) = self._result
        return [None if v is None or not total else _divided(v, total) for v in results]


def exactly() -> AbstractContextManager[Context]:
    """Return what lets sums be exact; every `feed` is to be called within it.

    Examples:
        >>> from decimal import Decimal
        >>> with exactly():
        ...     str(Decimal("1e30") + Decimal("0.1"))
        '1000000000000000000000000000000.1'
    """
    return localcontext(_SUMS)


def _divided(total: Any, number: Any) -> Any:
    if isinstance(total, (int, Decimal)):
        return _QUOTIENTS.divide(Decimal(total), number)
    return total / number


def _smaller(one: Any, other: Any) -> Any:
    return other if _is_less(other, one) else one


def _larger(one: Any, other: Any) -> Any:
    return other if _is_less(one, other) else one


def _is_less(one: Any, other: Any) -> bool:
    """Tell whether a value comes before another one, also where Python does not compare them."""
    kind = type(one)
    if kind is type(other) and kind in _COMPARED and one == one and other == other:  # noqa: PLR0124 - NaN is not itself
        try:
            return bool(one < other)
        except TypeError:
            pass  # a time with an offset and one without
    return order_key(one) < order_key(other)


@dataclass(frozen=True)
class WindowFunction:
    """A window function.

    Args:
        name: Its name.
        meaning: What it gives, for people.
        make: Makes the state of a group; called with the number of rows.
        like: The aggregate whose results are of the same type, and which takes the same types;
            None: the results are of the type of the field, which may be any.
        field: Whether it is computed of a field: ``"must"``, ``"may"`` or ``"no"``.
        rows: The number of rows by default; None: it has no such number; 0: it must be given.
        looks: ``"back"``, ``"ahead"``, or at the ``"whole"`` group.
        type: The type of its results, where that is always the same.
        by_order: Whether it is computed of the keys by which the rows are ordered.

    Examples:
        >>> function = WINDOW_FUNCTIONS["cumsum"]
        >>> function.descriptor({"name": "n", "type": "integer"}, "total")
        {'name': 'total', 'type': 'integer'}
        >>> state = function.make(0)
        >>> state.feed([1, None, 2]), state.feed([3])
        ([1, 1, 3], [6])
    """

    name: str
    meaning: str
    make: Callable[[int], WindowState]
    like: str | None = None
    field: str = "must"
    rows: int | None = None
    looks: str = "back"
    type: str | None = None
    by_order: bool = False

    def fits(self, kind: str) -> bool:
        """Tell whether it can be computed of values of a type."""
        return self.like is None or AGGREGATES[self.like].fits(kind)

    def descriptor(self, field: dict[str, Any] | None, name: str) -> dict[str, Any]:
        """Return the descriptor of the field that holds the results.

        Args:
            field: The descriptor of the field that it is computed of.
            name: The name of the new field.

        Raises:
            FlowError: It cannot be computed of values of this type.
        """
        if field is None:
            return {"name": name, "type": self.type or "integer"}
        kind = str(field.get("type", "string"))
        if not self.fits(kind):
            what = f"{self.name!r} cannot be computed of {field['name']!r}: it is {kind}"
            fitting = [one.name for one in WINDOW_FUNCTIONS.values() if one.fits(kind)]
            known = ", ".join(name for name in fitting if WINDOW_FUNCTIONS[name].field != "no")
            fix = f"use one of {known}, or set_type({field['name']!r}, …) before this."
            raise FlowError(what, fix=fix)
        if self.type is not None:
            return {"name": name, "type": self.type}
        like = AGGREGATES["first" if self.like is None else self.like]
        made = like.descriptor(field, name)
        # They are about the field itself: no sum is bound by them, and a first row has no `lag`.
        made.pop("constraints", None)
        return made


_FUNCTIONS = (
    WindowFunction(
        "row_number", "the number of the row, from 1", lambda _: _RowNumber(), field="no"
    ),
    WindowFunction(
        *("rank", "its place; after two firsts comes the third"),
        lambda _: _Rank(dense=False),
        field="no",
        by_order=True,
    ),
    WindowFunction(
        *("dense_rank", "its place; after two firsts comes the second"),
        lambda _: _Rank(dense=True),
        field="no",
        by_order=True,
    ),
    WindowFunction("lag", "the value of the row before, or `n` rows before", _Lag, rows=1),
    WindowFunction(
        "lead", "the value of the row after, or `n` rows after", _Lead, rows=1, looks="ahead"
    ),
    WindowFunction(
        "diff",
        "the value less that of the row before, or `n` rows before",
        _Difference,
        "sum",
        rows=1,
    ),
    WindowFunction("cumsum", "the sum so far", lambda _: _Running(add), "sum"),
    WindowFunction(
        "cumavg", "the mean so far", lambda _: _Mean(_Running(add), _Running(add)), "avg"
    ),
    WindowFunction("cummin", "the smallest so far", lambda _: _Running(_smaller), "min"),
    WindowFunction("cummax", "the largest so far", lambda _: _Running(_larger), "max"),
    WindowFunction(
        "moving_sum", "the sum of the last `n` rows", lambda n: _Moving(n, add), "sum", rows=0
    ),
    WindowFunction(
        *("moving_avg", "the mean of the last `n` rows"),
        lambda n: _Mean(_Moving(n, add), _Moving(n, add)),
        "avg",
        rows=0,
    ),
    WindowFunction(
        "moving_min",
        "the smallest of the last `n` rows",
        lambda n: _Moving(n, _smaller),
        "min",
        rows=0,
    ),
    WindowFunction(
        "moving_max",
        "the largest of the last `n` rows",
        lambda n: _Moving(n, _larger),
        "max",
        rows=0,
    ),
    WindowFunction(
        *("share", "the value divided by the sum of the group; missing where that is 0"),
        lambda _: _Share(),
        like="stddev",  # of numbers, and of nothing else
        looks="whole",
        type="number",
    ),
)


def _of_the_group(aggregate: Aggregate) -> WindowFunction:
    return WindowFunction(
        aggregate.name,
        f"of the group: {aggregate.meaning}",
        lambda _: _Whole(aggregate),
        aggregate.name,
        "may" if aggregate.name == "count" else "must",
        looks="whole",
        type=aggregate.type,
    )


WINDOW_FUNCTIONS: dict[str, WindowFunction] = {
    one.name: one for one in (*_FUNCTIONS, *map(_of_the_group, AGGREGATES.values()))
}
