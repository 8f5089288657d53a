from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import (
    Flow,
    add_field,
    aggregate,
    conditional,
    filter_rows,
    parallelize,
    rename_fields,
    set_type,
    sort_rows,
    update_resource,
    update_schema,
    validate,
)
from dataflows.errors import ProcessorError
from dataflows.functions import describe_function

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{"city": "Rome", "size": 3}]
DATE = {"fields": [{"name": "size", "type": "date"}, {"name": "city", "type": "string"}]}


def set_size(row: dict[str, Any]) -> None:
    row["size"] = "big"


def set_city(row: dict[str, Any]) -> None:
    row["city"] = "Oslo"


def set_something(row: dict[str, Any]) -> None:
    row.update(size="big")


def set_in_rows(rows: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        row["size"] = "big"
        yield row


def set_in_package(package: Any) -> Iterator[Any]:
    yield package.pkg
    for resource in package:
        yield set_in_rows(resource)


def refusal(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, *links).results()
    return str(caught.value)


def origin_in(*links: Any) -> str | None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, *links).results()
    return caught.value.where.source


def test_a_misfit_is_told_with_the_function_that_last_set_the_field() -> None:
    assert refusal(set_size, set_city, sort_rows("size")) == (
        "a value does not fit its field: 'big' is not an integer\n"
        "  at processor 4 of 4: sort_rows('size')\n"
        "     resource 'res_1', row 1, field 'size'\n"
        f"     the field was last set by processor 2 of 4: {describe_function(set_size)}\n"
        "  fix: use set_type('size', …) or validate() before this."
    )
    assert refusal(set_size) == (
        "'big' is not an integer\n"
        "  in {'city': 'Rome', 'size': 'big'}\n"
        "  at processor 3 of 3: results()\n"
        "     resource 'res_1', row 1, field 'size'\n"
        f"     the field was last set by processor 2 of 2: {describe_function(set_size)}\n"
        "  fix: make the field a string: set_type('size', type='string'), or handle such rows with"
        " on_error=rejects()."
    )


@pytest.mark.parametrize(
    "step",
    [
        set_type("size", type="number"),
        validate(),
        aggregate("city", {"n": "sum(size)"}),
        conditional(lambda package: True, sort_rows("size")),
    ],
    ids=repr,
)
def test_every_step_that_only_looks_at_a_value_looks_for_its_origin(step: Any) -> None:
    assert origin_in(set_size, step) == (
        f"the field was last set by processor 2 of 3: {describe_function(set_size)}"
    )


@pytest.mark.parametrize("function", [set_something, set_in_rows, set_in_package])
def test_a_function_of_which_nothing_is_known_may_have_set_the_value(function: Any) -> None:
    assert origin_in(function, set_city, sort_rows("size")) == (
        f"the value may have been set by processor 2 of 4: {describe_function(function)}"
    )


def test_functions_inside_processors_are_looked_at_too() -> None:
    assert origin_in(parallelize(set_size, 1), sort_rows("size")) == (
        "the field was last set by processor 2 of 3: parallelize(set_size, 1)"
    )


def test_resources_that_are_not_selected_and_former_names_are_seen_through() -> None:
    other = parallelize(set_size, 1, resources="res_2")
    steps = [ROWS, set_size, other, update_resource("res_1", name="towns")]
    assert origin_in(*steps, sort_rows("size", "towns")) == (
        f"the field was last set by processor 3 of 6: {describe_function(set_size)}"
    )


def test_a_field_under_a_new_name_was_made_by_that_step() -> None:
    assert origin_in(set_size, rename_fields({"size": "n"}), sort_rows("n")) == (
        "the field was made by processor 3 of 4: rename_fields({'size': 'n'})"
    )


def test_nothing_is_said_where_no_step_had_a_hand_in_it() -> None:
    of_the_source = update_schema("res_1", **DATE), set_city, filter_rows("city != ''")
    assert origin_in(*of_the_source, sort_rows("size")) is None
    assert origin_in(set_city, set_type("city", type="integer")) == (
        f"the field was last set by processor 2 of 3: {describe_function(set_city)}"
    )


def test_the_values_that_a_step_makes_itself_have_no_other_origin() -> None:
    made = add_field("n", "integer", lambda row: "x")
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, set_something, made).process()
    assert (caught.value.processor_name, caught.value.where.source) == ("add_field", None)
