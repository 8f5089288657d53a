"""Tables that the library tabulator reads: formats, schemes and options that are not ours."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError
from dataflows.processors.loaders.chunks import CHUNK_ROWS, chunk_of
from dataflows.processors.loaders.column_options import row_number, without_options
from dataflows.processors.loaders.masking import masked_source, masked_text
from dataflows.processors.loaders.source_advice import option_warning, support_advice
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.processors.loaders.tables import Chunk

__all__ = ["TabulatorTable"]

SAMPLE_ROWS = 1000
_KEYED_FORMATS = ("json", "ndjson", "jsonl", "sql", "inline", "gsheet")


class TabulatorTable:
    """Whatever the library tabulator opens: other formats, schemes and options.

    Its header is found as that of a CSV file is, for tabulator has no such search; formats whose
    rows have keys bring their header along.
    """

    def __init__(self, source: Any, options: Mapping[str, Any]) -> None:
        self._source = source
        # These two are counted here: in tabulator they go wrong beside a blank header.
        start, most = options.get("offset_fields") or 0, options.get("limit_fields")
        given = without_options(options, "offset_fields", "limit_fields")
        self._options = {"sample_size": SAMPLE_ROWS, **given}
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._told: set[str] = set()
        first = without_options(self._options)
        stream = self._open(first)
        try:
            self.format = str(options.get("format") or stream.format)
            keyed = self.format in _KEYED_FORMATS or self._has_keys(stream.sample)
            told = "headers" in options or keyed
            if not told:
                header, self._skip, rows = self._find_header(stream.sample)
            if told or first != self._options:
                # The sample has been taken without a header: look again.
                row = 1 if told else row_number(stream, self._skip - 1)
                stream.close()
                self._options = {"headers": row, "ignore_blank_headers": True, **self._options}
                stream = self._open(self._options)
                header, self._skip, rows = stream.headers or [], 0, stream.sample
            cells = ["" if cell is None else str(cell).strip() for cell in header]
            keeps_blank = options.get("ignore_blank_headers") is False
            kept = [place for place, cell in enumerate(cells) if cell or keeps_blank]
            self._kept = kept[start : start + most if most else None]
            self._whole = len(self._kept) == len(cells)
            self.names = [cells[place] for place in self._kept]
            self.sample = [self._cells(row) for row in rows]
        finally:
            stream.close()

    def _has_keys(self, sample: list[Any]) -> bool:
        """Return whether a parser of the user's tells the names of the fields with each row."""
        if self.format not in (self._options.get("custom_parsers") or {}) or not sample:
            return False
        stream = self._open({**self._options, "headers": 1})
        try:
            return bool(stream.headers != list(sample[0]))
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
        return (
            list(row) if self._whole else [row[place] for place in self._kept if place < len(row)]
        )

    def _open(self, options: Mapping[str, Any]) -> Any:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            from tabulator import Stream

        with self._explained():
            stream = Stream(self._source, **options)
            try:
                with warnings.catch_warnings(record=True) as told:
                    warnings.simplefilter("always")
                    warnings.simplefilter("ignore", ResourceWarning)
                    stream.open()
                for one in told:
                    text = option_warning(one.message)
                    if text not in self._told:  # a table is opened more than once
                        self._told.add(text)
                        warn(text, one.category)
            except BaseException:
                with suppress(Exception):
                    stream.close()
                raise
        return stream

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what tabulator raises into errors of ours, without the secrets of the source."""
        try:
            yield
        except SourceLoadError:
            raise
        except IndexError as error:
            what = "the source is empty"
            raise SourceLoadError(what, fix="check that it was written to its end.") from error
        except Exception as error:  # noqa: BLE001 - its parsers raise anything
            cause = error if masked_source(self._source) == self._source else None
            what = masked_text(str(error), self._source)
            raise SourceLoadError(what, fix=_fix_of(error, self._source)) from cause

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows, as the values that the format has.

        Raises:
            SourceLoadError: The source breaks while it is read.
        """
        stream = self._open(self._options)
        try:
            stop = None if limit_rows is None else self._skip + limit_rows
            rows = islice(stream.iter(), self._skip, stop)
            while chunk := self._next(rows):
                yield chunk_of(chunk, len(self.names), self.notes), len(chunk)
        finally:
            stream.close()

    def _next(self, rows: Iterator[Any]) -> list[Any]:
        with self._explained():
            return [self._cells(row) for row in islice(rows, CHUNK_ROWS)]


def _fix_of(error: Exception, source: Any) -> str:
    from tabulator.exceptions import IOError as NotReachedError

    if isinstance(error, ImportError):
        return f"install the package that is missing: {error.name}."
    if isinstance(error, (NotReachedError, OSError)):
        return "check the address, and that it can be reached from this machine."
    return (
        support_advice(str(error), source)
        or "check that the file is whole and of that format, or say which: format='csv'."
    )
