"""pyarrow's CSV reader, with what it needs to stop well and to hand out ragged rows."""

from __future__ import annotations

import atexit
import ctypes
import io
from collections import deque
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as arrow_csv

from dataflows.processors.formats.csv_stream import NulError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from dataflows.processors.formats.csv_batches import Layout
    from dataflows.processors.formats.csv_dialect import CsvDialect
    from dataflows.processors.formats.csv_stream import Utf8Source

__all__ = ["Ragged", "RefusedError", "arrow_batches"]

_MOST_PENDING_ROWS = 100_000
_MOST_PENDING_CHARACTERS = 1 << 25
_SECONDS_TO_SETTLE = 0.1
_MOST_HELD = 64

_unsettled: set[Callable[[], None]] = set()
# pyarrow's thread may be the last to let go of a file, and of the handler of ragged rows, some
# moments after it has told of its end. To let go of a Python object it needs the interpreter,
# without which it aborts the process: so each file and its options are held here as well, until
# many others have been read, or for good when Python ends.
_held: deque[tuple[pa.PythonFile, arrow_csv.ParseOptions]] = deque(maxlen=_MOST_HELD)


class RefusedError(Exception):
    """What pyarrow cannot read; csv.reader goes on from there."""


class Ragged:
    """The rows that pyarrow hands out because they have another number of cells."""

    def __init__(self, dialect: CsvDialect) -> None:
        self._dialect = dialect
        self._pending: deque[tuple[int, str]] = deque()
        self._characters = 0
        self._is_over = False

    def __call__(self, row: arrow_csv.InvalidRow) -> str:
        """Keep a row for later; refuse the file when they are more than fit."""
        if self._is_over:
            return "skip"
        if row.number is None or (
            len(self._pending) >= _MOST_PENDING_ROWS or self._characters >= _MOST_PENDING_CHARACTERS
        ):
            return "error"
        self._pending.append((row.number - 1, row.text))
        self._characters += len(row.text)
        return "skip"

    def stop(self) -> None:
        """Keep no more rows."""
        self._is_over = True

    def take(self, start: int, good: int) -> tuple[list[int], list[list[str]]]:
        """Return the rows that stand among the next `good` rows: their places, and cells."""
        places: list[int] = []
        texts: list[str] = []
        while self._pending and self._pending[0][0] <= start + good + len(places):
            place, text = self._pending.popleft()
            places.append(place - start)
            texts.append(text)
            self._characters -= len(text)
        rows = self._dialect.rows(io.StringIO("\n".join(texts), newline=""))
        if len(rows) != len(places):
            raise RefusedError
        return places, rows


def arrow_batches(
    layout: Layout, source: Utf8Source, ragged: Ragged, block_size: int
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the batches of pyarrow's reader, columns in the order of `_included`."""
    included = _included(layout)
    dialect = layout.dialect
    reader: Iterator[pa.RecordBatch] = iter(())

    def settle() -> None:
        ragged.stop()
        source.close()
        _settle(reader, source)
        _unsettled.discard(settle)

    _unsettled.add(settle)
    handle = pa.PythonFile(source, mode="r")
    parse_options = arrow_csv.ParseOptions(
        delimiter=dialect.delimiter,
        quote_char=dialect.quotes or False,
        double_quote=dialect.doublequote,
        escape_char=False,
        newlines_in_values=True,
        ignore_empty_lines=False,
        invalid_row_handler=ragged,
    )
    _held.append((handle, parse_options))
    try:
        reader = arrow_csv.open_csv(
            handle,
            read_options=arrow_csv.ReadOptions(
                # Row numbers of ragged rows are known to the serial reader only.
                use_threads=False,
                block_size=block_size,
                column_names=list(map(str, range(layout.usual_width))),
            ),
            parse_options=parse_options,
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in included},
                include_columns=included,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                # The source has checked every byte.
                check_utf8=False,
            ),
        )
        # Not `yield from`: closing that would close the reader, which must be read to its end.
        for batch in reader:  # noqa: UP028 - see above
            yield batch
    except (pa.ArrowInvalid, NulError) as error:
        raise RefusedError from error
    finally:
        settle()


@atexit.register
def _settle_all() -> None:
    """Settle the readers of iterators that are still open when Python ends; keep what is held."""
    for settle in list(_unsettled):
        settle()
    for held in _held:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(held))


def _settle(reader: Iterator[pa.RecordBatch], source: Utf8Source) -> None:
    """Wait until pyarrow's own thread has read the last from a source that is closed.

    It reads up to 32 blocks ahead, does not stop when its reader is gone, and would abort the
    process if Python ended just then.
    """
    try:
        for _ in reader:
            pass
    except Exception:  # noqa: BLE001, S110 - what is left of the file is of no interest
        pass
    source.wait_for_reader(_SECONDS_TO_SETTLE)


def _included(layout: Layout) -> list[str]:
    """Return the columns that pyarrow is to convert, the first column always."""
    width = layout.usual_width
    if width != layout.header_width:
        return list(map(str, range(width)))
    return [str(position) for position in layout.kept]
