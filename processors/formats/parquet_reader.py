"""Parquet files as tables: typed columns, without a Python value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from dataflows.processors.formats.arrow_reader import BATCH_ROWS, ColumnarTable
from dataflows.processors.formats.parquet_limits import check_ratio, rows_at_once

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import pyarrow as pa

__all__ = ["ParquetTable"]

_READ_BYTES = 1 << 20


class ParquetTable(ColumnarTable):
    """A Parquet file on this machine."""

    format = "parquet"
    title = "Parquet"

    def _read_schema(self) -> pa.Schema:
        with pq.ParquetFile(self.path) as file:
            check_ratio(file, self.path, self._max_ratio)
            return file.schema_arrow

    def _batches(self, places: Sequence[int]) -> Generator[pa.RecordBatch, None, None]:
        # Without the two options it would hold a whole row group, which may be the whole file.
        with pq.ParquetFile(self.path, pre_buffer=False, buffer_size=_READ_BYTES) as file:
            self._must_be_as_seen(file.schema_arrow)
            all_names = self._schema.names
            names = [all_names[place] for place in places]
            whole = list(places) == list(range(len(all_names)))
            seen = 0
            for group in range(file.num_row_groups):
                rows = rows_at_once(file, self.path, group, BATCH_ROWS)
                wanted = None if whole else names
                for batch in file.iter_batches(rows, row_groups=[group], columns=wanted):
                    seen += batch.num_rows
                    self._share_read = seen / file.metadata.num_rows
                    yield batch if whole else batch.select(names)
