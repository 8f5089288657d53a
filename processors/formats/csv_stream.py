"""The text of a CSV file: its encoding, given or guessed, and its bytes as UTF-8."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import zlib
from threading import Event, Lock
from typing import BinaryIO, Protocol, Self, cast, runtime_checkable

from dataflows.errors import ArgumentError, SourceLoadError

__all__ = [
    "HEAD_BYTES",
    "ByteSource",
    "NulError",
    "Utf8Source",
    "count_line_ends",
    "detect_encoding",
    "open_bytes",
    "read_bytes",
]

HEAD_BYTES = 1 << 20
_LARGEST_GUESS = 1 << 16
_LEAST_CONFIDENCE = 0.5
_CARRIAGE_RETURN = 13
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LINES_THAT_TELL = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*[\r\n]*")


@runtime_checkable
class ByteSource(Protocol):
    """A file without a path here; its bytes can be opened from the beginning, also several times.

    ``os.fspath()`` of it is what errors call it.
    """

    def __fspath__(self) -> str: ...

    def open_bytes(self) -> BinaryIO:
        """Open the bytes."""


def open_bytes(path: str | os.PathLike[str], compression: str | None) -> BinaryIO:
    """Open the bytes of a file, decompressed."""
    if isinstance(path, ByteSource):
        raw = path.open_bytes()
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if compression == "gz" else raw
    if compression == "gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return open(path, "rb", buffering=0)  # noqa: PTH123 - any path-like


def read_bytes(stream: BinaryIO, size: int, path: str | os.PathLike[str]) -> bytes:
    """Read bytes; a broken archive is an error of the source."""
    try:
        return stream.read(size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        what = f"the archive {os.fspath(path)!r} is broken: {error}"
        raise SourceLoadError(what, fix="fetch or compress the file again.") from error


def count_line_ends(text: str) -> int:
    r"""Return how many lines end in a text, with ``\n``, ``\r`` or ``\r\n``.

    Examples:
        >>> count_line_ends("a\n b\r\n c\r d")
        3
    """
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def detect_encoding(head: bytes, given: str | None, *, whole: bool) -> tuple[str, bool]:
    r"""Return the encoding of a text that begins so, and whether it is a guess.

    A byte order mark tells; what is valid UTF-8 is UTF-8; else chardet is asked.

    Args:
        head: The first bytes of the file.
        given: The encoding that the user names.
        whole: `head` is all of the file.

    Raises:
        ArgumentError: Python knows no such encoding.
        SourceLoadError: The bytes look like UTF-16 or UTF-32, without the mark that tells which.

    Examples:
        >>> detect_encoding("é".encode("utf-8-sig"), None, whole=True)
        ('utf-8-sig', False)
        >>> detect_encoding("caf\u00e9".encode(), None, whole=True)
        ('utf-8', True)
    """
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)
    if given is not None:
        try:
            name = codecs.lookup(given).name
        except LookupError:
            what = f"there is no encoding {given!r}"
            fix = "pass one of Python's codecs, such as 'utf-8' or 'latin-1'."
            raise ArgumentError(what, fix=fix) from None
        if marked and name.startswith(marked.removesuffix("-sig")):
            return marked, False
        return name.removesuffix("-sig") if name == "utf-8-sig" else name, False
    if marked:
        return marked, False
    _refuse_unmarked(head)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        return _guess(head), True
    return "utf-8", True


def _refuse_unmarked(head: bytes) -> None:
    """Refuse a text where NUL bytes are so many that it is UTF-16 or UTF-32."""
    start = head[: 1 << 12]
    nuls = start.count(0)
    if b"\0" not in start[:4] or nuls * 5 < len(start):
        return
    width = 32 if nuls * 5 > len(start) * 3 else 16
    order = "be" if start.startswith(b"\0") else "le"
    likely = f"utf-{width}-{order}"
    what = f"the file is full of NUL bytes, as {likely} text without a byte order mark is"
    fix = f"pass encoding={likely!r}, or encoding='utf-8' if the NULs belong to the data."
    raise SourceLoadError(what, fix=fix)


def _guess(head: bytes) -> str:
    """Return what chardet makes of the lines that are not ASCII; UTF-8 when it is not sure."""
    import chardet

    telling = b"".join(match[0] for match in _LINES_THAT_TELL.finditer(head, 0, _LARGEST_GUESS))
    found = chardet.detect(telling or head[-_LARGEST_GUESS:])
    name = found["encoding"]
    if name is None or found["confidence"] < _LEAST_CONFIDENCE:
        return "utf-8"
    try:
        name = codecs.lookup(name).name
        codecs.getincrementaldecoder(name)().decode(head)
    except (LookupError, UnicodeDecodeError):
        return "utf-8"
    return "utf-8" if name == "ascii" else name


class NulError(Exception):
    """A NUL character, where none is wanted."""


class Utf8Source:
    """The text of a file as UTF-8 bytes, without its byte order mark; every byte is checked.

    A file object in the sense of Arrow, which reads ahead in a thread of its own, and goes on for
    a while when its reader is gone: hence the lock, without which it would read from whichever
    file is given the number of the closed one. What is UTF-8 already is passed on as it is.

    Args:
        path: The file.
        encoding: Python's name of its encoding.
        compression: ``"gz"``, or None.
        guessed: The encoding was not given, so that an error may say so.
        tail: A line to add at the end.
        allow_nul: NUL characters may be part of the text; else they raise `NulError`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        encoding: str = "utf-8",
        compression: str | None = None,
        guessed: bool = False,
        tail: bytes = b"",
        allow_nul: bool = True,
    ) -> None:
        self.path = path
        self.encoding = encoding
        self.compression = compression
        self.guessed = guessed
        self.ended = False
        self._tail = tail
        self._allow_nul = allow_nul
        self._is_utf8 = encoding in ("utf-8", "utf-8-sig")
        self._decoder = codecs.getincrementaldecoder("utf-8" if self._is_utf8 else encoding)()
        self._undecided = False
        self._lock = Lock()
        self._end_told = Event()
        self._last = b"\n"
        self._held = b""
        self._offset = 0
        self._stream = open_bytes(path, compression)
        self.closed = False
        if encoding == "utf-8-sig":
            self._offset = len(read_bytes(self._stream, len(codecs.BOM_UTF8), path))

    @property
    def is_finished(self) -> bool:
        """Whether all has been read."""
        return self.ended and not self._held

    @property
    def offset(self) -> int:
        """How many bytes of the text have been read."""
        return self._offset

    def readable(self) -> bool:
        """Tell Arrow that this can be read."""
        return True

    def writable(self) -> bool:
        """Tell Arrow that this cannot be written."""
        return False

    def seekable(self) -> bool:
        """Tell Arrow that this has no positions."""
        return False

    def close(self) -> None:
        """Close the file, when no other thread is reading it."""
        with self._lock:
            self.closed = self.ended = True
            self._held = b""
            self._stream.close()

    def wait_for_reader(self, seconds: float) -> None:
        """Wait until who reads in another thread was told of the end, or for so long."""
        self._end_told.wait(seconds)

    def __enter__(self) -> Self:
        """Return this source, to be closed at the end of the block."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Close the file."""
        self.close()

    def skip(self, size: int) -> int:
        """Read over so many bytes and return their checksum."""
        checksum = 0
        while size > 0:
            block = self.read(min(size, HEAD_BYTES))
            if not block:
                break
            checksum = zlib.crc32(block, checksum)
            size -= len(block)
        self._last = b"\n"
        return checksum

    def unread(self, block: bytes) -> None:
        """Put bytes back, to be read next."""
        self._held = block + self._held

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, or one less; fewer only at the end, after which the tail stands."""
        with self._lock:
            block = b""
            try:
                block = self._read(HEAD_BYTES if size < 0 else size)
            finally:
                if not block:
                    self._end_told.set()
            return block

    def _read(self, size: int) -> bytes:
        """Return the bytes that `read` promises."""
        while len(self._held) < size and not self.ended:
            self._held += self._next(size - len(self._held))
        # pyarrow takes a line feed for half of a line end when the block before ends in a carriage
        # return, within quotes too: so that no block ends there.
        cut = min(size, len(self._held))
        at_end = self.ended and cut == len(self._held)
        cut -= cut > 1 and self._held[cut - 1] == _CARRIAGE_RETURN and not at_end
        if cut == len(self._held):
            block, self._held = self._held, b""
        else:
            block, self._held = self._held[:cut], self._held[cut:]
        return block

    def _next(self, size: int) -> bytes:
        """Return the next bytes that there are, the tail after the last."""
        raw = read_bytes(self._stream, size, self.path)
        text = self._decode(raw)
        if not self._allow_nul and b"\0" in text:
            raise NulError
        if text:
            self._last = text[-1:]
        if raw:
            return text
        self.ended = True
        if self._tail and (text or self._last) not in b"\r\n":
            return text + b"\n" + self._tail
        return text + self._tail

    def _decode(self, raw: bytes) -> bytes:
        """Return bytes as UTF-8; those that do not decode are an error."""
        self._offset += len(raw)
        if self._is_utf8 and not self._undecided and raw and raw.isascii():
            return raw
        try:
            text = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            raise self._undecodable(error) from error
        if self._is_utf8:
            self._undecided = bool(self._decoder.getstate()[0])
            return raw
        return text.encode()

    def _undecodable(self, error: UnicodeDecodeError) -> SourceLoadError:
        """Return the error for a byte that is not of the encoding."""
        offset = self._offset - len(error.object) + error.start
        name = "utf-8" if self._is_utf8 else self.encoding
        byte = error.object[error.start]
        line = self._line_at(offset)
        what = f"the byte 0x{byte:02x} at offset {offset:,} (line {line:,}) is not {name} text"
        fix = "pass the encoding of the file, such as encoding='latin-1' or encoding='cp1252'"
        fix += f"; {name} was guessed from the start of the file." if self.guessed else "."
        return SourceLoadError(what, fix=fix)

    def _line_at(self, offset: int) -> int:
        """Return the line on which a byte stands, counted from 1."""
        decoder = codecs.getincrementaldecoder(self.encoding)(errors="replace")
        lines, before = 1, ""
        with open_bytes(self.path, self.compression) as stream:
            while offset > 0:
                raw = stream.read(min(offset, HEAD_BYTES))
                if not raw:
                    break
                offset -= len(raw)
                text = decoder.decode(raw)
                lines += count_line_ends(text)
                if before == "\r" and text.startswith("\n"):
                    lines -= 1
                before = text[-1:] or before
        return lines
