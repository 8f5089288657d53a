"""The keys that rows have had so far, at any number."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.spill.database import Spill
from dataflows.spill.keys import Key, hashables
from dataflows.spill.spool import Spool
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.processors.groups.grouping import GroupKey
    from dataflows.streams import Stream

__all__ = ["SeenKeys"]

MOST_KEYS = 500_000
"""Keys that are held in memory."""

MOST_TEXT = 64_000_000
"""Characters in them."""


class SeenKeys:
    """Tells the rows whose keys are new.

    Up to a number of keys it knows at once; rows whose keys are not among these wait on disk, and
    are looked at together when all rows have come.

    Args:
        key: The parts of the key.
        stream: The stream that the rows are from.
    """

    def __init__(self, key: list[GroupKey], stream: Stream) -> None:
        self._key = key
        self._stream = stream
        self._seen: set[Any] = set()
        self._text = 0
        self._rows = 0
        self._waiting: Spool | None = None

    def new_rows(self, batch: Batch) -> Batch:
        """Return the rows of a batch whose keys are seen for the first time, as far as known."""
        keys = self._keys(batch)
        self._rows += batch.length
        seen = self._seen
        if len(seen) > MOST_KEYS or self._text > MOST_TEXT:
            others = [key not in seen for key in keys]
            if any(others):
                self._wait(batch.filter(others))
            return batch.filter([False] * batch.length)
        new = []
        for key in keys:
            new.append(key not in seen)
            seen.add(key)
        self._text += sum(map(_length, compress(keys, new)))
        return batch.filter(new)

    def later_rows(self) -> Iterator[Batch]:
        """Yield the rows that had to wait and are the first of their keys."""
        if self._waiting is None:
            return
        self._seen = set()
        parts = [Key(one.kind, f"key_{number}") for number, one in enumerate(self._key)]
        names = [name for part in parts for name in part.names]
        waiting = self._waiting

        def keyed() -> Iterator[pa.RecordBatch]:
            row = 0
            for batch in waiting:
                arrays: list[pa.Array] = []
                for part, one in zip(parts, self._key, strict=True):
                    arrays += part.arrays(one.column(batch, row), one.codec, batch)
                numbers = pa.array(range(row, row + batch.length), pa.int64())
                row += batch.length
                yield pa.record_batch([*arrays, numbers], [*names, "row"])

        sql = f"SELECT min(row) AS row FROM feed GROUP BY {', '.join(names)} ORDER BY row"  # noqa: S608 - our own names
        firsts = _rows_of(Spill.of(self._stream.run).over(keyed(), sql))
        row, first = 0, next(firsts, None)
        for batch in waiting:
            kept = []
            while first is not None and first < row + batch.length:
                kept.append(first - row)
                first = next(firsts, None)
            row += batch.length
            if kept:
                yield batch.take(kept)
        waiting.close()

    def _keys(self, batch: Batch) -> list[Any]:
        parts = [hashables(one.column(batch, self._rows), one.kind, batch) for one in self._key]
        return parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))

    def _wait(self, batch: Batch) -> None:
        if self._waiting is None:
            self._waiting = Spool(codecs_of(self._stream.resource))
            self._stream.run.opened.append(self._waiting)
        self._waiting.write(batch)


def _length(key: Any) -> int:
    """Return how many characters a key holds."""
    if type(key) is tuple:
        return sum(map(_length, key))
    return len(key) if type(key) in (str, bytes) else 0


def _rows_of(records: Iterator[pa.RecordBatch]) -> Iterator[int]:
    for record in records:
        yield from record.column("row").to_pylist()
