"""From a field's descriptor to its codec."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError, nearest
from dataflows.types.boolean import BooleanCodec
from dataflows.types.geo import GeopointCodec
from dataflows.types.geojson import GeojsonCodec
from dataflows.types.moments import DatetimeCodec
from dataflows.types.nested import ArrayCodec, ObjectCodec
from dataflows.types.numeric import IntegerCodec, NumberCodec
from dataflows.types.periods import DurationCodec, YearCodec, YearmonthCodec
from dataflows.types.temporal import DateCodec, TimeCodec
from dataflows.types.text import AnyCodec, StringCodec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.types.codec import Codec

__all__ = ["TYPES", "codec_for"]

# What Python, SQL and other tools call the types.
_ELSEWHERE = {
    **dict.fromkeys(("float", "double", "decimal", "numeric", "real", "money"), "number"),
    **dict.fromkeys(("int", "int64", "bigint", "long", "smallint"), "integer"),
    **dict.fromkeys(("str", "text", "varchar", "char"), "string"),
    **dict.fromkeys(("timestamp", "datetime64"), "datetime"),
    **dict.fromkeys(("dict", "json", "map", "struct"), "object"),
    **dict.fromkeys(("list", "tuple", "set"), "array"),
    **dict.fromkeys(("timedelta", "interval"), "duration"),
    "bool": "boolean",
}
_CODECS: dict[str, type[Codec]] = {
    "any": AnyCodec,
    "string": StringCodec,
    "integer": IntegerCodec,
    "number": NumberCodec,
    "boolean": BooleanCodec,
    "date": DateCodec,
    "time": TimeCodec,
    "datetime": DatetimeCodec,
    "year": YearCodec,
    "yearmonth": YearmonthCodec,
    "duration": DurationCodec,
    "array": ArrayCodec,
    "object": ObjectCodec,
    "geopoint": GeopointCodec,
    "geojson": GeojsonCodec,
}
TYPES = tuple(_CODECS)
"""The names of the types."""

_COUNTS = (
    "type",
    "format",
    "constraints",
    "decimalChar",
    "groupChar",
    "bareNumber",
    "trueValues",
    "falseValues",
)
_made: dict[object, Codec] = {}


def codec_for(field: Mapping[str, Any], missing_values: Sequence[str] = ("",)) -> Codec:
    """Return the codec of a field; equal fields, names apart, have the same object.

    Args:
        field: A Table Schema field descriptor; without a type it is a string.
        missing_values: The texts that stand for None, of the schema.

    Raises:
        FlowError: There is no such type, or its format or a constraint cannot be.

    Examples:
        >>> codec = codec_for({"name": "day", "type": "date", "format": "%d/%m/%Y"})
        >>> codec.cast("01/02/2020")
        datetime.date(2020, 2, 1)
        >>> codec is codec_for({"name": "born", "type": "date", "format": "%d/%m/%Y"})
        True
    """
    descriptor: dict[str, Any] = {"type": "string", "format": "default"}
    descriptor.update((key, field[key]) for key in _COUNTS if key in field)
    missing = tuple(missing_values)
    key = _frozen((descriptor, missing))
    codec = _made.get(key)
    if codec is None:
        kind = descriptor["type"]
        if not isinstance(kind, str) or kind not in _CODECS:
            name = kind.__name__ if isinstance(kind, type) else kind
            fix = nearest(name, _CODECS, "types", _ELSEWHERE)
            raise FlowError(f"there is no type {kind!r}", fix=fix)
        codec = _made.setdefault(key, _CODECS[kind](descriptor, missing))
    return codec


def _frozen(value: Any) -> object:
    """Return something hashable that is equal for equal content only: 1, 1.0 and True differ."""
    if type(value) is str:
        return value
    if isinstance(value, dict):
        return dict, tuple((_frozen(key), _frozen(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return list, tuple(map(_frozen, value))
    return type(value), repr(value)
