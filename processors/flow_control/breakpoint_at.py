"""breakpoint_at: stop in the debugger at a row."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.expressions import compile_expression
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import field_types
from dataflows.processors.computing.evaluation import checked_type, mask_of
from dataflows.rowwise import value_work
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflows.batch import Batch
    from dataflows.package import Package, Resource, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["breakpoint_at"]


@processor
def breakpoint_at(
    row: int | None = None,
    *,
    where: Callable[[dict[str, Any]], Any] | str | None = None,
    resources: Resources = None,
) -> Hooks:
    """Stop in the debugger at a row, with `row`, `schema` and `package` at hand.

    The debugger is Python's, or the one that ``PYTHONBREAKPOINT`` names; with
    ``PYTHONBREAKPOINT=0`` nothing stops. In Python's, ``c`` goes on to the next such row.

    Schema: unchanged.
    Rows: all, as they are, in their order; what the debugger has of a row is a copy.
    Memory: one batch.

    Args:
        row: The number of the row, as errors tell it: counted from 1 where the rows began, before
            any filter.
        where: An expression such as ``"qty > 2"``, or a function of the row: every row for which
            it is true.
        resources: The resources to look at; all by default.

    Raises:
        ArgumentError: Neither a row nor a condition, or one that cannot be.
        UnknownFieldError: The expression names a field that is not there.

    Examples:
        >>> import sys
        >>> from dataflows import Flow, breakpoint_at
        >>> def debugger():
        ...     print("stopped at", sys._getframe(1).f_locals["row"])
        >>> sys.breakpointhook, kept = debugger, sys.breakpointhook
        >>> rows = [{"city": "Rome", "qty": 1}, {"city": "Oslo", "qty": 4}]
        >>> _ = Flow(rows, breakpoint_at(where="qty > 2")).process()
        stopped at {'city': 'Oslo', 'qty': 4}
        >>> sys.breakpointhook = kept
    """
    number: Any = row
    if number is None and where is None:
        what = "no row is given at which to stop"
        raise ArgumentError(what, fix="write breakpoint_at(1000), or breakpoint_at(where='…').")
    if number is not None and (type(number) is not int or number < 1):
        what = f"row is the number of a row, counted from 1, got {shorten(number)}"
        raise ArgumentError(what, fix="write for instance breakpoint_at(1000).")
    given: Any = where
    if not (given is None or callable(given) or isinstance(given, str)):
        what = f"where is a function or an expression, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance breakpoint_at(where='qty > 2').")
    expression = compile_expression(where) if isinstance(where, str) else None

    def schema(resource: Resource) -> None:
        if expression is not None:
            checked_type(expression, field_types(resource.fields.descriptor))

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        masks: Callable[[Batch], Any] | None = None
        if expression is not None:
            codecs = codecs_of(stream.resource, expression.names)
            masks = lambda batch: mask_of(expression, batch, codecs, stream)  # noqa: E731 - one of two
        elif callable(where):
            masks = value_work(where, stream)

        def work(batch: Batch) -> Batch:
            for index in sorted({*_of_number(number, batch), *_true(masks, batch)}):
                _stop(batch.row(index), stream.target.fields, stream.step.package)
            return batch

        return work

    functions = (where,) if callable(where) else ()
    return Hooks(schema=schema, batch=batch, select=resources, functions=functions)


def _of_number(number: int | None, batch: Batch) -> Iterator[int]:
    """Yield the places of the rows of a batch that have a number."""
    if number is not None:
        numbers: Sequence[int] = batch.numbers()[: batch.length]
        if number in numbers:
            yield from (index for index, one in enumerate(numbers) if one == number)


def _true(masks: Callable[[Batch], Any] | None, batch: Batch) -> Iterator[int]:
    """Yield the places of the rows of a batch for which the condition is true."""
    if masks is not None:
        mask = masks(batch)
        values = mask if isinstance(mask, list) else mask.to_pylist()
        yield from (index for index, value in enumerate(values) if value)


def _stop(row: dict[str, Any], schema: Schema, package: Package) -> None:  # noqa: ARG001 - at hand
    sys.breakpointhook()  # noqa: T100 - it is what this is for
    return  # noqa: PLR1711 - here the debugger stands: row, schema, package; c goes on
