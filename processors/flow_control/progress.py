"""progress: how many rows have passed, while a flow runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.flow_control.progress_report import ProgressReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from dataflows.batch import Batch
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["progress"]


@processor
def progress(
    every_seconds: float = 1.0,
    *,
    total: int | None = None,
    file: TextIO | None = None,
    resources: Resources = None,
) -> Hooks:
    """Show how many rows have passed, and how fast.

    On a terminal it is a bar that stays in its place, elsewhere a line from time to time. It is
    brought up to date when rows pass.

    Schema: unchanged.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        every_seconds: How often; what takes less time than this shows nothing.
        total: How many rows there will be in each resource, where that is known: shown with the
            part that is done and the time that is left.
        file: Where to; by default standard error, or the cell of the notebook.
        resources: The resources to report; all by default. Each has its own report.

    Raises:
        ArgumentError: A time or a number of rows that cannot be.

    Examples:
        >>> import sys
        >>> from dataflows import Flow, progress
        >>> rows = [{"city": "Rome"}, {"city": "Oslo"}]
        >>> Flow(rows, progress(file=sys.stdout)).results()[0]
        [[{'city': 'Rome'}, {'city': 'Oslo'}]]
    """
    given: Any = every_seconds
    if not isinstance(given, (int, float)) or isinstance(given, bool) or not given >= 0:
        what = f"every_seconds is a number of seconds, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance progress(5).")
    given = total
    if given is not None and (type(given) is not int or given < 0):
        what = f"total is a number of rows, got {shorten(given)}"
        raise ArgumentError(what, fix="give the number of rows, or leave it out.")

    def batches(stream: Stream) -> Iterator[Batch]:
        with ProgressReport(stream.target.name, every_seconds, total, file) as report:
            for batch in stream:
                report.add(batch.length)
                yield batch

    return Hooks(batches=batches, select=resources, watches=True)
