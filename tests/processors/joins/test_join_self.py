"""join_self: the former name of join_with_self."""

from __future__ import annotations

import pytest

from dataflows import Flow, join_self
from dataflows.errors import ProcessorError

ROWS = [{"city": "Rome", "n": 2}, {"city": "Oslo", "n": 5}, {"city": "Rome", "n": 3}]
FIELDS = {"city": None, "most": {"name": "n", "aggregate": "max"}}
GATHERED = [{"city": "Rome", "most": 3}, {"city": "Oslo", "most": 5}]


def test_the_result_takes_the_place_of_the_source_under_a_new_name() -> None:
    """WEAKNESSES A4: a target that was not there yet was an AssertionError."""
    with pytest.warns(DeprecationWarning, match="use join_with_self"):
        step = join_self("res_1", ["city"], "cities", FIELDS)
    data, package, _ = Flow(ROWS, [{"x": 1}], step).results()
    assert data == [GATHERED, [{"x": 1}]]
    assert package.resource_names == ["cities", "res_2"]
    assert package.resources[0].descriptor["path"] == "cities.csv"


def test_it_may_keep_its_name() -> None:
    with pytest.warns(DeprecationWarning, match="is deprecated"):
        step = join_self("res_1", "city", "res_1", FIELDS)
    data, package, _ = Flow(ROWS, step).results()
    assert (data, package.resource_names) == ([GATHERED], ["res_1"])


def test_a_name_that_another_resource_has_is_refused() -> None:
    with pytest.warns(DeprecationWarning, match="is deprecated"):
        step = join_self("res_1", ["city"], "res_2", FIELDS)
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, ROWS, step).datastream()
    assert caught.value.cause.args == ("there is a resource named 'res_2' already",)
    assert str(caught.value).endswith("fix: give the result another name.")
