from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.find_replace import find_replace
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.packages.update_schema import update_schema
from processor_contract import VIEWS, Watched


def replaced(
    rows: list[dict[str, Any]], *pairs: tuple[Any, Any], name: str = "a", **options: Any
) -> list[dict[str, Any]]:
    patterns = [{"find": find, "replace": new} for find, new in pairs]
    step = find_replace([{"name": name, "patterns": patterns}], **options)
    return Flow(rows, step).results()[0][0]


def test_the_patterns_are_applied_one_after_the_other() -> None:
    rows = [{"a": "abc", "b": "abc"}]
    assert replaced(rows, ("a", "b"), ("b+", "x")) == [{"a": "xc", "b": "abc"}]


def test_groups_can_be_used() -> None:
    assert replaced([{"a": "2026-12"}], (r"(\d+)-(\d+)", r"\2/\1")) == [{"a": "12/2026"}]


def test_a_missing_value_stays_missing() -> None:
    assert replaced([{"a": "None"}, {"a": None}], ("None", "x")) == [{"a": "x"}, {"a": None}]


@pytest.mark.parametrize("view", VIEWS)
def test_numbers_are_replaced_in_their_text_and_read_again(view: str) -> None:
    source = Watched([{"a": Decimal("1.50")}, {"a": None}], view, types={"a": "number"}).link()
    assert replaced(source, (r"1\.5", "2.7")) == [{"a": Decimal("2.70")}, {"a": None}]


def test_what_is_no_number_any_more_stays_a_text_for_a_later_set_type() -> None:
    step = find_replace([{"name": "a", "patterns": [{"find": "$", "replace": " EUR"}]}])
    assert Flow([{"a": 5}], step, set_type("a", type="string")).results()[0] == [[{"a": "5 EUR"}]]


def test_the_new_text_is_what_a_later_set_type_reads() -> None:
    source = Watched([{"a": 5}], "text", types={"a": "integer"}).link()
    step = find_replace([{"name": "a", "patterns": [{"find": "^", "replace": "00"}]}])
    assert Flow(source, step, set_type("a", type="string")).results()[0] == [[{"a": "005"}]]


def test_texts_that_arrow_cannot_hold_are_replaced_too() -> None:
    assert replaced([{"a": "\ud800x"}, {"a": None}], ("x", "y")) == [{"a": "\ud800y"}, {"a": None}]


def test_an_empty_text_stays_one_for_the_functions_that_follow() -> None:
    def more(row: dict[str, Any]) -> None:
        row["a"] += "!"

    step = find_replace([{"name": "a", "patterns": [{"find": "x", "replace": ""}]}])
    for view in VIEWS:
        source = Watched([{"a": "x"}, {"a": "y"}], view, types={"a": "string"}).link()
        assert Flow(source, step, more).results()[0] == [[{"a": "!"}, {"a": "y!"}]]


def test_values_in_which_nothing_is_found_stay_as_they_are() -> None:
    fields = [{"name": "a", "type": "date", "format": "%d/%m/%Y"}]
    rows = [{"a": datetime.date(2026, 1, 2)}, {"a": datetime.date(1999, 1, 2)}]
    step = find_replace([{"name": "a", "patterns": [{"find": "^1.*", "replace": "03/04/2000"}]}])
    found = Flow(rows, update_schema(-1, fields=fields), step).results()[0][0]
    assert found == [{"a": datetime.date(2026, 1, 2)}, {"a": datetime.date(2000, 4, 3)}]


def test_find_and_replace_may_be_numbers() -> None:
    assert replaced([{"a": "a1"}], (1, 2)) == [{"a": "a2"}]


def test_a_resource_may_lack_a_field_that_another_one_has() -> None:
    step = find_replace([{"name": "a", "patterns": [{"find": "x", "replace": "y"}]}])
    assert Flow([{"a": "x"}], [{"b": "x"}], step).results()[0] == [[{"a": "y"}], [{"b": "x"}]]


def test_an_unknown_field_is_refused_before_the_first_row() -> None:
    step = find_replace([{"name": "ctiy", "patterns": []}])
    with pytest.raises(ProcessorError) as caught:
        Flow([{"city": "x"}], step).datastream()
    assert str(caught.value) == (
        "no field named 'ctiy'\n"
        "  at processor 2 of 2: find_replace([{'name': 'ctiy', 'patterns': []}])\n"
        "  fix: did you mean 'city'? The fields here are: city."
    )


EXAMPLE = "\n  fix: write {'name': 'city', 'patterns': [{'find': 'Roma', 'replace': 'Rome'}]}."


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (["a"], f"a field is given by a dict, got 'a'{EXAMPLE}"),
        ([{"name": "a"}], f"'patterns' is missing in {{'name': 'a'}}{EXAMPLE}"),
        (
            [{"name": "a", "patterns": [{"find": "a"}]}],
            f"'replace' is missing in {{'find': 'a'}}{EXAMPLE}",
        ),
        (
            [{"name": "a", "patterns": [{"find": "a", "replac": "b"}]}],
            (
                "there is no keyword 'replac'\n"
                "  fix: did you mean 'replace'? The keywords here are: find, replace."
            ),
        ),
        (
            [{"name": "a", "patterns": [{"find": "(", "replace": "b"}]}],
            (
                "'(' is not a regular expression: missing ), unterminated subpattern at "
                "position 0\n"
                "  fix: escape what stands for itself, as re.escape('(') does."
            ),
        ),
        (
            [{"name": "a", "patterns": [{"find": "a", "replace": r"\1"}]}],
            (
                r"'\\1' cannot replace 'a': invalid group reference 1 at position 1"
                "\n  fix: name a group of the pattern, or write \\\\ for a backslash."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(fields: list[Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        find_replace(fields)
    assert str(caught.value) == message


@given(
    texts=st.lists(st.none() | st.text("ab.(\\\n", min_size=1), max_size=8),
    find=st.sampled_from(["a", ".", "(a|b)+", "^", "b$", r"\.", "(?m)^a"]),
    new=st.sampled_from(["", "x", r"\g<0>\g<0>", r"\\"]),
    view=st.sampled_from(VIEWS),
)
def test_it_means_what_python_says(texts: list[str | None], find: str, new: str, view: str) -> None:
    source = Watched([{"a": text} for text in texts], view, 3, types={"a": "string"}).link()
    step = find_replace([{"name": "a", "patterns": [{"find": find, "replace": new}]}])
    expected = [None if text is None else re.sub(find, new, text) for text in texts]
    found = Flow(source, step).results()[0][0]
    assert [row["a"] for row in found] == [text or None for text in expected]
