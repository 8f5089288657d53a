"""The rows in the text of a CSV file, as csv.reader reads them, in bounded memory."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.csv_stream import count_line_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.processors.formats.csv_dialect import CsvDialect
    from dataflows.processors.formats.csv_stream import Utf8Source

__all__ = ["RowReader", "split_lines"]


def split_lines(source: Utf8Source, most: int, block_size: int = 1 << 18) -> Iterator[str]:
    r"""Yield the lines of a source with their ends: ``\n``, ``\r`` or ``\r\n``.

    Args:
        source: Where the text comes from.
        most: A line of more characters is an error.
        block_size: How many bytes to read at a time.

    Raises:
        SourceLoadError: A line that is too long.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    rest: list[str] = []
    block = b"-"
    while block:
        block = source.read(block_size)
        text = decoder.decode(block, final=not block)
        if rest and rest[-1].endswith("\r"):
            text = rest.pop() + text
        lines = list(io.StringIO(text, newline=""))
        if len(lines) > 1:
            lines[0] = "".join(rest) + lines[0]
            rest = []
        if lines and not lines[-1].endswith("\n"):
            rest.append(lines.pop())
        elif lines and rest:
            lines[0] = "".join(rest) + lines[0]
            rest = []
        yield from lines
        if sum(map(len, rest)) > most:
            what = f"a line holds more than {most:,} characters"
            fix = "check that this is a CSV file, or pass a larger max_cell_bytes."
            raise SourceLoadError(what, fix=fix)
    if rest:
        yield "".join(rest)


class RowReader:
    """The rows in some lines, as ``csv.reader`` reads them, with where they stand.

    An empty line is added after the last. When it is not read as a row of its own, a quote
    is still open: the one thing about which ``csv.reader`` keeps quiet.

    Args:
        lines: Lines with their ends.
        dialect: How they are written.
        most: A row of more characters is an error.
        first_line: The number of the first line in the file.

    Attributes:
        characters: How many characters the rows so far hold.
    """

    def __init__(
        self, lines: Iterable[str], dialect: CsvDialect, most: int, first_line: int = 1
    ) -> None:
        self.characters = 0
        self._lines = lines
        self._dialect = dialect
        self._most = most
        self._line = first_line - 1
        self._row_start = 0
        self._row_line = first_line
        self._last = ""
        self._ended = False
        if csv.field_size_limit() < most:
            csv.field_size_limit(most)

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the rows.

        Raises:
            SourceLoadError: A quote that is not closed, or a row that is too large.
        """
        for row in self._dialect.reader(self._feed()):
            if self._ended:
                if row:
                    yield self._last_row(row)
                return
            self._row_start = self.characters
            self._row_line = self._line + 1
            yield row

    def _feed(self) -> Iterator[str]:
        """Yield the lines, counting, and the empty one."""
        for line in self._lines:
            self.characters += len(line)
            self._line += 1
            if self.characters - self._row_start > self._most:
                raise self._too_large()
            self._last = line
            yield line
        self._ended = True
        yield ""

    def _last_row(self, row: list[str]) -> list[str]:
        """Return the row that the end of the file cut; refuse it if a quote is open."""
        escape = self._dialect.escapechar
        if escape and self._last.rstrip("\r\n").endswith(escape):
            return row
        line = self._line - count_line_ends(row[-1]) + row[-1].endswith(("\n", "\r"))
        what = f"the quote opened on line {line:,} is not closed before the end of the file"
        raise SourceLoadError(what, fix=_fix_for_quotes(line))

    def _too_large(self) -> SourceLoadError:
        """Return the error for a row beyond all measure: most often a quote left open."""
        line = self._row_line
        what = f"the row that begins on line {line:,} holds more than {self._most:,} characters"
        return SourceLoadError(
            what, fix=_fix_for_quotes(line) + " Or pass a larger max_cell_bytes."
        )


def _fix_for_quotes(line: int) -> str:
    """Return what to do about a quote that is never closed."""
    return (
        f"close the quote on line {line:,}, or pass quoting=csv.QUOTE_NONE if quotes mean nothing "
        "in this file."
    )
