"""CSV files as Arrow batches of text: at pyarrow's speed, with the meaning of csv.reader."""

from __future__ import annotations

import codecs
import csv
import os
import re
import zlib
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.csv_batches import Layout, Piece, read_pieces
from dataflows.processors.formats.csv_dialect import (
    CsvDialect,
    find_header,
    foreign_format,
    sniff_delimiter,
    sniff_skipinitialspace,
)
from dataflows.processors.formats.csv_sample import (
    FIRST_READ,
    Sample,
    read_sample,
    read_spread,
)
from dataflows.processors.formats.csv_stream import (
    HEAD_BYTES,
    ByteSource,
    Utf8Source,
    detect_encoding,
    open_bytes,
    read_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

__all__ = ["CsvFile", "CsvReport", "Unsupported", "inspect_csv"]


_FIRST_FEW = 5
_ROWS_ABOVE_THE_HEADER = 50
_FEWEST_ROWS = 100
_MANY_ROWS = 100_000
_SMALL_BLOCK = 1 << 16
_LARGEST_CELL = 1 << 26


class Unsupported(Exception):  # noqa: N818 - no error: the caller takes another reader
    """What this reader does not do; tabulator does."""


@dataclass
class CsvReport:
    """What did not fit while a file was read; rows count from 1, without the header.

    Args:
        rows: How many rows were delivered.
        short_rows: How many of them had fewer cells than the header; the rest of them is null.
        long_rows: How many had more, and not all of these blank; they were cut off.
        suspect_rows: How many have a cell of several lines that ends in a quote without a partner:
            where a quote was left open, and the rows up to the next quote went into its cell.
        first_short: The numbers of the first short rows.
        first_long: The numbers of the first long rows, each with the text that was cut off.
        first_suspect: The numbers of the first suspect rows.
    """

    rows: int = 0
    short_rows: int = 0
    long_rows: int = 0
    suspect_rows: int = 0
    first_short: list[int] = field(default_factory=list)
    first_long: list[tuple[int, str]] = field(default_factory=list)
    first_suspect: list[int] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        """Add what was found in the rows that follow."""
        found, next_row = piece.findings, self.rows + 1
        self.short_rows += len(found.short)
        self.long_rows += len(found.long)
        self.suspect_rows += len(found.suspect)
        for some, rows in (
            (self.first_short, found.short),
            (self.first_suspect, found.suspect),
        ):
            some += [next_row + row for row in rows[: _FIRST_FEW - len(some)]]
        room = _FIRST_FEW - len(self.first_long)
        self.first_long += [(next_row + row, text) for row, text in found.long[:room]]
        self.rows += piece.batch.num_rows


@dataclass
class CsvFile:
    """A CSV file that has been looked at, and can be read, any number of times.

    Args:
        path: The file.
        dialect: How it is written.
        names: The cells of the header, stripped, without the blank ones; some may be equal.
        kept: The position of each of the names.
        dropped: The positions without a name under which the sample holds something.
        sample: The first rows, one cell for each name, as text to the character.
        spread: Rows from the middle and the end of the file, where they can be had.
        size_bytes: The size of the file as it lies there; None while it is still arriving.
        layout: Where the rows are.
        compression: ``"gz"``, or None.
        guessed_encoding: The encoding was not given.
        report: What did not fit, filled while the file is read.
    """

    path: str | os.PathLike[str]
    dialect: CsvDialect
    names: list[str]
    kept: list[int]
    dropped: list[int]
    sample: list[list[str]]
    spread: list[list[str]]
    size_bytes: int | None
    layout: Layout
    compression: str | None = None
    guessed_encoding: bool = True
    report: CsvReport = field(default_factory=CsvReport)
    _source: Utf8Source | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def encoding(self) -> str:
        """Python's name of the encoding of the file."""
        return self.dialect.encoding

    def batches(
        self, *, limit_rows: int | None = None, block_size: int = 1 << 19
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows: columns of text named by their positions, null where a cell is empty.

        Short rows are filled with nulls, long rows are cut, both are counted in `report`. Blank
        lines are rows of nulls.

        Args:
            limit_rows: Stop after so many rows, and read no further.
            block_size: How many bytes make a batch, about.

        Raises:
            SourceLoadError: A file that changed since it was inspected, bytes that do not decode,
                a quote left open, a row beyond all measure.
        """
        self.report = report = CsvReport()
        if limit_rows == 0:
            return
        if limit_rows is not None and limit_rows < _MANY_ROWS:
            # pyarrow reads some blocks ahead of the one that it is asked for.
            block_size = min(block_size, _SMALL_BLOCK)
        with closing(read_pieces(self.layout, self._open, block_size)) as pieces:
            for piece in pieces:
                kept = piece if limit_rows is None else piece.head(limit_rows - report.rows)
                report.add(kept)
                yield kept.batch
                if report.rows == limit_rows:
                    return

    def _open(self, *, tail: bytes = b"", allow_nul: bool = True) -> Utf8Source:
        self._source = Utf8Source(
            self.path,
            encoding=self.encoding,
            compression=self.compression,
            guessed=self.guessed_encoding,
            tail=tail,
            allow_nul=allow_nul,
        )
        return self._source

    @property
    def bytes_read(self) -> int:
        """How many bytes of the text have been read since `batches` was called."""
        return 0 if self._source is None else self._source.offset


def inspect_csv(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    headers: object = "auto",
    sample_size: int = 1000,
    compression: str | None = None,
    max_cell_bytes: int = _LARGEST_CELL,
    delimiter: str | None = None,
    quotechar: str | None = '"',
    doublequote: bool = True,
    escapechar: str | None = None,
    quoting: int = csv.QUOTE_MINIMAL,
    skipinitialspace: bool | None = None,
    lineterminator: str | None = None,
    is_tsv: bool = False,
) -> CsvFile:
    """Look at the beginning of a CSV file: its encoding, dialect, header and first rows.

    Args:
        path: A local file, or one that is still arriving.
        encoding: One of Python's codecs; else told by the byte order mark, or guessed.
        headers: ``"auto"``, the number of the header's row, a list of names, or None: the last two
            for files whose first row is data.
        sample_size: How many rows to keep for inference.
        compression: ``"gz"`` or ``"no"``; else told by the name of the file.
        max_cell_bytes: A row of more characters is an error.
        delimiter: The character between cells; else guessed, a tab in ``.tsv`` files.
        quotechar: The character around cells; None for no quoting.
        doublequote: A quote in a quoted cell is written twice.
        escapechar: The character that escapes the next.
        quoting: As in the `csv` module; only ``csv.QUOTE_NONE`` makes a difference.
        skipinitialspace: Ignore blanks after a delimiter; else done where quotes follow blanks.
        lineterminator: What ends a line; all three of them are read anyway.
        is_tsv: The delimiter is a tab, unless one is given.

    Raises:
        ArgumentError: An option that cannot be.
        OSError: A file that cannot be opened.
        SourceLoadError: A file that is empty, or is not text.
        Unsupported: Headers or a compression that tabulator must see to.
    """
    _check_headers(headers)
    compression = _compression(path, compression)
    with closing(open_bytes(path, compression)) as stream:
        start = read_bytes(stream, HEAD_BYTES, path)
    if encoding is None:
        _check_is_csv(path, start, "TSV" if is_tsv else "CSV")
    name, guessed = detect_encoding(start, encoding, whole=len(start) < HEAD_BYTES)
    base = CsvDialect(
        quotechar=quotechar,
        doublequote=doublequote,
        escapechar=escapechar,
        quoting=quoting,
        skipinitialspace=bool(skipinitialspace),
        encoding=name,
        header_row=None,
    )
    source = Utf8Source(path, encoding=name, compression=compression, guessed=guessed)
    with closing(source):
        head = source.read(FIRST_READ)
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
        if delimiter is None and headers in ("auto", 1):
            _check_is_csv(path, text, "TSV" if is_tsv else "CSV")
        if delimiter is None and is_tsv:
            delimiter = "\t"
        dialect = _sniff(path, text, base, delimiter, lineterminator)
        if skipinitialspace is None and sniff_skipinitialspace(text, dialect):
            dialect = replace(dialect, skipinitialspace=True)
        above = headers if isinstance(headers, int) else _ROWS_ABOVE_THE_HEADER
        wanted = max(sample_size, _FEWEST_ROWS) + above
        sample = read_sample(source, head, dialect, wanted, max_cell_bytes)
    header_row, cells = _header(path, sample, headers)
    data = sample.rows[header_row or 0 :]
    widths = Counter(len(row) for row in data if row)
    width = widths.most_common(1)[0][0] if widths else max(len(cells), 1)
    if headers is None:
        cells = [f"field{position + 1}" for position in range(width)]
    kept = [position for position, cell in enumerate(cells) if cell]
    prefix, lines = sample.above(header_row or 0)
    layout = Layout(
        dialect=replace(dialect, header_row=header_row),
        kept=tuple(kept),
        header_width=len(cells),
        usual_width=width,
        skip=len(prefix),
        checksum=zlib.crc32(prefix),
        first_line=lines + 1,
        max_cell_bytes=max_cell_bytes,
    )
    return CsvFile(
        path=path,
        dialect=layout.dialect,
        names=[cells[position] for position in kept],
        kept=kept,
        dropped=[
            position
            for position, cell in enumerate(cells)
            if not cell and any(row[position].strip() for row in data if len(row) > position)
        ],
        sample=_aligned(data[:sample_size], kept),
        spread=_aligned(_spread(path, sample, layout, compression), kept),
        size_bytes=None if isinstance(path, ByteSource) else Path(path).stat().st_size,
        layout=layout,
        compression=compression,
        guessed_encoding=guessed,
    )


def _check_headers(headers: object) -> None:
    """Refuse what only tabulator knows: ranges of rows, dicts of headers."""
    row = isinstance(headers, int) and not isinstance(headers, bool) and headers > 0
    names = isinstance(headers, list) and headers and all(isinstance(name, str) for name in headers)
    if headers is not None and headers != "auto" and not row and not names:
        message = f"headers={headers!r}"
        raise Unsupported(message)


def _check_is_csv(path: str | os.PathLike[str], text: str | bytes, title: str) -> None:
    """Refuse what only has the ending; where a delimiter is given, anything is a table."""
    found = foreign_format(text)
    if found is not None:
        kind = ", an Excel workbook" if found.startswith("xls") else ""
        message = f"the file {os.fspath(path)!r} is not {title} but {found.upper()}{kind}"
        fix = f"load it with format={found!r}; the text in it may say what went wrong."
        raise SourceLoadError(message, fix=fix)


def _compression(path: str | os.PathLike[str], given: str | None) -> str | None:
    """Return ``"gz"`` or None."""
    if given is None:
        return "gz" if os.fspath(path).lower().endswith(".gz") else None
    if given not in ("gz", "no"):
        message = f"compression={given!r}"
        raise Unsupported(message)
    return "gz" if given == "gz" else None


def _sniff(
    path: str | os.PathLike[str],
    text: str,
    base: CsvDialect,
    delimiter: str | None,
    lineterminator: str | None,
) -> CsvDialect:
    """Return the dialect, with a delimiter and line ends from the text where none are given."""
    if delimiter is None:
        name = Path(os.fspath(path).lower().removesuffix(".gz"))
        delimiter = "\t" if name.suffix in (".tsv", ".tab") else sniff_delimiter(text, base)
    if lineterminator is None:
        found = re.search(r"\r\n|\n|\r", text)
        lineterminator = found[0] if found else "\n"
    return replace(base, delimiter=delimiter, lineterminator=lineterminator)


def _header(
    path: str | os.PathLike[str], sample: Sample, headers: object
) -> tuple[int | None, list[str]]:
    """Return the number of the row with the header, and its cells, stripped.

    Raises:
        SourceLoadError: There is no such row.
    """
    fix = "check that the file was written to its end, or leave it out."
    if isinstance(headers, list):
        return None, [name.strip() for name in headers]
    if headers is None:
        if not sample.rows:
            message = f"the file {os.fspath(path)!r} is empty"
            raise SourceLoadError(message, fix=fix)
        return None, []
    if isinstance(headers, int):
        index = headers - 1 if headers <= len(sample.rows) else None
        if index is None and sample.rows:
            message = f"the file {os.fspath(path)!r} has no row {headers:,} to be the header"
            raise SourceLoadError(message, fix=f"pass headers=1 to {len(sample.rows):,}.")
    else:
        index = find_header(sample.rows)
    cells = [cell.strip() for cell in sample.rows[index]] if index is not None else []
    if index is None or not any(cells):
        what = "is empty" if find_header(sample.rows) is None else f"has a blank row {headers}"
        message = f"the file {os.fspath(path)!r} {what}"
        raise SourceLoadError(message, fix=fix)
    return index + 1, cells


def _aligned(rows: list[list[str]], kept: list[int]) -> list[list[str]]:
    """Return one cell for each name; an empty one where a row is short."""
    return [[row[place] if place < len(row) else "" for place in kept] for row in rows]


def _spread(
    path: str | os.PathLike[str], sample: Sample, layout: Layout, compression: str | None
) -> list[list[str]]:
    """Return rows behind the sample, when they can be found: in a plain file with usual quotes."""
    dialect = layout.dialect
    plain = dialect.encoding in ("utf-8", "utf-8-sig") and compression is None
    usual = dialect.doublequote and not dialect.escapechar
    if sample.whole or not plain or not usual or isinstance(path, ByteSource):
        return []
    if layout.usual_width == 1 and any("\n" in cell for row in sample.rows for cell in row):
        return []
    mark = len(codecs.BOM_UTF8) if dialect.encoding == "utf-8-sig" else 0
    start = mark + len(sample.above(len(sample.rows))[0])
    return read_spread(path, dialect, start, layout.usual_width)
