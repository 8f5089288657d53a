"""Output files that are compressed as they are written, beside the caller's own work."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.commit.hashing import HashingWriter

__all__ = ["COMPRESSION_ENDINGS", "CompressedFile"]

COMPRESSION_ENDINGS = {"gz": ".gz", "zstd": ".zst"}
_BLOCK_BYTES = 1 << 18
_GZIP_FORMAT = 31


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Zstd:
    """A compressor that makes one frame, however many blocks it is given."""

    def __init__(self) -> None:
        import pyarrow as pa

        self.closed = False
        self._made: list[bytes] = []
        self._stream = pa.CompressedOutputStream(pa.PythonFile(self, "w"), "zstd")

    def write(self, data: Any) -> int:
        self._made.append(bytes(data))
        return len(data)

    def close(self) -> None:
        self.closed = True

    def _taken(self) -> bytes:
        made, self._made = b"".join(self._made), []
        return made

    def compress(self, data: bytes, /) -> bytes:
        self._stream.write(data)
        return self._taken()

    def flush(self) -> bytes:
        self._stream.close()
        return self._taken()


class CompressedFile:
    """A file for a `Writer` whose bytes are compressed in the thread that hashes and writes them.

    The name and the time of the file are not in it, so that equal rows make equal files.

    Args:
        file: Takes the compressed bytes.
        compression: ``"gz"`` or ``"zstd"``.

    Examples:
        >>> import gzip, io
        >>> from dataflows.commit.hashing import HashingWriter
        >>> class Kept(io.BytesIO):
        ...     def close(self):
        ...         self.bytes = self.getvalue()
        >>> kept = Kept()
        >>> file = CompressedFile(HashingWriter(kept), "gz")
        >>> file.write(b"id")
        2
        >>> file.close()
        >>> gzip.decompress(kept.bytes)
        b'id'
    """

    def __init__(self, file: HashingWriter, compression: str) -> None:
        self._file = file
        self._compressor: _Compressor = (
            zlib.compressobj(wbits=_GZIP_FORMAT) if compression == "gz" else _Zstd()
        )
        self._pieces: list[Any] = []
        self._waiting_bytes = 0

    def write(self, data: Any, /) -> int:
        """Take bytes; they are compressed, hashed and written soon."""
        piece = bytes(data)
        self._pieces.append(piece)
        self._waiting_bytes += len(piece)
        if self._waiting_bytes >= _BLOCK_BYTES:
            self._hand_over()
        return len(piece)

    def write_later(self, make: Callable[[], Any]) -> None:
        """Take a function that returns the next bytes, to be called in the thread that writes."""
        self._pieces.append(make)
        self._hand_over()

    def _hand_over(self) -> None:
        pieces, self._pieces, self._waiting_bytes = self._pieces, [], 0

        def compressed() -> bytes:
            made = [piece() if callable(piece) else piece for piece in pieces]
            return b"".join(self._compressor.compress(bytes(piece)) for piece in made)

        self._file.write_later(compressed)

    def close(self) -> None:
        """Write what is left; the file below is closed, too."""
        if self._pieces:
            self._hand_over()
        self._file.write_later(self._compressor.flush)
        self._file.close()
