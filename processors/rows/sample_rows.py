"""sample_rows: some rows, chosen at random."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError
from dataflows.processor import Hooks, processor
from dataflows.processors.rows.reservoir import Reservoir, gap
from dataflows.processors.rows.row_counts import check_row_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["sample_rows"]


@processor
def sample_rows(
    count: int | None = None,
    *,
    fraction: float | None = None,
    seed: int = 0,
    resources: Resources = None,
) -> Hooks:
    """Keep a random sample of the rows.

    Which rows these are depends on the seed and on the number of rows alone: a flow that runs again
    has the same sample.

    Schema: unchanged.
    Rows: the chosen ones of each resource, in their order.
    Memory: with a count, twice the rows that are kept; with a fraction, one batch.

    Args:
        count: How many rows to keep of each resource (all, where it has fewer); they come when all
            rows have been seen.
        fraction: Instead of a count, the chance of each row: 0.01 keeps about one in a hundred, at
            once.
        seed: Another number gives another sample.
        resources: The resources to sample; all by default. The others pass as they are.

    Raises:
        ArgumentError: Neither a count nor a fraction is given, or both, or what cannot be one.

    Examples:
        >>> from dataflows import Flow, sample_rows
        >>> rows = [{"n": number} for number in range(100)]
        >>> Flow(rows, sample_rows(3)).results()[0]
        [[{'n': 12}, {'n': 18}, {'n': 22}]]
        >>> len(Flow(rows, sample_rows(fraction=0.1)).results()[0][0])
        10
    """
    if (count is None) == (fraction is None):
        what = f"sample_rows takes a count or a fraction, got {'none' if count is None else 'both'}"
        raise ArgumentError(what, fix="write sample_rows(1000) or sample_rows(fraction=0.01).")
    given: Any = seed
    if isinstance(given, bool) or not isinstance(given, int):
        raise ArgumentError(
            f"seed must be a number, got {seed!r}", fix="write for instance seed=1."
        )
    if fraction is not None:
        chance = _check_fraction(fraction)
        return Hooks(batch=lambda stream: _by_chance(chance, seed, stream), select=resources)
    most = check_row_count("count", count)

    def batches(stream: Stream) -> Iterator[Batch]:
        reservoir = Reservoir(most, seed)
        for batch in stream:
            reservoir.take(batch)
        stream.tally.filtered += stream.tally.rows_in - reservoir.kept
        yield from reservoir.batches()

    return Hooks(batches=batches, select=resources)


def _check_fraction(fraction: Any) -> float:
    if (
        isinstance(fraction, bool)
        or not isinstance(fraction, (int, float))
        or not 0 <= fraction <= 1
    ):
        what = f"fraction must be a number from 0 to 1, got {fraction!r}"
        raise ArgumentError(what, fix="write for instance fraction=0.01 for one in a hundred.")
    return float(fraction)


def _by_chance(chance: float, seed: int, stream: Stream) -> Callable[[Batch], Batch]:
    """Return what keeps each row by chance; only the gaps between the rows kept are drawn."""
    random = Random(seed)  # noqa: S311 - a sample is no secret
    scale = math.log1p(-chance) if 0 < chance < 1 else -math.inf
    following = gap(scale, random) if chance else math.inf

    def work(batch: Batch) -> Batch:
        nonlocal following
        kept = []
        while following < batch.length:
            kept.append(int(following))
            following += 1 + gap(scale, random)
        following -= batch.length
        stream.tally.filtered += batch.length - len(kept)
        return batch if len(kept) == batch.length else batch.take(kept)

    return work
