"""GeoJSON files as tables: one row a feature, its properties and its geometry (RFC 7946)."""

from __future__ import annotations

import json
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, SourceLoadError, nearest, shorten
from dataflows.processors.formats.json_reader import JsonTable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["GEOMETRY", "GeojsonTable"]

GEOMETRY = "__geometry"
_OPTIONS = ("encoding", "sample_size", "types")
_GEOGRAPHIC = ("geopoint", "geojson")
_IDS = "ids of features, left out"


class GeojsonTable(JsonTable):
    """A GeoJSON file on this machine, read feature by feature.

    The names are the properties, in the order of the file, then ``__geometry``, whose values are
    the JSON text of the geometry.

    Args:
        path: The file.
        format_: The name of the format.
        options: ``encoding``, ``sample_size``, and ``types``: for the fields of a schema that is
            known their types; the first geographic one is then the geometry.

    Raises:
        ArgumentError: There is no such option.
        SourceLoadError: The file is not JSON, or no collection of features.
    """

    def __init__(self, path: str, format_: str, options: Mapping[str, Any]) -> None:
        for name in options:
            if name not in _OPTIONS:
                what = f"GeoJSON has no option {name!r}"
                raise ArgumentError(what, fix=nearest(name, _OPTIONS, "options"))
        types: Mapping[str, str] = options.get("types", {})
        found = [name for name, kind in types.items() if kind in _GEOGRAPHIC]
        self._geometry = found[0] if found else GEOMETRY
        self._as_points = types.get(self._geometry) == "geopoint"
        self._order = dict.fromkeys(name for name in types if name != self._geometry)
        read = {key: value for key, value in options.items() if key != "types"}
        super().__init__(path, format_, {**read, "property": "features"})
        names = [*self._order, self._geometry]
        places = {name: place for place, name in enumerate(self._all_names)}
        for name in names:
            places.setdefault(name, len(places))
        self._all_names = list(places)
        self._kept = [places[name] for name in names]
        had = len(self.names)
        self.sample = [
            [row[place] if place < had else None for place in self._kept] for row in self.sample
        ]
        self.names = names
        self.notes.clear()

    def _items(self) -> Generator[Any, None, None]:
        with closing(super()._items()) as features:
            for number, feature in enumerate(features, 1):
                if not isinstance(feature, dict) or feature.get("type") != "Feature":
                    what = f"{self._path}: item {number:,} is not a feature: {shorten(feature)}"
                    fix = "load it as JSON: format='json', property='features'."
                    raise SourceLoadError(what, fix=fix)
                properties = feature.get("properties") or {}
                if not hasattr(self, "names"):
                    # As long as the sample is taken.
                    self._order.update(dict.fromkeys(properties))
                    self._order.pop(self._geometry, None)
                if "id" in feature:
                    self.notes[_IDS] = self.notes.get(_IDS, 0) + 1
                yield {**properties, self._geometry: self._place(feature.get("geometry"))}

    def _place(self, geometry: Any) -> Any:
        if geometry is None:
            return None
        if self._as_points and isinstance(geometry, dict) and geometry.get("type") == "Point":
            return geometry.get("coordinates")
        return json.dumps(geometry, default=_as_float)


def _as_float(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    message = f"{value!r} is not JSON"
    raise TypeError(message)
