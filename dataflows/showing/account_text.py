"""The account of a run as text: a table, or on a narrow terminal a few lines a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.accounts import account_table
from dataflows.showing.plain_table import text_table
from dataflows.showing.words import folded, rows_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.accounts import Account

__all__ = ["account_text"]

_INDENT = "   "


def account_text(accounts: Sequence[Account], width: int | None = None) -> str:
    """Return what became of the rows at each step.

    Args:
        accounts: The accounts.
        width: No line is longer: the names of steps are cut, or the table becomes a list.

    Examples:
        >>> from dataflows.accounts import Account
        >>> account = Account("load('sales.csv')", 1)
        >>> tally = account.tally("sales")
        >>> tally.added = tally.rows_out = 1000
        >>> print(account_text([account]))
        #  step               rows in  added  rows out
        1  load('sales.csv')        0  1,000     1,000
        >>> print(account_text([account], width=30))
        1. load('sales.csv')
           0 rows in, 1,000 added,
           1,000 out
    """
    table = text_table(account_table(accounts), width)
    if width is None or max(map(len, table.splitlines())) <= width:
        return table
    lines: list[str] = []
    for one in accounts:
        first, *rest = folded(f"{one.number}. {one.step}", width - len(_INDENT))
        told = rows_told(one).rpartition(", ")[0]
        lines.append(first)
        lines += [f"{_INDENT}{part}" for part in [*rest, *folded(told, width - len(_INDENT))]]
    return "\n".join(lines)
