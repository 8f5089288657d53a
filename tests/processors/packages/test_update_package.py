from __future__ import annotations

from dataflows.flow import Flow
from dataflows.processors.packages.update_package import update_package


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
