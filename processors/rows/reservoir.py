"""Reservoir: a sample of a fixed number of rows from a stream of unknown length."""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch

__all__ = ["Reservoir", "gap"]

_ENDLESS = 1 << 62


def gap(scale: float, random: Random) -> int:
    """Return how many rows to pass by before the next that is kept: a geometric distribution.

    Args:
        scale: The logarithm of the chance that a row is passed by.
        random: Draws the number.

    Examples:
        >>> gap(math.log(0.9), Random(0))
        17
    """
    return math.floor(min(math.log(1 - random.random()) / scale, _ENDLESS))


class Reservoir:
    """Takes in all rows, and keeps some of them: every row has the same chance.

    Algorithm L (Li, Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n))), 1994): it
    draws how many rows to pass by, not a number for each row.

    Args:
        most: How many rows to keep.
        seed: Another seed gives another sample.

    Examples:
        >>> from dataflows.batch import Batch
        >>> reservoir = Reservoir(2, 0)
        >>> reservoir.take(Batch.from_rows([{"n": number} for number in range(9)], ["n"]))
        >>> [row for batch in reservoir.batches() for row in batch.rows()]
        [{'n': 0}, {'n': 4}]
    """

    def __init__(self, most: int, seed: int) -> None:
        self._most = most
        self._random = Random(seed)  # noqa: S311 - a sample is no secret
        self._seen = 0
        self._slots: list[int] = []
        self._weight = 1.0
        self._next = _ENDLESS
        # Batches of rows that were chosen once, each with the positions of its rows in the stream.
        self._pieces: list[tuple[list[int], Batch]] = []
        self._held = 0

    @property
    def kept(self) -> int:
        """How many rows are in the sample."""
        return len(self._slots)

    def take(self, batch: Batch) -> None:
        """Take in the next rows."""
        first, end = self._seen, self._seen + batch.length
        self._seen = end
        chosen = list(range(first, min(end, self._most)))
        self._slots += chosen
        if chosen and len(self._slots) == self._most:
            self._next = self._most - 1
            self._draw()
        while self._next < end:
            position = self._next
            self._slots[self._random.randrange(self._most)] = position
            chosen.append(position)
            self._draw()
        if chosen:
            whole = len(chosen) == batch.length
            indices = [position - first for position in chosen]
            self._pieces.append((chosen, batch if whole else batch.take(indices)))
            self._held += len(chosen)
            if self._held > 2 * self._most:
                self._compact()

    def batches(self) -> Iterator[Batch]:
        """Yield the rows of the sample, in their order."""
        self._compact()
        while self._pieces:
            yield self._pieces.pop(0)[1]

    def _draw(self) -> None:
        self._weight *= math.exp(math.log(1 - self._random.random()) / self._most)
        # Rounded to 1 or to 0, the weight means the very next row, or none any more.
        scale = math.log1p(-self._weight) if self._weight < 1 else -math.inf
        self._next += 1 + gap(scale, self._random) if scale else _ENDLESS

    def _compact(self) -> None:
        """Let go of the rows that others have taken the place of."""
        slots = set(self._slots)
        pieces = []
        for positions, batch in self._pieces:
            kept = [index for index, position in enumerate(positions) if position in slots]
            if len(kept) == len(positions):
                pieces.append((positions, batch))
            elif kept:
                pieces.append(([positions[index] for index in kept], batch.take(kept)))
        self._pieces = pieces
        self._held = len(self._slots)
