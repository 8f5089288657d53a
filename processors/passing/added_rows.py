"""Rows that a step adds to a flow, booked in its account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step

__all__ = ["added"]


def added(batches: Iterator[Batch], resource_name: str, step: Step) -> Iterator[Batch]:
    """Pass batches on, and book their rows as added to a resource."""
    tally = step.account.tally_of(resource_name)
    for batch in batches:
        tally.added += batch.length
        yield batch
