"""Standard input as a table: what has arrived is looked at, and rows go on as they come."""

from __future__ import annotations

import codecs
import io
from collections import deque
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from dataflows.errors import FlowError, SourceLoadError
from dataflows.processors.formats.csv_dialect import CsvDialect, find_header, sniff_delimiter
from dataflows.processors.formats.csv_rows import RowReader
from dataflows.processors.formats.json_reader import (
    names_of_items,
    ndjson_items,
    rows_of_items,
)
from dataflows.processors.loaders.chunks import CHUNK_ROWS, chunk_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["StandardInputTable", "reads_options"]

_FIRST_BYTES = 1 << 16
_FIRST_LINES = 2  # a header and a row
_LARGEST_CELL = 1 << 26
_SAMPLE_ROWS = 1000
_CSV_OPTIONS = ("quotechar", "doublequote", "escapechar", "skipinitialspace", "quoting")


def reads_options(options: Mapping[str, Any]) -> bool:
    """Return whether a `StandardInputTable` does what the options say.

    Examples:
        >>> reads_options({"headers": ["id"]}), reads_options({"headers": [1, 2]})
        (True, False)
    """
    headers = options.get("headers", "auto")
    listed = isinstance(headers, list) and all(isinstance(name, str) for name in headers)
    row = isinstance(headers, int) and not isinstance(headers, bool) and headers > 0
    known = {*_CSV_OPTIONS, "delimiter", "encoding", "headers", "lineterminator", "compression"}
    return set(options) <= known and (headers in ("auto", None) or listed or row)


class StandardInputTable:
    """A stream of bytes that is read once; the header and the types come from what has arrived.

    Args:
        stream: The bytes; or a text.
        format_: ``"csv"``, ``"tsv"`` or ``"ndjson"``.
        options: ``encoding`` (UTF-8 by default), and for CSV ``delimiter``, ``headers`` and more.
        shown: What errors call it.
        first_bytes: How many bytes have arrived for sure, and are looked at.

    Raises:
        SourceLoadError: Nothing arrives, or another format was asked for.
    """

    def __init__(
        self,
        stream: BinaryIO | TextIO,
        format_: str,
        options: Mapping[str, Any],
        *,
        shown: str = "standard input",
        first_bytes: int = 0,
    ) -> None:
        self._shown = shown
        self._first_bytes = first_bytes
        if format_ not in ("csv", "tsv", "ndjson"):
            what = f"{shown} cannot be read as {format_!r}"
            fix = "pass format='csv', 'tsv' or 'ndjson', or save it to a file first."
            raise SourceLoadError(what, fix=fix)
        self.format = format_
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._spent = False
        self._stream = stream
        in_text = isinstance(stream, io.TextIOBase)
        encoding = "utf-8" if in_text else options.get("encoding") or "utf-8-sig"
        self._decoder = codecs.getincrementaldecoder(encoding)()
        first = self._first_text()
        if not first.strip():
            what = f"{shown} is empty"
            raise SourceLoadError(what, fix="pipe a table into the script.")
        complete = first[: first.rfind("\n") + 1] or first
        self._texts = chain([first], self._further())
        if format_ == "ndjson":
            sample = list(ndjson_items(io.StringIO(complete), self._shown))
            self.names, self._listed = names_of_items(sample)
            found = iter(sample[self._listed :])
            rows = rows_of_items(found, self.names, {}, listed=self._listed)
            self._skip = int(self._listed)
        else:
            rows = self._look_at_csv(complete, options)
        self.sample = list(islice(rows, _SAMPLE_ROWS))

    def _first_text(self) -> str:
        text, size = "", 0
        while size < self._first_bytes or text.count("\n") < _FIRST_LINES:
            data = self._read()
            size += len(data)
            text += self._decoded(data)
            if not data:
                break
        return text

    def _decoded(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            what = f"{self._shown} cannot be decoded: {error}"
            raise SourceLoadError(what, fix="pass the encoding=… in which it is.") from error

    def _read(self) -> bytes:
        read = getattr(self._stream, "read1", self._stream.read)
        data: bytes | str = read(_FIRST_BYTES)
        if isinstance(data, str):
            return data.encode()
        return data

    def _further(self) -> Iterator[str]:
        while data := self._read():
            yield self._decoded(data)
        yield self._decoded(b"")

    def _look_at_csv(self, text: str, options: Mapping[str, Any]) -> Iterator[list[Any]]:
        given = {name: options[name] for name in _CSV_OPTIONS if options.get(name) is not None}
        self._dialect = CsvDialect(encoding="utf-8", header_row=None, **given)
        delimiter = options.get("delimiter") or ("\t" if self.format == "tsv" else None)
        delimiter = delimiter or sniff_delimiter(text, self._dialect)
        self._dialect = replace(self._dialect, delimiter=delimiter)
        rows = list(self._dialect.reader(io.StringIO(text, newline="")))
        header = self._header(rows, options.get("headers", "auto"))
        self._kept = [place for place, cell in enumerate(header) if cell.strip()]
        self.names = [header[place].strip() for place in self._kept]
        if len(rows) > self._skip + 1 and not text.endswith("\n"):
            rows.pop()
        return (
            [row[p] if p < len(row) else None for p in self._kept] for row in rows[self._skip :]
        )

    def _header(self, rows: list[list[str]], headers: Any) -> list[str]:
        """Return the cells of the header, and remember how many rows end with it."""
        self._skip = 0
        if isinstance(headers, list):
            return [str(name) for name in headers]
        if headers is None:
            return [f"field{number}" for number in range(1, len(rows[0]) + 1)]
        index = find_header(rows) if headers == "auto" else int(headers) - 1
        if index is None or index >= len(rows):
            what = f"{self._shown} has no row {headers!r} to be the header"
            raise SourceLoadError(what, fix="pass headers= the number of the header's row.")
        self._skip = index + 1
        return rows[index]

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as they arrive.

        Raises:
            FlowError: The stream has been read before.
            SourceLoadError: It cannot be decoded, or a quote in it is left open.
        """
        if self._spent:
            what = f"{self._shown} has been read already"
            raise FlowError(what, fix="run the flow once, or save the input to a file first.")
        self._spent = True
        lines = _Lines(self._texts)
        stop = None if limit_rows is None else self._skip + limit_rows
        chunk: list[list[Any]] = []
        for row in islice(self._rows(lines), self._skip, stop):
            chunk.append(row)
            if lines.drained or len(chunk) >= CHUNK_ROWS:
                yield chunk_of(chunk, len(self.names), self.notes), len(chunk)
                chunk = []
        if chunk:
            yield chunk_of(chunk, len(self.names), self.notes), len(chunk)

    def _rows(self, lines: _Lines) -> Iterator[list[Any]]:
        if self.format == "ndjson":
            items = ndjson_items(lines, self._shown)
            if self._skip:
                yield next(items)
            yield from rows_of_items(items, self.names, self.notes, listed=self._listed)
            return
        kept = self._kept
        whole = kept == list(range(len(kept)))
        for row in RowReader(lines, self._dialect, _LARGEST_CELL):
            yield row if whole else [row[place] for place in kept if place < len(row)]


class _Lines:
    """The lines of a text that comes in pieces; `drained` when the next has still to arrive."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._lines: deque[str] = deque()
        self._rest = ""

    @property
    def drained(self) -> bool:
        return not self._lines

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        while not self._lines:
            text = next(self._texts, None)
            if text is None:
                last, self._rest = self._rest, ""
                if last:
                    return last
                raise StopIteration
            *lines, self._rest = (self._rest + text).split("\n")
            self._lines.extend(f"{line}\n" for line in lines)
        return self._lines.popleft()
