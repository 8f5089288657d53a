"""Sorting: batches of any size in another order, every value, text and row number kept.

The database sorts the keys alone, with the positions of their rows; the rows wait in a store of
their own. So it needs little memory however wide the rows are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dataflows.coding.batch_coder import BatchCoder
from dataflows.spill.database import Spill
from dataflows.spill.row_store import RowStore

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
    spill = Spill.of(run)
    store = RowStore()
    run.opened.append(store)

    def keys() -> Iterator[pa.RecordBatch]:
        seen = 0
        for batch, arrays in keyed:
            store.add(coder.encode(batch))
            positions = pa.array(range(seen, seen + batch.length), pa.int64())
            seen += batch.length
            yield pa.record_batch([*arrays, positions], [*names, "position"])

    try:
        found = spill.sorted(keys(), f"{order}, position" if order else "position", names)
        positions = (record.column("position") for record in found)
        in_order = store.in_order(positions, lambda places: spill.sorted(places, "position"))
        for rows in in_order:
            yield coder.decode(pa.record_batch(rows.columns, coder.schema))
    finally:
        store.close()
        if store in run.opened:
            run.opened.remove(store)
