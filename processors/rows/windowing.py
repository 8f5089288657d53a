"""Windowing: window functions over the rows of a stream, group by group, in bounded memory.

Functions that look back at rows in the order in which they come are computed as these pass, with a
state for each group. Else the rows wait, and what the functions need of them is sorted by group and
order, computed one group after the other, and the results are sorted back.
"""

from __future__ import annotations

from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.package import clone
from dataflows.processors.computing.evaluation import set_values
from dataflows.processors.rows.window_group import WindowGroup, gathered
from dataflows.processors.rows.window_states import exactly
from dataflows.spill.keys import Key, hashables, key_values, kind_of
from dataflows.spill.sorting import sorted_batches
from dataflows.spill.spool import Spool, SpoolReader
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from dataflows.processors.groups.sort_key import SortKey
    from dataflows.processors.rows.window_call import WindowCall
    from dataflows.processors.rows.window_group import Chunk
    from dataflows.processors.rows.window_states import WindowState
    from dataflows.streams import Stream
    from dataflows.types import Codec

    States = list[WindowState]

__all__ = ["Windowing"]

MOST_KEPT = 250_000
"""Values that the states of all groups keep in memory."""

_POSITION = codec_for({"type": "integer"}, ())
_ANY = codec_for({"type": "any"}, ())


class Windowing:
    """Adds fields to the rows of a stream.

    Args:
        calls: The fields.
        by: The fields in which the rows of a group are equal.
        order: The order of the rows; None for that in which they come.
        stream: The stream.
    """

    def __init__(
        self, calls: list[WindowCall], by: list[str], order: SortKey | None, stream: Stream
    ) -> None:
        self._calls = calls
        self._by = by
        self._order = order
        self._stream = stream
        used = [*by, *(order.fields if order else ()), *(one.field for one in calls if one.field)]
        self._codecs = codecs_of(stream.resource, used)
        # Names of our own: a field may be named as what stands beside it.
        self._names = {name: f"field_{n}" for n, name in enumerate(self._codecs)}
        self._targets = codecs_of(stream.target, [one.target for one in calls])
        self._looks = {one.function.looks for one in calls}
        self._holds = "whole" in self._looks

    def batches(self) -> Iterator[Batch]:
        """Yield the rows with their new fields, in the order in which they come."""
        if self._order is None and self._looks == {"back"}:
            return self._as_they_come()
        if self._order is None and not self._by:
            return self._in_their_order()
        return self._sorted(iter(self._stream), {})

    # As the rows come

    def _as_they_come(self) -> Iterator[Batch]:
        states: dict[Any, States] = {}
        most_groups = MOST_KEPT // sum(1 + one.rows for one in self._calls)
        batches = iter(self._stream)
        for batch in batches:
            narrow = self._narrowed(batch, 0)
            with exactly():
                results = self._fed(narrow, states)
            yield self._with_results(batch, results)
            if len(states) > max(most_groups, 1):
                yield from self._sorted(batches, states)

    def _fed(self, narrow: Batch, states: dict[Any, States]) -> list[list[Any]]:
        values = self._values(narrow)
        keys = self._keys(narrow)
        if keys is None:
            own = states.get(()) or states.setdefault((), self._new_states())
            return [one.feed(given) for one, given in zip(own, values, strict=True)]
        members: dict[Any, list[int]] = {}
        for index, key in enumerate(keys):
            members.setdefault(key, []).append(index)
        results: list[list[Any]] = [[None] * narrow.length for _ in values]
        for key, indices in members.items():
            own = states.get(key) or states.setdefault(key, self._new_states())
            for one, given, result in zip(own, values, results, strict=True):
                made = one.feed([given[index] for index in indices])
                for index, value in zip(indices, made, strict=True):
                    result[index] = value
        return results

    # With rows that wait

    def _in_their_order(self) -> Iterator[Batch]:
        """Compute one group of all rows, whose order is that in which they come."""
        waiting = self._waiting() if self._holds else _Queue()

        def narrow() -> Iterator[Batch]:
            for batch in self._stream:
                rows = self._narrowed(batch, 0)
                waiting.write(batch)
                yield rows

        found = (columns for _, columns in self._chunks(narrow(), {}))
        return self._put_beside(waiting, found)

    def _sorted(self, batches: Iterator[Batch], states: dict[Any, States]) -> Iterator[Batch]:
        """Compute group by group what is sorted by group.

        Args:
            batches: The rows.
            states: Of groups that have begun, which go on here.
        """
        run = self._stream.run
        waiting = self._waiting()
        parts = [Key(kind_of(self._codecs[n].type), f"by_{i}") for i, n in enumerate(self._by)]
        order = None if self._order is None else self._order.bound(self._stream)

        def keyed() -> Iterator[tuple[Batch, list[pa.Array]]]:
            seen = 0
            for batch in batches:
                rows = self._narrowed(batch, seen)
                arrays: list[pa.Array] = []
                for part, name in zip(parts, self._by, strict=True):
                    arrays += part.arrays(self._column(rows, name), self._codecs[name], rows)
                arrays += order.arrays(batch) if order else []
                waiting.write(batch)
                seen += batch.length
                yield rows, arrays

        names = [name for part in parts for name in part.names] + (order.names if order else [])
        sql = [part.order() for part in parts] + (
            [order.order(missing_first=False)] if order else []
        )
        codecs = {self._names[name]: codec for name, codec in self._codecs.items()}
        codecs["position"] = _POSITION
        in_groups = sorted_batches(keyed(), names, ", ".join(sql), codecs, run)
        position = Key("integer", "order")
        in_order = sorted_batches(
            self._positioned(self._chunks(in_groups, states), position),
            position.names,
            position.order(),
            dict.fromkeys(self._results, _ANY),
            run,
        )
        found = ([rows.column(name).values for name in self._results] for rows in in_order)
        yield from self._put_beside(waiting, found)

    def _chunks(self, batches: Iterable[Batch], states: dict[Any, States]) -> Iterator[Chunk]:
        """Yield positions and results of rows that come group by group."""
        group: WindowGroup | None = None
        current: Any = None
        for batch in batches:
            values = self._values(batch)
            positions = batch.column("position").values
            for key, start, stop in _runs(self._keys(batch), batch.length):
                if group is None or (key is not current and key != current):
                    if group is not None:
                        yield from group.end()
                    own = states.pop(key, None) or self._new_states()
                    group, current = WindowGroup(own, self._new_spool if self._holds else None), key
                part = [given[start:stop] for given in values]
                yield from group.feed(positions[start:stop], part)
        if group is not None:
            yield from group.end()

    def _positioned(
        self, chunks: Iterable[Chunk], position: Key
    ) -> Iterator[tuple[Batch, Sequence[pa.Array]]]:
        for positions, columns in gathered(chunks, len(self._calls)):
            named = zip(self._results, columns, strict=True)
            rows = Batch({name: Column(values=values) for name, values in named}, len(positions))
            arrays = position.arrays(Column(_POSITION, values=positions), _POSITION, rows)
            yield rows, arrays

    def _put_beside(
        self, waiting: Spool | _Queue, found: Iterable[list[list[Any]]]
    ) -> Iterator[Batch]:
        """Yield the rows that wait, as soon as their results are found."""
        read = waiting.read if isinstance(waiting, _Queue) else SpoolReader(waiting).read
        ready: list[list[Any]] = [[] for _ in self._calls]
        batch: Batch | None = None
        for columns in found:
            for kept, values in zip(ready, columns, strict=True):
                kept.extend(values)
            batch = read() if batch is None else batch
            while batch is not None and batch.length <= len(ready[0]):
                results = [kept[: batch.length] for kept in ready]
                for kept in ready:
                    del kept[: batch.length]
                yield self._with_results(batch, results)
                batch = read()
        waiting.close()

    def _waiting(self) -> Spool:
        return self._new_spool(codecs_of(self._stream.resource))

    def _new_spool(self, codecs: dict[str, Codec]) -> Spool:
        """Return a spool that the run closes."""
        spool = Spool(codecs)
        self._stream.run.opened.append(spool)
        return spool

    # Rows and results

    @property
    def _results(self) -> list[str]:
        return [f"result_{number}" for number in range(len(self._calls))]

    def _new_states(self) -> States:
        return [one.state() for one in self._calls]

    def _narrowed(self, batch: Batch, first: int) -> Batch:
        """Return only what the functions need, and the position of each row."""
        columns = dict(
            zip(self._names.values(), key_values(batch, self._names, self._codecs), strict=True)
        )
        positions = list(range(first, first + batch.length))
        columns["position"] = Column(_POSITION, values=positions)
        return batch.with_columns(columns)

    def _column(self, narrow: Batch, name: str) -> Column:
        return narrow.column(self._names[name])

    def _hashables(self, narrow: Batch, names: Sequence[str]) -> list[Any]:
        parts = [
            hashables(self._column(narrow, name), kind_of(self._codecs[name].type), narrow)
            for name in names
        ]
        return parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))

    def _keys(self, narrow: Batch) -> list[Any] | None:
        """Return what is equal for rows of one group; None without groups."""
        return self._hashables(narrow, self._by) if self._by else None

    def _values(self, narrow: Batch) -> list[list[Any]]:
        """Return what each function is fed."""
        given = []
        for one in self._calls:
            if one.field is not None:
                given.append(self._column(narrow, one.field).values)
            elif one.function.by_order and self._order is not None:
                given.append(self._hashables(narrow, self._order.fields))
            else:
                given.append([True] * narrow.length)
        return given

    def _with_results(self, batch: Batch, results: list[list[Any]]) -> Batch:
        for one, values in zip(self._calls, results, strict=True):
            codec = self._targets[one.target]
            # One value may have gone to several rows, of which each has its own.
            column = Column(values=clone(values) if codec.mutable else values)
            batch = set_values(batch, one.target, column, codec, self._stream)
        return batch


class _Queue:
    """Batches that wait in memory, as there are few of them."""

    def __init__(self) -> None:
        self._batches: deque[Batch] = deque()

    def write(self, batch: Batch) -> None:
        self._batches.append(batch)

    def read(self) -> Batch | None:
        return self._batches.popleft() if self._batches else None

    def close(self) -> None:
        self._batches.clear()


def _runs(keys: list[Any] | None, length: int) -> Iterator[tuple[Any, int, int]]:
    """Yield each key with the first of its rows and the one after its last."""
    if keys is None:
        yield (), 0, length
        return
    start = 0
    for key, members in groupby(keys):
        stop = start + sum(1 for _ in members)
        yield key, start, stop
        start = stop
