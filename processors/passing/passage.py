"""Passage: rows that are looked at to their end while they go on to whoever wants them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dataflows.processors.passing.stacked import mutable_fields, with_own_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.streams import Stream

__all__ = ["Passage", "holder"]


class Passage:
    """The batches of a stream, each looked at when it passes.

    A later step may stop asking for rows before the last; `finish` looks at the rest. Where an
    output may come back for that rest at the end of the run, it is held until then.

    Args:
        stream: The stream.
        look: Called with each batch; returns what goes on.
    """

    def __init__(self, stream: Stream, look: Callable[[Batch], Batch]) -> None:
        self._batches = iter(stream)
        self._look = look
        self._waiting: deque[Batch] = deque()
        self._holds = any(step.hooks.drains for step in stream.run.steps)

    def batches(self) -> Iterator[Batch]:
        """Yield the batches."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            batch = next(self._batches, None)
            if batch is None:
                return
            yield self._look(batch)

    def finish(self) -> None:
        """Look at what nobody has asked for."""
        for batch in self._batches:
            passed = self._look(batch)
            if self._holds:
                self._waiting.append(passed)


def holder(held: list[Batch], stream: Stream) -> Callable[[Batch], Batch]:
    """Return what puts into a list, for a `Passage`, each batch as it is when it passes."""
    mutable = mutable_fields(stream)

    def look(batch: Batch) -> Batch:
        held.append(with_own_values(batch.copy(), mutable))
        return batch

    return look
