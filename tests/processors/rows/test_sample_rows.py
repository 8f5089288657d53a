from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError
from dataflows.flow import Flow
from dataflows.processors.rows.sample_rows import sample_rows
from processor_contract import ROWS, Watched, result_of


def numbers(count: int) -> list[dict[str, Any]]:
    return [{"n": number} for number in range(count)]


def sample(rows: int, size: int, step: Any) -> list[int]:
    source = Watched(numbers(rows), size=size, types={"n": "integer"})
    return [row["n"] for row in result_of(step, source)[0]]


def test_a_number_of_rows_is_kept_in_their_order() -> None:
    found = sample(1000, 64, sample_rows(20))
    assert len(found) == 20
    assert found == sorted(set(found))


def test_fewer_rows_than_asked_for_are_all_kept() -> None:
    assert Flow([{"n": 1, "note": None}], sample_rows(3)).results()[0] == [[{"n": 1, "note": None}]]
    assert result_of(sample_rows(3), Watched([])) == [[]]
    assert result_of(sample_rows(fraction=0.5), Watched([])) == [[]]


def test_no_row_and_every_row() -> None:
    assert result_of(sample_rows(0), Watched(ROWS)) == [[]]
    assert result_of(sample_rows(fraction=0), Watched(ROWS)) == [[]]
    assert result_of(sample_rows(fraction=1), Watched(ROWS)) == [ROWS]


def test_a_flow_that_runs_twice_has_the_same_sample() -> None:
    for step in (sample_rows(5), sample_rows(fraction=0.1)):
        flow = Flow(numbers(200), step)
        assert flow.results()[0] == flow.results()[0]


def test_another_seed_gives_another_sample() -> None:
    assert sample(200, 50, sample_rows(5, seed=1)) != sample(200, 50, sample_rows(5, seed=2))
    assert sample(200, 50, sample_rows(fraction=0.1, seed=1)) != sample(
        200, 50, sample_rows(fraction=0.1, seed=2)
    )


def test_every_row_has_the_same_chance() -> None:
    for options in ({"count": 5}, {"fraction": 0.25}):
        counts = Counter(
            number
            for seed in range(1500)
            for number in sample(20, 7, sample_rows(**options, seed=seed))
        )
        # A normal count is 375 with a standard deviation of 17; 5 of these apart is no accident.
        assert max(abs(counts[number] - 375) for number in range(20)) < 85


def test_the_account_tells_how_many_went() -> None:
    for step, kept in ((sample_rows(2), 2), (sample_rows(fraction=0.6), None)):
        account = Flow(Watched(ROWS, size=2).link(), step).run().accounts[1]
        assert account.rows_in == 5 == account.rows_out + account.filtered
        assert kept in (None, account.rows_out)


def test_a_fraction_is_streamed() -> None:
    source = Watched(numbers(50), size=1, types={"n": "integer"})
    resources = Flow(source.link(), sample_rows(fraction=0.5)).datastream().res_iter
    next(iter(next(resources)))
    assert source.pulled < 10
    resources.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            (
                "sample_rows takes a count or a fraction, got none\n"
                "  fix: write sample_rows(1000) or sample_rows(fraction=0.01)."
            ),
        ),
        (
            {"count": 3, "fraction": 0.1},
            (
                "sample_rows takes a count or a fraction, got both\n"
                "  fix: write sample_rows(1000) or sample_rows(fraction=0.01)."
            ),
        ),
        (
            {"count": -3},
            (
                "count must be a number of rows, 0 or more, got -3\n"
                "  fix: write for instance count=10."
            ),
        ),
        (
            {"fraction": 10},
            (
                "fraction must be a number from 0 to 1, got 10\n"
                "  fix: write for instance fraction=0.01 for one in a hundred."
            ),
        ),
        (
            {"count": 3, "seed": None},
            "seed must be a number, got None\n  fix: write for instance seed=1.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        sample_rows(**options)
    assert str(caught.value) == message


@given(
    rows=st.integers(0, 60),
    size=st.integers(1, 20),
    count=st.integers(0, 8),
    fraction=st.floats(0, 1),
    seed=st.integers(),
)
def test_the_sample_does_not_depend_on_how_the_rows_come(
    rows: int, size: int, count: int, fraction: float, seed: int
) -> None:
    for step in (sample_rows(count, seed=seed), sample_rows(fraction=fraction, seed=seed)):
        assert sample(rows, size, step) == sample(rows, max(1, rows), step)
    assert len(sample(rows, size, sample_rows(count, seed=seed))) == min(rows, count)
