"""explode: one row for each item of an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError, FlowError, Place, RowError, shorten
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import follow_keys
from dataflows.processors.computing.evaluation import set_values
from dataflows.processors.passing.stacked import mutable_fields, take_repeatedly
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.package import Resource, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["explode"]


@processor
def explode(
    field: str,
    into: str | None = None,
    *,
    type: str = "any",
    index: str | None = None,
    keep_empty: bool = True,
    on_error: Any = None,
    resources: Resources = None,
    **options: Any,
) -> Hooks:
    """Turn each item of an array into a row of its own.

    Other tools call this unnest, or splitting into rows.

    Schema: the field of items stands where the array stood, the index, if any, after it; a primary
    key gets the index, and goes where there is none.
    Rows: as many for each row as its array has items, in their order.
    Memory: one batch, and its items.

    Args:
        field: The field with the arrays.
        into: The name of the field with the items; that of the arrays by default.
        type: The type of the items, such as ``"string"``; any by default.
        index: The name of a field that numbers the items of a row, from 1; none by default.
        keep_empty: Whether a row stays, with a missing item, where the array is empty or missing.
        on_error: What to do with items that do not fit the type: `raise_exception` (the default),
            `drop`, `clear`, `rejects()` …
        resources: The resources with the field; all by default.
        **options: What else the descriptor of the field gets: ``format``, ``constraints`` …

    Raises:
        ArgumentError: A name is no text.
        UnknownFieldError: There is no such field.
        FlowError: The field has no arrays, or there is a field of the new name already.
        ValidationError: An item does not fit the type, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, explode
        >>> rows = [{"city": "Rome", "years": [1960, 2024]}, {"city": "Oslo", "years": []}]
        >>> Flow(rows, explode("years", "year", type="integer", index="n")).results()[0][0]
        ... # doctest: +NORMALIZE_WHITESPACE
        [{'city': 'Rome', 'year': 1960, 'n': 1},
         {'city': 'Rome', 'year': 2024, 'n': 2},
         {'city': 'Oslo', 'year': None, 'n': None}]
    """
    made = field if into is None else into
    for name in (field, made) if index is None else (field, made, index):
        given: Any = name
        if not isinstance(given, str) or not given:
            what = f"the name of a field is a text, got {name!r}"
            raise ArgumentError(what, fix="write for instance explode('tags', into='tag').")
    if index == made:
        what = f"the items and their index would both be named {made!r}"
        raise ArgumentError(what, fix="give the index another name.")
    descriptor = {"name": made, "type": type, **options}

    def schema(resource: Resource) -> None:
        schema = resource.fields
        _check_fields(schema, field, made, index)
        codec_for(descriptor, schema.missing_values)
        new = [clone(descriptor)]
        if index is not None:
            new.append({"name": index, "type": "integer"})
        position = schema.field_names.index(field)
        schema.descriptor["fields"][position : position + 1] = new
        _follow_key(schema, field, index)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        codec = codecs_of(stream.target, [made])[made]
        start = f"{field!r}" if into is None else f"{field!r}, {into!r}"
        stream.retype = lambda _name, options: f"explode({start}, {options})"
        names = stream.target.fields.field_names
        mutable = [name for name in mutable_fields(stream) if name != field]

        def work(batch: Batch) -> Batch:
            origins, items, numbers = _items(batch, field, stream, keep_empty=keep_empty)
            rows = take_repeatedly(batch, origins, mutable)
            used = len(set(origins))
            stream.tally.filtered += batch.length - used
            stream.tally.added += len(origins) - used
            if index is not None:
                rows.set_columns({index: Column(values=numbers)})
            rows.set_columns({made: Column(values=items)})
            rows.arrange(names)
            return set_values(rows, made, rows.column(made), codec, stream)

        return work

    return Hooks(schema=schema, batch=batch, select=resources, on_error=on_error)


def _check_fields(schema: Schema, field: str, made: str, index: str | None) -> None:
    type_ = schema.field(field).get("type", "string")
    if type_ not in ("array", "any"):
        what = f"the field {field!r} has no arrays: it is of the type {type_!r}"
        raise FlowError(what, fix=f"make arrays of it first: set_type({field!r}, type='array').")
    for name in schema.field_names:
        if name != field and name in (made, index):
            what = f"there is a field named {name!r} already"
            raise FlowError(what, fix="choose another name, or delete_fields before this.")


def _follow_key(schema: Schema, field: str, index: str | None) -> None:
    """Let the primary key tell the new rows apart, or take it away."""
    key = schema.primary_key
    if key and index is not None and field not in key:
        schema.descriptor["primaryKey"] = [*key, index]
    elif key:
        del schema.descriptor["primaryKey"]
    follow_keys(schema.descriptor, lambda name: None if name == field else name)


def _items(
    batch: Batch, field: str, stream: Stream, *, keep_empty: bool
) -> tuple[list[int], list[Any], list[int | None]]:
    """Return, for each new row, the index of the row that it is of, its item and its number."""
    origins: list[int] = []
    items: list[Any] = []
    numbers: list[int | None] = []
    for index, array in enumerate(batch.column(field).values):
        if array:
            if not isinstance(array, (list, tuple)):
                what = f"{shorten(array)} is not an array"
                place = Place(resource=stream.resource.name, row=batch.number(index), field=field)
                raise RowError(what, where=place, fix=f"set_type({field!r}, type='array') before.")
            origins += [index] * len(array)
            items += array
            numbers += range(1, len(array) + 1)
        elif keep_empty:
            origins.append(index)
            items.append(None)
            numbers.append(None)
    return origins, items, numbers
