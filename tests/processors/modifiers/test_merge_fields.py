from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.merge_fields import merge_fields
from dataflows.processors.modifiers.split_field import split_field
from dataflows.processors.packages.set_primary_key import set_primary_key
from processor_contract import VIEWS, Watched


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_the_new_field_stands_where_the_first_of_the_others_stood() -> None:
    rows = [{"a": 1, "b": "x", "c": 2, "d": "y"}]
    data, package, _ = Flow(rows, merge_fields(["d", "b"], "m", separator="-")).results()
    assert [list(row.items()) for row in data[0]] == [[("a", 1), ("m", "y-x"), ("c", 2)]]
    assert package.resources[0].fields.field("m") == {
        "name": "m",
        "type": "string",
        "format": "default",
    }


def test_the_old_fields_may_stay() -> None:
    found = rows_of([{"a": 1, "b": 2, "c": 3}], merge_fields("a|b", "m", keep=True))
    assert [list(row.items()) for row in found] == [[("a", 1), ("b", 2), ("m", "1 2"), ("c", 3)]]


def test_the_new_field_may_have_the_name_of_an_old_one() -> None:
    assert rows_of([{"a": "x", "b": "y"}], merge_fields(["a", "b"], "b")) == [{"b": "x y"}]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("skip", "merged"), [(True, ["x-y", "x", "y", None]), (False, ["x-y", "x-", "-y", None])]
)
def test_missing_values_are_skipped_or_keep_their_place(
    view: str, skip: bool, merged: list[str | None]
) -> None:
    rows = [{"a": a, "b": b} for a, b in (("x", "y"), ("x", None), (None, "y"), (None, None))]
    source = Watched(rows, view, 4, types={"a": "string", "b": "string"}).link()
    found = rows_of(source, merge_fields(["a", "b"], "m", separator="-", skip_missing=skip))
    assert [row["m"] for row in found] == merged


@pytest.mark.parametrize("view", VIEWS)
def test_every_type_is_merged_as_a_file_would_get_it(view: str) -> None:
    row = {"n": Decimal("1.50"), "d": datetime.date(2026, 1, 2), "b": True, "t": ["é", 1]}
    types = {"n": "number", "d": "date", "b": "boolean", "t": "array"}
    source = Watched([row], view, types=types).link()
    assert rows_of(source, merge_fields(".*", "m", separator="|")) == [
        {"m": '1.50|2026-01-02|True|["é", 1]'}
    ]


def test_as_an_array_the_values_stay_as_they_are() -> None:
    rows = [{"a": 1, "b": None, "c": ["x"]}, {"a": None, "b": None, "c": None}]
    assert rows_of(rows, merge_fields(["c", "b", "a"], "m", as_array=True)) == [
        {"m": [["x"], 1]},
        {"m": None},
    ]
    step = merge_fields(["a", "b"], "m", as_array=True, skip_missing=False)
    assert [row["m"] for row in rows_of(rows, step)] == [[1, None], None]


def test_a_kept_array_is_not_the_one_in_the_new_field() -> None:
    def change(row: dict[str, Any]) -> None:
        row["m"][0].append(2)

    step = merge_fields(["a"], "m", as_array=True, keep=True)
    assert rows_of([{"a": [1]}], step, change) == [{"a": [1], "m": [[1, 2]]}]


def test_halves_of_surrogate_pairs_are_merged_too() -> None:
    rows = [{"a": "\ud800", "b": "x"}, {"a": None, "b": None}, {"a": None, "b": "y"}]
    found = rows_of(rows, merge_fields(["a", "b"], "m"))
    assert found == [{"m": "\ud800 x"}, {"m": None}, {"m": "y"}]


def test_a_text_that_stands_for_a_missing_value_is_missing() -> None:
    def empty(row: dict[str, Any]) -> None:
        row["b"] = ""

    rows = [{"a": "x", "b": "y"}]
    assert rows_of(rows, empty, merge_fields(["a", "b"], "m")) == [{"m": "x"}]


def test_the_primary_key_loses_what_is_gone() -> None:
    _, package, _ = Flow(
        [{"a": "x", "b": "y", "c": 1}], set_primary_key(["a", "c"]), merge_fields(["a", "b"], "m")
    ).results()
    assert package.resources[0].fields.primary_key == ["c"]


def test_no_rows_and_a_resource_without_the_fields() -> None:
    step = merge_fields(["a", "b"], "m")
    source = Watched([], types={"a": "string", "b": "string"}).link()
    assert Flow(source, [{"c": 1}], step).results()[0] == [[], [{"c": 1}]]


def test_the_separator_must_be_a_text() -> None:
    with pytest.raises(ArgumentError) as caught:
        merge_fields(["a"], "m", separator=None)  # type: ignore[arg-type]  # the mistake under test
    assert str(caught.value) == (
        "the separator is a text, got None\n"
        "  fix: write for instance merge_fields(['street', 'city'], into='address',"
        " separator=', ')."
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            merge_fields(["a", "x"], "m"),
            (
                "no field named 'x'\n"
                "  at processor 2 of 2: merge_fields(['a', 'x'], 'm')\n"
                "  fix: the fields here are: a, b."
            ),
        ),
        (
            merge_fields(["a"], "b"),
            (
                "there is a field named 'b' already\n"
                "  at processor 2 of 2: merge_fields(['a'], 'b')\n"
                "     resource 'res_1'\n"
                "  fix: choose another name, or delete_fields or rename it before."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1, "b": 2}], step).datastream()
    assert str(caught.value) == message


@given(
    rows=st.lists(st.tuples(*[st.none() | st.text("ab", min_size=1)] * 3), max_size=6),
    view=st.sampled_from(VIEWS),
    size=st.integers(1, 3),
)
def test_splitting_gives_the_fields_back(rows: list[Any], view: str, size: int) -> None:
    names = ["x", "y", "z"]
    wanted = [dict(zip(names, row, strict=True)) for row in rows]
    source = Watched(wanted, view, size, types=dict.fromkeys(names, "string")).link()
    merge = merge_fields(names, "m", separator=",", skip_missing=False)
    assert rows_of(source, merge, split_field("m", names, separator=",")) == wanted
