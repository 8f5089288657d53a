from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError, RowError
from dataflows.flow import Flow
from dataflows.processors.rows.filter_rows import filter_rows
from processor_contract import VIEWS, Watched

ROWS: list[dict[str, Any]] = [
    {"city": "Rome", "qty": 1},
    {"city": "Oslo", "qty": 4},
    {"city": "Rome", "qty": 4},
    {"city": None, "qty": None},
]


def kept(*arguments: Any, rows: list[dict[str, Any]] = ROWS, **options: Any) -> list[int]:
    """Return which rows of a flow stay, by their position."""
    numbered = [{**row, "position": index} for index, row in enumerate(rows)]
    found = Flow(numbered, filter_rows(*arguments, **options)).results()[0][0]
    return [row["position"] for row in found]


def test_a_function_tells_which_rows_stay() -> None:
    assert kept(lambda row: row["city"] == "Rome") == [0, 2]


def test_whatever_is_true_keeps_the_row() -> None:
    assert kept(lambda row: row["city"]) == [0, 1, 2]


def test_an_expression_tells_which_rows_stay() -> None:
    assert kept("qty is not None and qty > 2 and city != 'Oslo'") == [2]


def test_what_a_condition_changes_in_the_row_is_kept() -> None:
    def condition(row: dict[str, Any]) -> bool:
        row["city"] = "changed"
        return row["qty"] == 1

    assert Flow(ROWS, filter_rows(condition)).results()[0] == [[{"city": "changed", "qty": 1}]]


def test_a_condition_that_returns_the_row_sees_all_of_it() -> None:
    assert kept(lambda row: row) == [0, 1, 2, 3]


def test_all_pairs_of_a_dict_must_be_equal() -> None:
    assert kept(equals=[{"city": "Rome", "qty": 4}]) == [2]


def test_any_of_several_dicts_is_enough() -> None:
    assert kept(equals=[{"city": "Oslo"}, {"qty": 1}]) == [0, 1]


def test_a_missing_value_can_be_asked_for() -> None:
    assert kept(equals=[{"city": None}]) == [3]


def test_not_equal_rows_stay() -> None:
    assert kept(not_equals=[{"city": "Rome"}]) == [1, 3]


def test_a_row_stays_when_one_pair_is_not_equal() -> None:
    assert kept(not_equals=[{"city": "Rome", "qty": 4}]) == [0, 1, 3]


def test_equals_and_not_equals_may_stand_together() -> None:
    assert kept(equals=[{"qty": 1}], not_equals=[{"city": "Rome"}]) == [0, 1, 3]


def test_a_text_is_read_as_the_type_of_the_field() -> None:
    assert kept(equals=[{"qty": "4"}]) == [1, 2]


def test_a_float_is_read_as_an_exact_number() -> None:
    assert kept(equals=[{"a": 0.1}], rows=[{"a": Decimal("0.1")}, {"a": Decimal("0.2")}]) == [0]


def test_one_dict_may_stand_for_a_list_of_one() -> None:
    assert kept(equals={"city": "Oslo"}) == [1]


def test_the_account_tells_how_many_rows_were_left_out() -> None:
    account = Flow(ROWS, filter_rows(lambda row: row["qty"])).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.filtered) == (4, 3, 1)


def test_a_row_that_an_expression_cannot_compute_is_shown() -> None:
    rows = [{"qty": 3}, {"qty": None}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, filter_rows("qty > 2")).process()
    assert isinstance(caught.value.cause, RowError)
    assert str(caught.value) == (
        "cannot compare None > 2: 'qty' is missing\n"
        "  at processor 2 of 2: filter_rows('qty > 2')\n"
        "     resource 'res_1', row 2\n"
        "  fix: write: qty is not None and qty > 2."
    )


def test_what_a_function_has_put_in_is_not_cast_for_the_expression() -> None:
    def as_text(row: dict[str, Any]) -> None:
        row["qty"] = "3"

    with pytest.raises(ProcessorError) as caught:
        Flow([{"qty": 3}], as_text, filter_rows("qty > 2")).process()
    assert caught.value.what.startswith("cannot compare '3' > 2")


def test_the_row_number_counts_the_rows_of_the_source() -> None:
    rows = [{"qty": number} for number in (1, 2, 0)]
    flow = Flow(rows, filter_rows("qty != 1"), filter_rows("6 / qty > 1"))
    with pytest.raises(ProcessorError) as caught:
        flow.process()
    assert caught.value.where.row == 3


def test_a_function_that_fails_is_reported_with_its_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, filter_rows(lambda row: row["qty"] > 2)).process()
    assert isinstance(caught.value.cause, TypeError)
    assert caught.value.where.row == 4


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            filter_rows("qyt > 2"),
            (
                "no field named 'qyt'\n  at processor 2 of 2: filter_rows('qyt > 2')\n"
                "{place}  fix: did you mean 'qty'? The fields here are: city, qty."
            ),
        ),
        (
            filter_rows(equals=[{"ctiy": "Rome"}]),
            (
                "no field named 'ctiy'\n"
                "  at processor 2 of 2: filter_rows(equals=[{{'ctiy': 'Rome'}}])\n"
                "{place}  fix: did you mean 'city'? The fields here are: city, qty."
            ),
        ),
        (
            filter_rows(equals=[{"qty": "many"}]),
            (
                "the field 'qty' (integer) can never equal 'many'\n"
                "  at processor 2 of 2: filter_rows(equals=[{{'qty': 'many'}}])\n"
                "{place}  fix: give a value of the type 'integer', or set_type('qty', …) "
                "before this."
            ),
        ),
    ],
    ids=["expression", "field", "type"],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, step).datastream()
    place = "     resource 'res_1'\n" if caught.value.where.resource else ""
    assert str(caught.value) == message.format(place=place)


def test_a_number_is_not_taken_for_the_field_of_its_name() -> None:
    rows = [{"2010": 3, "2020": 4}, {"2010": 5, "2020": 2}]
    with pytest.raises(ProcessorError) as caught:
        Flow(rows, filter_rows("2020 > 2010")).datastream()
    assert str(caught.value) == (
        "'2020 > 2010' is the same for every row: 2020 is a number in it\n"
        "  at processor 2 of 2: filter_rows('2020 > 2010')\n"
        "     resource 'res_1'\n"
        "  fix: write row['2020'] for the field of that name."
    )
    step = filter_rows("row['2020'] > row['2010']")
    assert Flow(rows, step).results()[0] == [rows[:1]]


def test_types_that_clash_are_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, filter_rows("city > 2")).datastream()
    assert caught.value.what == "cannot compare a text > an integer, in 'city > 2'"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            (
                "no condition is given\n"
                "  fix: give one: a function of the row, an expression, or equals=[{…}]."
            ),
        ),
        (
            {"condition": "a", "equals": [{"a": 1}]},
            (
                "a condition and equals= or not_equals= are given\n"
                "  fix: give one: a function of the row, an expression, or equals=[{…}]."
            ),
        ),
        (
            {"condition": 3},
            (
                "a condition is a function or an expression, got 3\n"
                "  fix: write for instance filter_rows('qty > 2')."
            ),
        ),
        (
            {"equals": ["a"]},
            (
                "equals= lists dicts of names and values, got 'a'\n"
                "  fix: write for instance equals=[{'city': 'Rome'}]."
            ),
        ),
        (
            {"not_equals": [{}]},
            (
                "not_equals= lists dicts of names and values, got {}\n"
                "  fix: write for instance not_equals=[{'city': 'Rome'}]."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        filter_rows(**options)
    assert str(caught.value) == message


CELLS = {"a": st.none() | st.integers(-3, 3), "s": st.none() | st.sampled_from(["x", "y", "Ä"])}


@given(
    rows=st.lists(st.fixed_dictionaries(CELLS), max_size=12),
    equals=st.lists(st.fixed_dictionaries({}, optional=CELLS).filter(bool), max_size=3),
    not_equals=st.lists(st.fixed_dictionaries({}, optional=CELLS).filter(bool), max_size=2),
    view=st.sampled_from(VIEWS),
)
def test_equals_means_what_python_says(
    rows: list[dict[str, Any]],
    equals: list[dict[str, Any]],
    not_equals: list[dict[str, Any]],
    view: str,
) -> None:
    if not equals and not not_equals:
        return
    source = Watched(rows, view, 5, types={"a": "integer", "s": "string"}).link()
    found = Flow(source, filter_rows(equals=equals, not_equals=not_equals)).results()[0][0]
    assert found == [
        row
        for row in rows
        if any(all(row[key] == pairs[key] for key in pairs) for pairs in equals)
        or any(any(row[key] != pairs[key] for key in pairs) for pairs in not_equals)
    ]
