"""unstream: the package and the rows that `stream` has written."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from dataflows.errors import ArgumentError, CastError, SourceLoadError, shorten
from dataflows.helpers.extended_json import ejson
from dataflows.processor import Hooks, processor
from dataflows.processors.added_rows import added
from dataflows.spool import Backlog
from dataflows.stages import Batches
from dataflows.streams import batches_of_rows, codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Resource
    from dataflows.streams import Stream

__all__ = ["unstream"]

_TUPLES = ("geopoint", "yearmonth")
_FIX = "write it again with stream(): whatever wrote it was interrupted, or it is no such stream."


@processor
def unstream(file: str | os.PathLike[str] | TextIO | BinaryIO | None = None) -> Hooks:
    """Read the package and the rows that `stream` has written.

    A stream that was interrupted is an error, and never a table with fewer rows.

    Schema: that of the package which was written; it takes the place of what is there.
    Rows: those which were written, in their order; what is there before is not read.
    Memory: one batch; more where a later step leaves rows of one resource and goes on to the next.

    Args:
        file: A path, or a file that is open for reading; by default the standard input.

    Raises:
        ArgumentError: What is given is no path and cannot be read.
        SourceLoadError: It cannot be opened, was interrupted, or is no such stream.

    Examples:
        >>> import tempfile
        >>> from dataflows import Flow, stream, unstream
        >>> path = f"{tempfile.mkdtemp()}/cities.ndjson"
        >>> _ = Flow([{"city": "Rome", "size": 2.5}], stream(path)).process()
        >>> Flow(unstream(path)).results()[0]
        [[{'city': 'Rome', 'size': Decimal('2.5')}]]
    """
    given: Any = file
    if not (given is None or isinstance(given, (str, os.PathLike)) or hasattr(given, "readline")):
        what = f"unstream reads a path or an open file, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance unstream('sales.ndjson').")
    source = _Source(given)

    def package(package: Package, step: Step) -> None:
        lines = step.state["lines"] = source.lines()
        step.run.opened.append(lines)
        package.descriptor = lines.descriptor()

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:  # noqa: ARG001 - what comes is not wanted
        lines: _Lines = step.state["lines"]
        lines.begin()
        for resource in step.package.resources:
            yield Batches(added(lines.batches(resource), resource.name, step))

    return Hooks(package=package, resources=resources)


class _Source:
    """Where the lines come from; of an open file the first line is read once."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._first: str | None = None
        self._start: int | None = None

    def lines(self) -> _Lines:
        """Return the lines, from the first on."""
        if isinstance(self._file, (str, os.PathLike)):
            return self._opened(self._file)
        file = sys.stdin if self._file is None else self._file
        if self._start is not None:
            file.seek(self._start)
            self._first = None
        elif getattr(file, "seekable", bool)():
            self._start = file.tell()
        if self._first is None:
            self._first = _line_of(file)
        return _Lines(file, self._first, self)

    def _opened(self, path: str | os.PathLike[str]) -> _Lines:
        try:
            opened = open(path, encoding="utf-8", newline="\n")  # noqa: SIM115, PTH123 - closed with the run
        except OSError as error:
            what = f"{os.fspath(path)!r} cannot be opened: {error.strerror or error}"
            raise SourceLoadError(what, fix="check the path.") from error
        return _Lines(opened, _line_of(opened), None)

    def spend(self) -> None:
        """Say that the lines after the first are being read: they come only once."""
        self._first = ""


class _Lines:
    """The lines of one run; resources are read one after the other, whoever asks for which."""

    def __init__(self, file: Any, first: str, source: _Source | None) -> None:
        self._file = file
        self._first = first
        self._source = source
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
        if self._source is not None:
            self._source.spend()

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
            what = f"the stream ends within the resource {name!r}, after {count:,} rows"
            raise SourceLoadError(what, fix=_FIX)
        self._number += 1

    def _read(self, line: str) -> dict[str, Any]:
        try:
            found = ejson.loads(line)
        except (ValueError, RecursionError) as error:
            what = f"line {self._number:,} of the stream is torn, or no JSON: {error}"
            raise SourceLoadError(what, fix=_FIX) from error
        if not isinstance(found, dict):
            what = f"line {self._number:,} of the stream is no object: {shorten(found)}"
            raise SourceLoadError(what, fix=_FIX)
        return found

    def close(self) -> None:
        """Close the file, where it was opened here, and give back what waited on disk."""
        if self._source is None:
            self._file.close()
        for one in self._resources:
            one.close()


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
