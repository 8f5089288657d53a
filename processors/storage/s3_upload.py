"""A file on its way to S3: in parts while it is written, or held back until it is complete."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import tempfile
from typing import TYPE_CHECKING, Any

from dataflows.spill.spool import no_room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.processors.storage.s3_folder import Found, S3Folder

__all__ = ["S3Upload"]

PART_BYTES = 1 << 23
_LARGE_PART_BYTES = 1 << 26
_SMALL_PARTS = 1000
_HELD_IN_MEMORY_BYTES = 1 << 18


class S3Upload(io.RawIOBase):
    """A file that is written to S3, and is no object there before its upload is completed.

    Parts have 8 megabytes, and 64 from the thousandth on, so that 10,000 parts hold half a
    terabyte. A file that is held back stays in a private temporary file until all of it is there:
    then its name may depend on what is in it, and what stands there already is not sent.

    Args:
        folder: Where it is to be.
        path: Its path there; that of a file that is held back may change.
        run: The run that writes it.
        note: Called with the path before the upload begins.
        held: Whether it is held back.
        most_held_bytes: Up to which size: a larger one is sent as it comes.
    """

    def __init__(
        self,
        folder: S3Folder,
        path: str,
        run: str,
        note: Callable[[str], None],
        *,
        held: bool = False,
        most_held_bytes: int | None = None,
    ) -> None:
        self.path = path
        self.upload: str | None = None
        self.etags: list[str] = []
        self.is_settled = False
        self.is_unsure = False  # whether an upload may have begun whose id did not arrive
        self.stands = False
        self._folder = folder
        self._run = run
        self._note = note
        self._most_held_bytes = most_held_bytes
        self._waiting = bytearray()
        self._size = 0
        self._spool: Any = None
        if held:
            self._spool = tempfile.SpooledTemporaryFile(max_size=_HELD_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `drop`

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any, /) -> int:
        """Take bytes; a part that is full is sent.

        Raises:
            OutputError: S3 refuses it.
            SpillError: There is no room for what is held back.
        """
        view = memoryview(data).cast("B")
        self._size += len(view)
        if self._spool is not None and (
            self._most_held_bytes is None or self._size <= self._most_held_bytes
        ):
            try:
                self._spool.write(view)
            except OSError as error:
                raise no_room(error) from error
            return len(view)
        if self._spool is not None:
            for part in self._held_parts():
                self._take(part)
            self._drop_spool()
        self._take(view)
        return len(view)

    def _take(self, data: Any) -> None:
        self._waiting += data
        while len(self._waiting) >= (size := _part_bytes(len(self.etags))):
            self._send(bytes(memoryview(self._waiting)[:size]))
            del self._waiting[:size]

    def _send(self, part: bytes) -> None:
        if self.upload is None:
            self._note(self.path)
            kind, coding = mimetypes.guess_type(self.path)
            packed = None if coding is None else "application/octet-stream"
            kind = packed or kind or "application/octet-stream"
            self.is_unsure = True
            self.upload, self.is_unsure = self._folder.begin(self.path, self._run, kind)
        self.etags.append(self._folder.send(self.path, self.upload, len(self.etags) + 1, part))

    # When all of it is there

    def digest(self) -> str:
        """Return the MD5 of a file that is held back."""
        found = hashlib.md5(usedforsecurity=False)
        for part in self._held_parts():
            found.update(part)
        return found.hexdigest()

    def settle(self) -> None:
        """Send what is left, unless the same bytes stand there already.

        Raises:
            OutputError: S3 refuses it.
        """
        if self.is_settled:
            return
        if self._spool is not None:
            self.stands = self._is_equal(self._folder.head(self.path))
            for part in () if self.stands else self._held_parts():
                self._send(part)
            self._drop_spool()
        elif self._waiting or not self.etags:
            self._send(bytes(self._waiting))
            self._waiting.clear()
        self.is_settled = True

    def _is_equal(self, found: Found | None) -> bool:
        """Return whether an object has these bytes: S3 hashes what it is sent, part by part."""
        if found is None or found.size != self._size:
            return False
        hashes = [hashlib.md5(part, usedforsecurity=False) for part in self._held_parts()]
        whole = hashlib.md5(b"".join(one.digest() for one in hashes), usedforsecurity=False)
        return found.etag == f'"{whole.hexdigest()}-{len(hashes)}"'

    def _held_parts(self) -> Iterator[bytes]:
        self._spool.seek(0)
        number = 0
        while part := self._spool.read(_part_bytes(number)):
            number += 1
            yield part
        if number == 0:
            yield b""

    def _drop_spool(self) -> None:
        spool, self._spool = self._spool, None
        if spool is not None:
            spool.close()

    def drop(self) -> None:
        """Forget it, and abort the upload.

        Raises:
            OutputError: S3 refuses to abort it.
        """
        self._drop_spool()
        self._waiting.clear()
        upload, self.upload = self.upload, None
        if upload is not None:
            self._folder.abort(self.path, upload)


def _part_bytes(number: int) -> int:
    return PART_BYTES if number < _SMALL_PARTS else _LARGE_PART_BYTES
