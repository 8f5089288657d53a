"""Where the time of a run went."""

from __future__ import annotations

from dataflows.accounts import Account
from dataflows.showing.plain_table import text_table
from dataflows.showing.time_table import profile_text


def account(step: str, position: int, seconds: float, rows_in: int, rows_out: int) -> Account:
    made = Account(step, position, seconds=seconds)
    tally = made.tally("sales")
    tally.rows_in, tally.rows_out = rows_in, rows_out
    return made


def test_the_seconds_of_each_step_and_the_rest_make_the_whole() -> None:
    accounts = [account("load('a.csv')", 1, 3.0, 0, 6000), account("slow", 2, 6.0, 6000, 0)]
    assert profile_text(accounts, 10.0) == (
        "#  step           seconds  share %  rows/s\n"
        "1  load('a.csv')    3.000       30   2,000\n"
        "2  slow             6.000       60   1,000\n"
        "   in no step       1.000       10"
    )


def test_a_run_that_took_no_time_has_no_shares() -> None:
    assert profile_text([account("idle", 1, 0.0, 0, 0)], 0.0).splitlines()[1:] == [
        "1  idle          0.000        0       0",
        "   in no step    0.000        0",
    ]


def test_what_there_is_no_room_for_is_left_out_from_the_right() -> None:
    accounts = [account("filter_rows('quantity > 1')", 1, 1.0, 12_000, 6000)]
    assert profile_text(accounts, 2.0, 40) == (
        "#  step                 seconds  share %\n"
        "1  filter_ro…ity > 1')    1.000       50\n"
        "   in no step             1.000       50"
    )


def test_a_table_as_text_has_its_numbers_to_the_right() -> None:
    assert text_table([("#", "name", "rows"), (1, "a", 12_345), (10, "bc", 6)]) == (
        " #  name    rows\n 1  a     12,345\n10  bc         6"
    )
