from __future__ import annotations

from typing import Any

import pytest

from dataflows.errors import ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.select_fields import select_fields
from dataflows.processors.packages.set_primary_key import set_primary_key

ROWS = [{"x": 1, "y1": 2, "y2": 3, "z": None}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["y2", "y1"], ["y2", "y1"]),
        (["z", "y."], ["z", "y1", "y2"]),
        (["y2", "y.", ".*"], ["y2", "y1", "x", "z"]),
        ("y.", ["y1", "y2"]),
    ],
)
def test_the_fields_come_in_the_order_in_which_they_are_named(
    fields: Any, expected: list[str]
) -> None:
    data, package, _ = Flow(ROWS, select_fields(fields)).results()
    assert data == [[{name: ROWS[0][name] for name in expected}]]
    assert list(data[0][0]) == expected
    assert package.resources[0].fields.field_names == expected


def test_names_may_be_taken_as_they_are() -> None:
    rows = [{"a.": 1, "ab": 2}]
    assert Flow(rows, select_fields(["a."], regex=False)).results()[0] == [[{"a.": 1}]]


def test_what_a_function_added_is_left_out() -> None:
    def add(row: dict[str, Any]) -> None:
        row["more"] = 1

    assert Flow(ROWS, add, select_fields(["x"])).results(on_error=None)[0] == [[{"x": 1}]]


def test_the_primary_key_loses_what_is_not_selected() -> None:
    flow = Flow(ROWS, set_primary_key(["x", "z"]), select_fields(["y1", "z"]))
    assert flow.process()[0].resources[0].fields.primary_key == ["z"]


def test_a_resource_may_lack_a_field_that_another_one_has() -> None:
    data = Flow(ROWS, [{"x": 5, "w": 6}], select_fields(["x", "w"])).results()[0]
    assert data == [[{"x": 1}], [{"x": 5, "w": 6}]]


def test_a_resource_without_any_of_them_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, [{"w": 6}], select_fields(["x"])).datastream()
    assert str(caught.value) == (
        "can't find any fields to select in resource res_2\n"
        "  at processor 3 of 3: select_fields(['x'])\n"
        "     resource 'res_2'\n"
        "  fix: the fields here are: w."
    )


def test_an_unknown_field_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, select_fields(["x", "y3"])).datastream()
    assert str(caught.value) == (
        "no field named 'y3'\n"
        "  at processor 2 of 2: select_fields(['x', 'y3'])\n"
        "  fix: the fields here are: x, y1, y2, z."
    )
