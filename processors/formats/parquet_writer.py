"""Parquet files from columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from dataflows.processors.formats.arrow_writer import ColumnarWriter

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

__all__ = ["ParquetWriter"]

_READ_ROWS = 1 << 15


class ParquetWriter(ColumnarWriter):
    """Writes a Parquet file.

    Options: `compression`, one of zstd, snappy, gzip, lz4, brotli and none.
    """

    format = "parquet"
    extension = ".parquet"
    mediatype = "application/vnd.apache.parquet"
    compressions = ("zstd", "snappy", "gzip", "lz4", "brotli", "none")

    def open_sink(self, file: Any, schema: pa.Schema) -> Any:
        """Return the writer of a Parquet file."""
        return pq.ParquetWriter(file, schema, compression=self.options.get("compression", "zstd"))

    def read_groups(self, file: Any) -> Iterable[pa.RecordBatch]:
        """Yield what was written, some rows at a time."""
        yield from pq.ParquetFile(file, pre_buffer=False).iter_batches(_READ_ROWS)
