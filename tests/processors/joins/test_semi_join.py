from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.groups import grouping
from dataflows.processors.joins.anti_join import anti_join
from dataflows.processors.joins.semi_join import semi_join
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.processors.rows.head import head
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

SALES = [{"city": "Rome", "amount": 3}, {"city": "Rome", "amount": 4}, {"city": None, "amount": 5}]
CITIES = [{"name": "Rome"}, {"name": "Oslo"}, {"name": None}, {"name": "Rome"}]


def test_rows_with_a_match_are_kept_once_each() -> None:
    step = semi_join("res_1", "city", "res_2", "name")
    data, package, _ = Flow(SALES, CITIES, step).results()
    assert (data, package.resource_names) == ([[{"name": "Rome"}, {"name": "Rome"}]], ["res_2"])


def test_the_source_may_stay_and_others_pass() -> None:
    step = semi_join("res_1", "city", "res_2", "name", source_delete=False)
    found = Flow(SALES, CITIES, [{"x": 1}], step).results()[0]
    assert found == [SALES, [{"name": "Rome"}, {"name": "Rome"}], [{"x": 1}]]


def test_keys_are_compared_as_values() -> None:
    numbers = [{"a": Decimal("1.0")}, {"a": Decimal("2.5")}]
    step = semi_join("res_1", "a", "res_2", "b")
    assert Flow(numbers, [{"b": 1}, {"b": 2}], step).results()[0] == [[{"b": 1}]]


def test_keys_of_several_fields_of_templates_and_of_row_numbers() -> None:
    source = [{"a": "x", "b": 1}, {"a": "y", "b": 2}, {"a": "z", "b": None}]
    target = [{"c": 1, "d": "x"}, {"c": 2, "d": "x"}, {"c": None, "d": "z"}, {"c": 3, "d": "x"}]
    for keys, found in (
        ((["a", "b"], ["d", "c"]), [1]),
        (("{a}-{b}", "{d}-{c}"), [1]),
        (("b", "#"), [1, 2]),
        (("#", "c"), [1, 2, 3]),
    ):
        flow = Flow(source, target, semi_join("res_1", keys[0], "res_2", keys[1]))
        assert [row["c"] for row in flow.results()[0][0]] == found


def test_no_rows_on_one_side() -> None:
    types = {"a": "integer"}, {"b": "integer"}
    for first, second in (([], [{"b": 1}]), ([{"a": 1}], []), ([], [])):
        sources = [
            Watched(rows, name=name, types=one)
            for rows, name, one in zip((first, second), "xy", types, strict=True)
        ]
        assert result_of(semi_join("x", "a", "y", "b"), *sources) == [[]]


def test_the_account_balances() -> None:
    account = Flow(SALES, CITIES, semi_join("res_1", "city", "res_2", "name")).run().accounts[2]
    assert [(t.resource, t.rows_in, t.added, t.rows_out, t.filtered) for t in account.tallies] == [
        ("res_1", 3, 0, 0, 3),
        ("res_2", 4, 0, 2, 2),
    ]


def test_rows_keep_their_numbers() -> None:
    words = [{"name": "Oslo", "n": "1"}, {"name": "Rome", "n": "2"}, {"name": "Rome", "n": "x"}]
    flow = Flow(
        SALES, words, semi_join("res_1", "city", "res_2", "name"), set_type("n", type="integer")
    )
    with pytest.raises(ProcessorError) as caught:
        flow.results()
    assert caught.value.where.row == 3


def test_the_target_comes_as_it_is_asked_for() -> None:
    target = Watched([{"b": n} for n in range(9)], size=1, name="y", types={"b": "integer"})
    rows = Flow([{"a": 0}, {"a": 1}], target.link(), semi_join("res_1", "a", "y", "b"), head(1))
    assert (rows.results()[0], target.pulled) == ([[{"b": 0}]], 1)


def test_all_keys_count_when_a_later_step_stops_in_the_source(tmp_path: Path) -> None:
    step = semi_join("res_1", "city", "res_2", "name", source_delete=False)
    sales = [{"city": "Bonn"}, {"city": "Rome"}]
    assert Flow(sales, CITIES[:2], step, head(1)).results()[0] == [[sales[0]], [CITIES[0]]]
    flow = Flow(sales, CITIES[:2], step, dump_to_path(tmp_path), filter_rows("False"))
    assert flow.results()[0] == [[], []]
    assert (tmp_path / "res_2.csv").read_text(encoding="utf-8").split() == ["name", "Rome"]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            semi_join("res_2", "name", "res_1", "city"),
            (
                "the source 'res_2' comes after the target 'res_1':"
                " its rows would be needed before they are there\n"
                "  at processor 3 of 3: semi_join('res_2', 'name', 'res_1', 'city')\n"
                "  fix: load the source first, or swap the two."
            ),
        ),
        (
            semi_join("sales", "city", "res_2", "name"),
            (
                "no resource is named 'sales', which is to be the source\n"
                "  at processor 3 of 3: semi_join('sales', 'city', 'res_2', 'name')\n"
                "  fix: the resources here are: res_1, res_2."
            ),
        ),
        (
            semi_join("res_1", "cty", "res_2", "name"),
            (
                "no field named 'cty'\n"
                "  at processor 3 of 3: semi_join('res_1', 'cty', 'res_2', 'name')\n"
                "  fix: did you mean 'city'? The fields here are: city, amount."
            ),
        ),
        (
            semi_join("res_1", "amount", "res_2", "name"),
            (
                "the keys can never be equal: 'amount' of 'res_1' is an integer,"
                " 'name' of 'res_2' is a string\n"
                "  at processor 3 of 3: semi_join('res_1', 'amount', 'res_2', 'name')\n"
                "  fix: make them alike before this:"
                " set_type('name', type='integer', resources='res_2')."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, CITIES, step).datastream()
    assert str(caught.value) == message


def test_a_wrong_argument_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError) as caught:
        semi_join("a", ["x", "y"], "b", "x")
    assert str(caught.value) == (
        "the keys ['x', 'y'] and ['x'] have not the same number of fields\n"
        "  fix: give a field of the one for each field of the other."
    )


keys = st.integers(0, 5) | st.none()


@given(
    source=st.lists(keys, max_size=12),
    target=st.lists(keys, max_size=12),
    size=st.integers(1, 3),
    view=st.sampled_from(VIEWS),
    spilled=st.booleans(),
)
def test_it_and_the_anti_join_part_the_target(
    source: list[int | None], target: list[int | None], size: int, view: str, spilled: bool
) -> None:
    rows = [{"b": value, "at": at} for at, value in enumerate(target)]
    sources = (
        Watched([{"a": value} for value in source], view, size, "x", {"a": "integer"}),
        Watched(rows, view, size, "y", {"b": "integer", "at": "integer"}),
    )
    with pytest.MonkeyPatch.context() as patch:
        if spilled:
            patch.setattr(grouping, "MOST_GROUPS", 1)
        (kept,) = result_of(semi_join("x", "a", "y", "b"), *sources)
        (others,) = result_of(anti_join("x", "a", "y", "b"), *sources)
    assert kept == [row for row in rows if row["b"] is not None and row["b"] in source]
    assert sorted([*kept, *others], key=lambda row: row["at"]) == rows
