from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.add_computed_field import add_computed_field
from processor_contract import VIEWS, Watched

ROW = {"x": 10, "y": 3, "s": "a", "none": None}


def made(*arguments: Any, row: dict[str, Any] = ROW, **keywords: Any) -> tuple[Any, str]:
    """Return the value of the field ``made`` and its type."""
    step = add_computed_field(*arguments, **keywords)
    data, package, _ = Flow([row], step).results()
    return data[0][0]["made"], package.resources[0].fields.get_field("made").type


@pytest.mark.parametrize(
    ("operation", "source", "expected"),
    [
        ("sum", ["x", "y"], (13, "integer")),
        ("avg", ["x", "y"], (Decimal("6.5"), "number")),
        ("max", ["x", "y"], (10, "integer")),
        ("min", ["x", "y"], (3, "integer")),
        ("multiply", ["x", "x"], (100, "integer")),
        ("max", ["s", "s"], ("a", "string")),
    ],
)
def test_operations(operation: str, source: list[str], expected: tuple[Any, str]) -> None:
    assert made(target="made", operation=operation, source=source) == expected


@pytest.mark.parametrize("operation", ["sum", "avg", "max", "min", "multiply"])
def test_missing_values_are_left_out(operation: str) -> None:
    rows = [{"x": 4, "y": None}, {"x": None, "y": None}]
    step = add_computed_field(target="made", operation=operation, source=["x", "y"])
    source = Watched(rows, types={"x": "integer", "y": "integer"}).link()
    empty = 0 if operation == "sum" else None
    assert [row["made"] for row in Flow(source, step).results()[0][0]] == [4, empty]


def test_join_takes_the_texts_of_the_values_that_are_there() -> None:
    found = made(target="made", operation="join", source=["s", "none", "x"], with_="-")
    assert found == ("a-10", "string")


def test_format_takes_any_field() -> None:
    assert made(target="made", operation="format", with_="{x:03}: {s}") == ("010: a", "string")


def test_a_format_may_be_as_long_as_that_of_str_format() -> None:
    row = {"x": 3.14159, "digits": 2, "place": {"town": "Rome"}, "1": "one", "day": "{}"}
    template = "{{{x:>{digits}}}} {place[town]!r:>8}|{x!s:.{digits}}|{day}|{1}"
    found = made(target="made", operation="format", with_=template, row=row)
    assert found == ("{3.14159}   'Rome'|3.|{}|one", "string")


def test_a_format_may_name_no_field() -> None:
    assert made(target="made", operation="format", with_="{{x}}") == ("{x}", "string")


def test_texts_are_not_added_up() -> None:
    source = Watched([{"a": "1", "b": "2"}], types={"a": "any", "b": "any"}).link()
    step = add_computed_field(target="made", operation="sum", source=["a", "b"])
    with pytest.raises(ProcessorError) as caught:
        Flow(source, step).process()
    assert caught.value.what.startswith("cannot compute the sum of '1', '2': ")


def test_texts_that_a_function_has_put_in_are_not_added_up() -> None:
    def as_text(row: dict[str, Any]) -> None:
        row["x"] = row["y"] = "1"

    step = add_computed_field(target="made", operation="sum", source=["x", "y"])
    with pytest.raises(ProcessorError) as caught:
        Flow([ROW], as_text, step).process()
    assert caught.value.what.startswith("cannot compute the sum of '1', '1': ")


def test_texts_that_took_the_place_of_numbers_are_not_added_up() -> None:
    step = add_computed_field(
        [
            {"target": "x", "operation": lambda row: "1"},
            {"target": "made", "operation": "sum", "source": ["x", "x"]},
        ]
    )
    with pytest.raises(ProcessorError) as caught:
        Flow([ROW], step).process()
    assert caught.value.what.startswith("cannot compute the sum of '1', '1': ")


def test_booleans_are_counted() -> None:
    row = {"a": True, "b": True}
    assert made(target="made", operation="sum", source=["a", "b"], row=row) == (2, "integer")


def test_with_may_be_written_as_it_is_called() -> None:
    assert made([{"target": "made", "operation": "constant", "with": 5}]) == (5, "any")


def test_a_function_of_the_row() -> None:
    assert made(target="made", operation=lambda row: row["x"] - row["y"]) == (7, "any")


def test_the_short_form_takes_an_expression_or_a_function() -> None:
    assert made("made", "x * y + 1") == (31, "integer")
    assert made("made", "x / 4") == (Decimal("2.5"), "number")
    assert made({"name": "made", "type": "string"}, lambda row: row["s"] * 2) == ("aa", "string")


def test_a_geopoint_is_made_from_two_texts() -> None:
    target = {"name": "made", "type": "geopoint"}
    row = {"lat": "31.5", "long": "35"}
    found = made(target=target, operation="format", with_="{lat}, {long}", row=row)
    assert found == ((Decimal("31.5"), Decimal(35)), "geopoint")


def test_a_descriptor_is_taken_as_it_is_and_not_changed() -> None:
    target = {"name": "made", "title": "Made"}
    specs = [{"target": target, "expression": "x"}]
    package = Flow([ROW], add_computed_field(specs)).process()[0]
    assert package.descriptor["resources"][0]["schema"]["fields"][-1] == {
        "name": "made",
        "type": "integer",
        "title": "Made",
        "format": "default",
    }
    assert specs == [{"target": {"name": "made", "title": "Made"}, "expression": "x"}]


def test_later_fields_see_earlier_ones() -> None:
    step = add_computed_field(
        [
            {"target": "twice", "expression": "x * 2"},
            {"target": "made", "operation": "sum", "source": ["twice", "y"]},
        ]
    )
    data, package, _ = Flow([ROW], step).results()
    assert data == [[{**ROW, "twice": 20, "made": 23}]]
    assert package.resources[0].fields.field_names == [*ROW, "twice", "made"]


def test_a_field_that_is_there_is_replaced_in_its_place() -> None:
    data, package, _ = Flow([ROW], add_computed_field("x", "s + '!'")).results()
    assert data == [[{**ROW, "x": "a!"}]]
    assert list(data[0][0]) == list(ROW)
    assert package.descriptor["resources"][0]["schema"]["fields"][0] == {
        "name": "x",
        "type": "string",
        "format": "default",
    }


def test_each_row_has_its_own_copy_of_a_constant() -> None:
    step = add_computed_field(target="made", operation="constant", with_=[])
    first, second = Flow([ROW, ROW], step).results()[0][0]
    assert first["made"] is not second["made"]


@pytest.mark.parametrize(
    ("step", "message", "fix"),
    [
        (
            add_computed_field("made", "x * yy"),
            "no field named 'yy'",
            "did you mean 'y'? The fields here are: x, y, s, none.",
        ),
        (
            add_computed_field(target="made", operation="sum", source=["x", "z"]),
            "no field named 'z'",
            "the fields here are: x, y, s, none.",
        ),
        (
            add_computed_field(target="made", operation="format", with_="{z}"),
            "no field named 'z'",
            "the fields here are: x, y, s, none.",
        ),
        (
            add_computed_field(target="made", operation="sum", source=["x", "s"]),
            "cannot compute the sum of the field 's' (string)",
            "make it a number first: set_type('s', type='number').",
        ),
        (
            add_computed_field("made", "s * x - 1"),
            "cannot compute a text - an integer, in 's * x - 1'",
            "",
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str, fix: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([ROW], step).datastream()
    assert caught.value.what == message
    assert not fix or caught.value.cause.fix == fix


def test_a_row_that_cannot_be_computed_is_shown() -> None:
    rows = [{"x": 1}, {"x": None}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, add_computed_field("made", "x * 2")).process()
    assert str(caught.value) == (
        "cannot compute None * 2: 'x' is missing\n"
        "  at processor 2 of 2: add_computed_field('made', 'x * 2')\n"
        "     resource 'res_1', row 2\n"
        "  fix: write: x*2 if x is not None else None."
    ).replace("x*2", "x * 2")


def test_values_that_do_not_go_together_are_shown_with_their_row() -> None:
    source = Watched([{"a": 1, "b": 2}, {"a": 1, "b": "x"}], types={"a": "any", "b": "any"}).link()
    step = add_computed_field(target="made", operation="sum", source=["a", "b"])
    with pytest.raises(ProcessorError) as caught:
        Flow(source, step).process()
    assert caught.value.what == (
        "cannot compute the sum of 1, 'x': unsupported operand type(s) for +: 'int' and 'str'"
    )
    assert caught.value.where.row == 2


def test_a_value_that_does_not_go_with_its_format_is_shown_with_its_row() -> None:
    step = add_computed_field(target="made", operation="format", with_="{x:d}")
    with pytest.raises(ProcessorError) as caught:
        Flow([{"x": 1}, {"x": None}], step).process()
    assert caught.value.what == (
        "cannot format {'x': None} with '{x:d}': "
        "unsupported format string passed to NoneType.__format__"
    )
    assert caught.value.where.row == 2


NEEDED = "fix: write for instance add_computed_field('total', 'amount * qty')."


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        (
            (),
            {},
            (
                "a target and what computes it, keywords, or a list of dicts are needed: "
                f"got 0 arguments and 0 keywords\n  {NEEDED}"
            ),
        ),
        ((3,), {}, f"a field and what computes it are needed, got 3\n  {NEEDED}"),
        (([],), {}, f"a field and what computes it are needed, got []\n  {NEEDED}"),
        (
            ([3],),
            {},
            (
                "one of the fields to compute is not a dict: 3\n"
                "  fix: write {'target': …, 'operation': …, 'source': […]} for each."
            ),
        ),
        (
            (),
            {"target": "a", "operation": "mean", "source": ["b"]},
            (
                "there is no operation 'mean'\n  fix: did you mean 'avg'? The operations here are: "
                "sum, avg, max, min, multiply, join, format, constant."
            ),
        ),
        (
            (),
            {"target": "a", "operation": "summ", "source": ["b"]},
            (
                "there is no operation 'summ'\n  fix: did you mean 'sum'? The operations here are: "
                "sum, avg, max, min, multiply, join, format, constant."
            ),
        ),
        (
            (),
            {"target": "a", "operatoin": "sum"},
            (
                "there is no keyword 'operatoin'\n"
                "  fix: did you mean 'operation'? The keywords here "
                "are: target, operation, source, with, with_, expression."
            ),
        ),
        (
            (),
            {"operation": "sum", "source": ["b"]},
            (
                "target is the name or the descriptor of a field, got None\n"
                "  fix: write for instance "
                "target='total' or target={'name': 'total', 'type': 'number'}."
            ),
        ),
        (
            (),
            {"target": "a"},
            (
                f"an operation or an expression is needed for 'a'\n"
                f"  fix: give one of them: {NEEDED[5:]}"
            ),
        ),
        (
            (),
            {"target": "a", "operation": "sum"},
            (
                "the operation 'sum' needs fields to compute from\n"
                "  fix: name them: source=['a', 'b']."
            ),
        ),
        (
            (),
            {"target": "a", "operation": "join", "source": ["b"]},
            (
                "the operation 'join' needs with_=\n"
                "  fix: give the text between the values: with_=', '."
            ),
        ),
        (
            (),
            {"target": "a", "operation": "format", "with": 3},
            (
                "with_ must be a text for the operation 'format', got 3\n"
                "  fix: give the format: with_='{first} {last}'."
            ),
        ),
        (
            (),
            {"target": "a", "operation": "format", "with": "{a"},
            (
                "'{a' is not a format: expected '}' before end of string\n"
                "  fix: write for instance with_='{first} {last}'."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(
    arguments: tuple[Any, ...], keywords: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        add_computed_field(*arguments, **keywords)
    assert str(caught.value) == message


NUMBERS = st.none() | st.decimals(-1000, 1000, places=2, allow_nan=False)


@given(
    rows=st.lists(st.fixed_dictionaries({"a": NUMBERS, "b": NUMBERS}), max_size=9),
    operation=st.sampled_from(["sum", "avg", "max", "min", "multiply"]),
    view=st.sampled_from(VIEWS),
)
def test_an_operation_means_what_python_says(
    rows: list[dict[str, Decimal | None]], operation: str, view: str
) -> None:
    def compute(row: dict[str, Decimal | None]) -> Decimal | int | None:
        values = [value for value in row.values() if value is not None]
        if operation == "sum":
            return sum(values)
        if not values:
            return None
        if operation == "avg":
            return sum(values) / len(values)
        if operation == "multiply":
            return values[0] * values[-1] if len(values) == 2 else values[0]
        return max(values) if operation == "max" else min(values)

    source = Watched(rows, view, 4, types={"a": "number", "b": "number"}).link()
    step = add_computed_field(target="made", operation=operation, source=["a", "b"])
    found = [str(row["made"]) for row in Flow(source, step).results()[0][0]]
    assert found == [str(compute(row)) for row in rows]
