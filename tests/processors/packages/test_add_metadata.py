from __future__ import annotations

from dataflows.flow import Flow
from dataflows.processors.packages.add_metadata import add_metadata
from dataflows.processors.packages.update_package import update_package


def test_it_is_update_package() -> None:
    assert add_metadata is update_package


def test_the_properties_are_set() -> None:
    assert Flow([{"a": 1}], add_metadata(name="x")).process()[0].descriptor["name"] == "x"
