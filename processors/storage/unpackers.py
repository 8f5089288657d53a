"""Streams that unpack a compressed file as they are read, each with where it stands in the file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from dataflows.errors import SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Unpacker", "open_member", "open_packed"]

_PIECE_BYTES = 1 << 18
_XZ_MEMORY_BYTES = 1 << 28
_ENCRYPTED = 0x1


class Unpacker(Protocol):
    """What unpacks a file."""

    def read(self, size: int, /) -> bytes:
        """Return some bytes; none at the end."""

    def tell_packed(self) -> int:
        """Return how many bytes of the compressed file have been read."""

    def close(self) -> None:
        """Let go of the file."""


def open_packed(path: str, compression: str) -> Unpacker:
    """Open a file that is compressed with ``"gz"``, ``"bz2"``, ``"xz"`` or ``"zstd"``."""
    if compression == "xz":
        return _Xz(path)
    file: Any = Path(path).open("rb")  # noqa: SIM115 - closed by `close`
    if compression == "zstd":
        import pyarrow as pa

        file.close()  # that there is no such file is told as ever
        file = pa.OSFile(path)
    return _Wrapped(_WRAPPERS[compression](file), file)


def open_member(path: str, name: str, shown: str) -> tuple[Unpacker, int]:
    """Open a file in a zip; return it with its compressed size.

    Raises:
        SourceLoadError: It is encrypted.
    """
    archive = zipfile.ZipFile(path)
    try:
        member = archive.getinfo(name)
        if member.flag_bits & _ENCRYPTED:
            what = f"{shown!r} is encrypted"
            raise SourceLoadError(what, fix="unpack it with its password, then load the file.")
        return _Member(archive, member), member.compress_size
    except BaseException:
        archive.close()
        raise


def _zstd(file: Any) -> Any:
    import pyarrow as pa

    return pa.CompressedInputStream(file, "zstd")


def _gz(file: BinaryIO) -> Any:
    return gzip.GzipFile(fileobj=file, mode="rb")


_WRAPPERS: dict[str, Callable[[Any], Any]] = {"gz": _gz, "bz2": bz2.BZ2File, "zstd": _zstd}


class _Wrapped:
    """A stream of a library around an open file, which is closed with it."""

    def __init__(self, stream: Any, file: Any) -> None:
        self._stream = stream
        self._file = file
        self.read: Callable[[int], bytes] = stream.read

    def tell_packed(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        self._stream.close()
        self._file.close()


class _Member:
    """A file in a zip, whose zip is closed with it."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        self._archive = archive
        self._member = member
        self._file = archive.open(member)
        self.read: Callable[[int], bytes] = self._file.read

    def tell_packed(self) -> int:
        position = 0 if self._archive.fp is None else self._archive.fp.tell()
        return max(0, min(position - self._member.header_offset, self._member.compress_size))

    def close(self) -> None:
        self._file.close()
        self._archive.close()


class _Xz:
    """The bytes of an xz file, in bounded memory, which its header could ask for in gigabytes."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "rb")  # noqa: PTH123, SIM115 - closed by `close`
        self._new()

    def _new(self) -> None:
        self._decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY_BYTES)

    def tell_packed(self) -> int:
        return self._file.tell()

    def read(self, size: int, /) -> bytes:
        """Return some bytes; none at the end."""
        while True:
            data = b""
            if self._decompressor.eof:
                # Several streams may follow each other, with zeros between them.
                data = self._decompressor.unused_data or self._file.read(_PIECE_BYTES)
                while data and not (data := data.lstrip(b"\0")):
                    data = self._file.read(_PIECE_BYTES)
                if not data:
                    return b""
                self._new()
            elif self._decompressor.needs_input:
                data = self._file.read(_PIECE_BYTES)
                if not data:
                    message = "it ends in the middle"
                    raise EOFError(message)
            if found := self._decompressor.decompress(data, size):
                return found

    def close(self) -> None:
        self._file.close()
