"""Values that users give, as those of a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import CastError, FlowError, shorten
from dataflows.types import codec_for

if TYPE_CHECKING:
    from dataflows.package import Schema

__all__ = ["read_value"]


def read_value(schema: Schema, name: str, value: Any) -> Any:
    """Return a value that a user gave as one of a field.

    Raises:
        FlowError: The field can have no such value.

    Examples:
        >>> from dataflows.package import Schema
        >>> read_value(Schema({"fields": [{"name": "qty", "type": "integer"}]}), "qty", "3")
        3
    """
    descriptor = {key: item for key, item in schema.field(name).items() if key != "constraints"}
    codec = codec_for(descriptor, schema.missing_values)
    try:
        return codec.cast(value)
    except CastError as error:
        what = f"the field {name!r} ({codec.type}) can never be {shorten(value)}"
        fix = f"give a value of the type {codec.type!r}, or set_type({name!r}, …) before this."
        raise FlowError(what, fix=fix) from error
