from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.mask_fields import mask_fields
from dataflows.processors.modifiers.set_type import set_type
from processor_contract import VIEWS, Watched


def masked(*values: Any, type: str = "string", view: str = "rows", **options: Any) -> list[Any]:
    source = Watched([{"a": value} for value in values], view, 9, types={"a": type}).link()
    return [row["a"] for row in Flow(source, mask_fields("a", **options)).results()[0][0]]


@pytest.mark.parametrize("view", VIEWS)
def test_only_the_ends_can_be_read(view: str) -> None:
    values = ["abcdef", "abc", "abcd", None]
    found = masked(*values, view=view, keep_first=1, keep_last=2)
    assert found == ["a***ef", "***", "a*cd", None]


def test_the_length_can_be_hidden_too() -> None:
    assert masked("abcdef", "a", length=3) == ["***", "***"]
    assert masked("abcdef", "abc", keep_last=2, length=3, mask="#") == ["###ef", "###bc"]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("type", "value", "text"),
    [
        ("integer", 12345, "***45"),
        ("number", Decimal("1.50"), "**50"),
        ("date", datetime.date(2026, 1, 31), "********31"),
        ("boolean", True, "**ue"),
    ],
)
def test_other_types_become_strings(view: str, type: str, value: Any, text: str) -> None:
    assert masked(value, None, type=type, view=view, keep_last=2) == [text, None]


def test_the_field_is_a_string_without_the_limits_of_its_type() -> None:
    limits = {"minimum": 1, "required": True}
    step = set_type("a", type="integer", constraints=limits, title="A")
    _, package, _ = Flow([{"a": 12}], step, mask_fields("a")).results()
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {
            "name": "a",
            "type": "string",
            "title": "A",
            "format": "default",
            "constraints": {"required": True},
        }
    ]


def test_the_text_that_was_read_does_not_come_back() -> None:
    source = Watched([{"a": "secret"}], "text", types={"a": "string"}).link()
    flow = Flow(source, mask_fields("a"), set_type("a", type="string"))
    assert flow.results()[0] == [[{"a": "******"}]]


def test_no_rows_and_a_resource_without_the_field() -> None:
    source = Watched([], types={"a": "string"}).link()
    assert Flow(source, [{"c": 1}], mask_fields("a")).results()[0] == [[], [{"c": 1}]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"keep_last": -1},
            "keep_last must be 0 or more, got -1\n  fix: give a number of characters.",
        ),
        ({"length": "3"}, "length must be 0 or more, got '3'\n  fix: give a number of characters."),
        ({"mask": ""}, "the mask is one character, got ''\n  fix: write for instance mask='•'."),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        mask_fields("a", **options)
    assert str(caught.value) == message


def test_an_unknown_field_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"card": "1"}], mask_fields("crad")).datastream()
    assert str(caught.value) == (
        "no field named 'crad'\n"
        "  at processor 2 of 2: mask_fields('crad')\n"
        "  fix: did you mean 'card'? The fields here are: card."
    )


@given(
    text=st.text("ab", min_size=1),
    first=st.integers(0, 3),
    last=st.integers(0, 3),
    view=st.sampled_from(VIEWS),
)
def test_no_more_than_the_ends_is_ever_shown(text: str, first: int, last: int, view: str) -> None:
    [found] = masked(text, view=view, keep_first=first, keep_last=last)
    assert len(found) == len(text)
    shown = [index for index, character in enumerate(found) if character != "*"]
    ends = [*range(first), *range(len(text) - last, len(text))]
    assert shown == (ends if len(text) > first + last else [])
    assert all(found[index] == text[index] for index in shown)
