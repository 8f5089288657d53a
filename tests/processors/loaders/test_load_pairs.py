"""A pair (descriptor, iterables of rows) as a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load, update_resource
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from collections.abc import Iterator


def descriptor(*names: str) -> dict[str, Any]:
    fields = [{"name": "id", "type": "integer", "format": "default", "title": "Id"}]
    table = {
        "profile": "tabular-data-resource",
        "schema": {"fields": fields, "missingValues": [""]},
    }
    return {"resources": [{"name": name, "path": f"{name}.csv", **table} for name in names]}


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    return Flow(*links).results(on_error=None)[0]


def error_of(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


def test_the_descriptors_are_added_unchanged_and_the_rows_typed() -> None:
    pair = descriptor("a", "b"), [[{"id": "1"}], iter([{"id": 2}])]
    rows, package, _ = Flow([{"x": 1}], load(pair)).results()
    assert rows == [[{"x": 1}], [{"id": 1}], [{"id": 2}]]
    assert package.descriptor["resources"][1:] == descriptor("a", "b")["resources"]


def test_some_resources_can_be_selected() -> None:
    pair = descriptor("a", "b", "c"), ([{"id": number}] for number in (1, 2, 3))
    rows, package, _ = Flow(load(pair, resources=["c", "a"])).results()
    assert (rows, package.resource_names) == ([[{"id": 1}], [{"id": 3}]], ["a", "c"])


def test_limit_rows_and_casting_apply() -> None:
    def endless() -> Iterator[dict[str, Any]]:
        number = 0
        while True:
            number += 1
            yield {"id": str(number)}

    assert rows_of(load((descriptor("a"), [endless()]), limit_rows=2)) == [[{"id": 1}, {"id": 2}]]
    raw = load((descriptor("a"), [[{"id": "1"}]]), cast_strategy=load.CAST_DO_NOTHING)
    assert rows_of(raw) == [[{"id": "1"}]]


def test_a_stream_of_another_flow_is_such_a_pair() -> None:
    inner = Flow([{"id": 1}, {"id": 2}], update_resource(-1, name="inner")).datastream()
    rows, package, _ = Flow(load((inner.dp.descriptor, inner.res_iter))).results()
    assert (rows, package.resource_names) == ([[{"id": 1}, {"id": 2}]], ["inner"])


def test_names_that_are_taken_are_numbered() -> None:
    steps = [load((descriptor("a"), [[{"id": number}]])) for number in (1, 2)]
    with pytest.warns(UserWarning, match="two resources named 'a'"):
        rows, package, _ = Flow(*steps).results()
    assert (rows, package.resource_names) == ([[{"id": 1}], [{"id": 2}]], ["a", "a_2"])


@pytest.mark.parametrize(
    ("iterables", "what", "fix"),
    [
        (
            [[{"id": 1}]],
            "the pair has rows for 1 of its 2 resources",
            "give one iterable for each resource of the descriptor.",
        ),
        (
            [[{"id": 1}], [{"id": 2}], [{"id": 3}]],
            "the pair has rows for more than its 2 resources",
            "give one iterable for each resource of the descriptor.",
        ),
    ],
)
def test_more_or_fewer_iterables_than_resources_are_an_error(
    iterables: Any, what: str, fix: str
) -> None:
    step = load((descriptor("a", "b"), iterables))
    assert error_of(step) == f"{what}\n  at processor 1 of 1: {step!r}\n  fix: {fix}"


def test_rows_that_were_read_before_are_an_error_and_not_an_empty_table() -> None:
    flow = Flow(load((descriptor("a"), [iter_of(1)])))
    assert flow.results()[0] == [[{"id": 1}]]
    with pytest.raises(ProcessorError) as caught:
        flow.results()
    assert caught.value.what == "the rows of the pair have been read already"
    lists = Flow(load((descriptor("a"), [[{"id": 1}]])))
    assert lists.results()[0] == lists.results()[0] == [[{"id": 1}]]


def iter_of(*numbers: int) -> Iterator[dict[str, Any]]:
    for number in numbers:
        yield {"id": number}


def test_a_value_that_does_not_fit_names_its_row() -> None:
    step = load((descriptor("a"), [[{"id": 1}, {"id": "x"}]]))
    text = error_of(step)
    assert text.splitlines()[0] == "'x' is not an integer"
    assert "     resource 'a', row 2, field 'id'" in text.splitlines()


@pytest.mark.parametrize("source", [(), ({},), ("t.csv", []), ({}, [], [])])
def test_another_tuple_is_refused(source: Any) -> None:
    text = error_of(load(source))
    assert text.splitlines()[0].endswith(
        ": a tuple as a source must be a pair (descriptor, iterables of rows)"
    )
    assert text.splitlines()[-1] == (
        "  fix: give the datapackage descriptor and one iterable for each of its resources."
    )
