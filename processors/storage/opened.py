"""Files from elsewhere: opened, and on their way to this machine."""

from __future__ import annotations

import io
import re
import tempfile
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock, Thread
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from dataflows.spill.spool import no_room

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.storage.known import Opened

__all__ = ["Arriving", "OpenedFile"]

_PIECE_BYTES = 1 << 18
_UNSAFE = re.compile(r"[^\w.\-]+")
_LONGEST_NAME = 80


@dataclass(slots=True)
class OpenedFile:
    """A file that was opened somewhere else: see `dataflows.processors.storage.known.Opened`.

    Args:
        stream: Its bytes, once; `read` may return fewer than it is asked for, none at the end.
        name: The last part of its path, whose ending tells the format.
        shown: What errors call it, without secrets.
        format: Its format, where the place itself tells it.
        options: The options of `load` that are left for the format.
    """

    stream: BinaryIO
    name: str
    shown: str
    format: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of it."""
        self.stream.close()


class Arriving:
    r"""The bytes of a file from elsewhere, kept in a private temporary file as they arrive.

    They can be read from their beginning any number of times, and are fetched once, and no further
    than somebody reads. The file loses its name when it is read as it arrives, so that nothing is
    left of it however the run ends.

    Args:
        opened: Where the bytes come from; closed with this.

    Examples:
        >>> import io
        >>> arriving = Arriving(OpenedFile(io.BytesIO(b"id\n1\n"), "a.csv", "http://h/a.csv"))
        >>> with arriving.open_bytes() as first, arriving.open_bytes() as second:
        ...     first.read(2), second.read()
        (b'id', b'id\n1\n')
        >>> arriving.close()
    """

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self._lock = RLock()
        self._file_lock = Lock()
        self._size = 0
        self._ended = False
        self._waiting: Thread | None = None
        self._failure: BaseException | None = None
        try:
            folder = tempfile.TemporaryDirectory(prefix="dataflows-", ignore_cleanup_errors=True)
            name = _UNSAFE.sub("_", opened.name)[-_LONGEST_NAME:].lstrip(".")
            self._path = Path(folder.name, name or "data")
            self._file: BinaryIO = self._path.open("w+b", buffering=0)
        except OSError as error:
            opened.close()
            raise no_room(error) from error
        # Also when nobody closes it: a flow that is only checked reads no rows.
        self._let_go = weakref.finalize(self, _let_go, opened, self._file, folder)

    @property
    def path(self) -> str:
        """Where the temporary file lies."""
        return str(self._path)

    def __fspath__(self) -> str:
        """Return what errors call it."""
        return self.opened.shown

    __str__ = __fspath__

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self._size

    def measure(self) -> tuple[int, int | None]:
        """Return how many bytes have come over the line, and how many will; None if unknown."""
        measure = getattr(self.opened.stream, "measure", None)
        if measure is None:
            return self._size, self._size if self._ended else None
        measured: tuple[int, int | None] = measure()
        return measured

    @property
    def ended(self) -> bool:
        """Whether all has arrived."""
        return self._ended

    def open_bytes(self) -> BinaryIO:
        """Open the bytes from the beginning, those that have still to arrive too."""
        return io.BufferedReader(_Reader(self), _PIECE_BYTES)

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        with self.open_bytes() as stream:
            return stream.read(size)

    def whole(self) -> str:
        """Wait until all has arrived, and return the path of the temporary file."""
        with self._lock:
            while not self._ended:
                self._fetch()
        return str(self._path)

    def forget_name(self) -> None:
        """Remove the name of the temporary file where the system lets one do that."""
        with suppress(OSError):
            self._path.unlink()
            self._path.parent.rmdir()

    def read_at(self, offset: int, size: int) -> bytes:
        """Return some of the bytes at a place, none at the end."""
        # What has arrived can be read while another thread waits for more.
        while offset >= self._size and not self._ended:
            with self._lock:
                if offset >= self._size and not self._ended:
                    self._fetch()
        if offset >= self._size:
            return b""
        with self._file_lock:
            self._file.seek(offset)
            return self._file.read(size)

    def arrives_within(self, seconds: float) -> bool:
        """Wait for more, but not longer than that; return whether more has come, or the end.

        Raises:
            SourceLoadError: It does not come.
        """
        if self._waiting is None:
            self._waiting = Thread(target=self._fetch_aside, name="arriving", daemon=True)
            self._waiting.start()
        self._waiting.join(seconds)
        if self._waiting.is_alive():
            return False
        self._waiting = None
        if self._failure is not None:
            raise self._failure
        return True

    def _fetch_aside(self) -> None:
        with self._lock:
            try:
                if not self._ended:
                    self._fetch()
            except BaseException as error:  # noqa: BLE001 - raised where somebody reads
                self._failure = error

    def _fetch(self) -> None:
        if self._failure is not None:
            raise self._failure
        data = self.opened.stream.read(_PIECE_BYTES)
        if not data:
            self._ended = True
            self.opened.close()
            return
        try:
            with self._file_lock:
                self._file.seek(self._size)
                rest = memoryview(data)
                while rest:
                    rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise no_room(error) from error
        self._size += len(data)

    def rest(self) -> None:
        """Keep no connection until somebody reads on, where the source can do without."""
        with self._lock:
            if not self._ended:
                getattr(self.opened.stream, "rest", _nothing)()

    def stop(self) -> None:
        """Fetch nothing any more; a thread that waits for something is told so if that can be."""
        self._ended = True
        _stop(self.opened)

    def close(self) -> None:
        """Let go of the source and of the temporary file; it may be called twice."""
        if self._waiting is not None:
            self.stop()
        with self._lock:
            self._ended = True
            self._let_go()

    def __enter__(self) -> Self:
        """Return this, to be closed at the end of the block."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Let go of it."""
        self.close()


def _let_go(opened: Opened, file: BinaryIO, folder: tempfile.TemporaryDirectory[str]) -> None:
    _stop(opened)  # else closing waited for a thread that waits
    opened.close()
    file.close()
    folder.cleanup()


def _nothing() -> None:
    """Stand for what there is not to do."""


def _stop(opened: Opened) -> None:
    stop = getattr(opened.stream, "stop", None)
    if stop is not None:
        stop()


class _Reader(io.RawIOBase):
    """What has arrived and will, from the beginning."""

    def __init__(self, arriving: Arriving) -> None:
        self._arriving = arriving
        self._offset = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # a `Buffer`, which Python names from 3.12 on
        view = memoryview(buffer)
        data = self._arriving.read_at(self._offset, len(view))
        view[: len(data)] = data
        self._offset += len(data)
        return len(data)
