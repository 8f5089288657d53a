from __future__ import annotations

import pyarrow as pa
import pytest

from dataflows.errors import CastError
from dataflows.types import NotColumnar, codec_for

STRING = codec_for({"type": "string"})
ANY = codec_for({"type": "any"})


def test_text_is_text_in_every_view() -> None:
    text = pa.array(["a", None, " b\n", "NaN"])
    assert STRING.raw
    assert STRING.cast_text(text).text is text
    assert STRING.text_to_arrow(text) is text
    assert STRING.text_to_plain(text) is text
    assert STRING.arrow_to_plain(text) is text
    assert STRING.text_to_values(text) == ["a", None, " b\n", "NaN"]


def test_values_that_fit_are_accepted_without_a_copy() -> None:
    values = ["a", None, "b"]
    assert STRING.cast_values(values).values is values
    assert STRING.cast_values(["a", "", None]).values == ["a", None, None]


def test_what_is_no_text_is_refused() -> None:
    cast = STRING.cast_values(["a", 5, ""])
    assert cast.values == ["a", None, None]
    assert [(index, raw) for index, raw, _ in cast.errors] == [(1, 5)]


def test_a_format_is_checked_and_the_text_kept() -> None:
    codec = codec_for({"type": "string", "format": "email"})
    cast = codec.cast_text(pa.array(["a@b.cd", "nobody", None, "a@b.cd"]))
    assert cast.text.to_pylist() == ["a@b.cd", None, None, "a@b.cd"]
    [(_, _, error)] = cast.errors
    assert str(error) == (
        "'nobody' is not a string with the format 'email'\n"
        "  fix: drop the format: set_type(..., type='string'), "
        "or handle such rows with on_error=rejects()."
    )


def test_arrow_text_of_any_kind_is_text() -> None:
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        cast = STRING.cast_arrow(pa.array(["a", "", None], kind))
        assert cast.text.equals(pa.array(["a", None, None]))
    encoded = pa.array(["a", "a"]).dictionary_encode()
    assert STRING.cast_arrow(encoded).text.equals(pa.array(["a", "a"]))


def test_anything_is_accepted_by_any_and_missing_texts_are_none() -> None:
    values = [1, "", [2], {"a": ""}, None]
    assert ANY.cast_values(values).values == [1, None, [2], {"a": ""}, None]
    assert ANY.values_to_plain([1, None, "x", True]).to_pylist() == ["1", None, "x", "True"]
    assert ANY.mutable
    with pytest.raises(NotColumnar):
        ANY.values_to_arrow(values)


def test_any_has_arrow_arrays_as_they_come() -> None:
    array = pa.array([1.5, None])
    assert ANY.cast_arrow(array).arrow is array
    assert ANY.arrow_to_plain(array).to_pylist() == ["1.5", None]
    assert ANY.cast_arrow(pa.array([[1], None])).values == [[1], None]


def test_the_constraints_of_any_are_checked() -> None:
    codec = codec_for({"type": "any", "constraints": {"required": True, "enum": [1, [2]]}})
    assert codec.cast([2]) == [2]
    assert [index for index, _, _ in codec.cast_values([1, [2], "", 3]).errors] == [2, 3]
    with pytest.raises(CastError):
        codec.cast(None)
