"""Pairs: every row of a stream beside every row of another resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.column import Column
from dataflows.package import clone
from dataflows.processors.passing.stacked import mutable_fields, stack, take_repeatedly
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.streams import Stream

__all__ = ["Pairs"]

_MOST_ROWS = 16_384


class Pairs:
    """Puts the rows of a source beside each row of a stream.

    Args:
        source: The batches of the source.
        names: The names of the fields in the result, with those in the source.
        stream: The stream.
        target: The resource as it leaves the step.
    """

    def __init__(
        self, source: list[Batch], names: dict[str, str], stream: Stream, target: Resource
    ) -> None:
        self._length = sum(batch.length for batch in source)
        self._columns = {
            name: stack([batch.column(old) for batch in source]) if source else Column.null(0)
            for name, old in names.items()
        }
        source.clear()
        self._mutable = mutable_fields(stream)
        self._made_mutable = {
            name for name, codec in codecs_of(target, names).items() if codec.mutable
        }
        self._names = target.fields.field_names
        self._stream = stream

    def batches(self) -> Iterator[Batch]:
        """Yield the pairs, at most some ten thousand at once."""
        tally = self._stream.tally
        at_once = max(1, _MOST_ROWS // max(1, self._length))
        for batch in self._stream:
            if not self._length:
                tally.filtered += batch.length
                continue
            tally.added += batch.length * (self._length - 1)
            for first in range(0, batch.length, at_once):
                rows = range(first, min(first + at_once, batch.length))
                for start in range(0, self._length, _MOST_ROWS):
                    stop = min(start + _MOST_ROWS, self._length)
                    yield self._pairs(batch, rows, start, stop)

    def _pairs(self, batch: Batch, rows: range, start: int, stop: int) -> Batch:
        count = stop - start
        indices = [row for row in rows for _ in range(count)]
        made = take_repeatedly(batch, indices, self._mutable)
        own = list(range(start, stop)) * len(rows)
        for name, column in self._columns.items():
            taken = column.take(own)
            if name in self._made_mutable and taken.text is None:
                taken = Column(taken.codec, values=clone(taken.values))
            made.set_columns({name: taken})
        made.arrange(self._names)
        return made
