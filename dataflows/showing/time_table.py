"""Where the time of a run went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.accounts import shown_numbers
from dataflows.showing.plain_table import text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.accounts import Account

__all__ = ["profile_text", "time_rows"]

_REST = "in no step"
_FEWEST = 3


def time_rows(accounts: Sequence[Account], seconds: float) -> list[tuple[Any, ...]]:
    """Return position, step, seconds, share of all in percent, and rows a second of each step.

    The last row is the time in no step. The rows of a second are those that came in, or where none
    did, those that came out.

    Args:
        accounts: The accounts, with their seconds.
        seconds: How long the run took.

    Examples:
        >>> from dataflows.accounts import Account
        >>> account = Account("load('a.csv')", 1, seconds=1.5)
        >>> tally = account.tally("a")
        >>> tally.added = tally.rows_out = 3000
        >>> time_rows([account], 2.0)
        [(1, "load('a.csv')", 1.5, 75, 2000), ('', 'in no step', 0.5, 25, '')]
    """
    rows: list[tuple[Any, ...]] = []
    for number, one in zip(shown_numbers(accounts), accounts, strict=True):
        count = one.rows_in or one.rows_out
        rate = round(count / one.seconds) if one.seconds else 0
        rows.append((number, one.step, one.seconds, _share(one.seconds, seconds), rate))
    left = max(seconds - sum(one.seconds for one in accounts), 0.0)
    return [*rows, ("", _REST, left, _share(left, seconds), "")]


def profile_text(accounts: Sequence[Account], seconds: float, width: int | None = None) -> str:
    """Return `time_rows` as a table of text, within a width where one is given.

    Args:
        accounts: The accounts, with their seconds.
        seconds: How long the run took.
        width: No line is longer: the names of steps are cut, and then columns left out from the
            right.

    Examples:
        >>> from dataflows.accounts import Account
        >>> account = Account("load('sales.csv')", 1, seconds=1.5)
        >>> print(profile_text([account], 2.0, width=32))
        #  step               seconds
        1  load('sales.csv')    1.500
           in no step           0.500
    """
    rows = [("#", "step", "seconds", "share %", "rows/s"), *time_rows(accounts, seconds)]
    for columns in range(len(rows[0]), _FEWEST, -1):
        table = text_table([row[:columns] for row in rows], width)
        if width is None or max(map(len, table.splitlines())) <= width:
            return table
    return text_table([row[:_FEWEST] for row in rows], width)


def _share(part: float, whole: float) -> int:
    return round(100 * part / whole) if whole else 0
