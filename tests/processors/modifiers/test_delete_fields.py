from __future__ import annotations

from typing import Any

import pytest

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.delete_fields import delete_fields
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.packages.update_schema import update_schema

ROWS = [{"city": "Rome", "note_a": "x", "note_b": None}]


def test_the_fields_leave_the_rows_and_the_schema() -> None:
    data, package, _ = Flow(ROWS, delete_fields(["note_a", "city"])).results()
    assert data == [[{"note_b": None}]]
    assert package.resources[0].fields.field_names == ["note_b"]


def test_a_pattern_must_match_the_whole_name() -> None:
    assert Flow(ROWS, delete_fields(["note_.", "cit"][:1])).results()[0] == [[{"city": "Rome"}]]


def test_one_name_may_stand_for_a_list_of_one() -> None:
    assert Flow(ROWS, delete_fields("note.*")).results()[0] == [[{"city": "Rome"}]]


def test_names_may_be_taken_as_they_are() -> None:
    rows = [{"temperature (24h)": 3, "a": 1}]
    assert Flow(rows, delete_fields(["temperature (24h)"], regex=False)).results()[0] == [
        [{"a": 1}]
    ]


def test_a_resource_may_lack_a_field_that_another_one_has() -> None:
    data = Flow([{"x": 1, "y": 2}], [{"y": 3, "xx": 4}], delete_fields(["x+"])).results()[0]
    assert data == [[{"y": 2}], [{"y": 3}]]


def test_every_field_may_go() -> None:
    assert Flow(ROWS, delete_fields([".*"])).results()[0] == [[{}]]


def test_what_a_function_added_goes_too() -> None:
    def add(row: dict[str, Any]) -> None:
        row["note_c"] = "z"

    data = Flow(ROWS, add, delete_fields(["note_.*"])).results(on_error=None)[0]
    assert data == [[{"city": "Rome"}]]


def test_the_keys_lose_the_fields() -> None:
    keys = [
        {"fields": ["a"], "reference": {"resource": "x", "fields": ["i"]}},
        {"fields": "b", "reference": {"resource": "y", "fields": "i"}},
    ]
    package = Flow(
        [{"a": 1, "b": 2}],
        set_primary_key(["a", "b"]),
        update_schema(-1, foreignKeys=keys),
        delete_fields(["a"]),
    ).process()[0]
    assert package.descriptor["resources"][0]["schema"] == {
        "fields": [{"name": "b", "type": "integer", "format": "default"}],
        "missingValues": [""],
        "primaryKey": ["b"],
        "foreignKeys": keys[1:],
    }


def test_a_key_without_fields_goes_with_them() -> None:
    flow = Flow([{"a": 1, "b": 2}], set_primary_key("a"), delete_fields(["a"]))
    assert "primaryKey" not in flow.process()[0].descriptor["resources"][0]["schema"]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            delete_fields(["city", "nota_a"]),
            (
                "no field named 'nota_a'\n"
                "  at processor 2 of 2: delete_fields(['city', 'nota_a'])\n"
                "  fix: did you mean 'note_a'? The fields here are: city, note_a, note_b."
            ),
        ),
        (
            delete_fields(["nota.*"]),
            (
                "no field matches 'nota.*'\n"
                "  at processor 2 of 2: delete_fields(['nota.*'])\n"
                "  fix: did you mean 'note_a'? The fields here are: city, note_a, note_b."
            ),
        ),
    ],
)
def test_an_unknown_field_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, step).datastream()
    assert str(caught.value) == message


def test_a_name_that_is_read_as_a_pattern_is_explained() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"t (h)": 1}], delete_fields(["t (h)"])).datastream()
    assert str(caught.value) == (
        "no field matches 't (h)'\n"
        "  at processor 2 of 2: delete_fields(['t (h)'])\n"
        "  fix: 't (h)' is read as a regular expression: pass regex=False for the name."
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            ["("],
            (
                "'(' is not a regular expression: missing ), unterminated subpattern at "
                "position 0\n"
                "  fix: escape it, or pass regex=False for exact names."
            ),
        ),
        ([1], "a field is given by its name, got 1\n  fix: give a list of names."),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(fields: list[Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        delete_fields(fields)
    assert str(caught.value) == message
