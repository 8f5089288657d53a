from __future__ import annotations

import pyarrow as pa
import pytest

from dataflows.errors import CastError
from dataflows.types import codec_for

BOOLEAN = codec_for({"type": "boolean"})
FRENCH = codec_for({"type": "boolean", "trueValues": ["oui", " o "], "falseValues": ["non"]})


def test_the_usual_words_are_kept_and_written_as_true_and_false() -> None:
    text = pa.array(["true", "FALSE", None, "1", "0"])
    assert BOOLEAN.cast_text(text).text is text
    assert BOOLEAN.text_to_values(text) == [True, False, None, True, False]
    assert BOOLEAN.text_to_arrow(text).to_pylist() == [True, False, None, True, False]
    assert BOOLEAN.text_to_plain(text).to_pylist() == ["True", "False", None, "True", "False"]


def test_the_words_true_and_false_are_written_as_the_same_array() -> None:
    for cells in (["True", "False"], ["True", None], []):
        text = pa.array(cells, pa.string())
        assert BOOLEAN.text_to_plain(text) is text


def test_words_that_mean_the_contrary_are_not_written_as_they_are() -> None:
    codec = codec_for({"type": "boolean", "trueValues": ["False"], "falseValues": ["True"]})
    assert codec.text_to_plain(pa.array(["True", "False"])).to_pylist() == ["False", "True"]


def test_words_with_blanks_around_are_accepted_but_not_kept() -> None:
    assert BOOLEAN.cast_text(pa.array([" true", "0"])).values == [True, False]


def test_own_words_replace_the_usual_ones() -> None:
    assert FRENCH.cast_text(pa.array(["oui", "non"])).errors == []
    cast = FRENCH.cast_text(pa.array(["true", "o", "oui"]))
    assert [(index, error.what) for index, _, error in cast.errors] == [
        (0, "'true' is not a boolean (oui,  o  or non)"),
        (1, "'o' is not a boolean (oui,  o  or non)"),
    ]


@pytest.mark.parametrize(
    ("word", "fix"),
    [
        ("yes", "declare the words: trueValues=['yes'], falseValues=['no']"),
        ("N", "declare the words: trueValues=['Y'], falseValues=['N']"),
        ("Off", "declare the words: trueValues=['On'], falseValues=['Off']"),
        ("maybe", "make the field a string: set_type(..., type='string')"),
        (1, "make the field take any value: set_type(..., type='any')"),
    ],
)
def test_the_fix_declares_the_words_that_people_write(word: object, fix: str) -> None:
    with pytest.raises(CastError) as caught:
        BOOLEAN.cast(word)
    assert caught.value.fix == f"{fix}, or handle such rows with on_error=rejects()"


def test_arrow_booleans_are_booleans_and_integers_are_not() -> None:
    array = pa.array([True, None])
    assert BOOLEAN.cast_arrow(array).arrow is array
    assert [index for index, _, _ in BOOLEAN.cast_arrow(pa.array([1, None, 0])).errors] == [0, 2]
