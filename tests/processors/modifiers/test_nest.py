from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.flatten import flatten
from dataflows.processors.modifiers.nest import nest
from processor_contract import Watched


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_names_lose_the_name_of_the_object() -> None:
    rows = [{"id": 1, "at.city": "Rome", "at.zip": None, "note": "x"}]
    data, package, _ = Flow(rows, nest([r"at\..*", "note"], into="at")).results()
    assert [list(row.items()) for row in data[0]] == [
        [("id", 1), ("at", {"city": "Rome", "zip": None, "note": "x"})]
    ]
    assert package.resources[0].fields.field("at")["type"] == "object"


def test_the_prefix_may_be_another_or_none() -> None:
    rows = [{"at_a": 1, "at.b": 2}]
    assert rows_of(rows, nest(".*", "at", prefix="at_")) == [{"at": {"a": 1, "at.b": 2}}]
    assert rows_of(rows, nest(".*", "at", prefix="")) == [{"at": {"at_a": 1, "at.b": 2}}]


def test_an_object_of_missing_values_alone_is_missing() -> None:
    rows = [{"a": 1, "b": None}, {"a": None, "b": None}]
    assert rows_of(rows, nest("a|b", "o")) == [{"o": {"a": 1, "b": None}}, {"o": None}]


def test_kept_values_are_not_those_in_the_object() -> None:
    def change(row: dict[str, Any]) -> None:
        row["o"]["a"].append(2)

    step = nest("a", "o", keep=True)
    assert rows_of([{"a": [1]}], step, change) == [{"a": [1], "o": {"a": [1, 2]}}]


def test_no_rows_and_a_resource_without_the_fields() -> None:
    source = Watched([], types={"a": "string"}).link()
    assert Flow(source, [{"c": 1}], nest("a", "o")).results()[0] == [[], [{"c": 1}]]


def test_the_prefix_must_be_a_text() -> None:
    with pytest.raises(ArgumentError) as caught:
        nest("a", "o", prefix=1)  # type: ignore[arg-type]  # the mistake under test
    assert str(caught.value) == (
        "the prefix is a text, got 1\n  fix: write for instance prefix='address_', or prefix=''."
    )


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            nest(["a", "o.*"], "o"),
            (
                "two fields would have the key 'a': 'a' and 'o.a'\n"
                "  at processor 2 of 2: nest(['a', 'o.*'], 'o')\n"
                "     resource 'res_1'\n"
                "  fix: rename one of the fields, or give another prefix=."
            ),
        ),
        (
            nest("a", "b"),
            (
                "there is a field named 'b' already\n"
                "  at processor 2 of 2: nest('a', 'b')\n"
                "     resource 'res_1'\n"
                "  fix: choose another name, or delete_fields or rename it before."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1, "b": 2, "o.a": 3}], step).datastream()
    assert str(caught.value) == message


VALUES = st.none() | st.integers() | st.text("ab", min_size=1) | st.lists(st.integers(), max_size=2)


@given(
    rows=st.lists(st.fixed_dictionaries({"a": VALUES, "b": VALUES}), max_size=6),
    view=st.sampled_from(["rows", "values"]),
)
def test_flattening_gives_the_fields_back(rows: list[dict[str, Any]], view: str) -> None:
    source = Watched(rows, view, types={"a": "any", "b": "any"})
    steps = nest("a|b", "o"), flatten("o", ["a", "b"], prefix="")
    assert rows_of(source.link(), *steps) == rows
