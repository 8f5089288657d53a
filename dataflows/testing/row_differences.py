"""What is different between the rows that are expected and those that came."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from dataflows.errors import nearest, shorten

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    Row = dict[str, Any]
    Pair = tuple[int | None, int | None]

__all__ = ["row_differences"]

_MOST_ALIGNED = 1000
_LONGEST_TEXT = 80


def row_differences(
    expected: Sequence[Row], got: Sequence[Row], fields: Sequence[str], *, ignore_order: bool
) -> list[str]:
    """Return a line for each difference; none where the rows are the same.

    A float stands for the number that is written: 1.1 is ``Decimal('1.1')``. True is not 1, a list
    is a tuple, NaN is NaN. A field that an expected row leaves out is a missing value.

    Args:
        expected: The rows as they should be.
        got: The rows as they are.
        fields: The fields of `got`.
        ignore_order: Whether the order of the rows says nothing.

    Examples:
        >>> rows = [{"city": "Rome", "qty": 3}, {"city": "Oslo", "qty": 1}]
        >>> row_differences(
        ...     [{"city": "Rome", "qty": 2}], rows, ["city", "qty"], ignore_order=False
        ... )
        ["row 1, field 'qty': expected 2, got 3", "row 2 is unexpected: {'city': 'Oslo', 'qty': 1}"]
    """
    lines = []
    compared = list(fields)
    if expected and got:
        named = list(dict.fromkeys(name for row in expected for name in row))
        lines = list(_field_lines(named, fields))
        compared = [name for name in named if name in fields]
    elif expected:
        compared = list(dict.fromkeys(name for row in expected for name in row))
    wanted, given = _keys(expected, compared), _keys(got, compared)
    if Counter(wanted) == Counter(given):
        if wanted != given and not ignore_order:
            first = next(i for i, key in enumerate(wanted) if key != given[i])
            lines.append(
                "the rows are the same, but in another order (ignore_order=True takes any order):"
                f" row {first + 1} is {shorten(got[first])}, expected {shorten(expected[first])}"
            )
        return lines
    pairs = _in_any_order(wanted, given) if ignore_order else _in_order(wanted, given)
    for left, right in pairs:
        lines += _pair_lines(expected, got, left, right, compared)
    return lines


def _field_lines(expected: Sequence[str], got: Sequence[str]) -> Iterator[str]:
    for name in expected:
        if name not in got:
            yield f"field {name!r} is missing: {nearest(name, got)}"
    for name in got:
        if name not in expected:
            yield f"field {name!r} is unexpected"


def _keys(rows: Sequence[Row], fields: Sequence[str]) -> list[tuple[Hashable, ...]]:
    return [tuple(_key(row.get(name)) for name in fields) for row in rows]


def _key(value: Any) -> Hashable:
    """Return what is equal for values that count as equal, and can be hashed."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return ("NaN",) if value.is_nan() else value
    if isinstance(value, (list, tuple)):
        return "list", *map(_key, value)
    if isinstance(value, dict):
        return "dict", frozenset((name, _key(item)) for name, item in value.items())
    try:
        hash(value)
    except TypeError:
        return "repr", repr(value)
    return value  # type: ignore[no-any-return] # a cell may hold anything; this one has a hash


def _in_order(wanted: list[Any], given: list[Any]) -> Iterator[Pair]:
    """Yield the places that differ, an expected row with the one in its place."""
    start = 0
    while start < min(len(wanted), len(given)) and wanted[start] == given[start]:
        start += 1
    end = 0
    most = min(len(wanted), len(given)) - start
    while end < most and wanted[-1 - end] == given[-1 - end]:
        end += 1
    left, right = wanted[start : len(wanted) - end], given[start : len(given) - end]
    same: list[tuple[int, int, int]] = [(len(left), len(right), 0)]
    if max(len(left), len(right)) <= _MOST_ALIGNED:  # beyond, it would take a square of that
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        same = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks()]
    left_from = right_from = 0
    for left_to, right_to, size in same:
        lefts = range(start + left_from, start + left_to)
        rights = range(start + right_from, start + right_to)
        if len(lefts) == len(rights):
            yield from zip(lefts, rights, strict=True)
        else:
            yield from _alike(lefts, rights, wanted, given, in_order=True)
        left_from, right_from = left_to + size, right_to + size


def _in_any_order(wanted: list[Any], given: list[Any]) -> Iterator[Pair]:
    too_few, too_many = Counter(wanted), Counter(given)
    common = too_few & too_many
    lefts = list(_left_over(wanted, common.copy()))
    rights = list(_left_over(given, common.copy()))
    yield from _alike(lefts, rights, wanted, given, in_order=False)


def _left_over(keys: list[Any], common: Counter[Any]) -> Iterator[int]:
    for index, key in enumerate(keys):
        if common[key]:
            common[key] -= 1
        else:
            yield index


def _alike(
    lefts: Sequence[int],
    rights: Sequence[int],
    wanted: list[Any],
    given: list[Any],
    *,
    in_order: bool,
) -> Iterator[Pair]:
    """Yield each expected row with the one most like it, if half of their fields are the same."""
    free = list(rights)[:_MOST_ALIGNED]
    beyond = list(rights)[_MOST_ALIGNED:]
    for left in lefts:
        likeness = [_likeness(wanted[left], given[right]) for right in free]
        best = max(range(len(free)), key=likeness.__getitem__, default=None)
        if best is None or likeness[best] * 2 < max(len(wanted[left]), 1):
            yield left, None
            continue
        for skipped in free[:best] if in_order else ():
            yield None, skipped
        yield left, free[best]
        free = free[best + 1 :] if in_order else free[:best] + free[best + 1 :]
    for right in (*free, *beyond):
        yield None, right


def _likeness(left: tuple[Any, ...], right: tuple[Any, ...]) -> int:
    return sum(one == other for one, other in zip(left, right, strict=True))


def _pair_lines(
    expected: Sequence[Row],
    got: Sequence[Row],
    left: int | None,
    right: int | None,
    fields: Sequence[str],
) -> Iterator[str]:
    if left is None and right is not None:
        yield f"row {right + 1:,} is unexpected: {shorten(got[right])}"
    elif right is None and left is not None:
        yield f"row {left + 1:,} is missing: {shorten(expected[left])}"
    elif left is not None and right is not None:
        place = f"row {right + 1:,}" + (f" (expected as row {left + 1:,})" * (left != right))
        for name in fields:
            one, other = expected[left].get(name), got[right].get(name)
            if _key(one) != _key(other):
                yield f"{place}, field {name!r}: expected {_told(one, other)}"


def _told(expected: Any, got: Any) -> str:
    one, other = _where_they_differ(repr(expected), repr(got))
    if type(expected) is type(got) or expected is None or got is None:
        return f"{one}, got {other}"
    return f"{one} ({type(expected).__name__}), got {other} ({type(got).__name__})"


def _where_they_differ(one: str, other: str) -> tuple[str, str]:
    """Return two texts; of long ones what is around the first difference."""
    if max(len(one), len(other)) <= _LONGEST_TEXT:
        return one, other
    pairs = enumerate(zip(one, other, strict=False))
    first = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(first - _LONGEST_TEXT // 4, 0)
    end = start + _LONGEST_TEXT
    cut = [
        f"{'…' * (start > 0)}{text[start:end]}{'…' * (len(text) > end)}" for text in (one, other)
    ]
    return cut[0], cut[1]
