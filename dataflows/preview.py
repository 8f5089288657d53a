"""Preview: the first rows of a flow, read without writing anything."""

from __future__ import annotations

import dataclasses
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from dataflows.chain import Run, closing_streams
from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, Processor
from dataflows.showing.paper import Paper
from dataflows.showing.rows import Rows, row_lines
from dataflows.signals import ending_politely
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain_link import ChainLink
    from dataflows.streams import Stream

__all__ = ["check_count", "first_rows", "previewed", "print_rows", "read_first", "without_outputs"]


def without_outputs(run: Run) -> None:
    """Make a run write and print nothing: its dumps and its printers let the rows pass.

    Args:
        run: A run after its package phase.
    """
    for step in run.every_step():
        made_by = step.hooks.attributes.get("processor_object")
        hooks = step.hooks
        if hooks.drains or hooks.watches or hasattr(made_by, "join_run"):
            step.hooks = dataclasses.replace(
                hooks, batch=None, batches=None, row=None, rows=None, resources=None, drains=False
            )
    run.sinks.abort()
    run.outputs.clear()
    run.endings.clear()


@contextmanager
def previewed(links: Iterable[ChainLink]) -> Iterator[Run]:
    """Open a run that writes nothing, after its package phase; it ends with the block.

    Args:
        links: The links of the chain.
    """
    run = Run(links)
    with ending_politely(), closing(run):
        run.describe()
        without_outputs(run)
        yield run


def first_rows(count: int) -> Processor:
    """Return the step that lets the first rows of each resource pass, and asks for no more."""

    def batches(stream: Stream) -> Iterator[Batch]:
        left = count
        for batch in stream if left else ():
            kept = batch.slice(0, min(left, batch.length))
            stream.tally.filtered += batch.length - kept.length
            left -= kept.length
            yield kept
            if not left:
                return

    return Processor("first_rows", Hooks(batches=batches), f"the first {count} rows")


def read_first(run: Run, name: str | None = None) -> list[Rows]:
    """Return the rows of each resource, or of one: those of the others are not asked for.

    Args:
        run: A run after its package phase, which `first_rows` ends.
        name: The name of the one resource.
    """
    without_outputs(run)
    found = []
    with ending_politely(), closing_streams(run.stream()) as streams:
        # The stream is never drawn to its end: that would complete the run.
        for _, (resource, batches) in zip(run.package.resources, streams, strict=False):
            if name is None or resource.name == name:
                rows: list[dict[str, Any]] = [row for batch in batches for row in batch.rows()]
                found.append(Rows(rows, resource.fields, resource.name))
            if resource.name == name:
                break
    return found


def print_rows(rows: Rows, count: int) -> None:
    """Print rows, under the name of their resource.

    Args:
        rows: The rows.
        count: How many were asked for: if there are fewer, there are no more.
    """
    paper = Paper.of(sys.stdout)
    some = len(rows) < count or not count
    title = counted(len(rows), "row") if some else f"first {counted(count, 'row')}"
    heading = [(paper.shown(rows.name), "bold"), (f": {title}", "")]
    sys.stdout.write(paper.text([heading, *row_lines(rows, paper)]))


def check_count(count: Any, option: str) -> int:
    """Return a number of rows.

    Raises:
        ArgumentError: It is none.
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        what = f"{option} must be a number of rows, 0 or more, got {shorten(count)}"
        raise ArgumentError(what, fix=f"write for instance {option}=10.")
    return count
