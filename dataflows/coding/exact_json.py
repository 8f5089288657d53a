"""JSON text of one Python value, from which the value comes back equal and of the same type.

What JSON has is written as JSON: null, true, false, texts, integers, finite floats, lists, and
objects with texts as keys. Everything else is an object with one key that starts with ``$``::

    {"$decimal": "1.50"}                          {"$float": "nan"}  (or "inf", "-inf")
    {"$date": "2026-01-31"}                       {"$integer": "0x1f…"}  (of thousands of digits)
    {"$time": ["10:11:12.000345", fold, zone]}    {"$datetime": ["2026-01-31T10:11:12", fold, zone]}
    {"$timedelta": [days, seconds, microseconds]} {"$duration": [years, months, timedelta]}
    {"$yearmonth": [2026, 1]}                     {"$geopoint": [lon, lat]}
    {"$tuple": [...]}  {"$set": [...]}            {"$frozenset": [...]}
    {"$bytes": "base64"}  {"$bytearray": "base64"}  {"$uuid": "..."}
    {"$dict": [[key, value], ...]}                where a key is no text, or would look like these
    {"$pickle": "base64"}                         any other object, only where both sides allow it

A zone is null, ``"UTC"`` (`datetime.UTC`), ``{"zone": "Europe/Rome"}`` (of `zoneinfo`), or
``[microseconds, name]``: an offset, its name null where it was given none. Zones of other libraries
become their offset. The text is ASCII, so that half a surrogate pair survives, too.
"""

from __future__ import annotations

import base64
import datetime
import json
import math
import uuid
import zoneinfo
from decimal import Decimal
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from dataflows.types.geo import geopoint
from dataflows.types.periods import yearmonth

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["InexactError", "dumps", "loads"]

_LONGEST_INTEGER = 4300  # Python writes and reads no more digits of an int in decimal, unless told
_MICROSECOND = datetime.timedelta(microseconds=1)
_ENCODE = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode


class InexactError(TypeError):
    """There is no exact text for an object; `kind` is its type."""

    def __init__(self, value: object) -> None:
        self.kind = type(value)
        super().__init__(f"{self.kind.__module__}.{self.kind.__qualname__} has no exact text")


def dumps(value: Any, *, pickles: bool = False) -> str:
    """Return the text of a value.

    Args:
        value: The value.
        pickles: Whether an object of any other type may be pickled: only for a text that nobody
            else can change before it is read.

    Raises:
        InexactError: The value, or one inside it, is of a type that has no text.

    Examples:
        >>> dumps([Decimal("1.50"), (1, None)])
        '[{"$decimal":"1.50"},{"$tuple":[1,null]}]'
    """
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    try:
        return _ENCODE(_packed(value, pickles=pickles))
    except RecursionError:
        raise InexactError(value) from None


def loads(text: str, *, pickles: bool = False) -> Any:
    """Return the value of a text that `dumps` has made.

    Args:
        text: The text.
        pickles: Whether pickled objects are made: they can run any code.

    Raises:
        ValueError: The text is none of these.

    Examples:
        >>> loads('[{"$decimal":"1.50"},{"$tuple":[1,null]}]')
        [Decimal('1.50'), (1, None)]
    """
    hook = _unpacked_or_pickled if pickles else _unpacked
    try:
        return json.loads(text, object_hook=hook, parse_constant=_refuse)
    except (TypeError, ArithmeticError, LookupError, RecursionError) as error:
        message = f"not a text of exact JSON: {error}"
        raise ValueError(message) from error


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


# Writing


def _packed(value: Any, *, pickles: bool) -> Any:
    """Return a value as what JSON has."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is list:
        return [_packed(item, pickles=pickles) for item in value]
    if kind is dict:
        return _packed_dict(value, pickles=pickles)
    if kind in _SEQUENCES:
        items = [_packed(item, pickles=pickles) for item in value]
        return {f"${kind.__name__}": items}
    pack = _PACKERS.get(kind)
    return pack(value) if pack is not None else _packed_other(value, kind, pickles=pickles)


def _packed_other(value: Any, kind: type, *, pickles: bool) -> Any:
    if kind.__name__ == "Duration" and kind.__module__.partition(".")[0] == "isodate":
        parts = (value.years, value.months, value.tdelta)
        return {"$duration": [_packed(part, pickles=pickles) for part in parts]}
    if pickles:
        return {"$pickle": _base64(_pickled(value))}
    raise InexactError(value)


def _packed_dict(value: dict[Any, Any], *, pickles: bool) -> Any:
    plain = all(type(key) is str for key in value)
    if plain and not (len(value) == 1 and next(iter(value)).startswith("$")):
        return {key: _packed(item, pickles=pickles) for key, item in value.items()}
    pairs = [
        [_packed(key, pickles=pickles), _packed(item, pickles=pickles)]
        for key, item in value.items()
    ]
    return {"$dict": pairs}


def _pickled(value: Any) -> bytes:
    import cloudpickle

    try:
        pickled: bytes = cloudpickle.dumps(value)
    except Exception as error:
        raise InexactError(value) from error
    return pickled


def _base64(value: bytes | bytearray) -> str:
    return base64.b64encode(value).decode("ascii")


def _pack_integer(value: int) -> Any:
    # Three bits are less than a digit: below that many bits it has no more digits than allowed.
    return value if value.bit_length() < 3 * _LONGEST_INTEGER else {"$integer": hex(value)}


def _pack_float(value: float) -> Any:
    return value if math.isfinite(value) else {"$float": repr(value)}


def _pack_zone(value: datetime.datetime | datetime.time) -> Any:
    zone = value.tzinfo
    if zone is None:
        return None
    if zone is datetime.UTC:
        return "UTC"
    if type(zone) is zoneinfo.ZoneInfo and zone.key is not None:
        return {"zone": zone.key}
    if type(zone) is datetime.timezone:
        # Only its arguments tell a name that was given from one that was made.
        offset, *names = zone.__getinitargs__()  # type: ignore[attr-defined] # pickle calls it
        return [offset // _MICROSECOND, names[0] if names else None]
    found = value.utcoffset()
    if found is None:
        raise InexactError(zone)
    return [found // _MICROSECOND, value.tzname()]


def _pack_moment(value: datetime.datetime | datetime.time) -> Any:
    plain = value.replace(tzinfo=None).isoformat()
    return {f"${type(value).__name__}": [plain, value.fold, _pack_zone(value)]}


_SEQUENCES = frozenset({tuple, set, frozenset, yearmonth, geopoint})
_PACKERS: dict[type, Callable[[Any], Any]] = {
    int: _pack_integer,
    float: _pack_float,
    Decimal: lambda value: {"$decimal": str(value)},
    datetime.date: lambda value: {"$date": value.isoformat()},
    datetime.time: _pack_moment,
    datetime.datetime: _pack_moment,
    datetime.timedelta: lambda v: {"$timedelta": [v.days, v.seconds, v.microseconds]},
    bytes: lambda value: {"$bytes": _base64(value)},
    bytearray: lambda value: {"$bytearray": _base64(value)},
    uuid.UUID: lambda value: {"$uuid": value.hex},
}
# The cells of a column of mixed values, most often: they need no encoder to be set up.
_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: encode_basestring_ascii,
    Decimal: lambda value: f'{{"$decimal":"{value!s}"}}',
    datetime.date: lambda value: f'{{"$date":"{value.isoformat()}"}}',
}


# Reading


def _unpacked(found: dict[str, Any]) -> Any:
    """Return what an object of JSON stands for; what is inside it has been read already."""
    if len(found) != 1:
        return found
    ((key, content),) = found.items()
    if not key.startswith("$"):
        return found
    read = _READERS.get(key)
    if read is None:
        message = f"{key!r} is no kind of value that may stand here"
        raise ValueError(message)
    return read(content)


def _unpacked_or_pickled(found: dict[str, Any]) -> Any:
    if len(found) == 1 and "$pickle" in found:
        import pickle

        return pickle.loads(base64.b64decode(found["$pickle"], validate=True))  # noqa: S301 - written by this user, in a file that nobody else can reach
    return _unpacked(found)


def _read_zone(zone: Any) -> datetime.tzinfo | None:
    if zone is None:
        return None
    if zone == "UTC":
        return datetime.UTC
    if isinstance(zone, dict):
        return zoneinfo.ZoneInfo(zone["zone"])
    offset, name = zone
    offset = datetime.timedelta(microseconds=offset)
    return datetime.timezone(offset) if name is None else datetime.timezone(offset, name)


def _read_time(content: Any) -> datetime.time:
    text, fold, zone = content
    return datetime.time.fromisoformat(text).replace(fold=fold, tzinfo=_read_zone(zone))


def _read_datetime(content: Any) -> datetime.datetime:
    text, fold, zone = content
    return datetime.datetime.fromisoformat(text).replace(fold=fold, tzinfo=_read_zone(zone))


def _read_duration(content: Any) -> Any:
    import isodate  # type: ignore[import-untyped] # it ships no types

    years, months, rest = content
    duration = isodate.Duration(years=years, months=months)
    duration.tdelta = rest
    return duration


def _read_decimal(content: Any) -> Decimal:
    if not isinstance(content, str):
        raise TypeError(content)
    return Decimal(content)


def _read_dict(content: Any) -> dict[Any, Any]:
    return {key: value for key, value in content}  # noqa: C416 - a pair of three is an error here


_READERS: dict[str, Callable[[Any], Any]] = {
    "$integer": lambda content: int(content, 16),
    "$float": float,
    "$decimal": _read_decimal,
    "$date": datetime.date.fromisoformat,
    "$time": _read_time,
    "$datetime": _read_datetime,
    "$timedelta": lambda content: datetime.timedelta(*content),
    "$duration": _read_duration,
    "$yearmonth": lambda content: yearmonth(*content),
    "$geopoint": lambda content: geopoint(*content),
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
    "$bytes": lambda content: base64.b64decode(content, validate=True),
    "$bytearray": lambda content: bytearray(base64.b64decode(content, validate=True)),
    "$uuid": lambda content: uuid.UUID(hex=content),
    "$dict": _read_dict,
}
