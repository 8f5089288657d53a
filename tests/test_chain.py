"""The chain and its stages: hooks of every kind, which resources they get, and the end of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from dataflows import Flow, Hooks, set_type
from dataflows.column import Column
from dataflows.errors import OutputError, ProcessorError, UnknownResourceError
from dataflows.processor import Processor, processor
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Resource
    from dataflows.streams import Stream

ROWS = [{"a": 1}, {"a": 2}]


def ten_times(kind: str, resources: Any = None) -> Processor:
    """Return a processor that multiplies by 10, with a hook of one kind."""

    def on_batch(batch: Batch) -> Batch:
        values = [value * 10 for value in batch.column("a").values]
        batch.set_columns({"a": Column(values=values)})
        return batch

    def batches(stream: Stream) -> Iterator[Batch]:
        return map(on_batch, stream)

    def row(row: dict[str, Any]) -> None:
        row["a"] *= 10

    def rows(rows: Any) -> Any:
        for one in rows:
            yield {"a": one["a"] * 10}

    def all_resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        for stream in streams:
            if stream.resource.name in step.selected:
                yield Batches(map(on_batch, stream))
            else:
                yield stream

    hooks: dict[str, Hooks] = {
        "batch": Hooks(batch=lambda stream: on_batch, select=resources),
        "batches": Hooks(batches=batches, select=resources),
        "row": Hooks(row=row, select=resources),
        "rows": Hooks(rows=rows, select=resources),
        "resources": Hooks(resources=all_resources, select=resources),
    }
    return Processor(f"ten_times {kind}", hooks[kind])


KINDS = ("batch", "batches", "row", "rows", "resources")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("resources", "expected"),
    [(None, [10, 10]), ("res_2", [1, 10]), (-1, [1, 10]), (["res_1"], [10, 1]), ([], [1, 1])],
    ids=repr,
)
def test_every_hook_gets_the_rows_of_the_resources_that_were_selected(
    kind: str, resources: Any, expected: list[int]
) -> None:
    rows, _, _ = Flow([{"a": 1}], [{"a": 1}], ten_times(kind, resources)).results()
    assert rows == [[{"a": number}] for number in expected]


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_hooks_of_all_kinds_follow_each_other(first: str, second: str) -> None:
    flow = Flow(({"a": number} for number in range(300)), ten_times(first), ten_times(second))
    result = flow.results()[0]
    assert result == [[{"a": number * 100} for number in range(300)]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_account_of_a_hook_of_any_kind_counts_all_rows(kind: str) -> None:
    account = Flow(ROWS, ten_times(kind)).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.added, account.filtered) == (2, 2, 0, 0)


@pytest.mark.parametrize("kind", ["row", "rows", "batch", "batches"])
def test_an_error_in_a_hook_is_that_of_its_step(kind: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": None}], ten_times(kind), ten_times("batch")).process()
    assert isinstance(caught.value.cause, TypeError)
    assert caught.value.processor_name == f"ten_times {kind}"
    assert (caught.value.processor_position, caught.value.where.resource) == (2, "res_1")


def test_an_unknown_resource_is_refused_before_any_row() -> None:
    seen: list[Any] = []

    def watch(row: dict[str, Any]) -> None:
        seen.append(row)

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, watch, ten_times("row", "res_2")).process()
    assert isinstance(caught.value.cause, UnknownResourceError)
    assert str(caught.value) == (
        "no resource matches 'res_2'\n"
        "  at processor 3 of 3: ten_times row\n"
        "  fix: did you mean 'res_1'? The resources here are: res_1."
    )
    assert seen == []


def test_the_schema_hook_gets_each_selected_resource() -> None:
    def schema(resource: Resource) -> None:
        resource.fields.descriptor["fields"].append({"name": "n", "type": "integer"})

    step = Processor("widen", Hooks(schema=schema, select="res_1"))
    rows, package, _ = Flow(ROWS, ROWS, step, ten_times("row")).results()
    assert rows == [
        [{"a": 10, "n": None}, {"a": 20, "n": None}],
        [{"a": 10}, {"a": 20}],
    ]
    assert [one.fields.field_names for one in package.resources] == [["a", "n"], ["a"]]


def test_a_step_does_not_change_the_package_of_the_step_before() -> None:
    packages: list[Package] = []

    def package(package: Package, step: Step) -> None:
        packages.append(step.source)
        package.descriptor["title"] = "new"
        package.descriptor["resources"][0]["schema"]["fields"][0]["type"] = "number"

    made = Flow(ROWS, Processor("edit", Hooks(package=package))).check().package
    assert "title" not in packages[0].descriptor
    assert packages[0].resources[0].fields.field("a")["type"] == "integer"
    assert made.descriptor["title"] == "new"


def test_empty_batches_go_no_further() -> None:
    seen: list[int] = []

    def nothing(stream: Stream) -> Callable[[Batch], Batch]:
        def batch(batch: Batch) -> Batch:
            stream.tally.filtered += batch.length
            return batch.filter([False] * batch.length)

        return batch

    def count(stream: Stream) -> Callable[[Batch], Batch]:
        def batch(batch: Batch) -> Batch:
            seen.append(batch.length)
            return batch

        return batch

    flow = Flow(ROWS, Processor("none", Hooks(batch=nothing)), Processor("see", Hooks(batch=count)))
    assert flow.results()[0] == [[]]
    assert seen == []


class Output:
    """A sink that says what happens to it."""

    def __init__(self, events: list[str], *, broken: bool = False) -> None:
        self.events = events
        self.broken = broken

    def prepare(self) -> None:
        self.events.append("prepare")
        if self.broken:
            raise OutputError("the disk is full")

    def commit(self) -> None:
        self.events.append("commit")

    def abort(self) -> None:
        self.events.append("abort")


@processor
def writes(events: list[str], *, broken: bool = False) -> Hooks:
    """Return hooks that note each row, and have an output."""

    def batches(stream: Stream) -> Iterator[Batch]:
        stream.run.sinks.add(Output(events, broken=broken), stream.step.blamed)
        for batch in stream:
            events.append(f"write {batch.length}")
            yield batch
        events.append("written")

    return Hooks(batches=batches, drains=True)


def test_an_output_is_committed_after_the_last_row_of_all_resources() -> None:
    events: list[str] = []
    Flow(ROWS[:1], writes(events), ROWS[:1]).process()
    assert events == ["write 1", "written", "prepare", "commit"]


def test_an_output_is_undone_when_a_later_step_fails() -> None:
    events: list[str] = []

    def fail(row: dict[str, Any]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ProcessorError):
        Flow(ROWS[:1], writes(events), fail).process()
    assert events == ["write 1", "abort"]


def test_an_output_gets_every_row_when_nobody_downstream_asks_for_them() -> None:
    events: list[str] = []
    flow = Flow(ROWS, writes(events), lambda rows: [])
    assert flow.results()[0] == [[]]
    assert events == ["write 1", "write 1", "written", "prepare", "commit"]


def test_an_output_of_a_stream_is_there_when_all_was_read() -> None:
    events: list[str] = []
    stream = Flow(ROWS[:1], writes(events)).datastream()
    for resource in stream.res_iter:
        assert list(resource) == ROWS[:1]
    assert events == ["write 1", "written", "prepare", "commit"]
    left: list[str] = []
    stream = Flow(ROWS[:1], writes(left)).datastream()
    next(iter(next(iter(stream.res_iter))))
    del stream
    assert left == ["write 1", "abort"]


def test_an_output_that_cannot_be_written_fails_the_flow() -> None:
    events: list[str] = []
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS[:1], writes(events, broken=True)).process()
    assert str(caught.value) == ("the disk is full\n  at processor 2 of 2: writes([], broken=True)")
    assert isinstance(caught.value.cause, OutputError)
    assert events == ["write 1", "written", "prepare", "abort"]


def test_what_fails_to_close_keeps_nothing_else_open() -> None:
    events: list[str] = []

    def batches(stream: Stream) -> Iterator[Batch]:
        try:
            yield from stream
        finally:
            events.append("closed")
            raise OSError("cannot close")

    def fail(row: dict[str, Any]) -> None:
        raise ZeroDivisionError

    stubborn = Processor("stubborn", Hooks(batches=batches))
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS[:1], stubborn, writes(events), stubborn, fail).process()
    assert isinstance(caught.value.cause, ZeroDivisionError)
    (note,) = caught.value.__notes__
    assert note == (
        "and while the run was closed: ProcessorError: OSError: cannot close\n"
        "  at processor 2 of 5: stubborn\n     resource 'res_1'"
    )
    assert events == ["write 1", "closed", "closed", "abort"]


def test_an_error_while_closing_is_told_when_there_is_no_other() -> None:
    def batches(stream: Stream) -> Iterator[Batch]:
        try:
            yield from stream
        finally:
            raise OSError("cannot close")

    def head(rows: Any) -> Any:
        yield next(iter(rows))

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, Processor("stubborn", Hooks(batches=batches)), head).process()
    assert str(caught.value) == (
        "OSError: cannot close\n  at processor 2 of 3: stubborn\n     resource 'res_1'"
    )


def test_rows_that_a_function_hands_on_untouched_keep_their_text() -> None:
    table = pa.table({"n": ["1.50", "007"]})
    run = Flow(table, set_type("n", type="number"), lambda rows: rows)._start()
    texts = [batch.column("n").text.to_pylist() for _, all_ in run.stream() for batch in all_]
    assert texts == [["1.50", "007"]]
    assert [(step.account.rows_in, step.account.rows_out) for step in run.steps[1:]] == [(2, 2)] * 2


def test_a_processor_keeps_the_call_that_made_it() -> None:
    step = writes([], broken=True)
    assert repr(step) == "writes([], broken=True)"
    assert (step.name, step.events, step.broken) == ("writes", [], True)
    with pytest.raises(AttributeError) as caught:
        step.missing  # noqa: B018 - what is tested
    assert str(caught.value) == "'Processor' object has no attribute 'missing'"


def test_a_processor_without_parameters_takes_no_arguments() -> None:
    @processor
    def nothing() -> Hooks:
        return Hooks()

    assert repr(nothing()) == "nothing()"
    with pytest.raises(TypeError) as caught:
        nothing(5)  # type: ignore[call-arg]  # the mistake under test
    assert str(caught.value) == (
        "nothing cannot be called so: too many positional arguments\n  fix: call it as nothing()."
    )
