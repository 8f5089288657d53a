"""How many rows of a Parquet file are read at once: a few bytes of it can mean very many.

A text that stands once in a dictionary can be the value of all rows, and a page unpacks to what it
was packed from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataflows.errors import SourceLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_ratio", "longest_text", "rows_at_once", "rows_of_length"]

_BYTES_AT_ONCE = 16 << 20
_BYTES_OF_ANY_RATIO = 64 << 20
_VALUE_BYTES = 8
_TEXT = "BYTE_ARRAY"


def rows_of_length(longest: int, most: int) -> int:
    """Return how many rows are read at once, if each has the longest text.

    Examples:
        >>> rows_of_length(10, 1000), rows_of_length(1 << 20, 1000), rows_of_length(1 << 30, 1000)
        (1000, 16, 1)
    """
    return max(1, min(most, _BYTES_AT_ONCE // max(longest, 1)))


def check_ratio(file: pq.ParquetFile, path: str, max_ratio: float) -> None:
    """Refuse columns of texts or lists that unpack to far more than they take in the file.

    Raises:
        SourceLoadError: There is one.
    """
    metadata = file.metadata
    for place in range(len(file.schema)):
        if _is_flat(file, place) and file.schema.column(place).physical_type != _TEXT:
            continue  # numbers come page by page, and these are small
        for group in range(metadata.num_row_groups):
            chunk = metadata.row_group(group).column(place)
            size = chunk.total_uncompressed_size
            if not _is_flat(file, place):
                size = max(size, chunk.num_values * _VALUE_BYTES)
            if size > max(_BYTES_OF_ANY_RATIO, max_ratio * chunk.total_compressed_size):
                what = f"{path}: the column {chunk.path_in_schema!r} unpacks to {size:,} bytes"
                what += f" from {chunk.total_compressed_size:,}, as only a bomb does"
                fix = f"if it is what you expect, raise max_ratio={max_ratio:g}."
                raise SourceLoadError(what, fix=fix)


def rows_at_once(file: pq.ParquetFile, path: str, group: int, most: int) -> int:
    """Return how many rows of a row group are read at once: fewer where a dictionary is heavy."""
    row_group = file.metadata.row_group(group)
    columns = [
        column.path_in_schema
        for place, column in enumerate(map(row_group.column, range(row_group.num_columns)))
        if column.physical_type == _TEXT
        and _is_flat(file, place)
        and any("DICTIONARY" in one for one in column.encodings)
        and column.total_uncompressed_size * most > _BYTES_AT_ONCE
    ]
    return rows_of_length(_longest(path, group, columns), most) if columns else most


def _longest(path: str, group: int, columns: Sequence[str]) -> int:
    """Return the length of the longest text in the dictionaries of a row group."""
    longest = 0
    with pq.ParquetFile(path, pre_buffer=False, read_dictionary=list(columns)) as file:
        batches = file.iter_batches(1, row_groups=[group], columns=list(columns))
        first = next(batches, None)
        for column in first.columns if first is not None else ():
            longest = max(longest, longest_text(column))
    return longest


def longest_text(column: pa.Array) -> int:
    """Return the length in bytes of the longest text in the dictionary of a column, or 0."""
    if not pa.types.is_dictionary(column.type):
        return 0
    words = column.dictionary
    if not _is_text(words.type):
        return 0
    return pc.max(pc.binary_length(words)).as_py() or 0


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    checks = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(check(kind) for check in checks)


def _is_flat(file: pq.ParquetFile, place: int) -> bool:
    return bool(file.schema.column(place).max_repetition_level == 0)
