"""How much the buffers of an Arrow file unpack to is read before they are: few bytes can be many.

An IPC file names its blocks in a footer, a stream is one message after the other. A message has a
table of its buffers, and a compressed buffer begins with the size that it unpacks to. The layouts
are those of Message.fbs and File.fbs in the specification of Arrow's columnar format, written as
FlatBuffers; of these the few fields are read that are needed.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from dataflows.errors import SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["checked_blocks", "checked_messages"]

_BYTES_OF_ANY_RATIO = 64 << 20
_CONTINUES = 0xFFFFFFFF
_DICTIONARY, _RECORDS = 2, 3  # of the union MessageHeader
_FOOTER_END = 10  # the length of the footer, and ARROW1
_MOST_METADATA = 1 << 28


class _Fields:
    """A table of a FlatBuffer: where its fields are."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self._place = data, place
        self._known = place - _number(data, "<i", place)
        self._size = _number(data, "<H", self._known)

    def place(self, field: int) -> int | None:
        """Return where the value of a field is; None where it has the default."""
        slot = 4 + 2 * field
        offset = _number(self.data, "<H", self._known + slot) if slot + 2 <= self._size else 0
        return self._place + offset if offset else None

    def number(self, field: int, form: str, default: int = 0) -> int:
        """Return the number in a field."""
        place = self.place(field)
        return default if place is None else _number(self.data, form, place)

    def table(self, field: int) -> _Fields | None:
        """Return the table to which a field refers."""
        place = self.place(field)
        return None if place is None else _Fields(self.data, _referred(self.data, place))

    def structs(self, field: int, form: str) -> Iterator[tuple[int, ...]]:
        """Yield the structs in the vector to which a field refers."""
        place = self.place(field)
        if place is None:
            return
        start = _referred(self.data, place)
        count = _number(self.data, "<I", start)
        size = struct.calcsize(form)
        if start + 4 + count * size > len(self.data):
            message = "a list in it is longer than it"
            raise ValueError(message)
        for number in range(count):
            yield struct.unpack_from(form, self.data, start + 4 + number * size)


def _number(data: bytes, form: str, place: int) -> int:
    if place < 0 or place + struct.calcsize(form) > len(data):
        message = "its metadata breaks off"
        raise ValueError(message)
    return int(struct.unpack_from(form, data, place)[0])


def _referred(data: bytes, place: int) -> int:
    return place + _number(data, "<I", place)


def checked_blocks(file: BinaryIO, path: str, max_ratio: float) -> Iterator[None]:
    """Check the blocks of an IPC file: first all dictionaries, then a batch for each step.

    Raises:
        SourceLoadError: One unpacks to far more than it takes in the file.
        ValueError: The file is broken.
    """
    end = file.seek(0, 2)
    file.seek(max(end - _FOOTER_END, 0))
    length = _number(file.read(4), "<I", 0)
    file.seek(max(end - _FOOTER_END - length, 0))
    footer = _table_in(file.read(length))
    for kind in (2, 3):  # dictionaries, record batches
        for offset, _, _ in footer.structs(kind, "<qi4xq"):
            file.seek(max(offset, 0))
            metadata = _next_metadata(file)
            if metadata is not None:
                _check(file, metadata, path, max_ratio)
            if kind == 3:
                yield


def checked_messages(file: BinaryIO, path: str, max_ratio: float) -> Iterator[None]:
    """Check the messages of an IPC stream: for each step up to the next batch.

    Raises:
        SourceLoadError: One unpacks to far more than it takes in the file.
        ValueError: The file is broken.
    """
    while (metadata := _next_metadata(file)) is not None:
        body = file.tell()
        _check(file, metadata, path, max_ratio)
        file.seek(body + max(metadata.number(3, "<q"), 0))
        if metadata.number(1, "<B") == _RECORDS:
            yield


def _next_metadata(file: BinaryIO) -> _Fields | None:
    """Return the table of the message that begins here; None at the end of a stream."""
    start = file.read(4)
    length = _number(start, "<I", 0) if start else 0
    if length == _CONTINUES:
        length = _number(file.read(4), "<I", 0)
    if length > _MOST_METADATA:
        message = f"a message claims to have metadata of {length:,} bytes"
        raise ValueError(message)
    return _table_in(file.read(length)) if length else None


def _table_in(data: bytes) -> _Fields:
    return _Fields(data, _referred(data, 0))


def _check(file: BinaryIO, metadata: _Fields, path: str, max_ratio: float) -> None:
    """Add up what the buffers of a message unpack to; the file stands at its body."""
    kind, header = metadata.number(1, "<B"), metadata.table(2)
    batch = header.table(1) if kind == _DICTIONARY and header is not None else header
    if kind not in (_DICTIONARY, _RECORDS) or batch is None or batch.place(3) is None:
        return  # it has no buffers, or none that is compressed
    body, size, packed = file.tell(), 0, 0
    for offset, length in batch.structs(2, "<qq"):
        if length > 0:
            file.seek(body + max(offset, 0))
            unpacked = _number(file.read(8), "<q", 0)
            size += length if unpacked < 0 else unpacked
            packed += length
    file.seek(body)
    if size > max(_BYTES_OF_ANY_RATIO, max_ratio * packed):
        what = f"{path}: a batch of rows unpacks to {size:,} bytes from {packed:,}"
        what += ", as only a bomb does"
        raise SourceLoadError(what, fix=f"if it is what you expect, raise max_ratio={max_ratio:g}.")
