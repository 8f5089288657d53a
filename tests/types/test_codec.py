"""All types: the fast ways of a codec against the reference, which is `tableschema`."""

from __future__ import annotations

import datetime
import warnings
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow as pa
import pytest
import tableschema
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import CastError
from dataflows.types import Cast, Codec, NotColumnar, codec_for
from strategies import AWKWARD, FIELDS, TYPES, columns, natives, texts

REFUSED = "refused"
MISSING = ("", "-", "n/a")


@cache
def reference_field(index: int, missing: tuple[str, ...]) -> Any:
    return tableschema.Field({"name": "x", **FIELDS[index]}, missing_values=list(missing))


def by_reference(field: dict[str, Any], value: Any, missing: tuple[str, ...] = MISSING) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return reference_field(FIELDS.index(field), missing).cast_value(value)
        except (tableschema.exceptions.CastError, ArithmeticError):
            return REFUSED


def by_codec(codec: Codec, value: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dateutil, about zones that it does not know
        try:
            return codec.cast(value)
        except CastError:
            return REFUSED


def told(value: Any) -> tuple[str, str]:
    """What tells two values apart: the type's name, and every digit."""
    if isinstance(value, tuple):
        return type(value).__name__, repr(tuple(value))
    return type(value).__name__, repr(value)


def cells(codec: Codec, cast: Cast) -> list[Any]:
    """The values of a cast column, with the marker where a cell was refused."""
    views = [view is not None for view in (cast.text, cast.arrow, cast.values)]
    assert views in (
        [True, False, False],
        [True, True, False],
        [False, True, False],
        [False, False, True],
    )
    if cast.text is not None:
        values = codec.text_to_values(cast.text)
        if cast.arrow is not None:
            assert list(map(told, codec.arrow_to_values(cast.arrow))) == list(map(told, values))
    elif cast.arrow is not None:
        values = codec.arrow_to_values(cast.arrow)
    else:
        values = list(cast.values or [])
    assert [index for index, _, _ in cast.errors] == sorted({index for index, _, _ in cast.errors})
    for index, _, error in cast.errors:
        assert isinstance(error, CastError)
        assert values[index] is None
        values[index] = REFUSED
    return values


def differs_on_purpose(field: dict[str, Any], value: Any) -> bool:
    if field == {"type": "datetime"} and isinstance(value, str):
        return bool(by_codec(codec_for(field), value) != REFUSED)
    if field["type"] == "integer" and isinstance(value, Decimal):
        return value.is_finite() and len(value.as_tuple().digits) + abs(value.adjusted()) > 27
    return False


fields = pytest.mark.parametrize("field", FIELDS, ids=str)


@fields
def test_awkward_texts_are_cast_as_the_reference_does(field: dict[str, Any]) -> None:
    codec = codec_for(field, MISSING)
    for text in AWKWARD:
        if not differs_on_purpose(field, text):
            assert told(by_codec(codec, text)) == told(by_reference(field, text)), text[:50]


@given(st.sampled_from(FIELDS), texts() | natives())
def test_any_value_is_cast_as_the_reference_does(field: dict[str, Any], value: Any) -> None:
    if not differs_on_purpose(field, value):
        expected = by_reference(field, value)
        assert told(by_codec(codec_for(field, MISSING), value)) == told(expected)


@given(st.data())
def test_a_column_of_text_is_cast_as_its_cells_are(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS))
    column = data.draw(columns(field))
    codec = codec_for(field, MISSING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cast = codec.cast_text(codec.missing_to_null(pa.array(column, pa.string())))
    expected = [by_codec(codec, cell) for cell in column]
    assert list(map(told, cells(codec, cast))) == list(map(told, expected))
    assert [raw for _, raw, _ in cast.errors] == [
        raw for raw, value in zip(column, expected, strict=True) if value is REFUSED
    ]


@given(st.data())
def test_a_column_of_values_is_cast_as_its_cells_are(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS))
    codec = codec_for(field, MISSING)
    column = data.draw(st.lists(natives(), max_size=6) | columns(field) | fit_for(codec))
    before = list(column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cast = codec.cast_values(column)
    expected = [by_codec(codec, cell) for cell in column]
    assert list(map(told, cells(codec, cast))) == list(map(told, expected))
    assert column == before or list(map(told, column)) == list(map(told, before))


def fit_for(codec: Codec) -> st.SearchStrategy[list[Any]]:
    """Columns of values that the codec has made itself."""
    values = natives().map(lambda value: by_codec(codec, value))
    return st.lists(values.filter(lambda value: value is not REFUSED), max_size=6)


@given(st.data())
def test_the_three_views_of_a_column_agree(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS))
    codec = codec_for(field, MISSING)
    cast = codec.cast_text(pa.array(data.draw(columns(field)), pa.string()))
    if cast.text is None:
        return
    values = codec.text_to_values(cast.text)
    try:
        arrow = codec.text_to_arrow(cast.text)
    except NotColumnar:
        with pytest.raises(NotColumnar):
            codec.values_to_arrow(values)
        return
    if codec.type == "datetime":
        values = [v and v.replace(tzinfo=None) for v in values]
    assert arrow.equals(codec.values_to_arrow(values))
    assert list(map(told, codec.arrow_to_values(arrow))) == list(map(told, values))
    assert codec.type == "number" or arrow.type == (codec.arrow_type or pa.string())
    assert codec.arrow_to_plain(arrow).equals(codec.values_to_plain(values))


@given(st.data())
def test_values_go_into_arrow_and_back_unchanged(data: st.DataObject) -> None:
    codec = codec_for(data.draw(st.sampled_from(FIELDS)), MISSING)
    values = data.draw(fit_for(codec))
    try:
        arrow = codec.values_to_arrow(values)
    except NotColumnar:
        return
    assert list(map(told, codec.arrow_to_values(arrow))) == list(map(told, values))
    cast = codec.cast_arrow(arrow)
    assert list(map(told, cells(codec, cast))) == [
        told(None if value in MISSING else value) for value in values
    ]


DUMPED = {
    "number": {"decimalChar": ".", "groupChar": "", "bareNumber": True},
    "date": {"format": "%Y-%m-%d"},
    "time": {"format": "%H:%M:%S"},
    "datetime": {"format": "%Y-%m-%dT%H:%M:%S"},
    "boolean": {"trueValues": ["True"], "falseValues": ["False"]},
}


def without_fractions(value: Any) -> Any:
    if isinstance(value, (datetime.datetime, datetime.time)):
        return value.replace(microsecond=0, tzinfo=None)
    return value


@given(st.data())
def test_plain_text_reads_back_equal(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS))
    if field.get("bareNumber") is False and field["type"] == "integer":
        return  # what is around the digits is dropped in reading, and a sign is around them
    codec = codec_for(field, ())
    dumped = codec_for({**field, **DUMPED.get(field["type"], {})}, ())
    cast = codec.cast_text(pa.array(data.draw(columns(field)), pa.string()))
    values = [None if value is REFUSED else value for value in cells(codec, cast)]
    plain = codec.values_to_plain(values) if cast.text is None else codec.text_to_plain(cast.text)
    back = dumped.cast_text(plain)
    expected = list(map(told, map(without_fractions, values)))
    assert list(map(told, cells(dumped, back))) == expected
    if codec.type in DUMPED and codec.type != "number" and back.text is not None:
        assert dumped.text_to_plain(back.text) is back.text


@fields
def test_nulls_and_empty_columns_are_fine_everywhere(field: dict[str, Any]) -> None:
    codec = codec_for(field)
    for length in (0, 3):
        nulls, nones = pa.nulls(length, pa.string()), [None] * length
        assert codec.missing_to_null(nulls).equals(nulls)
        cast = codec.cast_text(nulls)
        assert cast.text is not None
        assert cast.text.equals(nulls)
        assert cells(codec, codec.cast_values(nones)) == nones
        assert cells(codec, codec.cast_arrow(pa.nulls(length))) == nones
        assert codec.text_to_values(nulls) == nones
        assert codec.text_to_plain(nulls).equals(nulls)
        assert codec.values_to_plain(nones).equals(nulls)
        if codec.arrow_type is not None or codec.type in ("number", "any"):
            arrow = codec.text_to_arrow(nulls)
            assert codec.arrow_to_values(arrow) == nones
            assert codec.values_to_arrow(nones).equals(arrow)
            assert codec.arrow_to_plain(arrow).equals(nulls)
        else:
            with pytest.raises(NotColumnar):
                codec.text_to_arrow(nulls)


@given(st.data())
def test_a_slice_is_cast_as_its_cells_are(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(FIELDS))
    codec = codec_for(field, MISSING)
    column = data.draw(columns(field))
    start = data.draw(st.integers(0, len(column)))
    whole = pa.array(column, pa.string())
    cut, fresh = whole.slice(start, 4), pa.array(column[start : start + 4], pa.string())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        casts = [codec.cast_text(codec.missing_to_null(text)) for text in (cut, fresh)]
    assert list(map(told, cells(codec, casts[0]))) == list(map(told, cells(codec, casts[1])))
    if casts[0].text is not None:
        assert codec.text_to_plain(casts[0].text).equals(codec.text_to_plain(casts[1].text))


GOOD = {
    "any": "x",
    "string": "x",
    "integer": "12",
    "number": "1.50",
    "boolean": "true",
    "date": "2020-02-29",
    "time": "10:11:12",
    "datetime": "2020-02-29T10:11:12Z",
    "year": "2020",
    "yearmonth": "2020-02",
    "duration": "P1D",
    "array": "[1]",
    "object": '{"a": 1}',
    "geopoint": "1.5, 2",
    "geojson": '{"type": "Point", "coordinates": [1, 2]}',
}


@pytest.mark.parametrize("type", TYPES)
def test_text_that_fits_is_kept(type: str) -> None:
    text = pa.array([GOOD[type], None] * 3)
    assert codec_for({"type": type}).cast_text(text).text is text


@pytest.mark.parametrize("type", [type for type in TYPES if type not in ("any", "string")])
def test_one_bad_cell_in_a_large_batch_is_the_one_that_is_refused(type: str) -> None:
    codec = codec_for({"type": type})
    cast = codec.cast_text(pa.array([GOOD[type]] * 5000 + ["bad!"] + [GOOD[type]] * 5000))
    assert [(index, raw) for index, raw, _ in cast.errors] == [(5000, "bad!")]
    assert cast.text is not None
    assert cast.text.equals(pa.array([GOOD[type]] * 5000 + [None] + [GOOD[type]] * 5000))


@pytest.mark.parametrize("type", ["array", "object", "geojson"])
def test_equal_cells_of_mutable_types_are_values_of_their_own(type: str) -> None:
    codec = codec_for({"type": type})
    assert codec.mutable
    for cells_ in ([GOOD[type]] * 2, [f" {GOOD[type]}", GOOD[type]] * 2, ["[", *[GOOD[type]] * 2]):
        values = codec.text_to_values(codec.cast_text(pa.array(cells_)).text)
        assert len({id(value) for value in values}) == len(values)


@pytest.mark.parametrize(
    ("type", "value", "what", "fix"),
    [
        (
            "string",
            5,
            "5 is not a string",
            "make the field take any value: set_type(..., type='any')",
        ),
        (
            "number",
            "n/a",
            "'n/a' is not a number",
            "if it stands for a missing value, set missingValues=['', 'n/a']",
        ),
        (
            "date",
            "tomorrow",
            "'tomorrow' is not a date (YYYY-MM-DD)",
            "make the field a string: set_type(..., type='string')",
        ),
        (
            "array",
            "{}",
            "'{}' is not an array (a JSON list)",
            "make the field a string: set_type(..., type='string')",
        ),
    ],
)
def test_an_error_says_what_and_how_to_fix_it(type: str, value: Any, what: str, fix: str) -> None:
    with pytest.raises(CastError) as caught:
        codec_for({"type": type}).cast(value)
    assert (
        str(caught.value) == f"{what}\n  fix: {fix}, or handle such rows with on_error=rejects()."
    )


def test_missing_values_become_null_and_nothing_else_does() -> None:
    codec = codec_for({"type": "integer"}, ("", "-"))
    text = pa.array(["1", "-", "", None, " "])
    assert codec.missing_to_null(text).to_pylist() == ["1", None, None, None, " "]
    clean = pa.array(["1", " "])
    assert codec.missing_to_null(clean) is clean
    none_missing = codec_for({"type": "string"}, ())
    assert none_missing.missing_to_null(text) is text
    assert none_missing.cast_values(["", None]).values == ["", None]


def test_missing_values_that_are_no_text_are_missing_too() -> None:
    codec = codec_for({"type": "integer"}, ("", -1))  # type: ignore[arg-type] # as data has it
    assert codec.cast_values([1, -1, "", 2]).values == [1, None, None, 2]
    assert codec.cast_arrow(pa.array([1, -1])).values == [1, None]


def test_half_a_surrogate_pair_is_no_crash() -> None:
    cast = codec_for({"type": "integer"}).cast_values(["1", "\ud800"])
    assert cast.values == [1, None]
    assert [index for index, _, _ in cast.errors] == [1]
    with pytest.raises(NotColumnar):
        codec_for({"type": "string"}).values_to_arrow(["\ud800"])
