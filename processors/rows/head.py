"""head: the first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.processor import Hooks, processor
from dataflows.processors.rows.row_counts import check_row_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["head"]


@processor
def head(count: int = 10, *, skip: int = 0, resources: Resources = None) -> Hooks:
    """Keep the first rows, and read no more of the source.

    What is written to files before this step is written whole all the same.

    Other tools call this limit, or the top rows.

    Schema: unchanged.
    Rows: the first of each resource, in their order.
    Memory: one batch.

    Args:
        count: How many rows to keep of each resource.
        skip: How many rows to leave out before them.
        resources: The resources to cut; all by default. The others pass as they are.

    Raises:
        ArgumentError: A number of rows is none.

    Examples:
        >>> from dataflows import Flow, head
        >>> rows = [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]
        >>> Flow(rows, head(2)).results()[0]
        [[{'n': 1}, {'n': 2}]]
        >>> Flow(rows, head(2, skip=1)).results()[0]
        [[{'n': 2}, {'n': 3}]]
    """
    start = check_row_count("skip", skip)
    stop = start + check_row_count("count", count)

    def batches(stream: Stream) -> Iterator[Batch]:
        if start == stop:
            return
        for batch in stream:
            first = min(max(0, start - stream.seen), batch.length)
            kept = batch.slice(first, min(stop - stream.seen, batch.length))
            stream.tally.filtered += batch.length - kept.length
            yield kept
            if stream.seen + batch.length >= stop:
                return

    return Hooks(batches=batches, select=resources)
