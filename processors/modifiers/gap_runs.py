"""Runs of gaps, filled from the rows above or below them, from batch to batch."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.column import Column
from dataflows.package import clone
from dataflows.processors.modifiers.gaps import gaps_of
from dataflows.processors.modifiers.patched_column import patched
from dataflows.processors.modifiers.row_groups import groups_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.streams import Stream
    from dataflows.types import Codec

    Cell = tuple[str | None, Any]

__all__ = ["DownFill", "UpFill"]


class DownFill:
    """Fills the gaps of one field from above, from batch to batch.

    Args:
        codec: The type of the field.
        limit: How many gaps in a row a value fills; None is all.

    Examples:
        >>> from dataflows.types import codec_for
        >>> down = DownFill(codec_for({"type": "integer"}), None)
        >>> down.apply(Column(values=[1, None])).values, down.apply(Column(values=[None])).values
        ([1, 1], [1])
    """

    def __init__(self, codec: Codec, limit: int | None) -> None:
        self._codec = codec
        self._limit = limit
        self._last: dict[Hashable, Cell] = {}
        self._runs: dict[Hashable, int] = {}

    def apply(self, column: Column, groups: Iterable[Hashable] | None = None) -> Column:
        """Return the column without the gaps that have a value above them in their group."""
        gaps = gaps_of(column, self._codec)
        length = len(gaps)
        here: dict[Hashable, int] = {}
        carried: list[Cell] = []
        places: dict[Hashable, int] = {}
        indices = list(range(length))
        limit, runs = self._limit, self._runs
        for index, (gap, group) in enumerate(zip(gaps, groups or repeat(()), strict=False)):
            if not gap:
                here[group] = index
                runs.pop(group, None)
                continue
            if limit is not None:
                runs[group] = runs.get(group, 0) + 1
                if runs[group] > limit:
                    continue
            if group in here:
                indices[index] = here[group]
            elif group in self._last:
                if group not in places:
                    places[group] = length + len(carried)
                    carried.append(self._last[group])
                indices[index] = places[group]
        filled = column
        if indices != list(range(length)):
            filled = patched(column, [_column_of(carried, self._codec)], indices, self._codec)
        self._last.update(zip(here, _cells(column, list(here.values()), self._codec), strict=True))
        return filled


class UpFill:
    """Fills the gaps of fields from below; rows wait while one of their gaps is open.

    Args:
        codecs: The fields.
        by: The fields that make groups.
        limit: How many gaps in a row a value fills; None is all.

    Examples:
        >>> from dataflows.batch import Batch
        >>> from dataflows.types import codec_for
        >>> up = UpFill({"a": codec_for({"type": "integer"})}, [], None)
        >>> rows = [{"a": None}, {"a": 2}]
        >>> [batch.rows() for batch in up.batches([Batch.from_rows(rows, ["a"])])]
        [[{'a': 2}, {'a': 2}]]
    """

    def __init__(self, codecs: Mapping[str, Codec], by: Sequence[str], limit: int | None) -> None:
        self._codecs = codecs
        self._by = by
        self._limit = limit
        self._waiting: deque[tuple[int, Batch]] = deque()
        self._open: dict[tuple[str, Hashable], deque[int]] = {}
        self._found: dict[str, dict[int, Cell]] = {name: {} for name in codecs}

    def batches(self, stream: Stream | Iterable[Batch]) -> Iterator[Batch]:
        """Yield the batches, each as soon as its gaps are closed."""
        start = 0
        for batch in stream:
            groups = list(groups_of(batch, self._by))
            for name, codec in self._codecs.items():
                self._look_at(name, batch.column(name), codec, groups, start)
            self._waiting.append((start, batch))
            start += batch.length
            yield from self._ready(min((rows[0] for rows in self._open.values()), default=start))
        yield from self._ready(start)

    def _look_at(
        self, name: str, column: Column, codec: Codec, groups: list[Hashable], start: int
    ) -> None:
        """Note the gaps of a column, and close those above its values."""
        gaps = gaps_of(column, codec)
        closing: list[int] = []
        closed: list[deque[int]] = []
        for index, (gap, group) in enumerate(zip(gaps, groups, strict=True)):
            key = (name, group)
            if gap:
                # Of too many, the oldest falls out: it stays a gap.
                self._open.setdefault(key, deque(maxlen=self._limit)).append(start + index)
            elif key in self._open:
                closing.append(index)
                closed.append(self._open.pop(key))
        for cell, rows in zip(_cells(column, closing, codec), closed, strict=True):
            self._found[name].update(zip(rows, repeat(cell)))

    def _ready(self, stop: int) -> Iterator[Batch]:
        """Yield the rows that wait, up to the first with an open gap."""
        while self._waiting and self._waiting[0][0] < stop:
            start, batch = self._waiting.popleft()
            if start + batch.length > stop:
                self._waiting.appendleft((stop, batch.slice(stop - start, batch.length)))
                batch = batch.slice(0, stop - start)
            yield self._filled(batch, start)

    def _filled(self, batch: Batch, start: int) -> Batch:
        columns = {}
        for name, codec in self._codecs.items():
            found = self._found[name]
            if not found:
                continue
            cells = [found.pop(start + index, None) for index in range(batch.length)]
            given = [cell for cell in cells if cell is not None]
            places = iter(range(batch.length, batch.length + len(given)))
            indices = [i if cell is None else next(places) for i, cell in enumerate(cells)]
            if given:
                piece = _column_of(given, codec)
                columns[name] = patched(batch.column(name), [piece], indices, codec)
        if columns:
            batch.set_columns(columns)
        return batch


def _cells(column: Column, indices: list[int], codec: Codec) -> list[Cell]:
    """Return cells by themselves, as their text where the column has it: (text, value)."""
    if not indices:
        return []
    if column.text is not None and column.codec is codec:
        texts = column.text.take(pa.array(indices, pa.int64())).to_pylist()
        return [(text, None) for text in texts]
    values = [column.values[index] for index in indices]
    if codec.mutable:
        values = list(map(clone, values))  # those of the rows that go on may be changed
    return [(None, value) for value in values]


def _column_of(cells: list[Cell], codec: Codec) -> Column:
    texts = [text for text, _ in cells]
    if None not in texts:
        return Column(codec, text=pa.array(texts, pa.string()))
    read = iter(codec.text_to_values(pa.array((t for t in texts if t is not None), pa.string())))
    return Column(codec, values=[v if text is None else next(read) for text, v in cells])
