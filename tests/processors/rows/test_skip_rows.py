from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.rows.skip_rows import skip_rows
from processor_contract import ROWS, Watched, result_of


def numbers(count: int) -> list[dict[str, Any]]:
    return [{"n": number} for number in range(count)]


def test_the_first_rows_go() -> None:
    assert Flow(numbers(5), skip_rows(3)).results()[0] == [[{"n": 3}, {"n": 4}]]
    assert result_of(skip_rows(4), Watched(ROWS, size=3)) == [ROWS[4:]]


def test_all_rows_may_go() -> None:
    assert Flow([{"n": 1, "note": None}], skip_rows(3)).results()[0] == [[]]
    assert result_of(skip_rows(1), Watched([])) == [[]]


def test_the_account_tells_how_many_went() -> None:
    account = Flow(Watched(ROWS, size=2).link(), skip_rows(3)).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.filtered) == (5, 2, 3)


def test_a_later_error_names_the_row_of_the_source() -> None:
    def fail(row: dict[str, Any]) -> None:
        row["n"] = 1 / (row["n"] - 4)

    with pytest.raises(ProcessorError) as caught:
        Flow(numbers(9), skip_rows(3), fail).process()
    assert caught.value.where.row == 5


def test_a_number_of_rows_is_one() -> None:
    with pytest.raises(ArgumentError) as caught:
        skip_rows(-2)
    assert str(caught.value) == (
        "count must be a number of rows, 0 or more, got -2\n  fix: write for instance count=10."
    )


@given(size=st.integers(1, 6), count=st.integers(0, 12), rows=st.integers(0, 9))
def test_it_is_a_slice_of_the_rows(size: int, count: int, rows: int) -> None:
    source = Watched(numbers(rows), size=size, types={"n": "integer"})
    assert result_of(skip_rows(count), source) == [numbers(rows)[count:]]
