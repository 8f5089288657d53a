"""Columns as the texts of JSON values: in C where the characters will do, else one by one."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import Place, RowError, shorten
from dataflows.processors.formats.writing import field_values
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.processors.formats.writing import OutputField

__all__ = ["json_texts"]

_PYTHON: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (Decimal,),
    "date": (date,),
    "time": (time,),
    "datetime": (datetime,),
    "geopoint": (tuple,),
    "yearmonth": (tuple,),
}
_AS_TEXT = ("date", "time", "datetime", "yearmonth", "duration")
# RFC 8259, section 6: no plus sign, no leading zeros, digits on both sides of the point.
_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
_INTEGER = r"^-?(?:0|[1-9][0-9]*)$"
# Section 7: what may stand in a string as it is; the second also where only ASCII may.
_ESCAPED = r'[\x00-\x1f"\\]'
_ESCAPED_IN_ASCII = r"[^\x20-\x21\x23-\x5b\x5d-\x7e]"


def json_texts(batch: Batch, field: OutputField, *, ascii_only: bool) -> pa.StringArray:
    """Return the values of a field as JSON, ``null`` for a missing one.

    Raises:
        RowError: A value that JSON has no form for; its row is named.
    """
    text = _in_columns(batch, field, ascii_only=ascii_only)
    if text is None:
        return pa.array(_one_by_one(batch, field, ascii_only=ascii_only), pa.string())
    return pc.fill_null(text, "null")


def _in_columns(batch: Batch, field: OutputField, *, ascii_only: bool) -> pa.StringArray | None:
    """Return the same by whole columns, null for a missing value; None where that cannot be."""
    column = batch.column(field.name)
    if column.codec is not field.codec or field.pattern is not None:
        return None
    if field.type in ("integer", "number"):
        text = column.plain(field.codec)
        pattern = _INTEGER if field.type == "integer" else _NUMBER
        fits = pc.all(pc.match_substring_regex(text, pattern)).as_py()
        return text if fits is not False else None
    if field.type in ("date", "time", "datetime"):
        return pc.binary_join_element_wise('"', column.plain(field.codec), '"', "")
    if field.type == "boolean":
        return pc.utf8_lower(column.plain(field.codec))
    if field.type == "string" and column.text is not None and field.codec.raw:
        return _quoted(column.plain(field.codec), ascii_only=ascii_only)
    return None


def _quoted(text: pa.StringArray, *, ascii_only: bool) -> pa.StringArray:
    quoted = pc.binary_join_element_wise('"', text, '"', "")
    needs = pc.match_substring_regex(text, _ESCAPED_IN_ASCII if ascii_only else _ESCAPED)
    needs = pc.fill_null(needs, False)  # noqa: FBT003 - what is to stand for null
    cells = text.filter(needs).to_pylist()
    if not cells:
        return quoted
    escaped = [json.dumps(cell, ensure_ascii=ascii_only) for cell in cells]
    return pc.replace_with_mask(quoted, needs, pa.array(escaped, pa.string()))


def _one_by_one(batch: Batch, field: OutputField, *, ascii_only: bool) -> list[str]:
    encode = _encoder(field, ascii_only=ascii_only)
    values = field_values(batch, field)
    fitting = _PYTHON.get(field.type) if field.pattern is None else None
    if fitting and not set(map(type, values)) <= {*fitting, type(None)}:
        # A policy has kept values that do not fit.
        other = _encoder(replace(field, type="any"), ascii_only=ascii_only)
        encode = _by_value(fitting, encode, other)
    try:
        return ["null" if value is None else encode(value) for value in values]
    except (ValueError, TypeError):
        index, reason = next(_unfit(encode, values))
    what = f"JSON has no form for {shorten(values[index])}: {reason}"
    fix = "turn it into a missing value or a text first, or dump as CSV."
    raise RowError(what, where=Place(row=batch.number(index), field=field.name), fix=fix)


def _by_value(
    kinds: tuple[type, ...], encode: Callable[[Any], str], other: Callable[[Any], str]
) -> Callable[[Any], str]:
    return lambda value: encode(value) if isinstance(value, kinds) else other(value)


def _unfit(encode: Callable[[Any], str], values: list[Any]) -> Iterator[tuple[int, str]]:
    for index, value in enumerate(values):
        try:
            value is None or encode(value)
        except (ValueError, TypeError) as error:
            yield index, str(error)


def _encoder(field: OutputField, *, ascii_only: bool) -> Callable[[Any], str]:
    def text(value: Any) -> str:
        if isinstance(value, Decimal):
            return _number(value)
        made = json.dumps(value, ensure_ascii=ascii_only, default=_nested, allow_nan=False)
        if not ascii_only or "\\ud" in made:
            _refuse_half_characters(made)
        return made

    if field.pattern is not None or field.type == "string":
        return text
    if field.type == "integer":
        return str
    if field.type == "number":
        return _number
    if field.type in _AS_TEXT:
        serialize = plain_serializer(field.type)
        return lambda value: json.dumps(serialize(value))
    if field.type == "geopoint":
        return lambda value: f"[{_number(value[0])}, {_number(value[1])}]"
    return text


def _refuse_half_characters(made: str) -> None:
    """Refuse what readers could not take: half a character, which JSON can write nevertheless."""
    try:
        plain = json.dumps(json.loads(made), ensure_ascii=False) if "\\ud" in made else made
        plain.encode()
    except UnicodeEncodeError as error:
        message = f"it holds half a character, {error.object[error.start]!r}"
        raise ValueError(message) from None


def _number(value: Any) -> str:
    finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
    if not finite:
        message = "it is not a finite number"
        raise ValueError(message)
    return str(value)


def _nested(value: Any) -> Any:
    """Return what JSON has for a value inside an array or object."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    message = f"a value of type {type(value).__name__} cannot be written as JSON"
    raise TypeError(message)
