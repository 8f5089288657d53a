from __future__ import annotations

from dataflows.flow import Flow
from dataflows.processors.packages.add_metadata import add_metadata
from dataflows.processors.packages.update_package import update_package


def test_it_does_what_update_package_does() -> None:
    metadata = {"name": "x", "resources": [], "licenses": [{"name": "MIT"}]}
    first = Flow([{"a": 1}], add_metadata(**metadata)).process()[0]
    second = Flow([{"a": 1}], update_package(**metadata)).process()[0]
    assert first.descriptor == second.descriptor
    assert first.descriptor["licenses"] == [{"name": "MIT"}]


def test_it_is_shown_by_its_own_name() -> None:
    assert repr(add_metadata(name="x")) == "add_metadata(name='x')"
