"""filter_rows: the rows that satisfy a condition."""

from __future__ import annotations

from operator import not_
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from dataflows.errors import ArgumentError, CastError, FlowError, shorten
from dataflows.expressions import compile_expression
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import field_types
from dataflows.processors.arguments.listed import listed
from dataflows.processors.computing.evaluation import checked_type, mask_of
from dataflows.rowwise import value_work
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dataflows.batch import Batch
    from dataflows.expressions import Expression
    from dataflows.package import Resource, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

    Masks = Callable[[Batch], Any]

__all__ = ["filter_rows"]


@processor
def filter_rows(
    condition: Callable[[dict[str, Any]], Any] | str | None = None,
    equals: Iterable[Mapping[str, Any]] = (),
    not_equals: Iterable[Mapping[str, Any]] = (),
    resources: Resources = None,
) -> Hooks:
    """Keep the rows that satisfy a condition.

    Other tools call this where, query or select.

    Schema: unchanged.
    Rows: those for which the condition is true, in their order.
    Memory: one batch.

    Args:
        condition: A function that is called with the row, or an expression such as
            ``"qty > 2 and city != 'Rome'"``, which runs on whole columns.
        equals: Dicts of field names and values: a row stays when all the values of one of the
            dicts are its own. A text is read as the field's type: ``"1"`` is the integer 1 there.
        not_equals: The same, of values that a row must not have.
        resources: The resources to filter; all by default. The others pass as they are.

    With several of `equals` and `not_equals` a row stays when any dict of them says so.

    Raises:
        ArgumentError: No condition, several kinds of it, or an expression that cannot be read.
        UnknownFieldError: A field is named that is not there.
        FlowError: Types clash: a text is compared with a number, say.
        RowError: A row for which an expression cannot be computed, because a value is missing for
            instance.

    Examples:
        >>> from dataflows import Flow, filter_rows
        >>> rows = [{"city": "Rome", "qty": 1}, {"city": "Oslo", "qty": 4}]
        >>> Flow(rows, filter_rows("qty > 2 and city != 'Rome'")).results()[0]
        [[{'city': 'Oslo', 'qty': 4}]]
        >>> Flow(rows, filter_rows(lambda row: row["qty"] < 2)).results()[0]
        [[{'city': 'Rome', 'qty': 1}]]
        >>> result = Flow(rows, filter_rows(equals=[{"city": "Oslo"}])).run()
        >>> result.accounts[1].filtered
        1
    """
    wanted, unwanted = _dicts("equals", equals), _dicts("not_equals", not_equals)
    if (condition is None) == (not wanted and not unwanted):
        what = (
            "a condition and equals= or not_equals= are given"
            if wanted or unwanted
            else "no condition is given"
        )
        raise ArgumentError(
            what, fix="give one: a function of the row, an expression, or equals=[{…}]."
        )
    given: Any = condition
    if not (given is None or callable(given) or isinstance(given, str)):
        what = f"a condition is a function or an expression, got {shorten(condition)}"
        raise ArgumentError(what, fix="write for instance filter_rows('qty > 2').")
    expression = compile_expression(condition) if isinstance(condition, str) else None

    def schema(resource: Resource) -> None:
        if expression is not None:
            checked_type(expression, field_types(resource.fields.descriptor))
        for pairs in (*wanted, *unwanted):
            _read(pairs, resource.fields)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        fields = stream.resource.fields
        if expression is not None:
            masks = _expression_masks(expression, stream)
        elif callable(condition):
            masks = _function_masks(condition, stream)
        else:
            same, other = ([_read(pairs, fields) for pairs in some] for some in (wanted, unwanted))
            masks = _equal_masks(same, other)

        def work(batch: Batch) -> Batch:
            kept = batch.filter(masks(batch))
            stream.tally.filtered += batch.length - kept.length
            return kept

        return work

    functions = (condition,) if callable(condition) else ()
    return Hooks(schema=schema, batch=batch, select=resources, functions=functions)


def _dicts(option: str, pairs: Any) -> list[dict[str, Any]]:
    every = listed(pairs)
    for one in every:
        if not hasattr(one, "keys") or not one:
            what = f"{option}= lists dicts of names and values, got {shorten(one)}"
            raise ArgumentError(what, fix=f"write for instance {option}=[{{'city': 'Rome'}}].")
    return [dict(one) for one in every]


def _read(pairs: dict[str, Any], fields: Schema) -> dict[str, Any]:
    """Return the values as those of the fields: what a text, an int or a float stands for there."""
    read = {}
    for name, value in pairs.items():
        descriptor = {k: v for k, v in fields.field(name).items() if k != "constraints"}
        codec = codec_for(descriptor, fields.missing_values)
        try:
            read[name] = codec.cast(value)
        except CastError as error:
            what = f"the field {name!r} ({codec.type}) can never equal {shorten(value)}"
            fix = f"give a value of the type {codec.type!r}, or set_type({name!r}, …) before this."
            raise FlowError(what, fix=fix) from error
    return read


def _expression_masks(expression: Expression, stream: Stream) -> Masks:
    codecs = codecs_of(stream.resource, expression.names)
    return lambda batch: mask_of(expression, batch, codecs, stream)


def _function_masks(condition: Callable[[dict[str, Any]], Any], stream: Stream) -> Masks:
    values_of = value_work(condition, stream)
    return lambda batch: list(map(bool, values_of(batch)))


def _equal_masks(wanted: list[dict[str, Any]], unwanted: list[dict[str, Any]]) -> Masks:
    def equal(batch: Batch, pairs: dict[str, Any]) -> list[bool]:
        found = [_equal(batch, name, value) for name, value in pairs.items()]
        return found[0] if len(found) == 1 else list(map(all, zip(*found, strict=True)))

    def masks(batch: Batch) -> list[bool]:
        found = [equal(batch, pairs) for pairs in wanted]
        found += [list(map(not_, equal(batch, pairs))) for pairs in unwanted]
        return found[0] if len(found) == 1 else list(map(any, zip(*found, strict=True)))

    return masks


def _equal(batch: Batch, name: str, value: Any) -> list[bool]:
    column = batch.column(name)
    if (
        type(value) is str
        and column.text is not None
        and column.codec is not None
        and column.codec.raw
    ):
        return list(pc.fill_null(pc.equal(column.text, value), fill_value=False).to_pylist())
    return [item == value for item in column.values]
