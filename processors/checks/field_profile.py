"""FieldProfile: what is told of the values of one field."""

from __future__ import annotations

import contextlib
import datetime
import math
import tempfile
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from heapq import nsmallest
from itertools import accumulate, count
from operator import neg
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.keys import Key, hashables, kind_of
from dataflows.order_keys import order_key
from dataflows.spill import Spill
from dataflows.spool import no_room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.chain import Run
    from dataflows.types import Codec

__all__ = ["FIELDS", "FieldProfile"]

FIELDS = {
    "field": "string",
    "type": "string",
    "rows": "integer",
    "missing": "integer",
    "invalid": "integer",
    "distinct": "integer",
    "min": "string",
    "lower_quartile": "string",
    "median": "string",
    "upper_quartile": "string",
    "max": "string",
    "mean": "number",
    "shortest": "integer",
    "longest": "integer",
    "top": "array",
    "histogram": "string",
}
"""The fields of a profile, and their types."""

_MOST_DISTINCT = 100_000
_PART_ROWS = 16_384
_BINS = 10
_BARS = "▁▂▃▄▅▆▇█"
_DIGITS = 15
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - only the distances count
_QUARTERS = {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}

Counted = tuple[list[str], list[float | None], list[int]]


class FieldProfile:
    """Counts the distinct values of a field: in memory while few, then in the run's database.

    Args:
        name: The name of the field.
        codec: Its type.
        run: The run.
        most: How many distinct values are kept in memory.
    """

    def __init__(self, name: str, codec: Codec, run: Run, most: int = _MOST_DISTINCT) -> None:
        self._name = name
        self._codec = codec
        self._run = run
        self._most = most
        self._kind = kind_of(codec.type)
        self._key = Key(self._kind, "key")
        self._rows = self._missing = self._invalid = 0
        self._counts: Counter[Any] = Counter()
        # What stands behind the keys of values that cannot be counted themselves.
        self._values: dict[bytes, Any] = {}
        self._aside: _Aside | None = None
        self._numbers = _Numbers()

    def take(self, batch: Batch) -> None:
        """Take in the next rows."""
        column, errors = batch.column(self._name).cast(self._codec)
        self._rows += batch.length
        self._invalid += len(errors)
        if column is None:
            return
        self._missing -= len(errors)
        self._count(column, batch)
        self._missing += self._counts.pop(None, 0)
        if len(self._counts) > self._most:
            self._put_aside()

    def _count(self, column: Column, batch: Batch) -> None:
        if self._kind == "bytes":
            keys = hashables(column, self._kind, batch)
            self._values.update(zip(keys, column.values, strict=True))
            self._counts.update(keys)
            return
        if column.text is not None:
            encoded = column.text.dictionary_encode()
            if 2 * len(encoded.dictionary) <= len(column.text):
                # Few values, often: each is read once.
                for one in encoded.value_counts():
                    text, count = one["values"].as_py(), one["counts"].as_py()
                    value = self._codec.text_to_values(pa.array([text], pa.string()))[0]
                    self._counts[value] += count
                return
        self._counts.update(column.values)

    def row(self, top: int) -> dict[str, Any]:
        """Return what is told of the field.

        Args:
            top: How many of the most frequent values to name.
        """
        if self._aside is not None:
            self._put_aside()
            counted: Iterable[Counted] = self._from_aside(self._aside)
        else:
            counted = [self._sorted()]
        known = self._rows - self._missing - self._invalid
        summary = _Summary(known, self._numbers, top)
        for one in counted:
            summary.take(*one)
        made: dict[str, Any] = dict.fromkeys(FIELDS)
        made |= {"field": self._name, "type": self._codec.type, "rows": self._rows}
        made |= {"missing": self._missing, "invalid": self._invalid}
        made |= summary.told(has_lengths=self._kind == "text")
        return made

    def _items(self) -> tuple[list[Any], list[Any], list[int]]:
        """Return the keys, the values and their counts."""
        keys = list(self._counts)
        values = [self._values[key] for key in keys] if self._kind == "bytes" else keys
        return keys, values, list(self._counts.values())

    def _sorted(self) -> Counted:
        keys, values, counts = self._items()
        try:
            order = sorted(range(len(keys)), key=keys.__getitem__)
        except (TypeError, ArithmeticError):  # not a number, or with and without a time zone
            order = sorted(range(len(keys)), key=lambda index: order_key(keys[index]))
        values = [values[index] for index in order]
        counts = [counts[index] for index in order]
        positions = list(map(position, values))
        self._numbers.take(values, positions, counts)
        return self._codec.values_to_plain(values).to_pylist(), positions, counts

    def _put_aside(self) -> None:
        keys, values, counts = self._items()
        if not keys:
            return
        positions = list(map(position, values))
        self._numbers.take(values, positions, counts)
        if self._kind == "bytes":
            arrays = [pa.array(keys, pa.binary())]
        else:
            column = Column(self._codec, values=values)
            arrays = self._key.arrays(column, self._codec, Batch.from_rows([], []))
        told = [
            self._codec.values_to_plain(values),
            pa.array(positions, pa.float64()),
            pa.array(counts, pa.int64()),
        ]
        made = pa.record_batch([*arrays, *told], [*self._key.names, "text", "at", "count"])
        self._counts.clear()
        self._values.clear()
        if self._aside is None:
            self._aside = _Aside(made.schema)
            self._run.opened.append(self._aside)
        self._aside.write(made)

    def _from_aside(self, aside: _Aside) -> Iterator[Counted]:
        records = Spill.of(self._run).sorted(aside.read(), self._key.order())
        yield from _merged(records, self._key.names)
        aside.close()


class _Aside:
    """Counted values that wait in a temporary file."""

    def __init__(self, schema: pa.Schema) -> None:
        self._file = tempfile.TemporaryFile(prefix="dataflows-")  # noqa: SIM115 - closed by `close`
        self._writer = pa.ipc.new_stream(self._file, schema)

    def write(self, records: pa.RecordBatch) -> None:
        """Write some; raise FlowError when the disk is full."""
        try:
            self._writer.write_batch(records)
            self._file.flush()
        except OSError as error:
            raise no_room(error) from error

    def read(self) -> Iterator[pa.RecordBatch]:
        """Yield all of them, in small parts."""
        self._writer.close()
        self._file.seek(0)
        for records in pa.ipc.open_stream(self._file):
            for start in range(0, records.num_rows, _PART_ROWS):
                yield records.slice(start, _PART_ROWS)

    def close(self) -> None:
        """Remove the file."""
        with contextlib.suppress(OSError):  # it cannot take its last bytes: nobody wants them
            self._file.close()


def _merged(batches: Iterable[pa.RecordBatch], keys: list[str]) -> Iterator[Counted]:
    """Yield values in their order with the sums of the counts of those that are equal."""
    held: tuple[Any, ...] | None = None
    held_text, held_at, held_count = "", None, 0
    for batch in batches:
        columns = [batch.column(name) for name in keys]
        starts = _starts(columns, batch.num_rows)
        texts = batch.column("text").take(starts).to_pylist()
        positions = batch.column("at").take(starts).to_pylist()
        sums = [0, *pc.cumulative_sum(batch.column("count")).to_pylist()]
        first = starts.to_pylist()
        counts = [
            sums[end] - sums[start]
            for start, end in zip(first, [*first[1:], batch.num_rows], strict=True)
        ]
        if held == tuple(column[0].as_py() for column in columns):
            texts[0] = held_text
            counts[0] += held_count
        elif held is not None:
            yield [held_text], [held_at], [held_count]
        held = tuple(column[-1].as_py() for column in columns)
        held_text, held_at, held_count = texts.pop(), positions.pop(), counts.pop()
        yield texts, positions, counts
    if held is not None:
        yield [held_text], [held_at], [held_count]


def _starts(columns: list[pa.Array], rows: int) -> pa.Array:
    """Return where in sorted columns another value begins."""
    other = pa.repeat(pa.scalar(value=False), rows - 1)
    for column in columns:
        other = pc.or_(other, pc.not_equal(column.slice(1), column.slice(0, rows - 1)))
    ends = pc.indices_nonzero(other).to_pylist()
    return pa.array([0, *(end + 1 for end in ends)], pa.int64())


@dataclass
class _Numbers:
    """The sum of the finite numbers, and where the values of a histogram begin and end."""

    count: int = 0
    total: Decimal = Decimal(0)
    first: float = math.inf
    last: float = -math.inf

    def take(self, values: list[Any], positions: list[float | None], counts: list[int]) -> None:
        """Take in values, where they stand, and how often they are there."""
        known = [at for at in positions if at is not None]
        if not known:
            return
        self.first = min(self.first, *known)
        self.last = max(self.last, *known)
        with localcontext() as context:
            context.prec = 100
            for value, count in zip(values, counts, strict=True):
                if type(value) is int or (type(value) is Decimal and value.is_finite()):
                    self.count += count
                    self.total += value * count

    @property
    def mean(self) -> Decimal | None:
        """The mean, to 15 digits; None without numbers."""
        if not self.count:
            return None
        with localcontext() as context:
            context.prec = _DIGITS
            return (self.total / self.count).normalize() + 0


@dataclass
class _Summary:
    """What is told of distinct values that come in their order."""

    known: int
    numbers: _Numbers
    top: int
    distinct: int = 0
    seen: int = 0
    told_values: dict[str, str] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    frequent: list[tuple[int, int, str]] = field(default_factory=list)
    bins: list[int] = field(default_factory=lambda: [0] * _BINS)

    def take(self, texts: list[str], positions: list[float | None], counts: list[int]) -> None:
        """Take in the next values, where they stand, and how often they are there."""
        if not texts:
            return
        lengths = [*self.lengths, *map(len, texts)]
        self.lengths = (min(lengths), max(lengths))
        self.told_values.setdefault("min", texts[0])
        self.told_values["max"] = texts[-1]
        ends = list(accumulate(counts, initial=self.seen))[1:]
        for name, part in _QUARTERS.items():
            index = bisect_left(ends, part * self.known)
            if index < len(ends):
                self.told_values.setdefault(name, texts[index])
        most_frequent = nsmallest(self.top, zip(map(neg, counts), count(self.distinct), texts))
        self.frequent = nsmallest(self.top, [*self.frequent, *most_frequent])
        self.distinct += len(texts)
        self.seen = ends[-1]
        # Halves, for the distance of two floats may be more than a float.
        first, last = self.numbers.first / 2, self.numbers.last / 2
        width = last - first
        for at, number in zip(positions, counts, strict=True):
            if at is not None:
                share = (at / 2 - first) / width if width else 0.0
                self.bins[min(_BINS - 1, int(share * _BINS))] += number

    def told(self, *, has_lengths: bool) -> dict[str, Any]:
        """Return what is told."""
        made: dict[str, Any] = {
            "distinct": self.distinct,
            **self.told_values,
            "mean": self.numbers.mean,
            "top": [{"value": text, "count": -count} for count, _, text in self.frequent],
        }
        if has_lengths and self.distinct:
            made["shortest"], made["longest"] = self.lengths
        most = max(self.bins)
        if most:
            made["histogram"] = "".join(
                _BARS[math.ceil(count / most * (len(_BARS) - 1))] for count in self.bins
            )
        return made


def position(value: Any) -> float | None:
    """Return where a value stands on a line, for a histogram; None where it stands on none.

    Examples:
        >>> position(Decimal("1.5")), position("a"), position(datetime.date(1970, 1, 2))
        (1.5, None, 719164.0)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Decimal)):
        try:
            number = float(value)
        except (OverflowError, ValueError):
            return None
        return number if math.isfinite(number) else None
    if isinstance(value, datetime.datetime):
        offset = value.utcoffset() or datetime.timedelta()
        return (value.replace(tzinfo=None) - offset - _EPOCH).total_seconds()
    return float(value.toordinal()) if isinstance(value, datetime.date) else None
