"""Lines of JSON as `stream` writes them: to an open file, or to a path when all has succeeded."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from dataflows.commit.disk import explained, sync_file
from dataflows.errors import Place, RowError, shorten
from dataflows.helpers.extended_json import CommonJSONEncoder, ejson
from dataflows.processors.storage.replaceable import must_be_replaceable
from dataflows.spill.spool import Backlog
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.streams import Stream

__all__ = ["FileLines", "Lines", "PathLines"]

_ENCODE = CommonJSONEncoder().encode


class Lines:
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
                text = "".join([f"{row}\n" for row in map(_ENCODE, rows)])
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


class FileLines(Lines):
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
        """Write lines, at once: a reader at the other end may wait for them."""
        self._file.write(text.encode("ascii") if self._is_binary else text)
        self._file.flush()

    def end(self) -> None:
        """Close the file, unless others write to it as well."""
        if self._file not in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            self._file.close()


class PathLines(Lines):
    """Lines for a file of a path; they are in a file of their own until the flow has succeeded."""

    def __init__(self, path: Path, step: Step) -> None:
        super().__init__(step)
        self._path = path
        self._active = path.with_name(f"{path.name}.{os.urandom(4).hex()}.active")
        self._file: TextIO | None = None

    def __str__(self) -> str:
        return f"file {str(self._path)!r}"

    def open(self) -> None:
        """Make a file beside the path."""
        place = Path(os.path.realpath(self._path.parent), self._path.name)
        must_be_replaceable(place, str(self._path))
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._active.open("x", encoding="ascii", newline="\n")

    def write(self, text: str) -> None:
        """Write lines."""
        assert self._file is not None, "not open"
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._file.write(text)

    def end(self) -> None:
        """Bring the lines to the disk."""
        assert self._file is not None, "not open"
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._file.close()
            sync_file(self._active, self._active.stat().st_mode & 0o777)

    def commit(self) -> None:
        """Put the file in the place of the path."""
        with explained(f"write {str(self._path)!r}", str(self._path.parent)):
            self._active.replace(self._path)

    def abort(self) -> None:
        """Remove the file."""
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
