"""Lines of JSON as `unstream` reads them, whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from dataflows.errors import CastError, SourceLoadError, shorten
from dataflows.helpers.extended_json import CommonJSONDecoder
from dataflows.spill.spool import Backlog
from dataflows.streams import batches_of_rows, codecs_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.package import Resource

__all__ = ["Lines", "LinesSource"]

_DECODE = CommonJSONDecoder().decode
_TUPLES = ("geopoint", "yearmonth")
_FIX = "write it again with stream(): whatever wrote it was interrupted, or it is no such stream."


class LinesSource:
    """Where the lines come from; of an open file the first line is read once."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._first: str | None = None
        self._start: int | None = None

    def lines(self) -> Lines:
        """Return the lines, from the first on."""
        if isinstance(self._file, (str, os.PathLike)):
            return _LinesOfPath(self._file)
        file = sys.stdin if self._file is None else self._file
        if self._start is not None:
            file.seek(self._start)
            self._first = None
        elif getattr(file, "seekable", bool)():
            self._start = file.tell()
        if self._first is None:
            self._first = _line_of(file)
        return _LinesOfFile(file, self._first, self)

    def spend(self) -> None:
        """Say that the lines after the first are being read: they come only once."""
        self._first = ""


class Lines:
    """The lines of one run; resources are read one after the other, whoever asks for which."""

    def __init__(self, file: Any, first: str) -> None:
        self._file = file
        self._first = first
        self._number = 1
        self._resources: list[Backlog] = []

    def descriptor(self) -> dict[str, Any]:
        """Return the first line.

        Raises:
            SourceLoadError: It is no descriptor.
        """
        if not self._first.strip():
            what = "the stream is empty, or has been read already"
            raise SourceLoadError(what, fix="give it the lines that stream() writes.")
        found = self._read(self._first)
        if not isinstance(found.get("resources"), list):
            what = f"line 1 of the stream is not the descriptor of a package: {shorten(found)}"
            raise SourceLoadError(what, fix=_FIX)
        return found

    def begin(self) -> None:
        """Say that the rows are read now."""

    def batches(self, resource: Resource) -> Iterator[Batch]:
        """Return the batches of the next resource."""
        codecs = codecs_of(resource)
        tuples = [name for name, codec in codecs.items() if codec.type in _TUPLES]
        rows = self._rows(resource.name, list(self._resources))
        if tuples:
            rows = (_with_tuples(row, tuples, codecs) for row in rows)
        backlog = Backlog(batches_of_rows(rows, list(codecs)), codecs)
        self._resources.append(backlog)
        return iter(backlog)

    def _rows(self, name: str, earlier: list[Backlog]) -> Iterator[dict[str, Any]]:
        for one in earlier:
            one.finish()
        count = 0
        while (line := _line_of(self._file)).strip():
            self._number += 1
            count += 1
            yield self._read(line)
        if not line:
            what = f"the stream ends within the resource {name!r}, after {counted(count, 'row')}"
            raise SourceLoadError(what, fix=_FIX)
        self._number += 1

    def _read(self, line: str) -> dict[str, Any]:
        try:
            found = _DECODE(line)
        except (ValueError, RecursionError) as error:
            what = f"line {self._number:,} of the stream is torn, or no JSON: {error}"
            raise SourceLoadError(what, fix=_FIX) from error
        if not isinstance(found, dict):
            what = f"line {self._number:,} of the stream is no object: {shorten(found)}"
            raise SourceLoadError(what, fix=_FIX)
        return found

    def close(self) -> None:
        """Give back what waited on disk."""
        for one in self._resources:
            one.close()


class _LinesOfFile(Lines):
    """Lines of a file that somebody has opened, and will close."""

    def __init__(self, file: Any, first: str, source: LinesSource) -> None:
        super().__init__(file, first)
        self._source = source

    def begin(self) -> None:
        """Say that the rows are read now: they come only once."""
        self._source.spend()


class _LinesOfPath(Lines):
    """Lines of a path; what has only its package phase keeps nothing open, but for a pipe."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        file = self._opened()
        super().__init__(file, _line_of(file))
        if Path(path).is_file():
            file.close()

    def _opened(self) -> TextIO:
        try:
            return Path(self._path).open(encoding="utf-8", newline="\n")
        except OSError as error:
            what = f"{os.fspath(self._path)!r} cannot be opened: {error.strerror or error}"
            raise SourceLoadError(what, fix="check the path.") from error

    def begin(self) -> None:
        """Open the file again.

        Raises:
            SourceLoadError: It is another file now.
        """
        if self._file.closed:
            self._file = self._opened()
            if _line_of(self._file) != self._first:
                what = f"{os.fspath(self._path)!r} was changed since this run began"
                raise SourceLoadError(what, fix="run again.")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def _line_of(file: Any) -> str:
    try:
        line = file.readline()
        return line.decode("utf-8") if isinstance(line, bytes) else line
    except UnicodeDecodeError as error:
        what = f"the stream is no text: {error}"
        raise SourceLoadError(what, fix=_FIX) from error


def _with_tuples(row: dict[str, Any], names: list[str], codecs: Any) -> dict[str, Any]:
    """Return a row in which pairs are what they were: JSON has made them lists."""
    for name in names:
        if isinstance(row.get(name), list):
            try:
                row[name] = codecs[name].cast(row[name])
            except CastError:
                continue
    return row
