"""add_field: one more field, with the same value or a computed one in every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError, CastError, FlowError
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.computing.evaluation import repeated, set_values
from dataflows.rowwise import value_work
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.selectors import Resources
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["add_field"]


@processor
def add_field(
    name: str, type: str, default: Any = None, resources: Resources = None, **options: Any
) -> Hooks:
    """Add a field.

    Schema: the field comes last.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        name: The name of the field.
        type: Its Table Schema type, such as ``"integer"``.
        default: Its value in every row, or a function that is called with the row and returns it;
            without one the value is missing, or what an earlier function put into the row.
        resources: The resources it is added to; all by default.
        **options: What else the field's descriptor holds: ``format``, ``constraints``, ``title`` …

    Raises:
        ArgumentError: The name is not a text.
        FlowError: There is such a field already, there is no such type, or the default does not
            fit it.
        CastError: A value that the function returned does not fit the type.

    Examples:
        >>> from dataflows import Flow, add_field
        >>> rows = [{"city": "Rome"}, {"city": "Oslo"}]
        >>> data, package, stats = Flow(
        ...     rows,
        ...     add_field("visits", "integer", 0),
        ...     add_field("initial", "string", lambda row: row["city"][0]),
        ... ).results()
        >>> data[0][1]
        {'city': 'Oslo', 'visits': 0, 'initial': 'O'}
    """
    given: Any = name
    if not isinstance(given, str) or not given:
        what = f"the name of a field is a text, got {name!r}"
        raise ArgumentError(what, fix="write for instance add_field('total', 'number').")
    descriptor = {"name": name, "type": type, **options}

    def schema(resource: Resource) -> None:
        fields = resource.fields
        if name in fields.field_names:
            what = f"there is a field named {name!r} already"
            fix = "choose another name, or use set_type to change it, or delete_fields before this."
            raise FlowError(what, fix=fix)
        codec = codec_for(descriptor, fields.missing_values)
        if default is not None and not callable(default):
            _check_default(name, default, codec)
        fields.descriptor["fields"].append(clone(descriptor))

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        codec = codecs_of(stream.target, [name])[name]
        if default is None:
            return _as_it_comes
        if callable(default):
            values_of = value_work(default, stream)
            stream.retype = lambda _name, options: f"add_field({name!r}, {options}, …)"
            return lambda batch: set_values(
                batch, name, Column(values=values_of(batch)), codec, stream
            )
        return _constant_work(name, default, codec)

    functions = (default,) if callable(default) else ()
    return Hooks(schema=schema, batch=batch, select=resources, functions=functions)


def _as_it_comes(batch: Batch) -> Batch:
    """Leave the new field to the engine: it takes a value that the rows carry, or none."""
    return batch


def _check_default(name: str, default: Any, codec: Codec) -> None:
    try:
        codec.cast(default)
    except CastError as error:
        what = f"the default of the field {name!r} does not fit: {error.what}"
        raise FlowError(
            what, fix=f"give a default of the type {codec.type!r}, or another type."
        ) from error


def _constant_work(name: str, default: Any, codec: Codec) -> Callable[[Batch], Batch]:
    value = codec.cast(default)
    if value is None:
        value = default  # an empty text, say: it is the user's, and stays what it is

    def work(batch: Batch) -> Batch:
        batch.set_columns({name: repeated(value, batch.length)})
        return batch

    return work
