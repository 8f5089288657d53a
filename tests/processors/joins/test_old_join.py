"""What scripts of 0.5.12 import from dataflows.processors.join."""

from __future__ import annotations

import pytest

import dataflows
from dataflows.flow import Flow
from dataflows.processors.groups.aggregates import AGGREGATES, Aggregate
from dataflows.processors.join import (
    AGGREGATORS,
    Aggregator,
    KeyCalc,
    join,
    join_aux,
    join_self,
    join_with_self,
)

SALES = [{"city": "Rome", "n": 3}, {"city": "Rome", "n": 4}]
CITIES = [{"name": "Rome"}, {"name": "Oslo"}]


def test_the_names_lead_to_what_is_behind_them_now() -> None:
    assert (AGGREGATORS, Aggregator) == (AGGREGATES, Aggregate)
    assert join is dataflows.join is dataflows.processors.join
    assert join_self is dataflows.join_self
    assert join_with_self is dataflows.join_with_self


def test_the_text_of_a_key() -> None:
    row = {"a": "x", "b": 2}
    for spec, fields, key_spec, text in (
        (["a", "b"], ["a", "b"], "{a}:{b}", "x:2"),
        (["#"], ["#"], "{#}", "7"),
        ("{b:02} {#}", ["b", "#"], "{b:02} {#}", "02 7"),
    ):
        key = KeyCalc(spec)
        assert (key.key_list, key.key_spec, key(row, 7)) == (fields, key_spec, text)


def test_join_aux_makes_a_join() -> None:
    step = join_aux("res_1", "city", True, "res_2", "name", {"n": None}, None, "inner")
    assert Flow(SALES, CITIES, step).results()[0] == [[{"name": "Rome", "n": 4}]]
    step = join_aux("res_1", "city", False, "res_2", "name", {"n": None}, None, "half-outer")
    assert Flow(SALES, CITIES, step).results()[0] == [
        SALES,
        [{"name": "Rome", "n": 4}, {"name": "Oslo", "n": None}],
    ]
    with pytest.warns(UserWarning, match="full= is deprecated"):
        join_aux("res_1", "city", True, "res_2", "name", {}, True, "inner")


def test_join_aux_without_a_key_of_the_target_gathers_a_resource() -> None:
    fields = {"city": None, "n": {"aggregate": "sum"}}
    step = join_aux("res_1", ["city"], True, "res_1", None, fields, None, "inner")
    assert Flow(SALES, step).results()[0] == [[{"city": "Rome", "n": 7}]]
