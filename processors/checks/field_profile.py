"""FieldProfile: what is told of the values of one field."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.processors.checks.counted_values import Aside, merged
from dataflows.processors.checks.value_summary import Numbers, ValueSummary, position
from dataflows.spill.database import Spill
from dataflows.spill.keys import Key, hashables, kind_of
from dataflows.spill.order_keys import order_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.chain import Run
    from dataflows.processors.checks.counted_values import Counted
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
        self._aside: Aside | None = None
        self._numbers = Numbers()

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
        summary = ValueSummary(known, self._numbers, top)
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
            self._aside = Aside(made.schema)
            self._run.opened.append(self._aside)
        self._aside.write(made)

    def _from_aside(self, aside: Aside) -> Iterator[Counted]:
        records = Spill.of(self._run).sorted(aside.read(), self._key.order())
        yield from merged(records, self._key.names)
        aside.close()
