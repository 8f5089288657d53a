from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import isodate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import FlowError
from dataflows.spill.order_keys import number_key, order_key

NAIVE = datetime.datetime
EAST = datetime.timezone(datetime.timedelta(hours=2))
ZONES = st.timedeltas(
    min_value=datetime.timedelta(hours=-23), max_value=datetime.timedelta(hours=23)
).map(datetime.timezone)
NUMBERS = (
    st.integers()
    | st.integers(min_value=-(10**60), max_value=10**60)
    | st.decimals(allow_nan=False)
    | st.floats(allow_nan=False)
)
# Texts that begin alike, with the byte that ends one inside.
NEAR_TEXTS = st.text(st.sampled_from("\x00\x01a!0\xff\ud800\U0001f30d"), max_size=5)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "booleans": st.booleans(),
    "numbers": NUMBERS,
    "texts": st.text(st.characters()) | NEAR_TEXTS,
    "bytes": st.binary(max_size=5),
    "dates": st.dates(),
    "datetimes": st.datetimes(),
    "datetimes with an offset": st.datetimes(timezones=ZONES),
    "times": st.times(),
    "durations": st.timedeltas(),
    "lists of numbers": st.lists(NUMBERS, max_size=3),
    "lists of texts": st.lists(NEAR_TEXTS, max_size=3),
    "tuples": st.tuples(NEAR_TEXTS, NUMBERS, st.lists(st.booleans(), max_size=2)),
}
# In the order of their kinds.
ALL_KINDS = [
    None,
    False,
    True,
    Decimal("-Infinity"),
    -(10**40),
    -1.5,
    0,
    Decimal("1e-30"),
    7,
    2**53,
    2**53 + 1,
    float("inf"),
    Decimal("NaN"),
    "",
    "\x00",
    "a",
    "a\x00",
    "a!",
    "a0",
    "é",
    "🌍",
    b"",
    b"\x00",
    b"a",
    datetime.date.min,
    datetime.date.max,
    NAIVE.min,
    NAIVE.max,
    datetime.datetime.min.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    datetime.datetime.max.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-2))),
    datetime.time.min,
    datetime.time.max,
    datetime.time(0, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    datetime.time(1, tzinfo=datetime.UTC),
    datetime.timedelta(-1),
    datetime.timedelta(400),
    isodate.Duration(months=1),
    isodate.Duration(years=1, months=1, days=-40),
    [],
    [None],
    [1],
    [1, 1],
    [2],
    ["a"],
    ["a", "b"],
    ["a\x00"],
    [[]],
    {},
    {"a": 1},
    {"a": 1, "b": 0},
    {"a": 2},
    set(),
    {1},
]


@pytest.mark.parametrize("kind", KINDS)
def test_keys_order_two_values_of_a_kind_as_python_does(kind: str) -> None:
    @given(KINDS[kind], KINDS[kind])
    def check(one: Any, other: Any) -> None:
        first, second = order_key(one), order_key(other)
        assert (first < second, first == second) == (one < other, one == other)

    check()


def test_keys_of_all_kinds_follow_each_other() -> None:
    keys = [order_key(value) for value in ALL_KINDS]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@given(st.permutations(ALL_KINDS))
def test_a_key_is_no_prefix_that_what_follows_in_a_list_could_mend(values: list[Any]) -> None:
    one, other, rest = values[0], values[1], values[2:5]
    longer = order_key([one, *rest]), order_key([other])
    assert (longer[0] < longer[1]) == (order_key(one) < order_key(other))


@pytest.mark.parametrize(
    "equal",
    [
        [1, 1.0, Decimal("1.00"), Decimal("1E0"), Decimal("0.1e1")],
        [0, -0.0, Decimal("-0"), Decimal("0E+9")],
        [1500, Decimal("1.5E3")],
        [float("nan"), Decimal("NaN"), Decimal("-NaN"), Decimal("sNaN"), Decimal("NaN123")],
        [
            datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC),
            datetime.datetime(
                2026, 1, 1, 14, tzinfo=datetime.timezone(datetime.timedelta(hours=2))
            ),
        ],
        [isodate.Duration(years=1), isodate.Duration(months=12)],
        [isodate.Duration(days=1), datetime.timedelta(1)],
        [(1, "a"), [1, "a"], [Decimal(1), "a"]],
        [{"a": 1, "b": 2}, {"b": 2, "a": 1.0}],
        [{1, "a"}, frozenset({"a", 1})],
    ],
)
def test_equal_values_have_equal_keys(equal: list[Any]) -> None:
    assert len({order_key(value) for value in equal}) == 1


def test_a_number_of_any_size_has_a_short_key() -> None:
    sizes = [Decimal(f"{sign}1E{exponent}") for exponent in (10**9, -(10**9)) for sign in ("", "-")]
    assert sorted(sizes, key=number_key) == sorted(sizes)
    assert max(len(number_key(number)) for number in sizes) < 12


class Celsius(float):
    """A number of a type of a user's own."""


def test_a_value_of_a_subtype_is_one_of_its_type() -> None:
    assert order_key(Celsius(1.5)) == order_key(Decimal("1.5"))


@pytest.mark.parametrize("value", [uuid.UUID(int=7), [1, [uuid.UUID(int=7)]], object, 1j])
def test_a_value_without_an_order_is_refused(value: Any) -> None:
    inner = value[1][0] if isinstance(value, list) else value
    with pytest.raises(FlowError) as caught:
        order_key(value)
    assert str(caught.value) == (
        f"{inner!r} is of the type {type(inner).__name__}, which has no order\n"
        "  fix: make the key a number, a text, a date or a list of such values."
    )
