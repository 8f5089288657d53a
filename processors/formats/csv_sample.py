"""The rows at the beginning of a CSV file, and some from its middle and end."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.csv_rows import RowReader
from dataflows.processors.formats.csv_stream import count_line_ends

if TYPE_CHECKING:
    import os

    from dataflows.processors.formats.csv_dialect import CsvDialect
    from dataflows.processors.formats.csv_stream import Utf8Source

__all__ = ["FIRST_READ", "LARGEST_SAMPLE", "Sample", "read_sample", "read_spread"]

FIRST_READ = 1 << 18
LARGEST_SAMPLE = 1 << 22
_FEWEST_ROWS = 2
_SPREAD_BYTES = 1 << 17
_SPREAD_ROWS = 100


@dataclass(frozen=True, slots=True)
class Sample:
    """Whole rows from the beginning of a file.

    Args:
        rows: Their cells.
        ends: How many characters of the text each row ends after.
        text: The text in which they stand.
        whole: There are no more rows in the file.
    """

    rows: list[list[str]]
    ends: list[int]
    text: str
    whole: bool

    def above(self, rows: int) -> tuple[bytes, int]:
        """Return the text of so many rows, as UTF-8, and how many lines it has."""
        text = self.text[: self.ends[rows - 1]] if rows else ""
        return text.encode(), count_line_ends(text)


def read_sample(
    source: Utf8Source, head: bytes, dialect: CsvDialect, wanted: int, most: int
) -> Sample:
    """Read whole rows from the beginning of a file: so many, or those in the first 4 MiB.

    Args:
        source: The file, read up to the end of `head`.
        head: The first bytes of it.
        dialect: How it is written.
        wanted: How many rows to read.
        most: A row of more characters is an error.

    Raises:
        SourceLoadError: A quote that is not closed, or a row that is too large.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    text, size = decoder.decode(head), len(head)
    while True:
        whole = source.is_finished
        sample = _parse(text, dialect, wanted, most, whole=whole)
        enough = len(sample.rows) >= (_FEWEST_ROWS if size >= LARGEST_SAMPLE else wanted)
        if enough or whole:
            return sample
        block = source.read(size)
        size += len(block)
        text += decoder.decode(block)


def _parse(text: str, dialect: CsvDialect, wanted: int, most: int, *, whole: bool) -> Sample:
    """Return the rows of a text, without the last when it may go on behind the text."""
    rows, ends = [], []
    reader = RowReader(io.StringIO(text, newline=""), dialect, most)
    try:
        for row in islice(reader, wanted):
            rows.append(row)
            ends.append(reader.characters)
    except SourceLoadError:
        if whole or len(text) > most:
            raise
    if not whole and ends and ends[-1] == len(text):
        rows.pop()
        ends.pop()
    return Sample(rows, ends, text, whole and reader.characters == len(text))


def read_spread(
    path: str | os.PathLike[str],
    dialect: CsvDialect,
    start: int,
    width: int,
) -> list[list[str]]:
    """Return about a hundred rows from the middle and from the end of a plain UTF-8 file.

    Where a row begins cannot be known for sure in the middle of a file. Rows count only when all
    of them around have the usual width, and would not have it were the place inside quotes.

    Args:
        path: The file.
        dialect: How it is written.
        start: Where the rows begin that the sample does not hold, in bytes.
        width: How many cells the rows have.
    """
    with open(path, "rb") as stream:  # noqa: PTH123 - any path-like
        size = stream.seek(0, io.SEEK_END)
        middle = max(start, size // 2)
        end = max(middle + _SPREAD_BYTES, size - _SPREAD_BYTES)
        stream.seek(middle)
        rows = _whole_rows(stream.read(_SPREAD_BYTES), dialect, width)[:_SPREAD_ROWS]
        if end < size:
            stream.seek(end)
            last = stream.read(_SPREAD_BYTES)
            last = last if last.endswith((b"\n", b"\r")) else last + b"\n"
            rows += _whole_rows(last, dialect, width)[-_SPREAD_ROWS:]
    return rows


def _whole_rows(block: bytes, dialect: CsvDialect, width: int) -> list[list[str]]:
    """Return the rows in a block, without those cut at its sides; none when in doubt."""
    lines = block[block.find(b"\n") + 1 : block.rfind(b"\n") + 1]
    try:
        text = lines.decode()
        rows = list(dialect.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return []
    if not all(len(row) == width for row in rows) or any("\n" in "".join(row) for row in rows):
        return []
    quotes = dialect.quotes
    if quotes and quotes in text:
        try:
            inside = list(dialect.reader(io.StringIO(quotes + text, newline=""), strict=True))
        except csv.Error:
            return rows
        if all(len(row) == width for row in inside):
            return []
    return rows
