from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dataflows.types import plain_serializer


@pytest.mark.parametrize(
    ("type", "value", "text"),
    [
        ("string", "a", "a"),
        ("any", 5, "5"),
        ("any", {"é": [Decimal("1.5"), None]}, '{"é": [1.5, null]}'),
        ("any", [date(2020, 1, 2), "a"], '["2020-01-02", "a"]'),
        ("any", ("a", True), '["a", true]'),
        ("any", [{1}], "[{1}]"),
        ("integer", 5, "5"),
        ("number", Decimal("1.50"), "1.50"),
        ("number", Decimal("1E+5"), "1E+5"),
        ("boolean", True, "True"),
        ("date", date(1, 1, 1), "0001-01-01"),
        ("date", datetime(2020, 1, 2, 3, tzinfo=UTC), "2020-01-02"),
        ("time", time(1, 2, 3, 4), "01:02:03"),
        ("datetime", datetime(1, 2, 3, 4, 5, 6, 7, tzinfo=UTC), "0001-02-03T04:05:06"),
        ("year", 79, "0079"),
        ("yearmonth", (79, 2), "0079-02"),
        ("duration", timedelta(days=1, seconds=5), "P1DT5S"),
        ("array", ["é", 1, None], '["é", 1, null]'),
        ("array", [timedelta(days=1)], '["P1D"]'),
        ("object", {"é": [date(2020, 1, 2)]}, '{"é": ["2020-01-02"]}'),
        ("geojson", {"é": 1}, '{"\\u00e9": 1}'),
        ("geopoint", (Decimal("4.90"), 52), "4.90, 52"),
        ("no such type", 1.5, "1.5"),
    ],
)
def test_a_value_is_written_in_the_dialect_of_dumps(type: str, value: Any, text: str) -> None:
    assert plain_serializer(type)(value) == text
