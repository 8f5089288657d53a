"""Sources that are Python objects: iterables of dicts or lists, and tables that speak Arrow."""

from __future__ import annotations

from inspect import isgenerator
from itertools import chain
from time import perf_counter
from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import FlowError, RowError, ValidationError, shorten
from dataflows.package import clone
from dataflows.processor import Hooks, Processor
from dataflows.stages import Batches
from dataflows.streams import Stream, batches_of_rows, codecs_of, rows_of_their_own
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["iterable_loader", "new_resource", "table_loader", "type_of_arrow"]

_SAMPLE_ROWS = 100
_SLOW_SECONDS = 0.05
_TABLE_BATCH_ROWS = 16_384
_FIX_OF_TYPES = (
    "give the field one type in every row of the source, or put a value of each type among its"
    f" first {_SAMPLE_ROWS} rows."
)
_DROPPED_KEYS = "rows with keys (or cells) that the first row does not have, left out"


class _Source:
    """An iterable that can be looked at before it is read; it knows if it was read already."""

    def __init__(self, iterable: Iterable[Any]) -> None:
        self._iterable = iterable
        self._once = iter(iterable) is iterable
        self._kept: list[Any] = []
        self._spent = False

    def sample(self) -> list[Any]:
        """Return up to 100 items, fewer of a live source, which keeps one waiting."""
        if self._spent:
            raise _read_already()
        iterator = iter(self._iterable)
        items = list(self._kept)
        asked = perf_counter()
        # One that fails has been read, too: another run must not find its rest and call that all.
        self._spent = self._once
        while len(items) < _SAMPLE_ROWS:
            try:
                # A copy, for the maker of a row may go on to change or reuse it.
                items.append(clone(next(iterator)))
            except StopIteration:
                break
            now = perf_counter()
            if now - asked > _SLOW_SECONDS and len(items) > 1:
                break
            asked = now
        self._spent = False
        if self._once:
            self._kept = items
        return items

    def items(self) -> Iterator[Any]:
        """Return all items from the first on."""
        if not self._once:
            return iter(self._iterable)
        self._spent = True
        kept, self._kept = self._kept, []
        return chain(kept, self._iterable)

    def close(self) -> None:
        """End a generator with the run, so that what it holds is closed wherever it stands."""
        if isgenerator(self._iterable):
            self._spent = True
            self._iterable.close()


def _read_already() -> FlowError:
    what = "the source has been read already: it is an iterator, which gives its rows once"
    return FlowError(what, fix="give a list, or make the Flow anew for every run.")


def new_resource(package: Package, name: str | None, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the descriptor of a resource of rows; without a name it is ``res_1``, ``res_2``."""
    resources = package.descriptor["resources"]
    taken = {str(one.get("name")) for one in resources}
    number = sum(1 for one in resources if not one.get("dataflows:rejects")) + 1
    while name is None and f"res_{number}" in taken:
        number += 1
    name = name or f"res_{number}"
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "schema": schema,
    }


def add_source(streams: Iterator[Stream], step: Step, batches: Any) -> Iterator[Any]:
    """Yield the resources that are there, then a new one."""
    yield from streams
    target = step.package.resources[-1]
    stream = Stream(target, target, iter(()), step, step.account.tally_of(target.name), step.run)
    stream.use_policy(None)
    yield Batches(batches(stream))


def iterable_loader(iterable: Iterable[Any], name: str | None = None) -> Processor:
    """Return the processor that adds the rows of an iterable as a resource.

    Schema: the keys of the first row (of lists: col0, col1, …), types from the first 100 rows.
    Rows: as they come; keys that the first row does not have are left out and counted.
    Memory: one batch.

    Args:
        iterable: Gives dicts, lists or tuples, one a row.
        name: The resource's name; ``res_<n>`` by default.

    Raises:
        RowError: Something that is not a row, or a value that does not fit the type of its field.

    Examples:
        >>> from dataflows import Flow
        >>> Flow([{"city": "Rome", "size": 2.5}]).results()[0]
        [[{'city': 'Rome', 'size': Decimal('2.5')}]]
    """
    source = _Source(iterable)

    def package(package: Package, step: Step) -> None:
        from dataflows.types.inference import infer_native

        items = source.sample()
        step.run.opened.append(source)
        first = items[0] if items else {}
        listed = isinstance(first, (list, tuple))
        names = [f"col{i}" for i in range(len(first))] if listed else list(_as_dict(first, 1, []))
        rows = [
            _as_dict(item, number, names if listed else None)
            for number, item in enumerate(items, 1)
        ]
        _check_names(names)
        schema = infer_native(names, [[row.get(key) for key in names] for row in rows], [""])
        package.descriptor["resources"].append(new_resource(package, name, schema))
        step.state["listed"] = listed

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        def batches(stream: Stream) -> Iterator[Batch]:
            names = stream.target.fields.field_names
            codecs = codecs_of(stream.target)
            listed = names if step.state["listed"] else None
            items = source.items()
            rows = (
                item if listed is None and type(item) is dict else _as_dict(item, number, listed)
                for number, item in enumerate(items, 1)
            )
            for batch in batches_of_rows(rows_of_their_own(rows, codecs), names):
                stream.tally.added += batch.length
                batch.columns()
                if batch.extras:
                    _tell_dropped(stream, next(iter(batch.extras)))
                    notes = stream.tally.notes
                    notes[_DROPPED_KEYS] = notes.get(_DROPPED_KEYS, 0) + batch.drop_extras()
                try:
                    cast = stream.cast(batch, codecs)
                except ValidationError as error:
                    error.fix = _FIX_OF_TYPES
                    raise
                stream.seen += batch.length
                yield cast

        return add_source(streams, step, batches)

    hooks = Hooks(package=package, resources=resources, select=None)
    return Processor("iterable_loader", hooks, f"{_kind(iterable)} of rows")


def _tell_dropped(stream: Stream, key: Any) -> None:
    """Warn of the first key that is left out; the account counts the rows."""
    if _DROPPED_KEYS not in stream.tally.notes:
        name = stream.target.name
        warn(
            f"{key!r} is left out: the first row of {name!r} does not have it; give that row all"
            " keys, such as None where there is no value"
        )


def _check_names(names: list[Any]) -> None:
    for name in names:
        if not isinstance(name, str):
            what = f"the first row has the key {name!r}: the name of a field is a text"
            raise FlowError(what, fix=f"write it as {str(name)!r}.")


def _kind(iterable: Any) -> str:
    name = str(getattr(iterable, "__qualname__", "")).rpartition("<locals>.")[2]
    return f"{type(iterable).__name__} {name}" if name else type(iterable).__name__


def _as_dict(item: Any, number: int, names: list[str] | None) -> dict[str, Any]:
    if isinstance(item, (list, tuple)) and names is not None and not hasattr(item, "keys"):
        more = [f"col{i}" for i in range(len(names), len(item))]
        return dict(zip([*names, *more], item, strict=False))
    if hasattr(item, "keys") and not (names and names[0] == "col0" and "col0" not in item):
        return item if type(item) is dict else {key: item[key] for key in item.keys()}  # noqa: SIM118 - any mapping
    kind = "list" if names else "dict"
    what = f"row {number:,} of the source is not a {kind} as the first is: {shorten(item)}"
    if number == 1:
        what = f"Bad item {shorten(item)}: a row must be a dict, a list or a tuple"
    raise RowError(what, fix="give one dict (or one list) a row.")


def table_loader(table: Any, name: str | None = None) -> Processor:
    """Return the processor that adds a table (pandas, polars, Arrow, DuckDB …) as a resource.

    Schema: the columns of the table, with the Table Schema types that fit theirs.
    Rows: as they come.
    Memory: one batch beside the table itself.

    Args:
        table: Anything that has ``__arrow_c_stream__``.
        name: The resource's name; ``res_<n>`` by default.

    Examples:
        >>> import pyarrow as pa
        >>> from dataflows import Flow
        >>> Flow(pa.table({"city": ["Rome"], "inhabitants": [2_750_000]})).results()[0]
        [[{'city': 'Rome', 'inhabitants': 2750000}]]
    """
    once = hasattr(table, "read_next_batch") or hasattr(table, "__next__")
    spent = False

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the hook has it
        if once and spent:
            raise _read_already()
        fields = [
            {"name": str(one.name), "type": type_of_arrow(one.type), "format": "default"}
            for one in _arrow_schema(table)
        ]
        names = [field["name"] for field in fields]
        if len(set(names)) < len(names):
            again = next(name for name in names if names.count(name) > 1)
            what = f"two columns of the table are named {again!r}"
            raise FlowError(what, fix="give every column a name of its own.")
        schema = {"fields": fields, "missingValues": [""]}
        package.descriptor["resources"].append(new_resource(package, name, schema))

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        def batches(stream: Stream) -> Iterator[Batch]:
            nonlocal spent
            spent = True
            codecs = codecs_of(stream.target)
            first = 1
            for record in _reader(table):
                for start in range(0, record.num_rows, _TABLE_BATCH_ROWS):
                    part = record.slice(start, _TABLE_BATCH_ROWS)
                    columns = {
                        field: Column(arrow=_decodable(array))
                        for field, array in zip(codecs, part.columns, strict=True)
                    }
                    batch = Batch(columns, part.num_rows, first)
                    first += part.num_rows
                    stream.tally.added += part.num_rows
                    yield stream.cast(batch, codecs)
                    stream.seen += part.num_rows

        return add_source(streams, step, batches)

    hooks = Hooks(package=package, resources=resources)
    return Processor("table_loader", hooks, _table_label(table))


def _arrow_schema(table: Any) -> pa.Schema:
    """Return a table's schema; what can be streamed only once is not streamed for it."""
    import pyarrow as pa

    if hasattr(table, "__arrow_c_schema__"):
        return pa.schema(table)
    return _reader(table).schema


def _reader(table: Any) -> pa.RecordBatchReader:
    """Return the batches of a table.

    Raises:
        FlowError: It is no table, or a column of it has no one type.
    """
    import pyarrow as pa

    try:
        return pa.RecordBatchReader.from_stream(table)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        what = f"{_table_label(table)} has no form in Arrow: {'; '.join(map(str, error.args))}"
        fix = "give each column one type, or give its rows, such as frame.to_dict('records')."
        raise FlowError(what, fix=fix) from error


def _table_label(table: Any) -> str:
    return f"{type(table).__module__.partition('.')[0]} {type(table).__name__}"


def _decodable(array: pa.Array) -> pa.Array:
    """Return an array that Arrow can decode: it cannot take from a dictionary of string views."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type) and array.type.value_type == pa.string_view():
        texts = array.dictionary.cast(pa.string())
        return pa.DictionaryArray.from_arrays(array.indices, texts)
    return array


def type_of_arrow(arrow_type: Any) -> str:
    """Return the Table Schema type that fits an Arrow type; ``any`` where none does.

    Examples:
        >>> import pyarrow as pa
        >>> type_of_arrow(pa.decimal128(10, 2)), type_of_arrow(pa.list_(pa.int8()))
        ('number', 'array')
    """
    import pyarrow.types as kinds

    checks = (
        (kinds.is_boolean, "boolean"),
        (kinds.is_integer, "integer"),
        (kinds.is_floating, "number"),
        (kinds.is_decimal, "number"),
        (kinds.is_string, "string"),
        (kinds.is_large_string, "string"),
        (kinds.is_date, "date"),
        (kinds.is_timestamp, "datetime"),
        (kinds.is_time, "time"),
        (kinds.is_duration, "duration"),
        (kinds.is_struct, "object"),
        (kinds.is_map, "object"),
        (kinds.is_list, "array"),
        (kinds.is_large_list, "array"),
    )
    if kinds.is_dictionary(arrow_type):
        return type_of_arrow(arrow_type.value_type)
    if str(arrow_type) == "string_view":
        return "string"
    return next((type_ for check, type_ in checks if check(arrow_type)), "any")
