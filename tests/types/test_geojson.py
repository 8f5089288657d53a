from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tableschema.types import cast_geojson

from dataflows.types import codec_for
from dataflows.types.geojson import is_plain_geojson

GEOJSON = codec_for({"type": "geojson"})
TOPOJSON = codec_for({"type": "geojson", "format": "topojson"})
NUMBERS = st.integers(-9, 9) | st.floats(-9, 9) | st.sampled_from([True, "1", None])
POSITIONS = st.lists(st.integers(-9, 9), min_size=2, max_size=2) | st.lists(NUMBERS, max_size=3)
COORDINATES = st.recursive(POSITIONS, lambda inner: st.lists(inner, max_size=4), max_leaves=10)
LINE = [[0, 0], [1.5, 1], [2, 0], [0, 0]]
KINDS = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Other")
GEOMETRIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(KINDS),
        "coordinates": COORDINATES | st.sampled_from([LINE[0], LINE, [LINE], [[LINE]]]),
    },
    optional={"bbox": st.just([0, 0, 1, 1]), "extra": st.none()},
)
FEATURES = st.fixed_dictionaries(
    {"type": st.just("Feature"), "geometry": st.none() | GEOMETRIES},
    optional={"properties": st.none() | st.just({}) | st.just([]), "id": st.just(1)},
)


@given(GEOMETRIES | FEATURES | st.dictionaries(st.sampled_from(["type", "a"]), st.lists(st.none())))
def test_what_is_plain_geojson_is_geojson_for_the_reference(value: dict[str, Any]) -> None:
    if is_plain_geojson(value):
        assert cast_geojson("default", value) == value


def test_the_usual_shapes_are_plain() -> None:
    shapes: dict[str, Any] = {
        "Point": LINE[0],
        "MultiPoint": LINE,
        "LineString": LINE,
        "MultiLineString": [LINE],
        "Polygon": [LINE],
        "MultiPolygon": [[LINE]],
    }
    for kind, coordinates in shapes.items():
        shape = {"type": kind, "coordinates": coordinates}
        assert is_plain_geojson(shape)
        assert is_plain_geojson({"type": "Feature", "geometry": shape, "properties": {"a": 1}})


def test_geojson_text_is_kept() -> None:
    collection = '{"type": "FeatureCollection", "features": []}'
    text = pa.array([collection, None, '{"type":"Point","coordinates":[1,2]}'])
    assert GEOJSON.cast_text(text).text is text
    assert GEOJSON.text_to_plain(text) is text
    assert GEOJSON.text_to_values(text) == [
        *(json.loads(collection), None, {"type": "Point", "coordinates": [1, 2]}),
    ]


def test_what_is_no_geojson_is_refused() -> None:
    cast = GEOJSON.cast_text(pa.array(['{"type": "Point"}', "{}", "[1, 2]"]))
    assert [error.what for _, _, error in cast.errors] == [
        """'{"type": "Point"}' is not a geojson (a GeoJSON object)""",
        "'{}' is not a geojson (a GeoJSON object)",
        "'[1, 2]' is not a geojson (a GeoJSON object)",
    ]


def test_any_object_may_be_topojson() -> None:
    text = pa.array(["{}", '{"type": "Topology"}'])
    assert TOPOJSON.cast_text(text).text is text
    assert [index for index, _, _ in TOPOJSON.cast_values([{}, [], "{}"]).errors] == [1]
