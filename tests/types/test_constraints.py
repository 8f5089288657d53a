from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import tableschema
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import CastError, FlowError
from dataflows.types import codec_for
from strategies import fitting_texts

CHANGE = "change the constraint {!r} of the field, or handle such rows with on_error=rejects()."

CONSTRAINED: tuple[dict[str, Any], ...] = (
    {"type": "any", "constraints": {"required": True, "enum": ["a", ""]}},
    {"type": "string", "constraints": {"minLength": 2, "maxLength": 4, "required": True}},
    {"type": "string", "constraints": {"pattern": "[a-z0]*", "enum": ["", "a", "00", "A"]}},
    {"type": "integer", "constraints": {"minimum": 0, "maximum": "1000", "required": False}},
    {"type": "integer", "constraints": {"minimum": 10**19, "enum": [10**19, "5"]}},
    {"type": "integer", "constraints": {"enum": [0, 1, "2"], "unique": True, "pattern": "ignored"}},
    {"type": "number", "constraints": {"minimum": "-5.5", "maximum": 1000}},
    {"type": "number", "constraints": {"minimum": "NaN"}},
    {
        "type": "number",
        "constraints": {"maximum": "Infinity", "minimum": "0.000000000000000000001"},
    },
    {"type": "number", "decimalChar": ",", "groupChar": ".", "constraints": {"maximum": "1.000,5"}},
    {"type": "boolean", "constraints": {"enum": ["true"], "required": True}},
    {
        "type": "date",
        "constraints": {"minimum": "2000-01-01", "maximum": datetime.date(3000, 1, 1)},
    },
    {"type": "date", "format": "%d %B %Y", "constraints": {"minimum": "01 May 1990"}},
    {"type": "time", "constraints": {"maximum": "12:00:00"}},
    {
        "type": "datetime",
        "format": "%Y-%m-%dT%H:%M:%S",
        "constraints": {"minimum": "2000-01-01T00:00:00"},
    },
    {"type": "year", "constraints": {"minimum": "2000", "enum": [2000, 2001, 2020]}},
    {"type": "yearmonth", "constraints": {"minimum": "2000-02"}},
    {"type": "duration", "constraints": {"enum": ["P1D", "PT36H"]}},
    {"type": "array", "constraints": {"minLength": 1, "maxLength": 2, "enum": ["[1]", [2, 3], []]}},
    {"type": "object", "constraints": {"maxLength": 1}},
    {"type": "geopoint", "constraints": {"required": True, "enum": ["1.5,2"]}},
)


def outcome_by_reference(field: dict[str, Any], value: Any) -> str | None:
    """The broken constraint's name, or None."""
    if value is None and field["constraints"].get("required"):
        return "required"
    try:
        tableschema.Field({"name": "x", **field}).cast_value(value)
    except tableschema.exceptions.CastError as error:
        return str(error).split('"')[3]
    return None


@given(st.data())
def test_a_column_breaks_the_constraints_that_its_cells_break(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(CONSTRAINED))
    codec = codec_for(field)
    column = data.draw(st.lists(st.none() | fitting_texts(field), max_size=8))
    column = [cell for cell in column if cell is None or codec_fits(field, cell)]
    expected = {
        index: broken
        for index, cell in enumerate(column)
        if (broken := outcome_by_reference(field, cell)) is not None
    }
    cast = codec.cast_text(codec.missing_to_null(pa.array(column, pa.string())))
    assert named(cast.errors) == expected
    values = codec_for({**field, "constraints": {}}).cast_values(column).values
    if values is None:
        values = codec.text_to_values(codec.missing_to_null(pa.array(column, pa.string())))
    cast = codec.cast_values(values)
    assert named(cast.errors) == expected
    view = cast.values or []
    assert [view[index] for index in expected if view] == [None] * len(expected if view else ())
    if codec.arrow_type is not None and codec.type != "integer":
        arrow = codec.values_to_arrow(values)
        assert named(codec.cast_arrow(arrow).errors) == expected


def codec_fits(field: dict[str, Any], cell: str) -> bool:
    try:
        codec_for({**field, "constraints": {}}).cast(cell)
    except CastError:
        return False
    return True


def named(errors: list[tuple[int, Any, CastError]]) -> dict[int, str]:
    names = {}
    for index, _, error in errors:
        _, _, constraint = error.what.partition(" breaks the constraint ")
        names[index] = constraint.split("=")[0] or "required"
    return names


def test_an_error_names_the_constraint_its_limit_and_the_value() -> None:
    codec = codec_for({"type": "string", "constraints": {"required": True, "maxLength": 3}})
    cast = codec.cast_text(pa.array(["abc", "abcd", None]))
    assert cast.text.to_pylist() == ["abc", None, None]
    assert [(index, raw, str(error)) for index, raw, error in cast.errors] == [
        (
            1,
            "abcd",
            f"'abcd' breaks the constraint maxLength=3\n  fix: {CHANGE.format('maxLength')}",
        ),
        (
            2,
            None,
            f"a value is missing where one is required\n  fix: {CHANGE.format('required')}",
        ),
    ]


def test_the_whole_text_has_to_match_a_pattern() -> None:
    codec = codec_for({"type": "string", "constraints": {"pattern": "a|b"}})
    text = pa.array(["a", "b", "axe", "a\n", "cab", None])
    assert [index for index, _, _ in codec.cast_text(text).errors] == [2, 3, 4]


def test_one_broken_cell_among_kept_text_leaves_the_rest_as_text() -> None:
    codec = codec_for({"type": "number", "constraints": {"maximum": 2}})
    cast = codec.cast_text(pa.array(["1.50", "2.50", "x", "0.10"]))
    assert cast.text.to_pylist() == ["1.50", None, None, "0.10"]
    assert [(index, raw) for index, raw, _ in cast.errors] == [(1, "2.50"), (2, "x")]


def test_a_broken_list_of_values_is_not_changed_in_place() -> None:
    values = [1, 20, 3]
    cast = codec_for({"type": "integer", "constraints": {"maximum": 10}}).cast_values(values)
    assert (values, cast.values) == ([1, 20, 3], [1, None, 3])


def test_a_datetime_with_a_zone_breaks_a_limit_without_one() -> None:
    codec = codec_for({"type": "datetime", "constraints": {"minimum": "2000-01-01T00:00:00Z"}})
    with pytest.raises(CastError) as caught:
        codec.cast("2020-01-01T00:00:00+01:00")
    what = "breaks the constraint minimum=datetime.datetime(2000, 1, 1, 0, 0)"
    assert caught.value.what == f"'2020-01-01T00:00:00+01:00' {what}"


def test_numbers_of_different_scales_are_held_against_a_limit() -> None:
    codec = codec_for({"type": "number", "constraints": {"minimum": "1.05"}})
    cast = codec.cast_text(pa.array(["1.0500", "1.1", "1.049", "1e9", "2"]))
    assert [raw for _, raw, _ in cast.errors] == ["1.049"]
    array = pa.array([Decimal("1.04"), Decimal("1.05"), None])
    assert [index for index, _, _ in codec.cast_arrow(array).errors] == [0]


@pytest.mark.parametrize(
    ("type", "name", "limit", "kind", "reason"),
    [
        ("integer", "minimum", "low", "an integer", "'low' is not an integer"),
        ("integer", "maximum", "", "an integer", "it is a missing value"),
        ("string", "minLength", "3", "a string", "a whole number is expected"),
        ("string", "pattern", "[", "a string", "unterminated character set at position 0"),
        ("boolean", "enum", "true", "a boolean", "a list of values is expected"),
    ],
)
def test_a_constraint_that_cannot_be_is_refused_before_any_row(
    type: str, name: str, limit: Any, kind: str, reason: str
) -> None:
    with pytest.raises(FlowError) as caught:
        codec_for({"type": type, "constraints": {name: limit}})
    assert str(caught.value) == (
        f"the constraint {name}={limit!r} cannot be held against {kind}: {reason}\n"
        f"  fix: correct the constraint {name!r} of the field."
    )
