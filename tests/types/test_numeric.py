from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.column import Column
from dataflows.errors import CastError
from dataflows.types import NotColumnar, codec_for

INTEGER = codec_for({"type": "integer"})
NUMBER = codec_for({"type": "number"})
GERMAN = codec_for({"type": "number", "decimalChar": ",", "groupChar": "."})


def test_integers_of_any_size_are_exact() -> None:
    text = pa.array(["1", "-007", "+3", "9" * 30])
    assert INTEGER.cast_text(text).text is text
    values = INTEGER.text_to_values(text)
    assert values == [1, -7, 3, int("9" * 30)]
    for convert, column in ((INTEGER.text_to_arrow, text), (INTEGER.values_to_arrow, values)):
        with pytest.raises(NotColumnar):
            convert(column)
    assert INTEGER.values_to_plain(values).to_pylist() == ["1", "-7", "3", "9" * 30]


@pytest.mark.parametrize("odd", ["1_000", " 5 ", "٣", "5\n", "\N{NO-BREAK SPACE}5"])
def test_integers_that_other_tools_read_otherwise_lose_their_spelling(odd: str) -> None:
    cast = INTEGER.cast_text(pa.array(["1", odd]))
    assert cast.values == [1, int(odd)]
    assert cast.errors == []


def test_more_digits_than_python_takes_are_an_error_and_no_crash() -> None:
    cast = INTEGER.cast_text(pa.array(["1", "9" * 5000]))
    assert [(index, error.what[:20]) for index, _, error in cast.errors] == [(1, "'" + "9" * 19)]


def test_whole_decimals_of_more_digits_than_the_context_has_are_integers() -> None:
    assert INTEGER.cast(Decimal("1" * 40)) == int("1" * 40)
    assert INTEGER.cast(Decimal("1E+40")) == 10**40
    for value in (Decimal("1E+5000"), Decimal("Infinity"), Decimal("sNaN"), Decimal("0.5")):
        with pytest.raises(CastError):
            INTEGER.cast(value)


def test_numbers_keep_every_digit_and_the_exponent() -> None:
    text = pa.array(["1.50", "-0.00", "1e5", ".5", "5.", "+3", "1" * 50])
    assert NUMBER.cast_text(text).text is text
    assert list(map(str, NUMBER.text_to_values(text))) == [
        *("1.50", "-0.00", "1E+5", "0.5", "5", "3", "1" * 50),
    ]
    assert NUMBER.text_to_plain(text) is text


def test_floats_are_the_numbers_that_they_show() -> None:
    expected = [Decimal("0.1"), Decimal("1E+22"), Decimal("1.0"), None, Decimal(5)]
    values = NUMBER.cast_values([0.1, 1e22, 1.0, None, 5]).values
    assert list(map(str, values or [])) == list(map(str, expected))
    assert NUMBER.cast_arrow(pa.array([0.1, None])).values == [Decimal("0.1"), None]


@given(st.lists(st.floats() | st.integers(-(10**17), 10**17), min_size=1, max_size=5))
@pytest.mark.parametrize("constraints", [{}, {"minimum": "-1000"}])
def test_a_column_of_floats_is_what_each_of_them_is(
    constraints: dict[str, str], values: list[float]
) -> None:
    codec = codec_for({"type": "number", "constraints": constraints})
    cast = codec.cast_values(values)
    expected = [codec._try(value) for value in values]
    assert [str(one) for one in Column.of_cast(codec, cast).values] == [
        str(value) if error is None else "None" for value, error in expected
    ]
    assert [(index, str(error)) for index, _, error in cast.errors] == [
        (index, str(error)) for index, (_, error) in enumerate(expected) if error is not None
    ]
    written = Column.of_cast(codec, cast).plain(codec).to_pylist()
    exact = [value if error is None else None for value, error in expected]
    assert written == codec.values_to_plain(exact).to_pylist()


def test_floats_are_kept_as_their_text_until_somebody_looks() -> None:
    cast = NUMBER.cast_values([0.1, 5, -0.0])
    assert cast.values is None
    assert cast.text is not None
    assert cast.text.to_pylist() == ["0.1", "5", "-0.0"]


def test_numbers_of_one_scale_are_decimals_in_arrow() -> None:
    arrow = NUMBER.text_to_arrow(pa.array(["1.50", None, "-120.25"]))
    assert arrow.type == pa.decimal128(5, 2)
    assert arrow.to_pylist() == [Decimal("1.50"), None, Decimal("-120.25")]


@pytest.mark.parametrize(
    "cells",
    [
        ["1.5", "1.50"],
        ["1", "1.0"],
        ["1e5"],
        ["1E5", "3"],
        ["-0.0", "1.0"],
        ["1" * 39],
        ["1" * 40],
        ["1" * 37 + ".10"],
    ],
)
def test_numbers_that_arrow_would_change_stay_out_of_it(cells: list[str]) -> None:
    with pytest.raises(NotColumnar):
        NUMBER.text_to_arrow(pa.array(cells))
    with pytest.raises(NotColumnar):
        NUMBER.values_to_arrow(list(map(Decimal, cells)))


@pytest.mark.parametrize("cell", ["9" * 38, "-" + "9" * 38, "-0." + "9" * 38, "+." + "9" * 37])
def test_thirty_eight_digits_go_through_arrow(cell: str) -> None:
    if cell.startswith("-0."):
        cell = cell.replace("0.", ".")
    assert NUMBER.arrow_to_values(NUMBER.text_to_arrow(pa.array([cell]))) == [Decimal(cell)]


def test_not_a_number_and_infinity_are_numbers_outside_of_arrow() -> None:
    cast = NUMBER.cast_text(pa.array(["NaN", "1.5", "-Infinity"]))
    values = cast.values or []
    assert list(map(str, values)) == ["NaN", "1.5", "-Infinity"]
    with pytest.raises(NotColumnar):
        NUMBER.values_to_arrow(values)
    assert NUMBER.values_to_plain(values).to_pylist() == ["NaN", "1.5", "-Infinity"]


def test_numbers_of_another_country_are_kept_and_written_plainly() -> None:
    text = pa.array(["1.234,50", "-7", None, "1234567,5"])
    assert GERMAN.cast_text(text).text is text
    assert GERMAN.text_to_values(text) == [
        *(Decimal("1234.50"), Decimal(-7), None, Decimal("1234567.5")),
    ]
    assert GERMAN.text_to_plain(text).to_pylist() == ["1234.50", "-7", None, "1234567.5"]


def test_groups_that_are_none_are_accepted_as_the_reference_does_but_not_kept() -> None:
    assert GERMAN.cast_text(pa.array(["1.5", "2,0"])).values == [Decimal(15), Decimal("2.0")]


def test_the_character_between_groups_may_be_an_underscore() -> None:
    codec = codec_for({"type": "number", "groupChar": "_"})
    assert codec.cast("1_000.5") == Decimal("1000.5")


@pytest.mark.parametrize(
    ("codec", "value", "fix"),
    [
        (INTEGER, "1.5", "make the field a number: set_type(..., type='number')"),
        (INTEGER, 1.5, "make the field a number: set_type(..., type='number')"),
        (NUMBER, "1,000.5", "say how it is written: set_type(..., type='number', groupChar=',')"),
        (
            NUMBER,
            "1.000,5",
            "say how it is written: set_type(..., type='number', decimalChar=',', groupChar='.')",
        ),
        (NUMBER, "$5.00", "say how it is written: set_type(..., type='number', bareNumber=False)"),
        (NUMBER, "$-5.00", "make the field a string: set_type(..., type='string')"),
        (NUMBER, True, "make the field take any value: set_type(..., type='any')"),
    ],
)
def test_the_fix_knows_how_people_write_numbers(codec: Any, value: Any, fix: str) -> None:
    with pytest.raises(CastError) as caught:
        codec.cast(value)
    assert caught.value.fix == f"{fix}, or handle such rows with on_error=rejects()"


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([1, None], pa.int8()), pa.array([1, None], pa.int64())),
        (pa.array([1.0, None]), pa.array([1, None], pa.int64())),
        (pa.array([1], pa.uint64()), pa.array([1], pa.int64())),
        (pa.array([1, 1], pa.int32()).dictionary_encode(), pa.array([1, 1], pa.int64())),
        (pa.chunked_array([pa.array([1]), pa.array([2])]), pa.array([1, 2])),
    ],
)
def test_arrow_integers_of_any_kind_are_integers(array: pa.Array, expected: pa.Array) -> None:
    cast = INTEGER.cast_arrow(array)
    assert cast.arrow.equals(expected)
    assert cast.errors == []


def test_arrow_values_that_are_no_integers_are_found() -> None:
    cast = INTEGER.cast_arrow(pa.array([1.0, 1.5, float("nan")]))
    assert cast.values == [1, None, None]
    assert [index for index, _, _ in cast.errors] == [1, 2]
    assert INTEGER.cast_arrow(pa.array([2**64 - 1], pa.uint64())).values == [2**64 - 1]
    assert INTEGER.cast_arrow(pa.array(["1", "", "2"], pa.large_string())).text.to_pylist() == [
        *("1", None, "2"),
    ]


def test_arrow_decimals_are_numbers_as_they_are() -> None:
    array = pa.array([Decimal("1.50"), None])
    assert NUMBER.cast_arrow(array).arrow is array
    wide = pa.array([Decimal("1.50"), None], pa.decimal256(40, 2))
    assert NUMBER.cast_arrow(wide).arrow.to_pylist() == [Decimal("1.50"), None]
    too_wide = pa.array([Decimal("1" * 50)], pa.decimal256(50, 0))
    assert NUMBER.cast_arrow(too_wide).values == [Decimal("1" * 50)]
    integers = NUMBER.cast_arrow(pa.array([2**64 - 1, None], pa.uint64())).arrow
    assert NUMBER.arrow_to_values(integers) == [Decimal(2**64 - 1), None]
    tiny = pa.array([Decimal("1E-10")])
    assert NUMBER.arrow_to_plain(tiny).to_pylist() == [str(Decimal("1E-10"))]
