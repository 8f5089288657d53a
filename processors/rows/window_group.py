"""WindowGroup: the rows of one group whose window functions are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.processors.rows.window_states import exactly
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflows.processors.rows.window_states import WindowState
    from dataflows.spill.spool import Spool
    from dataflows.types import Codec

__all__ = ["Chunk", "WindowGroup", "gathered"]

MOST_HELD = 250_000
"""Rows of a group that wait in memory for its end."""

_ROWS_AT_ONCE = 8192
_ANY = codec_for({"type": "any"}, ())

Chunk = tuple[list[int], list[list[Any]]]
"""The positions of some rows, and the results of each function for them."""


class WindowGroup:
    """The rows of one group: their positions, and the results that are known.

    Args:
        states: The state of each function.
        new_spool: Makes what rows may wait in, where results are known at the end of the group
            only; None: where no function needs the whole group.
    """

    def __init__(
        self,
        states: list[WindowState],
        new_spool: Callable[[dict[str, Codec]], Spool] | None,
    ) -> None:
        self._states = states
        self._new_spool = new_spool
        self._positions: list[int] = []
        self._columns: list[list[Any]] = [[] for _ in states]
        self._held: Spool | None = None

    def feed(self, positions: list[int], values: list[list[Any]]) -> Iterator[Chunk]:
        """Take in rows; yield those whose results are known."""
        self._positions += positions
        with exactly():
            for column, state, given in zip(self._columns, self._states, values, strict=True):
                column.extend(state.feed(given))
        if self._new_spool is None:
            yield self._taken()
        elif len(self._positions) > MOST_HELD:
            self._hold(self._new_spool)

    def end(self) -> Iterator[Chunk]:
        """Yield the other rows, as there are no more."""
        for column, state in zip(self._columns, self._states, strict=True):
            column.extend(state.end())
        if self._held is not None:
            for batch in self._held:
                positions, *columns = (column.values for column in batch.columns())
                yield self._closed(positions, columns)
            self._held.close()
        positions, columns = self._taken()
        for start in range(0, len(positions), _ROWS_AT_ONCE):
            stop = start + _ROWS_AT_ONCE
            yield self._closed(positions[start:stop], [column[start:stop] for column in columns])

    def _taken(self) -> Chunk:
        """Return the rows of which all results are there, and forget them."""
        count = min(map(len, self._columns))
        taken = self._positions[:count], [column[:count] for column in self._columns]
        for kept in (self._positions, *self._columns):
            del kept[:count]
        return taken

    def _hold(self, new_spool: Callable[[dict[str, Codec]], Spool]) -> None:
        """Put onto the disk what waits for the end of the group."""
        names = [str(number) for number in range(len(self._states) + 1)]
        if self._held is None:
            self._held = new_spool(dict.fromkeys(names, _ANY))
        positions, columns = self._taken()
        for start in range(0, len(positions), _ROWS_AT_ONCE):
            parts = [kept[start : start + _ROWS_AT_ONCE] for kept in (positions, *columns)]
            named = zip(names, parts, strict=True)
            rows = {name: Column(values=values) for name, values in named}
            self._held.write(Batch(rows, len(parts[0])))

    def _closed(self, positions: list[int], columns: list[list[Any]]) -> Chunk:
        pairs = zip(self._states, columns, strict=True)
        return positions, [state.close(column) for state, column in pairs]


def gathered(chunks: Iterable[Chunk], columns: int) -> Iterator[Chunk]:
    """Yield the same rows in chunks that are worth a batch."""
    positions: list[int] = []
    columns_so_far: list[list[Any]] = [[] for _ in range(columns)]
    for some, values in chunks:
        positions += some
        for kept, more in zip(columns_so_far, values, strict=True):
            kept.extend(more)
        if len(positions) >= _ROWS_AT_ONCE:
            yield positions, columns_so_far
            positions, columns_so_far = [], [[] for _ in range(columns)]
    if positions:
        yield positions, columns_so_far
