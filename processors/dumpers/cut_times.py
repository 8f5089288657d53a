"""What a text file or a sheet does not hold of moments and times, counted so that it is told.

CSV and JSON have them to the second and without a UTC offset, as their readers expect; Excel has
them to the millisecond, and times without an offset. A pattern of one's own
(``temporal_format_property``) may write all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dataflows.batch import Batch
    from dataflows.column import Column
    from dataflows.processors.formats.writing import OutputField

__all__ = ["CUT_FRACTIONS", "CUT_OFFSETS", "count_cut_times"]

CUT_FRACTIONS = "fractions of a second, cut"
CUT_OFFSETS = "UTC offsets, left out"

_SECOND = 1_000_000
_SHORTEST_MICROSECONDS = {
    **dict.fromkeys(("csv", "tsv", "json", "ndjson", "geojson"), _SECOND),
    "xlsx": 1000,
}
_LONGEST_PLAIN = {"datetime": len("2020-01-02T03:04:05Z"), "time": len("03:04:05")}


def count_cut_times(
    batch: Batch,
    fields: Iterable[OutputField],
    descriptor: Mapping[str, Any],
    notes: dict[str, int],
) -> None:
    """Count how many fractions of seconds and offsets a file will not hold.

    Args:
        batch: The rows.
        fields: The fields of the output.
        descriptor: The resource's descriptor, with the format of the file.
        notes: What is to be told, and how often.
    """
    shortest = _SHORTEST_MICROSECONDS.get(descriptor.get("format", ""))
    if shortest is None:
        return
    for field in fields:
        if field.type not in _LONGEST_PLAIN or field.pattern is not None:
            continue
        column = batch.column(field.name)
        moments = column.only_arrow
        if moments is not None and _has_no_zone(moments):
            fractions, offsets = _fractions_in_arrow(moments, shortest), 0
        else:
            found = [value for value in _values(column, field) if value is not None]
            fractions = sum(value.microsecond % shortest != 0 for value in found)
            # A sheet has a moment with an offset as text.
            drops_offsets = shortest == _SECOND or field.type == "time"
            offsets = sum(value.tzinfo is not None for value in found) if drops_offsets else 0
        for note, count in ((CUT_FRACTIONS, fractions), (CUT_OFFSETS, offsets)):
            if count:
                notes[note] = notes.get(note, 0) + count


def _has_no_zone(moments: pa.Array) -> bool:
    kind = moments.type
    return pa.types.is_time(kind) or (pa.types.is_timestamp(kind) and kind.tz is None)


def _fractions_in_arrow(moments: pa.Array, shortest: int) -> int:
    if pa.types.is_time(moments.type):
        parts = moments.cast(pa.time64("us")).cast(pa.int64())
    else:
        parts = moments.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    whole = pc.multiply(pc.divide(parts, shortest), shortest)
    return int(pc.sum(pc.not_equal(parts, whole)).as_py() or 0)


def _values(column: Column, field: OutputField) -> list[Any]:
    """Return the values, or as few of them as can have a fraction or an offset."""
    text, format = column.text, field.codec.format
    if text is not None and isinstance(format, str) and format != "any":
        if format == "default":
            longer = pc.greater(pc.binary_length(text), _LONGEST_PLAIN[field.type])
            if not pc.any(longer, min_count=0).as_py():
                return []
        elif not any(directive in format for directive in ("%f", "%z", "%Z", "%c", "%X")):
            return []
    return column.values
