"""Order keys: any value that a row can hold as bytes that compare as the values do.

Bytes can be sorted and compared by a database at any size; Python's own objects cannot. Of two
values of one kind the smaller has the smaller bytes, and equal values have equal bytes: 1, 1.0 and
``Decimal("1.00")`` are one number. Kinds follow each other: booleans, numbers, texts, bytes, dates,
datetimes without an offset, datetimes with one, times without and with one, durations, lists,
objects, sets. Durations follow each other by their months, then by their seconds.

The way the parts of a list follow each other is that of the tuple layer of FoundationDB: a zero
byte ends a text, and one inside it is followed by FF.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from isodate import Duration  # type: ignore[import-untyped] # it ships no types

from dataflows.errors import FlowError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_fixed_offset", "number_key", "order_key"]

_END = b"\x00"
_ZERO_INSIDE = b"\x00\xff"
_EPOCH = datetime.datetime(1, 1, 1)  # noqa: DTZ001 - the order is that of datetimes without a zone
_MICROSECOND = datetime.timedelta(microseconds=1)
_LEAST_EXPONENT = 2**63
_COMPLEMENT = bytes(255 - byte for byte in range(256))


def order_key(value: Any) -> bytes:
    r"""Return the bytes by which a value is ordered and compared.

    Args:
        value: A value of any type of Table Schema, None among them, or a tuple of values.

    Raises:
        FlowError: It is an object that has no order known here.

    Examples:
        >>> sorted(["b", 2, None, [1], 10, "a", True], key=order_key)
        [None, True, 2, 10, 'a', 'b', [1]]
        >>> order_key("a\x00") > order_key("a"), order_key(1) == order_key(1.0)
        (True, True)
    """
    make = _KINDS.get(type(value))
    if make is None:
        make = next((made for kind, made in _KINDS.items() if isinstance(value, kind)), None)
    if make is None:
        what = f"{shorten(value)} is of the type {type(value).__name__}, which has no order"
        raise FlowError(what, fix="make the key a number, a text, a date or a list of such values.")
    return make(value)


def number_key(number: Decimal | float) -> bytes:
    """Return the bytes of a number: exact at any size, NaN after everything else.

    Examples:
        >>> sorted([10, -2, Decimal("1e-30"), 0.5, float("inf")], key=number_key)
        [-2, Decimal('1E-30'), 0.5, 10, inf]
    """
    exact = number if type(number) is Decimal else Decimal(number)
    if exact.is_nan():
        return b"\xff"
    if exact.is_infinite():
        return b"\xfe" if exact > 0 else b"\x01"
    sign, digits, exponent = exact.as_tuple()
    first = len(digits) + int(exponent)
    shown = bytes(digits).rstrip(_END)
    if not shown:
        return b"\x80"
    skipped = len(shown) - len(shown.lstrip(_END))
    size = (first - skipped + _LEAST_EXPONENT).to_bytes(8, "big")
    # One more than the digit, so that no digit looks like the end.
    tail = size + bytes(digit + 1 for digit in shown[skipped:]) + _END
    return b"\x40" + tail.translate(_COMPLEMENT) if sign else b"\xc0" + tail


def in_fixed_offset(value: datetime.datetime) -> datetime.datetime:
    """Return a datetime that Python compares by its moment, as it is where it does so already.

    In a zone with summer time Python takes both hours that are called two o'clock for one, and
    finds neither equal to the same moment in another zone (PEP 495).

    Examples:
        >>> from zoneinfo import ZoneInfo
        >>> first = datetime.datetime(2026, 10, 25, 2, tzinfo=ZoneInfo("Europe/Rome"))
        >>> second = first.replace(fold=1)
        >>> first == second, in_fixed_offset(first) == in_fixed_offset(second)
        (True, False)
    """
    zone = value.tzinfo
    if zone is None or type(zone) is datetime.timezone:
        return value
    offset = value.utcoffset()
    return value.replace(tzinfo=None if offset is None else datetime.timezone(offset), fold=0)


def _ended(content: bytes) -> bytes:
    return content.replace(_END, _ZERO_INSIDE) + _END


def _whole(number: int) -> bytes:
    return (number + _LEAST_EXPONENT).to_bytes(9, "big")


def _moment(value: datetime.datetime) -> bytes:
    offset = value.utcoffset()
    if offset is None:
        return b"\x38" + _whole((value - _EPOCH) // _MICROSECOND)
    moment = (value.replace(tzinfo=None) - _EPOCH) - offset
    return b"\x39" + _whole(moment // _MICROSECOND)


def _time(value: datetime.time) -> bytes:
    seconds = (value.hour * 60 + value.minute) * 60 + value.second
    offset = value.utcoffset()
    if offset is None:
        return b"\x40" + _whole(seconds * 1_000_000 + value.microsecond)
    moment = seconds * 1_000_000 + value.microsecond - offset // _MICROSECOND
    return b"\x41" + _whole(moment)


def _duration(value: Any) -> bytes:
    months = Decimal(value.years) * 12 + Decimal(value.months)
    return b"\x48" + number_key(months) + number_key(value.tdelta // _MICROSECOND)


def _items(value: Any) -> bytes:
    return b"\x50" + b"".join(map(order_key, value)) + _END


def _object(value: Any) -> bytes:
    pairs = sorted((order_key(key), order_key(item)) for key, item in value.items())
    return b"\x58" + b"".join(key + item for key, item in pairs) + _END


def _set(value: Any) -> bytes:
    return b"\x60" + b"".join(sorted(map(order_key, value))) + _END


_NO_MONTHS = b"\x48" + number_key(0)
_KINDS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"\x02",
    bool: lambda value: b"\x04" if value else b"\x03",
    int: lambda value: b"\x10" + number_key(value),
    Decimal: lambda value: b"\x10" + number_key(value),
    float: lambda value: b"\x10" + number_key(value),
    str: lambda value: b"\x20" + _ended(value.encode("utf-8", "surrogatepass")),
    bytes: lambda value: b"\x28" + _ended(value),
    datetime.datetime: _moment,
    datetime.date: lambda value: b"\x30" + _whole(value.toordinal()),
    datetime.time: _time,
    datetime.timedelta: lambda value: _NO_MONTHS + number_key(value // _MICROSECOND),
    Duration: _duration,
    tuple: _items,
    list: _items,
    dict: _object,
    set: _set,
    frozenset: _set,
}
