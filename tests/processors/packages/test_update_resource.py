from __future__ import annotations

from typing import Any

import pytest

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.packages.update_resource import update_resource


def names_and_titles(*links: Any) -> list[tuple[str, str | None]]:
    package = Flow(*links).process()[0]
    return [(one["name"], one.get("title")) for one in package.descriptor["resources"]]


@pytest.mark.parametrize(
    ("resources", "titled"),
    [(None, [0, 1]), (-1, [1]), (["res_1"], [0]), ("res_.", [0, 1]), ("res_2", [1])],
)
def test_the_properties_are_set_where_they_are_meant(resources: Any, titled: list[int]) -> None:
    found = names_and_titles([{"a": 1}], [{"b": 2}], update_resource(resources, title="T"))
    assert [index for index, (_, title) in enumerate(found) if title == "T"] == titled


def test_a_resource_is_renamed_and_moved_with_its_rows() -> None:
    step = update_resource(["res_1"], name="letters", path="data/letters.csv")
    data, package, _ = Flow([{"a": 1}], step, [{"b": 2}]).results()
    assert data == [[{"a": 1}], [{"b": 2}]]
    assert [(one.name, one.descriptor["path"]) for one in package.resources] == [
        ("letters", "data/letters.csv"),
        ("res_2", "res_2.csv"),
    ]


def test_later_steps_know_the_new_name() -> None:
    flow = Flow(
        [{"a": 1}], update_resource(-1, name="letters"), update_resource("letters", title="T")
    )
    assert flow.process()[0].descriptor["resources"][0]["title"] == "T"


def test_what_is_given_is_copied() -> None:
    sources = [{"title": "x"}]
    flow = Flow([{"a": 1}], update_resource(None, sources=sources))
    flow.process()[0].descriptor["resources"][0]["sources"].clear()
    assert flow.process()[0].descriptor["resources"][0]["sources"] == [{"title": "x"}]
    assert sources == [{"title": "x"}]


def test_an_unknown_resource_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], update_resource("res_7", title="T")).datastream()
    assert str(caught.value) == (
        "no resource matches 'res_7'\n"
        "  at processor 2 of 2: update_resource('res_7', title='T')\n"
        "  fix: did you mean 'res_1'? The resources here are: res_1."
    )


def test_a_path_that_leads_out_of_the_package_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], update_resource(-1, path="../a.csv")).datastream()
    assert caught.value.where.step == "update_resource(-1, path='../a.csv')"
    assert caught.value.what.startswith("the resource path '../a.csv' is not safe")


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        (
            {"name": 5},
            (
                "the property 'name' is a text, got 5\n"
                "  fix: write for instance update_resource(…, name='sales')."
            ),
        ),
        (
            {"name": ""},
            (
                "the property 'name' is a text, got ''\n"
                "  fix: write for instance update_resource(…, name='sales')."
            ),
        ),
        (
            {"path": 5},
            (
                "the property 'path' is a text, got 5\n"
                "  fix: write for instance update_resource(…, path='data/sales.csv')."
            ),
        ),
        (
            {"title": ["Sales"]},
            (
                "the property 'title' is a text, got ['Sales']\n"
                "  fix: write for instance update_resource(…, title='Sales')."
            ),
        ),
        (
            {"schema": "schema.json"},
            (
                "the property 'schema' is a dict, got 'schema.json'\n"
                "  fix: write for instance update_resource(…, schema={'fields':"
                " [{'name': 'city', 'type': 'string'}]})."
            ),
        ),
    ],
)
def test_a_property_of_a_wrong_kind_is_refused_at_the_call(
    properties: dict[str, Any], text: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        update_resource(-1, **properties)
    assert str(caught.value) == text
