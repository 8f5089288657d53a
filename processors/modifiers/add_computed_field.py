"""add_computed_field: fields computed from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.processor import Hooks, processor
from dataflows.processors.computing.computed import Computed, read_specs
from dataflows.processors.computing.evaluation import evaluate, repeated, set_values
from dataflows.processors.computing.operations import aggregated, formatted, joined
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

__all__ = ["add_computed_field"]


@processor
def add_computed_field(*args: Any, resources: Resources = None, **kw: Any) -> Hooks:
    """Add fields that are computed from other fields of the row.

    It is called in one of four ways: ``add_computed_field("total", "amount * qty")`` with an
    expression or a function of the row; with keywords, ``add_computed_field(target="total",
    operation="sum", source=["a", "b"])``; with one dict of these keywords; or with a list of such
    dicts, where later ones see the fields of earlier ones.

    Other tools call this mutate, or a calculated column.

    Schema: the new fields come last; a target that is there already is replaced in its place.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        *args: The target and what computes it; or a dict, or a list of dicts, with the keywords
            below.
        resources: The resources to add the fields to; all by default.
        **kw: ``target``, a name or a field descriptor; and either ``expression``, such as
            ``"amount * qty"``; or ``operation``: a function of the row, or one of ``sum``,
            ``avg``, ``max``, ``min`` and ``multiply`` (of the values that are there; None when
            there are none, ``sum`` 0), ``join`` (their texts, with ``with`` between them),
            ``format`` (``with``, as in ``"{first} {last}"``) and ``constant`` (``with``).
            ``source`` lists the fields to compute from. ``with_`` is the same as ``with``, which
            is a word of Python.

    Of a target given by its name alone, the type is that of the expression, ``string`` for join
    and format, ``any`` for functions and constants, else ``number`` or the type of the sources.

    Raises:
        ArgumentError: Something is missing, unknown or too much.
        UnknownFieldError: A source is not there.
        FlowError: The sources' types cannot be computed with.
        RowError: The values of a row cannot be computed with.

    Examples:
        >>> from dataflows import Flow, add_computed_field
        >>> rows = [{"first": "Ada", "last": "Byron", "amount": 2.5, "qty": 3}]
        >>> data, package, stats = Flow(
        ...     rows,
        ...     add_computed_field("total", "amount * qty"),
        ...     add_computed_field(target="name", operation="format", with_="{first} {last}"),
        ... ).results()
        >>> data[0][0]["total"], data[0][0]["name"]
        (Decimal('7.5'), 'Ada Byron')
    """
    specs = read_specs(args, kw)

    def schema(resource: Resource) -> None:
        descriptor = resource.fields.descriptor
        for spec in specs:
            field = spec.describe(descriptor)
            codec_for(field, resource.fields.missing_values)
            _put(descriptor["fields"], field)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        works = []
        codecs = codecs_of(stream.resource)
        descriptor = {**stream.resource.fields.descriptor}
        descriptor["fields"] = list(descriptor["fields"])
        for spec in specs:
            field = spec.describe(descriptor)
            _put(descriptor["fields"], field)
            codec = codec_for(field, stream.target.fields.missing_values)
            works.append((spec.name, _column_work(spec, dict(codecs), stream), codec))
            codecs[spec.name] = codec

        def work(batch: Batch) -> Batch:
            for name, compute, codec in works:
                batch = set_values(batch, name, compute(batch), codec, stream)
            return batch

        return work

    # The others may read what the first one made, which is not in the schema that comes in.
    functions = tuple(spec.operation for spec in specs[:1] if callable(spec.operation))
    return Hooks(schema=schema, batch=batch, select=resources, functions=functions)


def _put(fields: list[dict[str, Any]], field: dict[str, Any]) -> None:
    """Put a field in the place of the one of its name, or at the end."""
    for index, other in enumerate(fields):
        if other["name"] == field["name"]:
            fields[index] = field
            return
    fields.append(field)


def _column_work(
    spec: Computed, codecs: dict[str, Codec], stream: Stream
) -> Callable[[Batch], Column]:
    """Return what computes the column for a batch."""
    expression, operation, sources = spec.expression, spec.operation, spec.sources
    if expression is not None:
        return lambda batch: evaluate(expression, batch, codecs, stream)
    if callable(operation):
        values_of = value_work(operation, stream)
        return lambda batch: Column(values=values_of(batch))
    if operation == "constant":
        return lambda batch: repeated(spec.option, batch.length)
    if operation == "join":
        return lambda batch: joined(spec.option, sources, batch)
    if operation == "format":
        return lambda batch: formatted(spec.option, batch, stream)
    return lambda batch: aggregated(str(operation), sources, batch, codecs, stream)
