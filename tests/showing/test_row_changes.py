from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.schema import Schema
from dataflows.showing.paper import PLAIN
from dataflows.showing.row_changes import RowChanges, SeenRows

Manner = Literal["number", "place", "likeness"]


def seen(rows: list[dict[str, Any]], numbers: list[int] | None = None) -> SeenRows:
    names = dict.fromkeys(name for row in rows for name in row) or {"a": None}
    schema = Schema({"fields": [{"name": name, "type": "integer"} for name in names]})
    return SeenRows(schema, rows, numbers or list(range(1, len(rows) + 1)))


def of(*values: int) -> list[dict[str, Any]]:
    return [{"a": value} for value in values]


def pairs(manner: Manner, before: list[Any], after: list[Any]) -> Any:
    made = RowChanges("r", seen(before), seen(after), manner).pairs()
    if made is None:
        return None
    return [(old and old["a"], new and new["a"]) for _, old, new in made]


def test_rows_of_one_number_belong_together() -> None:
    changes = RowChanges("r", seen(of(1, 2, 3)), seen(of(10, 11, 30), [1, 1, 3]))
    assert changes.pairs() == [
        (1, {"a": 1}, {"a": 10}),
        (None, None, {"a": 11}),
        (2, {"a": 2}, None),
        (3, {"a": 3}, {"a": 30}),
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (of(1, 2), of(1, 2), [(1, 1), (2, 2)]),
        (of(1, 2, 3), of(1, 3), [(1, 1), (2, None), (3, 3)]),
        (of(1, 3), of(1, 2, 3), [(1, 1), (None, 2), (3, 3)]),
        # What lies beyond the rows that were read is not told of.
        (of(1, 1, 2), of(1, 2, 5), [(1, None), (1, 1), (2, 2)]),
        (of(3, 1, 2), of(1, 2, 3), None),
        (of(1, 2, 3), of(3, 2, 1), None),
        (of(1, 2), of(10, 20), None),
        ([], of(1), None),
    ],
)
def test_rows_belong_together_by_what_is_the_same(
    before: list[Any], after: list[Any], expected: Any
) -> None:
    assert pairs("likeness", before, after) == expected


def test_rows_of_a_function_belong_together_by_their_place() -> None:
    assert pairs("place", of(1, 2), of(10, 20)) == [(1, 10), (2, 20)]
    assert pairs("place", of(1, 2, 3), of(1, 30)) == [(1, 1), (2, None), (3, None), (None, 30)]


@given(st.lists(st.integers(0, 3), max_size=8), st.lists(st.integers(0, 3), max_size=8))
def test_no_row_is_lost_or_shown_twice(before: list[int], after: list[int]) -> None:
    made = pairs("place", of(*before), of(*after))
    assert made is not None
    assert [old for old, _ in made if old is not None] == before
    assert [new for _, new in made if new is not None] == after


def test_values_of_one_text_are_told_apart() -> None:
    changes = RowChanges("r", seen([{"a": 3}]), seen([{"a": "3"}]))
    assert PLAIN.text(changes.lines(PLAIN)) == (
        "r: 1 row in, 1 out, 1 changed\n"
        "   #         a\n"
        "       integer\n"
        "─  ─  ────────\n"
        "*  1  *3 → '3'\n"
    )
