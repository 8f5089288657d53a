"""Sorting: batches of any size in another order, every value, text and row number kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dataflows.batch_coder import BatchCoder
from dataflows.spill import Spill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.chain import Run
    from dataflows.types import Codec

__all__ = ["sorted_batches"]


def sorted_batches(
    keyed: Iterable[tuple[Batch, Sequence[pa.Array]]],
    names: Sequence[str],
    order: str,
    codecs: Mapping[str, Codec],
    run: Run,
) -> Iterator[Batch]:
    """Yield the rows of batches in another order; those that tie stay in the order they had.

    Args:
        keyed: Each batch with Arrow columns by which its rows are ordered. All are pulled before
            the first row comes out; what memory does not hold is on disk.
        names: The names of these columns.
        order: SQL over these names: what stands after ORDER BY.
        codecs: The fields of the rows.
        run: The run, whose database sorts.

    Raises:
        FlowError: The disk is full.
    """
    coder = BatchCoder(codecs, pickles=True)

    def arrow() -> Iterator[pa.RecordBatch]:
        seen = 0
        for batch, keys in keyed:
            row = coder.encode(batch)
            columns = [*row.columns, *keys, pa.array(range(seen, seen + batch.length), pa.int64())]
            seen += batch.length
            # Own names, for those of fields may differ only in upper and lower case.
            yield pa.record_batch(columns, [*_positions(row.num_columns), *names, "seq"])

    rows = Spill.of(run).sorted(arrow(), f"{order}, seq" if order else "seq", [*names, "seq"])
    for row in rows:
        yield coder.decode(pa.record_batch(row.columns, coder.schema))


def _positions(count: int) -> list[str]:
    return [f"c{position}" for position in range(count)]
