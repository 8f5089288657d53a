"""Flows: what they answer, that they can run twice, and that they close what they open."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, Hooks, filter_rows, set_type
from dataflows.errors import FlowError, LinkError, ProcessorError
from dataflows.on_error import ignore
from dataflows.processor import Processor

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


def test_results_are_rows_package_and_stats() -> None:
    rows, package, stats = Flow(ROWS, [{"c": True}]).results()
    assert rows == [ROWS, [{"c": True}]]
    assert package.resource_names == ["res_1", "res_2"]
    assert stats == {}


def test_results_are_cast_at_the_end_and_complete() -> None:
    def spoil(row: dict[str, Any]) -> dict[str, Any]:
        return {"a": "7", "new": 1}

    assert Flow(ROWS[:1], spoil).results()[0] == [[{"a": 7, "b": None, "new": 1}]]
    assert Flow(ROWS[:1], spoil).results(on_error=None)[0] == [[{"a": "7", "new": 1}]]
    assert Flow(ROWS[:1], lambda row: {"a": "x"}).results(on_error=ignore)[0] == [
        [{"a": "x", "b": None}]
    ]


def test_process_gives_package_and_stats_and_keeps_no_rows() -> None:
    package, stats = Flow(ROWS).process()
    assert (package.resource_names, stats) == (["res_1"], {})


def test_run_tells_what_became_of_the_rows() -> None:
    result = Flow(ROWS, filter_rows("a > 1")).run()
    assert [(one.rows_in, one.rows_out, one.filtered) for one in result.accounts] == [
        (0, 2, 0),
        (2, 1, 1),
    ]
    assert result.package.resource_names == ["res_1"]
    assert result.seconds > 0


def test_a_flow_runs_twice_with_the_same_result() -> None:
    flow = Flow(
        ROWS,
        lambda row: {**row, "a": row["a"] + 1},
        lambda rows: (row for row in rows),
        set_type("a", type="number"),
        filter_rows("a > 2"),
    )
    assert flow.results()[0] == flow.results()[0] == [[{"a": 3, "b": "y"}]]
    assert flow.run().accounts[-1].rows_out == flow.run().accounts[-1].rows_out == 1


def test_an_empty_flow_says_so() -> None:
    for flow in (Flow(), Flow(Flow())):
        with pytest.raises(FlowError) as caught:
            flow.process()
        assert str(caught.value) == (
            "the flow is empty\n"
            "  fix: give it a source, such as load('data.csv') or a list of dicts."
        )


def keep_large(row: dict[str, Any]) -> dict[str, Any] | list[dict[str, Any]]:
    return row if row["a"] > 1 else []


def test_a_flow_goes_to_another_process_with_its_functions() -> None:
    flow = Flow(
        ROWS, Flow(keep_large), lambda row: row.update(b=row["a"]), set_type("b", type="any")
    )
    again = pickle.loads(pickle.dumps(flow))  # noqa: S301 - it was made here
    assert again.results()[0] == [[{"a": 2, "b": 2}]]
    assert repr(again) == repr(flow)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(Flow(ROWS, keep_large).results).result()[0] == [ROWS[1:]]


def test_a_flow_that_cannot_go_to_another_process_says_what_to_do() -> None:
    with pytest.raises(LinkError) as caught:
        pickle.dumps(Flow(iter(ROWS), (row for row in ROWS)))
    assert str(caught.value) == (
        "the flow cannot go to another process: cannot pickle 'generator' object\n"
        "  fix: make it there: send a function that returns the flow."
    )


def test_a_flow_can_be_copied() -> None:
    flow = Flow((row for row in ROWS), keep_large)
    assert copy.copy(flow).results()[0] == [ROWS[1:]]
    assert copy.deepcopy(Flow(ROWS, keep_large)).results()[0] == [ROWS[1:]]


def test_a_copied_flow_calls_the_functions_of_the_script() -> None:
    seen: list[Any] = []
    lock = threading.Lock()  # no pickle takes it

    def look(row: dict[str, Any]) -> None:
        with lock:
            seen.append(row["a"])

    copy.deepcopy(Flow(ROWS, look)).process()
    assert seen == [row["a"] for row in ROWS]


def test_a_link_that_is_none_is_refused_when_the_flow_is_made() -> None:
    with pytest.raises(LinkError):
        Flow(ROWS, None)


def fail(row: dict[str, Any]) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("flow", "position", "steps"),
    [
        (Flow(ROWS, fail), 2, 2),
        (Flow(ROWS, fail, filter_rows("a > 1"), lambda rows: rows), 2, 4),
        (Flow(ROWS, lambda rows: rows, fail), 3, 3),
        (Flow(Flow(ROWS), Flow(Flow(fail), lambda row: None)), 1, 1),
        (Flow(Flow(ROWS, lambda row: None, fail)), 3, 3),
    ],
    ids=["last", "middle", "after rows", "nested", "nested at its end"],
)
def test_the_right_step_is_blamed_by_its_position_in_its_own_flow(
    flow: Flow, position: int, steps: int
) -> None:
    with pytest.raises(ProcessorError) as caught:
        flow.process()
    error = caught.value
    assert isinstance(error.cause, ZeroDivisionError)
    assert (error.processor_position, error.where.steps, error.where.row) == (position, steps, 1)
    line = fail.__code__.co_firstlineno
    assert error.where.step == f"fail (test_flow.py, line {line})"


def test_a_step_of_a_flow_in_a_flow_is_placed_in_both() -> None:
    line = fail.__code__.co_firstlineno
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, Flow(lambda row: None, Flow(fail), lambda row: None)).process()
    assert str(caught.value) == (
        "ZeroDivisionError\n"
        f"  at processor 1 of 1: fail (test_flow.py, line {line})\n"
        "     inside processor 2 of 3: Flow(…)\n"
        "     inside processor 2 of 2: Flow(…)\n"
        "     resource 'res_1', row 1"
    )


def test_a_rows_function_at_the_end_is_blamed_as_such() -> None:
    def broken(rows: Any) -> Any:
        yield from rows
        raise ZeroDivisionError

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, broken).results()
    assert (caught.value.processor_name, caught.value.processor_position) == ("rows_processor", 2)


def test_all_of_the_package_phase_comes_before_any_row() -> None:
    events: list[str] = []

    def see(name: str) -> Any:
        def package(package: Any) -> Any:
            events.append(f"describe {name}")
            yield package.pkg
            for resource in package:
                events.append(f"{name} opens {resource.res.name}")
                yield resource
            events.append(f"{name} ends")

        return package

    Flow(ROWS, ROWS, see("A"), see("B")).process()
    assert events == [
        *("describe A", "describe B"),
        *("A opens res_1", "B opens res_1", "A opens res_2", "B opens res_2"),
        *("A ends", "B ends"),
    ]


def test_one_resource_is_done_before_the_next_is_opened() -> None:
    events: list[str] = []

    def source(name: str) -> Iterator[dict[str, Any]]:
        for number in range(101):
            if number == 100:
                events.append(f"last of {name}")
            yield {"name": name}

    def see(rows: Any) -> Any:
        events.append(f"open {rows.res.name}")
        yield from rows
        events.append(f"close {rows.res.name}")

    Flow(source("first"), source("second"), see).process()
    assert events == [
        *("open res_1", "last of first", "close res_1"),
        *("open res_2", "last of second", "close res_2"),
    ]


@pytest.mark.parametrize("count", [300, 2000])
def test_long_chains_of_functions_of_rows_run(count: int) -> None:
    if count == 2000:
        flow = Flow(ROWS, *[lambda rows: rows] * 2000)
        with pytest.raises(FlowError) as caught:
            flow.process()
        assert str(caught.value) == (
            "2,001 steps of the chain have a generator of their own, more than 2,000\n"
            "  fix: join some of the functions of rows or package into one."
        )
        return
    before = sys.getrecursionlimit()
    try:
        flow = Flow(ROWS, *[lambda rows: (row for row in rows)] * count)
        assert flow.results()[0] == [ROWS]
    finally:
        sys.setrecursionlimit(before)


class Cleanups:
    """Sources and steps that say when they are closed."""

    def __init__(self, folder: Path) -> None:
        self.closed: list[str] = []
        self.path = folder / "held.txt"
        self.path.write_text("held")

    def source(self) -> Iterator[dict[str, Any]]:
        try:
            with self.path.open():
                for number in range(10_000):
                    yield {"a": number}
        finally:
            self.closed.append("source")

    def rows(self, rows: Any) -> Any:
        try:
            with self.path.open():
                yield from rows
        finally:
            self.closed.append("rows")

    def package(self, package: Any) -> Any:
        try:
            yield package.pkg
            for resource in package:
                yield self._package_rows(resource)
        finally:
            self.closed.append("package")

    def _package_rows(self, resource: Any) -> Iterator[dict[str, Any]]:
        try:
            with self.path.open():
                yield from resource
        finally:
            self.closed.append("package rows")

    def batches(self) -> Processor:
        def batches(stream: Any) -> Any:
            try:
                with self.path.open():
                    yield from stream
            finally:
                self.closed.append("batches")

        return Processor("batches", Hooks(batches=batches))

    def flow(self, *more: Any) -> Flow:
        return Flow(self.source(), self.rows, self.package, self.batches(), *more)


EVERY = ["batches", "package", "package rows", "rows", "source"]


def open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    return sorted(str(one.readlink()) for one in folder.iterdir() if one.exists())


def late(row: dict[str, Any]) -> None:
    if row["a"] == 500:
        raise ZeroDivisionError


def read(flow: Flow, method: str) -> None:
    """Run a flow to its end by one of its methods."""
    made = getattr(flow, method)()
    if method == "datastream":
        streams.append(made)
        for resource in made.res_iter:
            list(resource)


streams: list[Any] = []


@pytest.mark.parametrize("method", ["process", "results", "run", "to_arrow", "datastream"])
def test_after_an_error_everything_is_closed_while_the_error_is_still_held(
    method: str, tmp_path: Path
) -> None:
    cleanups = Cleanups(tmp_path)
    flow = cleanups.flow(late)
    threads = threading.active_count()
    gc.disable()
    try:
        with pytest.raises(ProcessorError) as caught:
            read(flow, method)
        assert isinstance(caught.value.cause, ZeroDivisionError)
        del flow
        assert sorted(cleanups.closed) == EVERY
        assert str(cleanups.path) not in open_files()
        assert threading.active_count() == threads
    finally:
        gc.enable()


def test_a_stream_that_is_left_early_closes_everything(tmp_path: Path) -> None:
    cleanups = Cleanups(tmp_path)
    stream = cleanups.flow().datastream()
    for resource in stream.res_iter:
        assert next(iter(resource)) == {"a": 0}
        break
    stream.res_iter.close()  # type: ignore[attr-defined] # it is a generator
    assert sorted(cleanups.closed) == EVERY
    assert str(cleanups.path) not in open_files()


def test_rows_that_nobody_downstream_wants_are_not_pulled(tmp_path: Path) -> None:
    cleanups = Cleanups(tmp_path)

    def head(rows: Any) -> Any:
        for _, row in zip(range(3), rows, strict=False):
            yield row

    assert cleanups.flow(head).results()[0] == [[{"a": 0}, {"a": 1}, {"a": 2}]]
    assert sorted(cleanups.closed) == EVERY


def test_check_finds_what_functions_use_and_the_schema_lacks() -> None:
    def total(row: dict[str, Any]) -> None:
        row["total"] = row["amuont"] * 2

    check = Flow([{"amount": 1}], total).check()
    line = total.__code__.co_firstlineno
    assert not check
    assert check.problems == [
        (
            "no field named 'amuont'\n"
            f"  at processor 2 of 2: total (test_flow.py, line {line})\n"
            f"     resource 'res_1', line {line + 1}\n"
            "  fix: did you mean 'amount'? The fields here are: amount."
        ),
        (
            "the field 'total' is set, but it is not in the schema\n"
            f"  at processor 2 of 2: total (test_flow.py, line {line})\n"
            f"     resource 'res_1', line {line + 1}\n"
            "  fix: put add_field('total', type) before it, or the value is not in the output."
        ),
    ]
    assert Flow(ROWS, lambda row: row["a"]).check()


def test_a_flow_is_shown_and_explained_link_by_link() -> None:
    flow = Flow(ROWS, Flow(filter_rows("a > 1")), set_type("a", type="number"))
    assert repr(flow) == (
        "Flow(\n"
        "  list of rows,\n"
        "  Flow(\n"
        "    filter_rows('a > 1'),\n"
        "  ),\n"
        "  set_type('a', type='number'),\n"
        ")"
    )
    assert str(flow.explain()) == (
        "1. list of rows\n"
        "   + resource res_1: a: integer, b: string\n"
        "   2.1. filter_rows('a > 1')  [columns]\n"
        "3. set_type('a', type='number')  [columns]\n"
        "   res_1: a: integer → number\n"
        "= resource res_1: a: number, b: string"
    )
