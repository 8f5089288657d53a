from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.flow_control.finalizer import finalizer
from dataflows.processors.flow_control.update_stats import update_stats

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def fail(row: dict[str, Any]) -> None:
    raise ValueError(row["a"])


def test_it_is_called_once_when_the_outputs_are_complete(tmp_path: Path) -> None:
    seen = []

    def look() -> None:
        seen.append((tmp_path / "res_1.csv").read_text(encoding="utf-8"))

    flow = Flow([{"a": 1}], [{"b": 2}], finalizer(look), dump_to_path(str(tmp_path)))
    assert flow.results()[0] == [[{"a": 1}], [{"b": 2}]]
    assert seen == ["a\n1\n"]


def test_it_gets_the_stats_of_the_steps_before_it() -> None:
    seen = []

    def take(stats: dict[str, Any]) -> None:
        seen.append(dict(stats))
        stats["more"] = 1

    flow = Flow([{"a": 1}], update_stats({"x": 1}), finalizer(take), update_stats({"y": 2}))
    assert flow.process()[1] == {"x": 1, "y": 2}
    assert seen == [{"x": 1}]


def test_a_stream_that_it_starts_from_has_stats_before_it() -> None:
    seen: list[dict[str, Any]] = []
    before = Flow([{"a": 1}], update_stats({"x": 1})).datastream()
    flow = Flow(finalizer(lambda stats: seen.append({**stats})), update_stats({"y": 2}))
    after = flow.datastream(before)
    assert [list(resource) for resource in after.res_iter] == [[{"a": 1}]]
    assert seen == [{"x": 1}]


def test_it_takes_whatever_can_be_called() -> None:
    seen: list[Any] = []
    Flow(
        [{"a": 1}],
        finalizer(functools.partial(seen.append, 1)),
        finalizer(seen.clear),
        finalizer(lambda *, stats: seen.append(stats)),
    ).process()
    assert seen == [{}]


def test_no_rows_end_as_well() -> None:
    seen: list[int] = []
    assert Flow([{"a": 1}], lambda row: [], finalizer(lambda: seen.append(1))).results()[0] == [[]]
    assert seen == [1]


def test_a_flow_calls_it_in_each_run() -> None:
    seen: list[int] = []
    flow = Flow([{"a": 1}], finalizer(lambda: seen.append(1)))
    flow.process()
    flow.process()
    flow.check()
    assert seen == [1, 1]


@pytest.mark.parametrize("place", [0, 1])
def test_after_an_error_the_other_function_is_called_with_it(tmp_path: Path, place: int) -> None:
    """WEAKNESSES D: after an error nothing was called."""
    seen: list[Any] = []
    step = finalizer(
        lambda: seen.append("no"),
        on_failure=lambda error: seen.extend([error, (tmp_path / "res_1.csv").exists()]),
    )
    links: list[Any] = [dump_to_path(str(tmp_path)), fail]
    links.insert(place * 2, step)
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], *links).process()
    assert seen == [caught.value, False]
    with pytest.raises(ProcessorError):
        Flow([{"a": 1}], *links).results()
    assert len(seen) == 4


def test_after_ctrl_c_too() -> None:
    def interrupt(row: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    seen: list[BaseException] = []
    with pytest.raises(KeyboardInterrupt) as caught:
        Flow([{"a": 1}], finalizer(on_failure=seen.append), interrupt).process()
    assert seen == [caught.value]


def test_an_error_while_rows_are_read_from_the_stream_counts() -> None:
    seen: list[BaseException] = []
    stream = Flow([{"a": 1}], finalizer(on_failure=seen.append), fail).datastream()
    with pytest.raises(ProcessorError) as caught:
        [list(resource) for resource in stream.res_iter]
    assert seen == [caught.value]


def test_an_output_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    seen: list[str] = []
    folder = tmp_path / "file"

    def in_the_way(row: dict[str, Any]) -> None:
        (folder / "res_1.csv").mkdir(parents=True, exist_ok=True)
        (folder / "res_1.csv" / "x").touch()

    step = finalizer(lambda: seen.append("done"), on_failure=lambda error: seen.append("failed"))
    with pytest.raises(Exception, match="res_1"):
        Flow([{"a": 1}], in_the_way, dump_to_path(str(folder)), step).process()
    assert seen == ["failed"]


def test_neither_is_called_when_nobody_wants_more_rows() -> None:
    seen: list[Any] = []
    step = finalizer(lambda: seen.append(1), on_failure=seen.append)
    stream = Flow([{"a": 1}], step).datastream()
    next(iter(next(iter(stream.res_iter))))
    try:
        raise KeyError
    except KeyError:
        stream.res_iter.close()  # type: ignore[attr-defined]  # it is a run
    assert seen == []


def test_an_error_of_the_function_is_one_of_this_step() -> None:
    def end() -> None:
        raise ZeroDivisionError

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], finalizer(end), lambda row: None).process()
    assert str(caught.value) == (
        "ZeroDivisionError\n"
        "  at processor 2 of 3: finalizer(end)\n"
        f"     in end (test_finalizer.py, line {end.__code__.co_firstlineno})\n"
        "  fix: correct the function; the rows have gone through, and what was written stays."
    )


def test_stats_that_are_not_there_are_told_with_the_nearest() -> None:
    def end(stats: dict[str, Any]) -> None:
        assert stats["suorce"]

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], update_stats({"source": "A"}), finalizer(end)).process()
    assert str(caught.value) == (
        "KeyError: 'suorce'\n"
        "  at processor 3 of 3: finalizer(end)\n"
        f"     in end (test_finalizer.py, line {end.__code__.co_firstlineno})\n"
        "  fix: did you mean 'source'? The stats here are: source."
    )


def test_an_error_after_an_error_is_its_note() -> None:
    def again(error: BaseException) -> None:
        raise ZeroDivisionError

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], fail, finalizer(on_failure=again)).process()
    assert str(caught.value).splitlines()[0] == "ValueError: 1"
    (note,) = caught.value.__notes__
    assert note == (
        "and then: ProcessorError: ZeroDivisionError\n"
        "  at processor 3 of 3: finalizer(on_failure=again)\n"
        f"     in again (test_finalizer.py, line {again.__code__.co_firstlineno})"
    )


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (finalizer, "finalizer has nothing to call"),
        (lambda: finalizer("x"), "the callback of finalizer is a function, got 'x'"),  # type: ignore[arg-type]  # what is tested
        (lambda: finalizer(on_failure=1), "the on_failure of finalizer is a function, got 1"),  # type: ignore[arg-type]  # the same
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(make: Callable[[], Any], what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert (
        str(caught.value) == f"{what}\n  fix: write for instance finalizer(lambda: print('done'))."
    )


@given(st.lists(st.integers() | st.none(), min_size=1))
def test_the_rows_pass_as_they_are_before_it_is_called(values: list[int | None]) -> None:
    events: list[Any] = []
    rows = [{"a": value} for value in values]
    step = finalizer(lambda: events.append("end"))
    data = Flow(rows, step, lambda row: events.append(row["a"])).results(on_error=None)[0]
    assert (data, events) == ([rows], [*values, "end"])
