"""GeoJSON files as tables, and tables as GeoJSON files."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, load, set_type
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

POINT = {"type": "Point", "coordinates": [4.9, 52.4]}
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    """Return a feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def written(folder: Path, *features: Any) -> str:
    """Write a collection of features, and return its path."""
    path = folder / "places.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return str(path)


def error_of(path: str, folder: Path, **options: Any) -> str:
    """Return the whole text of what is wrong."""
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path, **options)).results()
    return str(caught.value).replace(str(folder), "<folder>")


def test_properties_come_in_their_order_then_the_geometry(tmp_path: Path) -> None:
    path = written(tmp_path, feature(POINT, name="x", area=1.5), feature(SQUARE, name="y", more=1))
    rows, package, _ = Flow(load(path)).results()
    assert rows == [
        [
            {"name": "x", "area": Decimal("1.5"), "more": None, "__geometry": POINT},
            {"name": "y", "area": None, "more": 1, "__geometry": SQUARE},
        ]
    ]
    fields = package.descriptor["resources"][0]["schema"]["fields"]
    assert [(one["name"], one["type"]) for one in fields] == [
        ("name", "string"),
        ("area", "number"),
        ("more", "integer"),
        ("__geometry", "geojson"),
    ]


def test_a_geometry_may_be_missing(tmp_path: Path) -> None:
    path = written(tmp_path, feature(None, a=1), {"type": "Feature"}, feature(POINT, a=2))
    assert Flow(load(path)).results()[0] == [
        [
            {"a": 1, "__geometry": None},
            {"a": None, "__geometry": None},
            {"a": 2, "__geometry": POINT},
        ]
    ]


def test_a_collection_without_features_has_no_rows(tmp_path: Path) -> None:
    assert Flow(load(written(tmp_path))).results()[0] == [[]]


def test_what_is_no_collection_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps(POINT))
    assert "places.geojson: there is no key 'features'" in error_of(str(path), tmp_path)
    written(tmp_path, {"name": 1})
    assert "item 1 is not a feature: {'name': 1}" in error_of(str(path), tmp_path)
    assert "GeoJSON has no option 'sheet'" in error_of(str(path), tmp_path, sheet=1)


def test_the_file_is_a_collection_of_features(tmp_path: Path) -> None:
    rows = [{"a": 1, "at": "4.9, 52.4", "t": 'é"\n'}, {"a": None, "at": None, "t": None}]
    to_point = set_type("at", type="geopoint")
    Flow(rows, to_point, dump_to_path(str(tmp_path), format="geojson")).process()
    assert json.loads((tmp_path / "res_1.geojson").read_text()) == {
        "type": "FeatureCollection",
        "features": [feature(POINT, a=1, t='é"\n'), feature(None, a=None, t=None)],
    }
    resource = json.loads((tmp_path / "datapackage.json").read_text())["resources"][0]
    assert (resource["format"], resource["mediatype"]) == ("geojson", "application/geo+json")


@pytest.mark.parametrize("rows", [[], [{"a": 1}], [{"at": "1, 2"}], [{"a": 1, "at": "1, 2"}] * 3])
def test_any_number_of_rows_and_properties_makes_a_collection(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    steps = [set_type("at", type="geopoint")] if rows and "at" in rows[0] else []
    Flow(rows, *steps, dump_to_path(str(tmp_path), format="geojson")).process()
    found = json.loads((tmp_path / "res_1.geojson").read_text())
    assert [one["properties"] for one in found["features"]] == [
        {key: value for key, value in row.items() if key != "at"} for row in rows
    ]


@pytest.mark.parametrize("kind", ["geopoint", "geojson"])
def test_what_is_dumped_loads_back_equal(tmp_path: Path, kind: str) -> None:
    place = "4.9, 52.40" if kind == "geopoint" else SQUARE
    rows = [
        {"at": place, "a": Decimal("1.50"), "o": {"k": [1]}},
        {"at": None, "a": None, "o": None},
    ]
    types = {"at": kind, "a": "number", "o": "object"}
    steps = [set_type(name, type=one) for name, one in types.items()]
    expected = Flow(rows, *steps).results()[0]
    Flow(rows, *steps, dump_to_path(str(tmp_path), format="geojson")).process()
    assert Flow(load(str(tmp_path / "datapackage.json"))).results()[0] == expected
