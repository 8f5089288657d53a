from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dataflows.errors import ArgumentError, ProcessorError, ValidationError
from dataflows.flow import Flow
from dataflows.processors.modifiers.add_field import add_field


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_the_field_comes_last_with_its_options() -> None:
    data, package, _ = Flow([{"a": 1}], add_field("b", "string", "x", title="Letter")).results()
    assert data == [[{"a": 1, "b": "x"}]]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "a", "type": "integer", "format": "default"},
        {"name": "b", "type": "string", "title": "Letter", "format": "default"},
    ]


def test_without_a_default_the_value_is_missing() -> None:
    assert rows_of([{"a": 1}], add_field("b", "integer")) == [{"a": 1, "b": None}]


def test_without_a_default_a_value_that_a_function_set_is_taken() -> None:
    def total(row: dict[str, Any]) -> None:
        row["total"] = row["a"] * 2

    assert rows_of([{"a": 1}], total, add_field("total", "integer")) == [{"a": 1, "total": 2}]


def test_with_a_default_what_a_function_set_is_replaced() -> None:
    def total(row: dict[str, Any]) -> None:
        row["total"] = row["a"] * 2

    assert rows_of([{"a": 1}], total, add_field("total", "integer", 0)) == [{"a": 1, "total": 0}]


def test_a_function_of_the_row_gives_the_default() -> None:
    step = add_field("b", "number", lambda row: row["a"] * 1.5)
    assert rows_of([{"a": 1}, {"a": 3}], step) == [
        {"a": 1, "b": Decimal("1.5")},
        {"a": 3, "b": Decimal("4.5")},
    ]


def test_a_default_is_read_as_the_type_of_the_field() -> None:
    seen = []
    Flow([{"a": 1}], add_field("b", "integer", "3"), lambda row: seen.append(row["b"])).process()
    assert seen == [3]


def test_an_empty_text_stays_one_for_the_functions_that_follow() -> None:
    def more(row: dict[str, Any]) -> None:
        row["note"] += "x"

    for default in ("", lambda row: ""):
        step = add_field("note", "string", default)
        assert rows_of([{"a": 1}], step, more) == [{"a": 1, "note": "x"}]


def test_each_row_has_its_own_copy_of_a_default() -> None:
    def append(row: dict[str, Any]) -> None:
        row["tags"].append(row["a"])

    default: list[int] = []
    found = rows_of([{"a": 1}, {"a": 2}], add_field("tags", "array", default), append)
    assert found == [{"a": 1, "tags": [1]}, {"a": 2, "tags": [2]}]
    assert default == []


def test_a_required_field_may_be_filled_later() -> None:
    def fill(row: dict[str, Any]) -> None:
        row["b"] = 2

    step = add_field("b", "integer", constraints={"required": True})
    assert rows_of([{"a": 1}], step, fill) == [{"a": 1, "b": 2}]


@pytest.mark.parametrize(
    ("step", "message", "fix"),
    [
        (
            add_field("a", "integer"),
            "there is a field named 'a' already",
            "choose another name, or use set_type to change it, or delete_fields before this.",
        ),
        (
            add_field("b", "integer", "many"),
            "the default of the field 'b' does not fit: 'many' is not an integer",
            "give a default of the type 'integer', or another type.",
        ),
        (
            add_field("b", "nubmer"),
            "there is no type 'nubmer'",
            (
                "did you mean 'number'? The types here are: any, string, integer, number, boolean, "
                "date, time, datetime, year, yearmonth, duration, array, object, geopoint, geojson."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str, fix: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], step).datastream()
    assert (caught.value.what, caught.value.cause.fix) == (message, fix)
    assert caught.value.where.step == repr(step)


def test_a_value_of_a_function_that_does_not_fit_is_shown_with_its_row() -> None:
    step = add_field("b", "integer", lambda row: "x" if row["a"] == 2 else 1)
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}, {"a": 2}], step).process()
    assert isinstance(caught.value.cause, ValidationError)
    assert (caught.value.where.row, caught.value.where.field) == (2, "b")


def test_a_name_must_be_a_text() -> None:
    with pytest.raises(ArgumentError) as caught:
        add_field(3, "integer")  # type: ignore[arg-type]  # the mistake under test
    assert str(caught.value) == (
        "the name of a field is a text, got 3\n"
        "  fix: write for instance add_field('total', 'number')."
    )


def test_check_finds_a_misspelt_field_in_the_function() -> None:
    check = Flow([{"amount": 1}], add_field("b", "integer", lambda row: row["amuont"])).check()
    assert check.problems[0].startswith("no field named 'amuont'")
