"""Batches: rows and columns, each made from the other when asked."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dataflows.batch import ABSENT, Batch
from dataflows.column import Column
from dataflows.types import codec_for

INTEGER = codec_for({"type": "integer"})


def batch_of(**columns: list[Any]) -> Batch:
    """Return a batch of columns, whose rows are numbered from 1."""
    made = {name: Column(values=values) for name, values in columns.items()}
    return Batch(made, len(next(iter(columns.values()))))


def test_rows_are_made_of_columns_in_the_order_of_the_schema() -> None:
    batch = batch_of(b=[1, 2], a=["x", None])
    assert batch.rows() == [{"b": 1, "a": "x"}, {"b": 2, "a": None}]
    assert [list(row) for row in batch.rows()] == [["b", "a"]] * 2
    assert (len(batch), batch.names) == (2, ["b", "a"])


def test_columns_are_made_of_rows() -> None:
    batch = Batch.from_rows([{"a": 1, "b": 2}, {"b": 3}], ["a", "b"])
    assert [column.values for column in batch.columns()] == [[1, None], [2, 3]]


def test_a_batch_of_no_fields_and_of_very_many_has_its_rows() -> None:
    assert Batch({}, 2).rows() == [{}, {}]
    names = [f"f{number}" for number in range(300)]
    batch = batch_of(**{name: [name, None] for name in names})
    assert batch.rows() == [dict(zip(names, names, strict=True)), dict.fromkeys(names)]


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a\\", "{a}", "a\nb", "", "import os", "é"])
def test_any_text_can_be_the_name_of_a_field(name: str) -> None:
    assert batch_of(**{name: [1]}).rows() == [{name: 1}]


def test_rows_of_some_fields_have_no_others() -> None:
    batch = batch_of(a=[1], b=[2], c=[3])
    assert batch.rows_of(["c", "a", "z"]) == [{"a": 1, "c": 3}]
    assert batch.rows_of(["b"]) == [{"a": 1, "c": 3, "b": 2}]
    assert batch.held_rows() is batch.rows_of([])


def test_changes_in_rows_of_some_fields_go_back_when_touched() -> None:
    batch = batch_of(a=[1, 2], b=[3, 4])
    for row in batch.rows_of(["a"]):
        row["a"] *= 10
    batch.touch(["a"])
    assert batch.column("a").values == [10, 20]
    assert batch.rows() == [{"a": 10, "b": 3}, {"a": 20, "b": 4}]


def test_a_field_that_a_row_loses_is_missing_there() -> None:
    batch = batch_of(a=[1, 2])
    del batch.rows_of(["a"])[0]["a"]
    batch.touch(["a"])
    assert batch.rows() == [{"a": None}, {"a": 2}]


def test_keys_that_are_no_fields_travel_with_the_rows() -> None:
    batch = batch_of(a=[1, 2, 3])
    batch.rows_of(["a", "x"])[1]["x"] = "extra"
    batch.touch(["x"])
    assert batch.rows() == [{"a": 1}, {"a": 2, "x": "extra"}, {"a": 3}]
    assert batch.extras == {"x": [ABSENT, "extra", ABSENT]}
    assert batch.filter([False, True, True]).rows() == [{"a": 2, "x": "extra"}, {"a": 3}]
    assert batch.take([2, 1]).rows() == [{"a": 3}, {"a": 2, "x": "extra"}]
    assert batch.rows_of(["x"]) == [{}, {"x": "extra"}, {}]


def test_a_key_that_goes_from_whole_rows_is_gone() -> None:
    batch = Batch.from_rows([{"a": 1, "x": 1}, {"a": 2}], ["a"])
    batch.columns()
    assert batch.extras == {"x": [1, ABSENT]}
    del batch.rows()[0]["x"]
    batch.touch()
    batch.columns()
    assert batch.extras == {}


def test_a_key_that_is_no_field_is_seen_in_a_row_that_lacks_a_field() -> None:
    batch = Batch.from_rows([{"a": 1, "x": 2}, {"a": 3, "b": 4}], ["a", "b"])
    batch.columns()
    assert batch.extras == {"x": [2, ABSENT]}
    batch.drop_extras()
    assert batch.rows() == [{"a": 1, "b": None}, {"a": 3, "b": 4}]


def test_extras_are_left_out_and_their_rows_counted() -> None:
    batch = Batch.from_rows([{"a": 1, "x": 1, "y": 2}, {"a": 2}, {"a": 3, "y": 0}], ["a"])
    assert batch.drop_extras() == 2
    assert batch.rows() == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_an_extra_is_set_in_some_rows() -> None:
    batch = batch_of(a=[1, 2])
    batch.set_extra("x", {1: "new"})
    batch.set_extra("x", {0: None})
    assert batch.rows() == [{"a": 1, "x": None}, {"a": 2, "x": "new"}]


def test_a_new_field_takes_the_extra_of_its_name() -> None:
    batch = Batch.from_rows([{"a": 1, "x": "here"}, {"a": 2}], ["a"])
    batch.conform(["x", "a"])
    assert batch.rows() == [{"x": "here", "a": 1}, {"x": None, "a": 2}]
    assert batch.extras == {}


def test_a_field_that_leaves_the_schema_travels_on_as_an_extra() -> None:
    batch = batch_of(a=[1], b=[2])
    batch.conform(["b"])
    assert (batch.names, batch.extras) == (["b"], {"a": [1]})
    assert batch.rows() == [{"b": 2, "a": 1}]


def test_fields_are_arranged_and_renamed() -> None:
    batch = batch_of(a=[1], b=[2], c=[3])
    batch.arrange(["x", "a", "new"], ["b", "c", None])
    assert batch.rows() == [{"x": 2, "a": 3, "new": None}]
    same = batch_of(a=[1])
    rows = same.rows()
    same.arrange(["a"])
    assert same.rows() is rows


def test_set_columns_take_the_place_of_old_ones_and_of_extras() -> None:
    batch = Batch.from_rows([{"a": 1, "x": 5}], ["a"])
    batch.columns()
    batch.set_columns({"a": Column(values=[2]), "x": Column(values=[3])})
    assert batch.rows() == [{"a": 2, "x": 3}]
    assert batch.extras == {}


def test_a_copy_has_rows_of_its_own() -> None:
    batch = Batch.from_rows([{"a": 1, "x": 2}], ["a"])
    copied = batch.copy()
    copied.rows()[0]["a"] = 9
    copied.rows()[0]["x"] = 9
    copied.touch()
    assert copied.rows() == [{"a": 9, "x": 9}]
    assert batch.rows() == [{"a": 1, "x": 2}]


def test_a_row_for_a_message_is_a_dict_of_its_own() -> None:
    for batch in (batch_of(a=[1, 2]), Batch.from_rows([{"a": 1}, {"a": 2}], ["a"])):
        row = batch.row(1)
        assert row == {"a": 2}
        row["a"] = 0
        assert batch.rows() == [{"a": 1}, {"a": 2}]


def test_a_filter_that_keeps_all_is_the_batch_itself() -> None:
    batch = batch_of(a=[1, 2])
    assert batch.filter([True, True]) is batch
    assert batch.filter(pa.array([True, True])) is batch


def test_values_that_a_function_left_alone_keep_their_text() -> None:
    text = pa.array(["001", "+2"])
    batch = Batch({"a": Column(INTEGER, text=text), "b": Column(values=[1, 2])}, 2)
    for row in batch.rows():
        row["b"] = row["a"]
    batch.touch()
    assert batch.column("a").text is text
    assert batch.column("b").values == [1, 2]
    assert batch.replaced([dict(row) for row in batch.rows()], 1).column("a").text is text


@given(st.data())
def test_row_numbers_survive_filters_takes_and_slices(data: st.DataObject) -> None:
    first = data.draw(st.integers(1, 100))
    length = data.draw(st.integers(1, 10))
    numbers = list(range(first, first + length))
    batch = Batch({"n": Column(values=numbers)}, length, first)
    for _ in range(data.draw(st.integers(0, 5))):
        kind = data.draw(st.sampled_from(["filter", "array", "take", "slice", "replaced"]))
        size = batch.length
        if kind in ("filter", "array"):
            mask = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
            batch = batch.filter(pa.array(mask, pa.bool_()) if kind == "array" else mask)
        elif kind == "take" and size:
            batch = batch.take(data.draw(st.lists(st.integers(0, size - 1), max_size=12)))
        elif kind == "slice":
            start = data.draw(st.integers(0, size))
            batch = batch.slice(start, data.draw(st.integers(start, size + 2)))
        elif kind == "replaced" and size:
            chosen = data.draw(st.lists(st.integers(0, size - 1), max_size=12))
            rows = [dict(batch.rows()[index]) for index in chosen]
            batch = batch.replaced(rows, batch.numbering(chosen))
    assert [batch.number(index) for index in range(batch.length)] == batch.column("n").values
    assert [row["n"] for row in batch.rows()] == batch.column("n").values


def test_all_numbers_of_a_large_batch_can_be_asked_for() -> None:
    """It takes minutes where each number is worked out by itself."""
    batch = Batch({"n": Column(values=list(range(1, 100_001)))}, 100_000)
    batch = batch.filter([number % 2 == 0 for number in range(100_000)])
    batch = batch.filter(pa.array([number % 2 == 0 for number in range(50_000)]))
    assert [batch.number(index) for index in range(25_000)] == list(range(1, 100_001, 4))


class BatchAndRows(RuleBasedStateMachine):
    """Does the same to a batch and to a plain list of dicts: they must stay equal."""

    @initialize(
        rows=st.lists(st.fixed_dictionaries({"a": st.integers(), "b": st.text(max_size=2)}))
    )
    def start(self, rows: list[dict[str, Any]]) -> None:
        self.rows = [dict(row) for row in rows]
        self.batch = Batch.from_rows([dict(row) for row in rows], ["a", "b"])

    @rule(name=st.sampled_from(["a", "b", "x"]), value=st.integers())
    def set_in_some_rows(self, name: str, value: int) -> None:
        for row, own in zip(self.batch.rows_of([name]), self.rows, strict=True):
            if own["a"] != value and len(own) % 2 == 0:
                row[name] = own[name] = value
        self.batch.touch([name])

    @rule(value=st.integers())
    def set_in_whole_rows(self, value: int) -> None:
        for row, own in zip(self.batch.rows(), self.rows, strict=True):
            row["y"] = own["y"] = value
            row.pop("x", None)
            own.pop("x", None)
        self.batch.touch()

    @rule()
    def look_at_columns(self) -> None:
        assert self.batch.column("a").values == [row["a"] for row in self.rows]

    @rule(data=st.data())
    def filter(self, data: st.DataObject) -> None:
        size = len(self.rows)
        mask = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
        self.batch = self.batch.filter(mask)
        self.rows = [row for row, keep in zip(self.rows, mask, strict=True) if keep]

    @rule()
    def reverse(self) -> None:
        self.rows.reverse()
        self.batch = self.batch.take(list(range(len(self.rows)))[::-1])

    @rule()
    def tail(self) -> None:
        self.rows = self.rows[1:]
        self.batch = self.batch.slice(min(1, self.batch.length), self.batch.length)

    @rule()
    def copy(self) -> None:
        self.batch = self.batch.copy()

    @rule()
    def cast(self) -> None:
        column = self.batch.column("b")
        self.batch.set_columns({"b": Column(values=[str(value) for value in column.values])})
        for row in self.rows:
            row["b"] = str(row["b"])

    @invariant()
    def same(self) -> None:
        if hasattr(self, "batch"):
            assert [self.batch.row(index) for index in range(len(self.rows))] == self.rows


test_a_batch_is_its_rows = BatchAndRows.TestCase


def test_rows_may_be_numbered_as_they_were_elsewhere() -> None:
    batch = batch_of(a=[1, 2, 3])
    assert list(batch.numbers()[:3]) == [1, 2, 3]
    batch.set_numbers([7, 5, 9])
    assert [batch.number(index) for index in range(3)] == [7, 5, 9]
    assert list(batch.filter([True, False, True]).numbers()) == [7, 9]
    assert list(batch.slice(1, 3).numbers()) == [5, 9]
    assert list(batch.take([2, 2]).numbers()) == [9, 9]


def test_the_numbers_of_a_part_are_no_list_where_they_follow_each_other() -> None:
    numbers = batch_of(a=list(range(10))).slice(2, 9).slice(1, 4).numbers()
    assert numbers == range(4, 7)
