"""CSV and TSV files as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processors.formats.csv_reader import inspect_csv
from dataflows.processors.loaders.chunks import LONG_ROWS, NAMELESS_COLUMNS, SHORT_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.processors.loaders.tables import Chunk
    from dataflows.processors.storage.compressed import PackedFile
    from dataflows.processors.storage.opened import Arriving

__all__ = ["CsvTable"]


class CsvTable:
    """A CSV or TSV file, on this machine or arriving at it."""

    def __init__(
        self, path: str | Arriving | PackedFile, format_: str, options: Mapping[str, Any]
    ) -> None:
        self.format = format_
        self.file = inspect_csv(path, **options, is_tsv=format_ == "tsv")
        self.names = self.file.names
        self.sample: list[list[Any]] = [list(row) for row in self.file.sample]
        self.spread: list[list[Any]] = [list(row) for row in self.file.spread]
        self.notes: dict[str, int] = {}

    def measure(self) -> tuple[int, int | None] | None:
        """Return how many bytes have been read, and how many there are; None where unknown."""
        path, size = self.file.path, self.file.size_bytes
        if isinstance(path, str) and self.file.compression is None:
            return self.file.bytes_read, size
        measure = getattr(path, "measure", None)
        return None if measure is None else measure()

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows, as text."""
        for record in self.file.batches(limit_rows=limit_rows):
            yield record.columns, record.num_rows
        report = self.file.report
        counts = {
            NAMELESS_COLUMNS: len(self.file.dropped),
            SHORT_ROWS: report.short_rows,
            LONG_ROWS: report.long_rows,
        }
        self.notes.update({note: count for note, count in counts.items() if count})
