"""A schema as a test gives it: a descriptor, a list of fields, or names and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataflows.errors import ArgumentError, shorten
from dataflows.package import clone
from dataflows.schema import Schema
from dataflows.types import codec_for

__all__ = ["GivenSchema", "read_schema"]

GivenSchema = Mapping[str, Any] | Sequence[Any] | Schema
"""What `read_schema` reads."""


def read_schema(given: GivenSchema) -> Schema:
    """Return a schema, whose fields can be.

    Args:
        given: A `Schema`, a Table Schema descriptor, its list of fields, or the type of each field
            by its name.

    Raises:
        ArgumentError: It is none of these.
        FlowError: A field has a type, a format or a constraint that cannot be.

    Examples:
        >>> read_schema({"city": "string", "qty": "integer"})
        Schema(city: string, qty: integer)
        >>> read_schema([{"name": "qty", "type": "integer", "constraints": {"minimum": 1}}])
        Schema(qty: integer)
    """
    descriptor = _descriptor(given)
    fields = descriptor["fields"]
    names = [_name(field) for field in fields]
    again = next((name for name in names if names.count(name) > 1), None)
    if again is not None:
        what = f"two fields of the schema are named {again!r}"
        raise ArgumentError(what, fix="give every field a name of its own.")
    schema = Schema(descriptor)
    for field in schema.fields:
        codec_for(field.descriptor, field.missing_values)
    for name in schema.primary_key:
        schema.field(name)
    return schema


def _descriptor(given: Any) -> dict[str, Any]:
    if isinstance(given, Schema):
        return dict(clone(given.descriptor))
    if isinstance(given, Mapping):
        if isinstance(given.get("fields"), (list, tuple)):
            return dict(clone(dict(given)))
        if all(isinstance(type, str) for type in given.values()):
            return {"fields": [{"name": name, "type": type} for name, type in given.items()]}
        if all(isinstance(field, Mapping) for field in given.values()):
            return {"fields": [{"name": name, **field} for name, field in given.items()]}
    elif isinstance(given, (list, tuple)):
        return {"fields": [clone(field) for field in given]}
    what = f"{shorten(given)} is no schema"
    raise ArgumentError(what, fix="write the type of each field: {'city': 'string'}.")


def _name(field: Any) -> str:
    if isinstance(field, Mapping) and isinstance(field.get("name"), str):
        return str(field["name"])
    what = f"{shorten(field)} is no field of a schema"
    raise ArgumentError(what, fix="write {'name': 'city', 'type': 'string'}.")
