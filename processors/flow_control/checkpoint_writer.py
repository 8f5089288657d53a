"""CheckpointWriter: a checkpoint in the making."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from dataflows.coding.batch_coder import BatchCoder
from dataflows.coding.exact_json import dumps
from dataflows.commit.staging import StagedFolder
from dataflows.errors import OutputError
from dataflows.processors.flow_control.checkpoint_store import MANIFEST, VERSION, digest_of
from dataflows.streams import codecs_of
from dataflows.telling import warn
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.streams import Stream

__all__ = ["CheckpointWriter"]

_WAIT_SECONDS = 0.2
_MOST_ROWS = 8192
_MOST_BYTES = 4 << 20


class CheckpointWriter:
    """Writes a checkpoint while the rows pass; it becomes visible when the last one has passed.

    Args:
        folder: The folder.
        selector: Which resources it is for, as the user wrote it.
        names: The names of these.
        step: The step, which knows the package as it is at this point.
    """

    def __init__(self, folder: str, selector: Any, names: list[str], step: Step) -> None:
        self._shown = folder
        self._selector = selector
        self._names = names
        self._step = step
        self._folder = StagedFolder(folder, lock_timeout_seconds=_WAIT_SECONDS, private=True)
        self._files: dict[str, dict[str, Any]] = {}
        self._token = os.urandom(4).hex()
        self._opened: bool | None = None

    def write(self, stream: Stream) -> Iterator[Batch]:
        """Write the rows of a resource, and hand each batch on after it is written.

        Raises:
            OutputError: The system refuses.
            RowError: A value that has no exact text.
        """
        if not self._open():
            yield from stream
            return
        name = f"{self._names.index(stream.resource.name) + 1}-{self._token}.arrow"
        with self._folder.create(name) as file:
            writer = _RowsFile(file, BatchCoder(codecs_of(stream.resource)))
            for batch in stream:
                writer.write(batch)
                yield batch
            writer.end()
        entry = {"name": stream.resource.name, "file": name, **writer.facts()}
        self._files[stream.resource.name] = entry
        if len(self._files) == len(self._names):
            self._commit()

    def _open(self) -> bool:
        """Take the folder; return whether it is ours, and not being written by another run."""
        limit = self._step.run.limit_rows
        if self._opened is None and limit is not None:
            part = f"this run takes the first {counted(limit, 'row')} of each source"
            warn(f"the checkpoint is not saved: {part}")
            self._opened = False
        if self._opened is None:
            try:
                self._folder.open()
            except OutputError as error:
                if error.errno is not None:
                    raise
                warn(f"the checkpoint is not saved: {error.what}")
                self._opened = False
            else:
                self._opened = True
                print(f"saving checkpoint to: {self._shown}")  # noqa: T201 - as 0.5.12 does
        return self._opened

    def _commit(self) -> None:
        descriptor = self._step.package.descriptor
        resources = [one for one in descriptor["resources"] if one.get("name") in self._files]
        manifest: dict[str, Any] = {
            "version": VERSION,
            "selector": self._selector,
            "package": {**descriptor, "resources": resources},
            "files": [self._files[name] for name in self._names],
        }
        manifest["blake2b"] = digest_of(manifest)
        with self._folder.create(MANIFEST) as file:
            file.write(dumps(manifest).encode("ascii"))
        self._folder.remove |= {path.name for path in Path(self._shown).glob("*.arrow")}
        self._folder.prepare()
        self._folder.commit(last=MANIFEST)
        print(f"checkpoint saved: {Path(self._shown).name}")  # noqa: T201 - as 0.5.12 does

    def close(self) -> None:
        """Drop what is not complete; what was there before stays."""
        if self._opened:
            self._folder.abort()


class _RowsFile:
    """An Arrow stream, written to a file while its hash is taken."""

    def __init__(self, file: BinaryIO, coder: BatchCoder) -> None:
        self._file = file
        self._coder = coder
        self._hash = hashlib.blake2b()
        self._bytes = 0
        self._rows = 0
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._waiting: list[pa.RecordBatch] = []

    def write(self, batch: Batch) -> None:
        """Take in a batch; the small ones of a live source are joined before they are written."""
        self._rows += batch.length
        self._waiting.append(self._coder.encode(batch))
        if (
            sum(one.num_rows for one in self._waiting) >= _MOST_ROWS
            or sum(one.nbytes for one in self._waiting) >= _MOST_BYTES
        ):
            self._flush()

    def _flush(self) -> None:
        if self._writer is None:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            sink = pa.PythonFile(_Hashed(self), mode="w")
            self._writer = pa.ipc.new_stream(sink, self._coder.schema, options=options)
        if self._waiting:
            table = pa.Table.from_batches(self._waiting).combine_chunks()
            self._writer.write_table(table)
            self._waiting = []

    def end(self) -> None:
        """Write what waits, and the end of the stream."""
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def take(self, data: Any) -> int:
        """Write bytes."""
        self._hash.update(data)
        size = memoryview(data).nbytes
        self._bytes += size
        self._file.write(data)
        return size

    def facts(self) -> dict[str, Any]:
        """Return what tells whether the file is whole."""
        return {"rows": self._rows, "bytes": self._bytes, "blake2b": self._hash.hexdigest()}


class _Hashed:
    """What Arrow writes to."""

    closed = False

    def __init__(self, rows: _RowsFile) -> None:
        self.write = rows.take

    def flush(self) -> None:
        """Do nothing: the file has a buffer of its own."""

    def close(self) -> None:
        """Do nothing: whoever opened the file closes it."""
