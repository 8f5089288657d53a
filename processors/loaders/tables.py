"""Tables: sources of one table each, looked at in the package phase and read in the data phase."""

from __future__ import annotations

import difflib
import os
import re
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dataflows.errors import SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    Chunk = tuple[list["pa.StringArray | list[Any]"], int]

__all__ = ["CHUNK_ROWS", "Table", "chunk_of", "open_table", "source_name"]

CHUNK_ROWS = 4096
SAMPLE_ROWS = 1000
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]+://", re.IGNORECASE)
_CSV_OPTIONS = {
    "encoding",
    "headers",
    "compression",
    "sample_size",
    "delimiter",
    "quotechar",
    "doublequote",
    "escapechar",
    "quoting",
    "skipinitialspace",
    "lineterminator",
}
_KEYED_FORMATS = ("json", "ndjson", "jsonl", "sql", "inline", "gsheet")
_JSON_OPTIONS = {"encoding", "property", "sample_size"}
_OWN = {"csv": "csv", "tsv": "tsv", "tab": "tsv", "json": "json", "ndjson": "ndjson", "jsonl": "ndjson"}


class Table(Protocol):
    """A source of one table, after a look at its beginning.

    `format` is the detected format, `names` the header, `sample` the first rows and `spread` rows from further on;
    `notes` counts, after reading, what had to be mended.
    """

    format: str
    names: list[str]
    sample: list[list[Any]]
    spread: list[list[Any]]
    notes: dict[str, int]

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows as columns: one array of text or list of values a name, and the number of rows."""


class CsvTable:
    """A CSV or TSV file on this machine."""

    def __init__(self, path: str, format_: str, options: Mapping[str, Any]) -> None:
        from dataflows.processors.formats.csv_reader import inspect_csv

        given = dict(options)
        if format_ == "tsv":
            given.setdefault("delimiter", "\t")
        self.format = format_
        self.file = inspect_csv(path, **given)
        self.names = self.file.names
        self.sample: list[list[Any]] = [list(row) for row in self.file.sample]
        self.spread: list[list[Any]] = [list(row) for row in self.file.spread]
        self.notes: dict[str, int] = {}

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows, as text."""
        for record in self.file.batches(limit_rows=limit_rows):
            yield record.columns, record.num_rows
        report = self.file.report
        counts = {
            "short rows, filled with missing values": report.short_rows,
            "long rows, cut": report.long_rows,
        }
        self.notes.update({note: count for note, count in counts.items() if count})


class TabulatorTable:
    """Whatever the library tabulator opens: other formats, schemes and options.

    Its header is found as that of a CSV file is, for tabulator has no such search; formats whose rows have keys
    bring their header along.
    """

    def __init__(self, source: Any, options: Mapping[str, Any]) -> None:
        self._source = source
        self._options = {"sample_size": SAMPLE_ROWS, **options}
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        stream = self._open(self._options)
        try:
            self.format = str(options.get("format") or stream.format)
            keyed = self.format in _KEYED_FORMATS
            if "headers" in options or keyed:
                stream.close()
                self._options = {"headers": 1, "ignore_blank_headers": True, **self._options}
                stream = self._open(self._options)
                header, self._skip, rows = stream.headers or [], 0, stream.sample
            else:
                header, self._skip, rows = self._find_header(stream.sample)
            cells = ["" if cell is None else str(cell).strip() for cell in header]
            self._kept = [place for place, cell in enumerate(cells) if cell]
            self._whole = len(self._kept) == len(cells)
            self.names = [cells[place] for place in self._kept]
            self.sample = [self._cells(row) for row in rows]
        finally:
            stream.close()

    def _find_header(self, rows: list[Any]) -> tuple[list[Any], int, list[Any]]:
        from dataflows.processors.formats.csv_dialect import find_header

        index = find_header([["" if cell is None else str(cell) for cell in row] for row in rows])
        if index is None:
            what = "the source is empty"
            raise SourceLoadError(what, fix="check that it was written to its end.")
        return rows[index], index + 1, rows[index + 1 :]

    def _cells(self, row: Any) -> list[Any]:
        return list(row) if self._whole else [row[place] for place in self._kept if place < len(row)]

    def _open(self, options: Mapping[str, Any]) -> Any:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            from tabulator import Stream, exceptions

            try:
                stream = Stream(self._source, **options)
                stream.open()
            except IndexError as error:
                what = "the source is empty"
                raise SourceLoadError(what, fix="check that it was written to its end.") from error
            except (exceptions.TabulatorException, ValueError, TypeError) as error:
                raise SourceLoadError(str(error)) from error
        return stream

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows, as the values that the format has."""
        stream = self._open(self._options)
        try:
            stop = None if limit_rows is None else self._skip + limit_rows
            rows = islice(stream.iter(), self._skip, stop)
            while chunk := [self._cells(row) for row in islice(rows, CHUNK_ROWS)]:
                yield chunk_of(chunk, len(self.names), self.notes), len(chunk)
        finally:
            stream.close()


def chunk_of(rows: list[Any], width: int, notes: dict[str, int]) -> list[Any]:
    """Return rows as columns: short rows are filled with None and long ones cut, and both counted."""
    if set(map(len, rows)) != {width}:
        for note, wrong in (
            ("short rows, filled with missing values", sum(len(row) < width for row in rows)),
            ("long rows, cut", sum(len(row) > width for row in rows)),
        ):
            if wrong:
                notes[note] = notes.get(note, 0) + wrong
        rows = [[*row, *[None] * (width - len(row))][:width] for row in rows]
    return [list(column) for column in zip(*rows, strict=True)] if width else []


def open_table(source: Any, options: Mapping[str, Any]) -> Table:
    """Return the table of a source: by our own readers where they can, else by tabulator.

    Args:
        source: A path, a URL, ``-`` for standard input, or what tabulator takes.
        options: The options of the format and the scheme.

    Raises:
        OSError: There is no such file, or it cannot be read.
        SourceLoadError: It is no table.
    """
    given = {name: value for name, value in options.items() if name not in ("format", "scheme")}
    format_ = options.get("format")
    if source == "-":
        from dataflows.processors.loaders.standard_input import StandardInputTable

        return StandardInputTable(sys.stdin.buffer, str(format_ or "csv"), given)
    if isinstance(source, str) and options.get("scheme", "file") == "file":
        path = source.removeprefix("file://")
        if not _SCHEME.match(path):
            path = str(Path(path))
            ending = Path(path.lower().removesuffix(".gz")).suffix.lstrip(".")
            own = _OWN.get(str(format_ or ending).lower())
            table = _own_table(path, own, given)
            if table is not None:
                return table
            _must_be_file(path)
    return TabulatorTable(source, options)


def _own_table(path: str, own: str | None, options: Mapping[str, Any]) -> Table | None:
    if own in ("csv", "tsv") and set(options) <= _CSV_OPTIONS:
        from dataflows.processors.formats.csv_reader import Unsupported

        _must_be_file(path)
        try:
            return CsvTable(path, own, options)
        except Unsupported:
            return None
    if own in ("json", "ndjson") and set(options) <= _JSON_OPTIONS and not path.endswith(".gz"):
        from dataflows.processors.formats.json_reader import JsonTable

        _must_be_file(path)
        return JsonTable(path, own, options)
    return None


def _must_be_file(path: str) -> None:
    """Raise for what is no file; the nearest name in its folder is offered."""
    if Path(path).is_dir():
        error: OSError = IsADirectoryError(21, "Is a directory", path)
        raise SourceLoadError(str(error), fix=f"name the files: load({os.path.join(path, '*.csv')!r}).")
    try:
        with open(path, "rb"):  # noqa: PTH123 - the error names the path as it was given
            return
    except FileNotFoundError as error:
        folder = Path(path).parent
        names = os.listdir(folder) if folder.is_dir() else []
        close = difflib.get_close_matches(Path(path).name, names, n=1)
        fix = f"did you mean {str(folder / close[0])!r}?" if close else "check the path; it starts at the current folder."
        raise SourceLoadError(str(error), fix=fix) from error


def source_name(source: Any) -> str:
    """Return the name for a resource from a path or URL: its last part without endings, without any query."""
    text = str(source).partition("?")[0].partition("#")[0] if _SCHEME.match(str(source)) else str(source)
    if text == "-":
        return "stdin"
    base = text.rstrip("/").replace("\\", "/").rpartition("/")[2]
    for ending in (".gz", ".zip"):
        base = base.removesuffix(ending) if "." in base.removesuffix(ending) else base
    stem = base.rpartition(".")[0] or base
    return stem or "data"
