"""Pivoting: the cells of rows that become one row, gathered by its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import CastError, FlowError, Place, RowError, shorten
from dataflows.package import clone
from dataflows.processors.computing.evaluation import set_values
from dataflows.processors.groups.aggregates import AGGREGATES, Aggregate
from dataflows.processors.groups.grouping import Grouping, GroupKey, Wanted
from dataflows.spill.keys import hashables, key_values, kind_of
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataflows.processors.groups.accumulators import Accumulator
    from dataflows.processors.groups.grouping import Groups
    from dataflows.schema import Schema
    from dataflows.streams import Stream

__all__ = ["Pivoting", "cell_descriptor", "named_values"]

_ANY = codec_for({"type": "any"}, ())


def named_values(schema: Schema, field: str, names: Mapping[Any, str]) -> dict[Any, int]:
    """Return the position of the new field for each value, in the form in which they are equal.

    Raises:
        FlowError: A value does not fit the type of the field, or is listed twice.

    Examples:
        >>> from dataflows.package import Schema
        >>> schema = Schema({"fields": [{"name": "year", "type": "integer"}]})
        >>> named_values(schema, "year", {"1990": "then", 2000: "now"})
        {1990: 0, 2000: 1}
    """
    descriptor = schema.field(field)
    codec = codec_for(descriptor, schema.missing_values)
    positions: dict[Any, int] = {}
    for position, value in enumerate(names):
        try:
            cast = codec.cast(value)
        except CastError as error:
            what = f"the name {value!r} is no value of the field {field!r}: {error.what}"
            raise FlowError(what, fix=f"list values of the type {codec.type!r}.") from error
        (key,) = hashables(Column(values=[cast]), kind_of(codec.type), Batch({}, 1))
        if key in positions:
            first = list(names)[positions[key]]
            what = f"the names {first!r} and {value!r} are the same value of {field!r}"
            raise FlowError(what, fix="list it once.")
        positions[key] = position
    return positions


def cell_descriptor(
    schema: Schema, value: str, name: str, aggregate: str | None, default: Any
) -> dict[str, Any]:
    """Return the descriptor of one of the new fields.

    Raises:
        FlowError: The aggregate cannot be made of the values, or the default is of another type.

    Examples:
        >>> from dataflows.package import Schema
        >>> schema = Schema({"fields": [{"name": "size", "type": "integer"}]})
        >>> cell_descriptor(schema, "size", "then", "avg", None)
        {'name': 'then', 'type': 'number'}
    """
    made = AGGREGATES[aggregate or "first"].descriptor(schema.field(value), name)
    # These hold for all rows of before, not for the cells of one field.
    limits = made.pop("constraints", {})
    kept = {key: limit for key, limit in limits.items() if key not in ("required", "unique")}
    if kept:
        made["constraints"] = kept
    codec = codec_for(made, schema.missing_values)
    if default is not None:
        try:
            codec.cast(default)
        except CastError as error:
            what = f"the default of the field {name!r} does not fit: {error.what}"
            raise FlowError(what, fix=f"give a default of the type {codec.type!r}.") from error
    return made


class Pivoting:
    """Makes the rows of a pivot.

    Args:
        field: The field whose values become fields.
        value: The field with their values.
        names: The name of the field for each value.
        keys: The fields of the key.
        stream: The stream.
    """

    def __init__(
        self, field: str, value: str, names: Mapping[Any, str], keys: list[str], stream: Stream
    ) -> None:
        self._field, self._value = field, value
        self._names = list(names.values())
        self._keys = keys
        self._stream = stream
        self._positions = named_values(stream.resource.fields, field, names)
        self._codecs = codecs_of(stream.resource)
        self._kind = kind_of(self._codecs[field].type)

    def batches(self, aggregate: str | None, default: Any, *, drops: bool) -> Iterator[Batch]:
        """Yield the batches.

        Args:
            aggregate: What becomes of several rows in one cell; None: an error.
            default: What stands in a cell without a value.
            drops: Whether rows whose value has no field are left out; else they are an error.
        """
        stream, names = self._stream, self._names
        key = [self._part(name) for name in self._keys]
        # The cells stand where the field stood whose values tell which they are.
        wanted = [Wanted(_cells(aggregate, len(names)), self._field)]
        codecs = {**self._codecs, self._field: _ANY}
        grouping = Grouping(
            key, wanted, codecs, stream.run, missing_keys=True, results_each=len(names)
        )
        try:
            for batch in stream:
                stream.tally.filtered += batch.length
                grouping.take_in(self._with_cells(batch, drops=drops, numbered=aggregate is None))
            made = 0
            for groups in grouping.groups():
                stream.tally.filtered -= groups.length
                yield self._rows(groups, default, made + 1)
                made += groups.length
        except _TwoRowsError as error:
            raise self._refusal(error, grouping) from error

    def _part(self, name: str) -> GroupKey:
        codecs = self._codecs
        kind = kind_of(codecs[name].type)
        return GroupKey(codecs[name], kind, lambda batch, _: key_values(batch, [name], codecs)[0])

    def _with_cells(self, batch: Batch, *, drops: bool, numbered: bool) -> Batch:
        """Return the rows that have a cell, with the cell: its position, and its value."""
        (column,) = key_values(batch, [self._field], self._codecs)
        find = self._positions.get
        positions = [find(one) for one in hashables(column, self._kind, batch)]
        if None in positions:
            if not drops:
                raise self._unlisted(column, positions.index(None), batch)
            batch = batch.filter([position is not None for position in positions])
            positions = [position for position in positions if position is not None]
        (values,) = key_values(batch, [self._value], self._codecs)
        cells: list[Any] = values.values
        if numbered:
            cells = list(zip(cells, batch.numbers(), strict=False))
        columns = {name: batch.column(name) for name in self._keys}
        columns[self._field] = Column(_ANY, values=list(zip(positions, cells, strict=True)))
        return batch.with_columns(columns)

    def _rows(self, groups: Groups, default: Any, first_row: int) -> Batch:
        columns = {
            name: Column(self._codecs[name], values=values)
            for name, values in zip(self._keys, groups.keys, strict=True)
        }
        batch = Batch(columns, groups.length, first_row)
        codecs = codecs_of(self._stream.target, self._names)
        cells: list[list[Any]] = [[None] * groups.length for _ in self._names]
        for index, found in enumerate(groups.results[0]):
            for position, value in zip(found[::2], found[1::2], strict=True):
                cells[position][index] = value
        for name, values in zip(self._names, cells, strict=True):
            if default is not None:
                values[:] = [clone(default) if value is None else value for value in values]
            batch = set_values(batch, name, Column(values=values), codecs[name], self._stream)
        return batch

    def _unlisted(self, column: Column, index: int, batch: Batch) -> RowError:
        value = column.values[index]
        what = f"the value {shorten(value)} is not listed in names="
        fix = f"list it, or leave such rows out: pivot({self._field!r}, …, others='drop')."
        if value is None:
            what = "the value is missing, and names= has no field for that"
            fix = "give it one: names={None: 'unknown', …}, or leave such rows out: others='drop'."
        return RowError(what, where=Place(row=batch.number(index), field=self._field), fix=fix)

    def _refusal(self, error: _TwoRowsError, grouping: Grouping) -> RowError:
        values = zip(self._keys, grouping.key_of(error.group), strict=True)
        key = ", ".join(f"{name}={shorten(value)}" for name, value in values)
        of = f" of the row with {key}" if key else ""
        name = self._names[error.position]
        what = f"rows {error.first:,} and {error.second:,} both fill the field {name!r}{of}"
        fix = "say what becomes of such rows, with aggregate='first' or 'sum' for instance."
        return RowError(what, where=Place(row=error.second, field=self._value), fix=fix)


class _TwoRowsError(Exception):
    """Two rows fall into one cell.

    Args:
        position: The position of its field.
        group: The group.
        first: The number of the first row.
        second: The number of the second.
    """

    def __init__(self, position: int, group: int, first: int, second: int) -> None:
        super().__init__(position, group, first, second)
        self.position, self.group = position, group
        self.first, self.second = first, second


@dataclass(slots=True)
class _Only:
    """Keeps the one value of each group, which comes with the number of its row."""

    position: int
    kept: list[tuple[Any, int] | None]

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self.kept
        kept.extend([None] * (count - len(kept)))
        for group, value in zip(groups, values, strict=True):
            before = kept[group]
            if before is not None:
                raise _TwoRowsError(self.position, group, before[1], value[1])
            kept[group] = value

    def take(self, count: int) -> list[Any]:
        kept = self.kept[:count]
        del self.kept[:count]
        return [None if one is None else one[0] for one in kept]


class _Cells:
    """Keeps what becomes of the values of each cell, for all cells of each group.

    Its result is a list of the position and the value of each cell that has one: of many, few may.
    """

    def __init__(self, make: Callable[[int], Accumulator], cells: int) -> None:
        self._cells = [make(position) for position in range(cells)]
        self._groups = 0

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        self._groups = count
        apart: dict[int, tuple[list[int], list[Any]]] = {}
        for group, (position, value) in zip(groups, values, strict=True):
            in_cell = apart.get(position)
            if in_cell is None:
                in_cell = apart[position] = ([], [])
            in_cell[0].append(group)
            in_cell[1].append(value)
        for position, (of_cell, cell_values) in apart.items():
            self._cells[position].add(of_cell, cell_values, count)

    def take(self, count: int) -> list[Any]:
        for cell in self._cells:
            cell.add([], [], self._groups)
        count = min(count, self._groups)
        self._groups -= count
        found: list[list[Any]] = [[] for _ in range(count)]
        for position, cell in enumerate(self._cells):
            for cells, value in zip(found, cell.take(count), strict=True):
                if value is not None:
                    cells.extend((position, value))
        return found


def _cells(aggregate: str | None, count: int) -> Aggregate:
    """Return the aggregate that makes all cells of a row."""
    inner = AGGREGATES[aggregate or "first"]
    if aggregate is None:
        return Aggregate("cells", "", lambda: _Cells(lambda position: _Only(position, []), count))
    make = inner.make
    return Aggregate("cells", "", lambda: _Cells(lambda _: make(), count), holds=inner.holds)
