"""The bytes of a column of text, all in one piece: a look at them answers much at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["holds_any", "text_bytes"]


def text_bytes(array: pa.StringArray) -> memoryview:
    """Return the UTF-8 bytes of all cells, one after the other, without a copy.

    Examples:
        >>> import pyarrow as pa
        >>> bytes(text_bytes(pa.array(["a", None, "bc", "d"])[1:3]))
        b'bc'
    """
    _, offsets, data = array.buffers()
    if data is None:
        return memoryview(b"")
    # A file may have bytes behind the last offset that are no offset any more.
    places = memoryview(offsets)[: len(offsets) // 4 * 4].cast("i")
    return memoryview(data)[places[array.offset] : places[array.offset + len(array)]]


def holds_any(array: pa.StringArray, *marks: str) -> bool:
    """Return whether one of some texts occurs anywhere, a hundred times as fast as by asking cells.

    Two cells can make up a mark of several characters between them: so for such a mark True may be
    wrong; False never is.

    Examples:
        >>> import pyarrow as pa
        >>> holds_any(pa.array(["1.50", "-2"]), "-"), holds_any(pa.array(["1.50"]), "e", "E")
        (True, False)
    """
    data = bytes(text_bytes(array))
    return any(mark.encode() in data for mark in marks)
