from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.add_row_number import add_row_number
from dataflows.processors.rows.filter_rows import filter_rows
from processor_contract import VIEWS, Watched


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_the_number_comes_first_and_counts_from_1() -> None:
    data, package, _ = Flow([{"a": "x"}, {"a": None}], add_row_number()).results()
    assert [list(row.items()) for row in data[0]] == [
        [("row_number", 1), ("a", "x")],
        [("row_number", 2), ("a", None)],
    ]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "row_number", "type": "integer", "format": "default"},
        {"name": "a", "type": "string", "format": "default"},
    ]


def test_it_may_come_last_and_count_otherwise() -> None:
    step = add_row_number("line", start=10, step=-5, first=False)
    assert [list(row.items()) for row in rows_of([{"a": 1}, {"a": 2}], step)] == [
        [("a", 1), ("line", 10)],
        [("a", 2), ("line", 5)],
    ]


def test_rows_that_were_left_out_before_are_not_counted() -> None:
    step = filter_rows("a > 1")
    assert rows_of([{"a": 1}, {"a": 2}, {"a": 3}], step, add_row_number()) == [
        {"row_number": 1, "a": 2},
        {"row_number": 2, "a": 3},
    ]


def test_each_resource_is_numbered_on_its_own() -> None:
    assert Flow([{"a": 1}], [{"a": 2}], add_row_number("n")).results()[0] == [
        [{"n": 1, "a": 1}],
        [{"n": 1, "a": 2}],
    ]


def test_each_group_is_numbered_on_its_own_wherever_its_rows_stand() -> None:
    rows = [{"a": a} for a in ["x", None, "x", "y", None]]
    step = add_row_number("n", by="a")
    assert [row["n"] for row in rows_of(rows, step)] == [1, 1, 2, 1, 2]


def test_groups_are_of_values_not_of_texts() -> None:
    values: list[Any] = [1, "1", True, [1], {"a": [1]}, {"a": [1]}, 1, [True]]
    source = Watched([{"a": value} for value in values], types={"a": "any"}, size=3).link()
    assert [row["n"] for row in rows_of(source, add_row_number("n", by=["a"]))] == [
        *(1, 1, 1, 1, 1),
        *(2, 2, 1),
    ]


def test_no_rows_and_one_row() -> None:
    assert rows_of(Watched([], types={"a": "string"}).link(), add_row_number()) == []
    assert rows_of([{"a": 1}], add_row_number()) == [{"row_number": 1, "a": 1}]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: add_row_number(""),
            (
                "the name of a field is a text, got ''\n"
                "  fix: write for instance add_row_number('line')."
            ),
        ),
        (
            lambda: add_row_number(start="1"),
            (
                "start must be an integer, got '1'\n"
                "  fix: write for instance add_row_number(start=10)."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            add_row_number("a"),
            (
                "there is a field named 'a' already\n"
                "  at processor 2 of 2: add_row_number('a')\n"
                "     resource 'res_1'\n"
                "  fix: choose another name: add_row_number('a_2')."
            ),
        ),
        (
            add_row_number(by="aa"),
            (
                "no field named 'aa'\n"
                "  at processor 2 of 2: add_row_number(by='aa')\n"
                "     resource 'res_1'\n"
                "  fix: did you mean 'a'? The fields here are: a."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], step).datastream()
    assert str(caught.value) == message


@given(
    groups=st.lists(st.sampled_from(["x", "y", None]), max_size=12),
    start=st.integers(-3, 3),
    step=st.integers(-2, 2),
    size=st.integers(1, 5),
)
def test_it_numbers_as_itertools_count_does(
    groups: list[str | None], start: int, step: int, size: int
) -> None:
    source = Watched([{"a": a} for a in groups], size=size, types={"a": "string"}).link()
    found = rows_of(
        source,
        add_row_number("all", start=start, step=step),
        add_row_number("own", start=start, step=step, by="a"),
    )
    every = count(start, step)
    own = {group: count(start, step) for group in groups}
    assert found == [{"all": next(every), "own": next(own[a]), "a": a} for a in groups]


@pytest.mark.parametrize("view", VIEWS)
def test_groups_are_compared_as_values(view: str) -> None:
    first = datetime.datetime(2026, 10, 25, 2, tzinfo=ZoneInfo("Europe/Rome"))
    moments = [first, first.replace(fold=1), datetime.datetime(2026, 10, 25, tzinfo=datetime.UTC)]
    of_types = {
        "number": ([Decimal("NaN"), Decimal("NaN"), Decimal("1.0"), Decimal(1)], [1, 2, 1, 2]),
        "any": ([1, True, "1", Decimal("1.0"), [1], [Decimal(1)]], [1, 1, 1, 2, 1, 2]),
        "datetime": (moments, [1, 1, 2]),
    }
    for type_, (values, expected) in of_types.items():
        if view == "text" and type_ != "number":
            continue  # a text holds neither the kind nor the offset
        source = Watched([{"a": value} for value in values], view, 2, types={"a": type_}).link()
        rows = rows_of(source, add_row_number("number", by="a"))
        assert [row["number"] for row in rows] == expected
