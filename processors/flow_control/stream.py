"""stream: the package and its rows as lines of JSON, for another program."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from dataflows.commit.disk import explained, sync_file
from dataflows.errors import ArgumentError, Place, RowError, shorten
from dataflows.helpers.extended_json import ejson
from dataflows.processor import Hooks, processor
from dataflows.spool import Backlog
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["stream"]


@processor
def stream(file: str | os.PathLike[str] | TextIO | BinaryIO | None = None) -> Hooks:
    """Write the package and all rows as lines of JSON, which `unstream` reads.

    The first line is the descriptor of the package. Then come the rows of each resource, one a
    line, and an empty line after the last. Numbers, dates and the like keep their types: see
    `dataflows.helpers.extended_json`.

    Schema: unchanged.
    Rows: unchanged.
    Memory: one batch; more where a later step leaves rows of one resource and goes on to the next.

    Args:
        file: A path, or a file that is open for writing; by default the standard output. A path
            gets its new content when the whole flow has succeeded. A file is closed at the end,
            but for the standard output and standard error, which are flushed.

    Raises:
        ArgumentError: What is given is no path and cannot be written to.
        OutputError: The file cannot be written.
        RowError: A value that has no form in JSON, such as bytes.

    Examples:
        >>> import sys
        >>> from dataflows import Flow, stream
        >>> _ = Flow([{"day": "2026-01-31", "qty": 2.5}], stream(sys.stdout)).process()
        ... # doctest: +ELLIPSIS
        {"profile": "data-package", "resources": [{"name": "res_1", ...
        {"day": "2026-01-31", "qty": {"type{decimal}": "2.5"}}
        <BLANKLINE>
    """
    given: Any = file
    if not (given is None or isinstance(given, (str, os.PathLike)) or hasattr(given, "write")):
        what = f"stream writes to a path or to an open file, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance stream('sales.ndjson').")

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the hook has it
        sink = _PathLines(Path(given), step) if _is_path(given) else _FileLines(given, step)
        step.state["lines"] = sink
        step.run.sinks.add(sink)
        step.run.opened.append(sink)

    def batches(stream: Stream) -> Iterator[Batch]:
        lines: _Lines = stream.step.state["lines"]
        return lines.passing(stream)

    return Hooks(package=package, batches=batches, drains=True)


def _is_path(file: object) -> bool:
    return isinstance(file, (str, os.PathLike))


class _Lines:
    """The lines of one run; resources are written one after the other, whoever asks for which."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self._resources: list[Backlog] = []
        self._begun = False

    def passing(self, stream: Stream) -> Iterator[Batch]:
        """Return the batches of a resource, which are written as they are asked for."""
        earlier = list(self._resources)
        backlog = Backlog(self._written(stream, earlier), codecs_of(stream.resource))
        self._resources.append(backlog)
        return iter(backlog)

    def _written(self, stream: Stream, earlier: list[Backlog]) -> Iterator[Batch]:
        for one in earlier:
            one.finish()
        self._begin()
        for batch in stream:
            rows = batch.rows()
            try:
                text = "".join([f"{ejson.dumps(row)}\n" for row in rows])
            except (TypeError, ValueError, RecursionError) as error:
                raise _refusal(batch, error) from error
            self.write(text)
            yield batch
        self.write("\n")

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self.open()
            self.write(ejson.dumps(self.step.package.descriptor, sort_keys=True) + "\n")

    def prepare(self) -> None:
        """Write the first line, where there was no resource, and bring all to the disk."""
        self._begin()
        self.end()

    def open(self) -> None:
        """Open what the lines go to."""

    def write(self, text: str) -> None:
        """Write lines, so that a reader sees them."""
        raise NotImplementedError

    def end(self) -> None:
        """End what the lines go to."""

    def commit(self) -> None:
        """Make the lines visible, where they are not yet."""

    def abort(self) -> None:
        """Drop the lines, where that can be."""

    def close(self) -> None:
        """Give back what waited on disk."""
        for one in self._resources:
            one.close()


class _FileLines(_Lines):
    """Lines for a file that somebody has opened."""

    def __init__(self, file: Any, step: Step) -> None:
        super().__init__(step)
        self._file: Any = sys.stdout if file is None else file
        mode = str(getattr(self._file, "mode", ""))
        raw = hasattr(self._file, "readinto") or "b" in mode
        self._is_binary = raw and not hasattr(self._file, "encoding")

    def __str__(self) -> str:
        return str(getattr(self._file, "name", "an open file"))

    def write(self, text: str) -> None:
        self._file.write(text.encode("ascii") if self._is_binary else text)
        self._file.flush()

    def end(self) -> None:
        if self._file not in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            self._file.close()


class _PathLines(_Lines):
    """Lines for a file of a path; they are in a file of their own until the flow has succeeded."""

    def __init__(self, path: Path, step: Step) -> None:
        super().__init__(step)
        self._path = path
        self._active = path.with_name(f"{path.name}.{os.urandom(4).hex()}.active")
        self._file: TextIO | None = None

    def __str__(self) -> str:
        return f"file {str(self._path)!r}"

    def open(self) -> None:
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._active.open("x", encoding="ascii", newline="\n")

    def write(self, text: str) -> None:
        assert self._file is not None, "not open"
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._file.write(text)

    def end(self) -> None:
        assert self._file is not None, "not open"
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._file.close()
            sync_file(self._active, self._active.stat().st_mode & 0o777)

    def commit(self) -> None:
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._active.replace(self._path)

    def abort(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            finally:
                self._active.unlink(missing_ok=True)


def _refusal(batch: Batch, error: Exception) -> RowError:
    """Return the error for the first value that has no form in JSON."""
    for index, row in enumerate(batch.rows()):
        for name, value in row.items():
            try:
                ejson.dumps({name: value})
            except (TypeError, ValueError, RecursionError):
                what = f"the value {shorten(value)} has no form in JSON: {error}"
                fix = "make it a text or a number, or leave the field out: delete_fields([…])."
                return RowError(what, where=Place(row=batch.number(index), field=name), fix=fix)
    return RowError(f"a row has no form in JSON: {error}")
