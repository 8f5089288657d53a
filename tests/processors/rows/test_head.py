from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.joins.join_with_self import join_with_self
from dataflows.processors.joins.sql import sql
from dataflows.processors.packages.duplicate import duplicate
from dataflows.processors.rows.head import head
from processor_contract import ROWS, Watched, result_of

if TYPE_CHECKING:
    from pathlib import Path


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def numbers(count: int) -> list[dict[str, Any]]:
    return [{"n": number} for number in range(count)]


def test_the_first_rows_stay() -> None:
    assert rows_of(numbers(20), head(3)) == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert rows_of(numbers(20), head()) == numbers(10)


def test_rows_are_skipped_before_them() -> None:
    assert rows_of(numbers(20), head(2, skip=3)) == [{"n": 3}, {"n": 4}]


def test_fewer_rows_than_asked_for_are_all_kept() -> None:
    assert rows_of([{"n": 1, "note": None}], head(3)) == [{"n": 1, "note": None}]
    assert rows_of(numbers(3), head(3, skip=5)) == []
    assert result_of(head(3), Watched([])) == [[]]


def test_no_row_at_all() -> None:
    source = Watched(ROWS, size=1)
    assert result_of(head(0), source) == [[]]
    assert source.pulled == 0


def test_the_source_is_asked_for_no_more_than_these() -> None:
    source = Watched(ROWS, size=1)
    assert result_of(head(2), source) == [ROWS[:2]]
    assert (source.pulled, source.closed) == (2, True)


def test_what_is_written_before_is_written_whole(tmp_path: Path) -> None:
    flow = Flow(numbers(100), dump_to_path(tmp_path), head(5))
    assert flow.results()[0] == [numbers(5)]
    assert len((tmp_path / "res_1.csv").read_text(encoding="utf-8").splitlines()) == 101


def test_each_resource_has_its_own_first_rows() -> None:
    found = Flow(numbers(4), [{"m": 1}, {"m": 2}], numbers(3), head(1)).results()[0]
    assert found == [[{"n": 0}], [{"m": 1}], [{"n": 0}]]


def test_the_account_tells_the_rows_that_were_seen() -> None:
    account = Flow(Watched(ROWS, size=4).link(), head(2, skip=1)).run().accounts[1]
    assert (account.rows_in, account.rows_out, account.filtered) == (4, 2, 2)


@pytest.mark.parametrize(
    "step",
    [
        duplicate("res_1", "res_2"),
        sql("SELECT n FROM res_1 ORDER BY n", name="res_2"),
        join_with_self("res_1", "n", ["n"]),
    ],
)
def test_a_step_whose_rows_nobody_asks_for_is_not_blamed(step: Any) -> None:
    for last in (head(0, resources="res_1"), lambda rows: iter(())):
        assert Flow(numbers(3), step, last).results()[0][0] == []


@pytest.mark.parametrize("count", [-1, 1.5, "3", True, None])
def test_a_number_of_rows_is_one(count: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        head(count)
    assert str(caught.value) == (
        f"count must be a number of rows, 0 or more, got {count!r}\n"
        "  fix: write for instance count=10."
    )
    with pytest.raises(ArgumentError):
        head(1, skip=count)


@given(
    size=st.integers(1, 6),
    count=st.integers(0, 12),
    skip=st.integers(0, 12),
    rows=st.integers(0, 9),
)
def test_it_is_a_slice_of_the_rows(size: int, count: int, skip: int, rows: int) -> None:
    source = Watched(numbers(rows), size=size, types={"n": "integer"})
    assert result_of(head(count, skip=skip), source) == [numbers(rows)[skip : skip + count]]
