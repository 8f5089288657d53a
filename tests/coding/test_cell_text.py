from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.coding.cell_text import (
    as_strings,
    kind_of_nothing,
    text_of_array,
    text_of_values,
    values_of_text,
)
from dataflows.coding.exact_json import InexactError
from dataflows.types import codec_for
from exact_values import same, values


@pytest.mark.parametrize(
    ("cells", "kind", "texts"),
    [
        (["a", None, ""], "string", ["a", None, ""]),
        (["\ud800"], "json", ['"\\ud800"']),
        ([1, -(2**70)], "integer", ["1", str(-(2**70))]),
        ([10**5000], "json", [f'{{"$integer":"{hex(10**5000)}"}}']),
        ([True, None], "boolean", ["true", None]),
        ([True, 1], "json", ["true", "1"]),
        ([Decimal("1E+3")], "number", ["1E+3"]),
        ([1.5, -0.0], "float", ["1.5", "-0.0"]),
        ([datetime.date(1, 2, 3)], "date", ["0001-02-03"]),
        ([datetime.time(1, 2, 3, 4)], "time", ["01:02:03.000004"]),
        ([datetime.time(1, fold=1)], "json", ['{"$time":["01:00:00",1,null]}']),
        ([[1], None], "json", ["[1]", None]),
        ([None], "nothing", [None]),
        ([], "nothing", []),
    ],
)
def test_values_have_a_kind_and_texts(cells: list[Any], kind: str, texts: list[Any]) -> None:
    found, array = text_of_values(cells, nothing="nothing")
    assert (found, array.to_pylist()) == (kind, texts)
    if cells and kind != "nothing":
        assert same(values_of_text(kind, array), cells)


@given(st.lists(values(), max_size=4))
def test_values_come_back(cells: list[Any]) -> None:
    kind, texts = text_of_values(cells, nothing="string")
    assert texts.type == pa.string()
    assert same(values_of_text(kind, texts), cells)


def test_what_has_no_text_is_refused() -> None:
    with pytest.raises(InexactError):
        text_of_values([object()], nothing="string")


def test_an_array_of_another_type_must_be_looked_at() -> None:
    assert text_of_array(pa.array([1.5])) is None
    assert text_of_array(pa.array([datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)])) is None
    kind, texts = text_of_array(pa.array([Decimal("1.50")])) or ("", None)
    assert (kind, texts.to_pylist()) == ("number", ["1.50"])


def test_a_field_without_values_is_of_the_kind_that_it_will_most_often_be() -> None:
    types = ("string", "integer", "number", "year", "any", "array", "duration")
    kinds = [kind_of_nothing(codec_for({"type": type})) for type in types]
    assert kinds == ["string", "integer", "number", "integer", "json", "json", "json"]


def test_texts_of_another_arrow_type_are_made_plain() -> None:
    plain = pa.array(["a", None])
    assert as_strings(plain) is plain
    for type in (pa.large_string(), pa.string_view()):
        assert as_strings(pa.array(["a", None], type)).equals(plain)
