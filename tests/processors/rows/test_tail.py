from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.rows.tail import tail
from processor_contract import ROWS, Watched, result_of


def numbers(count: int) -> list[dict[str, Any]]:
    return [{"n": number} for number in range(count)]


def test_the_last_rows_stay() -> None:
    assert Flow(numbers(20), tail(2)).results()[0] == [[{"n": 18}, {"n": 19}]]
    assert Flow(numbers(20), tail()).results()[0] == [numbers(20)[10:]]


def test_fewer_rows_than_asked_for_are_all_kept() -> None:
    assert Flow([{"n": 1, "note": None}], tail(3)).results()[0] == [[{"n": 1, "note": None}]]
    assert result_of(tail(3), Watched([])) == [[]]


def test_no_row_at_all() -> None:
    assert result_of(tail(0), Watched(ROWS)) == [[]]


def test_the_account_tells_how_many_went() -> None:
    account = Flow(Watched(ROWS, size=2).link(), tail(2)).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.filtered) == (5, 2, 3)


def test_a_later_error_names_the_row_of_the_source() -> None:
    def fail(row: dict[str, Any]) -> None:
        row["n"] = 1 / (row["n"] - 8)

    with pytest.raises(ProcessorError) as caught:
        Flow(numbers(10), tail(3), fail).process()
    assert caught.value.where.row == 9


def test_only_the_last_rows_are_held() -> None:
    rows = ({"note": f"{number:0100}"} for number in range(60_000))
    tracemalloc.start()
    try:
        Flow(rows, tail(3)).process()
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()


def test_a_number_of_rows_is_one() -> None:
    with pytest.raises(ArgumentError) as caught:
        tail(-2)
    assert str(caught.value) == (
        "count must be a number of rows, 0 or more, got -2\n  fix: write for instance count=10."
    )


@given(size=st.integers(1, 6), count=st.integers(0, 12), rows=st.integers(0, 9))
def test_it_is_a_slice_of_the_rows(size: int, count: int, rows: int) -> None:
    source = Watched(numbers(rows), size=size, types={"n": "integer"})
    assert result_of(tail(count), source) == [numbers(rows)[max(0, rows - count) :]]
