"""The canonical text of a value: the same for equal values, another one for all others."""

from __future__ import annotations

import datetime
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["canonical_text"]

_LONGEST_EXPONENT = 400


def canonical_text(value: Any) -> str:
    """Return a letter for the kind of a value, a colon, and its text.

    ========  ==================  ==========================================================
    letter    values              text
    ========  ==================  ==========================================================
    ``s``     strings             the text itself
    ``n``     integers, numbers   decimal digits without an exponent and without zeros at the end of
                                  a fraction: 1, 1.0 and 1.00 are ``n:1``
    ``b``     booleans            ``true`` or ``false``
    ``d``     dates               YYYY-MM-DD
    ``m``     datetimes           ISO 8601 without a zone; those with one in UTC, with ``+00:00``
    ``t``     times               ISO 8601
    ``a``     arrays, and tuples  for each item the length of its own canonical text, a colon, and
                                  that text
    ``o``     objects             the same for each key and its value, in the order of the keys
    ``x``     others              the type's name, a colon, the value's text
    ========  ==================  ==========================================================

    Examples:
        >>> canonical_text("1"), canonical_text(1), canonical_text(Decimal("1.50"))
        ('s:1', 'n:1', 'n:1.5')
        >>> canonical_text(["ab", True])
        'a:4:s:ab6:b:true'
    """
    for kinds, letter, write in _WRITERS:
        if isinstance(value, kinds):
            return f"{letter}:{write(value)}"
    return f"x:{type(value).__name__}:{value}"


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def _moment(value: datetime.datetime) -> str:
    return (value if value.tzinfo is None else value.astimezone(datetime.UTC)).isoformat()


def _object(value: dict[Any, Any]) -> str:
    pairs = sorted(((str(key), item) for key, item in value.items()), key=itemgetter(0))
    return _listed([part for pair in pairs for part in pair])


def _listed(items: Any) -> str:
    texts = [canonical_text(item) for item in items]
    return "".join(f"{len(text)}:{text}" for text in texts)


def _number(value: float | Decimal) -> str:
    if isinstance(value, int):
        return str(value)
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        return str(number)
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or not any(digits):
        return "0"
    if abs(exponent) > _LONGEST_EXPONENT:
        return _with_exponent(sign, digits, exponent)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_exponent(sign: int, digits: tuple[int, ...], exponent: int) -> str:
    """Return a number that is too far from 1 to write out all its zeros."""
    text = "".join(map(str, digits)).lstrip("0")
    kept = text.rstrip("0")
    return f"{'-' if sign else ''}{kept}e{exponent + len(text) - len(kept)}"


_WRITERS: tuple[tuple[Any, str, Callable[[Any], str]], ...] = (
    (str, "s", str),
    (bool, "b", _boolean),
    ((int, float, Decimal), "n", _number),
    (datetime.datetime, "m", _moment),
    (datetime.date, "d", datetime.date.isoformat),
    (datetime.time, "t", datetime.time.isoformat),
    ((list, tuple), "a", _listed),
    (dict, "o", _object),
)
