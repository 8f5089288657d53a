"""Formats of plugins: what they have as the tables and the writers of the engine."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError, shorten
from dataflows.plugins import PluginError, plugin_named
from dataflows.processors.formats.file_format import FileFormat, writer_of
from dataflows.processors.formats.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["RowsTable", "plugin_reader", "plugin_writer"]

_SAMPLE_ROWS = 1000
_CHUNK_ROWS = 4096


def plugin_reader(name: str) -> Any:
    """Return what opens a file of a format of a plugin; None where no plugin reads it.

    The plugin's ``reader(path, **options)`` returns the rows as dicts, one after the other, or a
    `Table` (see `dataflows.processors.loaders.tables`).

    Args:
        name: The name of the format.

    Examples:
        >>> plugin_reader("no such format") is None
        True
    """
    reader = getattr(plugin_named(name, "formats"), "reader", None)
    if reader is None:
        return None

    def opened(path: str, format: str, options: Mapping[str, Any]) -> Any:
        try:
            found = reader(path, **options)
        except TypeError as error:
            what = f"the reader of the format {format!r} was called with {dict(options)!r}: {error}"
            raise SourceLoadError(what, fix="give the options that it takes.") from error
        if hasattr(found, "chunks"):
            return found
        return RowsTable(format, lambda: reader(path, **options), found)

    return opened


def plugin_writer(name: str) -> type[Writer] | None:
    """Return what writes a format of a plugin; None where no plugin writes it.

    The plugin's ``writer`` is a `FileFormat` of its own, or a `Writer`.

    Args:
        name: The name of the format.

    Raises:
        PluginError: It is neither.

    Examples:
        >>> plugin_writer("no such format") is None
        True
    """
    writer = getattr(plugin_named(name, "formats"), "writer", None)
    if writer is None:
        return None
    if isinstance(writer, type) and issubclass(writer, Writer):
        return writer
    if isinstance(writer, type) and issubclass(writer, FileFormat):
        return _named(writer_of(writer, None), name)
    what = f"the writer of the format {name!r} is no FileFormat, but {shorten(writer)}"
    raise PluginError(what, fix="derive a class from dataflows.processors.formats' FileFormat.")


def _named(writer: type[Writer], name: str) -> type[Writer]:
    """Return a writer that says its format and its ending, before the plugin has its say."""

    class PluginWriter(writer):  # type: ignore[misc, valid-type] # the base is known at run time only
        """Writes through the `FileFormat` of a plugin."""

        @classmethod
        def describe(cls, descriptor: dict[str, Any], options: Mapping[str, Any]) -> None:
            stem = str(descriptor.get("path") or descriptor.get("name"))
            stem, dot, ending = stem.rpartition(".")
            descriptor["path"] = (stem if dot and "/" not in ending else ending) + f".{name}"
            descriptor["format"] = name
            super().describe(descriptor, options)

    return PluginWriter


class RowsTable:
    """Rows that somebody gives as dicts, as a table; the first of them tell the fields.

    Args:
        format: The name of the format.
        again: Returns the rows from their beginning.
        rows: The rows, for the look at their beginning.

    Raises:
        SourceLoadError: They are no dicts, or there are none.

    Examples:
        >>> table = RowsTable("x", lambda: [{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}])
        >>> table.names, list(table.chunks(None))
        (['a'], [([[1, 2]], 2)])
    """

    def __init__(
        self, format: str, again: Callable[[], Iterable[Any]], rows: Iterable[Any]
    ) -> None:
        self.format = format
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._again = again
        iterator = iter(rows)
        try:
            first = [self._checked(row) for row in islice(iterator, _SAMPLE_ROWS)]
        finally:
            _close(iterator)
        self.names = list(dict.fromkeys(chain.from_iterable(first)))
        if not self.names:
            what = "the source is empty"
            raise SourceLoadError(what, fix="check that it was written to its end.")
        self.sample = [self._cells(row) for row in first]

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[list[Any]], int]]:
        """Yield the rows as columns, and their number."""
        iterator = iter(self._again())
        try:
            rows = islice(iterator, limit_rows)
            while chunk := [self._cells(self._checked(row)) for row in islice(rows, _CHUNK_ROWS)]:
                yield [list(column) for column in zip(*chunk, strict=True)], len(chunk)
        finally:
            _close(iterator)

    def _checked(self, row: Any) -> dict[str, Any]:
        if not isinstance(row, dict):
            what = f"the reader of the format {self.format!r} gave {shorten(row)}, not a dict"
            raise SourceLoadError(what, fix="let it yield a dict a row.")
        return row

    def _cells(self, row: dict[str, Any]) -> list[Any]:
        if not row.keys() <= set(self.names):
            note = "keys of later rows, left out"
            self.notes[note] = self.notes.get(note, 0) + len(row.keys() - set(self.names))
        return [row.get(name) for name in self.names]


def _close(iterator: Iterator[Any]) -> None:
    close = getattr(iterator, "close", None)
    if close is not None:
        close()
