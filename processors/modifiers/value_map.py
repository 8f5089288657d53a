"""ValueMap: which value takes the place of which, both read as the type of a field."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import CastError, FlowError, shorten
from dataflows.package import clone
from dataflows.processors.modifiers.field_texts import map_values_of, texts_of
from dataflows.processors.modifiers.patched_column import patched, piece_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from dataflows.on_error import Failure
    from dataflows.types import Codec

__all__ = ["ValueMap"]


class ValueMap:
    """Replaces values.

    Args:
        field: The field, for messages.
        pairs: Old and new values.
        old: The type of the field before.
        new: Its type after; the same object when it stays.
        default: The value for those that are in no pair.
        unmapped: What becomes of them without a default: keep, missing or error.

    Raises:
        FlowError: A value does not fit its type, or two pairs have the same old value.

    Examples:
        >>> from dataflows.types import codec_for
        >>> codec = codec_for({"type": "integer"})
        >>> values = ValueMap("a", [("1", 10)], codec, codec)
        >>> values.apply(Column(values=[1, 2, None]))[0].values
        [10, 2, None]
    """

    def __init__(
        self,
        field: str,
        pairs: Sequence[tuple[Any, Any]],
        old: Codec,
        new: Codec,
        *,
        default: Any = None,
        unmapped: str = "keep",
    ) -> None:
        self._old, self._new, self._unmapped = old, new, unmapped
        self._places: dict[Hashable, int] = {}
        self._made: list[Any] = []
        for given, value in pairs:
            key = _key(_read(given, old, f"the field {field!r} ({old.type}) can never equal"))
            made = _made(value, new, f"the field {field!r} ({new.type}) cannot take")
            if key in self._places:
                what = f"two keys stand for the same value of the field {field!r}: {given!r}"
                raise FlowError(what, fix="leave one of them out.")
            self._places[key] = len(self._made)
            self._made.append(made)
        self._other: int | None = None
        if default is not None or unmapped == "missing":
            self._other = len(self._made)
        self._made.append(_made(default, new, f"the field {field!r} ({new.type}) cannot take"))
        self._made.append(None)
        self._pieces = [piece_of(value, new) for value in self._made]

    def apply(self, column: Column) -> tuple[Column, list[Failure]]:
        """Return the column with the new values, and the values that must be mapped but are not."""
        places = self._places
        found = map_values_of(column, lambda value: places.get(_key(value), self._other))
        failures: list[Failure] = []
        if None in places or self._unmapped == "error":
            for index, (value, place) in enumerate(zip(column.values, found, strict=True)):
                if value is None:
                    found[index] = places.get(None)
                elif place is None and self._unmapped == "error":
                    failures.append((index, value, _unknown(value)))
                    found[index] = len(self._made) - 1
        if all(place is None for place in found) and self._new is self._old:
            return column, failures
        if self._new is self._old:
            length = len(column)
            indices = [i if place is None else length + place for i, place in enumerate(found)]
            return patched(column, self._pieces, indices, self._new), failures
        kept = texts_of(column, self._old) if self._new.type == "string" else column.values
        pairs = zip(kept, found, strict=True)
        made = self._made
        values = [value if place is None else made[place] for value, place in pairs]
        return Column(values=clone(values) if self._new.mutable else values), failures


def _key(value: Any) -> Hashable:
    """Return what a value is compared by: True is not 1, and NaN is NaN."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, Decimal) and value.is_nan():
        return ("number", "NaN")
    if getattr(value, "__hash__", None) is None:
        return ("other", id(value))
    return value  # type: ignore[no-any-return]  # it has a hash, as was seen


def _read(value: Any, codec: Codec, what: str) -> Any:
    """Return a value as one of a type."""
    if value is None:
        return None
    try:
        return codec.cast(value)
    except CastError as error:
        fix = f"give a value of the type {codec.type!r}, or another type: set_type(…) before this."
        raise FlowError(f"{what} {shorten(value)}: {error.what}", fix=fix) from error


def _made(value: Any, codec: Codec, what: str) -> Any:
    """Return a new value; an empty text that was given stays one, where it can."""
    read = _read(value, codec, what)
    return value if read is None and codec.type in ("string", "any") else read


def _unknown(value: Any) -> CastError:
    what = f"{shorten(value)} is not among the values to be mapped"
    fix = "add it to the mapping, give default=, or handle such rows with on_error=rejects()"
    return CastError(what, fix=fix)
