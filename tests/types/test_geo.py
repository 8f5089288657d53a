from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from dataflows.errors import FlowError
from dataflows.types import codec_for
from dataflows.types.geo import geopoint

POINT = codec_for({"type": "geopoint"})


def test_points_are_kept_and_written_with_a_blank_after_the_comma() -> None:
    text = pa.array(["4.90,52.4", None, "-180, 90"])
    assert POINT.cast_text(text).text is text
    assert POINT.text_to_values(text)[0] == geopoint(Decimal("4.90"), Decimal("52.4"))
    assert POINT.text_to_plain(text).to_pylist() == ["4.90, 52.4", None, "-180, 90"]
    spaced = pa.array(["4.90, 52.4", None])
    assert POINT.text_to_plain(spaced) is spaced


def test_places_outside_of_earth_are_refused() -> None:
    cast = POINT.cast_text(pa.array(["181,0", "0,-90.5", "0,0", "NaN,0"]))
    assert cast.text.to_pylist() == [None, None, "0,0", None]
    assert [error.what for _, _, error in cast.errors] == [
        "'181,0' is not a geopoint (longitude, latitude)",
        "'0,-90.5' is not a geopoint (longitude, latitude)",
        "'NaN,0' is not a geopoint (longitude, latitude)",
    ]


def test_a_point_shows_as_two_floats() -> None:
    point = POINT.cast(" 4.90 , 52.4 ")
    assert (repr(point), str(point.lon), point.lat) == ("[4.9, 52.4]", "4.90", Decimal("52.4"))
    assert POINT.cast_values([(1, 2), [3, 4], (1, 2, 3)]).values == [(1, 2), (3, 4), None]


@pytest.mark.parametrize(
    ("format", "cell", "plain"),
    [
        ("default", "4.5, 52", "4.5, 52"),
        ("array", "[4.5, 52]", "[4.5, 52]"),
        ("object", '{"lat": 52, "lon": 4.5}', '{"lon": 4.5, "lat": 52}'),
    ],
)
def test_points_are_written_in_the_format_of_the_field(format: str, cell: str, plain: str) -> None:
    codec = codec_for({"type": "geopoint", "format": format})
    values = [codec.cast(cell)]
    assert values == [(Decimal("4.5"), Decimal(52))]
    assert codec.values_to_plain(values).to_pylist() == [plain]
    assert codec.cast(plain) == values[0]


def test_a_format_that_is_none_is_refused() -> None:
    with pytest.raises(FlowError) as caught:
        codec_for({"type": "geopoint", "format": "wkt"})
    assert str(caught.value) == (
        "'wkt' is no format of a geopoint\n  fix: use 'default', 'array' or 'object'."
    )
