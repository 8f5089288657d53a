from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.batch import Batch
from dataflows.processors.passing.row_sample import RowSample, harmless


def shown(length: int, count: int, last: int | None = None, size: int = 7) -> list[str]:
    """Return the first cell of every row that is shown, of so many rows in batches of a size."""
    sample = RowSample(["a"], count, last, None)
    for start in range(0, length, size):
        rows = [{"a": number} for number in range(start, min(start + size, length))]
        sample.take(Batch.from_rows(rows, ["a"], start + 1))
    return [row[0] for row in sample.rows()]


def numbers(*ranges: tuple[int, int]) -> list[str]:
    cells: list[str] = []
    for first, last in ranges:
        if cells and int(cells[-1]) + 1 < first:
            cells.append("...")
        cells += map(str, range(first, last + 1))
    return cells


@pytest.mark.parametrize(
    ("length", "count", "last", "expected"),
    [
        (250, 3, None, [(1, 6), (9, 12), (27, 30), (81, 84), (243, 246), (248, 250)]),
        (35, 10, None, [(1, 20), (26, 35)]),
        (5, 10, None, [(1, 5)]),
        (20, 1, None, [(1, 2), (20, 20)]),
        (20, 10, 0, [(1, 20)]),
        (30, 5, 2, [(1, 10), (25, 30)]),
        (0, 3, None, []),
    ],
)
def test_rows_from_the_start_from_every_power_and_from_the_end(
    length: int, count: int, last: int | None, expected: list[tuple[int, int]]
) -> None:
    assert shown(length, count, last) == numbers(*expected)


def test_only_the_end_may_be_shown() -> None:
    assert shown(20, 0, 2) == ["...", "19", "20"]


@given(
    length=st.integers(0, 60),
    count=st.integers(0, 9),
    last=st.none() | st.integers(0, 9),
    size=st.integers(1, 61),
)
def test_the_size_of_the_batches_does_not_matter(
    length: int, count: int, last: int | None, size: int
) -> None:
    assert shown(length, count, last, size) == shown(length, count, last, 1)


@given(st.text())
def test_harmless_text_is_on_one_line_and_can_be_encoded(text: str) -> None:
    escaped = harmless(text)
    assert len(escaped.splitlines()) <= 1
    assert escaped.encode().decode() == escaped
    assert "\x1b" not in escaped
