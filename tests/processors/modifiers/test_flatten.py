from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import clear, drop, rejects
from dataflows.processors.modifiers.flatten import flatten
from dataflows.processors.modifiers.nest import nest
from processor_contract import VIEWS, Watched


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def objects(*values: Any, view: str = "rows") -> Any:
    rows = [{"id": number, "o": value} for number, value in enumerate(values)]
    return Watched(rows, view, types={"id": "integer", "o": "object"}).link()


@pytest.mark.parametrize("view", VIEWS)
def test_each_key_becomes_a_field_in_the_place_of_the_object(view: str) -> None:
    source = objects({"b": "x", "a": 1}, {"a": None}, None, {}, view=view)
    data, package, _ = Flow(source, flatten("o", {"a": "integer", "b": "string"})).results()
    assert data[0] == [
        {"id": 0, "o.a": 1, "o.b": "x"},
        {"id": 1, "o.a": None, "o.b": None},
        {"id": 2, "o.a": None, "o.b": None},
        {"id": 3, "o.a": None, "o.b": None},
    ]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "id", "type": "integer", "format": "default"},
        {"name": "o.a", "type": "integer", "format": "default"},
        {"name": "o.b", "type": "string", "format": "default"},
    ]


def test_keys_in_a_list_are_of_any_type() -> None:
    assert rows_of(objects({"a": {"b": [1]}}), flatten("o", ["a"], prefix="")) == [
        {"id": 0, "a": {"b": [1]}}
    ]


def test_what_is_inside_can_be_flattened_in_turn() -> None:
    steps = flatten("o", {"a": "object"}), flatten("o.a", ["b"])
    assert rows_of(objects({"a": {"b": 5}}), *steps) == [{"id": 0, "o.a.b": 5}]


def test_a_key_that_was_not_said_is_an_error() -> None:
    with pytest.raises(ProcessorError) as caught:
        rows_of(objects({"a": 1}, {"a": 2, "c": 3}), flatten("o", ["a"]))
    assert str(caught.value) == (
        "there is more than the keys that were given: {'c': 3}\n"
        "  in {'id': 1, 'o': {'a': 2, 'c': 3}}\n"
        "  at processor 2 of 2: flatten('o', ['a'])\n"
        "     resource 'data', row 2, field 'o'\n"
        "  fix: list the keys too, keep what is left with rest='other', or handle such rows with"
        " on_error=rejects()."
    )


def test_such_rows_can_be_handled() -> None:
    source = {"a": 1}, {"a": 2, "c": 3}
    assert rows_of(objects(*source), flatten("o", ["a"], on_error=drop)) == [{"id": 0, "o.a": 1}]
    assert rows_of(objects(*source), flatten("o", ["a"], on_error=clear)) == [
        {"id": 0, "o.a": 1},
        {"id": 1, "o.a": None},
    ]
    data, _, _ = Flow(objects(*source), flatten("o", ["a"], on_error=rejects())).results()
    assert [(row["row_number"], row["field"]) for row in data[1]] == [(2, "o")]


def test_what_is_left_can_be_kept() -> None:
    source = objects({"a": 1}, {"a": 2, "c": 3}, None)
    assert rows_of(source, flatten("o", ["a"], rest="more")) == [
        {"id": 0, "o.a": 1, "more": None},
        {"id": 1, "o.a": 2, "more": {"c": 3}},
        {"id": 2, "o.a": None, "more": None},
    ]


def test_the_items_of_an_array_are_named_in_their_order() -> None:
    rows = [{"p": [4.5, 52.0]}, {"p": [1]}, {"p": None}, {"p": [1, 2, 3]}]
    step = flatten("p", ["lon", "lat"], prefix="", rest="more")
    assert rows_of(rows, step) == [
        {"lon": 4.5, "lat": 52.0, "more": None},
        {"lon": 1, "lat": None, "more": None},
        {"lon": None, "lat": None, "more": None},
        {"lon": 1, "lat": 2, "more": [3]},
    ]


def test_a_kept_object_is_not_the_one_in_the_fields() -> None:
    def change(row: dict[str, Any]) -> None:
        row["o.a"].append(2)

    step = flatten("o", ["a"], keep=True)
    assert rows_of([{"o": {"a": [1]}}], step, change) == [{"o": {"a": [1]}, "o.a": [1, 2]}]


def test_a_value_that_does_not_fit_its_type_is_shown() -> None:
    with pytest.raises(ProcessorError) as caught:
        rows_of(objects({"a": "x"}), flatten("o", {"a": "integer"}))
    assert (caught.value.what.splitlines()[0], caught.value.where.field) == (
        "'x' is not an integer",
        "o.a",
    )


def test_no_rows_and_a_resource_without_the_field() -> None:
    assert Flow(objects(), [{"c": 1}], flatten("o", ["a"])).results()[0] == [[], [{"c": 1}]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: flatten("o"),
            (
                "flatten needs the keys of 'o': the fields must be known before the first row\n"
                "  fix: list them: flatten('o', ['city', 'zip'])."
            ),
        ),
        (
            lambda: flatten("o", []),
            (
                "keys= lists names, or is a dict of names and types, got []\n"
                "  fix: write for instance flatten('address', ['city', 'zip'])."
            ),
        ),
        (
            lambda: flatten("o", ["a", "a"]),
            "keys= names 'a' twice\n  fix: give each field a name of its own.",
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
            flatten("id", ["a"]),
            (
                "the field 'id' is of the type 'integer', not of objects or arrays\n"
                "  at processor 2 of 2: flatten('id', ['a'])\n"
                "     resource 'data'\n"
                "  fix: set_type('id', type='object') before this, or use split_field."
            ),
        ),
        (
            flatten("o", ["id"], prefix=""),
            (
                "there is a field named 'id' already\n"
                "  at processor 2 of 2: flatten('o', ['id'], prefix='')\n"
                "     resource 'data'\n"
                "  fix: choose another name, or delete_fields or rename it before."
            ),
        ),
        (
            flatten("o", ["a"], rest="o.a"),
            (
                "the rest and a key would be the same field 'o.a'\n"
                "  at processor 2 of 2: flatten('o', ['a'], rest='o.a')\n"
                "     resource 'data'\n"
                "  fix: give rest= another name."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(objects({}), step).datastream()
    assert str(caught.value) == message


@given(
    values=st.lists(
        st.fixed_dictionaries({"a": st.integers(), "b": st.text("xy", min_size=1)}), max_size=6
    ),
    view=st.sampled_from(VIEWS),
)
def test_nesting_gives_the_objects_back(values: list[dict[str, Any]], view: str) -> None:
    steps = flatten("o", ["a", "b"]), nest(r"o\..*", "o")
    assert rows_of(objects(*values, view=view), *steps) == [
        {"id": number, "o": value} for number, value in enumerate(values)
    ]
