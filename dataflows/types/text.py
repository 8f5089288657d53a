"""The types that take text as it is: string and any."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from dataflows.types.cast import Cast, NotColumnar
from dataflows.types.codec import Codec

__all__ = ["AnyCodec", "StringCodec"]

_CHECKED_FORMATS = frozenset({"uri", "email", "uuid", "binary"})
_REFUSED = "tableschema.error"


class StringCodec(Codec):
    """Text; the formats uri, email, uuid and binary are checked, others say nothing."""

    raw = True
    kind = "a string"
    arrow_type = pa.string()
    exact = frozenset({str})

    def _prepare(self) -> None:
        self._checked = self.format in _CHECKED_FORMATS

    def parse(self, value: Any) -> Any:
        """Return the text itself."""
        if not isinstance(value, str):
            raise TypeError
        if self._checked:
            import tableschema.types

            if tableschema.types.cast_string(self.format, value) == _REFUSED:
                raise ValueError
        return value

    def keeps(self, text: str) -> bool:
        """Return whether a text has the format."""
        try:
            self.parse(text)
        except ValueError:
            return False
        return True

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells have the format."""
        return super().fitting(text) if self._checked else None

    def advise(self, value: Any) -> str | None:
        """Return what would accept a value that has not the format."""
        return "drop the format: set_type(..., type='string')" if isinstance(value, str) else None

    def _accept(self, values: list[Any], types: set[type]) -> list[Any] | None:
        return None if self._checked else super()._accept(values, types)

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return the texts."""
        return list(text.to_pylist())

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return the array itself."""
        return text

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the array itself."""
        return text

    def values_to_plain(self, values: list[Any]) -> pa.StringArray:
        """Return the texts as an array."""
        return pa.array(values, pa.string())

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return the array itself."""
        return array


class AnyCodec(Codec):
    """Whatever there is, as it is; its Arrow form is that of the texts, if all are texts."""

    raw = True
    kind = "any value"
    mutable = True

    def parse(self, value: Any) -> Any:
        """Return the value itself."""
        return value

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:  # noqa: ARG002 - fits all
        """Return None: everything fits."""
        return None

    def cast_values(self, values: list[Any]) -> Cast:
        """Accept everything; missing values become None."""
        accepted = self._without_missing(values, set(map(type, values)))
        return self._constrained(Cast(values=accepted), values.__getitem__)

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept everything that Python has the same values for."""
        return None if pa.types.is_nested(array.type) else array

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return the texts."""
        return list(text.to_pylist())

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return the array itself."""
        return text

    def values_to_arrow(self, values: list[Any]) -> pa.Array:
        """Return texts as an array; whatever else there is has no one Arrow type."""
        if not set(map(type, values)) <= {str, type(None)}:
            message = "values of any type"
            raise NotColumnar(message)
        try:
            return pa.array(values, pa.string())
        except UnicodeEncodeError as error:
            raise NotColumnar(str(error)) from error

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the array itself."""
        return text
