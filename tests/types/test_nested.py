from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from dataflows.types import codec_for

ARRAY = codec_for({"type": "array"})
OBJECT = codec_for({"type": "object"})


def test_json_is_kept_and_written_as_it_was_read() -> None:
    text = pa.array(["[1,2]", None, ' ["é"] ', "[1.10]"])
    assert ARRAY.cast_text(text).text is text
    assert ARRAY.text_to_plain(text) is text
    assert ARRAY.text_to_values(text) == [[1, 2], None, ["é"], [1.1]]


def test_json_that_others_do_not_read_becomes_values() -> None:
    cast = OBJECT.cast_text(pa.array(['{"a": Infinity}', '{"a": 1}']))
    assert cast.values == [{"a": float("inf")}, {"a": 1}]


def test_json_of_another_kind_is_refused() -> None:
    cast = OBJECT.cast_text(pa.array(["[1]", "{}", "null", "{", '"a"']))
    assert cast.text.to_pylist() == [None, "{}", None, None, None]
    assert [index for index, _, _ in cast.errors] == [0, 2, 3, 4]


def test_json_that_nests_too_deep_is_refused_like_any_other_bad_cell() -> None:
    cast = ARRAY.cast_text(pa.array(["[" * 100_000, "[]"]))
    assert [index for index, _, _ in cast.errors] == [0]
    assert cast.errors[0][2].what.endswith("(100,000 characters) is not an array (a JSON list)")


def test_tuples_are_lists_and_what_a_list_holds_is_written_as_json_can() -> None:
    values = ARRAY.cast_values(
        [(1, 2), [Decimal("1.5"), Decimal(3), date(2020, 1, 2)], None]
    ).values
    assert values == [[1, 2], [Decimal("1.5"), Decimal(3), date(2020, 1, 2)], None]
    assert ARRAY.values_to_plain(values or []).to_pylist() == [
        "[1, 2]",
        '[1.5, 3, "2020-01-02"]',
        None,
    ]
    with pytest.raises(TypeError, match=r"^\{1\} has no form in JSON$"):
        ARRAY.values_to_plain([[{1}]])


def test_arrow_lists_structs_and_maps_are_values() -> None:
    assert ARRAY.cast_arrow(pa.array([[1], None])).values == [[1], None]
    assert OBJECT.cast_arrow(pa.array([{"a": 1}, None])).values == [{"a": 1}, None]
    pairs = pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64()))
    assert OBJECT.cast_arrow(pairs).values == [{"a": 1}, None]


def test_lengths_of_lists_are_constrained() -> None:
    codec = codec_for({"type": "array", "constraints": {"minLength": 1, "maxLength": 2}})
    cast = codec.cast_text(pa.array(["[]", "[1]", None, "[1, 2, 3]"]))
    assert cast.text.to_pylist() == [None, "[1]", None, None]
    assert [index for index, _, _ in cast.errors] == [0, 3]
