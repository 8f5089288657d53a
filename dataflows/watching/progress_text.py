"""What is said of the state of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.showing.words import in_columns, printable, rows_told
from dataflows.wording import counted

if TYPE_CHECKING:
    from dataflows.watching.run_progress import RunState

__all__ = ["bytes_told", "end_told", "left_told", "state_told", "steps_told"]

_THOUSAND = 1000
_MINUTE, _HOUR = 60, 3600
_LEAST_SECONDS = 1e-9


def bytes_told(count: float) -> str:
    """Return a number of bytes for people, in powers of 1,000.

    Examples:
        >>> bytes_told(512), bytes_told(70_123_456), bytes_told(2.5e12)
        ('512 B', '70.1 MB', '2,500.0 GB')
    """
    if count < _THOUSAND:
        return f"{count:,} B"
    for unit in ("kB", "MB", "GB"):
        count /= _THOUSAND
        if count < _THOUSAND or unit == "GB":
            break
    return f"{count:,.1f} {unit}"


def left_told(seconds: float) -> str:
    """Return how long something will take, no more exactly than anybody can know.

    Examples:
        >>> left_told(0.1), left_told(4.2), left_told(90), left_told(2.5 * 3600)
        ('1 s', '4 s', '2 min', '2 h 30 min')
    """
    if seconds < _MINUTE:
        return f"{max(seconds, 1):.0f} s"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    hours, rest = divmod(round(seconds / _MINUTE), 60)
    return f"{hours:,} h {rest} min"


def state_told(state: RunState, width: int | None = None) -> str:
    """Return on one line how far a run has come.

    The step at work is told when the sources have been read, or nobody knows: before that it is a
    little of each.

    Args:
        state: The state.
        width: How many columns there are: where they are few, it tells what matters most.

    Examples:
        >>> from dataflows.watching.run_progress import RunState
        >>> state = RunState(3000, 1.5, 200_000, 800_000, "load('a.csv')", [])
        >>> state_told(state)
        '3,000 rows, 200.0 kB of 800.0 kB (25%), 4 s left, 2,000 rows/s'
        >>> state_told(state, 40)
        '3,000 rows, 25%, 4 s left'
    """
    rows, rate = counted(state.rows, "row"), _rate(state)
    is_read = state.share in (None, 1.0)
    share = [] if is_read else [f"{state.share:.0%}"]
    left = [] if state.seconds_left is None else [f"{left_told(state.seconds_left)} left"]
    at = [f"at {printable(state.at_work)}"] if state.at_work and is_read else []
    for parts in (
        [rows, *_bytes(state), *left, rate, *at],
        [rows, *_bytes(state), *left, *at],
        [rows, *share, *left, *at],
    ):
        told = ", ".join(parts)
        if width is None or in_columns(told) <= width:
            break
    return told


def end_told(state: RunState, *, stopped: bool) -> str:
    """Return on one line what a run has come to.

    Examples:
        >>> from dataflows.watching.run_progress import RunState
        >>> end_told(RunState(3000, 1.5, 800_000, 800_000, "", []), stopped=False)
        '3,000 rows, 800.0 kB in 1.5 s, 2,000 rows/s'
    """
    read = "" if state.bytes_read is None else f", {bytes_told(state.bytes_read)}"
    manner = "stopped after " if stopped else ""
    return f"{manner}{counted(state.rows, 'row')}{read} in {state.seconds:,.1f} s, {_rate(state)}"


def steps_told(state: RunState) -> list[str]:
    """Return a line for each step that has seen rows.

    Examples:
        >>> from dataflows.accounts import Account
        >>> from dataflows.watching.run_progress import RunState
        >>> account = Account("load('a.csv')", 1, seconds=0.5)
        >>> tally = account.tally("a")
        >>> tally.added = tally.rows_out = 3000
        >>> steps_told(RunState(3000, 1.5, None, None, "", [account]))
        ["  1. load('a.csv'): 0 rows in, 3,000 added, 3,000 out, 0.500 s"]
    """
    return [
        f"  {one.number}. {printable(one.step)}: {rows_told(one)}"
        for one in state.accounts
        if one.rows_in or one.rows_out
    ]


def _bytes(state: RunState) -> list[str]:
    if state.bytes_read is None:
        return []
    read = bytes_told(state.bytes_read)
    if state.share is None:
        return [read]
    return [f"{read} of {bytes_told(state.bytes_total or 0)} ({state.share:.0%})"]


def _rate(state: RunState) -> str:
    return f"{state.rows / max(state.seconds, _LEAST_SECONDS):,.0f} rows/s"
