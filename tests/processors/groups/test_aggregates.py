from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, FlowError
from dataflows.processors.groups.aggregates import AGGREGATES, aggregate_named

NAN = Decimal("NaN")
INFINITY = Decimal("Infinity")
TYPES = (
    *("any", "string", "integer", "number", "boolean", "date", "time", "datetime", "year"),
    *("yearmonth", "duration", "array", "object", "geopoint", "geojson"),
)


def result(name: str, *batches: list[Any]) -> Any:
    """Return what an aggregate gives of the values of one group, taken in batch by batch."""
    one = AGGREGATES[name].make()
    one.add([], [], 1)
    for values in batches:
        one.add([0] * len(values), values, 1)
    (found,) = one.take(1)
    return found


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("sum", [1, None, 2], 3),
        (
            "sum",
            [Decimal("0.1"), Decimal("1e-40")],
            Decimal("0.1000000000000000000000000000000000000001"),
        ),
        ("sum", [datetime.timedelta(1), datetime.timedelta(2)], datetime.timedelta(3)),
        ("sum", [INFINITY, 1], INFINITY),
        ("avg", [1, None, 2], Decimal("1.5")),
        ("avg", [1.0, 2.0], 1.5),
        ("avg", [datetime.timedelta(1), datetime.timedelta(2)], datetime.timedelta(1.5)),
        ("median", [3, 1, None, 2], 2),
        ("median", [4, 1, 2, 3], Decimal("2.5")),
        (
            "median",
            [datetime.date(2026, 1, 3), datetime.date(2026, 1, 1)],
            datetime.date(2026, 1, 2),
        ),
        ("median", [1.5, float("nan"), 0.5], 1.5),
        ("max", ["a", None, "b"], "b"),
        ("min", [2, None, 1], 1),
        ("max", [True, False], True),
        ("max", [1, "a", 2], "a"),
        ("min", [1, "a", True], True),
        ("first", [None, 1, 2], 1),
        ("last", [1, 2, None], 2),
        ("any", [1, 2, None], 2),
        ("count", [1, None, 1], 2),
        ("count_distinct", [1, 1.0, Decimal("1.00"), "1", True, None], 3),
        ("count_distinct", [[1], [1], [2]], 2),
        ("set", ["b", "a", "b"], ["b", "a"]),
        ("set", [{"a": 1}, {"a": 1.0}], [{"a": 1}]),
        ("array", [2, None, 1], [2, 1]),
        ("counters", ["a", "b", "b"], [("b", 2), ("a", 1)]),
        ("counters", [3, 4], [(3, 1), (4, 1)]),
        ("counters", [["a", "b"], ["b"], ("c",)], [("b", 2), ("a", 1), ("c", 1)]),
        ("mode", [1, 2, None, None, 2], 2),
        ("mode", [2, 1], 2),
        ("mode", [[1], [2], [2]], [2]),
        ("stddev", [2, 4, 4, 4, 5, 5, 7, 9], Decimal("2.138089935299395077476427847")),
        ("variance", [1, 2, 3, 4], Decimal("1.666666666666666666666666667")),
        ("variance", [0.1, 0.1, 0.1], Decimal(0)),
        ("stddev", [0.1, 0.1, 0.1], Decimal(0)),
        ("variance", [Decimal("1e20"), Decimal("1e20") + 1], Decimal("0.5")),
        ("variance", [5], None),
    ],
)
def test_what_an_aggregate_gives(name: str, values: list[Any], expected: Any) -> None:
    for batches in ([values], [[value] for value in values]):
        found = result(name, *batches)
        assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("name", AGGREGATES)
@pytest.mark.parametrize("values", [[], [None, None]])
def test_a_group_of_nothing_but_missing_values(name: str, values: list[Any]) -> None:
    empty = {"count": 0, "count_distinct": 0, "set": [], "array": [], "counters": []}
    assert result(name, values) == empty.get(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("max", NAN), ("min", 1), ("median", 2), ("sum", NAN), ("avg", NAN), ("stddev", NAN)],
)
@pytest.mark.parametrize("nan", [NAN, Decimal("sNaN")])
def test_what_is_not_a_number_is_the_largest_and_makes_sums_unknown(
    name: str, expected: Any, nan: Decimal
) -> None:
    for values in ([nan, Decimal(1), Decimal(2)], [Decimal(1), Decimal(2), nan]):
        for batches in ([values], [[value] for value in values]):
            found = result(name, *batches)
            assert found.is_nan() if expected is NAN else found == expected


def test_a_signalling_nan_makes_no_error() -> None:
    for name in ("sum", "avg", "median"):
        assert result(name, [Decimal("sNaN")]).is_nan()


def test_both_hours_of_the_end_of_summer_time_are_values() -> None:
    first = datetime.datetime(2026, 10, 25, 2, tzinfo=ZoneInfo("Europe/Rome"))
    second, third = first.replace(fold=1), datetime.datetime(2026, 10, 25, 1, tzinfo=datetime.UTC)
    values = [second, first, third]
    assert result("count_distinct", values) == 2
    assert [(name, result(name, values).fold) for name in ("min", "max", "median", "mode")] == [
        *[("min", 0), ("max", 1), ("median", 1), ("mode", 1)]
    ]


def test_values_that_are_no_numbers_are_one_value() -> None:
    values = [NAN, Decimal("NaN"), Decimal(1)]
    assert result("count_distinct", values) == 2
    assert [number for _, number in result("counters", values)] == [2, 1]


def test_infinity_less_itself_is_unknown() -> None:
    assert result("sum", [INFINITY, -INFINITY]).is_nan()
    assert result("variance", [INFINITY, Decimal(1)]).is_nan()


@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3) | st.none()))))
def test_groups_do_not_mix_and_may_be_taken_in_parts(
    batches: list[list[tuple[int, int | None]]],
) -> None:
    pairs = [pair for batch in batches for pair in batch]
    for name in AGGREGATES:
        one = AGGREGATES[name].make()
        for batch in batches:
            one.add([group for group, _ in batch], [value for _, value in batch], 4)
        one.add([], [], 4)
        found = [*one.take(1), *one.take(3)]
        expected = [result(name, [v for g, v in pairs if g == group]) for group in range(4)]
        assert found == expected


@pytest.mark.parametrize(
    ("names", "types"),
    [
        (("sum", "avg"), ("integer", "number", "any", "duration")),
        (("median",), ("integer", "number", "any", "duration", "date", "datetime")),
        (("stddev", "variance"), ("integer", "number", "any")),
        (("min", "max"), set(TYPES) - {"object", "array", "geojson", "geopoint"}),
        (
            ("first", "last", "any", "count", "count_distinct", "mode", "set", "array", "counters"),
            TYPES,
        ),
    ],
)
def test_an_aggregate_is_made_of_types_that_it_fits(names: Any, types: Any) -> None:
    for name in names:
        assert {type_ for type_ in TYPES if AGGREGATES[name].fits(type_)} == set(types)


@pytest.mark.parametrize(
    ("name", "field", "made"),
    [
        ("sum", {"type": "number", "decimalChar": ","}, {"type": "number"}),
        ("avg", {"type": "integer"}, {"type": "number"}),
        ("avg", {"type": "number", "groupChar": " "}, {"type": "number"}),
        ("median", {"type": "integer", "title": "T"}, {"type": "number"}),
        (
            "median",
            {"type": "number", "title": "T", "constraints": {"enum": [1, 2], "minimum": 1}},
            {"type": "number", "title": "T", "constraints": {"minimum": 1}},
        ),
        (
            "max",
            {"type": "date", "format": "%d/%m/%Y", "title": "T"},
            {"type": "date", "format": "%d/%m/%Y"},
        ),
        ("count", {"type": "string"}, {"type": "integer"}),
        ("set", {"type": "string"}, {"type": "array"}),
        ("stddev", {"type": "integer"}, {"type": "number"}),
        ("first", {"type": "string", "title": "T"}, {"type": "string", "title": "T"}),
        ("max", {}, {"type": "string"}),
    ],
)
def test_the_field_that_holds_the_results(
    name: str, field: dict[str, Any], made: dict[str, Any]
) -> None:
    given = {"name": "a", **field}
    before = repr(given)
    assert AGGREGATES[name].descriptor(given, "b") == {"name": "b", **made}
    assert repr(given) == before


def test_a_type_that_does_not_fit_is_refused() -> None:
    with pytest.raises(FlowError) as caught:
        AGGREGATES["stddev"].descriptor({"name": "a", "type": "boolean"}, "b")
    assert str(caught.value) == (
        "the aggregate 'stddev' cannot be made of 'a': it is a boolean\n"
        "  fix: use one of max, min, first, last, any, count, count_distinct, mode, set, array,"
        " counters, or set_type('a', …) before this."
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [("averag", "avg"), ("mean", "avg"), ("std", "stddev"), ("nunique", "count_distinct")],
)
def test_an_unknown_aggregate_is_refused(name: str, meant: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        aggregate_named(name)
    assert str(caught.value) == (
        f"there is no aggregate named {name!r}\n"
        f"  fix: did you mean {meant!r}? The aggregates here are: sum, avg, median, max, min,"
        " first, last, any, count, count_distinct, stddev, variance, mode, set, array, counters."
    )
