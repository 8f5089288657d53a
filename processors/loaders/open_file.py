"""Open files, standard input and bytes as sources: read as they come, or from a temporary file."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from dataflows.errors import SourceLoadError
from dataflows.processors.loaders.arriving_table import ArrivingTable
from dataflows.processors.loaders.standard_input import StandardInputTable, reads_options
from dataflows.processors.storage.compressed import compression_of
from dataflows.processors.storage.opened import Arriving, OpenedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.processors.loaders.tables import Table

__all__ = ["is_open_file", "open_file_table"]

_AS_THEY_COME = {"csv": "csv", "tsv": "tsv", "tab": "tsv", "ndjson": "ndjson", "jsonl": "ndjson"}
_ENCODED = ("json", "html", "htm")
_STANDARD_INPUT = "standard input"


class _Borrowed(io.RawIOBase):
    """The rest of a file that somebody else has opened, and will close."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data: bytes | str = getattr(self._file, "read1", self._file.read)(size)
        return data.encode() if isinstance(data, str) else data


def is_open_file(source: Any) -> bool:
    """Return whether a source is standard input, an open file, or bytes.

    Examples:
        >>> is_open_file("-"), is_open_file(b"id"), is_open_file("a.csv")
        (True, True, False)
    """
    return source == "-" or hasattr(source, "read") or isinstance(source, bytes)


def open_file_table(
    source: Any,
    format_: str | None,
    options: Mapping[str, Any],
    *,
    open_local: Callable[[str, dict[str, Any]], Table],
    open_arriving: Callable[[Arriving], Table],
) -> Table:
    """Return the table in an open file.

    Text with a row a line is read as it comes. Other formats are read from the file itself where
    it is one of this machine, not yet read; else from a temporary file.

    Args:
        source: ``-`` for standard input; bytes; or anything with a method `read`.
        format_: The format that the user names.
        options: The other options.
        open_local: Returns the table in a file on this machine, read with these options.
        open_arriving: Returns the table in a file that is still arriving.

    Raises:
        SourceLoadError: It is no table.
    """
    shown = _STANDARD_INPUT if source == "-" else "the stream"
    file: Any = sys.stdin.buffer if source == "-" else source
    file = io.BytesIO(file) if isinstance(file, bytes) else file
    name = getattr(file, "name", None)
    name = Path(name).name if isinstance(name, str) and source != "-" else ""
    kind = str(format_ or Path(name).suffix.lstrip(".") or "csv").lower()
    is_packed = compression_of(name, options) is not None
    if kind in _AS_THEY_COME and not is_packed and reads_options(options):
        return StandardInputTable(file, _AS_THEY_COME[kind], options, shown=shown)
    left = dict(options)
    if isinstance(file, io.TextIOBase) and kind in _ENCODED:
        left.setdefault("encoding", getattr(file, "encoding", None) or "utf-8")
    file = getattr(file, "buffer", file)
    path = _path_of(file)
    if path is not None:
        return open_local(path, left)
    bytes_ = cast("BinaryIO", _Borrowed(file))
    arriving = Arriving(OpenedFile(bytes_, name or f"data.{kind}", shown, kind, left))
    if not arriving.head(1):
        arriving.close()
        what = f"{shown} is empty"
        fix = "pipe a file into the script." if source == "-" else "open it anew for each run."
        raise SourceLoadError(what, fix=fix)
    return ArrivingTable(arriving, open_arriving)


def _path_of(file: Any) -> str | None:
    """Return the path of a file of this machine that nobody has read of, else None."""
    name = getattr(file, "name", None)
    try:
        if not isinstance(name, str) or file.tell() != 0:
            return None
        same = os.path.samestat(os.fstat(file.fileno()), Path(name).stat())
    except (AttributeError, OSError, ValueError):
        return None
    return name if same else None
