"""The shape of one value: what its characters (or its Python type) say it could be.

Inference gives every value exactly one shape, in one pass, and decides on types by the shapes
that a column has. A shape is narrow on purpose: `shape_of("01234")` is not that of an integer,
because the integer 1234 would no longer be the same text.
"""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["shape_of", "shape_of_text"]

_SHAPES = {
    # `-0` is left to the numbers: an integer has no negative zero.
    "integer": r"0|-?[1-9][0-9]{0,29}",
    "number": r"-?(?:0|[1-9][0-9]{0,29})?\.[0-9]+|-0",
    # With a point or a signed exponent there is no doubt; `1e5` alone may be an identifier.
    "float": r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+[eE][+-]?|[eE][+-])[0-9]{1,3}",
    "exponent": r"-?(?:0|[1-9][0-9]*)[eE][0-9]{1,3}",
    "nan": r"NaN",
    "infinity": r"nan|NAN|-?(?:inf|INF|Inf|Infinity)",
    "boolean": r"true|True|TRUE|false|False|FALSE",
    "zeros": r"-?0[0-9]+(?:\.[0-9]+)?",
    "long": r"-?[1-9][0-9]{30,}",
    "plus": r"\+[0-9]+(?:\.[0-9]+)?",
    "underscore": r"-?[0-9]+(?:_[0-9]+)+",
    "grouped": r"-?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?",
    "comma": r"-?(?:0|[1-9][0-9]*),[0-9]+",
    "grouped_comma": r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+",
    "datetime": (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
    ),
    "nanoseconds": (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"\.[0-9]{7,}(?:Z|[+-][0-9]{2}:[0-9]{2})?"
    ),
    "time": r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
    "y-m-d": r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}",
    "y/m/d": r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}",
    "x/x/Y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
    "x/x/y": r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}",
    "d.m.Y": r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}",
    # `1.2.13` is a version and `3-1-10` a score: a short year asks for two digits everywhere.
    "d.m.y": r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}",
    "d-m-y": r"[0-9]{2}-[0-9]{2}-[0-9]{2}",
    "d-m-Y": r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}",
    "duration": (
        r"-?P(?:[0-9]+[YMWD](?:[0-9]+[MWD]){0,3}(?:T(?:[0-9]+[HM]){0,2}[0-9]+(?:\.[0-9]+)?[HMS])?"
        r"|T(?:[0-9]+[HM]){0,2}[0-9]+(?:\.[0-9]+)?[HMS])"
    ),
    # Two decimals or more in both: `12.5,13.5` is as likely a range.
    "geopoint": r"-?[0-9]{1,3}\.[0-9]{2,}, ?-?[0-9]{1,2}\.[0-9]{2,}",
    "json": r"(?s:\{.*\}|\[.*\])",
}

_match_any = re.compile(
    "|".join(f"(?P<s{number}>{pattern})" for number, pattern in enumerate(_SHAPES.values()))
).fullmatch
_NAME_OF_GROUP = {f"s{number}": name for number, name in enumerate(_SHAPES)}
_match_duration = re.compile(
    r"-?P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?"
    r"(?:T(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
).fullmatch

_LARGEST_EXACT = 10**15
_SHAPE_OF_TYPE: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    list: "array",
    tuple: "array",
    time: "time",
    timedelta: "duration",
    date: "date",
}


def shape_of_text(text: str) -> str:
    """Return the shape of a text; ``text`` where it is just that.

    Examples:
        >>> [shape_of_text(text) for text in ("12", "012", "1.5", "2020-01-31", "n/a")]
        ['integer', 'zeros', 'number', 'y-m-d', 'text']
    """
    match = _match_any(text)
    if match is None:
        return "text"
    name = _NAME_OF_GROUP[match.lastgroup or ""]
    if name in _CLOSER_LOOKS:
        return _CLOSER_LOOKS[name](text)
    return name


def shape_of(value: Any) -> str:
    """Return the shape of any value that is not None; ``other`` where no type would hold it.

    Examples:
        >>> [shape_of(value) for value in (7, 7.5, 7.0, True, [1], {"a": 1}, b"x")]
        ['integer', 'number', 'integer', 'boolean', 'array', 'object', 'other']
    """
    kind = type(value)
    if kind in _SHAPE_OF_TYPE:
        return _SHAPE_OF_TYPE[kind]
    if isinstance(value, str):
        return shape_of_text(value)
    for base, closer_look in _CLOSER_LOOKS_AT_NATIVES:
        if isinstance(value, base):
            return closer_look(value)
    for base, shape in _SHAPE_OF_TYPE.items():
        if isinstance(value, base):
            return shape
    return "other"


def _look_at_number(value: float | Decimal) -> str:
    # A signalling NaN of decimal refuses to be compared.
    if value.is_nan() if isinstance(value, Decimal) else math.isnan(value):
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "infinity"
    # A larger float is rounded: nobody counted to it.
    return (
        "integer" if -_LARGEST_EXACT < value < _LARGEST_EXACT and value == int(value) else "number"
    )


def _look_at_native_datetime(value: datetime) -> str:
    is_midnight = value.time() == time() and value.tzinfo is None
    return "midnight" if is_midnight else "datetime"


def _look_at_dict(value: dict[Any, Any]) -> str:
    return "geojson" if _is_geojson(value) else "object"


def _look_at_datetime(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return "text"
    return "offset" if text[-6] in "+-" else "zulu" if text[-1] == "Z" else "datetime"


def _look_at_duration(text: str) -> str:
    return "duration" if _match_duration(text) else "text"


def _look_at_geopoint(text: str) -> str:
    longitude, latitude = map(float, text.split(","))
    return "geopoint" if abs(longitude) <= 180 and abs(latitude) <= 90 else "text"


def _look_at_json(text: str) -> str:
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        return "text"
    if isinstance(value, list):
        return "array"
    return "geojson" if _is_geojson(value) else "object"


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as a dict; refuse a key that is there twice, as one value would be lost."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return value


_CLOSER_LOOKS_AT_NATIVES: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    ((float, Decimal), _look_at_number),
    (datetime, _look_at_native_datetime),
    (dict, _look_at_dict),
)
_CLOSER_LOOKS = {
    "datetime": _look_at_datetime,
    "duration": _look_at_duration,
    "geopoint": _look_at_geopoint,
    "json": _look_at_json,
}


def _is_geojson(value: Any) -> bool:
    """Tell whether the reference (tableschema's profile of GeoJSON) takes this as GeoJSON.

    The profile knows positions of two numbers only; what it refuses is an object like any other.
    """
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    if "crs" in value or "bbox" in value:
        from tableschema import Field

        return bool(Field({"name": "value", "type": "geojson"}).test_value(value))
    kind = value["type"]
    if kind == "Feature":
        return _is_feature(value)
    if kind == "FeatureCollection":
        return _is_list(value.get("features"), _is_feature)
    if kind == "GeometryCollection":
        return _is_list(value.get("geometries"), _is_geometry)
    return _is_geometry(value)


def _is_feature(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") == "Feature"
        and isinstance(value.get("properties", False), (dict, type(None)))
        and (value.get("geometry", False) is None or _is_geometry(value.get("geometry")))
    )


def _is_geometry(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        return False
    is_right = _COORDINATES.get(value["type"])
    return is_right is not None and is_right(value.get("coordinates"))


def _is_list(value: Any, is_member: Callable[[Any], bool], least: int = 0) -> bool:
    return isinstance(value, list) and len(value) >= least and all(map(is_member, value))


def _is_position(value: Any) -> bool:
    return _is_list(value, _is_number, 2) and len(value) == 2


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_line(value: Any) -> bool:
    return _is_list(value, _is_position, 2)


def _is_ring(value: Any) -> bool:
    return _is_list(value, _is_position, 4)


def _is_polygon(value: Any) -> bool:
    return _is_list(value, _is_ring)


_COORDINATES: dict[str, Callable[[Any], bool]] = {
    "Point": _is_position,
    "MultiPoint": lambda value: _is_list(value, _is_position),
    "LineString": _is_line,
    "MultiLineString": lambda value: _is_list(value, _is_line),
    "Polygon": _is_polygon,
    "MultiPolygon": lambda value: _is_list(value, _is_polygon),
}
