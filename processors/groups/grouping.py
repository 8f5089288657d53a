"""Grouping: the rows of a stream gathered by a key, and an aggregate or more of each group.

What is gathered stands in memory as long as there are not too many groups. Of more, the rows wait
on disk, are sorted by the key, and are gathered one group after the other. Either way the groups
come in the order in which their first rows came.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import FlowError, Place
from dataflows.processors.groups.group_order import GroupOrder
from dataflows.spill.keys import Key, hashables, key_values
from dataflows.spill.sorting import sorted_batches
from dataflows.spill.spool import Spool
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pyarrow as pa

    from dataflows.chain import Run
    from dataflows.processors.groups.accumulators import Accumulator
    from dataflows.processors.groups.aggregates import Aggregate
    from dataflows.types import Codec

__all__ = ["GroupKey", "Grouping", "Groups", "SortedGrouping", "Wanted"]

MOST_GROUPS = 200_000
"""Groups that are gathered in memory."""

MOST_TEXT = 32_000_000
"""Characters in their keys."""

MOST_VALUES = 1_000_000
"""Values that aggregates such as ``array`` hold in memory; of more, those of one group."""

_GROUPS_AT_ONCE = 8192
_POSITION = codec_for({"type": "integer"}, ())
_ANY = codec_for({"type": "any"}, ())


@dataclass(frozen=True)
class GroupKey:
    """A part of a key.

    Args:
        codec: The type of its values.
        kind: How they are compared.
        column: Gives the column of a batch, and the number of its first row, counted from 0.
    """

    codec: Codec
    kind: str
    column: Callable[[Batch, int], Column]


@dataclass(frozen=True)
class Wanted:
    """An aggregate of a field; without a field, of the rows."""

    aggregate: Aggregate
    field: str | None


@dataclass(slots=True)
class Groups:
    """Some groups, one after the other.

    Args:
        keys: For each part of the key, its value in the first row of each group.
        results: For each aggregate, its results.
        length: How many groups there are.
    """

    keys: list[list[Any]]
    results: list[list[Any]]
    length: int


class _Gathered:
    """The groups that are being gathered: by key, in the order of their first rows."""

    def __init__(self, grouping: Grouping) -> None:
        self.index: dict[Any, int] = {}
        self.keys: list[list[Any]] = [[] for _ in grouping.key]
        self.first_rows: list[int] = []
        self.text = 0
        self._key = grouping.key
        self._wanted = grouping.wanted
        self._accumulators: list[Accumulator] = [one.aggregate.make() for one in grouping.wanted]

    def add(self, rows: Batch, keys: list[Any]) -> None:
        """Take in rows, with their keys."""
        index, before = self.index, len(self.index)
        groups = [index.setdefault(key, len(index)) for key in keys]
        if len(index) > before:
            self._note_new(rows, groups, before)
        for number, (wanted, one) in enumerate(zip(self._wanted, self._accumulators, strict=True)):
            values = groups if wanted.field is None else rows.column(f"value_{number}").values
            with _explained(wanted):
                one.add(groups, values, len(index))

    def _note_new(self, rows: Batch, groups: list[int], before: int) -> None:
        """Keep the keys, as they are there, of the rows that are the first of their groups."""
        firsts, expected = [], before
        for position, group in enumerate(groups):
            if group == expected:
                firsts.append(position)
                expected += 1
        for number, kept in enumerate(self.keys):
            values = rows.column(f"key_{number}").values
            new = [values[position] for position in firsts]
            kept.extend(new)
            if self._key[number].kind in ("text", "bytes"):
                self.text += sum(map(len, filter(_has_length, new)))
        positions = rows.column("position").values
        self.first_rows += [positions[position] for position in firsts]

    def add_empty(self) -> None:
        """Add a group without rows."""
        self.index[()] = 0
        self.first_rows.append(0)
        for one in self._accumulators:
            one.add([], [], 1)

    def take(self, count: int) -> tuple[Groups, list[int]]:
        """Return the first groups, and the positions of their first rows; forget them."""
        keys = [kept[:count] for kept in self.keys]
        for kept in self.keys:
            del kept[:count]
        first_rows = self.first_rows[:count]
        del self.first_rows[:count]
        results = []
        for wanted, one in zip(self._wanted, self._accumulators, strict=True):
            with _explained(wanted):
                results.append(one.take(count))
        return Groups(keys, results, len(first_rows)), first_rows


class Grouping:
    """Gathers rows by a key.

    Args:
        key: The parts of the key; without any, all rows are one group.
        wanted: The aggregates.
        codecs: The fields of the rows.
        run: The run.
        missing_keys: Whether rows that lack a value in their key are a group; else left out.
        results_each: How many values the aggregates hold for a group, where these are many: so
            many fewer groups are gathered in memory.
    """

    def __init__(
        self,
        key: list[GroupKey],
        wanted: list[Wanted],
        codecs: dict[str, Codec],
        run: Run,
        *,
        missing_keys: bool,
        results_each: int = 1,
    ) -> None:
        self.key = key
        self.wanted = wanted
        self._run = run
        self._missing_keys = missing_keys
        self._most_groups = min(MOST_GROUPS, MOST_VALUES // results_each)
        self._holds = any(one.aggregate.holds for one in wanted)
        self._codecs = {f"key_{number}": one.codec for number, one in enumerate(key)}
        for number, one in enumerate(wanted):
            if one.field is not None:
                self._codecs[f"value_{number}"] = codecs[one.field]
        self._codecs["position"] = _POSITION
        self._field_codecs = codecs
        self._gathered = _Gathered(self)
        self._rows = 0
        self._waiting: Spool | None = None

    def take_in(self, batch: Batch) -> None:
        """Take in the next rows."""
        rows = self._narrowed(batch)
        keys = self._keys(rows)
        if not self._missing_keys and None in keys:
            present = [position for position, key in enumerate(keys) if key is not None]
            rows, keys = rows.take(present), [keys[position] for position in present]
        self._rows += batch.length
        gathered = self._gathered
        if self._holds:
            self._wait(rows)
            if self._rows <= MOST_VALUES:
                gathered.add(rows, keys)
        elif len(gathered.index) <= self._most_groups and gathered.text <= MOST_TEXT:
            gathered.add(rows, keys)
        else:
            known = [position for position, key in enumerate(keys) if key in gathered.index]
            if len(known) < rows.length:
                new = [position for position, key in enumerate(keys) if key not in gathered.index]
                self._wait(rows.take(new))
            if known:
                gathered.add(rows.take(known), [keys[position] for position in known])

    def key_of(self, group: int) -> list[Any]:
        """Return the key of a group that an accumulator is taking values in for."""
        return [kept[group] for kept in self._gathered.keys]

    @property
    def is_whole(self) -> bool:
        """Whether all groups are in memory."""
        return self._waiting is None or (self._holds and self._rows <= MOST_VALUES)

    def in_memory(self) -> tuple[dict[Any, int], Groups]:
        """Return all groups, and the position of each by its key; where that `is_whole`."""
        self._stop_waiting()
        gathered = self._gathered
        groups, _ = gathered.take(len(gathered.index))
        return gathered.index, groups

    def of(self, batches: Iterable[Batch]) -> Iterator[Groups]:
        """Pull all rows, and yield their groups in the order of their first rows."""
        for batch in batches:
            self.take_in(batch)
        if not self.key and not self._gathered.index:
            self._gathered.add_empty()
        yield from self.groups()

    def groups(self) -> Iterator[Groups]:
        """Yield the groups of all rows that were taken in, in the order of their first rows."""
        if self.is_whole or not self._holds:
            gathered = self._gathered
            for _ in range(0, len(gathered.index), _GROUPS_AT_ONCE):
                yield gathered.take(_GROUPS_AT_ONCE)[0]
        if not self.is_whole and self._waiting is not None:
            self._gathered = _Gathered(self)
            yield from self._in_order(self._sorted_groups(self._waiting))
        self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None

    def _wait(self, rows: Batch) -> None:
        if self._waiting is None:
            self._waiting = Spool(self._codecs)
            self._run.opened.append(self._waiting)
        self._waiting.write(rows)

    def _narrowed(self, batch: Batch) -> Batch:
        """Return only what is grouped by and aggregated, under names of our own."""
        columns = {
            f"key_{number}": one.column(batch, self._rows) for number, one in enumerate(self.key)
        }
        for number, one in enumerate(self.wanted):
            if one.field is not None:
                (columns[f"value_{number}"],) = key_values(batch, [one.field], self._field_codecs)
        positions = list(range(self._rows, self._rows + batch.length))
        columns["position"] = Column(_POSITION, values=positions)
        return batch.with_columns(columns)

    def _keys(self, rows: Batch) -> list[Any]:
        """Return what is equal, as a key of a dict, for rows of one group; None: not to group."""
        if not self.key:
            return [()] * rows.length
        parts = [
            hashables(rows.column(f"key_{number}"), one.kind, rows)
            for number, one in enumerate(self.key)
        ]
        if len(parts) == 1:
            return parts[0]
        keys: list[Any] = list(zip(*parts, strict=True))
        if not self._missing_keys:
            return [None if None in key else key for key in keys]
        return keys

    def _sorted_groups(self, waiting: Spool) -> Iterator[tuple[Groups, list[int]]]:
        """Yield the groups of rows on disk in the order of their keys."""
        parts = [Key(one.kind, f"order_{number}") for number, one in enumerate(self.key)]

        def keyed() -> Iterator[tuple[Batch, list[pa.Array]]]:
            for rows in waiting:
                arrays: list[pa.Array] = []
                for number, (part, one) in enumerate(zip(parts, self.key, strict=True)):
                    arrays += part.arrays(rows.column(f"key_{number}"), one.codec, rows)
                yield rows, arrays

        names = [name for part in parts for name in part.names]
        order = ", ".join(part.order() for part in parts)
        for rows in sorted_batches(keyed(), names, order, self._codecs, self._run):
            yield from self._complete(rows, self._keys(rows))
        if self._gathered.index:
            yield self._gathered.take(len(self._gathered.index))

    def _complete(self, rows: Batch, keys: list[Any]) -> Iterator[tuple[Groups, list[int]]]:
        """Take in rows in the order of their groups; yield all but the last, which may go on."""
        gathered = self._gathered
        gathered.add(rows, keys)
        complete = len(gathered.index) - 1
        if complete > 0:
            yield gathered.take(complete)
            gathered.index = {keys[-1]: 0}

    def _in_order(self, found: Iterable[tuple[Groups, list[int]]]) -> Iterator[Groups]:
        """Yield groups in the order of their first rows."""
        key_names = [f"key_{number}" for number in range(len(self.key))]
        result_names = [f"result_{number}" for number in range(len(self.wanted))]
        position = Key("integer", "order")

        def keyed() -> Iterator[tuple[Batch, list[pa.Array]]]:
            for groups, first_rows in found:
                columns = dict(zip(key_names, groups.keys, strict=True))
                columns |= dict(zip(result_names, groups.results, strict=True))
                made = {name: Column(values=values) for name, values in columns.items()}
                rows = Batch(made, groups.length)
                yield rows, position.arrays(Column(_POSITION, values=first_rows), _POSITION, rows)

        codecs = dict.fromkeys([*key_names, *result_names], _ANY)
        for rows in sorted_batches(keyed(), position.names, position.order(), codecs, self._run):
            keys = [rows.column(name).values for name in key_names]
            yield Groups(keys, [rows.column(name).values for name in result_names], rows.length)


class SortedGrouping(Grouping):
    """Gathers rows that come in the order of their groups: a group goes out when the next begins.

    The first part of the key must go up or down all the way; the groups of one value of it may come
    in any order, each in one piece.
    """

    def of(self, batches: Iterable[Batch]) -> Iterator[Groups]:
        """Pull the rows, and yield each group as soon as it is complete.

        Raises:
            RowError: A row that is not in order.
        """
        order = GroupOrder()
        for batch in batches:
            rows = self._narrowed(batch)
            self._rows += batch.length
            keys = self._keys(rows)
            order.check(keys, batch)
            for groups, _ in self._complete(rows, keys):
                yield groups
        if not self.key and not self._gathered.index:
            self._gathered.add_empty()
        if self._gathered.index:
            yield self._gathered.take(len(self._gathered.index))[0]


@contextmanager
def _explained(wanted: Wanted) -> Iterator[None]:
    """Say which aggregate met values that do not go together, as a field of any type may hold."""
    try:
        yield
    except TypeError as error:
        what = f"the aggregate {wanted.aggregate.name!r} cannot be made of these values: {error}"
        fix = f"use set_type({wanted.field!r}, …) before this, or another aggregate."
        raise FlowError(what, where=Place(field=wanted.field), fix=fix) from error


def _has_length(value: Any) -> bool:
    return hasattr(value, "__len__")
