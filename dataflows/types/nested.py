"""The types array, object and geojson: JSON in a cell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.types.codec import Codec

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ArrayCodec", "GeojsonCodec", "ObjectCodec"]

_REFUSED = "tableschema.error"


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
            self.parse(text)
            json.loads(text, parse_constant=_refuse)
        except (ValueError, TypeError, RecursionError):
            return False
        return True

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


class GeojsonCodec(JsonCodec):
    """Dicts that are GeoJSON, or any dict where the format is topojson."""

    kind = "a geojson"
    form = " (a GeoJSON object)"
    container = dict

    def parse(self, value: Any) -> Any:
        """Return the dict, checked."""
        value = super().parse(value)
        if self.format == "default":
            import tableschema.types

            if tableschema.types.cast_geojson("default", value) == _REFUSED:
                raise ValueError
        return value


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
