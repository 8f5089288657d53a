"""Compressed files, and files in a zip: read as they are unpacked, within limits.

Nothing is unpacked that nobody reads. Formats that cannot be read from their beginning to their end
are unpacked into a private temporary file.
"""

from __future__ import annotations

import io
import lzma
import tempfile
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, SourceLoadError, nearest
from dataflows.processors.storage.unpackers import open_member, open_packed
from dataflows.spill.spool import no_room
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataflows.processors.storage.unpackers import Unpacker

__all__ = [
    "COMPRESSIONS",
    "OPTIONS",
    "Limits",
    "PackedFile",
    "compression_of",
    "limits_of",
    "member_names",
    "packed_files",
    "without_packing",
]

COMPRESSIONS = {".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd", ".zip": "zip"}
_LIMITS = ("max_ratio", "max_unpacked_bytes", "max_members")
OPTIONS = ("compression", "innerpath", "filename", *_LIMITS)
_NAMES = ("gz", "bz2", "xz", "zstd", "zip", "no")
_PIECE_BYTES = 1 << 18
_BYTES_OF_ANY_RATIO = 1 << 26
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come out of a compressed file; the options of `load` have the same names.

    Args:
        max_ratio: How many times its size, beyond the first 64 megabytes.
        max_unpacked_bytes: How many bytes; None for any number.
        max_members: How many files a zip may hold.
    """

    max_ratio: float = 250
    max_unpacked_bytes: int | None = None
    max_members: int = 1000

    def __post_init__(self) -> None:
        for name in _LIMITS:
            value = getattr(self, name)
            if name == "max_unpacked_bytes" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                what = f"{name} must be a number above 0, got {value!r}"
                raise ArgumentError(what, fix=f"write for instance {name}=10_000.")


@dataclass(frozen=True)
class PackedFile:
    """A file that is compressed, or in a zip; its bytes can be opened any number of times.

    Args:
        path: The compressed file, or the zip.
        compression: How it is compressed.
        name: What the table is named after.
        inner: In a zip: the name of the file.
        limits: How much may come out of it.
    """

    path: str
    compression: str
    name: str
    inner: str | None = None
    limits: Limits = Limits()
    _latest: dict[str, _Unpacked] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def ending(self) -> str:
        """The ending of the file inside, which tells its format.

        Examples:
            >>> PackedFile("a.csv.gz", "gz", "a.csv").ending
            'csv'
        """
        name = self.path if self.inner is None else self.inner
        if self.inner is None and COMPRESSIONS.get(Path(name.lower()).suffix) == self.compression:
            name = str(Path(name).with_suffix(""))
        return PurePosixPath(name.lower()).suffix.lstrip(".")

    def __fspath__(self) -> str:
        """Return what errors call it."""
        return self.path if self.inner is None else f"{self.path}/{self.inner}"

    __str__ = __fspath__

    def open_bytes(self) -> BinaryIO:
        """Open the bytes of the file inside, from their beginning.

        Raises:
            SourceLoadError: It cannot be unpacked; reading raises it, too.
        """
        with self._explained():
            if self.compression == "zip":
                raw, size = open_member(self.path, str(self.inner), str(self))
            else:
                raw = open_packed(self.path, self.compression)
                size = Path(self.path).stat().st_size
        stream = self._latest["stream"] = _Unpacked(self, raw, size)
        return io.BufferedReader(stream, _PIECE_BYTES)

    def measure(self) -> tuple[int, int | None]:
        """Return how many of the compressed bytes have been read, and how many there are."""
        stream = self._latest.get("stream")
        return (0, None) if stream is None else (stream.packed_bytes_read, stream.packed_size)

    @contextmanager
    def unpacked(self) -> Iterator[str]:
        """Give the path of a private temporary file with the bytes, for as long as it is needed.

        Raises:
            SourceLoadError: It cannot be unpacked.
        """
        with tempfile.TemporaryDirectory(prefix="dataflows-", ignore_cleanup_errors=True) as folder:
            target = Path(folder, f"data.{self.ending}" if self.ending.isalnum() else "data")
            with self.open_bytes() as source, target.open("wb") as file:
                while data := source.read(_PIECE_BYTES):
                    try:
                        file.write(data)
                    except OSError as error:
                        raise no_room(error) from error
            yield str(target)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the libraries raise into errors of ours."""
        try:
            yield
        except (SourceLoadError, FileNotFoundError, PermissionError):
            raise
        except _BROKEN as error:
            reason = str(error) or type(error).__name__
            what = f"the archive {str(self)!r} is broken: {reason}"
            raise SourceLoadError(what, fix="fetch or compress the file again.") from error

    def read_whole(self, most_bytes: int) -> bytes:
        """Return all bytes of a small file.

        Raises:
            SourceLoadError: It is larger, or cannot be unpacked.
        """
        limits = replace(self.limits, max_unpacked_bytes=most_bytes)
        with replace(self, limits=limits).open_bytes() as source:
            return source.read()


class _Unpacked(io.RawIOBase):
    """The bytes that come out of a compressed file, up to its limits."""

    def __init__(self, packed: PackedFile, raw: Unpacker, packed_size: int) -> None:
        self._packed = packed
        self._raw = raw
        self.packed_size = packed_size
        self._most_bytes = max(_BYTES_OF_ANY_RATIO, int(packed_size * packed.limits.max_ratio))
        self._size = 0
        self._read_in_the_end = 0

    @property
    def packed_bytes_read(self) -> int:
        return self._read_in_the_end if self.closed else self._raw.tell_packed()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # a `Buffer`, which Python names from 3.12 on
        view = memoryview(buffer)
        with self._packed._explained():  # noqa: SLF001 - of the same module
            data = self._raw.read(len(view))
        self._size += len(data)
        limits = self._packed.limits
        allowed = limits.max_unpacked_bytes
        if allowed is not None and self._size > allowed:
            what = f"{str(self._packed)!r} unpacks to more than {allowed:,} bytes"
            fix = "if it is what you expect, raise max_unpacked_bytes=."
            raise SourceLoadError(what, fix=fix)
        if self._size > self._most_bytes:
            ratio = f"{limits.max_ratio:g} times its size"
            what = f"{str(self._packed)!r} unpacks to more than {ratio}, as only a bomb does"
            fix = f"if it is what you expect, raise max_ratio={limits.max_ratio:g}."
            raise SourceLoadError(what, fix=fix)
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._read_in_the_end = self._raw.tell_packed()
            self._raw.close()
        super().close()


def compression_of(path: str, options: Mapping[str, Any]) -> str | None:
    """Return how a file is compressed: as the options say, else by its ending; None for not at all.

    Raises:
        ArgumentError: An unknown compression.

    Examples:
        >>> compression_of("a.csv.ZST", {}), compression_of("a.zip", {"compression": "no"})
        ('zstd', None)
    """
    given = options.get("compression")
    if given is None:
        return COMPRESSIONS.get(Path(path.lower()).suffix)
    check_one_of("compression", given, _NAMES)
    return None if given == "no" else str(given)


def without_packing(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are left for the format.

    Examples:
        >>> without_packing({"compression": "gz", "delimiter": ";"})
        {'delimiter': ';'}
    """
    return {name: value for name, value in options.items() if name not in OPTIONS}


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return the limits among the options of `load`.

    Raises:
        ArgumentError: One that cannot be.

    Examples:
        >>> limits_of({"max_ratio": 10, "delimiter": ";"}).max_ratio
        10
    """
    given: dict[str, Any] = {name: options[name] for name in _LIMITS if name in options}
    return Limits(**given)


def packed_files(
    path: str, options: Mapping[str, Any], *, is_table: Callable[[str], bool] = lambda _: True
) -> list[PackedFile]:
    """Return the files in a compressed file: one, or of a zip those that are asked for.

    Args:
        path: A file on this machine.
        options: ``compression``; ``innerpath`` (of a zip: the name of a file in it, or a pattern);
            and the `Limits`.
        is_table: Tells by its ending whether a file in a zip is a table; where there are several
            files, those that are not are left out, with a warning.

    Raises:
        ArgumentError: An option that cannot be.
        SourceLoadError: The zip is broken, holds too much or nothing of that kind.
    """
    limits = limits_of(options)
    compression = compression_of(path, options)
    if compression is None:
        return []
    if compression != "zip":
        return [PackedFile(path, compression, Path(path).name, limits=limits)]
    wanted = options.get("innerpath", options.get("filename"))
    names = member_names(path, limits)
    found = _chosen(path, names, wanted, is_table)
    if len(found) == 1 and wanted is None:
        return [PackedFile(path, "zip", Path(path).name, found[0], limits)]
    return [PackedFile(path, "zip", one.rpartition("/")[2], one, limits) for one in found]


def member_names(path: str, limits: Limits, *, hidden: bool = False) -> list[str]:
    """Return the names of the files in a zip; what file managers add to them is none of them.

    Args:
        path: The zip.
        limits: How many it may hold.
        hidden: Whether files whose names begin with a dot count, as where a package names them.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            all_names = [one.filename for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:
        what = f"cannot read the zip {path!r}: {error}"
        raise SourceLoadError(what, fix="check that it is a zip, and whole.") from error
    if len(all_names) > limits.max_members:
        what = f"{path!r} holds {len(all_names):,} files, more than {limits.max_members:,}"
        raise SourceLoadError(what, fix="if it is what you expect, raise max_members=.")
    names = [
        name
        for name in all_names
        if hidden or not (name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith("."))
    ]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        what = f"{path!r} holds two files named {twice!r}"
        raise SourceLoadError(what, fix="make the zip again, with one of them.")
    return names


def _chosen(
    path: str, names: list[str], wanted: str | None, is_table: Callable[[str], bool]
) -> list[str]:
    if wanted is not None:
        found = [wanted] if wanted in names else [one for one in names if fnmatchcase(one, wanted)]
        if not found:
            what = f"{path!r} holds no file {wanted!r}"
            raise SourceLoadError(what, fix=nearest(str(wanted), names, "files"))
        return found
    if len(names) == 1:
        return names
    found = [name for name in names if is_table(PurePosixPath(name.lower()).suffix.lstrip("."))]
    if not found:
        shown = ", ".join(names[:5]) or "nothing"
        what = f"{path!r} holds no table: it has {shown}"
        raise SourceLoadError(what, fix="say which file it is: innerpath='…', and its format=.")
    left_out = [name for name in names if name not in found]
    if left_out:
        what = f"of {path!r} these files are left out, which are no tables: {', '.join(left_out)}"
        warn(what)
    return found
