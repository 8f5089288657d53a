"""parallelize: a function of the row, run by several processes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.functions import describe_function, field_usage
from dataflows.processor import Hooks, processor
from dataflows.processors.flow_control.parallel_rows import ParallelRows
from dataflows.processors.flow_control.shipped_function import shipped
from dataflows.processors.flow_control.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["parallelize"]


@processor
def parallelize(
    row_func: Callable[[dict[str, Any]], Any],
    num_processors: int | None = None,
    resources: Resources = None,
    predicate: Callable[[dict[str, Any]], Any] | None = None,
) -> Hooks:
    """Run a function of the row in several processes.

    It pays where the function takes its time: from some 20 µs a row on, for calculations, or where
    it waits for something.

    Schema: unchanged: put `add_field` before it for what the function sets.
    Rows: as the function has it, in their order.
    Memory: two parcels of rows a process, of at most 8,192 rows each.

    Args:
        row_func: Called with each row, as any function of the ``row`` in a flow: what it changes
            in the row stays; it may return a dict in the place of the row, or an iterable of
            dicts. It works on copies of what it uses of the script: what it counts or appends
            there is not seen here. What it prints goes to standard error.
        num_processors: How many processes; by default one for each processor that this program
            may use (0.5.12 took twice that). They start as they are needed.
        resources: The resources it is for; all by default.
        predicate: Called, in this process, with each row; a row for which it is false passes as
            it is. All rows by default.

    The processes are new interpreters, to which the function is sent: lambdas and functions of a
    script or a notebook will do, and the script needs no ``if __name__ == "__main__":``.

    Raises:
        ArgumentError: The function is none, or there is no process to run it.
        FlowError: The function cannot be sent to another process.
        RowError: A worker process ended: it was killed, or ran out of memory.

    Examples:
        >>> from dataflows import Flow, parallelize
        >>> def count_letters(row):
        ...     row["size"] = len(row["city"])
        >>> rows = [{"city": "Rome", "size": 0}, {"city": "Reykjavík", "size": 0}]
        >>> Flow(rows, parallelize(count_letters, 2)).results()[0]
        [[{'city': 'Rome', 'size': 4}, {'city': 'Reykjavík', 'size': 9}]]
    """
    _check_function("row_func", row_func)
    if predicate is not None:
        _check_function("predicate", predicate)
    count: Any = num_processors
    if count is not None and (type(count) is not int or count < 1):
        what = f"num_processors is a number of processes from 1 on, got {shorten(count)}"
        raise ArgumentError(what, fix="give a number, or leave it out.")

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the signature of the hook
        try:
            step.state["function"] = shipped(row_func)
        except Exception as error:
            what = f"{describe_function(row_func)} cannot be sent to another process: {error}"
            fix = "create what cannot be sent inside the function."
            raise FlowError(what, fix=fix) from error

    def batches(stream: Stream) -> Iterator[Batch]:
        step = stream.step
        workers: Workers | None = step.state.get("workers")
        if workers is None:
            workers = Workers(step.state["function"], num_processors or _processors())
            step.state["workers"] = workers
            step.run.opened.append(workers)
        yield from ParallelRows(row_func, predicate, stream, workers)

    return Hooks(
        package=package,
        batches=batches,
        select=resources,
        functions=(row_func,) if predicate is None else (row_func, predicate),
        is_of_a_user=field_usage(row_func) is None,
    )


def _check_function(option: str, given: Any) -> None:
    if not callable(given):
        what = f"{option} is a function of the row, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance parallelize(my_function).")


def _processors() -> int:
    """Return how many processors this program may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
