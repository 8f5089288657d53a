from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.column import Column
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import drop, ignore, rejects
from dataflows.processors.modifiers.map_values import map_values
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.modifiers.value_map import ValueMap
from dataflows.types import codec_for
from processor_contract import VIEWS, Watched


def mapped(*values: Any, type: str = "string", view: str = "rows", step: Any) -> list[Any]:
    source = Watched([{"a": value} for value in values], view, 9, types={"a": type}).link()
    return [row["a"] for row in Flow(source, step).results()[0][0]]


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_in_the_dict_is_replaced_and_the_rest_stays(view: str) -> None:
    step = map_values("a", {"UK": "GB", "EL": None})
    assert mapped("UK", "EL", "FR", None, view=view, step=step) == ["GB", None, "FR", None]


@pytest.mark.parametrize("view", VIEWS)
def test_a_missing_value_is_replaced_only_by_its_own_key(view: str) -> None:
    assert mapped("x", None, view=view, step=map_values("a", {None: "?"})) == ["x", "?"]
    assert mapped("x", None, view=view, step=map_values("a", {"": "?"})) == ["x", "?"]
    assert mapped("x", None, view=view, step=map_values("a", {}, default="y")) == ["y", None]


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_no_number_can_be_replaced(view: str) -> None:
    values = Decimal("NaN"), Decimal(1), Decimal("sNaN")
    step = map_values("a", {"NaN": None})
    assert mapped(*values, type="number", view=view, step=step) == [None, 1, None]


@pytest.mark.parametrize("view", VIEWS)
def test_other_values_can_be_missing_or_get_a_default(view: str) -> None:
    step = map_values("a", {"x": "y"}, unmapped="missing")
    assert mapped("x", "z", view=view, step=step) == ["y", None]
    assert mapped("x", "z", view=view, step=map_values("a", {"x": "y"}, default="o")) == ["y", "o"]


def test_a_value_that_is_not_in_the_dict_may_be_an_error() -> None:
    step = map_values("a", {"x": "y"}, unmapped="error")
    with pytest.raises(ProcessorError) as caught:
        mapped("x", None, "z", step=step)
    assert str(caught.value) == (
        "'z' is not among the values to be mapped\n"
        "  in {'a': 'z'}\n"
        "  at processor 2 of 2: map_values('a', {'x': 'y'}, unmapped='error')\n"
        "     resource 'data', row 3, field 'a'\n"
        "  fix: add it to the mapping, give default=, or handle such rows with on_error=rejects()."
    )


def test_such_rows_can_be_handled() -> None:
    options = {"unmapped": "error", "type": "integer"}
    for policy, wanted in ((drop, [1]), (ignore, [1, "z"])):
        step = map_values("a", {"x": 1}, on_error=policy, **options)
        source = Watched([{"a": "x"}, {"a": "z"}], types={"a": "string"}).link()
        data = Flow(source, step).results(on_error=None)[0]
        assert [row["a"] for row in data[0]] == wanted
    source = Watched([{"a": "x"}, {"a": "z"}], types={"a": "string"}).link()
    data = Flow(source, map_values("a", {"x": 1}, on_error=rejects(), **options)).results()[0]
    assert (data[0], data[1][0]["value"]) == ([{"a": 1}], "z")


@pytest.mark.parametrize("view", VIEWS)
def test_values_are_compared_as_values_of_the_type(view: str) -> None:
    step = map_values("a", {"1.0": 10, 2: "20.50"})
    values = [Decimal(1), Decimal("2.00"), Decimal("3.70")]
    assert mapped(*values, type="number", view=view, step=step) == [
        Decimal(10),
        Decimal("20.50"),
        Decimal("3.70"),
    ]
    step = map_values("a", {"2026-01-31": "2026-02-28"})
    assert mapped(datetime.date(2026, 1, 31), type="date", view=view, step=step) == [
        datetime.date(2026, 2, 28)
    ]


def test_in_a_field_of_any_type_one_and_true_and_their_texts_differ() -> None:
    step = map_values("a", {True: "b", "1": "s"})
    assert mapped(1, True, "1", [1], type="any", step=step) == [1, "b", "s", [1]]


@pytest.mark.parametrize("view", VIEWS)
def test_the_field_may_get_another_type(view: str) -> None:
    step = map_values("a", {True: "yes", False: "no"}, type="string")
    source = Watched([{"a": True}, {"a": None}], view, types={"a": "boolean"}).link()
    data, package, _ = Flow(source, step).results()
    assert data[0] == [{"a": "yes"}, {"a": None}]
    assert package.resources[0].fields.field("a")["type"] == "string"
    step = map_values("a", {1: "one"}, type="string")
    assert mapped(1, 2, type="integer", view=view, step=step) == ["one", "2"]


def test_each_row_gets_a_list_of_its_own() -> None:
    def change(row: dict[str, Any]) -> None:
        row["a"].append(row["n"])

    rows = [{"n": n, "a": "x"} for n in (1, 2)]
    for type in ("array", "any"):
        step = map_values("a", {"x": []}, type=type)
        assert Flow(rows, step, change).results()[0] == [[{"n": 1, "a": [1]}, {"n": 2, "a": [2]}]]


def test_the_text_of_other_cells_stays() -> None:
    codec = codec_for({"type": "number"})
    column = Column(codec, text=pa.array(["1.50", "007.0", None]))
    found, failures = ValueMap("a", [("1.5", "2")], codec, codec).apply(column)
    assert (found.text.to_pylist(), failures) == (["2", "007.0", None], [])


def test_an_empty_text_can_be_a_new_value() -> None:
    def more(row: dict[str, Any]) -> None:
        row["a"] += "!"

    source = Watched([{"a": "x"}], types={"a": "string"}).link()
    assert Flow(source, map_values("a", {"x": ""}), more).results()[0] == [[{"a": "!"}]]


def test_no_rows_and_a_resource_without_the_field() -> None:
    source = Watched([], types={"a": "string"}).link()
    step = map_values("a", {"x": "y"}, unmapped="error")
    assert Flow(source, [{"c": 1}], step).results()[0] == [[], [{"c": 1}]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: map_values("a", ["x"]),
            (
                "the mapping is a dict of old and new values, got ['x']\n"
                "  fix: write for instance map_values('country', {'UK': 'GB', 'EL': 'GR'})."
            ),
        ),
        (
            lambda: map_values("a", {}, unmapped="drop"),
            (
                "unmapped='drop' is none of 'keep', 'missing', 'error'\n"
                "  fix: write for instance unmapped='keep'."
            ),
        ),
        (
            lambda: map_values("a", {}, unmapped="error", default=1),
            "a default and unmapped='error' are given\n  fix: give one of them.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


FIX = "give a value of the type 'integer', or another type: set_type(…) before this."


@pytest.mark.parametrize(
    ("step", "what", "fix"),
    [
        (
            map_values("a", {"x": 1}),
            "the field 'a' (integer) can never equal 'x': 'x' is not an integer",
            FIX,
        ),
        (
            map_values("a", {1: "x"}),
            "the field 'a' (integer) cannot take 'x': 'x' is not an integer",
            FIX,
        ),
        (
            map_values("a", {}, default="x"),
            "the field 'a' (integer) cannot take 'x': 'x' is not an integer",
            FIX,
        ),
        (
            map_values("a", {1: 2, "1": 3}),
            "two keys stand for the same value of the field 'a': '1'",
            "leave one of them out.",
        ),
        (
            map_values("b", {1: 2}),
            "the field 'b' is of the type 'array', which no key can equal",
            "use a function of the row.",
        ),
        (
            map_values("aa", {}),
            "no field named 'aa'",
            "did you mean 'a'? The fields here are: a, b.",
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, what: str, fix: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1, "b": [1]}], set_type("a", type="integer"), step).datastream()
    assert (caught.value.what, caught.value.fix) == (what, fix)
    assert caught.value.where.step == repr(step)


@given(
    values=st.lists(st.none() | st.integers(0, 4), max_size=8),
    pairs=st.dictionaries(st.none() | st.integers(0, 4), st.none() | st.integers(5, 9)),
    view=st.sampled_from(VIEWS),
)
def test_it_means_what_dict_get_means(
    values: list[int | None], pairs: dict[int | None, int | None], view: str
) -> None:
    found = mapped(*values, type="integer", view=view, step=map_values("a", pairs))
    assert found == [pairs.get(value, value) for value in values]
