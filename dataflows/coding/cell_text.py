"""Values of a column as one array of texts, and back: exact, and in C where it can be.

What the texts are is told by their kind: the name of the type that all the values have, or
``json`` where they have several, or one that needs tags (see `exact_json`).
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.coding.exact_json import dumps, loads
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.types import Codec

__all__ = ["as_strings", "kind_of_nothing", "text_of_array", "text_of_values", "values_of_text"]

JSON = "json"
_PLAIN_KINDS: dict[type, str] = {
    str: "string",
    int: "integer",
    Decimal: "number",
    bool: "boolean",
    datetime.date: "date",
    datetime.time: "time",
    datetime.datetime: "datetime",
    float: "float",
}
_ARROW_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "datetime": pa.timestamp("us"),
}
_KIND_OF_ARROW = {arrow_type: kind for kind, arrow_type in _ARROW_TYPES.items()}
_KIND_OF_FIELD = {**dict.fromkeys([*_ARROW_TYPES, "number"]), "any": JSON, "year": "integer"}
_TEXTS: dict[str, Callable[[Any], str]] = {"number": str, "float": repr, "integer": str}
_NOT_IN_ARROW = (pa.ArrowException, OverflowError, UnicodeEncodeError)


def text_of_values(
    values: list[Any], *, nothing: str, pickles: bool = False
) -> tuple[str, pa.StringArray]:
    """Return the kind of some values, and the texts; null for None.

    Args:
        values: The values.
        nothing: The kind, where all are None.
        pickles: Whether objects of any type may be pickled.

    Raises:
        InexactError: A value has no exact text.

    Examples:
        >>> kind, texts = text_of_values([Decimal("1.50"), None], nothing="string")
        >>> kind, texts.to_pylist()
        ('number', ['1.50', None])
    """
    types = set(map(type, values))
    types.discard(type(None))
    if not types:
        return nothing, pa.nulls(len(values), pa.string())
    kind = _PLAIN_KINDS.get(types.pop()) if len(types) == 1 else None
    if kind is not None:
        texts = _plain_texts(kind, values)
        if texts is not None:
            return kind, texts
    cells = [None if value is None else dumps(value, pickles=pickles) for value in values]
    return JSON, pa.array(cells, pa.string())


def kind_of_nothing(codec: Codec) -> str:
    """Return the kind that the values of a field will most often have."""
    if codec.type in _KIND_OF_FIELD:
        return _KIND_OF_FIELD[codec.type] or codec.type
    return JSON


def _plain_texts(kind: str, values: list[Any]) -> pa.StringArray | None:
    """Return the texts of values of one type, or None where some have no plain one."""
    if kind in ("time", "datetime") and not _are_plain_times(values):
        return None
    arrow_type = _ARROW_TYPES.get(kind)
    if arrow_type is not None:
        try:
            return pa.array(values, arrow_type).cast(pa.string())
        except _NOT_IN_ARROW:
            if kind != "integer":
                return None
    text_of = _TEXTS[kind]
    try:
        return pa.array([None if v is None else text_of(v) for v in values], pa.string())
    except ValueError:  # an integer of more digits than Python writes
        return None


def _are_plain_times(values: list[Any]) -> bool:
    """Return whether none has a zone or a fold, which Arrow would drop."""
    times = [value for value in values if value is not None]
    if any(map(attrgetter("fold"), times)):
        return False
    return set(map(type, map(attrgetter("tzinfo"), times))) <= {type(None)}


def text_of_array(array: pa.Array) -> tuple[str, pa.StringArray] | None:
    """Return the kind and the texts of an Arrow array; None where its values must be looked at."""
    kind = _KIND_OF_ARROW.get(array.type)
    if kind is None and pa.types.is_decimal128(array.type):
        kind = "number"
    return None if kind is None else (kind, array.cast(pa.string()))


def values_of_text(kind: str, texts: pa.StringArray, *, pickles: bool = False) -> list[Any]:
    """Return the values of texts of a kind.

    Raises:
        ValueError: They are none.
    """
    if kind == JSON:
        return [
            None if cell is None else loads(cell, pickles=pickles) for cell in texts.to_pylist()
        ]
    if kind == "float":
        return [None if cell is None else float(cell) for cell in texts.to_pylist()]
    return _codec_of(kind).text_to_values(texts)


@cache
def _codec_of(kind: str) -> Codec:
    return codec_for({"type": kind})


def as_strings(array: pa.Array) -> pa.StringArray:
    """Return an array of texts, of whatever Arrow type another engine has made it."""
    return array if array.type == pa.string() else array.cast(pa.string())
