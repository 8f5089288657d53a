from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import drop
from dataflows.processors.modifiers.extract_fields import extract_fields
from processor_contract import VIEWS, Watched

PATTERN = r"(?P<x>[a-z]+)-?(?P<y>\d+)?"


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_the_groups_stand_behind_the_field() -> None:
    found = rows_of([{"a": "p-1", "b": 2}], extract_fields("a", PATTERN))
    assert [list(row.items()) for row in found] == [
        [("a", "p-1"), ("x", "p"), ("y", "1"), ("b", 2)]
    ]


def test_the_field_may_go() -> None:
    assert rows_of([{"a": "p-1"}], extract_fields("a", PATTERN, keep=False)) == [
        {"x": "p", "y": "1"}
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_not_found_is_missing(view: str) -> None:
    rows = [{"a": a} for a in ("p-1", "p", "!", None)]
    source = Watched(rows, view, 4, types={"a": "string"}).link()
    assert rows_of(source, extract_fields("a", PATTERN, types={"y": "integer"}, keep=False)) == [
        {"x": "p", "y": 1},
        {"x": "p", "y": None},
        {"x": None, "y": None},
        {"x": None, "y": None},
    ]


def test_a_text_without_the_pattern_may_be_an_error() -> None:
    step = extract_fields("a", "(?P<x>p)", no_match="error")
    with pytest.raises(ProcessorError) as caught:
        rows_of([{"a": None}, {"a": "q"}], step)
    assert str(caught.value) == (
        "the pattern '(?P<x>p)' is not found in 'q'\n"
        "  in {'a': 'q'}\n"
        "  at processor 2 of 2: extract_fields('a', '(?P<x>p)', no_match='error')\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: correct the pattern, say no_match='missing', or handle such rows with"
        " on_error=rejects()."
    )
    step = extract_fields("a", "(?P<x>p)", no_match="error", on_error=drop)
    assert rows_of([{"a": None}, {"a": "q"}, {"a": "p"}], step) == [
        {"a": None, "x": None},
        {"a": "p", "x": "p"},
    ]


def test_no_rows_and_a_resource_without_the_field() -> None:
    source = Watched([], types={"a": "string"}).link()
    assert Flow(source, [{"c": 1}], extract_fields("a", PATTERN)).results()[0] == [[], [{"c": 1}]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: extract_fields("a", "(p)"),
            (
                "the pattern '(p)' has no named group\n"
                "  fix: name what is to be a field:"
                r" extract_fields('code', r'(?P<letters>[A-Z]+)(?P<digits>\d+)')."
            ),
        ),
        (
            lambda: extract_fields("a", PATTERN, types={"z": "integer"}),
            ("there is no group named 'z' in the pattern\n  fix: the groups here are: x, y."),
        ),
        (
            lambda: extract_fields("a", "(?P<x>"),
            (
                "'(?P<x>' is not a regular expression: missing ), unterminated subpattern at"
                " position 0\n  fix: escape what stands for itself, as re.escape('(?P<x>') does."
            ),
        ),
        (
            lambda: extract_fields("a", 5),
            "a pattern is a text, got 5\n  fix: write it as a text: r'…'.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message


def test_a_group_that_is_a_field_already_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": "p", "x": 1}], extract_fields("a", "(?P<x>p)")).datastream()
    assert str(caught.value) == (
        "there is a field named 'x' already\n"
        "  at processor 2 of 2: extract_fields('a', '(?P<x>p)')\n"
        "     resource 'res_1'\n"
        "  fix: choose another name, or delete_fields or rename it before."
    )


@given(
    texts=st.lists(st.none() | st.text("ab1-", min_size=1), max_size=6),
    view=st.sampled_from(VIEWS),
)
def test_it_finds_what_python_finds(texts: list[str | None], view: str) -> None:
    source = Watched([{"a": text} for text in texts], view, 3, types={"a": "string"}).link()
    found = rows_of(source, extract_fields("a", PATTERN, keep=False))
    matches = [re.search(PATTERN, text or "") for text in texts]
    nothing = {"x": None, "y": None}
    assert found == [nothing if match is None else match.groupdict() for match in matches]
