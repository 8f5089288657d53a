"""Batches of a CSV file: read by pyarrow, by csv.reader where pyarrow cannot, one meaning."""

from __future__ import annotations

import secrets
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.csv_arrow import Ragged, RefusedError, arrow_batches
from dataflows.processors.formats.csv_rows import RowReader, split_lines
from dataflows.processors.formats.csv_stream import NulError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from dataflows.processors.formats.csv_dialect import CsvDialect
    from dataflows.processors.formats.csv_stream import Utf8Source

__all__ = ["Findings", "Layout", "Piece", "read_pieces"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MOST_ROWS_OF_A_PIECE = 1 << 16
_TEXTS_KEPT = 5
_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a file are, and how wide.

    Args:
        dialect: How the cells are written.
        kept: The positions of the columns to deliver.
        header_width: How many cells the header has, those without a name too.
        usual_width: How many cells most rows have.
        skip: How many bytes of UTF-8 stand above the first row of data.
        checksum: Of these bytes.
        first_line: The number of the line on which the data begins.
        max_cell_bytes: A row of more characters is an error.
    """

    dialect: CsvDialect
    kept: tuple[int, ...]
    header_width: int
    usual_width: int
    skip: int
    checksum: int
    first_line: int
    max_cell_bytes: int

    @property
    def names(self) -> list[str]:
        """The names of the columns delivered: their positions, as text."""
        return list(map(str, self.kept))


@dataclass(slots=True)
class Findings:
    """Which rows of a piece were amiss, counted from 0; see `CsvReport`."""

    short: list[int] = field(default_factory=list)
    long: list[tuple[int, str]] = field(default_factory=list)
    suspect: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Piece:
    """Some rows, and what was amiss with them."""

    batch: pa.RecordBatch
    findings: Findings

    def head(self, rows: int) -> Piece:
        """Return the first rows of it."""
        if rows >= self.batch.num_rows:
            return self
        short = [row for row in self.findings.short if row < rows]
        long = [found for found in self.findings.long if found[0] < rows]
        suspect = [row for row in self.findings.suspect if row < rows]
        return Piece(self.batch.slice(0, rows), Findings(short, long, suspect))


class _OpenSource(Protocol):
    """Opens the text of the file, with a line to add at its end."""

    def __call__(self, *, tail: bytes = b"", allow_nul: bool = True) -> Utf8Source: ...


def read_pieces(
    layout: Layout, open_source: _OpenSource, block_size: int
) -> Generator[Piece, None, None]:
    """Yield the rows of a file, block by block, in order.

    Args:
        layout: Where the rows are.
        open_source: Opens the file; called again when csv.reader takes over.
        block_size: How many bytes to read at a time.

    Raises:
        SourceLoadError: A file that changed since it was inspected, bytes that do not decode, a
            quote left open, a row beyond all measure.
    """
    quotes = layout.dialect.quotes
    for piece in _pieces(layout, open_source, block_size):
        if quotes:
            piece.findings.suspect = _suspect_rows(piece.batch, quotes)
        yield piece


def _pieces(layout: Layout, open_source: _OpenSource, block_size: int) -> Iterator[Piece]:
    """Yield what pyarrow reads, and from where it gives up, what csv.reader reads."""
    delivered = 0
    if _arrow_reads(layout.dialect):
        try:
            for piece in _fast_pieces(layout, open_source, block_size):
                delivered += piece.batch.num_rows
                yield piece
        except RefusedError:
            pass
        else:
            return
    yield from _slow_pieces(layout, open_source, block_size, delivered)


def _suspect_rows(batch: pa.RecordBatch, quotes: str) -> list[int]:
    """Return the rows with a cell of several lines that ends in one quote more than it opens.

    A quote that is never closed makes a cell of all that follows up to the next quote, which was
    to open one: the text behind it, and its own closing quote, end up in the same cell.
    """
    rows: set[int] = set()
    for column in batch.columns:
        text = column.buffers()[2]
        if text is None or b"\n" not in text.to_pybytes():
            continue
        quoted = pc.indices_nonzero(pc.ends_with(column, quotes))
        if not len(quoted):
            continue
        broken = quoted.filter(pc.match_substring(column.take(quoted), "\n")).to_pylist()
        rows.update(row for row in broken if column[row].as_py().count(quotes) % 2)
    return sorted(rows)


def _arrow_reads(dialect: CsvDialect) -> bool:
    """Tell whether pyarrow reads this dialect with the meaning of csv.reader.

    It understands escapes too, but others behind a closed quote and before line ends.
    """
    marks = dialect.delimiter + (dialect.quotes or "")
    return not dialect.skipinitialspace and not dialect.escapechar and marks.isascii()


def _start(layout: Layout, source: Utf8Source) -> None:
    """Go to the first row of data; what stands above it must be what was inspected."""
    if source.skip(layout.skip) != layout.checksum:
        what = f"the file {str(source.path)!r} changed after its header was read"
        raise SourceLoadError(what, fix="run again when nothing writes to the file.")


def _fast_pieces(layout: Layout, open_source: _OpenSource, block_size: int) -> Iterator[Piece]:
    """Yield what pyarrow reads.

    A last row, known by its token, is added to the file. When it does not come out again, the
    row before it has swallowed it: a quote is open. What was read since the end came in sight is
    then left to csv.reader, which says where.
    """
    width = layout.usual_width
    token = secrets.token_hex(8)
    tail = layout.dialect.delimiter.join([token] * width).encode() + b"\n"
    ragged = Ragged(layout.dialect)
    start = 0
    held: list[Piece] = []
    # In a text with NULs pyarrow overlooks quotes and delimiters behind them.
    with closing(open_source(tail=tail, allow_nul=False)) as source:
        try:
            _start(layout, source)
            first = source.read(len(_BYTE_ORDER_MARK))
        except NulError:
            raise RefusedError from None
        # pyarrow takes a byte order mark away; one that is part of the data needs another before.
        source.unread(first if first != _BYTE_ORDER_MARK else _BYTE_ORDER_MARK * 2)
        with closing(arrow_batches(layout, source, ragged, block_size)) as batches:
            for batch in batches:
                last = source.ended and batch.num_rows and batch.column(0)[-1].as_py() == token
                good = batch.slice(0, batch.num_rows - 1) if last else batch
                places, rows = ragged.take(start, good.num_rows)
                piece = _merge(layout, good, places, rows)
                start += piece.batch.num_rows
                held.append(piece)
                if last or not source.ended:
                    yield from (piece for piece in held if piece.batch.num_rows)
                    held.clear()
                if last:
                    return
    raise RefusedError


def _merge(layout: Layout, good: pa.RecordBatch, places: list[int], rows: list[list[str]]) -> Piece:
    """Return regular rows and ragged rows as one piece, each at its place."""
    total = good.num_rows
    by_name = dict(zip(good.schema.names, good.columns, strict=True))
    columns = [
        by_name[name] if name in by_name else pa.nulls(total, pa.string()) for name in layout.names
    ]
    batch = pa.RecordBatch.from_arrays(columns, names=layout.names)
    findings = _findings_in_columns(layout, by_name)
    if not places:
        return Piece(batch, findings)
    order: list[int] = []
    regular = 0
    for index, place in enumerate(places):
        gap = place - len(order)
        order.extend(range(regular, regular + gap))
        regular += gap
        order.append(total + index)
    order.extend(range(regular, total))
    other = _from_rows(layout, rows)
    merged = pa.Table.from_batches([batch, other.batch]).take(pa.array(order, pa.int64()))
    moved = {where: now for now, where in enumerate(order)}
    found = Findings(
        sorted(
            moved[row] for row in [*findings.short, *(row + total for row in other.findings.short)]
        ),
        sorted(
            (moved[row], text)
            for row, text in [
                *findings.long,
                *((row + total, text) for row, text in other.findings.long),
            ]
        ),
    )
    return Piece(merged.combine_chunks().to_batches()[0], found)


def _findings_in_columns(layout: Layout, columns: dict[str, pa.Array]) -> Findings:
    """Return which regular rows are short or long: all that are not blank, or none."""
    if layout.usual_width < layout.header_width:
        return Findings(short=_rows_with_a_cell(list(columns.values())))
    if layout.usual_width == layout.header_width:
        return Findings()
    extra = list(columns.values())[layout.header_width :]
    rows = _rows_with_a_cell(extra)
    mark = layout.dialect.delimiter
    texts = [
        mark.join(column[row].as_py() or "" for column in extra)[:_LONGEST_TEXT]
        for row in rows[:_TEXTS_KEPT]
    ]
    return Findings(
        long=[*zip(rows, texts, strict=False), *((row, "") for row in rows[len(texts) :])]
    )


def _rows_with_a_cell(columns: Sequence[pa.Array]) -> list[int]:
    """Return the rows in which any of the columns holds something."""
    filled = columns[0].is_valid()
    for column in columns[1:]:
        filled = pc.or_(filled, column.is_valid())
    rows: list[int] = pc.indices_nonzero(filled).to_pylist()
    return rows


def _from_rows(layout: Layout, rows: list[list[str]]) -> Piece:
    """Return rows of cells as a piece: padded, cut, and noted."""
    width = layout.header_width
    findings = Findings()
    if not set(map(len, rows)) <= {width}:
        for index, row in enumerate(rows):
            if len(row) < width:
                if any(row):
                    findings.short.append(index)
                row.extend([""] * (width - len(row)))
            elif any(row[width:]):
                text = layout.dialect.delimiter.join(row[width:])[:_LONGEST_TEXT]
                findings.long.append((index, text if len(findings.long) < _TEXTS_KEPT else ""))
    cells = list(zip(*rows, strict=False))
    columns = [_text_or_null(cells[position]) for position in layout.kept]
    return Piece(pa.RecordBatch.from_arrays(columns, names=layout.names), findings)


def _text_or_null(cells: Sequence[str]) -> pa.Array:
    """Return cells as an array, the empty ones as nulls."""
    return pa.array([cell or None for cell in cells] if "" in cells else cells, pa.string())


def _slow_pieces(
    layout: Layout, open_source: _OpenSource, block_size: int, start: int
) -> Iterator[Piece]:
    """Yield what csv.reader reads after so many rows."""
    most = layout.max_cell_bytes
    with closing(open_source()) as source:
        _start(layout, source)
        reader = RowReader(split_lines(source, most), layout.dialect, most, layout.first_line)
        cells = iter(reader)
        deque(islice(cells, start), maxlen=0)
        while rows := _some_rows(reader, cells, block_size):
            yield _from_rows(layout, rows)


def _some_rows(reader: RowReader, cells: Iterator[list[str]], characters: int) -> list[list[str]]:
    """Return the next rows, of about so many characters together."""
    until = reader.characters + characters
    rows = []
    for row in cells:
        rows.append(row)
        if reader.characters >= until or len(rows) == _MOST_ROWS_OF_A_PIECE:
            break
    return rows
