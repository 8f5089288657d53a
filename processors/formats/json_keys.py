"""Objects of JSON that have a key twice: one of the two values would be lost, so they are told."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ObjectOfPairs", "TwiceError", "count_keys", "decode_object", "key_twice"]

_NESTED = (dict, list)


class TwiceError(ValueError):
    """An object has a key twice."""


def _checked_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise TwiceError(key)
    return found


def _no_constant(name: str) -> Any:
    message = f"{name} is not a JSON value"
    raise ValueError(message)


decode_object = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_checked_object
).decode


class ObjectOfPairs(dict[str, Any]):
    """An object that tells which key it has twice: the parser would not hear of an error."""

    twice: str | None = None

    def __setitem__(self, key: str, value: Any) -> None:
        """Keep the last value of a key, as a plain object does."""
        if key in self:
            self.twice = key
        super().__setitem__(key, value)


def key_twice(item: Any) -> str | None:
    """Return a key that an object in a row has twice."""
    if isinstance(item, ObjectOfPairs):
        if item.twice is not None:
            return item.twice
        values: Iterable[Any] = item.values()
    else:
        values = item if isinstance(item, list) else ()
    if {ObjectOfPairs, list}.isdisjoint(map(type, values)):
        return None
    return next((key for key in map(key_twice, values) if key is not None), None)


def count_keys(item: Any) -> int:
    """Return how many keys the objects in a row have, at least.

    Of a list the first item tells whether there are objects in it: coordinates are many.
    """
    kind = type(item)
    if kind is dict:
        keys = len(item)
        for value in item.values():
            if type(value) in _NESTED:
                keys += count_keys(value)
        return keys
    if kind is not list or not item or type(item[0]) not in _NESTED:
        return 0
    inner = item[0]
    if type(inner) is list and (not inner or type(inner[0]) not in _NESTED):
        return 0
    return sum(map(count_keys, item))
