"""The types array and object: JSON in a cell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.types.codec import Codec

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ArrayCodec", "JsonCodec", "ObjectCodec"]


class JsonCodec(Codec):
    """JSON of one Python type; a text that is JSON is kept and written as it is."""

    mutable = True
    container: ClassVar[type]

    def parse(self, value: Any) -> Any:
        """Return the list or dict."""
        if isinstance(value, str):
            value = json.loads(value)
        if not isinstance(value, self.container):
            raise TypeError
        return value

    def keeps(self, text: str) -> bool:
        """Return whether a text is JSON by the letter, without NaN and Infinity."""
        try:
            self.parse(json.loads(text, parse_constant=_refuse))
        except (ValueError, TypeError, RecursionError):
            return False
        return True

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return a list or dict of its own for each cell."""
        return [None if cell is None else json.loads(cell) for cell in text.to_pylist()]

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the array itself: JSON is written as it was read."""
        return text


class ArrayCodec(JsonCodec):
    """Lists."""

    kind = "an array"
    form = " (a JSON list)"
    container = list
    exact = frozenset({list})

    def parse(self, value: Any) -> Any:
        """Return the list; a tuple gives one."""
        return list(value) if isinstance(value, tuple) else super().parse(value)


class ObjectCodec(JsonCodec):
    """Dicts."""

    kind = "an object"
    form = " (a JSON object)"
    container = dict
    exact = frozenset({dict})


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
