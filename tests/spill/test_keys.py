from __future__ import annotations

import datetime
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import RowError
from dataflows.spill.database import Spill
from dataflows.spill.keys import Key, hashables, key_values, kind_of
from dataflows.spill.order_keys import order_key
from dataflows.types import NotColumnar, codec_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.types import Codec

NAIVE = datetime.datetime
OFFSET = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
ROME = ZoneInfo("Europe/Rome")
WEST = datetime.timezone(datetime.timedelta(hours=-3))
EDGES: dict[str, list[Any]] = {
    "string": ["", "a", "a!", "a0", "a\x00", "a\x00b", "\x00", "é", "🌍", "A", "a" * 40],
    "integer": [0, -1, 10, 9, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 + 1, -(2**63), -(2**70)],
    "year": [1999, 2000, -44],
    "number": [
        *map(
            Decimal,
            [
                *("0", "-0", "1", "1.0", "-1", "1e-30", "-1e-30", "2e-30", "1e-1000000000"),
                *("-1e-1000000000", "1e19", "1e20", "1e40", "-1e40", "NaN", "sNaN", "Infinity"),
                *("-Infinity", "99999999999999999999.999999999999999999"),
                *("99999999999999999999.9999999999999999999", "-1234567890123456789012345678901"),
                *("-99999999999999999999.9999999999999999999", "9007199254740993"),
                *("0.1234567890123456789012345678901234567891", "0.123456789012345678"),
                # Arrow's cast to 18 decimals goes round past 128 bits, and says nothing.
                *("123456789012345678901234567890.12", "-123456789012345678901234567890.12"),
            ],
        )
    ],
    "boolean": [True, False],
    "date": [datetime.date.min, datetime.date.max, datetime.date(1969, 12, 31)],
    "datetime": [
        *(NAIVE.min, NAIVE.max),
        datetime.datetime(2026, 1, 1, 0, 0, 0, 1),  # noqa: DTZ001 - naive is meant
        datetime.datetime.min.replace(tzinfo=OFFSET),
        datetime.datetime.max.replace(tzinfo=WEST),
        datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        datetime.datetime(2026, 1, 1, 5, 45, tzinfo=OFFSET),
        datetime.datetime(2026, 1, 1, 5, 44, 59, tzinfo=OFFSET),
        # The hour that comes twice: Python takes both for one, and for none of another zone.
        datetime.datetime(2026, 10, 25, 2, tzinfo=ROME),
        datetime.datetime(2026, 10, 25, 2, tzinfo=ROME, fold=1),
        datetime.datetime(2026, 10, 25, tzinfo=datetime.UTC),
        datetime.datetime(2026, 10, 25, 1, tzinfo=datetime.UTC),
    ],
    "array": [[], [1], [1, 2], [2], ["a"], ["a!"], [None]],
    "any": [1, "1", True, None, Decimal("1.0"), [1], datetime.date(2026, 1, 1)],
}


def batch_in(view: str, codec: Codec, values: list[Any]) -> Batch:
    column = Column(codec, values=values)
    if view == "text" and codec.type in ("string", "integer", "number", "boolean", "date"):
        # An empty text is one that a file could not tell from a missing value.
        cast = codec.cast_text(codec.values_to_plain(values))
        column = Column.of_cast(codec, cast)
    elif view == "arrow":
        with suppress(NotColumnar):
            column = Column(codec, arrow=codec.values_to_arrow(values))
    return Batch({"a": column}, len(values))


def sorted_by_key(
    spill: Spill, type_: str, parts: list[tuple[str, list[Any]]], **options: bool
) -> list[int]:
    """Return the positions of values in the order that the database gives them."""
    codec = codec_for({"type": type_}, ())
    key = Key(kind_of(type_), "key")

    def records() -> Iterator[pa.RecordBatch]:
        seen = 0
        for view, values in parts:
            batch = batch_in(view, codec, values)
            numbers = pa.array(range(seen, seen + len(values)), pa.int64())
            seen += len(values)
            arrays = key.arrays(batch.column("a"), codec, batch)
            yield pa.record_batch([*arrays, numbers], [*key.names, "seq"])

    found = spill.sorted(records(), f"{key.order(**options)}, seq", key.names)
    return [seq for record in found for seq in record.column("seq").to_pylist()]


def expected(values: list[Any], *, reverse: bool, missing_first: bool) -> list[int]:
    present = [at for at, value in enumerate(values) if value is not None]
    missing = [at for at, value in enumerate(values) if value is None]
    present.sort(key=lambda at: order_key(values[at]), reverse=reverse)
    return missing + present if missing_first else present + missing


@pytest.fixture(scope="module")
def spill() -> Iterator[Spill]:
    made = Spill()
    yield made
    made.close()


@pytest.mark.parametrize("type_", EDGES)
def test_the_database_orders_keys_as_order_key_does(type_: str, spill: Spill) -> None:
    cells = st.sampled_from(EDGES[type_]) | st.none()
    views = st.sampled_from(["values", "text", "arrow"])

    @settings(max_examples=40)
    @given(st.lists(st.tuples(views, st.lists(cells, max_size=8)), min_size=1), st.data())
    def check(parts: list[tuple[str, list[Any]]], data: st.DataObject) -> None:
        values = [value for _, cells in parts for value in cells]
        reverse, missing_first = data.draw(st.booleans()), data.draw(st.booleans())
        found = sorted_by_key(spill, type_, parts, reverse=reverse, missing_first=missing_first)
        assert found == expected(values, reverse=reverse, missing_first=missing_first)

    check()


@pytest.mark.parametrize("type_", EDGES)
def test_all_edges_of_a_type_are_ordered(type_: str, spill: Spill) -> None:
    values = [*EDGES[type_], None, *EDGES[type_]]
    for view in ("values", "text", "arrow"):
        found = sorted_by_key(spill, type_, [(view, values)])
        assert found == expected(values, reverse=False, missing_first=False)


@pytest.mark.parametrize("type_", EDGES)
def test_values_are_one_key_of_a_dict_when_they_are_one_for_the_database(type_: str) -> None:
    codec = codec_for({"type": type_}, ())
    values = [value for value in EDGES[type_] if value is not None]
    batch = batch_in("values", codec, values)
    keys = hashables(batch.column("a"), kind_of(type_), batch)
    for first, key in enumerate(keys):
        same = [at for at, other in enumerate(keys) if {key: 1}.get(other)]
        wanted = [
            at for at, other in enumerate(values) if order_key(other) == order_key(values[first])
        ]
        assert same == wanted, values[first]


def test_numbers_of_many_digits_are_ordered_among_others(spill: Spill) -> None:
    # Alone in their batch they have one scale, and Arrow holds them as decimals.
    parts = [
        ("arrow", [Decimal("123456789012345678901234567890.12"), Decimal("-0.25")]),
        ("arrow", [Decimal(10) ** 20, Decimal(5)]),
        ("text", [Decimal("-98765432109876543210987654321.5"), Decimal("99999999999999999999.5")]),
    ]
    values = [value for _, cells in parts for value in cells]
    found = sorted_by_key(spill, "number", parts)
    assert found == expected(values, reverse=False, missing_first=False)


def test_missing_values_are_no_keys() -> None:
    for type_ in EDGES:
        codec = codec_for({"type": type_}, ())
        batch = batch_in("values", codec, [None, None])
        assert hashables(batch.column("a"), kind_of(type_), batch) == [None, None]
        arrays = Key(kind_of(type_), "key").arrays(batch.column("a"), codec, batch)
        assert {array.null_count for array in arrays} == {2}


def test_key_values_are_those_that_the_field_says() -> None:
    batch = Batch({"a": Column(values=["1", None, "3"])}, 3)
    (column,) = key_values(batch, ["a"], {"a": codec_for({"type": "integer"}, ())})
    assert column.values == [1, None, 3]


def test_a_value_that_does_not_fit_is_shown_with_its_row() -> None:
    batch = Batch({"a": Column(values=["1", "x"])}, 2, first_row=10)
    with pytest.raises(RowError) as caught:
        key_values(batch, ["a"], {"a": codec_for({"type": "integer"}, ())})
    assert str(caught.value) == (
        "a value does not fit its field: 'x' is not an integer\n"
        "     row 11, field 'a'\n"
        "  fix: use set_type('a', …) or validate() before this."
    )


def test_half_a_character_is_no_key_of_the_database() -> None:
    codec = codec_for({"type": "string"}, ())
    batch = Batch({"a": Column(codec, values=["\x00", "a\ud800"])}, 2, first_row=5)
    with pytest.raises(RowError) as caught:
        Key("text", "key").arrays(batch.column("a"), codec, batch)
    assert str(caught.value) == (
        "the key 'a\\ud800' holds half of a character (a lone surrogate)\n"
        "     row 6\n"
        "  fix: replace it before this: "
        "row['…'].encode('utf-16', 'surrogatepass').decode('utf-16')."
    )


def test_a_value_without_an_order_is_shown_with_its_row() -> None:
    batch = Batch({"a": Column(values=[1, object])}, 2, first_row=5)
    with pytest.raises(RowError) as caught:
        hashables(batch.column("a"), "bytes", batch)
    assert str(caught.value) == (
        "<class 'object'> is of the type type, which has no order\n"
        "     row 6\n"
        "  fix: make the key a number, a text, a date or a list of such values."
    )
