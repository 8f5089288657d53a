"""The types of fields as those of SQL columns, and back."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.column import Column
from dataflows.errors import FlowError
from dataflows.types.cast import to_python

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.types import Codec

__all__ = ["column_of_result", "declared", "quoted", "type_of_column"]

_DECLARED = {
    "integer": "BIGINT",
    "year": "BIGINT",
    "number": "DECIMAL(19, 3)",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "datetime": "TIMESTAMP",
    "duration": "INTERVAL",
    "array": "JSON",
    "object": "JSON",
    "geojson": "JSON",
}
_TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "HUGEINT": "integer",
    "UTINYINT": "integer",
    "USMALLINT": "integer",
    "UINTEGER": "integer",
    "UBIGINT": "integer",
    "DECIMAL": "number",
    "DOUBLE": "number",
    "FLOAT": "number",
    "VARCHAR": "string",
    "ENUM": "string",
    "UUID": "string",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "datetime",
    "TIMESTAMP_S": "datetime",
    "TIMESTAMP_MS": "datetime",
    "TIMESTAMP_NS": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "INTERVAL": "duration",
    "STRUCT": "object",
    "MAP": "object",
    "JSON": "any",
    "NULL": "any",
}


def quoted(name: str) -> str:
    """Return a name as SQL writes it, whatever its characters.

    Examples:
        >>> quoted("my-sales")
        '"my-sales"'
    """
    return '"' + name.replace('"', '""') + '"'


def declared(type_: str | None) -> str:
    """Return the SQL type that stands for a type before any value is known.

    Examples:
        >>> declared("integer"), declared("geopoint")
        ('BIGINT', 'VARCHAR')
    """
    return _DECLARED.get(type_ or "string", "VARCHAR")


def type_of_column(name: str, sql_type: str) -> str:
    """Return the type of a field that takes a column of a result.

    Raises:
        FlowError: There is none.

    Examples:
        >>> type_of_column("total", "DECIMAL(38,2)"), type_of_column("names", "VARCHAR[]")
        ('number', 'array')
    """
    if sql_type.endswith("]"):
        return "array"
    found = _TYPES.get(sql_type.partition("(")[0].strip('"'))
    if found is None:
        what = f"the column {name!r} of the result is {sql_type}, which no field can hold"
        raise FlowError(what, fix=f"make it a text: CAST(… AS VARCHAR) AS {quoted(name)}.")
    return found


def column_of_result(array: pa.Array, codec: Codec) -> Column:
    """Return a column of a result, as values that can be cast to the field that takes it."""
    kind = array.type
    if codec.type == "string":
        # An empty text that was made stays a text: only one that is read is a missing value.
        return Column(codec, arrow=array.cast(pa.string()))
    if codec.type == "number" and pa.types.is_floating(kind):
        # The fewest digits that give the float, for one of 32 bits, too.
        return _made(Decimal, array.cast(pa.string()))
    if codec.type == "any" and not pa.types.is_null(kind):
        return _made(_read_json, array)
    if codec.type == "integer" and pa.types.is_decimal(kind):
        return _made(int, array)
    if codec.type == "duration":
        return _made(_duration, array)
    return Column(values=to_python(array)) if codec.mutable else Column(arrow=array)


def _made(make: Callable[[Any], Any], array: pa.Array) -> Column:
    return Column(values=[None if one is None else make(one) for one in array.to_pylist()])


def _read_json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _duration(interval: Any) -> Any:
    days = timedelta(interval.days, microseconds=interval.nanoseconds // 1000)
    if not interval.months:
        return days
    import isodate  # type: ignore[import-untyped] # it ships no types

    years, months = divmod(abs(interval.months), 12)
    sign = 1 if interval.months > 0 else -1
    parts = days.days, days.seconds, days.microseconds
    return isodate.Duration(*parts, years=sign * years, months=sign * months)
