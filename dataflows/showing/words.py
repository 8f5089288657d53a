"""Words for the pictures of a chain: what stands beside a step, and where a line is folded."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING
from unicodedata import category, combining, east_asian_width

from dataflows.wording import counted

if TYPE_CHECKING:
    from dataflows.accounts import Account

__all__ = ["folded", "in_columns", "printable", "rows_told"]


def rows_told(account: Account) -> str:
    """Say what became of the rows at a step, and how long it took.

    Examples:
        >>> from dataflows.accounts import Account
        >>> account = Account("filter_rows('a > 2')", 2, seconds=0.25)
        >>> tally = account.tally("res_1")
        >>> tally.rows_in, tally.rows_out, tally.filtered = 1000, 700, 300
        >>> rows_told(account)
        '1,000 rows in, 700 out, 300 filtered, 0.250 s'
    """
    counts = {
        "added": account.added,
        "out": account.rows_out,
        "filtered": account.filtered,
        "rejected": account.rejected,
    }
    parts = [f"{counted(account.rows_in, 'row')} in"]
    parts += [f"{count:,} {word}" for word, count in counts.items() if count or word == "out"]
    return ", ".join([*parts, f"{account.seconds:.3f} s"])


def printable(text: str) -> str:
    r"""Return a text without characters that would act on a terminal or break a picture.

    Examples:
        >>> printable("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    return "".join(
        one.encode("unicode_escape").decode() if category(one) in ("Cc", "Cs", "Zl", "Zp") else one
        for one in text
    )


def in_columns(text: str) -> int:
    """Return how many columns a text takes where every letter is as wide as the others.

    Examples:
        >>> in_columns("abc"), in_columns("北京")
        (3, 4)
    """
    return sum(
        0 if combining(one) else 2 if east_asian_width(one) in ("W", "F") else 1 for one in text
    )


def folded(text: str, width: int) -> list[str]:
    """Return a text as lines of at most `width` columns.

    Examples:
        >>> folded("add_field('total', 'number')", 20)
        ["add_field('total',", "'number')"]
    """
    lines = []
    for line in wrap(text, width, break_on_hyphens=False) or [""]:
        part, taken = "", 0
        for one in line:
            wide = in_columns(one)
            if taken + wide > width:
                lines.append(part)
                part, taken = "", 0
            part, taken = part + one, taken + wide
        lines.append(part)
    return lines
