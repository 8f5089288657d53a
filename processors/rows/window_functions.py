"""Window functions: what is computed of a row and the rows around it, by name."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError
from dataflows.processors.groups.aggregates import AGGREGATES, Aggregate
from dataflows.processors.rows.window_states import (
    Difference,
    Lag,
    Lead,
    Mean,
    Moving,
    Rank,
    RowNumber,
    Running,
    Share,
    Whole,
    larger,
    smaller,
)
from dataflows.wording import with_article

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.processors.rows.window_states import WindowState

__all__ = ["WINDOW_FUNCTIONS", "WindowFunction"]


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
            what = f"{self.name!r} cannot be computed of {field['name']!r}: it is"
            what += f" {with_article(kind)}"
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
        "row_number", "the number of the row, from 1", lambda _: RowNumber(), field="no"
    ),
    WindowFunction(
        *("rank", "its place; after two firsts comes the third"),
        lambda _: Rank(dense=False),
        field="no",
        by_order=True,
    ),
    WindowFunction(
        *("dense_rank", "its place; after two firsts comes the second"),
        lambda _: Rank(dense=True),
        field="no",
        by_order=True,
    ),
    WindowFunction("lag", "the value of the row before, or `n` rows before", Lag, rows=1),
    WindowFunction(
        "lead", "the value of the row after, or `n` rows after", Lead, rows=1, looks="ahead"
    ),
    WindowFunction(
        "diff",
        "the value less that of the row before, or `n` rows before",
        Difference,
        "sum",
        rows=1,
    ),
    WindowFunction("cumsum", "the sum so far", lambda _: Running(add), "sum"),
    WindowFunction("cumavg", "the mean so far", lambda _: Mean(Running(add), Running(add)), "avg"),
    WindowFunction("cummin", "the smallest so far", lambda _: Running(smaller), "min"),
    WindowFunction("cummax", "the largest so far", lambda _: Running(larger), "max"),
    WindowFunction(
        "moving_sum", "the sum of the last `n` rows", lambda n: Moving(n, add), "sum", rows=0
    ),
    WindowFunction(
        *("moving_avg", "the mean of the last `n` rows"),
        lambda n: Mean(Moving(n, add), Moving(n, add)),
        "avg",
        rows=0,
    ),
    WindowFunction(
        "moving_min",
        "the smallest of the last `n` rows",
        lambda n: Moving(n, smaller),
        "min",
        rows=0,
    ),
    WindowFunction(
        "moving_max",
        "the largest of the last `n` rows",
        lambda n: Moving(n, larger),
        "max",
        rows=0,
    ),
    WindowFunction(
        *("share", "the value divided by the sum of the group; missing where that is 0"),
        lambda _: Share(),
        like="stddev",  # of numbers, and of nothing else
        looks="whole",
        type="number",
    ),
)


def _of_the_group(aggregate: Aggregate) -> WindowFunction:
    return WindowFunction(
        aggregate.name,
        f"of the group: {aggregate.meaning}",
        lambda _: Whole(aggregate),
        aggregate.name,
        "may" if aggregate.name == "count" else "must",
        looks="whole",
        type=aggregate.type,
    )


WINDOW_FUNCTIONS: dict[str, WindowFunction] = {
    one.name: one for one in (*_FUNCTIONS, *map(_of_the_group, AGGREGATES.values()))
}
