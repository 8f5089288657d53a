from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.normalize_text import normalize_text
from dataflows.processors.modifiers.set_type import set_type
from processor_contract import VIEWS, Watched


def normalized(*values: Any, view: str = "rows", **options: Any) -> list[Any]:
    source = Watched([{"a": value} for value in values], view, 9, types={"a": "string"}).link()
    step = normalize_text("a", **options)
    return [row["a"] for row in Flow(source, step).results(on_error=None)[0][0]]


@pytest.mark.parametrize("view", VIEWS)
def test_blanks_go_and_what_is_blank_is_missing(view: str) -> None:
    values = ["  a \t b  ", " ", None, "a\n b", "x"]
    assert normalized(*values, view=view) == ["a b", None, None, "a\n b", "x"]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("values", [["\xa0é\u2003\u2003È\xa0", "\u3000"], [" e  E ", "  "]])
def test_every_option_can_be_left_out(view: str, values: list[str]) -> None:
    given, blank = values
    nothing = {"trim": False, "collapse_spaces": False, "blanks_to_missing": False}
    assert normalized(*values, view=view, **nothing) == values
    assert normalized(*values, view=view, **{**nothing, "trim": True}) == [given.strip(), ""]
    assert normalized(*values, view=view, **{**nothing, "collapse_spaces": True}) == [
        re.sub(r"\s+", " ", given),
        " ",
    ]
    assert normalized(*values, view=view, **{**nothing, "case": "upper"}) == [given.upper(), blank]


def test_an_empty_text_may_stay_one_for_the_functions_that_follow() -> None:
    def more(row: dict[str, Any]) -> None:
        row["a"] += "!"

    for view in VIEWS:
        source = Watched([{"a": " "}], view, types={"a": "string"}).link()
        step = normalize_text("a", blanks_to_missing=False)
        assert Flow(source, step, more).results()[0] == [[{"a": "!"}]]


def test_equal_looking_texts_become_equal() -> None:
    assert normalized("e\u0301", "\xe9") == ["\xe9", "\xe9"]
    assert normalized("\xe9", unicode="NFD") == ["e\u0301"]
    assert normalized("ﬁ", "①", unicode="NFKC") == ["fi", "1"]
    assert normalized("e\u0301", unicode=None) == ["e\u0301"]


def test_cases() -> None:
    assert normalized("STRASSE", "Straße", case="casefold") == ["strasse", "strasse"]
    assert normalized("ΟΔΟΣ", "İ", case="lower", unicode=None) == ["οδος", "i̇"]
    assert normalized("straße", "o'neil", case="upper") == ["STRASSE", "O'NEIL"]
    assert normalized("new york", "élan", case="title") == ["New York", "Élan"]


def test_by_default_all_strings_and_nothing_else_are_changed() -> None:
    rows = [{"a": " x ", "b": 1, "c": " y ", "d": [" z "]}]
    assert Flow(rows, normalize_text()).results()[0] == [
        [{"a": "x", "b": 1, "c": "y", "d": [" z "]}]
    ]
    assert Flow(rows, normalize_text(".*")).results()[0] == [
        [{"a": "x", "b": 1, "c": "y", "d": [" z "]}]
    ]


def test_the_new_text_is_what_a_later_set_type_reads() -> None:
    source = Watched([{"a": " 007 "}], "text", types={"a": "string"}).link()
    flow = Flow(source, normalize_text("a"), set_type("a", type="integer"))
    assert flow.results()[0] == [[{"a": 7}]]


def test_values_that_are_no_texts_stay_for_a_later_step() -> None:
    assert normalized(5, " x ", ["y"]) == [5, "x", ["y"]]


def test_a_text_that_breaks_a_constraint_is_found_where_it_is_checked() -> None:
    step = set_type("a", type="string", constraints={"enum": ["A"]})
    flow = Flow([{"a": "A"}], step, normalize_text("a", case="lower"))
    assert flow.results(on_error=None)[0] == [[{"a": "a"}]]
    with pytest.raises(ProcessorError):
        Flow(flow, lambda row: None).results()


def test_halves_of_surrogate_pairs_are_normalized_too() -> None:
    assert normalized(" \ud800 ", " x ") == ["\ud800", "x"]


def test_no_rows_and_a_resource_without_the_field() -> None:
    source = Watched([], types={"a": "string"}).link()
    assert Flow(source, [{"c": " x"}], normalize_text("a")).results()[0] == [[], [{"c": " x"}]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"case": "Lower"},
            (
                "case='Lower' is none of None, 'lower', 'upper', 'title', 'casefold'\n"
                "  fix: did you mean case='lower'?"
            ),
        ),
        (
            {"unicode": "nfc"},
            (
                "unicode='nfc' is none of None, 'NFC', 'NFD', 'NFKC', 'NFKD'\n"
                "  fix: did you mean unicode='NFC'?"
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        normalize_text("a", **options)
    assert str(caught.value) == message


def test_a_field_that_is_named_must_be_a_string() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"n": 1}], normalize_text("n")).datastream()
    assert str(caught.value) == (
        "the field 'n' is not a string but of the type 'integer'\n"
        "  at processor 2 of 2: normalize_text('n')\n"
        "     resource 'res_1'\n"
        "  fix: leave it out, or set_type('n', type='string') before this."
    )


ASCII = "".join(map(chr, range(1, 128)))


@given(
    texts=st.lists(st.text(ASCII, max_size=6) | st.text(max_size=4), min_size=1, max_size=5),
    case=st.sampled_from(["lower", "upper", "title", "casefold"]),
    view=st.sampled_from(VIEWS),
)
@example([ASCII], "title", "text")
@example([ASCII.replace("'", "' ")], "upper", "text")
def test_it_means_what_the_methods_of_str_mean(texts: list[str], case: str, view: str) -> None:
    found = normalized(*(f"x{text}" for text in texts), view=view, case=case, unicode="NFKC")
    wanted = []
    for text in texts:
        form = unicodedata.normalize("NFKC", getattr(f"x{text}", case)())
        wanted.append(re.sub(r"[^\S\r\n]+", " ", form).strip())
    assert found == wanted
