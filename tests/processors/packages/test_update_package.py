from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows.errors import ArgumentError
from dataflows.flow import Flow
from dataflows.processors.packages.update_package import update_package

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_properties_are_set() -> None:
    package = Flow([{"a": 1}], update_package(name="x", title="X"), update_package(title="Y"))
    assert package.process()[0].descriptor == {
        "profile": "data-package",
        "resources": [
            {
                "name": "res_1",
                "path": "res_1.csv",
                "profile": "tabular-data-resource",
                "schema": {
                    "fields": [{"name": "a", "type": "integer", "format": "default"}],
                    "missingValues": [""],
                },
            }
        ],
        "name": "x",
        "title": "Y",
    }


def test_the_resources_stay_what_the_flow_makes_them() -> None:
    data, package, _ = Flow([{"a": 1}], update_package(resources=[], title="X")).results()
    assert (data, package.resource_names) == ([[{"a": 1}]], ["res_1"])
    assert package.descriptor["title"] == "X"


def test_what_is_given_is_copied() -> None:
    licenses = [{"name": "MIT"}]
    flow = Flow([{"a": 1}], update_package(licenses=licenses))
    licenses.clear()
    first = flow.process()[0].descriptor["licenses"]
    assert first == [{"name": "MIT"}]
    first.clear()
    assert flow.process()[0].descriptor["licenses"] == [{"name": "MIT"}]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: update_package(name=5),
            (
                "the property 'name' is a text, got 5\n"
                "  fix: write for instance update_package(name='sales')."
            ),
        ),
        (
            lambda: update_package(resources=5),
            (
                "the resources of a package are a list, got 5\n"
                "  fix: leave them out: they are what the flow makes them."
            ),
        ),
        (
            lambda: update_package(5),
            (
                "update_package takes each argument by its name, got 5\n"
                "  fix: write update_package(name=value), with the name of each."
            ),
        ),
        (
            lambda: update_package({"title": "X"}),
            (
                "update_package takes each argument by its name, got {'title': 'X'}\n"
                "  fix: write ** before the dict: update_package(**{'title': 'X'})."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(call: Callable[[], Any], text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == text
