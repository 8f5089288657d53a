"""tail: the last rows."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dataflows.processor import Hooks, processor
from dataflows.processors.rows.row_counts import check_row_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["tail"]


@processor
def tail(count: int = 10, *, resources: Resources = None) -> Hooks:
    """Keep the last rows.

    Schema: unchanged.
    Rows: the last of each resource, in their order, when all have come.
    Memory: the rows that are kept, and one batch.

    Args:
        count: How many rows to keep of each resource.
        resources: The resources to cut; all by default. The others pass as they are.

    Raises:
        ArgumentError: The number of rows is none.

    Examples:
        >>> from dataflows import Flow, tail
        >>> Flow([{"n": 1}, {"n": 2}, {"n": 3}], tail(2)).results()[0]
        [[{'n': 2}, {'n': 3}]]
    """
    check_row_count("count", count)

    def batches(stream: Stream) -> Iterator[Batch]:
        held: deque[Batch] = deque()
        rows = 0
        for batch in stream:
            held.append(batch)
            rows += batch.length
            while held and rows - held[0].length >= count:
                gone = held.popleft().length
                rows -= gone
                stream.tally.filtered += gone
        surplus = max(0, rows - count)
        while held:
            batch = held.popleft()
            stream.tally.filtered += surplus
            yield batch.slice(surplus, batch.length) if surplus else batch
            surplus = 0

    return Hooks(batches=batches, select=resources)
