"""Spool: batches that wait on disk, written once and read any number of times."""

from __future__ import annotations

import contextlib
import struct
import tempfile
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from dataflows.coding.batch_coder import BatchCoder
from dataflows.errors import FlowError
from dataflows.logs import logger_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.types import Codec

__all__ = ["Backlog", "Spool", "SpoolReader", "no_room"]

_LOGGER = logger_of(__name__)
_MEMORY_BYTES = 8 << 20
_BYTES_OF_A_BATCH = 2048  # what the smallest one takes beside its rows
_LENGTH = struct.Struct("<Q")


class Spool:
    """Batches of one resource: the first few megabytes in memory, the others in a temporary file.

    A batch comes back exactly as it was when it was written, whatever was done to its rows since.
    The file is private and has no name where the system allows that, so that nothing is left of it
    however the run ends.

    Args:
        codecs: The codec of each field, in their order.
        memory_bytes: How much is kept in memory.

    Examples:
        >>> from dataflows.batch import Batch
        >>> from dataflows.types import codec_for
        >>> spool = Spool({"a": codec_for({"type": "integer"})})
        >>> spool.write(Batch.from_rows([{"a": 1}], ["a"]))
        >>> [batch.rows() for batch in spool], [batch.rows() for batch in spool]
        ([[{'a': 1}]], [[{'a': 1}]])
        >>> spool.close()
    """

    def __init__(self, codecs: Mapping[str, Codec], *, memory_bytes: int = _MEMORY_BYTES) -> None:
        self._coder = BatchCoder(codecs, pickles=True)
        self._left_bytes = memory_bytes
        self._kept: list[pa.RecordBatch] = []
        self._file: BinaryIO | None = None
        self._end = 0

    def write(self, batch: Batch) -> None:
        """Put a batch after those that are there.

        Raises:
            FlowError: The disk has no room for it.
            RowError: A value that can neither be written nor pickled.
        """
        record = self._coder.encode(batch)
        if self._file is None and self._left_bytes > 0:
            self._left_bytes -= record.get_total_buffer_size() + _BYTES_OF_A_BATCH
            self._kept.append(record)
            return
        message = record.serialize()
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="dataflows-")  # noqa: SIM115 - closed by `close`
                _LOGGER.info("rows that wait are more than fit into memory: they go to disk")
            self._file.seek(self._end)
            self._file.write(_LENGTH.pack(message.size))
            self._file.write(message)
            self._file.flush()
        except OSError as error:
            raise no_room(error) from error
        self._end += _LENGTH.size + message.size

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches from the first on, until there are no more."""
        reader = SpoolReader(self)
        while (batch := reader.read()) is not None:
            yield batch

    def batch_at(self, place: int) -> tuple[Batch, int] | None:
        """Return the batch at a place, and the place of the next one; None at the end.

        Args:
            place: 0 for the first batch; else what was returned with the one before.
        """
        if place < len(self._kept):
            return self._coder.decode(self._kept[place]), place + 1
        start = place - len(self._kept)
        if self._file is None or start >= self._end:
            return None
        self._file.seek(start)
        (size,) = _LENGTH.unpack(self._file.read(_LENGTH.size))
        message = pa.py_buffer(self._file.read(size))
        record = pa.ipc.read_record_batch(message, self._coder.schema)
        return self._coder.decode(record), place + _LENGTH.size + size

    @property
    def end(self) -> int:
        """The place after the last batch."""
        return len(self._kept) + self._end

    def close(self) -> None:
        """Give the memory and the disk back; more than once does no harm."""
        self._kept = []
        if self._file is not None:
            with contextlib.suppress(OSError):  # it cannot take its last bytes: nobody wants them
                self._file.close()
            self._file = None


class SpoolReader:
    """A place in a spool: it reads on from there whenever more has been written."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._place = 0

    def read(self) -> Batch | None:
        """Return the next batch, None when there is none yet."""
        found = self._spool.batch_at(self._place)
        if found is None:
            return None
        batch, self._place = found
        return batch

    def skip(self) -> None:
        """Pass by all that has been written."""
        self._place = self._spool.end


class Backlog:
    """Batches that can be read to their end before anybody asks for them.

    What must be read, or written, in a certain order is finished in that order, while its rows
    wait for whoever asks for them later.

    Args:
        batches: The batches.
        codecs: The codec of each field, in their order.
    """

    def __init__(self, batches: Iterator[Batch], codecs: Mapping[str, Codec]) -> None:
        self._batches = batches
        self._codecs = codecs
        self._ended = False
        self._spool: Spool | None = None
        self._reader: SpoolReader | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches, once."""
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> Batch | None:
        if self._reader is not None:
            return self._reader.read()
        batch = next(self._batches, None)
        self._ended = batch is None
        return batch

    def finish(self) -> None:
        """Read all that has not been asked for, and keep it."""
        if self._ended or self._spool is not None:
            return
        spool = self._spool = Spool(self._codecs)
        for batch in self._batches:
            spool.write(batch)
        self._reader = SpoolReader(spool)

    def close(self) -> None:
        """Give the memory and the disk back."""
        if self._spool is not None:
            self._spool.close()


def no_room(error: OSError) -> FlowError:
    """Return the error for a temporary file that cannot be written."""
    reason = error.strerror or str(error) or type(error).__name__
    what = (
        "rows that must wait cannot be kept on the disk of the temporary folder"
        f" {tempfile.gettempdir()!r}: {reason[0].lower()}{reason[1:]}"
    )
    fix = "make room there, or set the environment variable TMPDIR to a folder with more room."
    return FlowError(what, fix=fix)
