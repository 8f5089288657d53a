"""JSON with the types of cells, in the format of 0.5.12: what `stream` writes and `unstream` reads.

What JSON has not is an object of one key that names its type::

    {"type{decimal}": "1.5"}         {"type{date}": "2026-01-31"}   {"type{time}": "10:11:12"}
    {"type{datetime}": ["2026-01-31T10:11:12", offset in seconds or null, name of the zone or null]}
    {"type{duration}": "P1DT2H"}     {"type{set}": [...]}

Two things are more exact than in 0.5.12: microseconds are written, where there are any, as a
fraction of the seconds (which 0.5.12 does not read), and an offset west of Greenwich is negative.
"""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "DATETIME_FORMAT",
    "DATETIME_F_FORMAT",
    "DATETIME_P_FORMAT",
    "DATE_FORMAT",
    "DATE_F_FORMAT",
    "DATE_P_FORMAT",
    "TIME_FORMAT",
    "TIME_F_FORMAT",
    "TIME_P_FORMAT",
    "CommonJSONDecoder",
    "CommonJSONEncoder",
    "ejson",
]

DATE_FORMAT = DATE_P_FORMAT = "%Y-%m-%d"
TIME_FORMAT = TIME_P_FORMAT = TIME_F_FORMAT = "%H:%M:%S"
DATETIME_FORMAT = DATETIME_P_FORMAT = f"{DATE_FORMAT}T{TIME_FORMAT}"
# Where the C library writes the year 1 as "1", strftime has to be told to fill it up.
_FOUR_DIGITS = "%04Y" if datetime.date(1, 1, 1).strftime("%04Y") == "0001" else "%Y"
DATE_F_FORMAT = f"{_FOUR_DIGITS}-%m-%d"
DATETIME_F_FORMAT = f"{DATE_F_FORMAT}T{TIME_F_FORMAT}"


class CommonJSONEncoder(json.JSONEncoder):
    """Writes what JSON has not as tagged objects."""

    def default(self, o: Any) -> Any:
        """Return the tagged object.

        Raises:
            TypeError: There is no tag for objects of this type.
        """
        if isinstance(o, Decimal):
            return {"type{decimal}": str(o)}
        if isinstance(o, datetime.datetime):
            offset = o.utcoffset()
            seconds = None if offset is None else offset.total_seconds()
            whole = int(seconds) if seconds is not None and seconds.is_integer() else seconds
            text = o.replace(tzinfo=None).isoformat()
            return {"type{datetime}": [text, whole, o.tzname()]}
        if isinstance(o, datetime.date):
            return {"type{date}": o.isoformat()}
        if isinstance(o, datetime.time):
            return {"type{time}": o.replace(tzinfo=None).isoformat()}
        if isinstance(o, (set, frozenset)):
            return {"type{set}": list(o)}
        return _tagged_duration(o) or super().default(o)


def _tagged_duration(value: Any) -> dict[str, str] | None:
    import isodate  # type: ignore[import-untyped] # it ships no types

    if isinstance(value, (datetime.timedelta, isodate.Duration)):
        return {"type{duration}": isodate.duration_isoformat(value)}
    return None


class CommonJSONDecoder(json.JSONDecoder):
    """Reads tagged objects as what they stand for."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("object_hook", self.object_hook)
        super().__init__(**options)

    @classmethod
    def object_hook(cls, obj: dict[str, Any]) -> Any:
        """Return what an object of JSON stands for.

        Raises:
            ValueError: It has a tag, and what follows is none of that type.
        """
        if len(obj) != 1:
            return obj
        ((key, content),) = obj.items()
        read = _READERS.get(key)
        if read is None:
            return obj
        try:
            return read(content)
        except (TypeError, ArithmeticError) as error:
            message = f"{content!r} is no {key}: {error}"
            raise ValueError(message) from error


def _read_datetime(content: Any) -> datetime.datetime:
    text, offset, name = content
    moment = datetime.datetime.fromisoformat(text)
    if offset is None:
        return moment
    seconds = datetime.timedelta(seconds=offset)
    zone = datetime.timezone(seconds) if name is None else datetime.timezone(seconds, name)
    return moment.replace(tzinfo=zone)


def _read_duration(content: Any) -> Any:
    import isodate

    return isodate.parse_duration(content)


_READERS: dict[str, Callable[[Any], Any]] = {
    "type{decimal}": Decimal,
    "type{date}": datetime.date.fromisoformat,
    "type{time}": datetime.time.fromisoformat,
    "type{datetime}": _read_datetime,
    "type{duration}": _read_duration,
    "type{set}": set,
}


class ejson:  # noqa: N801 - the name of 0.5.12, used like the module json
    """`json`, with the types of cells.

    Examples:
        >>> ejson.dumps({"price": Decimal("1.50")})
        '{"price": {"type{decimal}": "1.50"}}'
        >>> ejson.loads('{"price": {"type{decimal}": "1.50"}}')
        {'price': Decimal('1.50')}
    """

    @staticmethod
    def dumps(obj: Any, **options: Any) -> str:
        """Return the text of a value; options as of `json.dumps`."""
        return json.dumps(obj, **{"cls": CommonJSONEncoder, **options})

    @staticmethod
    def dump(obj: Any, fp: Any, **options: Any) -> None:
        """Write the text of a value to a file; options as of `json.dump`."""
        json.dump(obj, fp, **{"cls": CommonJSONEncoder, **options})

    @staticmethod
    def loads(s: str | bytes, **options: Any) -> Any:
        """Return the value of a text; options as of `json.loads`."""
        return json.loads(s, **{"cls": CommonJSONDecoder, **options})

    @staticmethod
    def load(fp: Any, **options: Any) -> Any:
        """Return the value of a file; options as of `json.load`."""
        return json.load(fp, **{"cls": CommonJSONDecoder, **options})
