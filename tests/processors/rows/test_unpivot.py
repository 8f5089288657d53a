from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.loaders.load import load
from dataflows.processors.modifiers.validate import validate
from dataflows.processors.packages.set_primary_key import set_primary_key
from dataflows.processors.rows.unpivot import unpivot
from processor_contract import VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

YEARS = [{"name": r"y(\d+)", "keys": {"year": r"\1"}}]
YEAR = [{"name": "year", "type": "year"}]
SIZE = {"name": "size", "type": "integer"}
ROWS = [{"city": "Rome", "y1990": 3, "y2000": 4}, {"city": "Oslo", "y1990": None, "y2000": 7}]


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def test_each_field_becomes_a_row_with_what_its_name_says() -> None:
    data, package, _ = Flow(ROWS, unpivot(YEARS, YEAR, SIZE)).results()
    assert data == [
        [
            {"city": "Rome", "year": 1990, "size": 3},
            {"city": "Rome", "year": 2000, "size": 4},
            {"city": "Oslo", "year": 1990, "size": None},
            {"city": "Oslo", "year": 2000, "size": 7},
        ]
    ]
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "city", "type": "string", "format": "default"},
        {"name": "year", "type": "year", "format": "default"},
        {"name": "size", "type": "integer", "format": "default"},
    ]


def test_names_are_taken_as_they_are_written_without_regex() -> None:
    rows = [{"id": 1, "[.]": 2, "[,+": 3}]
    fields = [{"name": "[.]", "keys": {"sign": "dot"}}, {"name": "[,+", "keys": {"sign": r"\1"}}]
    step = unpivot(fields, [{"name": "sign", "type": "string"}], SIZE, regex=False)
    assert rows_of(rows, step) == [
        {"id": 1, "sign": "dot", "size": 2},
        {"id": 1, "sign": r"\1", "size": 3},
    ]


def test_keys_may_be_none_at_all() -> None:
    assert rows_of(ROWS[:1], unpivot([{"name": "y.*", "keys": {}}], [], SIZE)) == [
        {"city": "Rome", "size": 3},
        {"city": "Rome", "size": 4},
    ]


def test_the_first_that_matches_counts_and_a_key_it_lacks_is_missing() -> None:
    fields = [
        {"name": "y2000", "keys": {"year": "2000", "note": 5}},
        {"name": "y(.*)", "keys": {"year": r"\1"}},
    ]
    keys = [*YEAR, {"name": "note", "type": "integer"}]
    assert rows_of(ROWS[:1], unpivot(fields, keys, SIZE)) == [
        {"city": "Rome", "year": 2000, "note": 5, "size": 4},
        {"city": "Rome", "year": 1990, "note": None, "size": 3},
    ]


def test_a_pattern_that_matches_nothing_at_the_end_of_a_name_is_replaced_once() -> None:
    fields = [{"name": "y.*|z.*", "keys": {"kind": "x"}}]
    step = unpivot(fields, [{"name": "kind", "type": "string"}], SIZE)
    assert rows_of([{"yes": 1}], step) == [{"kind": "x", "size": 1}]


def test_each_resource_has_its_own_fields() -> None:
    flow = Flow(
        [{"id": 1, "y1990": 3}],
        [{"id": 2, "y2000": 4, "y2010": 5}],
        unpivot(YEARS, YEAR, SIZE),
    )
    assert flow.results()[0] == [
        [{"id": 1, "year": 1990, "size": 3}],
        [{"id": 2, "year": 2000, "size": 4}, {"id": 2, "year": 2010, "size": 5}],
    ]


def test_no_rows_give_no_rows() -> None:
    source = Watched([], types={"city": "string", "y1990": "integer"})
    assert result_of(unpivot(YEARS, YEAR, SIZE), source) == [[]]


def test_values_of_unlike_types_take_the_type_of_the_value() -> None:
    rows = [{"y1": 1, "y2": Decimal("2.50"), "y3": None}]
    step = unpivot(YEARS, [{"name": "year", "type": "integer"}], {"name": "v", "type": "number"})
    assert rows_of(rows, step) == [
        {"year": 1, "v": Decimal(1)},
        {"year": 2, "v": Decimal("2.50")},
        {"year": 3, "v": None},
    ]


def test_values_of_unlike_types_become_the_texts_that_they_were(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "id,y1,y2,y3,y4\n1,2.50,13/02/2020,x,true\n2,,28/02/2020,,false\n", encoding="utf-8"
    )
    step = unpivot(YEARS, [{"name": "year", "type": "integer"}], {"name": "v", "type": "string"})
    found = rows_of(load(str(tmp_path / "in.csv")), step)
    assert [row["v"] for row in found] == [
        *("2.50", "13/02/2020", "x", "true"),
        *(None, "28/02/2020", None, "false"),
    ]
    rows = [{"y1": Decimal("2.5"), "y2": datetime.date(2020, 2, 13), "y3": "x", "y4": True}]
    assert [row["v"] for row in rows_of(rows, step)] == ["2.5", "2020-02-13", "x", "True"]


def test_a_value_that_does_not_fit_is_left_to_the_steps_that_follow() -> None:
    rows = [{"y1990": "1"}, {"y1990": "x"}]
    seen: list[Any] = []

    def mend(row: dict[str, Any]) -> None:
        seen.append(row["size"])
        row["size"] = 0 if row["size"] == "x" else row["size"]

    flow = Flow(rows, unpivot(YEARS, YEAR, SIZE), mend, validate())
    assert flow.results()[0] == [[{"year": 1990, "size": 1}, {"year": 1990, "size": 0}]]
    assert seen == [1, "x"]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, unpivot(YEARS, YEAR, SIZE), validate()).process()
    assert (caught.value.where.row, caught.value.where.field) == (2, "size")


def test_a_number_keeps_its_digits_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,y1,y2\n1,2.50,3.000\n", encoding="utf-8")
    keys = [{"name": "year", "type": "integer"}]
    step = unpivot(YEARS, keys, {"name": "v", "type": "number"})
    Flow(load(str(tmp_path / "in.csv")), step, dump_to_path(tmp_path / "out")).process()
    assert (tmp_path / "out" / "in.csv").read_bytes() == b"id,year,v\r\n1,1,2.50\r\n1,2,3.000\r\n"


def test_a_primary_key_gets_the_keys() -> None:
    flow = Flow(ROWS, set_primary_key(["city"]), unpivot(YEARS, YEAR, SIZE))
    assert flow.process()[0].resources[0].fields.primary_key == ["city", "year"]
    flow = Flow(ROWS, set_primary_key(["city"]), unpivot([{"name": "y.*"}], [], SIZE))
    assert flow.process()[0].resources[0].fields.primary_key == []


def test_rows_of_one_row_share_no_value_that_can_be_changed() -> None:
    def add(row: dict[str, Any]) -> None:
        row["tags"].append(row["size"])

    rows = [{"tags": [0], "y1990": 1, "y2000": 2}]
    found = rows_of(rows, unpivot(YEARS, YEAR, SIZE), add)
    assert [row["tags"] for row in found] == [[0, 1], [0, 2]]


def test_the_account_tells_the_rows_that_were_added() -> None:
    account = Flow(ROWS, unpivot(YEARS, YEAR, SIZE)).run().accounts[1]
    assert (account.rows_in, account.added, account.rows_out) == (2, 2, 4)


def test_the_arguments_are_not_changed() -> None:
    """WEAKNESSES C: what was handed in was changed."""
    fields, keys, value = [dict(YEARS[0])], [dict(YEAR[0])], dict(SIZE)
    package = Flow(ROWS, unpivot(fields, keys, value)).process()[0]
    package.descriptor["resources"][0]["schema"]["fields"][1]["title"] = "Year"
    assert (fields, keys, value) == (YEARS, YEAR, SIZE)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            unpivot([{"name": "y199", "keys": {}}], [], SIZE, regex=False),
            "no field named 'y199'",
        ),
        (
            unpivot(YEARS, [{"name": "city", "type": "string"}, *YEAR], SIZE),
            "there would be two fields named 'city'",
        ),
        (
            unpivot([{"name": "(y).*", "keys": {"year": r"\1"}}], YEAR, SIZE),
            "the key 'year' of the field 'y1990' does not fit: 'y' is not a year (four digits)",
        ),
        (
            unpivot([{"name": "y.*", "keys": {"year": r"\2"}}], YEAR, SIZE),
            (
                "the key '\\\\2' does not go with the pattern 'y.*': invalid group reference 2"
                " at position 1"
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, step).datastream()
    assert caught.value.what == message
    assert caught.value.cause.fix


def test_a_resource_without_such_fields_is_refused() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, [{"code": "IT"}], unpivot(YEARS, YEAR, SIZE)).datastream()
    assert str(caught.value) == (
        "the resource 'res_2' has no field to unpivot\n"
        f"  at processor 3 of 3: {unpivot(YEARS, YEAR, SIZE)!r}\n"
        "     resource 'res_2'\n"
        "  fix: name the resources that have some: unpivot(…, resources=[…])."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [], SIZE), "unpivot_fields is empty: there is nothing to unpivot"),
        ((["y"], [], SIZE), "unpivot_fields lists dicts with a name and keys, got 'y'"),
        ((YEARS, ["year"], SIZE), "extra_keys has descriptors of fields, got 'year'"),
        (
            (YEARS, YEAR, {"type": "any"}),
            "extra_value has descriptors of fields, got {'type': 'any'}",
        ),
        ((YEARS, [], SIZE), "the key 'year' of the field 'y(\\\\d+)' is not in extra_keys"),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(arguments: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        unpivot(*arguments)
    assert caught.value.what == message
    assert caught.value.fix


NUMBERS = {name: st.none() | st.integers() for name in ("id", "y1", "y2", "y3")}


@given(
    rows=st.lists(st.fixed_dictionaries(NUMBERS), max_size=6),
    size=st.integers(1, 3),
    view=st.sampled_from(VIEWS),
)
def test_it_is_a_loop_over_the_fields(rows: list[dict[str, Any]], size: int, view: str) -> None:
    source = Watched(rows, view, size, types=dict.fromkeys(NUMBERS, "integer"))
    step = unpivot(YEARS, [{"name": "year", "type": "integer"}], SIZE)
    assert result_of(step, source) == [
        [
            {"id": row["id"], "year": number, "size": row[f"y{number}"]}
            for row in rows
            for number in (1, 2, 3)
        ]
    ]
