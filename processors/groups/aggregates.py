"""Aggregates: what becomes of the values of a group, by name.

Missing values do not count; where all are missing, the result is missing, or an empty list.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import gt, lt
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, nearest
from dataflows.package import clone
from dataflows.processors.groups.accumulators import (
    Best,
    Count,
    First,
    Last,
    Mean,
    Spread,
    Sum,
    Values,
    counters,
    distinct,
    in_order,
    median,
    mode,
)
from dataflows.wording import with_article

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.processors.groups.accumulators import Accumulator

__all__ = ["AGGREGATES", "Aggregate", "aggregate_named"]

_NUMERIC = frozenset({"integer", "number", "any"})
_SUMMED = _NUMERIC | {"duration"}
_MIDDLE = _SUMMED | {"date", "datetime"}
_UNORDERED = frozenset({"object", "array", "geojson", "geopoint"})


def _of_every_type(_: str) -> bool:
    """Say that values of every type fit."""
    return True


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
    fits: Callable[[str], bool] = _of_every_type
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
            what = f"the aggregate {self.name!r} cannot be made of {field['name']!r}:"
            what += f" it is {with_article(kind)}"
            fitting = [one.name for one in AGGREGATES.values() if one.fits(kind)]
            fix = f"use one of {', '.join(fitting)}, or set_type({field['name']!r}, …) before this."
            raise FlowError(what, fix=fix)
        if self.copies:
            return {**clone(field), "name": name}
        if self.name == "median" and kind != "integer":
            return _without_enum({**clone(field), "name": name})
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
        ArgumentError: There is none of that name.

    Examples:
        >>> aggregate_named("count").meaning
        'how many values there are; without a field, how many rows'
    """
    if name not in AGGREGATES:
        what = f"there is no aggregate named {name!r}"
        raise ArgumentError(what, fix=nearest(name, list(AGGREGATES), "aggregates", OTHER_NAMES))
    return AGGREGATES[name]


OTHER_NAMES = {
    **dict.fromkeys(("mean", "average"), "avg"),
    **dict.fromkeys(("size", "len", "rows"), "count"),
    **dict.fromkeys(("nunique", "n_unique", "distinct"), "count_distinct"),
    **dict.fromkeys(("std", "stdev", "stddev_samp"), "stddev"),
    **dict.fromkeys(("var", "var_samp"), "variance"),
    **dict.fromkeys(("list", "collect", "array_agg"), "array"),
    "unique": "set",
    "value_counts": "counters",
}
"""What other tools call some of the aggregates."""


def _without_enum(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field without the list of its values: one between two of them is none of them."""
    field.get("constraints", {}).pop("enum", None)
    return field


def _summed(kind: str) -> bool:
    return kind in _SUMMED


def _ordered(kind: str) -> bool:
    return kind not in _UNORDERED


def _numeric(kind: str) -> bool:
    return kind in _NUMERIC


AGGREGATES: dict[str, Aggregate] = {
    one.name: one
    for one in (
        Aggregate("sum", "the sum of the values", Sum, _summed),
        Aggregate("avg", "their mean", Mean, _summed),
        Aggregate(
            *("median", "the middle one, or the mean of the two in the middle"),
            lambda: Values(median),
            lambda kind: kind in _MIDDLE,
            holds=True,
        ),
        Aggregate("max", "the largest", lambda: Best(gt), _ordered),
        Aggregate("min", "the smallest", lambda: Best(lt), _ordered),
        Aggregate("first", "the first that is not missing", First, copies=True),
        Aggregate("last", "the last that is not missing", Last, copies=True),
        Aggregate("any", "one of them: the last that is not missing", Last, copies=True),
        Aggregate(
            "count",
            "how many values there are; without a field, how many rows",
            Count,
            type="integer",
        ),
        Aggregate(
            "count_distinct",
            "how many different values there are",
            lambda: Values(distinct),
            type="integer",
            holds=True,
        ),
        Aggregate(
            "stddev",
            "the standard deviation of a sample",
            lambda: Spread(root=True),
            _numeric,
            type="number",
        ),
        Aggregate(
            "variance",
            "the variance of a sample",
            lambda: Spread(root=False),
            _numeric,
            type="number",
        ),
        Aggregate("mode", "the most frequent", lambda: Values(mode), copies=True, holds=True),
        Aggregate(
            "set",
            "a list of the different values, in the order of their first appearance",
            lambda: Values(in_order),
            type="array",
            holds=True,
        ),
        Aggregate("array", "a list of all values", lambda: Values(list), type="array", holds=True),
        Aggregate(
            "counters",
            "a list of (value, number), the most frequent first; of lists, their items",
            lambda: Values(counters),
            type="array",
            holds=True,
        ),
    )
}
