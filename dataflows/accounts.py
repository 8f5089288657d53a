"""Accounts: every step tells what became of the rows that went in.

For each step and resource ``rows in + added = rows out + filtered + rejected``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataflows.errors import AccountError, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Account", "Tally", "account_notes", "account_table", "shown_numbers"]

_MANY = re.compile(r"\b(row|column|field|attribute|cell|value)s\b")


@dataclass(slots=True)
class Tally:
    """The rows of one resource at one step.

    Args:
        resource: The resource's name as it leaves the step.
        rows_in: Rows that went in.
        added: Rows that the step made.
        rows_out: Rows that came out.
        filtered: Rows that the step left out because it was asked to.
        rejected: Rows that an ``on_error`` policy took out.
        stopped: Whether a later step stopped asking before the end.
        settles: Whether the step keeps no account, as a user's function: the difference is booked.
        notes: What else was counted, such as rows that were too short.
    """

    resource: str
    rows_in: int = 0
    added: int = 0
    rows_out: int = 0
    filtered: int = 0
    rejected: int = 0
    stopped: bool = False
    settles: bool = False
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        """What is missing (negative: too many) on the side of the rows that came out."""
        return self.rows_in + self.added - self.rows_out - self.filtered - self.rejected

    def settle(self) -> None:
        """Book the difference as filtered or added."""
        difference = self.balance
        if difference > 0:
            self.filtered += difference
        else:
            self.added -= difference


@dataclass(slots=True)
class Account:
    """One step's account: the sums over its resources, and each of them.

    Args:
        step: How the step was written.
        position: Its position in its flow, from 1.
        tallies: The rows of each resource.
        seconds: How long it was at work, in both phases.
        number: Its position as it is shown: 4.2 is the second step of a flow in the fourth place.

    Examples:
        >>> account = Account("filter_rows('qty > 2')", 2)
        >>> tally = account.tally("sales")
        >>> tally.rows_in, tally.rows_out, tally.filtered = 10, 7, 3
        >>> account.check(steps=3)
        >>> account.rows_in, account.rows_out
        (10, 7)
    """

    step: str
    position: int
    tallies: list[Tally] = field(default_factory=list)
    seconds: float = 0.0
    number: str = ""

    def __post_init__(self) -> None:
        self.number = self.number or str(self.position)

    def tally(self, resource: str) -> Tally:
        """Return a new tally for a resource."""
        tally = Tally(resource)
        self.tallies.append(tally)
        return tally

    def tally_of(self, resource: str) -> Tally:
        """Return the tally of a resource, a new one when there is none."""
        found = (tally for tally in self.tallies if tally.resource == resource)
        return next(found, None) or self.tally(resource)

    def common_tally(self) -> Tally:
        """Return the one tally of a function that sees all resources: rows may change place."""
        tally = self.tally_of("")
        tally.settles = True
        return tally

    def _sum(self, name: str) -> int:
        return sum(getattr(tally, name) for tally in self.tallies)

    @property
    def rows_in(self) -> int:
        """Rows that went in."""
        return self._sum("rows_in")

    @property
    def added(self) -> int:
        """Rows that the step made."""
        return self._sum("added")

    @property
    def rows_out(self) -> int:
        """Rows that came out."""
        return self._sum("rows_out")

    @property
    def filtered(self) -> int:
        """Rows left out on purpose."""
        return self._sum("filtered")

    @property
    def rejected(self) -> int:
        """Rows that an ``on_error`` policy took out."""
        return self._sum("rejected")

    @property
    def notes(self) -> dict[str, int]:
        """What else was counted, summed over the resources."""
        sums: dict[str, int] = {}
        for tally in self.tallies:
            for note, count in tally.notes.items():
                sums[note] = sums.get(note, 0) + count
        return sums

    def check(self, steps: int | None = None) -> None:
        """Check that the rows add up, resource by resource.

        Raises:
            AccountError: They do not: a defect of the processor, not of the data.
        """
        for tally in self.tallies:
            if tally.settles:
                tally.settle()
            if tally.balance and not tally.stopped:
                what = (
                    f"the rows do not add up: {tally.rows_in:,} in + {tally.added:,} added is not "
                    f"{tally.rows_out:,} out + {tally.filtered:,} filtered + "
                    f"{tally.rejected:,} rejected"
                )
                place = Place(self.step, self.position, steps, tally.resource)
                fix = (
                    "this is a defect of the processor: let it count the rows that it leaves out"
                    " or adds."
                )
                raise AccountError(what, where=place, fix=fix)


def told_note(note: str, count: int) -> str:
    """Return how often something was counted.

    Examples:
        >>> told_note("long rows, cut", 1), told_note("columns without a name, left out", 2)
        ('1 long row, cut', '2 columns without a name, left out')
    """
    told = _MANY.sub(r"\1", note, count=1) if count == 1 else note
    return f"{count:,} {told}"


def account_notes(accounts: Iterable[Account]) -> list[str]:
    """Return what else was counted, a line each.

    Examples:
        >>> account = Account("load('a.csv')", 1)
        >>> account.tally("a").notes["long rows, cut"] = 1
        >>> account_notes([account])
        ["1 long row, cut (step 1: load('a.csv'))"]
    """
    return [
        f"{told_note(note, count)} (step {account.number}: {account.step})"
        for account in accounts
        for note, count in account.notes.items()
    ]


def shown_numbers(accounts: Sequence[Account]) -> list[Any]:
    """Return the numbers of steps for a table: as numbers, unless some are inside of others.

    Examples:
        >>> shown_numbers([Account("load", 1), Account("head", 1, number="2.1")])
        ['1', '2.1']
    """
    numbers = [one.number for one in accounts]
    return [int(one) for one in numbers] if all(map(str.isdigit, numbers)) else numbers


_HEADINGS = ("#", "step", "rows in", "added", "rows out", "filtered", "rejected")


def account_table(accounts: Iterable[Account]) -> list[tuple[Any, ...]]:
    """Return the accounts as a table, headings first.

    Columns in which every step has 0 (added, filtered, rejected) are left out.
    """
    listed = list(accounts)
    rows = [
        (number, a.step, a.rows_in, a.added, a.rows_out, a.filtered, a.rejected)
        for number, a in zip(shown_numbers(listed), listed, strict=True)
    ]
    needed = [0, 1, 2, 4, *(column for column in (3, 5, 6) if any(row[column] for row in rows))]
    order = sorted(needed)
    return [tuple(row[column] for column in order) for row in [_HEADINGS, *rows]]
