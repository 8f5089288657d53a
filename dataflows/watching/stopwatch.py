"""Stopwatch: which step is at work, and for how long; it rings from time to time."""

from __future__ import annotations

from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.accounts import Account

__all__ = ["Stopwatch"]


class Stopwatch:
    """The time that each step of a run takes, without that of the steps that it pulls from.

    A step is at work from `enter` to `leave`, which gives the time back to the step that asked it
    for a batch. That is two looks at the clock for a batch, so that every run can have it.

    Examples:
        >>> from dataflows.accounts import Account
        >>> watch, load, dump = Stopwatch(), Account("load", 1), Account("dump", 2)
        >>> nobody = watch.enter(dump)
        >>> asking = watch.enter(load)
        >>> watch.leave(asking)
        >>> watch.leave(nobody)
        >>> load.seconds > 0, asking is dump, nobody is None
        (True, True, True)
    """

    __slots__ = ("_account", "_every", "_ring", "_ring_at", "_rung_at", "_since")

    def __init__(self) -> None:
        self._account: Account | None = None
        self._since = perf_counter()
        self._ring: Callable[[], None] | None = None
        self._ring_at = inf
        self._every = inf
        self._rung_at: Account | None = None

    def enter(self, account: Account | None) -> Account | None:
        """Let a step be at work; return the one that was until now, for `leave`."""
        now = perf_counter()
        before = self._account
        if before is not None:
            before.seconds += now - self._since
        self._account, self._since = account, now
        if now >= self._ring_at:
            self._ring_at = inf  # who is called may look at the clock in turn
            self._rung_at = before or account
            self._call()
            self._since = perf_counter()
        return before

    def leave(self, before: Account | None) -> None:
        """Let the step be at work again that was before `enter`."""
        self.enter(before)

    def ring_every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call something from time to time, when a batch passes a step anywhere in the chain.

        Args:
            seconds: The least time between two calls.
            call: What is called.
        """
        self._ring, self._every = call, seconds
        self._ring_at = perf_counter() + seconds

    def ring_no_more(self) -> None:
        """Call nothing any more."""
        self._ring, self._ring_at = None, inf

    @property
    def at_work(self) -> Account | None:
        """The account of the step that was at work when it was time to ring, if any."""
        return self._rung_at

    def _call(self) -> None:
        if self._ring is not None:
            self._ring()
            self._ring_at = perf_counter() + self._every
