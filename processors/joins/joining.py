"""Joining: the fields that a join brings, and the groups of the source as its index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.batch import Batch
from dataflows.coding.batch_coder import BatchCoder
from dataflows.column import Column
from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.package import clone
from dataflows.processors.groups.aggregates import aggregate_named
from dataflows.processors.groups.grouping import Grouping, Groups, Wanted
from dataflows.selectors import no_such_field
from dataflows.spill.database import Spill
from dataflows.spill.keys import Key, hashables
from dataflows.spill.order_keys import order_key
from dataflows.streams import codecs_of
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflows.chain import Run
    from dataflows.package import Resource
    from dataflows.processors.groups.grouping import GroupKey
    from dataflows.types import Codec

__all__ = [
    "Found",
    "Index",
    "JoinedField",
    "check_same_type",
    "joined_fields",
    "read_fields",
    "results_codecs",
    "without_demands",
]

_VALUES_AT_ONCE = 2_400_000
"""Values of the rows, and of what they find, that look for groups on disk together.

Every look goes through all groups: few and large ones take less time, and more memory.
"""

_OPTIONS = ("name", "aggregate")


@dataclass(frozen=True)
class JoinedField:
    """A field of the target that takes an aggregate of a field of the source."""

    name: str
    wanted: Wanted
    descriptor: dict[str, Any]


def read_fields(fields: Any) -> dict[str, dict[str, Any]]:
    """Return the fields of a join as they were given, checked, as dicts of our own.

    Raises:
        ArgumentError: They are no dict of dicts, or one has an unknown option or aggregate.

    Examples:
        >>> read_fields({"total": {"name": "amount", "aggregate": "sum"}, "city": None})
        {'total': {'name': 'amount', 'aggregate': 'sum'}, 'city': {}}
        >>> read_fields(["city"])
        {'city': {}}
    """
    if isinstance(fields, (list, tuple)):
        fields = dict.fromkeys(fields)
    if not isinstance(fields, Mapping):
        what = f"the fields of a join are a dict, got {shorten(fields)}"
        fix = "write for instance {'total': {'name': 'amount', 'aggregate': 'sum'}}."
        raise ArgumentError(what, fix=fix)
    read = {}
    for target, given in fields.items():
        options = {} if given is None else {"name": given} if isinstance(given, str) else given
        if not isinstance(target, str) or not isinstance(options, Mapping):
            what = f"a field of the join is {shorten(target)}, given as {shorten(given)}"
            fix = "write for instance {'total': {'name': 'amount', 'aggregate': 'sum'}}."
            raise ArgumentError(what, fix=fix)
        unknown = [key for key in options if key not in _OPTIONS]
        if unknown:
            what = f"the field {target!r} of the join has an unknown option {unknown[0]!r}"
            raise ArgumentError(what, fix="the options are 'name' and 'aggregate'.")
        aggregate_named(options.get("aggregate") or "any")
        read[target] = dict(options)
    return read


def joined_fields(
    fields: dict[str, dict[str, Any]], source: Resource, default: str = "any"
) -> list[JoinedField]:
    """Return the fields that a join makes, in their order in the schema.

    Those named as fields of the source come first, in its order; then the others by name.

    Args:
        fields: What `read_fields` gave; ``*`` stands for the fields of the source not yet named.
        source: The resource that they come from.
        default: The aggregate of a field that names none.

    Raises:
        UnknownFieldError: The source has no such field.
        ArgumentError: There is no such aggregate.
        FlowError: It cannot be made of the field's type.
    """
    descriptors = {field["name"]: field for field in source.fields.descriptor["fields"]}
    every = dict(fields)
    rest = every.pop("*", None)
    if rest is not None:
        named = {options.get("name") or target for target, options in every.items()}
        for name in descriptors:
            if name not in named:
                every.setdefault(name, {**rest, "name": name})
    made = {}
    for target, options in every.items():
        aggregate = aggregate_named(options.get("aggregate") or default)
        name = options.get("name")
        if aggregate.name == "count" and name is None:
            made[target] = JoinedField(
                target, Wanted(aggregate, None), {"name": target, "type": "integer"}
            )
            continue
        name = target if name is None else name
        if name not in descriptors:
            raise no_such_field(name, list(descriptors))
        descriptor = without_demands(aggregate.descriptor(descriptors[name], target))
        made[target] = JoinedField(target, Wanted(aggregate, name), descriptor)
    order = [name for name in descriptors if name in made]
    return [made[name] for name in [*order, *sorted(set(made) - set(order))]]


def without_demands(descriptor: dict[str, Any]) -> dict[str, Any]:
    """Return a field without what holds for a whole row of the source, and not for a match."""
    constraints = {
        name: limit
        for name, limit in descriptor.get("constraints", {}).items()
        if name not in ("required", "unique")
    }
    without = {key: value for key, value in descriptor.items() if key != "constraints"}
    return {**without, "constraints": constraints} if constraints else without


@dataclass(slots=True)
class Found:
    """What the rows of a batch have found.

    Args:
        groups: For each row the position of its group in the `columns`; None where there is none.
        columns: The results of some groups, a column for each field.
    """

    groups: list[int | None]
    columns: list[Column]

    def has_all(self) -> bool:
        """Tell whether every row found a group."""
        return None not in self.groups

    def column(self, number: int, positions: list[int | None]) -> Column:
        """Return a field's results for rows that found these groups, each with its own lists."""
        column = self.columns[number].take_or_missing(positions)
        return column if column.codec is not None else Column(values=clone(column.values))


class Index:
    """The groups of the source, to be found by their keys.

    Args:
        grouping: The groups, all rows taken in.
        key: The key of the rows that look for them.
        codecs: The types of the results.
        run: The run.
    """

    def __init__(
        self, grouping: Grouping, key: list[GroupKey], codecs: list[Codec], run: Run
    ) -> None:
        self._key = key
        self._source_key = grouping.key
        self._codecs = codecs
        self._run = run
        self._rows = 0
        self._matched = bytearray()
        self._positions: dict[Any, int] | None = None
        if grouping.is_whole:
            self._positions, self._groups = grouping.in_memory()
            self._count = self._groups.length
            pairs = zip(self._groups.results, codecs, strict=True)
            self._columns = [_shared(values, codec) for values, codec in pairs]
        else:
            self._store(grouping)
        self._matched = bytearray(self._count)

    def matches(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Found]]:
        """Yield each batch with what its rows have found."""
        if self._positions is None:
            yield from self._matches_stored(batches)
            return
        find = self._positions.get
        for batch in batches:
            keys = self._keys(batch)
            groups = [None if key is None else find(key) for key in keys]
            self._mark(groups)
            yield batch, Found(groups, self._columns)

    def unmatched(self, *, by_key: bool = True) -> Iterator[Groups]:
        """Yield the groups that no row has found, in the order of their keys or of their rows."""
        matched = self._matched
        if self._positions is None:
            for rows, positions in self._stored_groups(by_key=by_key):
                left = [at for at, group in enumerate(positions) if not matched[group]]
                yield _chosen(_as_groups(rows, len(self._key), len(self._codecs)), left)
            return
        left = [group for group in range(self._count) if not matched[group]]
        if by_key:
            keys = [tuple(map(_order, key)) for key in zip(*self._groups.keys, strict=True)]
            left.sort(key=keys.__getitem__)
        yield _chosen(self._groups, left)

    def _mark(self, groups: list[int | None]) -> None:
        matched = self._matched
        for group in set(groups):
            if group is not None:
                matched[group] = 1

    def _keys(self, batch: Batch) -> list[Any]:
        """Return the keys of rows; None where one of their parts is missing."""
        parts = [hashables(one.column(batch, self._rows), one.kind, batch) for one in self._key]
        self._rows += batch.length
        if len(parts) == 1:
            return parts[0]
        return [None if None in key else key for key in zip(*parts, strict=True)]

    # More groups than memory holds

    def _store(self, grouping: Grouping) -> None:
        self._spill = Spill.of(self._run)
        self._parts = [Key(one.kind, f"key_{n}") for n, one in enumerate(grouping.key)]
        codecs = [*(one.codec for one in grouping.key), *self._codecs]
        names = [f"value_{number}" for number in range(len(codecs))]
        self._coder = BatchCoder(dict(zip(names, codecs, strict=True)), pickles=True)
        self._count = 0

        def records() -> Iterator[pa.RecordBatch]:
            for groups in grouping.groups():
                lists = [*groups.keys, *groups.results]
                columns = list(map(_shared, lists, codecs))
                rows = Batch(dict(zip(names, columns, strict=True)), groups.length)
                arrays = []
                for part, one, values in zip(self._parts, grouping.key, groups.keys, strict=True):
                    arrays += part.arrays(Column(one.codec, values=values), one.codec, rows)
                numbers = pa.array(range(self._count, self._count + groups.length), pa.int64())
                self._count += groups.length
                yield _record([*arrays, numbers], self._key_names, self._coder.encode(rows))

        self._table = self._spill.store(records())
        if self._table is None:
            # All rows lacked a key.
            self._positions, self._groups = (
                {},
                Groups([[] for _ in self._key], [[] for _ in self._codecs], 0),
            )
            self._columns = [Column.null(0) for _ in self._codecs]

    @property
    def _key_names(self) -> list[str]:
        return [*(name for part in self._parts for name in part.names), "position"]

    def _stored_groups(self, *, by_key: bool) -> Iterator[tuple[Batch, list[int]]]:
        order = ", ".join(part.order() for part in self._parts) if by_key else "position"
        for record in self._spill.query(f"SELECT * FROM {self._table} ORDER BY {order}"):  # noqa: S608 - our own names
            yield self._decoded(record), record.column("position").to_pylist()

    def _decoded(self, record: pa.RecordBatch) -> Batch:
        arrays = [record.column(f"c{n}") for n in range(len(self._coder.schema))]
        return self._coder.decode(pa.record_batch(arrays, self._coder.schema))

    def _matches_stored(self, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Found]]:
        waiting: list[Batch] = []
        for batch in batches:
            waiting.append(batch)
            width = len(batch.names) + len(self._codecs)
            if sum(map(len, waiting)) * width >= _VALUES_AT_ONCE:
                yield from self._look_up(waiting)
                waiting = []
        if waiting:
            yield from self._look_up(waiting)

    def _look_up(self, batches: list[Batch]) -> Iterator[tuple[Batch, Found]]:
        asked = pa.Table.from_batches([self._asked(batch) for batch in batches])
        asked = asked.append_column("row", pa.array(range(len(asked)), pa.int64()))
        names = self._key_names[:-1]
        same = " AND ".join(f"asked.{name} = stored.{name}" for name in names)
        columns = ", ".join(f"stored.c{n}" for n in range(len(self._coder.schema)))
        sql = (
            f"SELECT asked.row, stored.position, {columns} FROM asked"  # noqa: S608 - our own names
            f" JOIN {self._table} stored ON {same}"
        )
        groups: list[int | None] = [None] * len(asked)
        results: list[Batch] = []
        found = 0
        for record in self._spill.query(sql, asked=asked):
            for row in record.column("row").to_pylist():
                groups[row] = found
                found += 1
            self._mark(record.column("position").to_pylist())
            results.append(self._decoded(record))
        skipped = len(self._key)
        columns_found = [
            _united([rows.column(f"value_{n}") for rows in results], codec)
            for n, codec in enumerate(self._codecs, skipped)
        ]
        start = 0
        for batch in batches:
            yield batch, Found(groups[start : start + batch.length], columns_found)
            start += batch.length

    def _asked(self, batch: Batch) -> pa.RecordBatch:
        arrays: list[pa.Array] = []
        for part, one in zip(self._parts, self._key, strict=True):
            arrays += part.arrays(one.column(batch, self._rows), one.codec, batch)
        self._rows += batch.length
        return pa.record_batch(arrays, self._key_names[:-1])


def _order(value: Any) -> bytes:
    """Return the bytes that a part of a key is ordered by, a missing one after all others."""
    return b"\xff" if value is None else order_key(value)


def _record(arrays: list[pa.Array], names: list[str], coded: pa.RecordBatch) -> pa.RecordBatch:
    positions = [f"c{number}" for number in range(coded.num_columns)]
    return pa.record_batch([*arrays, *coded.columns], [*names, *positions])


def _as_groups(rows: Batch, keys: int, results: int) -> Groups:
    lists = [rows.column(f"value_{number}").values for number in range(keys + results)]
    return Groups(lists[:keys], lists[keys:], rows.length)


def _chosen(groups: Groups, positions: list[int]) -> Groups:
    take: Callable[[list[Any]], list[Any]] = lambda values: [values[at] for at in positions]  # noqa: E731 - said once
    return Groups(list(map(take, groups.keys)), list(map(take, groups.results)), len(positions))


def _united(columns: list[Column], codec: Codec) -> Column:
    """Return the results of several record batches as one column, in Arrow where that is exact."""
    if columns and not codec.mutable and codec.type != "any":
        texts = [column.text for column in columns if column.codec is codec]
        if len(texts) == len(columns) and all(text is not None for text in texts):
            return Column(codec, text=pa.concat_arrays(texts))
        if codec.type != "number":
            try:
                return Column(codec, arrow=pa.concat_arrays([one.arrow(codec) for one in columns]))
            except NotColumnar:
                pass
    return Column(values=[value for column in columns for value in column.values])


def _shared(values: list[Any], codec: Codec) -> Column:
    """Return results as a column from which rows are taken in C, where it holds them exactly."""
    if codec.mutable or codec.type == "any":
        return Column(values=values)
    try:
        if codec.type != "number":
            return Column(codec, arrow=codec.values_to_arrow(values))
        cast = codec.cast_text(codec.values_to_plain(values))
    except (NotColumnar, pa.ArrowInvalid):
        return Column(values=values)
    if cast.text is None or cast.errors:
        return Column(values=values)
    return Column(codec, text=cast.text)


def results_codecs(target: Resource, fields: list[JoinedField]) -> list[Codec]:
    """Return the types of the results, as fields of the target."""
    codecs = codecs_of(target, [field.name for field in fields])
    return [codecs[field.name] for field in fields]


def check_same_type(field: JoinedField, present: dict[str, Any], target: Resource) -> None:
    """Check that a field that the target has already can take the results.

    Raises:
        FlowError: Its type is another.
    """
    if present.get("type", "string") != field.descriptor.get("type", "string"):
        what = (
            f"the field {field.name!r} of {target.name!r} is {present.get('type')}, what is joined"
            f" into it is {field.descriptor.get('type')}"
        )
        fix = f"give the joined field another name, or use set_type({field.name!r}, …) before this."
        raise FlowError(what, fix=fix)
