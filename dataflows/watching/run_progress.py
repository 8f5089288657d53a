"""Progress: how far a run has come, told from time to time while its batches pass.

No thread does that: `Stopwatch.ring_every` calls when a batch passes a step, wherever in the chain.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from dataflows.errors import ArgumentError, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.accounts import Account
    from dataflows.chain import Run

    Measured = tuple[int, int | None]

__all__ = [
    "ProgressView",
    "RunState",
    "SourceProgress",
    "check_progress",
    "following",
    "state_of",
    "unmeasured",
]


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """How far a source has been read; a loader puts one into `Run.sources`.

    Args:
        name: What the source is called.
        measure: Returns the bytes read so far and those in all, None where that is not known; or
            None where nothing is.

    Examples:
        >>> SourceProgress("a.csv", lambda: (512, 2048)).measure()
        (512, 2048)
    """

    name: str
    measure: Callable[[], Measured | None]


def unmeasured() -> Measured | None:
    """Return None: nobody knows how far the source has been read.

    Examples:
        >>> SourceProgress("a table of a database", unmeasured).measure() is None
        True
    """
    return None


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a run has come.

    Args:
        rows: The rows that its sources have given.
        seconds: How long it has been running.
        bytes_read: The bytes that its sources have read; None where nobody counts them.
        bytes_total: How many there are in all, where every source knows.
        at_work: The step that is at work.
        accounts: The accounts of the steps so far.
    """

    rows: int
    seconds: float
    bytes_read: int | None
    bytes_total: int | None
    at_work: str
    accounts: list[Account]

    @property
    def share(self) -> float | None:
        """The part of the sources that has been read, from 0 to 1; None where it is not known."""
        if self.bytes_read is None or not self.bytes_total:
            return None
        return min(self.bytes_read / self.bytes_total, 1.0)

    @property
    def seconds_left(self) -> float | None:
        """How long reading the rest will take at the rate so far, where that can be told."""
        share = self.share
        return self.seconds / share * (1 - share) if share and share < 1 else None


class ProgressView(Protocol):
    """What shows the state of a run to somebody.

    `every_seconds` is how often it wants to be told.
    """

    every_seconds: float

    def show(self, state: RunState) -> None:
        """Show how far the run has come."""

    def end(self, state: RunState, *, stopped: bool) -> str | None:
        """Show that it has ended, or was stopped by an error; called in any case.

        Returns:
            What was told, if anything was.
        """


def state_of(run: Run, seconds: float) -> RunState:
    """Return how far a run has come.

    Args:
        run: The run.
        seconds: How long it has been running.
    """
    measures = [one.measure() for one in run.sources]
    known = [one for one in measures if one is not None]
    totals = [total for _, total in known if total is not None]
    is_whole = bool(measures) and len(totals) == len(measures)
    accounts = [step.account for step in run.every_step()]
    rows = sum(
        max(tally.added, tally.rows_out)
        for account in accounts
        for tally in account.tallies
        if not tally.rows_in
    )
    at_work = run.watch.at_work
    return RunState(
        rows,
        seconds,
        sum(read for read, _ in known) if known else None,
        sum(totals) if is_whole else None,
        "" if at_work is None else at_work.step,
        accounts,
    )


def check_progress(wanted: object) -> None:
    """Refuse what is no kind of progress.

    Raises:
        ArgumentError: It is neither a boolean nor ``"steps"``.
    """
    if wanted is not None and not isinstance(wanted, bool) and wanted != "steps":
        what = f"progress is True, False or 'steps', got {shorten(wanted)}"
        raise ArgumentError(what, fix="write progress=True, or progress='steps'.")


@contextmanager
def following(run: Run) -> Iterator[None]:
    """Show the progress of a run while the block lasts, where `Run.progress` says so."""
    if not run.progress:
        yield
        return
    from dataflows.watching.progress_views import view_for

    view = view_for(sys.stderr, per_step=run.progress == "steps")
    started = perf_counter()

    def look() -> None:
        try:
            view.show(state_of(run, perf_counter() - started))
        except (OSError, ValueError):  # nobody sees it any more: that is no reason to stop
            run.watch.ring_no_more()

    run.watch.ring_every(view.every_seconds, look)
    stopped: BaseException | None = None
    try:
        yield
    except BaseException as error:
        stopped = error
        raise
    finally:
        run.watch.ring_no_more()
        with suppress(OSError, ValueError):
            told = view.end(state_of(run, perf_counter() - started), stopped=stopped is not None)
            if told and isinstance(stopped, KeyboardInterrupt):
                stopped.add_note(told)  # so that nobody has to say it again
