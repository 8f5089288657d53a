"""The values that fill gaps, read as the types of their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import CastError, FlowError, shorten
from dataflows.processors.modifiers.chosen_fields import chosen
from dataflows.processors.modifiers.patched_column import piece_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from dataflows.column import Column
    from dataflows.package import Schema
    from dataflows.types import Codec

__all__ = ["pieces_for"]


def pieces_for(
    values: dict[str | None, Any], names: list[str], schema: Schema, *, regex: bool
) -> dict[str, Column]:
    """Return the value for each field, as a column of it; the first pattern that matches counts.

    Args:
        values: The value for each name or pattern; for None that of all fields of its kind.
        names: The fields.
        schema: Their schema.
        regex: Whether the patterns are regular expressions.

    Raises:
        FlowError: A value does not fit its field.

    Examples:
        >>> from dataflows.package import Schema
        >>> schema = Schema({"fields": [{"name": "a", "type": "integer"}, {"name": "b"}]})
        >>> pieces_for({None: 0}, ["a", "b"], schema, regex=True)["a"].values
        [0]
    """
    pieces: dict[str, Column] = {}
    for pattern, value in values.items():
        meant = names if pattern is None else chosen([pattern], names, regex=regex)
        for name in meant:
            codec = codec_for(schema.field(name), schema.missing_values)
            if name not in pieces and (pattern is not None or _holds(codec, value)):
                pieces[name] = piece_of(_read(name, value, codec), codec)
    return pieces


def _holds(codec: Codec, value: Any) -> bool:
    """Tell whether a field is one for values of this kind."""
    if type(value) is int and codec.type == "number":
        return True
    return type(value) in codec.exact and codec.type not in ("year", "yearmonth")


def _read(name: str, value: Any, codec: Codec) -> Any:
    try:
        read = codec.cast(value)
    except CastError as error:
        what = f"the field {name!r} ({codec.type}) cannot hold {shorten(value)}: {error.what}"
        raise FlowError(what, fix=f"give a value of the type {codec.type!r}.") from error
    return value if read is None and codec.type in ("string", "any") else read
