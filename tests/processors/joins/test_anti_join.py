from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.groups import grouping
from dataflows.processors.joins.anti_join import anti_join
from processor_contract import VIEWS, Watched, result_of

SALES = [{"city": "Rome", "amount": 3}, {"city": None, "amount": 5}]
CITIES = [{"name": "Rome"}, {"name": "Oslo"}, {"name": None}, {"name": "Oslo"}]


def test_rows_without_a_match_are_kept_also_those_without_a_key() -> None:
    step = anti_join("res_1", "city", "res_2", "name")
    data, package, _ = Flow(SALES, CITIES, step).results()
    assert (data, package.resource_names) == (
        [[{"name": "Oslo"}, {"name": None}, {"name": "Oslo"}]],
        ["res_2"],
    )


def test_the_source_may_stay() -> None:
    step = anti_join("res_1", "city", "res_2", "name", source_delete=False)
    assert Flow(SALES, CITIES[:2], step).results()[0] == [SALES, [{"name": "Oslo"}]]


def test_of_no_source_rows_all_of_the_target_are_kept() -> None:
    types = {"a": "integer"}, {"b": "integer"}
    for first, second in (([], [{"b": 1}]), ([{"a": 1}], []), ([], [])):
        sources = [
            Watched(rows, name=name, types=one)
            for rows, name, one in zip((first, second), "xy", types, strict=True)
        ]
        assert result_of(anti_join("x", "a", "y", "b"), *sources) == [second]


def test_the_account_balances() -> None:
    account = Flow(SALES, CITIES, anti_join("res_1", "city", "res_2", "name")).run().accounts[2]
    assert [(t.resource, t.rows_in, t.added, t.rows_out, t.filtered) for t in account.tallies] == [
        ("res_1", 2, 0, 0, 2),
        ("res_2", 4, 0, 3, 1),
    ]


def test_a_mistake_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, CITIES, anti_join("res_1", "city", "res_2", "nam")).datastream()
    assert str(caught.value) == (
        "no field named 'nam'\n"
        "  at processor 3 of 3: anti_join('res_1', 'city', 'res_2', 'nam')\n"
        "  fix: did you mean 'name'? The fields here are: name."
    )


def test_a_wrong_argument_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError) as caught:
        anti_join("a", 3, "b", "x")  # type: ignore[arg-type]  # the mistake under test
    assert str(caught.value) == (
        "a key is a field, a list of fields or a text with braces, got 3\n"
        "  fix: write for instance ['city', 'day'] or '{city}-{day}'."
    )


texts = st.sampled_from(["", "a", "b", "A", "1"]) | st.none()


@given(
    source=st.lists(st.tuples(texts, texts), max_size=12),
    target=st.lists(st.tuples(texts, texts), max_size=12),
    view=st.sampled_from(VIEWS),
    spilled=st.booleans(),
)
def test_it_is_a_nested_loop(
    source: list[tuple[str, str]], target: list[tuple[str, str]], view: str, spilled: bool
) -> None:
    types = {"a": "string", "b": "string"}
    rows = [[{"a": a or None, "b": b or None} for a, b in pairs] for pairs in (source, target)]
    with pytest.MonkeyPatch.context() as patch:
        if spilled:
            patch.setattr(grouping, "MOST_GROUPS", 1)
        (found,) = result_of(
            anti_join("x", ["a", "b"], "y", ["a", "b"]),
            Watched(rows[0], view, 2, "x", types),
            Watched(rows[1], view, 2, "y", types),
        )
    assert found == [row for row in rows[1] if None in row.values() or row not in rows[0]]
