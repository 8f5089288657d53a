"""What the types of databases are in Table Schema, and their values in the types of Python."""

from __future__ import annotations

import base64
import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["JSON_FIELD", "field_of_code", "field_of_type", "fitted", "settle_json", "without_zeros"]

JSON_FIELD = "json"
"""Stands for a type until the values tell whether they are objects or arrays."""

_PLAIN = (str, type(None))
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

# The numbers that PostgreSQL gives its types, from its catalogue pg_type.
_POSTGRESQL = {
    **dict.fromkeys((16,), "boolean"),
    **dict.fromkeys((20, 21, 23, 26), "integer"),
    **dict.fromkeys((700, 701, 1700), "number"),
    **dict.fromkeys((1083, 1266), "time"),
    **dict.fromkeys((1114, 1184), "datetime"),
    **dict.fromkeys((114, 3802), JSON_FIELD),
    17: "binary",
    1082: "date",
    1186: "duration",
}
# Those of the protocol of MySQL.
_MYSQL = {
    **dict.fromkeys((1, 2, 3, 8, 9, 13), "integer"),
    **dict.fromkeys((0, 4, 5, 246), "number"),
    **dict.fromkeys((7, 12), "datetime"),
    10: "date",
    11: "time",
    245: JSON_FIELD,
}


def field_of_type(name: str, kind: Any) -> dict[str, Any]:
    """Return the field of a column, by the type that SQLAlchemy has found.

    Examples:
        >>> from sqlalchemy import Numeric
        >>> field_of_type("price", Numeric())
        {'name': 'price', 'type': 'number', 'format': 'default'}
    """
    import sqlalchemy as sa

    families: list[tuple[Any, str]] = [
        (sa.Boolean, "boolean"),
        (sa.Integer, "integer"),
        (sa.Numeric, "number"),
        (sa.Float, "number"),
        (sa.DateTime, "datetime"),
        (sa.Date, "date"),
        (sa.Time, "time"),
        (sa.Interval, "duration"),
        (sa.JSON, JSON_FIELD),
        (sa.ARRAY, "array"),
        (sa.LargeBinary, "binary"),
    ]
    visited = str(getattr(kind, "__visit_name__", "")).upper()
    if visited == "TINYINT" and getattr(kind, "display_width", None) == 1:
        return _field(name, "boolean")
    by_name = {"INTERVAL": "duration", "BYTEA": "binary", "BIT": "string", "YEAR": "integer"}
    if visited in by_name:
        return _field(name, by_name[visited])
    for family, found in families:
        if isinstance(kind, family):
            return _field(name, found)
    return _field(name, "any" if isinstance(kind, sa.types.NullType) else "string")


def field_of_code(name: str, code: Any, dialect: str) -> dict[str, Any] | None:
    """Return the field of a column of a query, by what the driver says; None where it says nothing.

    Examples:
        >>> field_of_code("price", 1700, "postgresql")
        {'name': 'price', 'type': 'number', 'format': 'default'}
    """
    if dialect == "postgresql":
        found = _POSTGRESQL.get(code)
        return _field(name, found or ("array" if _is_array(code) else "string"))
    if dialect in ("mysql", "mariadb"):
        return _field(name, _MYSQL.get(code, "string"))
    return None


def _is_array(code: int) -> bool:
    import psycopg

    found = psycopg.adapters.types.get(code)
    return found is not None and found.oid != code


def _field(name: str, kind: str) -> dict[str, Any]:
    if kind == "binary":
        return {"name": name, "type": "string", "format": "binary"}
    return {"name": name, "type": kind, "format": "default"}


def settle_json(field: dict[str, Any], values: Sequence[Any]) -> None:
    """Say whether a column of JSON is of objects or of arrays; `any` where it is of both.

    Examples:
        >>> field = {"name": "tags", "type": JSON_FIELD}
        >>> settle_json(field, [None, ["a"]])
        >>> field["type"]
        'array'
    """
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {dict}:
        field["type"] = "object"
    else:
        field["type"] = "array" if kinds == {list} else "any"


def fitted(values: list[Any], kind: str, *, nested: bool) -> list[Any]:
    """Return the values of a column as the ones that its type has in Python.

    Args:
        values: What the driver gives.
        kind: The type of the field.
        nested: Whether texts are JSON.

    Examples:
        >>> fitted([1, None], "boolean", nested=False), fitted(["2020-01-31"], "date", nested=False)
        ([True, None], [datetime.date(2020, 1, 31)])
    """
    kinds = set(map(type, values))
    if nested and str in kinds:
        return [json.loads(value) if type(value) is str else value for value in values]
    make = _MAKERS.get(kind)
    if make is None or kinds <= _DONE.get(kind, frozenset()):
        return values
    return [None if value is None else make(value) for value in values]


def _text(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    return value if isinstance(value, str) else str(value)


def _boolean(value: Any) -> Any:
    if isinstance(value, bytes):
        value = int.from_bytes(value, "big")
    return bool(value) if value in (0, 1) else value


def _moment(read: Callable[[str], Any]) -> Callable[[Any], Any]:
    def moment(value: Any) -> Any:
        if isinstance(value, datetime.timedelta):
            return (_EPOCH + value).time()
        if isinstance(value, str):
            try:
                return read(value)
            except ValueError:
                return value  # the cast says what is wrong with it
        return value

    return moment


_MAKERS: dict[str, Callable[[Any], Any]] = {
    "string": _text,
    "boolean": _boolean,
    "date": _moment(datetime.date.fromisoformat),
    "time": _moment(datetime.time.fromisoformat),
    "datetime": _moment(datetime.datetime.fromisoformat),
}
_DONE: dict[str, frozenset[type]] = {
    "string": frozenset(_PLAIN),
    "boolean": frozenset((bool, type(None))),
    "date": frozenset((datetime.date, type(None))),
    "time": frozenset((datetime.time, type(None))),
    "datetime": frozenset((datetime.datetime, type(None))),
}


def without_zeros(values: list[Any]) -> list[Any]:
    """Return exact numbers without the zeros that a column of fixed decimals adds.

    Examples:
        >>> without_zeros([Decimal("1.250"), Decimal("100.000"), None])
        [Decimal('1.25'), Decimal('100'), None]
    """
    return [
        Decimal(f"{value:f}".rstrip("0").rstrip(".")) if type(value) is Decimal else value
        for value in values
    ]
