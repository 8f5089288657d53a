"""Arrow files and streams (Feather) as tables: typed columns, without a Python value."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.errors import ArgumentError, SourceLoadError
from dataflows.processors.formats.arrow_limits import checked_blocks, checked_messages
from dataflows.processors.formats.arrow_types import cells_of, field_of
from dataflows.processors.formats.parquet_limits import longest_text, rows_of_length
from dataflows.processors.storage.compressed import limits_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from dataflows.processors.loaders.tables import Chunk

__all__ = ["ArrowTable", "ColumnarTable"]

BATCH_ROWS = 16_384
_PASSED_ALONG = {"encoding", "sample_size", "names", "max_ratio"}
_FILE_MARK = b"ARROW1"


class ColumnarTable:
    """A file that knows the types of its columns.

    Args:
        path: The file.
        format_: The name of the format, as it was given or as the file ends.
        options: None of them means anything here.

    Raises:
        ArgumentError: An option.
        SourceLoadError: The file is not of that format.
    """

    format: str
    title: str
    keeps_texts = True  # to the character: `load` strips none of them unless it is told to

    def __init__(self, path: str, format_: str, options: Mapping[str, Any]) -> None:  # noqa: ARG002 - all readers are given it
        self._max_ratio = limits_of(options).max_ratio
        unknown = sorted(options.keys() - _PASSED_ALONG)
        if unknown:
            what = f"{self.title} has no option {unknown[0]!r}"
            raise ArgumentError(what, fix="leave it out: the file itself tells how it is written.")
        self.path = path
        self.sample: list[list[Any]] = []
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        with self._explained():
            self._schema = self._read_schema()
            self.names = list(self._schema.names)
            found = [field_of(field) for field in self._schema]
        self.fields = [descriptor for descriptor, _ in found]
        self._coded = [coded for _, coded in found]
        self._places = list(range(len(self.names)))
        self._share_read = 0.0
        # Taken now: a temporary file is gone when its last row is read.
        self._size_bytes = Path(path).stat().st_size

    def _read_schema(self) -> pa.Schema:
        raise NotImplementedError

    def _batches(self, places: Sequence[int]) -> Generator[pa.RecordBatch, None, None]:
        """Yield the columns at these places, in this order, or all columns."""
        raise NotImplementedError

    def measure(self) -> tuple[int, int]:
        """Return how many bytes have been read, by the share of its rows, and in all."""
        return int(self._size_bytes * self._share_read), self._size_bytes

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows as typed columns.

        Raises:
            SourceLoadError: The rest of the file is broken.
        """
        coded = [self._coded[place] for place in self._places]
        with closing(self._batches(self._places)) as batches:
            for part in self._parts(batches, limit_rows):
                with self._explained():
                    cells = [
                        cells_of(column, coded=one)
                        for column, one in zip(part.columns, coded, strict=True)
                    ]
                yield cells, part.num_rows

    def select(self, places: Iterable[int]) -> None:
        """Read only the columns at these places, in this order."""
        self._places = list(places)
        self.names = [self._schema.names[place] for place in self._places]

    def _parts(
        self, batches: Iterator[pa.RecordBatch], limit_rows: int | None
    ) -> Iterator[pa.RecordBatch]:
        """Yield batches of at most so many rows, until there are as many as are wanted."""
        left = sys.maxsize if limit_rows is None else limit_rows
        while left > 0:
            with self._explained():
                batch = next(batches, None)
                if batch is None:
                    return
                # Arrow trusts a file to the byte: a broken one would end the process.
                batch.validate(full=True)
            longest = max(map(longest_text, batch.columns), default=0)
            rows = rows_of_length(longest, BATCH_ROWS)
            for start in range(0, min(batch.num_rows, left), rows):
                yield batch.slice(start, min(rows, left - start))
            left -= batch.num_rows

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what Arrow says into errors of ours."""
        try:
            yield
        except SourceLoadError:
            raise
        except (pa.ArrowException, MemoryError, OSError, ValueError, KeyError) as error:
            reason = str(error).partition("\n")[0] or "it claims to hold more than there is memory"
            what = f"{self.path}: not a whole {self.title} file: {reason}"
            fix = "check that it was written to its end, or say what it is: format='csv'."
            raise SourceLoadError(what, fix=fix) from error

    def _must_be_as_seen(self, schema: pa.Schema) -> None:
        if not schema.equals(self._schema):
            what = f"{self.path}: the file has other columns than when it was looked at"
            raise SourceLoadError(what, fix="load it again, when nobody writes to it.")


class ArrowTable(ColumnarTable):
    """An Arrow IPC file (Feather version 2) or stream on this machine."""

    format = "arrow"
    title = "Arrow"

    def _read_schema(self) -> pa.Schema:
        with Path(self.path).open("rb") as file:
            return _opened(file).schema

    def _batches(self, places: Sequence[int]) -> Generator[pa.RecordBatch, None, None]:
        with Path(self.path).open("rb") as file, Path(self.path).open("rb") as ahead:
            reader = _opened(file)
            self._must_be_as_seen(reader.schema)
            if isinstance(reader, pa.RecordBatchStreamReader):
                batches, count, check = iter(reader), 0, checked_messages
            else:
                count, check = reader.num_record_batches, checked_blocks
                batches = map(reader.get_batch, range(count))
            batches = _after(check(ahead, self.path, self._max_ratio), batches)
            size = Path(self.path).stat().st_size
            for number, batch in enumerate(batches, 1):
                self._share_read = number / count if count else file.tell() / size
                yield batch.select(list(places))
            self._share_read = 1.0  # of a stream: it ends with a mark


def _after(checks: Iterator[None], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield each batch after its check; it is read then."""
    while True:
        next(checks, None)
        batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _opened(file: Any) -> Any:
    mark = file.read(len(_FILE_MARK))
    file.seek(0)
    return pa.ipc.open_file(file) if mark == _FILE_MARK else pa.ipc.open_stream(file)
