"""The arguments of `assert_rows`, as expectations."""

from __future__ import annotations

import re
from typing import Any

from dataflows.errors import ArgumentError, shorten
from dataflows.expressions import compile_expression
from dataflows.processors.arguments.listed import listed
from dataflows.processors.checks.expectations import Condition, InRange, InSet, Matches
from dataflows.processors.checks.foreign_keys import ForeignKey

__all__ = [
    "read_conditions",
    "read_count",
    "read_foreign_keys",
    "read_names",
    "read_patterns",
    "read_ranges",
    "read_sets",
]

_PAIR = 2


def read_conditions(conditions: tuple[Any, ...]) -> list[Condition]:
    """Return the conditions.

    Raises:
        ArgumentError: One of them is neither an expression nor a function.
    """
    for condition in conditions:
        if isinstance(condition, str):
            compile_expression(condition)
        elif not callable(condition):
            what = f"a condition is an expression or a function, got {shorten(condition)}"
            raise ArgumentError(what, fix="write for instance assert_rows('qty > 0').")
    return [Condition(condition) for condition in conditions]


def read_names(option: str, names: Any) -> list[str]:
    """Return names of fields, given as one text or several.

    Raises:
        ArgumentError: They are none.
    """
    found = [names] if isinstance(names, str) else list(_listed(option, names))
    if not all(isinstance(name, str) and name for name in found):
        what = f"{option} is a field or a list of fields, got {shorten(names)}"
        raise ArgumentError(what, fix=f"write for instance {option}=['id'].")
    return found


def _listed(option: str, names: Any) -> Any:
    if names is None:
        return []
    if not hasattr(names, "__iter__"):
        what = f"{option} is a field or a list of fields, got {shorten(names)}"
        raise ArgumentError(what, fix=f"write for instance {option}=['id'].")
    return names


def _pairs(option: str, given: Any, example: str) -> list[tuple[Any, Any]]:
    if given is None:
        return []
    if not hasattr(given, "items"):
        what = f"{option} is a dict with fields as its keys, got {shorten(given)}"
        raise ArgumentError(what, fix=f"write for instance {option}={example}.")
    return list(given.items())


def read_sets(in_set: Any) -> list[InSet]:
    """Return the expectations of `in_set`.

    Raises:
        ArgumentError: It is no dict of fields and lists.
    """
    example = "{'region': ['north', 'south']}"
    pairs = _pairs("in_set", in_set, example)
    for name, allowed in pairs:
        if isinstance(allowed, (str, bytes)) or not hasattr(allowed, "__iter__"):
            what = f"the values of {name!r} are a list, got {shorten(allowed)}"
            raise ArgumentError(what, fix=f"write for instance in_set={example}.")
    return [InSet(name, tuple(allowed)) for name, allowed in pairs]


def read_ranges(in_range: Any) -> list[InRange]:
    """Return the expectations of `in_range`.

    Raises:
        ArgumentError: It is no dict of fields and pairs.
    """
    example = "{'qty': (1, None)}"
    pairs = _pairs("in_range", in_range, example)
    for name, limits in pairs:
        if not isinstance(limits, (tuple, list)) or len(limits) != _PAIR:
            what = f"the range of {name!r} is a pair, the least and the most, got {shorten(limits)}"
            raise ArgumentError(what, fix=f"write for instance in_range={example}.")
    return [InRange(name, least, most) for name, (least, most) in pairs]


def read_patterns(matches: Any) -> list[Matches]:
    """Return the expectations of `matches`.

    Raises:
        ArgumentError: It is no dict of fields and regular expressions.
    """
    pairs = _pairs("matches", matches, "{'code': '[A-Z]{3}'}")
    for name, pattern in pairs:
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            what = f"{shorten(pattern)} for {name!r} is not a regular expression: {error}"
            raise ArgumentError(what, fix="escape what stands for itself.") from error
    return [Matches(name, pattern) for name, pattern in pairs]


def read_count(row_count: Any) -> tuple[int, int | None] | None:
    """Return the least and the most rows.

    Raises:
        ArgumentError: It is neither a number nor a pair of them.
    """
    if row_count is None:
        return None
    limits = row_count if isinstance(row_count, (tuple, list)) else (row_count, row_count)
    numbers = [one for one in limits if one is not None]
    right = len(limits) == _PAIR and all(type(one) is int and one >= 0 for one in numbers)
    if not right or not numbers or sorted(numbers) != numbers:
        what = f"row_count is a number of rows, or the least and the most, got {row_count!r}"
        raise ArgumentError(what, fix="write for instance row_count=(1, None).")
    return limits[0] or 0, limits[1]


def read_foreign_keys(foreign_key: Any) -> list[ForeignKey]:
    """Return the expectations of `foreign_key`.

    Raises:
        ArgumentError: It is no dict of fields, resources and their fields.
    """
    example = "{'country': ('countries', 'code')}"
    found = []
    for names, reference in _pairs("foreign_key", foreign_key, example):
        fields = tuple(listed(names))
        pair = reference if isinstance(reference, (tuple, list)) else ()
        others = tuple(listed(pair[1])) if len(pair) == _PAIR else ()
        if len(others) != len(fields) or not all(
            isinstance(name, str) for name in (pair[0], *fields, *others)
        ):
            what = f"a foreign key is a resource and as many fields of it, got {shorten(reference)}"
            raise ArgumentError(what, fix=f"write for instance foreign_key={example}.")
        found.append(ForeignKey(fields, pair[0], others))
    return found
