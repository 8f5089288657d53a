from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.packages.delete_resource import delete_resource
from dataflows.processors.packages.update_schema import update_schema
from processor_contract import ROWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_resource_goes_with_its_rows() -> None:
    data, package, _ = Flow([{"a": 1}], [{"b": 2}], [{"c": 3}], delete_resource("res_2")).results()
    assert (data, package.resource_names) == ([[{"a": 1}], [{"c": 3}]], ["res_1", "res_3"])


@pytest.mark.parametrize(
    ("resources", "left"),
    [(0, ["res_2", "res_3"]), (["res_1", "res_3"], ["res_2"]), ("res_.", []), (None, [])],
)
def test_any_selector_will_do(resources: Any, left: list[str]) -> None:
    flow = Flow([{"a": 1}], [{"b": None}], [{"c": 3}], delete_resource(resources))
    assert flow.process()[0].resource_names == left


def test_the_steps_before_it_see_all_rows(tmp_path: Path) -> None:
    source = Watched(ROWS, size=1)
    flow = Flow(source.link(), dump_to_path(tmp_path), delete_resource("data"))
    assert flow.results()[0] == []
    assert source.pulled == len(ROWS)
    assert (tmp_path / "data.csv").exists()


def test_no_rows_are_deleted_as_well() -> None:
    assert result_of(delete_resource("data"), Watched([])) == []


def test_the_account_tells_the_rows() -> None:
    account = Flow(Watched(ROWS).link(), delete_resource("data")).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.filtered) == (5, 0, 5)


def test_the_name_is_free_again() -> None:
    """WEAKNESSES A8: a resource after a deleted one had the name of another."""
    flow = Flow([{"a": 1}], [{"b": 2}], delete_resource("res_1"), [{"c": 3}])
    data, package, _ = flow.results()
    assert data == [[{"b": 2}], [{"c": 3}]]
    assert len(set(package.resource_names)) == 2


def test_foreign_keys_that_lead_to_it_go() -> None:
    keys = [
        {"fields": "b", "reference": {"resource": name, "fields": "a"}} for name in ("res_1", "")
    ]
    flow = Flow([{"a": 1}], [{"b": 1}], update_schema("res_2", foreignKeys=keys))
    package = Flow(flow, delete_resource("res_1")).process()[0]
    assert package.resources[0].fields.foreign_keys == keys[1:]
    flow = Flow([{"a": 1}], [{"b": 1}], update_schema("res_2", foreignKeys=keys[:1]))
    package = Flow(flow, delete_resource("res_1")).process()[0]
    assert "foreignKeys" not in package.resources[0].fields.descriptor


def test_a_selector_that_means_nothing_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], delete_resource("sales")).datastream()
    assert str(caught.value) == (
        "no resource matches 'sales'\n"
        "  at processor 2 of 2: delete_resource('sales')\n"
        "  fix: the resources here are: res_1."
    )


@given(st.lists(st.booleans(), min_size=1, max_size=5))
def test_the_others_stay_as_they_are(gone: list[bool]) -> None:
    sources = [Watched(ROWS, name=f"t{i}") for i in range(len(gone))]
    names = [source.name for source, goes in zip(sources, gone, strict=True) if goes]
    assert result_of(delete_resource(names), *sources) == [ROWS] * (len(gone) - len(names))
