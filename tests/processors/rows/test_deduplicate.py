"""deduplicate: the first row of each key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import Flow, deduplicate, set_primary_key, set_type
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.processors.groups import seen_keys

ROWS = [
    {"id": 1, "city": "Rome"},
    {"id": 2, "city": "Oslo"},
    {"id": 1, "city": "Bonn"},
    {"id": None, "city": "Rome"},
    {"id": None, "city": "Graz"},
]


def rows_of(*links: Any) -> list[dict[str, Any]]:
    (rows,) = Flow(*links).results()[0]
    return rows


def test_the_first_row_of_each_key_stays() -> None:
    found = rows_of(ROWS, deduplicate(key="id"))
    assert [row["city"] for row in found] == ["Rome", "Oslo", "Rome"]


def test_the_primary_key_is_the_key_as_a_list_or_as_a_name() -> None:
    """WEAKNESSES C: with a text as primary key, 0.5.12 took its characters."""
    for key in (["city"], "city"):
        found = rows_of(ROWS, set_primary_key(key), deduplicate())
        assert [row["city"] for row in found] == ["Rome", "Oslo", "Bonn", "Graz"]


def test_without_a_key_all_rows_pass() -> None:
    assert rows_of(ROWS, deduplicate()) == ROWS


def test_whole_rows_may_be_compared() -> None:
    rows = [{"a": 1, "b": [1]}, {"a": 1, "b": [1]}, {"a": 1, "b": [2]}]
    assert rows_of(rows, deduplicate(key="*")) == [rows[0], rows[2]]


def test_a_resource_may_be_named_by_its_position() -> None:
    """WEAKNESSES C: an integer selector was an AttributeError."""
    twice = [{"a": 1}, {"a": 1}]
    found = Flow(twice, twice, deduplicate(resources=1, key="a")).results()[0]
    assert found == [twice, [{"a": 1}]]


def test_keys_are_compared_as_values() -> None:
    rows = [{"a": Decimal("1.0")}, {"a": Decimal("1.00")}, {"a": Decimal("1.01")}]
    assert rows_of(rows, deduplicate(key="a")) == [rows[0], rows[2]]
    mixed = [{"a": 1}, {"a": "1"}, {"a": True}, {"a": 1}]
    assert rows_of(mixed, deduplicate(key="a")) == mixed[:3]


def test_rows_stream_as_they_come() -> None:
    taken: list[int] = []

    def source() -> Any:
        for number in range(9000):
            taken.append(number)
            yield {"a": number}

    stream = Flow(source(), deduplicate(key="a")).datastream()
    first = next(iter(next(iter(stream.res_iter))))
    assert first == {"a": 0}
    assert len(taken) < 9000


def test_what_is_left_out_is_counted() -> None:
    account = Flow(ROWS, deduplicate(key="id")).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.filtered) == (5, 3, 2)


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, deduplicate(key=["id", "ctiy"])).results()
    assert str(caught.value) == (
        "no field named 'ctiy'\n"
        "  at processor 2 of 2: deduplicate(key=['id', 'ctiy'])\n"
        "     resource 'res_1'\n"
        "  fix: did you mean 'city'? The fields here are: id, city."
    )


def test_a_field_in_the_place_of_a_resource_is_told() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"city": "Rome"}], deduplicate("city")).check()
    assert str(caught.value) == (
        "no resource matches 'city'\n"
        "  at processor 2 of 2: deduplicate('city')\n"
        "  fix: 'city' is a field: write deduplicate(key='city')."
    )


def test_a_function_is_no_key_and_is_shown_by_its_name() -> None:
    def key(row: Any) -> Any:
        return row

    with pytest.raises(ArgumentError) as caught:
        deduplicate(key=key)  # type: ignore[arg-type]  # what is tested
    assert str(caught.value) == (
        "a key is a field, a list of fields or a text with braces,"
        f" got key (test_deduplicate.py, line {key.__code__.co_firstlineno})\n"
        "  fix: put what it gives into a field first: add_field('key', 'string', …)."
    )


def test_a_text_with_braces_is_no_key() -> None:
    with pytest.raises(ArgumentError) as caught:
        deduplicate(key="{id}")
    assert caught.value.what == "deduplicate takes fields, got the text '{id}'"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "a": st.one_of(st.none(), st.integers(0, 5)),
                "b": st.sampled_from(["", "x", "y", "é"]),
                "c": st.integers(),
            }
        ),
        min_size=1,
    ),
    st.sampled_from([0, 3, 1000]),
    st.sampled_from([["a"], ["b"], ["a", "b"]]),
)
def test_it_is_what_a_set_gives_in_memory_and_on_disk(
    rows: list[dict[str, Any]], most: int, key: list[str]
) -> None:
    types = [
        set_type("a", type="integer"),
        set_type("b", type="string"),
        set_type("c", type="integer"),
    ]
    known = rows_of(rows, *types)
    seen: set[Any] = set()
    expected = []
    for row in known:
        values = tuple(row[name] for name in key)
        if values not in seen:
            seen.add(values)
            expected.append(row)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen_keys, "MOST_KEYS", most)
        result = Flow(rows, *types, deduplicate(key=key))
        assert rows_of(rows, *types, deduplicate(key=key)) == expected
        account = result.run().accounts[-1]
    assert (account.rows_out, account.filtered) == (len(expected), len(rows) - len(expected))
