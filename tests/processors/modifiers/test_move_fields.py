from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.move_fields import move_fields
from processor_contract import Watched

ROW = {"a": 1, "b": 2, "c": 3, "d": 4}


def order_after(step: Any) -> str:
    data, package, _ = Flow([ROW], step).results()
    names = package.resources[0].fields.field_names
    assert [list(row) for row in data[0]] == [names]
    assert data == [[ROW]]
    return "".join(names)


@pytest.mark.parametrize(
    ("step", "order"),
    [
        (move_fields("c", before="a"), "cabd"),
        (move_fields("a", after="c"), "bcad"),
        (move_fields(["d", "b"], first=True), "dbac"),
        (move_fields(["b", "a"], last=True), "cdba"),
        (move_fields("[bd]", before="a"), "bdac"),
        (move_fields(["c"], after="b", regex=False), "abcd"),
    ],
)
def test_fields_go_where_they_are_told(step: Any, order: str) -> None:
    assert order_after(step) == order


def test_missing_values_and_no_rows_pass() -> None:
    types = {"a": "string", "b": "integer"}
    step = move_fields("b", first=True)
    assert Flow(Watched([], types=types).link(), step).results()[0] == [[]]
    rows = [{"a": None, "b": None}]
    assert Flow(Watched(rows, types=types).link(), step).results()[0] == [[{"b": None, "a": None}]]


def test_a_resource_may_lack_the_fields() -> None:
    _, package, _ = Flow([{"a": 1, "b": 2}], [{"a": 3}], move_fields("b", before="a")).results()
    assert [resource.fields.field_names for resource in package.resources] == [["b", "a"], ["a"]]


@pytest.mark.parametrize(
    ("options", "what"),
    [({}, "no place is given"), ({"before": "a", "last": True}, "before and last are given")],
)
def test_there_is_one_place(options: dict[str, Any], what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        move_fields("a", **options)
    fix = "give one of before='…', after='…', first=True, last=True."
    assert str(caught.value) == f"{what}\n  fix: {fix}"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            move_fields("x", first=True),
            (
                "no field named 'x'\n"
                "  at processor 2 of 2: move_fields('x', first=True)\n"
                "  fix: the fields here are: a, b, c, d."
            ),
        ),
        (
            move_fields("a", before="bb"),
            (
                "no field named 'bb'\n"
                "  at processor 2 of 2: move_fields('a', before='bb')\n"
                "     resource 'res_1'\n"
                "  fix: did you mean 'b'? The fields here are: a, b, c, d."
            ),
        ),
        (
            move_fields(["a", "b"], after="b"),
            (
                "the field 'b' cannot go beside itself\n"
                "  at processor 2 of 2: move_fields(['a', 'b'], after='b')\n"
                "     resource 'res_1'\n"
                "  fix: leave it out of the fields to move."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([ROW], step).datastream()
    assert str(caught.value) == message


@given(moved=st.lists(st.sampled_from("abcd"), unique=True, max_size=4), first=st.booleans())
def test_the_others_keep_their_order(moved: list[str], first: bool) -> None:
    step = move_fields(moved, first=first, last=not first)
    left = [name for name in "abcd" if name not in moved]
    assert order_after(step) == "".join([*moved, *left] if first else [*left, *moved])
