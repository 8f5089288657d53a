"""Reading a run to its end: politely stopped, with few garbage collections, and followed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dataflows.chain import closing_streams
from dataflows.collector import collecting_less
from dataflows.signals import ending_politely
from dataflows.watching.run_log import logging_run
from dataflows.watching.run_progress import following

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Run

__all__ = ["drain", "reading"]


@contextmanager
def reading(run: Run) -> Iterator[Any]:
    """Give the streams of a run, which ends with the block."""
    with (
        ending_politely(),
        collecting_less(),
        logging_run(run),
        following(run),
        closing_streams(run.stream()) as streams,
    ):
        yield streams


def drain(run: Run) -> None:
    """Run for what is written on the way; keep no rows."""
    with reading(run) as streams:
        for _, batches in streams:
            for _ in batches:
                pass
