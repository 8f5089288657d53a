"""Columns: three views of the values of one field, each made when somebody looks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.column import Column, Mask
from dataflows.types import Codec, NotColumnar, codec_for

INTEGER = codec_for({"type": "integer"})
NUMBER = codec_for({"type": "number"})
STRING = codec_for({"type": "string"})
ARRAY = codec_for({"type": "array"})


def column_in(view: str, texts: list[str | None]) -> Column:
    """Return a column of numbers that holds one view only."""
    text = pa.array(texts, pa.string())
    if view == "text":
        return Column(NUMBER, text=text)
    values = [None if one is None else Decimal(one) for one in texts]
    if view == "arrow":
        return Column(NUMBER, arrow=pa.array(values, pa.decimal128(10, 2)))
    return Column(NUMBER, values=values)


VIEWS = ("text", "arrow", "values")
numbers = st.lists(
    st.none() | st.decimals(-1000, 1000, places=2).map(lambda one: f"{one:.2f}"), max_size=12
)


@given(numbers, st.sampled_from(VIEWS))
def test_every_view_gives_the_same_values(texts: list[str | None], view: str) -> None:
    column = column_in(view, texts)
    expected = [None if one is None else Decimal(one) for one in texts]
    assert len(column) == len(texts)
    assert column.values == expected
    assert column.arrow(NUMBER).to_pylist() == expected
    assert [None if one is None else Decimal(one) for one in column.plain(NUMBER).to_pylist()] == (
        expected
    )


@given(numbers, st.sampled_from(VIEWS), st.data())
def test_rows_are_chosen_alike_in_every_view(
    texts: list[str | None], view: str, data: st.DataObject
) -> None:
    column = column_in(view, texts)
    if data.draw(st.booleans()):
        _ = column.values
    length = len(texts)
    keep = data.draw(st.lists(st.booleans(), min_size=length, max_size=length))
    as_array = data.draw(st.booleans())
    mask = Mask(pa.array(keep, pa.bool_()) if as_array else keep)
    every = [None if one is None else Decimal(one) for one in texts]
    assert column.filter(mask).values == [v for v, k in zip(every, keep, strict=True) if k]
    assert mask.kept == sum(keep)
    start = data.draw(st.integers(0, length))
    stop = data.draw(st.integers(start, length))
    assert column.slice(start, stop).values == every[start:stop]
    if length:
        indices = data.draw(st.lists(st.integers(0, length - 1), max_size=8))
        assert column.take(indices).values == [every[index] for index in indices]


def test_what_nobody_looks_at_is_written_with_its_characters() -> None:
    texts = ["007", "+5", "1.500", "-0.0", "1e3", None]
    column, errors = Column(STRING, text=pa.array(texts)).cast(NUMBER)
    assert column is not None
    assert errors == []
    assert column.values[:2] == [Decimal(7), Decimal(5)]
    assert column.plain(NUMBER).to_pylist() == texts


def test_values_that_are_the_very_same_objects_keep_the_column() -> None:
    column = Column(NUMBER, text=pa.array(["1.50", "2"]))
    values = column.values
    assert column.changed(list(values)) is column
    other = column.changed([values[0], Decimal("2.0")])
    assert other is not column
    assert (other.text, other.codec, other.values) == (None, None, [Decimal("1.50"), Decimal(2)])


def test_equal_values_that_are_other_objects_are_a_change() -> None:
    column = Column(NUMBER, text=pa.array(["1.50"]))
    assert column.values == [Decimal("1.5")]
    assert column.changed([Decimal("1.5")]) is not column


def test_values_that_can_change_inside_always_count_as_changed() -> None:
    column = Column(ARRAY, text=pa.array(["[1]"]))
    values = column.values
    values[0].append(2)
    again = column.changed(values)
    assert again is not column
    assert again.plain(ARRAY).to_pylist() == ["[1, 2]"]


def test_a_column_that_nobody_looked_at_cannot_be_unchanged() -> None:
    column = Column(NUMBER, text=pa.array(["1.50"]))
    assert column.changed([Decimal("1.50")]) is not column


def test_a_cast_to_its_own_type_is_the_column_itself() -> None:
    column = Column(NUMBER, text=pa.array(["1"]))
    assert column.cast(NUMBER) == (column, [])


def test_a_cast_tells_what_does_not_fit() -> None:
    column, errors = Column(STRING, text=pa.array(["1", "x", "", None])).cast(INTEGER)
    assert column is not None
    assert column.values == [1, None, None, None]
    assert [(index, value, str(error).splitlines()[0]) for index, value, error in errors] == [
        (1, "x", "'x' is not an integer")
    ]


def test_the_source_text_can_be_read_again_until_a_value_changes() -> None:
    column, _ = Column(STRING, text=pa.array(["01", "2"])).cast(INTEGER)
    assert column is not None
    again, _ = column.cast(STRING, from_source=True)
    assert again is not None
    assert again.values == ["01", "2"]
    assert column.as_text() == ["01", "2"]
    values = column.values
    changed = column.changed([values[0], 3])
    assert changed.source is None
    again, errors = changed.cast(STRING, from_source=True)
    assert [value for _, value, _ in errors] == [1, 3]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (Column(values=[1, None, Decimal("1.50")]), ["1", None, "1.50"]),
        (Column(NUMBER, text=pa.array(["1.0", None])), ["1.0", None]),
        (Column(INTEGER, values=[1], source=pa.array(["01"])), ["01"]),
    ],
)
def test_values_as_text_are_as_they_were_read(column: Column, text: list[str | None]) -> None:
    assert column.as_text() == text


def test_what_arrow_cannot_hold_takes_the_other_path() -> None:
    with pytest.raises(NotColumnar):
        Column(INTEGER, values=[2**70]).arrow(INTEGER)
    with pytest.raises(NotColumnar):
        Column(values=[[1]]).arrow(ARRAY)


@pytest.mark.parametrize("codec", [INTEGER, NUMBER, STRING], ids=repr)
def test_a_column_of_nothing_fits_every_type(codec: Codec) -> None:
    column, errors = Column.null(3).cast(codec)
    assert column is not None
    assert (column.values, errors) == ([None] * 3, [])
    assert Column().values == []
    assert len(Column()) == 0


def test_a_column_holds_anothers_values_when_they_are_the_same_list() -> None:
    values: list[Any] = [1, 2]
    column = Column(values=values)
    cast, _ = column.cast(INTEGER)
    assert cast is not None
    assert cast.holds(column)
    assert not Column(INTEGER, text=pa.array(["1"])).holds(Column(INTEGER, text=pa.array(["1"])))


def test_values_that_do_not_fit_are_not_columnar() -> None:
    column = Column(values=["1", "x"])
    with pytest.raises(NotColumnar, match="values that do not fit"):
        column.arrow(codec_for({"type": "integer"}))


def test_values_that_are_made_later_are_made_once_when_somebody_looks() -> None:
    made = []

    def make() -> list[Any]:
        made.append(1)
        return [3, None]

    column = Column.later(make, INTEGER)
    assert made == []
    assert column.values == [3, None]
    assert column.values is column.values
    assert made == [1]


@pytest.mark.parametrize(
    ("look", "found"),
    [
        (len, 3),
        (lambda column: column.filter(Mask([True, False, True])).values, [1, None]),
        (lambda column: column.take([2, 0]).values, [None, 1]),
        (lambda column: column.slice(1, 3).values, [2, None]),
        (lambda column: column.cast(STRING)[0].values, [None, None, None]),
        (lambda column: column.arrow(INTEGER).to_pylist(), [1, 2, None]),
        (lambda column: column.plain(INTEGER).to_pylist(), ["1", "2", None]),
        (lambda column: column.as_text(), ["1", "2", None]),
        (lambda column: column.only_arrow, None),
    ],
)
def test_values_that_are_made_later_are_used_as_others(look: Any, found: Any) -> None:
    assert look(Column.later(lambda: [1, 2, None], INTEGER)) == found


def test_an_array_is_the_only_view_until_somebody_looks() -> None:
    array = pa.array([1, None])
    column = Column(INTEGER, arrow=array)
    assert column.only_arrow is array
    assert column.values == [1, None]
    assert column.only_arrow is None
    assert Column(INTEGER, text=pa.array(["1"]), arrow=pa.array([1])).only_arrow is None
