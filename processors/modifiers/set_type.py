"""set_type: the type of fields, and the values that go with it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError
from dataflows.on_error import check_policy
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import (
    check_matches,
    check_patterns,
    selected_schemas,
)
from dataflows.processors.arguments.property_names import check_field_properties
from dataflows.processors.computing.evaluation import call_on_values
from dataflows.selectors import match_fields
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["set_type"]


@processor
def set_type(
    name: str,
    resources: Resources = -1,
    regex: bool = True,
    on_error: Any = None,
    transform: Callable[..., Any] | None = None,
    **options: Any,
) -> Hooks:
    """Set the type of a field, and cast its values.

    Text that was read from a file and that no step has changed is read again with the new options:
    ``set_type("code", type="string")`` gives ``"007"`` as it stands in the file.

    Other tools call this cast, or changing the data type.

    Schema: the fields get the options.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch.

    Args:
        name: The field's name, or a regular expression that must match the whole name of each
            field meant.
        resources: The resources with the field; the last one by default, None for all.
        regex: Whether the name is a regular expression; False takes it as it is written.
        on_error: What to do with values that do not fit: `raise_exception` (the default), `drop`,
            `ignore`, `clear`, `rejects()` or a function.
        transform: Called with each value, None too, before the cast; returns the value to take.
            Where it has parameters named ``row`` or ``field_name`` it gets these as well.
        **options: What the descriptor of the field gets: ``type``, ``format``, ``constraints``,
            ``decimalChar`` …, and properties of your own.

    Raises:
        ArgumentError: `name`, `transform` or `on_error` is not what it must be, or an option or a
            constraint is misspelt.
        UnknownFieldError: No field is meant in any of the resources.
        FlowError: There is no such type, or the options do not go with it.
        ValidationError: A value does not fit, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, set_type
        >>> rows = [{"day": "24/12/2026", "price": "1,50"}]
        >>> Flow(
        ...     rows,
        ...     set_type("day", type="date", format="%d/%m/%Y"),
        ...     set_type("price", type="number", decimalChar=","),
        ... ).results()[0]
        [[{'day': datetime.date(2026, 12, 24), 'price': Decimal('1.50')}]]
    """
    patterns = check_patterns([name], regex=regex)
    check_policy(on_error)
    given: Any = transform
    if given is not None and not callable(given):
        what = f"transform must be a function of the value, got {transform!r}"
        raise ArgumentError(what, fix="write for instance transform=str.strip.")
    wanted = _parameters(transform)
    check_field_properties(options, "update_schema(-1, missingValues={}) before it")

    def package(package: Package, step: Step) -> None:
        schemas = selected_schemas(package, step)
        check_matches(patterns, schemas.values(), regex=regex)
        for schema in schemas.values():
            for field in schema["fields"]:
                if _meant(name, [field["name"]], regex=regex):
                    field.update(clone(options))
                    codec_for(field, schema.get("missingValues", [""]))

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = _meant(name, stream.target.fields.field_names, regex=regex)
        codecs = codecs_of(stream.target, names)

        def work(batch: Batch) -> Batch:
            if transform is not None:
                for field in names:
                    _apply(transform, wanted, field, batch, stream)
            return stream.cast(batch, codecs, from_source=True, came_in=True)

        return work

    return Hooks(package=package, batch=batch, select=resources, on_error=on_error)


def _meant(name: str, names: list[str], *, regex: bool) -> list[str]:
    return match_fields([name], names, regex=regex)[name]


def _parameters(transform: Callable[..., Any] | None) -> set[str]:
    """Return which of ``row`` and ``field_name`` a transform takes; a builtin takes neither."""
    if transform is None:
        return set()
    try:
        parameters = inspect.signature(transform).parameters
    except (TypeError, ValueError):
        return set()
    return {"row", "field_name"} & set(list(parameters)[1:])


def _apply(
    transform: Callable[..., Any], wanted: set[str], name: str, batch: Batch, stream: Stream
) -> None:
    named: dict[str, Any] = {"field_name": name} if "field_name" in wanted else {}
    if "row" in wanted:
        named["row"] = batch.rows()
    results = call_on_values(transform, name, batch, stream, **named)
    if "row" in wanted:
        batch.touch()
    batch.set_columns({name: Column(values=results)})
