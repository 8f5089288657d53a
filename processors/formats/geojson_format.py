"""GeoJSONFormat: the class that scripts subclass to write GeoJSON files of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processors.formats.geojson_writer import GeojsonWriter
from dataflows.processors.formats.json_format import JSONFormat, json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.package import Resource

__all__ = ["GeoJSONFormat"]


class GeoJSONFormat(JSONFormat):
    """Writes one feature a row: a geopoint or geojson is the geometry, the rest the properties.

    Examples:
        >>> from pathlib import Path
        >>> from dataflows import Flow, dump_to_path
        >>> class Numbered(GeoJSONFormat):
        ...     def write_transformed_row(self, row):
        ...         super().write_transformed_row({**row, "source": "survey"})
        >>> dump = dump_to_path("out", format="geojson", file_formatters={"geojson": Numbered})
        >>> _ = Flow([{"city": "Rome"}], dump).process()
        >>> Path("out/res_1.geojson").read_text()[60:]
        '"properties": {"city": "Rome", "source": "survey"}, "type": "Feature"}]}'
    """

    @classmethod
    def prepare_resource(cls, resource: Resource, options: Mapping[str, Any] | None = None) -> None:
        """Say in ``resource.descriptor`` how the file will be written."""
        super().prepare_resource(resource)
        # A class of the user's may have options of its own.
        given = {
            name: one
            for name, one in (options or {}).items()
            if name in GeojsonWriter.options_known
        }
        GeojsonWriter.describe(resource.descriptor, given)

    def initialize_file(self, file: Any) -> None:
        """Write what comes before the first feature."""
        file.write('{"type": "FeatureCollection","features":[')

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        """Write a row as a feature."""
        kinds = {name: self.fields[name].type for name in self.headers}
        first = next((one for one in kinds if kinds[one] in ("geopoint", "geojson")), None)
        properties, geometry = dict(row), "null"
        place = None if first is None else properties.pop(first, None)
        if place is not None:
            is_point = kinds[str(first)] == "geopoint"
            geometry = json_text({"type": "Point", "coordinates": place} if is_point else place)
        text = f'"geometry": {geometry}, "properties": {json_text(properties)}, "type": "Feature"'
        self.file.write(f"{self.between}{{{text}}}")
        self.between = ","

    def finalize_file(self) -> None:
        """Write what comes after the last feature."""
        self.file.write("]}")
