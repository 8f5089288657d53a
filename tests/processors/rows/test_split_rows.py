from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.rows.head import head
from dataflows.processors.rows.split_rows import split_rows
from processor_contract import ROWS, VIEWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path

SALES = [
    {"region": "north", "qty": 3},
    {"region": "south", "qty": -1},
    {"region": None, "qty": 0},
    {"region": "north", "qty": None},
]


def test_rows_go_to_the_first_condition_that_they_satisfy() -> None:
    step = split_rows(
        "res_1", {"sold": "qty is not None and qty > 0", "zero": lambda r: not r["qty"]}
    )
    data, package, _ = Flow(SALES, step).results()
    assert data == [[SALES[0]], [SALES[2], SALES[3]]]
    assert package.resource_names == ["sold", "zero"]


def test_rows_go_where_the_value_of_a_field_says() -> None:
    step = split_rows("res_1", ["south", "north"], by="region", rest="elsewhere")
    data, package, _ = Flow(SALES, step).results()
    assert data == [[SALES[1]], [SALES[0], SALES[3]], [SALES[2]]]
    assert package.resource_names == ["south", "north", "elsewhere"]


def test_several_values_and_none_may_go_to_one_place() -> None:
    step = split_rows("res_1", {"few": [0, "-1"], "none": None}, by="qty")
    assert Flow(SALES, step).results()[0] == [[SALES[1], SALES[2]], [SALES[3]]]


def test_rows_that_fit_nowhere_are_left_out_and_counted() -> None:
    account = Flow(SALES, split_rows("res_1", ["south", "north"], by="region")).run().accounts[1]
    assert [(t.resource, t.rows_in, t.rows_out, t.filtered) for t in account.tallies] == [
        ("res_1", 1, 0, 1),
        ("south", 1, 1, 0),
        ("north", 2, 2, 0),
    ]


def test_the_new_resources_stand_where_the_source_stood() -> None:
    step = split_rows("res_2", {"res_2": "qty == 3"}, rest="others")
    data, package, _ = Flow([{"a": 1}], SALES[:2], [{"b": 2}], step).results()
    assert data == [[{"a": 1}], [SALES[0]], [SALES[1]], [{"b": 2}]]
    assert package.resource_names == ["res_1", "res_2", "others", "res_3"]
    assert [one["path"] for one in package.descriptor["resources"]][1:3] == [
        "res_2.csv",
        "others.csv",
    ]


def test_no_rows_give_no_rows() -> None:
    step = split_rows("data", {"a": "n > 1"}, rest="b")
    assert result_of(step, Watched([])) == [[], []]


def test_the_first_resource_is_streamed() -> None:
    source = Watched(ROWS * 10, size=1)
    resources = (
        Flow(source.link(), split_rows("data", {"a": "n > 0"}, rest="b")).datastream().res_iter
    )
    next(iter(next(resources)))
    assert source.pulled == 1
    resources.close()
    assert source.closed


def test_all_rows_arrive_whoever_stops_asking(tmp_path: Path) -> None:
    rows = [{"n": number % 3, "x": number} for number in range(300)]
    step = split_rows("res_1", ["0", "1", "2"], by="n")
    assert [len(one) for one in Flow(rows, step, head(2, resources="0")).results()[0]] == [
        2,
        100,
        100,
    ]
    flow = Flow(rows, step, dump_to_path(tmp_path), head(2))
    assert [len(one) for one in flow.results()[0]] == [2, 2, 2]
    for name in "012":
        assert len((tmp_path / f"{name}.csv").read_text(encoding="utf-8").split()) == 101


def test_a_later_error_names_the_row_of_the_source() -> None:
    def fail(row: dict[str, Any]) -> None:
        row["qty"] = 1 / row["qty"]

    step = split_rows("res_1", {"north": "north"}, by="region", rest="others")
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, step, fail).process()
    where = caught.value.where
    assert (where.resource, where.row) == ("north", 4)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            split_rows("sales", {"a": "qty > 0"}),
            (
                "no resource is named 'sales'\n"
                "  at processor 3 of 3: split_rows('sales', {'a': 'qty > 0'})\n"
                "  fix: the resources here are: res_1, res_2."
            ),
        ),
        (
            split_rows("res_1", {"res_2": "qty > 0"}),
            (
                "there is a resource named 'res_2' already\n"
                "  at processor 3 of 3: split_rows('res_1', {'res_2': 'qty > 0'})\n"
                "  fix: give the new resource another name."
            ),
        ),
        (
            split_rows("res_1", {"a": "qyt > 0"}),
            (
                "no field named 'qyt'\n"
                "  at processor 3 of 3: split_rows('res_1', {'a': 'qyt > 0'})\n"
                "  fix: did you mean 'qty'? The fields here are: region, qty."
            ),
        ),
        (
            split_rows("res_1", ["many"], by="qty"),
            (
                "the field 'qty' (integer) can never be 'many'\n"
                "  at processor 3 of 3: split_rows('res_1', ['many'], by='qty')\n"
                "  fix: give a value of the type 'integer', or set_type('qty', …) before this."
            ),
        ),
        (
            split_rows("res_1", {"a": 1, "b": "1"}, by="qty"),
            (
                "rows with qty=1 would go to 'a' and to 'b'\n"
                "  at processor 3 of 3: split_rows('res_1', {'a': 1, 'b': '1'}, by='qty')\n"
                "  fix: name each value once."
            ),
        ),
        (
            split_rows("res_2", {"a": [1]}, by="tags"),
            (
                "the values of the field 'tags' cannot tell where rows go: they can be changed\n"
                "  at processor 3 of 3: split_rows('res_2', {'a': [1]}, by='tags')\n"
                "  fix: leave by= out, and give a condition for each resource."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(SALES, [{"tags": []}], step).datastream()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "options", "what"),
    [
        (({},), {}, "a dict of names and conditions is needed without by=, got {}"),
        ((["a"],), {}, "a dict of names and conditions is needed without by=, got ['a']"),
        (({"a": 3},), {}, "the condition of 'a' is an expression or a function, got 3"),
        (([1],), {"by": "n"}, "a list of texts or a dict of names and values is needed, got [1]"),
        (({"a": "n > 1"},), {"rest": "a"}, "two resources would be named 'a'"),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(
    arguments: Any, options: dict[str, Any], what: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        split_rows("data", *arguments, **options)
    assert caught.value.what == what
    assert caught.value.fix


@given(
    values=st.lists(st.none() | st.integers(0, 3), max_size=12),
    size=st.integers(1, 4),
    view=st.sampled_from(VIEWS),
)
def test_every_row_is_in_one_place(values: list[int | None], size: int, view: str) -> None:
    rows = [{"n": value} for value in values]
    source = Watched(rows, view, size, types={"n": "integer"})
    step = split_rows("data", {"zero": 0, "more": [1, 2]}, by="n", rest="rest")
    assert result_of(step, source) == [
        [row for row in rows if row["n"] == 0],
        [row for row in rows if row["n"] in (1, 2)],
        [row for row in rows if row["n"] in (3, None)],
    ]
