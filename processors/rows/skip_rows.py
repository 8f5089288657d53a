"""skip_rows: all rows but the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.processor import Hooks, processor
from dataflows.processors.rows.row_counts import check_row_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["skip_rows"]


@processor
def skip_rows(count: int, *, resources: Resources = None) -> Hooks:
    """Leave out the first rows.

    Lines above the header of a file are no rows: `load` passes them by with ``headers=3``, say.

    Schema: unchanged.
    Rows: all of each resource but the first, in their order.
    Memory: one batch.

    Args:
        count: How many rows to leave out of each resource.
        resources: The resources to cut; all by default. The others pass as they are.

    Raises:
        ArgumentError: The number of rows is none.

    Examples:
        >>> from dataflows import Flow, skip_rows
        >>> Flow([{"n": 1}, {"n": 2}, {"n": 3}], skip_rows(2)).results()[0]
        [[{'n': 3}]]
    """
    check_row_count("count", count)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        def work(batch: Batch) -> Batch:
            skipped = min(max(0, count - stream.seen), batch.length)
            stream.tally.filtered += skipped
            return batch.slice(skipped, batch.length) if skipped else batch

        return work

    return Hooks(batch=batch, select=resources)
