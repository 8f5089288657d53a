"""GeoJSON files from columns: one feature a row (RFC 7946)."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.processors.formats.json_text import json_texts
from dataflows.processors.formats.json_writer import JsonWriter
from dataflows.types.octets import text_bytes

if TYPE_CHECKING:
    from dataflows.batch import Batch

__all__ = ["GeojsonWriter"]

_BEGINNING = b'{"type": "FeatureCollection", "features": ['
_GEOGRAPHIC = ("geopoint", "geojson")


class GeojsonWriter(JsonWriter):
    """Writes a collection of features.

    The first field that is a geopoint or a geojson gives the geometry, the others the properties.
    """

    format = "geojson"
    extension = ".geojson"
    mediatype = "application/geo+json"

    def begin(self) -> None:
        """Write what comes before the first feature."""
        self._before = b""
        self._place = next((one for one in self.fields if one.type in _GEOGRAPHIC), None)
        self._properties = [one for one in self.fields if one is not self._place]
        self.file.write(_BEGINNING)

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch."""
        if not batch.length:
            return
        parts: list[Any] = ['{"type": "Feature", "geometry": ', self._geometries(batch)]
        for number, field in enumerate(self._properties):
            opening = ", " if number else ', "properties": {'
            name = json.dumps(field.name, ensure_ascii=self.ascii_only)
            parts += [f"{opening}{name}: ", json_texts(batch, field, ascii_only=self.ascii_only)]
        ending = "}}" if self._properties else ', "properties": {}}'
        self.file.write_later(partial(_features, parts, ending, self._before))
        self._before = b","

    def end(self) -> None:
        """Write what comes after the last feature."""
        self.file.write(b"]}")

    def _geometries(self, batch: Batch) -> pa.StringArray:
        if self._place is None:
            return pa.array(["null"] * batch.length, pa.string())
        texts = json_texts(batch, self._place, ascii_only=self.ascii_only)
        if self._place.type == "geojson":
            return texts
        points = pc.binary_join_element_wise('{"type": "Point", "coordinates": ', texts, "}", "")
        return pc.if_else(pc.equal(texts, "null"), "null", points)


def _features(parts: list[Any], ending: str, before: bytes) -> bytes:
    rows = text_bytes(pc.binary_join_element_wise(*parts, ending + ",", ""))
    return b"".join([before, rows[: len(rows) - 1]])
