"""UniqueKeys: rows whose keys an earlier row has, at any number of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import CastError
from dataflows.on_error import Rejects
from dataflows.processors.checks.expectations import FIX, shown, value_of
from dataflows.spill.database import Spill
from dataflows.spill.keys import Key, hashables, key_values, kind_of
from dataflows.spill.spool import Spool
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflows.on_error import Failure
    from dataflows.streams import Stream

    Settle = Callable[[Batch, list[Failure]], Batch]

__all__ = ["UniqueKeys"]

_MOST_KEYS = 500_000
_IN_MEMORY = -1  # stands for the place of a row that has passed already


class UniqueKeys:
    """Finds the rows of a stream whose keys are not their own.

    Up to a number of keys it knows at once. The rows that come then wait on disk, and are looked at
    together when all have come.

    Args:
        names: The fields that make the key; a row where one is missing has none.
        stream: The stream.
        most: How many keys are held in memory.
    """

    def __init__(self, names: tuple[str, ...], stream: Stream, most: int = _MOST_KEYS) -> None:
        self._names = names
        self._stream = stream
        self._most = most
        self._codecs = codecs_of(stream.resource, names)
        self._kinds = [kind_of(self._codecs[name].type) for name in names]
        self._parts = [Key(kind, f"key_{number}") for number, kind in enumerate(self._kinds)]
        # The number of the first row of each key.
        self._first: dict[Any, int] = {}
        self._waiting: Spool | None = None
        self._seen: list[int] = []

    def settled(self, batches: Iterable[Batch], settle: Settle) -> Iterator[Batch]:
        """Yield the batches after `settle` has seen the failures of each.

        Args:
            batches: The batches.
            settle: Returns what a policy leaves of a batch.
        """
        for batch in batches:
            if len(self._first) < self._most:
                yield settle(batch, self._failures(batch))
                continue
            if self._waiting is None:
                self._waiting = Spool(codecs_of(self._stream.resource))
                self._stream.run.opened.append(self._waiting)
            self._waiting.write(batch)
            self._seen.append(self._stream.seen)
        if self._waiting is not None:
            yield from self._of_the_waiting(self._waiting, settle)
            self._waiting.close()

    def _failures(self, batch: Batch) -> list[Failure]:
        failures = []
        for index, key in enumerate(self._keys(batch)):
            if key is not None:
                number = batch.number(index)
                first = self._first.setdefault(key, number)
                if first != number:
                    failures.append(self._failure(batch, index, first))
        return failures

    def _failure(self, batch: Batch, index: int, first: int) -> Failure:
        value = value_of(batch, self._names, index)
        return index, value, CastError(f"{shown(value)} is in row {first:,} already", fix=FIX)

    def _keys(self, batch: Batch) -> list[Any]:
        columns = [
            hashables(column, kind, batch)
            for column, kind in zip(
                key_values(batch, self._names, self._codecs), self._kinds, strict=True
            )
        ]
        if len(columns) == 1:
            return columns[0]
        return [None if None in key else key for key in zip(*columns, strict=True)]

    def _of_the_waiting(self, waiting: Spool, settle: Settle) -> Iterator[Batch]:
        repeated = self._repeated(waiting)
        place, (row, first) = 0, next(repeated, (None, 0))
        for batch, seen in zip(waiting, self._seen, strict=True):
            failures = []
            while row is not None and row < place + batch.length:
                failures.append(self._failure(batch, row - place, first))
                row, first = next(repeated, (None, 0))
            place += batch.length
            if not isinstance(self._stream.policy, Rejects):
                self._stream.seen = seen
            yield settle(batch, failures)

    def _repeated(self, waiting: Spool) -> Iterator[tuple[int | None, int]]:
        """Yield the places of the waiting rows with a key of an earlier row, and its number."""
        names = [name for part in self._parts for name in part.names]
        keys = ", ".join(names)
        known = " AND ".join(f"{part.names[0]} IS NOT NULL" for part in self._parts)
        sql = f"""SELECT place, first_value(number) OVER (PARTITION BY {keys} ORDER BY place)
            FROM feed WHERE {known}
            QUALIFY place >= 0 AND row_number() OVER (PARTITION BY {keys} ORDER BY place) > 1
            ORDER BY place
        """  # noqa: S608 - made of our own names
        fed = self._fed(waiting, [*names, "place", "number"])
        for record in Spill.of(self._stream.run).over(fed, sql):
            places, firsts = (column.to_pylist() for column in record.columns)
            yield from zip(places, firsts, strict=True)

    def _fed(self, waiting: Spool, names: list[str]) -> Iterator[pa.RecordBatch]:
        yield pa.record_batch(self._of_memory(), names)
        place = 0
        for batch in waiting:
            columns = key_values(batch, self._names, self._codecs)
            arrays = self._arrays(columns, batch)
            end = place + batch.length
            arrays.append(pa.array(range(place, end), pa.int64()))
            arrays.append(pa.array(map(batch.number, range(batch.length)), pa.int64()))
            place = end
            yield pa.record_batch(arrays, names)

    def _of_memory(self) -> list[pa.Array]:
        """Return the keys in memory as Arrow columns, and let go of them."""
        keys, numbers = list(self._first), list(self._first.values())
        self._first = {}
        several = len(self._names) > 1 and keys
        lists = list(zip(*keys, strict=True)) if several else [keys] * len(self._names)
        arrays: list[pa.Array] = []
        for name, part, values in zip(self._names, self._parts, lists, strict=True):
            if part.kind == "bytes":
                arrays.append(pa.array(values, pa.binary()))
            else:
                codec = self._codecs[name]
                column = Column(codec, values=list(values))
                arrays += part.arrays(column, codec, Batch.from_rows([], []))
        places = pa.repeat(pa.scalar(_IN_MEMORY, pa.int64()), len(numbers))
        return [*arrays, places, pa.array(numbers, pa.int64())]

    def _arrays(self, columns: list[Column], batch: Batch) -> list[pa.Array]:
        made: list[pa.Array] = []
        for name, part, column in zip(self._names, self._parts, columns, strict=True):
            made += part.arrays(column, self._codecs[name], batch)
        return made
