"""The type geojson: places and shapes, in JSON (RFC 7946)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.types.nested import JsonCodec

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GeojsonCodec", "is_plain_geojson"]

_REFUSED = "tableschema.error"
_GEOMETRY = {"type", "coordinates"}
_FEATURE = {"type", "geometry", "properties"}
_NUMBERS = {int, float}


class GeojsonCodec(JsonCodec):
    """Dicts that are GeoJSON, or any dict where the format is topojson."""

    kind = "a geojson"
    form = " (a GeoJSON object)"
    container = dict

    def parse(self, value: Any) -> Any:
        """Return the dict, checked."""
        value = super().parse(value)
        if self.format != "default" or is_plain_geojson(value):
            return value
        import tableschema.types

        if tableschema.types.cast_geojson("default", value) == _REFUSED:
            raise ValueError
        return value


def is_plain_geojson(value: dict[str, Any]) -> bool:
    """Return whether a dict is, without more members than it must have, a geometry or a feature.

    It saves the usual shapes the schema of the reference, which takes milliseconds for each.
    What is not plain may be GeoJSON all the same.

    Examples:
        >>> is_plain_geojson({"type": "Point", "coordinates": [4.9, 52.4]})
        True
    """
    kind = value.get("type")
    if kind == "Feature":
        geometry, properties = value.get("geometry"), value.get("properties")
        return (
            value.keys() == _FEATURE
            and (properties is None or isinstance(properties, dict))
            and (geometry is None or (isinstance(geometry, dict) and _is_geometry(geometry)))
        )
    return _is_geometry(value)


def _is_geometry(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    if value.keys() != _GEOMETRY or not isinstance(kind, str) or kind not in _SHAPES:
        return False
    return _SHAPES[kind](value["coordinates"])


def _is_position(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and set(map(type, value)) <= _NUMBERS


def _list_of(is_item: Callable[[Any], bool], least: int = 0) -> Callable[[Any], bool]:
    def is_list(value: Any) -> bool:
        return isinstance(value, list) and len(value) >= least and all(map(is_item, value))

    return is_list


_is_line = _list_of(_is_position, least=2)
_is_polygon = _list_of(_list_of(_is_position, least=4))
_SHAPES: dict[str, Callable[[Any], bool]] = {
    "Point": _is_position,
    "MultiPoint": _list_of(_is_position),
    "LineString": _is_line,
    "MultiLineString": _list_of(_is_line),
    "Polygon": _is_polygon,
    "MultiPolygon": _list_of(_is_polygon),
}
