"""Batch: some thousands of rows, looked at as rows or as columns.

A batch is made with one view and gives the other when asked, field by field: a function that uses
two fields gets dicts of two fields, and what it did not change goes back into the columns as it
was.
"""

from __future__ import annotations

import sys
from itertools import chain, compress
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from dataflows.column import Column, Mask
from dataflows.dict_maker import dict_maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

__all__ = ["ABSENT", "Batch"]


class _Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""Stands in a list of `extras` for a row that does not have the key."""


class Batch:
    """Some rows of one resource.

    Args:
        columns: One column a field, in the order of the schema.
        length: The number of rows.
        first_row: The number of the first row, counted from 1 where the rows began.
        extras: Keys that are not in the schema, with a value a row or `ABSENT`; they travel with
            the rows.
    """

    __slots__ = (
        *("_columns", "_dirty", "_held", "_numbering", "_numbers", "_rows"),
        *("extras", "length"),
    )

    def __init__(
        self,
        columns: dict[str, Column],
        length: int,
        first_row: int = 1,
        extras: dict[str, list[Any]] | None = None,
    ) -> None:
        self._columns = columns
        self.length = length
        self.extras = {} if extras is None else extras
        # The number of the first row, or the numbering of an earlier batch and the rows taken.
        self._numbering: Any = first_row
        self._numbers: Sequence[int] | None = None
        # The row view, when there is one: dicts with (at least) the fields in `_held`, of which
        # those in `_dirty` may differ from the columns. `_held` is None when they are whole rows.
        self._rows: list[dict[str, Any]] | None = None
        self._held: set[str] | None = set()
        self._dirty: set[str] = set()

    @classmethod
    def from_rows(
        cls, rows: list[dict[str, Any]], names: Iterable[str], first_row: int = 1
    ) -> Batch:
        """Return a batch of these dicts, which become its own; a missing key is a missing value."""
        batch = cls(dict.fromkeys(names, Column()), len(rows), first_row)
        batch._rows, batch._held = rows, None
        batch._dirty = set(batch._columns)
        return batch

    @property
    def names(self) -> list[str]:
        """The fields, in the order of the schema."""
        return list(self._columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.length

    # Rows

    def rows(self) -> list[dict[str, Any]]:
        """Return whole rows, as dicts that the caller may change: say so with `touch`."""
        if self._rows is not None and self._held is None:
            return self._rows
        self._settle()
        self._rows = self._make(self.names, [*self.extras])
        self._held = None
        return self._rows

    def rows_of(self, names: Iterable[str], written: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return rows that hold at least these fields, or the extras of these names.

        Fields that are only `written` need not be in the rows before; what is not written stays.
        """
        wanted = {*names, *(name for name in written if name not in self._columns)}
        if self._rows is None:
            fields = [name for name in self._columns if name in wanted]
            self._rows = self._make(fields, [name for name in self.extras if name in wanted])
            self._held = wanted
        elif self._held is not None:
            for name in wanted - self._held:
                if name in self._dirty:
                    self.column(name)
                self._add_to_rows(name)
                self._held.add(name)
        return self._rows

    def row(self, index: int) -> dict[str, Any]:
        """Return one whole row, for a message; a dict of its own."""
        if self._rows is not None and self._held is None:
            return dict(self._rows[index])
        return self.slice(index, index + 1).rows()[0]

    def touch(self, names: Iterable[str] | None = None) -> None:
        """Say that these fields (None: any key) of the rows handed out may have been changed."""
        if names is None:
            self._dirty.update(self._columns)
            self._dirty.add("")
        else:
            self._dirty.update(names)

    def replaced(self, rows: list[dict[str, Any]], numbering: Any) -> Batch:
        """Return a batch of other whole rows in the place of these; `numbering` numbers them."""
        batch = Batch(dict(self._columns), len(rows))
        if len(rows) != self.length:
            batch._columns = dict.fromkeys(self._columns, Column())
        batch._rows, batch._held = rows, None
        batch.touch()
        batch._numbering = numbering
        return batch

    def _make(self, names: list[str], extras: list[str]) -> list[dict[str, Any]]:
        if names:
            rows = dict_maker(names)([self._columns[name].values for name in names])
        else:
            rows = [{} for _ in range(self.length)]
        for name in extras:
            for row, value in zip(rows, self.extras[name], strict=True):
                if value is not ABSENT:
                    row[name] = value
        return rows

    def _add_to_rows(self, name: str) -> None:
        rows = self._rows or []
        if name in self._columns:
            for row, value in zip(rows, self._columns[name].values, strict=True):
                row[name] = value
        elif name in self.extras:
            for row, value in zip(rows, self.extras[name], strict=True):
                if value is not ABSENT:
                    row[name] = value

    def _settle(self) -> None:
        """Bring what was changed in the rows back into the columns."""
        if not self._dirty or self._rows is None:
            return
        rows, dirty = self._rows, self._dirty
        self._dirty = set()
        complete = dirty.issuperset(self._columns)
        for name in self._columns:
            if name in dirty:
                self._columns[name] = self._settled(name, rows)
        if self._held is None:
            self._settle_extras(rows, complete=complete)
        else:
            for name in dirty:
                if name not in self._columns:
                    self._set_extra(name, [row.get(name, ABSENT) for row in rows])

    def _settled(self, name: str, rows: list[dict[str, Any]]) -> Column:
        column = self._columns[name]
        if self._held is None or name in self._held:
            return column.changed(_values(rows, name))
        try:
            return Column(values=list(map(itemgetter(name), rows)))
        except KeyError:
            pairs = zip(rows, column.values, strict=True)
            return column.changed([row.get(name, value) for row, value in pairs])

    def _settle_extras(self, rows: list[dict[str, Any]], *, complete: bool) -> None:
        """Look for keys that are no fields; rows with all fields and no more keys have none."""
        fields = len(self._columns)
        if complete and not self.extras and all(map(fields.__eq__, map(len, rows))):
            return
        self.extras = {}
        for key in dict.fromkeys(chain.from_iterable(rows)):
            if key not in self._columns:
                self._set_extra(key, [row.get(key, ABSENT) for row in rows])

    def _set_extra(self, name: str, values: list[Any]) -> None:
        if all(value is ABSENT for value in values):
            self.extras.pop(name, None)
        else:
            self.extras[name] = values

    def _drop_rows(self) -> None:
        self._settle()
        self._rows, self._held = None, set()

    # Columns

    def column(self, name: str) -> Column:
        """Return the column of a field."""
        if name in self._dirty and self._rows is not None:
            self._columns[name] = self._settled(name, self._rows)
            self._dirty.discard(name)
        return self._columns[name]

    def columns(self) -> list[Column]:
        """Return every column, in the order of the schema."""
        self._settle()
        return list(self._columns.values())

    def set_extra(self, name: str, values: Mapping[int, Any]) -> None:
        """Set a key that is not in the schema in the rows at these indices."""
        self._drop_rows()
        items = list(self.extras.get(name) or [ABSENT] * self.length)
        for index, value in values.items():
            items[index] = value
        self.extras[name] = items

    def set_columns(self, columns: Mapping[str, Column]) -> None:
        """Put these columns in the place of those of the same names; new ones come last."""
        self._drop_rows()
        for name, column in columns.items():
            self._columns[name] = column
            self.extras.pop(name, None)

    def recheck(self, columns: Mapping[str, Column]) -> None:
        """Put in columns that hold the same values, now known to fit a type; the row view stays."""
        for name, column in columns.items():
            self._columns[name] = column

    def arrange(self, names: Sequence[str], sources: Sequence[str | None] | None = None) -> None:
        """Keep the fields `names`, in that order; a new one takes an extra of its name.

        Args:
            names: The fields wanted.
            sources: The present name of each, where it is not the same; None for a new field.
        """
        if sources is None:
            if list(self._columns) == list(names):
                return
            sources = names
        self._drop_rows()
        columns = {}
        for name, source in zip(names, sources, strict=True):
            if source is not None and source in self._columns:
                columns[name] = self._columns[source]
            elif name in self.extras:
                values = self.extras.pop(name)
                columns[name] = Column(values=[None if v is ABSENT else v for v in values])
            else:
                columns[name] = Column.null(self.length)
        self._columns = columns

    def conform(self, names: Sequence[str]) -> None:
        """Take the fields of a changed schema; what is no field any more travels as an extra."""
        if list(self._columns) == list(names):
            return
        self._settle()
        for name in self._columns:
            if name not in names:
                self.extras[name] = self._columns[name].values
        self.arrange(names)

    def drop_extras(self) -> int:
        """Leave out the keys that are not in the schema; return how many rows had any."""
        self._drop_rows()
        having = [
            any(v is not ABSENT for v in values)
            for values in zip(*self.extras.values(), strict=True)
        ]
        self.extras = {}
        return sum(having)

    # Which rows

    def filter(self, mask: Sequence[bool] | pa.BooleanArray) -> Batch:
        """Return a batch of the rows that the mask keeps; itself when that is all of them."""
        kept = Mask(mask)
        if kept.kept == self.length:
            return self
        if self._held is None and 2 * kept.kept > self.length:
            # Where most rows stay, it is cheaper to find what was changed before the lists are cut.
            self._settle()
        batch = Batch({name: c.filter(kept) for name, c in self._columns.items()}, kept.kept)
        batch.extras = {name: list(compress(v, kept.bools)) for name, v in self.extras.items()}
        self._hand_on_rows(batch, lambda rows: list(compress(rows, kept.bools)))
        batch._numbering = (self._numbering, kept)
        return batch

    def take(self, indices: list[int]) -> Batch:
        """Return a batch of the rows at these indices, in that order."""
        self._drop_rows()
        batch = Batch({name: c.take(indices) for name, c in self._columns.items()}, len(indices))
        batch.extras = {name: [v[index] for index in indices] for name, v in self.extras.items()}
        batch._numbering = (self._numbering, indices)
        return batch

    def slice(self, start: int, stop: int) -> Batch:
        """Return a batch of the rows from `start` up to `stop`."""
        stop = min(stop, self.length)
        batch = Batch(
            {name: c.slice(start, stop) for name, c in self._columns.items()}, stop - start
        )
        batch.extras = {name: v[start:stop] for name, v in self.extras.items()}
        self._hand_on_rows(batch, lambda rows: rows[start:stop])
        batch._numbering = (self._numbering, range(start, stop))
        return batch

    def parts(self, most: int | None) -> Iterator[Batch]:
        """Yield the batch in parts of about `most` rows; None: as it is."""
        if most is None or self.length < 2 * most:
            yield self
            return
        for start in range(0, self.length, most):
            yield self.slice(start, start + most)

    def _hand_on_rows(self, batch: Batch, narrow: Callable[[list[dict[str, Any]]], Any]) -> None:
        if self._rows is not None:
            batch._rows = narrow(self._rows)
            batch._held = None if self._held is None else set(self._held)
            batch._dirty = set(self._dirty)

    def copy(self) -> Batch:
        """Return a batch with rows of its own; columns are shared, for nobody changes a column."""
        self._drop_rows()
        batch = Batch(dict(self._columns), self.length)
        batch.extras = {name: list(values) for name, values in self.extras.items()}
        batch._numbering = self._numbering
        return batch

    def with_columns(self, columns: dict[str, Column]) -> Batch:
        """Return a batch of the same rows, with their numbers, that has other columns."""
        batch = Batch(columns, self.length)
        batch._numbering = self._numbering
        return batch

    def held_rows(self) -> list[dict[str, Any]] | None:
        """Return the dicts of the row view as they are, whole or not; None without a row view."""
        return self._rows

    def numbering(self, indices: Sequence[int]) -> tuple[Any, Sequence[int]]:
        """Return the numbering of rows that came from the rows at these indices."""
        return (self._numbering, indices)

    def number(self, index: int) -> int:
        """Return the number of a row, counted from 1 where the rows began, before any filter."""
        return self.numbers()[index]

    def numbers(self) -> Sequence[int]:
        """Return the number of each row, and perhaps more after them; see `number`."""
        if self._numbers is None:
            self._numbers = _numbers(self._numbering)
        return self._numbers

    def set_numbers(self, numbers: Sequence[int]) -> None:
        """Number the rows, as they were numbered elsewhere."""
        self._numbering, self._numbers = (0, numbers), numbers


def _numbers(numbering: Any) -> Sequence[int]:
    """Return the numbers of all rows of a batch: worked out once, for many may be asked for."""
    taken = []
    while not isinstance(numbering, int):
        numbering, chosen = numbering
        taken.append(chosen)
    numbers: Sequence[int] = range(numbering, sys.maxsize)
    for chosen in reversed(taken):
        if isinstance(chosen, range) and chosen.step == 1:
            numbers = numbers[chosen.start : chosen.stop]
        elif isinstance(chosen, Mask):
            numbers = list(compress(numbers, chosen.bools))
        else:
            numbers = [numbers[index] for index in chosen]
    return numbers


def _values(rows: list[dict[str, Any]], name: str) -> list[Any]:
    try:
        return list(map(itemgetter(name), rows))
    except KeyError:
        # A field of the schema is in every row, as a missing value where the row had no such key.
        return [row.setdefault(name, None) for row in rows]
