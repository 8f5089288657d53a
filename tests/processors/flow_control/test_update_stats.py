from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError
from dataflows.flow import Flow
from dataflows.processors.flow_control.update_stats import update_stats


def stats_of(*links: Any) -> dict[str, Any]:
    return Flow(*links).process()[1]


def test_the_last_of_equal_names_counts() -> None:
    first, second = update_stats({"a": 1, "b": 2}), update_stats({"b": 3})
    assert stats_of([{"x": 1}], first, second) == {"a": 1, "b": 3}
    assert stats_of([{"x": 1}], second, first) == {"a": 1, "b": 2}


def test_the_rows_pass_as_they_are() -> None:
    assert Flow([{"x": None}, {"x": 1}], update_stats({})).results()[0] == [[{"x": None}, {"x": 1}]]
    assert stats_of([{"x": 1}], lambda row: [], update_stats({"a": 1})) == {"a": 1}


def test_the_dict_is_neither_changed_nor_handed_out() -> None:
    """WEAKNESSES C: arguments were changed."""
    mine: dict[str, Any] = {"a": [1]}
    flow = Flow([{"x": 1}], update_stats(mine), update_stats({"b": 2}))
    stats = flow.process()[1]
    stats["a"].append(2)
    stats["c"] = 3
    assert mine == {"a": [1]}
    assert flow.process()[1] == {"a": [1], "b": 2}


def test_what_a_function_of_the_flow_counts_is_in_it() -> None:
    counts = {"rows": 0}

    def count(row: dict[str, Any]) -> None:
        counts["rows"] += 1

    assert stats_of([{"x": 1}, {"x": 2}], update_stats(counts), count) == {"rows": 2}


def test_a_stream_has_them_from_the_start() -> None:
    stream = Flow([{"x": 1}], update_stats({"a": 1})).datastream()
    assert stream.merge_stats() == {"a": 1}
    for resource in stream.res_iter:
        list(resource)
    assert stream.merge_stats() == {"a": 1}


@pytest.mark.parametrize("wrong", [5, "a", [("a", 1)], None])
def test_what_is_no_dict_is_refused_at_the_call(wrong: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        update_stats(wrong)
    assert str(caught.value) == (
        f"stats are a dict of names and values, got {wrong!r}\n"
        "  fix: write for instance update_stats({'source': 'A'})."
    )


@given(st.lists(st.dictionaries(st.text(max_size=2), st.integers())))
def test_they_are_merged_in_the_order_of_the_steps(many: list[dict[str, int]]) -> None:
    merged: dict[str, int] = {}
    for one in many:
        merged |= one
    assert stats_of([{"x": 1}], *map(update_stats, many)) == merged
