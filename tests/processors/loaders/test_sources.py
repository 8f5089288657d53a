from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows.errors import AccountError, ArgumentError, LinkError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import rejects
from dataflows.processor import Hooks, Processor
from dataflows.processors.loaders.sources import sources
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.update_package import update_package
from dataflows.processors.packages.update_resource import update_resource
from dataflows.processors.rows.filter_rows import filter_rows
from processor_contract import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.streams import Stream


def double(row: dict[str, Any]) -> None:
    row["a"] *= 2


def test_the_resources_follow_one_another() -> None:
    data, package, _ = Flow(
        [{"z": 0}],
        sources([{"a": 1}], Flow([{"a": 2}], [{"b": 3}]), ({"c": i} for i in range(2))),
        [{"d": 4}],
    ).results()
    assert data == [
        [{"z": 0}],
        [{"a": 1}],
        [{"a": 2}],
        [{"b": 3}],
        [{"c": 0}, {"c": 1}],
        [{"d": 4}],
    ]
    assert package.resource_names == [f"res_{number}" for number in range(1, 7)]
    assert [one.descriptor["path"] for one in package.resources] == [
        f"res_{number}.csv" for number in range(1, 7)
    ]


def test_each_source_is_a_flow_of_its_own() -> None:
    first = Flow([{"a": 1}], double)
    assert Flow(sources(first, [{"a": 1}])).results()[0] == [[{"a": 2}], [{"a": 1}]]


def test_later_steps_see_each_resource_with_its_own_schema() -> None:
    data = Flow(sources([{"a": 1}], [{"b": 2}]), filter_rows("b > 5", resources=-1)).results()[0]
    assert data == [[{"a": 1}], []]


def test_chosen_names_are_kept_and_made_unique_with_a_warning() -> None:
    def named() -> Flow:
        return Flow([{"a": 1}], update_resource(-1, name="x", path="x.csv"))

    with pytest.warns(UserWarning, match="there are two resources named 'x'"):
        package = Flow(sources(named(), named())).process()[0]
    assert package.resource_names == ["x", "x_2"]


def test_the_metadata_of_the_last_source_wins() -> None:
    flow = Flow(
        update_package(title="0", name="n"),
        sources(
            Flow([{"a": 1}], update_package(title="1")), Flow([{"a": 1}], update_package(title="2"))
        ),
    )
    descriptor = flow.process()[0].descriptor
    assert (descriptor["title"], descriptor["name"]) == ("2", "n")


def test_the_steps_of_each_source_have_their_accounts() -> None:
    flow = Flow(
        [{"z": 0}], sources(Flow([{"a": 1}], [{"b": 2}, {"b": 3}]), Flow([{"a": 2}], double))
    )
    found = [(one.step, one.position, one.rows_out) for one in flow.run().accounts]
    assert [(position, rows) for _, position, rows in found] == [
        *[(1, 1), (1, 1), (2, 2), (1, 1), (2, 1), (2, 4)]
    ]
    assert found[-1][0] == "sources(Flow, Flow)"


def test_a_misspelt_field_within_a_source_is_found_before_any_row_moves() -> None:
    def wrong(row: dict[str, Any]) -> None:
        row["a"] = row["aa"]

    check = Flow(sources(Flow([{"a": 1}], wrong))).check()
    assert [problem.splitlines()[0] for problem in check.problems] == ["no field named 'aa'"]
    assert "\n   1.2. wrong" in check.explain().text()


def test_nothing_is_read_at_the_call_nor_before_the_rows_are_asked_for() -> None:
    started = []

    def rows() -> Iterator[dict[str, int]]:
        started.append("rows")
        yield {"a": 1}

    watched = Watched([{"a": 1}], types={"a": "integer"})
    flow = Flow(sources(watched.link(), rows()))
    assert started == []
    stream = flow.datastream()
    assert watched.pulled == 0
    assert [list(one) for one in stream.res_iter] == [[{"a": 1}], [{"a": 1}]]


def test_closing_early_closes_the_source() -> None:
    watched = Watched([{"a": 1}, {"a": 2}], size=1, types={"a": "integer"})
    resources = Flow(sources(watched.link(), [{"a": 1}])).datastream().res_iter
    next(iter(next(resources)))
    assert (watched.pulled, watched.closed) == (1, False)
    resources.close()
    assert (watched.pulled, watched.closed) == (1, True)


def test_the_rows_are_booked_as_added() -> None:
    account = Flow([{"z": 0}], sources([{"a": 1}, {"a": 2}], [{"b": 1}])).run().accounts[-1]
    assert (account.rows_in, account.added, account.rows_out) == (0, 3, 3)
    assert [(tally.resource, tally.added) for tally in account.tallies if tally.added] == [
        ("res_2", 2),
        ("res_3", 1),
    ]


def test_a_source_that_loses_rows_is_found() -> None:
    def batches(stream: Stream) -> Iterator[Batch]:
        for batch in stream:
            yield batch.slice(1, batch.length)

    lossy = Processor("lossy", Hooks(batches=batches))
    with pytest.raises(ProcessorError) as caught:
        Flow(sources(Flow([{"a": 1}, {"a": 2}], lossy))).process()
    assert isinstance(caught.value.cause, AccountError)
    assert caught.value.where.step == "lossy"


def test_it_runs_twice() -> None:
    flow = Flow(sources([{"a": 1}], Flow([{"a": 2}], double)))
    assert flow.results()[0] == flow.results()[0] == [[{"a": 1}], [{"a": 4}]]


def test_rejected_rows_of_a_source_are_there() -> None:
    source = Flow([{"a": "1"}, {"a": "x"}], set_type("a", type="integer", on_error=rejects()))
    data, package, _ = Flow(sources([{"z": 0}], source)).results()
    assert package.resource_names == ["res_1", "res_2", "rejects"]
    assert data[:2] == [[{"z": 0}], [{"a": 1}]]
    assert [row["value"] for row in data[2]] == ["x"]


def test_an_error_in_a_source_keeps_its_place() -> None:
    def fail(row: dict[str, Any]) -> None:
        raise RuntimeError("no")

    with pytest.raises(ProcessorError) as caught:
        Flow(sources([{"z": 0}], Flow([{"a": 1}], double, fail)), lambda row: None).process()
    assert isinstance(caught.value.cause, RuntimeError)
    where = caught.value.where
    assert (where.position, where.steps, where.row) == (3, 3, 1)
    assert str(where.step).startswith("fail (test_sources.py, line ")


def test_a_mistake_in_a_source_is_found_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(sources(Flow([{"a": 1}], filter_rows("b > 1")))).datastream()
    assert caught.value.where.step == "filter_rows('b > 1')"


def test_there_must_be_a_source() -> None:
    with pytest.raises(ArgumentError) as caught:
        sources()
    assert str(caught.value) == (
        "sources has no source\n  fix: write sources([{…}], load('data.csv'))."
    )


def test_what_is_no_source_is_refused_at_the_call() -> None:
    with pytest.raises(LinkError) as caught:
        sources([{"a": 1}], "data.csv")
    assert str(caught.value) == (
        "the text 'data.csv' stands in the flow\n  fix: load it: load('data.csv')."
    )


def test_an_error_of_a_source_is_placed_in_it_and_in_the_flow() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(sources([{"a": 1}], Flow([{"a": 2}], filter_rows("b > 1"))), double).check()
    assert str(caught.value) == (
        "no field named 'b'\n"
        "  at processor 2 of 2: filter_rows('b > 1')\n"
        "     inside processor 1 of 2: sources([{'a': 1}], Flow)\n"
        "     resource 'res_1'\n"
        "  fix: the fields here are: a."
    )
