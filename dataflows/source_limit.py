"""Limit: the first rows of every source of a run, to try a flow on a part of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.streams import Stream

__all__ = ["limited_source"]


def limited_source(batches: Iterable[Batch], count: int, stream: Stream) -> Iterator[Batch]:
    """Yield the first rows of a resource that a step adds, and ask for no more.

    What the step has made of rows that came in, as a join does, is no source and goes on whole:
    its rows are the first ones already.

    Args:
        batches: The rows of the resource.
        count: How many rows.
        stream: The stream of the step, whose account forgets the rows that nobody gets.
    """
    left, step = count, stream.step
    try:
        for batch in batches:
            if step.account.rows_in or step.reading is not None:
                yield batch
                continue
            kept = batch if batch.length <= left else batch.slice(0, left)
            if not stream.tally.settles:
                stream.tally.added -= batch.length - kept.length
            left -= kept.length
            yield kept
            if not left:
                return
    finally:
        close = getattr(batches, "close", None)
        if close is not None:
            close()
