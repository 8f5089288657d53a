"""RowStore: rows that wait on disk, to come back in another order.

The first megabytes stay in memory. Of more rows than that, each is written twice, and always one
after the other: as it comes, then into the part of the result where it belongs, which is as large
as what memory may hold. So rows of any width are brought into any order in bounded memory, without
a jump on the disk for each.
"""

from __future__ import annotations

import contextlib
import tempfile
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.logs import logger_of
from dataflows.spill.spool import no_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RowStore"]

MEMORY_BYTES = 16 << 20
"""How much stays in memory; parts of the result are as large."""

_LOGGER = logger_of(__name__)
_MOST_PARTS = 512  # each chunk of the rows is cut for all parts: of huge tables these grow instead
_ROWS_OUT = 16_384
_BYTES_OUT = 4 << 20
_PLACE = "place"


class RowStore:
    """Record batches of one schema, and their rows in another order.

    Examples:
        >>> store = RowStore()
        >>> store.add(pa.record_batch({"city": ["Rome", "Oslo", "Bonn"]}))
        >>> order = iter([pa.array([2, 1, 0])])
        >>> [rows.to_pylist() for rows in store.in_order(order, lambda places: places)]
        [[{'city': 'Bonn'}, {'city': 'Oslo'}, {'city': 'Rome'}]]
        >>> store.close()
    """

    def __init__(self) -> None:
        self._kept: list[pa.RecordBatch] = []
        self._file: _Messages | None = None
        self._parts: _Messages | None = None
        self._written: list[tuple[int, int]] = []
        self._rows = 0
        self._bytes = 0

    def add(self, record: pa.RecordBatch) -> None:
        """Put rows after those that are there.

        Raises:
            FlowError: The disk has no room for them.
        """
        self._rows += record.num_rows
        self._bytes += record.nbytes
        self._kept.append(record)
        if self._bytes > MEMORY_BYTES:
            if self._file is None:
                self._file = _Messages()
                _LOGGER.info("rows to be put in order are more than fit into memory: on to disk")
            self._written += map(self._file.write, self._kept)
            self._kept = []

    def in_order(
        self,
        order: Iterator[pa.Array],
        inverted: Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]],
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows in another order.

        Args:
            order: The positions of the rows, from 0, in the order wanted. All rows must be there
                when the first of them come.
            inverted: Sorts record batches by ``position``.

        Raises:
            FlowError: The disk has no room.
        """
        first = next(order, None)
        if first is None:
            return
        order = chain([first], order)
        if self._file is None:
            rows = _joined(self._kept)
            self._kept = []
            for positions in order:
                for start in range(0, len(positions), self._rows_out):
                    yield rows.take(positions.slice(start, self._rows_out))
            return
        most = max(MEMORY_BYTES, self._bytes // _MOST_PARTS)
        parts = -(-self._bytes // most)
        rows_of_a_part = -(-self._rows // parts)
        for part in self._divided(inverted(_with_places(order)), most, rows_of_a_part):
            for start in range(0, part.num_rows, self._rows_out):
                yield part.slice(start, self._rows_out).select(part.schema.names[:-1])

    @property
    def _rows_out(self) -> int:
        """How many rows come out at once: fewer where they are wide."""
        return max(1, min(_ROWS_OUT, _BYTES_OUT * self._rows // max(1, self._bytes)))

    def close(self) -> None:
        """Give the memory and the disk back; more than once does no harm."""
        self._kept = []
        for file in (self._file, self._parts):
            if file is not None:
                file.close()

    def _divided(
        self, places: Iterator[pa.RecordBatch], most: int, rows_of_a_part: int
    ) -> Iterator[pa.RecordBatch]:
        """Yield the parts of the result, one after the other."""
        file = self._parts = _Messages()
        found: dict[int, list[tuple[int, int]]] = {}
        schema = None
        for rows in self._with_places(places, most):
            schema = rows.schema
            numbers = pc.divide(rows.column(_PLACE), rows_of_a_part)
            for part, start, stop in _runs(numbers):
                piece = rows.slice(start, stop - start)
                found.setdefault(part, []).append(file.write(piece))
        if self._file is not None:
            self._file.close()
        for part in sorted(found):
            rows = _joined([file.read(place, schema) for place in found[part]])
            yield rows.take(pc.sort_indices(rows.column(_PLACE)))

    def _with_places(self, places: Iterator[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows, as many at once as memory may hold, with their places, by these."""
        waiting = _Waiting(places)
        for chunk in self._chunks(most):
            place = waiting.take(chunk.num_rows)
            by_place = pc.sort_indices(place)
            rows = chunk.take(by_place)
            names = [*chunk.schema.names, _PLACE]
            yield pa.record_batch([*rows.columns, place.take(by_place)], names)

    def _chunks(self, most: int) -> Iterator[pa.RecordBatch]:
        chunk: list[pa.RecordBatch] = []
        size = 0
        for record in self._records():
            chunk.append(record)
            size += record.nbytes
            if size >= most:
                yield _joined(chunk)
                chunk, size = [], 0
        if chunk:
            yield _joined(chunk)

    def _records(self) -> Iterator[pa.RecordBatch]:
        if self._file is not None:
            for place in self._written:
                yield self._file.read(place, self._file.schema)
        yield from self._kept


class _Messages:
    """A private file of record batches, which has no name where the system allows that."""

    def __init__(self) -> None:
        self.schema: pa.Schema | None = None
        try:
            self._file: BinaryIO = tempfile.TemporaryFile(prefix="dataflows-")  # noqa: SIM115 - closed by `close`
        except OSError as error:
            raise no_room(error) from error
        self._end = 0

    def write(self, record: pa.RecordBatch) -> tuple[int, int]:
        """Write a record batch; return where it stands."""
        self.schema = record.schema
        message = record.serialize()
        try:
            self._file.seek(self._end)
            self._file.write(message)
        except OSError as error:
            raise no_room(error) from error
        start, self._end = self._end, self._end + message.size
        return start, message.size

    def read(self, place: tuple[int, int], schema: pa.Schema) -> pa.RecordBatch:
        """Return the record batch that stands there."""
        start, size = place
        try:
            self._file.seek(start)  # what was not written yet is, here
        except OSError as error:
            raise no_room(error) from error
        return pa.ipc.read_record_batch(pa.py_buffer(self._file.read(size)), schema)

    def close(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):  # it cannot take its last bytes: nobody wants them
            self._file.close()


class _Waiting:
    """Places that come in batches of one size and are wanted in another."""

    def __init__(self, records: Iterator[pa.RecordBatch]) -> None:
        self._records = records
        self._left = pa.array([], pa.int64())

    def take(self, count: int) -> pa.Int64Array:
        """Return the next places."""
        arrays, missing = [self._left], count - len(self._left)
        while missing > 0:
            array = next(self._records).column(_PLACE)
            arrays.append(array)
            missing -= len(array)
        every = pa.concat_arrays(arrays)
        self._left = every.slice(count)
        return every.slice(0, count)


def _joined(records: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(records) == 1:
        return records[0]
    (joined,) = pa.Table.from_batches(records).combine_chunks().to_batches() or records[:1]
    return joined


def _with_places(order: Iterator[pa.Array]) -> Iterator[pa.RecordBatch]:
    seen = 0
    for positions in order:
        places = pa.array(range(seen, seen + len(positions)), pa.int64())
        seen += len(positions)
        yield pa.record_batch([positions, places], ["position", _PLACE])


def _runs(numbers: pa.Int64Array) -> Iterator[tuple[int, int, int]]:
    """Yield each number of a sorted array with where it begins and ends."""
    encoded = pc.run_end_encode(numbers)
    start = 0
    pairs = zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True)
    for number, stop in pairs:
        yield number, start, stop
        start = stop
