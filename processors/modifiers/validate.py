"""validate: rows and values that must fit."""

from __future__ import annotations

from itertools import compress
from operator import not_
from typing import TYPE_CHECKING, Any

from dataflows.column import Mask
from dataflows.errors import ArgumentError, shorten
from dataflows.expressions import compile_expression
from dataflows.on_error import check_policy
from dataflows.processor import Hooks, processor
from dataflows.processors.computing.conditions import check_condition, condition_text
from dataflows.processors.computing.evaluation import call_on_values, mask_of
from dataflows.processors.passing.refusals import refuse_rows
from dataflows.rowwise import value_work
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["validate"]

_EXAMPLE = "write validate(), validate('qty > 0'), validate(function) or validate('qty', function)."


@processor
def validate(*args: Any, resources: Resources = None, on_error: Any = None) -> Hooks:
    """Check that values fit their fields, or that rows satisfy a condition.

    Schema: unchanged.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch.

    Args:
        *args: Nothing: every value is cast to the type of its field, and checked against its
            constraints. A function of the row, or an expression such as ``"qty > 0"``: it must be
            true. The name of a field and a function of its value: the same.
        resources: The resources to check; all by default.
        on_error: What to do with what does not fit: `raise_exception` (the default), `drop`,
            `ignore`, `clear`, `rejects()`, or a function ``(resource_name, row, index, error)``
            with the field as a fifth where it takes one. For a condition, error and field are None.

    Raises:
        ArgumentError: The arguments are none of these.
        UnknownFieldError: There is no such field.
        FlowError: The expression is no more than the name of a field, or types clash in it.
        ValidationError: Something does not fit, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, validate
        >>> from dataflows.on_error import drop
        >>> rows = [{"city": "Rome", "qty": 3}, {"city": "Oslo", "qty": -1}]
        >>> Flow(rows, validate("qty > 0", on_error=drop)).results()[0]
        [[{'city': 'Rome', 'qty': 3}]]
    """
    check_policy(on_error)
    field, condition = _read(args)
    expression = compile_expression(condition) if isinstance(condition, str) else None

    def schema(resource: Resource) -> None:
        if field is not None:
            resource.fields.field(field)
        if isinstance(condition, str):
            check_condition(condition, resource.fields.descriptor, "validate({}, function)")

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        codecs = codecs_of(stream.resource)
        if condition is None:
            return lambda batch: stream.cast(batch, codecs, came_in=True)
        if expression is not None:
            return checked(lambda batch: mask_of(expression, batch, codecs, stream), stream)
        if field is not None:
            return checked(lambda batch: call_on_values(condition, field, batch, stream), stream)
        return checked(value_work(condition, stream), stream)

    def checked(results: Callable[[Batch], Any], stream: Stream) -> Callable[[Batch], Batch]:
        return _checked(results, stream, condition_text(condition), field)

    functions = (condition,) if callable(condition) and field is None else ()
    return Hooks(
        schema=schema, batch=batch, select=resources, on_error=on_error, functions=functions
    )


def _checked(
    results: Callable[[Batch], Any], stream: Stream, condition: str, field: str | None
) -> Callable[[Batch], Batch]:
    def work(batch: Batch) -> Batch:
        found = results(batch)
        mask = Mask(list(map(bool, found)) if isinstance(found, list) else found)
        if mask.kept == batch.length:
            return batch
        refused = list(compress(range(batch.length), map(not_, mask.bools)))
        return refuse_rows(batch, refused, stream, condition, field)

    return work


def _read(args: tuple[Any, ...]) -> tuple[str | None, Any]:
    """Return the field, where one is named, and the condition."""
    match args:
        case ():
            return None, None
        case (condition,) if callable(condition) or isinstance(condition, str):
            return None, condition
        case (str(field), condition) if callable(condition):
            return field, condition
    what = f"validate cannot be called with {', '.join(map(shorten, args))}"
    raise ArgumentError(what, fix=_EXAMPLE)
