"""The account of a run as text."""

from __future__ import annotations

import pytest

from dataflows import Flow, filter_rows, set_type


def lines(width: int | None) -> list[str]:
    flow = Flow(
        [{"a": "1"}, {"a": "2"}], set_type("a", type="integer"), filter_rows("a > 1 and a < 100")
    )
    return flow.run().text(width).splitlines()[:-1]


def test_without_a_width_everything_is_shown() -> None:
    assert (
        lines(None)
        == lines(200)
        == [
            "#  step                              rows in  added  rows out  filtered",
            "1  list of rows                            0      2         2         0",
            "2  set_type('a', type='integer')           2      0         2         0",
            "3  filter_rows('a > 1 and a < 100')        2      0         1         1",
        ]
    )


def test_names_of_steps_are_cut_where_the_width_is_less() -> None:
    assert lines(54) == [
        "#  step             rows in  added  rows out  filtered",
        "1  list of rows           0      2         2         0",
        "2  set_typ…teger')        2      0         2         0",
        "3  filter_…< 100')        2      0         1         1",
    ]


@pytest.mark.parametrize("width", [30, 40])
def test_on_a_narrow_terminal_it_is_a_list(width: int) -> None:
    shown = lines(width)
    assert max(map(len, shown)) <= width
    assert " ".join(" ".join(shown).split()) == (
        "1. list of rows 0 rows in, 2 added, 2 out "
        "2. set_type('a', type='integer') 2 rows in, 2 out "
        "3. filter_rows('a > 1 and a < 100') 2 rows in, 1 out, 1 filtered"
    )
