from __future__ import annotations

from typing import Any

import pytest

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.packages.set_primary_key import set_primary_key

ROWS = [{"id": 1, "a": 2}]


def key_after(*steps: Any) -> Any:
    descriptor = Flow(ROWS, *steps).process()[0].descriptor["resources"][0]
    return descriptor["schema"].get("primaryKey")


@pytest.mark.parametrize(
    ("key", "expected"),
    [(["id"], ["id"]), ("id", ["id"]), (("a", "id"), ["a", "id"])],
)
def test_the_key_is_set(key: Any, expected: list[str]) -> None:
    assert key_after(set_primary_key(key)) == expected


@pytest.mark.parametrize("nothing", [None, [], ""])
def test_nothing_removes_the_key(nothing: Any) -> None:
    assert key_after(set_primary_key(["id"]), set_primary_key(nothing)) is None


def test_only_the_selected_resources_get_it() -> None:
    package = Flow(ROWS, [{"b": 1}], set_primary_key(["b"], resources=-1)).process()[0]
    assert [one.fields.primary_key for one in package.resources] == [[], ["b"]]


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, set_primary_key(["idd"])).datastream()
    assert caught.value.what == "no field named 'idd'"
    assert caught.value.cause.fix == "did you mean 'id'? The fields here are: id, a."


def test_a_name_must_be_a_text() -> None:
    with pytest.raises(ArgumentError) as caught:
        set_primary_key([1])  # type: ignore[list-item]  # the mistake under test
    assert str(caught.value) == (
        "a primary key is a list of names, got 1\n"
        "  fix: write for instance set_primary_key(['id'])."
    )
