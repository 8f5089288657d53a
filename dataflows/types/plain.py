"""Python values as the text that a file gets; every one of them reads back equal."""

from __future__ import annotations

import contextlib
import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["plain_serializer"]


def plain_serializer(type: str, format: str | None = "default") -> Callable[[Any], str]:
    """Return the function that writes one value of a type, which is not None, as text.

    The text follows the dialect of dumped files: decimal point, ISO 8601 dates and times
    without fractions and zones, ``True`` and ``False``, JSON.

    Args:
        type: A Table Schema type; of an unknown one the ``str`` is written.
        format: Its format; it counts for a geopoint only.

    Examples:
        >>> import datetime
        >>> plain_serializer("date")(datetime.date(1, 1, 1))
        '0001-01-01'
        >>> plain_serializer("array")(["é", 1])
        '["é", 1]'
        >>> plain_serializer("any")({"é": [Decimal("1.5"), None]}), plain_serializer("any")(True)
        ('{"é": [1.5, null]}', 'True')
        >>> plain_serializer("geopoint")((Decimal("4.9"), Decimal("52.4")))
        '4.9, 52.4'
    """
    if type == "geopoint" and format in ("array", "object"):
        return _geopoint_array if format == "array" else _geopoint_object
    return _SERIALIZERS.get(type, str)


def _date(value: datetime.date) -> str:
    return datetime.date.isoformat(value)[:10]


def _time(value: datetime.time) -> str:
    return datetime.time.isoformat(value)[:8]


def _datetime(value: datetime.datetime) -> str:
    return datetime.datetime.isoformat(value)[:19]


def _year(value: int) -> str:
    return f"{value:04d}"


def _yearmonth(value: tuple[int, int]) -> str:
    return "{:04d}-{:02d}".format(*value)


def _duration(value: Any) -> str:
    import isodate  # type: ignore[import-untyped] # it ships no types

    return str(isodate.duration_isoformat(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_json_default)


def _geojson(value: Any) -> str:
    return json.dumps(value, default=_json_default)


def _any(value: Any) -> str:
    if isinstance(value, (dict, list, tuple)):
        with contextlib.suppress(TypeError, ValueError):  # it holds what JSON has not
            return _json(value)
    return str(value)


def _json_default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    message = f"{value!r} has no form in JSON"
    raise TypeError(message)


def _geopoint(value: tuple[Any, Any]) -> str:
    return "{}, {}".format(*value)


def _geopoint_array(value: tuple[Any, Any]) -> str:
    return "[{}, {}]".format(*value)


def _geopoint_object(value: tuple[Any, Any]) -> str:
    return '{{"lon": {}, "lat": {}}}'.format(*value)


_SERIALIZERS: dict[str, Callable[[Any], str]] = {
    "any": _any,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "year": _year,
    "yearmonth": _yearmonth,
    "duration": _duration,
    "array": _json,
    "object": _json,
    "geojson": _geojson,
    "geopoint": _geopoint,
}
