from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.rename_fields import rename_fields
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.packages.update_schema import update_schema

ROWS = [{"a": 1, "b": 2, "y_10": 3}]


def test_the_fields_keep_their_place_and_their_type() -> None:
    data, package, _ = Flow(ROWS, rename_fields({"b": "c"})).results()
    assert data == [[{"a": 1, "c": 2, "y_10": 3}]]
    assert list(data[0][0]) == ["a", "c", "y_10"]
    assert package.descriptor["resources"][0]["schema"]["fields"][1] == {
        "name": "c",
        "type": "integer",
        "format": "default",
    }


def test_names_can_be_swapped() -> None:
    data = Flow(ROWS, rename_fields({"a": "b", "b": "a"})).results()[0]
    assert data == [[{"b": 1, "a": 2, "y_10": 3}]]


def test_the_new_name_may_hold_groups_of_the_pattern() -> None:
    data = Flow(ROWS, rename_fields({r"y_(\d+)": r"year \1"})).results()[0]
    assert data == [[{"a": 1, "b": 2, "year 10": 3}]]


def test_the_first_pattern_that_matches_counts() -> None:
    data = Flow(ROWS, rename_fields({"a": "first", "[ab]": "second"})).results()[0]
    assert data == [[{"first": 1, "second": 2, "y_10": 3}]]


def test_names_may_be_taken_as_they_are() -> None:
    step = rename_fields({"a.": r"\1"}, regex=False)
    assert Flow([{"a.": 1, "ab": 2}], step).results()[0] == [[{r"\1": 1, "ab": 2}]]


def test_the_last_resource_can_be_meant() -> None:
    data = Flow(ROWS, [{"a": 5}], rename_fields({"a": "c"}, resources=-1)).results()[0]
    assert data == [ROWS, [{"c": 5}]]


def test_two_resources_may_have_the_same_new_name() -> None:
    data = Flow([{"a": 1}], [{"b": 2}], rename_fields({"a": "c", "b": "c"})).results()[0]
    assert data == [[{"c": 1}], [{"c": 2}]]


def test_what_a_function_added_under_the_new_name_gives_way() -> None:
    def add(row: dict[str, Any]) -> None:
        row["c"] = "from the function"

    data = Flow([{"a": 1}], add, rename_fields({"a": "c"})).results(on_error=None)[0]
    assert data == [[{"c": 1}]]


def test_the_keys_follow() -> None:
    own = {"fields": ["a"], "reference": {"resource": "", "fields": ["b"]}}
    other = {"fields": "i", "reference": {"resource": "res_1", "fields": "a"}}
    schemas = [
        resource["schema"]
        for resource in Flow(
            [{"a": 1, "b": 2}],
            set_primary_key(["a", "b"]),
            update_schema(-1, foreignKeys=[own]),
            [{"i": 1}],
            update_schema(-1, foreignKeys=[other]),
            rename_fields({"a": "x", "b": "a"}, resources=["res_1"]),
        )
        .process()[0]
        .descriptor["resources"]
    ]
    assert schemas[0]["primaryKey"] == ["x", "a"]
    assert schemas[0]["foreignKeys"] == [
        {"fields": ["x"], "reference": {"resource": "", "fields": ["a"]}}
    ]
    assert schemas[1]["foreignKeys"] == [
        {"fields": "i", "reference": {"resource": "res_1", "fields": "x"}}
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"a": "b"},
            (
                "two fields would be named 'b': 'a' and 'b'\n"
                "  at processor 2 of 2: rename_fields({'a': 'b'})\n"
                "     resource 'res_1'\n"
                "  fix: choose another name, or delete one of the fields first."
            ),
        ),
        (
            {"[ab]": "c"},
            (
                "two fields would be named 'c': 'a' and 'b'\n"
                "  at processor 2 of 2: rename_fields({'[ab]': 'c'})\n"
                "     resource 'res_1'\n"
                "  fix: choose another name, or delete one of the fields first."
            ),
        ),
        (
            {"aa": "c"},
            (
                "no field named 'aa'\n"
                "  at processor 2 of 2: rename_fields({'aa': 'c'})\n"
                "  fix: did you mean 'a'? The fields here are: a, b, y_10."
            ),
        ),
        (
            {"a": r"\1"},
            (
                r"the new name '\\1' does not go with the pattern 'a': "
                "invalid group reference 1 at position 1\n"
                r"  at processor 2 of 2: rename_fields({'a': '\\1'})"
                "\n  fix: name a group of the pattern, or pass regex=False."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(fields: dict[str, str], message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, rename_fields(fields)).datastream()
    assert str(caught.value) == message


@pytest.mark.parametrize("fields", [["a", "b"], {"a": 3}])
def test_a_wrong_argument_is_refused_at_the_call(fields: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        rename_fields(fields)
    assert str(caught.value) == (
        f"the fields are a dict of old and new names, got {fields!r}\n"
        "  fix: write for instance rename_fields({'town': 'city'})."
    )


@given(st.permutations(["a", "b", "c", "d"]))
def test_any_permutation_of_the_names_can_be_undone(order: list[str]) -> None:
    there = dict(zip("abcd", order, strict=True))
    back = {new: old for old, new in there.items()}
    rows = [{"a": 1, "b": 2, "c": 3, "d": 4}]
    assert Flow(rows, rename_fields(there), rename_fields(back)).results()[0] == [rows]
