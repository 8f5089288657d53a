"""Arrow columns as Table Schema fields: what they are, and what a reader hands on of them."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.coding.exact_json import loads
from dataflows.iterables import type_of_arrow
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FIELD_KEY", "cells_of", "field_note", "field_of"]

FIELD_KEY = b"dataflows:field"
"""Under this key the metadata of an Arrow field keep the descriptor that it was written from."""
_MOST_DIGITS = 76


def field_note(descriptor: Mapping[str, Any], kind: pa.DataType, *, coded: bool) -> bytes:
    """Return what the metadata of an Arrow field keep: from it a reader restores the exact type.

    Args:
        descriptor: The Table Schema field.
        kind: The type of the Arrow field, for the note is void where another tool has changed it.
        coded: Whether the texts are exact JSON of the values (see `exact_json`).
    """
    note = {"field": dict(descriptor), "arrow": str(kind), "coded": coded}
    return json.dumps(note, ensure_ascii=False).encode()


def field_of(field: pa.Field) -> tuple[dict[str, Any], bool]:
    """Return the Table Schema field of an Arrow field, and whether its texts are coded values.

    Examples:
        >>> field_of(pa.field("share", pa.float32()))
        ({'name': 'share', 'type': 'number', 'format': 'default', 'floatNumber': True}, False)
    """
    noted = _noted(field)
    if noted is not None:
        return {**noted["field"], "name": field.name}, noted.get("coded") is True
    kind = _plain_type(field.type)
    if pa.types.is_decimal(kind) and abs(kind.scale) > _MOST_DIGITS:
        message = f"numbers of {kind.scale} decimals"
        raise ValueError(message)
    descriptor = {"name": field.name, "type": type_of_arrow(kind), "format": "default"}
    if pa.types.is_floating(kind):
        descriptor["floatNumber"] = True
    if _is_binary(kind):
        descriptor.update(type="string", format="binary")
    return descriptor, False


def _noted(field: pa.Field) -> dict[str, Any] | None:
    """Return the note of a field, where it has one that can still be true."""
    text = (field.metadata or {}).get(FIELD_KEY)
    if text is None:
        return None
    try:
        note = json.loads(text)
        if not isinstance(note, dict) or not isinstance(note.get("field"), dict):
            return None
        codec_for(note["field"])
    except (ValueError, TypeError, RecursionError):
        return None
    return note if note.get("arrow") == str(field.type) else None


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    is_coded = pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind)
    return _plain_type(kind.value_type) if is_coded else kind


def _is_binary(kind: pa.DataType) -> bool:
    checks = (
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_fixed_size_binary,
        pa.types.is_binary_view,
    )
    return any(check(kind) for check in checks)


def cells_of(array: pa.Array, *, coded: bool) -> pa.Array | list[Any]:
    """Return an array as load takes it: typed, or text, or a list of values where Arrow has none.

    Floats become their shortest text, for a number is exact here; bytes become Base64. So do days
    and moments that Python has not.

    Examples:
        >>> cells_of(pa.array([0.1, None]), coded=False).to_pylist()
        ['0.1', None]
    """
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_run_end_encoded(array.type):
        array = pc.run_end_decode(array)
    if pa.types.is_dictionary(array.type):
        if array.type.value_type == pa.string_view():
            # Arrow cannot take from a dictionary of string views.
            texts = array.dictionary.cast(pa.string())
            array = pa.DictionaryArray.from_arrays(array.indices, texts)
        array = array.dictionary_decode()
    kind = array.type
    if coded:
        return [None if cell is None else loads(cell) for cell in array.to_pylist()]
    if kind == pa.string_view() or pa.types.is_large_string(kind) or pa.types.is_floating(kind):
        return array.cast(pa.string())
    if _is_binary(kind):
        return pa.array([_plain(cell, kind) for cell in array.to_pylist()], pa.string())
    if pa.types.is_temporal(kind) and _is_beyond_python(array):
        return array.cast(pa.string())
    if pa.types.is_nested(kind):
        return [_plain(cell, kind) for cell in array.to_pylist()]
    return array


def _is_beyond_python(array: pa.Array) -> bool:
    """Tell whether some day is before the year 1 or after 9999: then its text is what there is."""
    try:
        pc.min_max(array).as_py()
    except OverflowError:
        return True
    return False


def _plain(value: Any, kind: pa.DataType) -> Any:
    """Return a value with what is inside of it: maps as dicts, bytes as Base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if value is None or not pa.types.is_nested(kind):
        return value
    if pa.types.is_map(kind):
        return {str(key): _plain(item, kind.item_type) for key, item in value}
    if pa.types.is_struct(kind):
        return {one.name: _plain(value[one.name], one.type) for one in kind}
    inner = getattr(kind, "value_type", None)
    return value if inner is None else [_plain(item, inner) for item in value]
