"""A file writer that takes the hash of what it writes, in a thread of its own."""

from __future__ import annotations

import io
import queue
import threading
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from _typeshed import ReadableBuffer

    Piece = ReadableBuffer | Callable[[], ReadableBuffer]

__all__ = ["HashingWriter"]

_BLOCK_BYTES = 256 * 1024
_MOST_WAITING_BLOCKS = 8


class _Work:
    """What a writer and its thread share. The thread must not know the writer: else it kept it.

    A signal may raise an exception at any moment in the writer, amid a call of `queue.Queue`, too,
    which then may stay locked, and take its wake-up calls with it. A `SimpleQueue` does neither; a
    second one, of tokens, keeps the first one short.
    """

    __slots__ = ("abandoned", "blocks", "bytes_written", "failure", "file", "hash", "room")

    def __init__(self, file: BinaryIO) -> None:
        import hashlib

        self.file = file
        self.hash = hashlib.md5(usedforsecurity=False)
        self.blocks: queue.SimpleQueue[list[Piece] | None] = queue.SimpleQueue()
        self.room: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(_MOST_WAITING_BLOCKS):
            self.room.put(None)
        self.bytes_written = 0
        self.failure: BaseException | None = None
        self.abandoned = False

    def do(self, pieces: list[Piece]) -> None:
        made = [piece() if callable(piece) else piece for piece in pieces]
        block = made[0] if len(made) == 1 else b"".join(made)
        self.hash.update(block)
        self.bytes_written += memoryview(block).nbytes
        self.file.write(block)

    def run(self) -> None:
        while (pieces := self.blocks.get()) is not None:
            # After a failure the queue is emptied all the same: the writer may wait for room.
            if self.failure is None and not self.abandoned:
                try:
                    self.do(pieces)
                except BaseException as error:  # noqa: BLE001 - raised where the writer is used
                    self.failure = error
            self.room.put(None)


class HashingWriter(io.BufferedIOBase):
    r"""Writes to a file and takes the MD5 of it, both beside the caller's own work.

    Blocks wait in a short queue for one thread, which starts with the first full block: a small
    file needs none. What goes wrong there is raised by the next `write`, or by `close`.
    In a ``with`` block, an exception drops what still waits (see `abort`).

    Args:
        file: A binary file, buffered (it must take whole blocks). It is closed by `close`.
        threaded: Whether it has a thread: of hundreds that are open at once, none should.

    Examples:
        >>> import io
        >>> with HashingWriter(io.BytesIO()) as writer:
        ...     writer.write(b"id,name\n")
        8
        >>> writer.bytes_written, writer.digest()
        (8, 'fc1cb85445a6b6c5383b9f16af5ac890')
    """

    def __init__(self, file: BinaryIO, *, threaded: bool = True) -> None:
        self._work = _Work(file)
        self._threaded = threaded
        self._thread: threading.Thread | None = None
        self._pieces: list[Piece] = []
        self._waiting_bytes = 0

    @property
    def bytes_written(self) -> int:
        """How many bytes were written; complete after `close`."""
        return self._work.bytes_written

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Take `data`; return its size in bytes. It is written and hashed soon.

        Raises:
            OutputError: An earlier block could not be written; or whatever else the file raised.
        """
        if self.closed:
            raise ValueError("write to a closed writer")
        if self._work.failure is not None:
            raise self._work.failure
        if isinstance(data, bytes):
            size = len(data)
        else:
            view = memoryview(data)
            size = view.nbytes
            # What the caller may still change is copied now, for it is read later.
            data = view.cast("B") if view.readonly and view.contiguous else view.tobytes()
        self._pieces.append(data)
        self._waiting_bytes += size
        if self._waiting_bytes >= _BLOCK_BYTES:
            self._hand_over()
        return size

    def write_later(self, make: Callable[[], ReadableBuffer]) -> None:
        """Take a function that returns the next bytes, to be called in the thread that writes them.

        It must be about data that nobody changes. Arrow's functions release the GIL, so they run
        beside the caller's own work.

        Raises:
            OutputError: An earlier block could not be written; or whatever else the file raised.
        """
        if self.closed:
            raise ValueError("write to a closed writer")
        if self._work.failure is not None:
            raise self._work.failure
        if self._threaded:
            self._pieces.append(make)
            self._hand_over()
        else:
            self.write(make())

    def _hand_over(self) -> None:
        if not self._threaded:
            pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0
            self._work.do(pieces)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work.run, name="hashing", daemon=True)
            self._thread.start()
        self._work.room.get()
        self._work.blocks.put(self._pieces)
        self._pieces = []
        self._waiting_bytes = 0

    def close(self) -> None:
        """Write what is left, end the thread and close the file.

        Raises:
            OutputError: Something could not be written; or whatever else the file raised.
        """
        if self.closed:
            return
        work = self._work
        try:
            try:
                self._end_thread()
                if self._pieces and work.failure is None and not work.abandoned:
                    work.do(self._pieces)
            finally:
                super().close()
                work.file.close()
        except BaseException:
            work.abandoned = True
            raise
        if work.failure is not None and not work.abandoned:
            raise work.failure

    def abort(self) -> None:
        """Drop what still waits, end the thread and close the file."""
        self._work.abandoned = True
        try:
            self.close()
        except (OSError, ValueError):
            # The file could not be closed properly; nobody wants it any more.
            super().close()

    def digest(self) -> str:
        """Return the MD5 of all that was written, in hexadecimal; after `close`."""
        assert self.closed, "the hash is known after close"
        return self._work.hash.hexdigest()

    def _end_thread(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            self._work.blocks.put(None)
            if thread.is_alive():  # not so where its start was interrupted
                thread.join()
        except BaseException:
            # Interrupted while it waited: the thread drops the rest, and finds one end or two.
            self._work.abandoned = True
            self._work.blocks.put(None)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()
