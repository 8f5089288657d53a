"""Columns of a batch as the values or the texts that a database takes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import Place, RowError, shorten
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.batch import Batch
    from dataflows.column import Column
    from dataflows.processors.dumpers.sql_backend import SqlField

__all__ = [
    "column_texts",
    "exact_floats",
    "has_zone",
    "moment_texts",
    "refuse_decimals",
    "refuse_large_integers",
    "refuse_no_numbers",
    "refuse_other_zones",
]

_EXACT_DIGITS = 15


def has_zone(column: Column) -> bool:
    """Tell whether the moments of a column have a zone: the first that is there tells.

    Examples:
        >>> import datetime
        >>> from dataflows.column import Column
        >>> has_zone(Column(values=[None, datetime.datetime.now(datetime.UTC)]))
        True
    """
    if column.text is not None or column.only_arrow is not None:
        return False
    for value in column.values:
        if value is not None:
            return getattr(value, "tzinfo", None) is not None
    return False


def refuse_other_zones(batch: Batch, field: SqlField) -> None:
    """Refuse a moment with a zone in a column without, which would lose it, and the reverse.

    Raises:
        RowError: There is one.
    """
    column = batch.column(field.name)
    if column.text is not None or column.only_arrow is not None:
        if field.zoned and len(column):
            _refuse_zone(batch, field, 0, column.values[0])
        return
    for index, value in enumerate(column.values):
        if value is not None and (value.tzinfo is not None) is not field.zoned:
            _refuse_zone(batch, field, index, value)


def _refuse_zone(batch: Batch, field: SqlField, index: int, value: Any) -> None:
    if value is None:
        return
    kind = "with" if field.zoned else "without"
    what = f"{shorten(value)} does not fit a column of datetimes {kind} a time zone"
    fix = "give all datetimes of the field a time zone, or none."
    raise RowError(what, where=Place(row=batch.number(index), field=field.name), fix=fix)


def column_texts(column: Column, field: SqlField) -> pa.StringArray:
    """Return a column as texts that keep the values exactly; null for a missing one."""
    if field.type == "datetime":
        return moment_texts(column, field)
    if field.type == "time":
        values = column.values
        return pa.array([None if v is None else v.isoformat() for v in values], pa.string())
    return column.plain(field.codec)


def moment_texts(column: Column, field: SqlField) -> pa.StringArray:
    """Return moments as ``YYYY-MM-DD HH:MM:SS.ffffff``, with the offset where there is one."""
    if not field.zoned:
        try:
            return column.arrow(field.codec).cast(pa.timestamp("us")).cast(pa.string())
        except NotColumnar:
            pass
    values = column.values
    texts = [None if v is None else v.isoformat(" ", "microseconds") for v in values]
    return pa.array(texts, pa.string())


def exact_floats(batch: Batch, field: SqlField) -> list[float | None]:
    """Return numbers as floats.

    Raises:
        RowError: One has more digits than a float keeps, or is a NaN, which would become NULL.
    """
    text = batch.column(field.name).plain(field.codec)
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    found = pc.cast(text, pa.float64())
    if pc.any(pc.is_nan(found)).as_py():
        refuse_no_numbers(batch, [field], infinite=True)
    floats: list[float | None] = found.to_pylist()
    if longest > _EXACT_DIGITS:
        for index, (cell, value) in enumerate(zip(text.to_pylist(), floats, strict=True)):
            if cell is not None and len(cell) > _EXACT_DIGITS:
                _must_be_same(batch, field, index, cell, value)
    return floats


def _must_be_same(batch: Batch, field: SqlField, index: int, cell: str, value: Any) -> None:
    number = Decimal(cell)
    if not number.is_finite() or Decimal(repr(value)) == number:
        return
    what = f"{cell} has more digits than a number of this database keeps: it would become {value}"
    fix = f"keep it as text: set_type({field.name!r}, type='string'), or round it."
    raise RowError(what, where=Place(row=batch.number(index), field=field.name), fix=fix)


def refuse_decimals(batch: Batch, field: SqlField, most: int) -> None:
    """Refuse a number with more decimals than a column holds: it would be rounded.

    Raises:
        RowError: There is one.
    """
    column = batch.column(field.name)
    longest = pc.max(pc.binary_length(column.plain(field.codec))).as_py() or 0
    for index, value in enumerate(column.values if longest > most else ()):
        if value is not None and value.is_finite() and -value.as_tuple().exponent > most:
            what = f"{value} has more than the {most} decimals that the column holds"
            fix = f"keep it as text: set_type({field.name!r}, type='string'), or round it."
            raise RowError(what, where=Place(row=batch.number(index), field=field.name), fix=fix)


def refuse_no_numbers(batch: Batch, fields: Iterable[SqlField], *, infinite: bool = False) -> None:
    """Refuse a NaN or an Infinity, which the column cannot hold.

    Args:
        batch: The rows.
        fields: The fields.
        infinite: Whether the column holds an Infinity.

    Raises:
        RowError: There is one.
    """
    for field in fields:
        for index, value in enumerate(
            batch.column(field.name).values if field.type == "number" else ()
        ):
            if value is None or value.is_finite() or (infinite and value.is_infinite()):
                continue
            what = f"this database has no number {value}"
            missing = f"map_values({field.name!r}, {{{str(value)!r}: None}})"
            kept = f"set_type({field.name!r}, type='string')"
            fix = f"make it missing: {missing}, or keep it as text: {kept}."
            raise RowError(what, where=Place(row=batch.number(index), field=field.name), fix=fix)


def refuse_large_integers(batch: Batch, fields: Iterable[SqlField]) -> None:
    """Refuse an integer of more than 64 bits, which the column cannot hold.

    Raises:
        RowError: There is one.
    """
    for field in fields:
        if field.type not in ("integer", "year"):
            continue
        for index, value in enumerate(batch.column(field.name).values):
            if value is not None and not -(2**63) <= value < 2**63:
                what = f"{value} has more than the 64 bits that the column holds"
                fix = f"keep it as text: set_type({field.name!r}, type='string')."
                raise RowError(
                    what, where=Place(row=batch.number(index), field=field.name), fix=fix
                )
