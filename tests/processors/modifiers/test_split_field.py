from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import clear, drop, ignore, rejects
from dataflows.processors.modifiers.split_field import split_field
from dataflows.processors.packages.set_primary_key import set_primary_key
from processor_contract import VIEWS, Watched

NAMES = ["x", "y"]


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_the_parts_stand_where_the_field_stood() -> None:
    data, package, _ = Flow(
        [{"id": 1, "a": "p q", "b": 2}], set_primary_key(["id", "a"]), split_field("a", NAMES)
    ).results()
    assert [list(row.items()) for row in data[0]] == [[("id", 1), ("x", "p"), ("y", "q"), ("b", 2)]]
    assert package.resources[0].fields.primary_key == ["id"]


def test_the_field_may_stay() -> None:
    found = rows_of([{"a": "p q", "b": 2}], split_field("a", NAMES, keep=True))
    assert [list(row.items()) for row in found] == [
        [("a", "p q"), ("x", "p"), ("y", "q"), ("b", 2)]
    ]


def test_a_part_may_have_the_name_of_the_field() -> None:
    assert rows_of([{"a": "p q"}], split_field("a", ["a", "y"])) == [{"a": "p", "y": "q"}]


@pytest.mark.parametrize("view", VIEWS)
def test_parts_that_are_not_there_are_missing(view: str) -> None:
    texts = ["p,q", "p", "p,", ",q", None]
    source = Watched([{"a": text} for text in texts], view, 5, types={"a": "string"}).link()
    found = rows_of(source, split_field("a", NAMES, separator=","))
    assert [tuple(row.values()) for row in found] == [
        ("p", "q"),
        ("p", None),
        ("p", None),
        (None, "q"),
        (None, None),
    ]


def test_a_pattern_separates_too() -> None:
    found = rows_of([{"a": "p , q"}, {"a": "p;q"}], split_field("a", NAMES, pattern=r"\s*[,;]\s*"))
    assert found == [{"x": "p", "y": "q"}] * 2


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"separator": "-", "extra": "merge"}, ("p", "q-r")),
        ({"pattern": "-", "extra": "merge"}, ("p", "q-r")),
        ({"separator": "-", "extra": "drop"}, ("p", "q")),
    ],
)
def test_more_parts_than_fields_may_be_kept_or_dropped(
    options: dict[str, str], parts: tuple[str, str]
) -> None:
    found = rows_of([{"a": "p-q-r"}], split_field("a", NAMES, **options))
    assert found == [dict(zip(NAMES, parts, strict=True))]


def test_merged_into_one_field_nothing_is_split() -> None:
    step = split_field("a", ["x"], separator="-", extra="merge")
    assert rows_of([{"a": "p-q"}], step) == [{"x": "p-q"}]


def test_more_parts_than_fields_are_an_error() -> None:
    with pytest.raises(ProcessorError) as caught:
        rows_of([{"a": "p"}, {"a": "p q r"}], split_field("a", NAMES))
    assert str(caught.value) == (
        "3 parts for 2 fields: ['p', 'q', 'r']\n"
        "  in {'a': 'p q r'}\n"
        "  at processor 2 of 2: split_field('a', ['x', 'y'])\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: name more fields in into=, say extra='merge' or extra='drop', or handle such rows"
        " with on_error=rejects()."
    )


def test_such_rows_can_be_handled() -> None:
    rows = [{"a": "p q r"}, {"a": "p q"}]
    good = {"x": "p", "y": "q"}
    assert rows_of(rows, split_field("a", NAMES, on_error=drop)) == [good]
    empty = {"x": None, "y": None}
    assert rows_of(rows, split_field("a", NAMES, on_error=clear)) == [empty, good]
    assert rows_of(rows, split_field("a", NAMES, on_error=ignore)) == [empty, good]
    data, _, _ = Flow(rows, split_field("a", NAMES, on_error=rejects())).results()
    assert data[0] == [good]
    assert [(row["row_number"], row["field"], row["value"]) for row in data[1]] == [
        (1, "a", "p q r")
    ]


def test_parts_get_their_types() -> None:
    step = split_field("a", {"x": "integer", "y": "number"}, separator="x", on_error=drop)
    assert rows_of([{"a": "2x3"}, {"a": "2xz"}], step) == [{"x": 2, "y": 3}]


@pytest.mark.parametrize("view", VIEWS)
def test_other_types_are_split_as_their_text(view: str) -> None:
    source = Watched([{"a": datetime.date(2026, 3, 1)}], view, types={"a": "date"}).link()
    step = split_field("a", {"y": "integer", "m": "integer", "d": "integer"}, separator="-")
    assert rows_of(source, step) == [{"y": 2026, "m": 3, "d": 1}]


def test_no_rows_and_a_resource_without_the_field() -> None:
    source = Watched([], types={"a": "string"}).link()
    assert Flow(source, [{"c": 1}], split_field("a", NAMES)).results()[0] == [[], [{"c": 1}]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"separator": ",", "pattern": ","},
            "a separator and a pattern are given\n  fix: give one of them.",
        ),
        (
            {"separator": ""},
            (
                "the separator is a text of one character or more, got ''\n"
                "  fix: leave it out to split at white space."
            ),
        ),
        (
            {"pattern": "(,)"},
            (
                "the pattern '(,)' has groups, but it says what stands between the parts\n"
                "  fix: write (?:…) for a group, or use extract_fields to take the groups."
            ),
        ),
        (
            {"extra": "keep"},
            (
                "extra='keep' is none of 'error', 'merge', 'drop'\n"
                "  fix: write for instance extra='error'."
            ),
        ),
        (
            {"into": {"x": "text"}},
            (
                "there is no type 'text'\n"
                "  fix: did you mean 'string'? The types here are: any, string, integer, number,"
                " boolean, date, time, datetime, year, yearmonth, duration, array, object,"
                " geopoint, geojson."
            ),
        ),
        (
            {"into": 3},
            (
                "into= lists names, or is a dict of names and types, got 3\n"
                "  fix: write for instance split_field('name', ['given', 'family'], separator=' ')."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        split_field("a", **{"into": NAMES, **options})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            split_field("aa", NAMES),
            (
                "no field named 'aa'\n"
                "  at processor 2 of 2: split_field('aa', ['x', 'y'])\n"
                "  fix: did you mean 'a'? The fields here are: a, b."
            ),
        ),
        (
            split_field("a", ["x", "b"]),
            (
                "there is a field named 'b' already\n"
                "  at processor 2 of 2: split_field('a', ['x', 'b'])\n"
                "     resource 'res_1'\n"
                "  fix: choose another name, or delete_fields or rename it before."
            ),
        ),
        (
            split_field("b", NAMES),
            (
                "the field 'b' is of the type 'array', not a text to be split\n"
                "  at processor 2 of 2: split_field('b', ['x', 'y'])\n"
                "     resource 'res_1'\n"
                "  fix: use flatten for an array or an object."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": "p q", "b": [1]}], step).datastream()
    assert str(caught.value) == message


@given(
    texts=st.lists(st.none() | st.text("ab ,\t", min_size=1), max_size=6),
    separator=st.sampled_from([None, ",", ", "]),
    extra=st.sampled_from(["drop", "merge"]),
    view=st.sampled_from(VIEWS),
)
def test_it_splits_as_python_does(
    texts: list[str | None], separator: str | None, extra: str, view: str
) -> None:
    source = Watched([{"a": text} for text in texts], view, 3, types={"a": "string"}).link()
    step = split_field("a", NAMES, separator=separator, extra=extra)
    wanted = []
    for text in texts:
        parts = (text or "").split(separator, 1 if extra == "merge" else -1)
        x, y = [*parts, "", ""][:2]
        wanted.append({"x": x or None, "y": y or None})
    assert rows_of(source, step) == wanted
