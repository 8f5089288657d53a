"""Values of a field with their counts: on disk when they are many, in their order at the end."""

from __future__ import annotations

import contextlib
import tempfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.spill.spool import no_room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Aside", "Counted", "merged"]

_PART_ROWS = 16_384

# The texts of distinct values, where each stands on a line (None: on none), and their counts.
Counted = tuple[list[str], list[float | None], list[int]]


class Aside:
    """Counted values that wait in a temporary file."""

    def __init__(self, schema: pa.Schema) -> None:
        self._file = tempfile.TemporaryFile(prefix="dataflows-")  # noqa: SIM115 - closed by `close`
        self._writer = pa.ipc.new_stream(self._file, schema)

    def write(self, records: pa.RecordBatch) -> None:
        """Write some; raise FlowError when the disk is full."""
        try:
            self._writer.write_batch(records)
            self._file.flush()
        except OSError as error:
            raise no_room(error) from error

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield all of them, in small parts."""
        self._writer.close()
        self._file.seek(0)
        for records in pa.ipc.open_stream(self._file):
            for start in range(0, records.num_rows, _PART_ROWS):
                yield records.slice(start, _PART_ROWS)

    def close(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):  # it cannot take its last bytes: nobody wants them
            self._file.close()


def merged(batches: Iterable[pa.RecordBatch], keys: list[str]) -> Iterator[Counted]:
    """Yield values in their order with the sums of the counts of those that are equal."""
    held: tuple[Any, ...] | None = None
    held_text, held_at, held_count = "", None, 0
    for batch in batches:
        columns = [batch.column(name) for name in keys]
        starts = _starts(columns, batch.num_rows)
        texts = batch.column("text").take(starts).to_pylist()
        positions = batch.column("at").take(starts).to_pylist()
        sums = [0, *pc.cumulative_sum(batch.column("count")).to_pylist()]
        first = starts.to_pylist()
        counts = [
            sums[end] - sums[start]
            for start, end in zip(first, [*first[1:], batch.num_rows], strict=True)
        ]
        if held == tuple(column[0].as_py() for column in columns):
            texts[0] = held_text
            counts[0] += held_count
        elif held is not None:
            yield [held_text], [held_at], [held_count]
        held = tuple(column[-1].as_py() for column in columns)
        held_text, held_at, held_count = texts.pop(), positions.pop(), counts.pop()
        yield texts, positions, counts
    if held is not None:
        yield [held_text], [held_at], [held_count]


def _starts(columns: list[pa.Array], rows: int) -> pa.Array:
    """Return where in sorted columns another value begins."""
    other = pa.repeat(pa.scalar(value=False), rows - 1)
    for column in columns:
        other = pc.or_(other, pc.not_equal(column.slice(1), column.slice(0, rows - 1)))
    ends = pc.indices_nonzero(other).to_pylist()
    return pa.array([0, *(end + 1 for end in ends)], pa.int64())
