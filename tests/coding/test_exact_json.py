from __future__ import annotations

import datetime
import pathlib
from collections import OrderedDict
from typing import Any

import pytest
from dateutil.tz import tzoffset
from hypothesis import given

from dataflows.coding.exact_json import InexactError, dumps, loads
from exact_values import AWKWARD_VALUES, same, values


@pytest.mark.parametrize("value", AWKWARD_VALUES, ids=lambda value: str(type(value).__name__))
def test_a_value_comes_back_equal_and_of_the_same_type(value: Any) -> None:
    assert same(loads(dumps(value)), value)


@given(values())
def test_every_value_comes_back_equal_and_of_the_same_type(value: Any) -> None:
    text = dumps(value)
    assert text.isascii()
    assert "\n" not in text
    assert same(loads(text), value)


def test_an_integer_has_as_many_digits_as_it_wants() -> None:
    assert loads(dumps([10**5000])) == [10**5000]


def test_what_json_has_is_written_as_json() -> None:
    assert dumps({"a": [1, 2.5, "é", None, True]}) == '{"a":[1,2.5,"\\u00e9",null,true]}'


def test_a_zone_of_another_library_becomes_its_offset() -> None:
    moment = datetime.datetime(2026, 1, 2, tzinfo=tzoffset("CET", 3600))
    found = loads(dumps(moment))
    assert found == moment
    assert repr(found.tzinfo) == "datetime.timezone(datetime.timedelta(seconds=3600), 'CET')"


@pytest.mark.parametrize("value", [pathlib.PurePath("a"), OrderedDict(a=1), [object], {1: print}])
def test_an_object_of_another_type_is_refused(value: Any) -> None:
    with pytest.raises(InexactError):
        dumps(value)


def test_the_refusal_names_the_type() -> None:
    with pytest.raises(InexactError) as caught:
        dumps([OrderedDict()])
    assert str(caught.value) == "collections.OrderedDict has no exact text"
    assert caught.value.kind is OrderedDict


def test_a_list_in_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(InexactError):
        dumps(value)


class Own:
    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.number == self.number

    __hash__ = None  # type: ignore[assignment] # nobody asks


def test_an_object_is_pickled_where_both_sides_allow_it() -> None:
    text = dumps({"a": [Own(3)]}, pickles=True)
    assert loads(text, pickles=True) == {"a": [Own(3)]}
    with pytest.raises(ValueError, match="'\\$pickle' is no kind of value that may stand here"):
        loads(text)


def test_a_function_without_a_name_is_pickled() -> None:
    assert loads(dumps(lambda: 3, pickles=True), pickles=True)() == 3


def test_what_cannot_be_pickled_is_refused() -> None:
    with pytest.raises(InexactError):
        dumps((number for number in ()), pickles=True)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[1", "NaN", '{"$decimal": 1.5}', '{"$decimal": "x"}', '{"$nothing": 1}'),
        *('{"$date": "2026-13-01"}', '{"$datetime": ["2026-01-01"]}', '{"$bytes": "?"}'),
        *('{"$timedelta": 1}', '{"$dict": [[1, 2, 3]]}', '{"$integer": 1}', '{"$set": [[]]}'),
        *('{"$time": ["10:00:00", 0, {"zone": "No/Where"}]}', "[" * 100_000),
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        loads(text)
