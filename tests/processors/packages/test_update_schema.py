from __future__ import annotations

from typing import Any

import pytest

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.packages.update_schema import update_schema


def test_the_properties_are_set_where_they_are_meant() -> None:
    flow = Flow([{"a": 1}], [{"b": 2}], update_schema("res_1", missingValues=["-"], title="T"))
    schemas = [one["schema"] for one in flow.process()[0].descriptor["resources"]]
    assert schemas == [
        {
            "fields": [{"name": "a", "type": "integer", "format": "default"}],
            "missingValues": ["-"],
            "title": "T",
        },
        {
            "fields": [{"name": "b", "type": "integer", "format": "default"}],
            "missingValues": [""],
        },
    ]


def test_the_rows_get_the_fields_of_the_new_schema() -> None:
    fields = [{"name": "b", "type": "string"}, {"name": "a", "type": "integer"}]
    data = Flow([{"a": 1}], update_schema(-1, fields=fields)).results()[0]
    assert data == [[{"b": None, "a": 1}]]
    assert list(data[0][0]) == ["b", "a"]


def test_a_field_of_a_type_that_there_is_not_is_refused() -> None:
    fields = [{"name": "a", "type": "intger"}]
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], update_schema(-1, fields=fields)).datastream()
    assert caught.value.what == "there is no type 'intger'"


def test_what_is_given_is_copied() -> None:
    missing = ["-"]
    flow = Flow([{"a": 1}], update_schema(None, missingValues=missing))
    flow.process()[0].descriptor["resources"][0]["schema"]["missingValues"].clear()
    assert missing == ["-"]
    assert flow.process()[0].resources[0].fields.missing_values == ["-"]


def test_a_primary_key_that_is_no_field_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"id": 1, "a": 2}], update_schema(-1, primaryKey="idd")).datastream()
    assert str(caught.value) == (
        "no field named 'idd'\n"
        "  at processor 2 of 2: update_schema(-1, primaryKey='idd')\n"
        "     resource 'res_1'\n"
        "  fix: did you mean 'id'? The fields here are: id, a."
    )


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_a_primary_key_is_taken_away(nothing: Any) -> None:
    steps = update_schema(-1, primaryKey=["a"]), update_schema(-1, primaryKey=nothing)
    assert Flow([{"a": 1}], *steps).process()[0].resources[0].fields.primary_key == []


def test_a_key_may_name_fields_that_the_same_call_makes() -> None:
    step = update_schema(-1, fields=[{"name": "b", "type": "string"}], primaryKey=("b",))
    assert Flow([{"a": 1}], step).process()[0].resources[0].fields.primary_key == ["b"]


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        (
            {"fields": 5},
            (
                "the property 'fields' is a list of dicts with a name each, got 5\n"
                "  fix: write for instance update_schema(…, fields=[{'name': 'city', 'type':"
                " 'string'}])."
            ),
        ),
        (
            {"fields": ["city"]},
            (
                "the property 'fields' is a list of dicts with a name each, got ['city']\n"
                "  fix: write for instance update_schema(…, fields=[{'name': 'city', 'type':"
                " 'string'}])."
            ),
        ),
        (
            {"missingValues": "n/a"},
            (
                "the property 'missingValues' is a list of texts, got 'n/a'\n"
                "  fix: write for instance update_schema(…, missingValues=['', '-'])."
            ),
        ),
        (
            {"primaryKey": 5},
            (
                "the property 'primaryKey' is a name or a list of names, got 5\n"
                "  fix: write for instance update_schema(…, primaryKey=['city'])."
            ),
        ),
        (
            {"foreignKeys": {"fields": "a"}},
            (
                "the property 'foreignKeys' is a list of dicts, got {'fields': 'a'}\n"
                "  fix: write for instance update_schema(…, foreignKeys=[{'fields': …,"
                " 'reference': …}])."
            ),
        ),
    ],
)
def test_a_property_of_a_wrong_kind_is_refused_at_the_call(
    properties: dict[str, Any], text: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        update_schema(-1, **properties)
    assert str(caught.value) == text


def test_a_misspelt_property_is_refused_and_one_of_a_users_own_is_kept() -> None:
    with pytest.raises(ArgumentError) as caught:
        update_schema(-1, missingvalues=["-"])
    assert str(caught.value) == (
        "a schema has no property 'missingvalues'\n"
        "  fix: did you mean 'missingValues'? One of your own needs a name that is less like it."
    )
    package = Flow([{"a": 1}], update_schema(-1, source="a")).process()[0]
    assert package.resources[0].fields.descriptor["source"] == "a"
