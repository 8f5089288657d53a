"""join_with_self: one row for each key, in the words of join."""

from __future__ import annotations

from typing import Any

import pytest

from dataflows import Flow, join_with_self, set_primary_key, update_resource, update_schema
from dataflows.errors import ArgumentError, ProcessorError

ROWS = [
    {"city": "Rome", "n": 2},
    {"city": "Oslo", "n": 5},
    {"city": None, "n": 7},
    {"city": "Rome", "n": 3},
]
FIELDS = {"most": {"name": "n", "aggregate": "max"}, "city": None, "rows": {"aggregate": "count"}}


def test_rows_come_in_the_order_of_the_first_of_each_key() -> None:
    """WEAKNESSES A4: the order of the rows was lost."""
    assert Flow(ROWS, join_with_self("res_1", ["city"], FIELDS)).results()[0] == [
        [
            {"city": "Rome", "most": 3, "rows": 2},
            {"city": "Oslo", "most": 5, "rows": 1},
            {"city": None, "most": 7, "rows": 1},
        ]
    ]


def test_the_key_may_be_a_text_or_a_name() -> None:
    for key in ("{city}", "city"):
        rows = Flow(ROWS, join_with_self("res_1", key, {"city": {}})).results()[0][0]
        assert [row["city"] for row in rows] == ["Rome", "Oslo", None]


def test_a_star_stands_for_all_other_fields() -> None:
    fields = {"*": {"aggregate": "first"}, "rows": {"aggregate": "count"}}
    assert Flow(ROWS, join_with_self("res_1", ["city"], fields)).results()[0][0][0] == {
        "city": "Rome",
        "n": 2,
        "rows": 2,
    }


def test_what_is_known_of_the_resource_stays() -> None:
    """WEAKNESSES A4: the profile and the missing values were lost."""
    flow = Flow(
        ROWS,
        update_resource(-1, title="Visits"),
        update_schema(-1, missingValues=["", "-"]),
        set_primary_key(["city"]),
        join_with_self("res_1", ["city"], FIELDS),
    )
    descriptor = flow.process()[0].resources[0].descriptor
    assert descriptor["title"] == "Visits"
    assert descriptor["profile"] == "tabular-data-resource"
    assert descriptor["schema"]["missingValues"] == ["", "-"]
    assert "primaryKey" not in descriptor["schema"]
    assert [field["name"] for field in descriptor["schema"]["fields"]] == ["city", "most", "rows"]


def test_other_resources_pass_and_every_row_is_accounted_for() -> None:
    result = Flow(ROWS, [{"x": 1}], join_with_self("res_1", ["city"], FIELDS)).run()
    account = result.accounts[-1]
    assert (account.rows_in, account.added, account.filtered) == (4, 3, 4)
    assert result.package.resource_names == ["res_1", "res_2"]


def test_an_aggregate_may_be_written_as_a_text() -> None:
    rows = [{"city": "Rome", "n": 1}, {"city": "Rome", "n": 3}]
    step = join_with_self("res_1", "city", {"city": None, "most": "max(n)"})
    assert Flow(rows, step).results()[0] == [[{"city": "Rome", "most": 3}]]


def test_the_fields_given_are_not_changed() -> None:
    """WEAKNESSES C: the caller's dict was changed."""
    fields: dict[str, Any] = {"*": {"aggregate": "first"}, "n": {}}
    before = repr(fields)
    for _ in range(2):
        Flow(ROWS, join_with_self("res_1", ["city"], fields)).process()
    assert repr(fields) == before


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("res_2", ["city"], FIELDS), "no resource is named 'res_2'"),
        (("res_1", ["town"], FIELDS), "no field named 'town'"),
        (("res_1", ["city"], {"town": None}), "no field named 'town'"),
        (("res_1", ["city"], {"x": {"name": "city", "aggregate": "sum"}}), "the aggregate 'sum'"),
    ],
)
def test_what_is_not_there_is_refused_before_the_first_row(arguments: Any, what: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, join_with_self(*arguments)).datastream()
    assert str(caught.value).startswith(what)
    assert "\n  fix: " in str(caught.value)


def test_fields_must_be_a_dict() -> None:
    with pytest.raises(ArgumentError, match="the fields of a join are a dict, got 5"):
        join_with_self("res_1", ["city"], 5)  # type: ignore[arg-type]  # that is what is refused
