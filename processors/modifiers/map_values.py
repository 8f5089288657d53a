"""map_values: other values in the place of those in a dict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.on_error import check_policy, settle
from dataflows.processor import Hooks, processor
from dataflows.processors.modifiers.chosen_fields import (
    as_it_is,
    check_name,
    edit_chosen,
    retype,
)
from dataflows.processors.modifiers.value_map import ValueMap
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["map_values"]

_EXAMPLE = "map_values('country', {'UK': 'GB', 'EL': 'GR'})"
_NOT_MAPPED = ("array", "object", "geojson")


@processor
def map_values(
    field: str,
    mapping: Mapping[Any, Any],
    *,
    unmapped: str = "keep",
    default: Any = None,
    type: str | None = None,
    on_error: Any = None,
    resources: Resources = None,
) -> Hooks:
    """Replace the values of a field by those of a dict.

    Values are compared as values of the field's type: in an integer field the key ``"1"`` means the
    number 1, and in a string field ``1`` is refused. The new values are read as the field's type in
    the same way. A missing value stays missing, unless the dict has a key None.

    Schema: unchanged; with `type` the field gets this type.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch.

    Args:
        field: The field.
        mapping: The new value for each old one; None stands for a missing value on both sides.
        unmapped: What to do with a value that is not in the dict: ``"keep"`` it, make it
            ``"missing"``, or hand its row to `on_error`: ``"error"``.
        default: The value for all those, in the place of `unmapped`.
        type: The type of the field after this; by default the one that it has.
        on_error: What to do with a value that is not in the dict, or that does not fit the new
            type: `raise_exception` (the default), `drop`, `ignore`, `clear`, `rejects()` or a
            function.
        resources: The resources to change; all by default. One may lack the field.

    Raises:
        ArgumentError: The mapping is not a dict, or both a default and `unmapped` are given.
        UnknownFieldError: No resource has the field.
        FlowError: A key or a new value does not fit the field.
        ValidationError: A value is not in the dict, or does not fit, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, map_values
        >>> rows = [{"country": "UK"}, {"country": "FR"}]
        >>> Flow(rows, map_values("country", {"UK": "GB"})).results()[0]
        [[{'country': 'GB'}, {'country': 'FR'}]]
        >>> step = map_values("country", {"UK": 44, "FR": 33}, type="integer")
        >>> Flow(rows, step).results()[0]
        [[{'country': 44}, {'country': 33}]]
    """
    check_name(field, _EXAMPLE)
    check_one_of("unmapped", unmapped, ("keep", "missing", "error"))
    check_policy(on_error)
    if not hasattr(mapping, "items"):
        what = f"the mapping is a dict of old and new values, got {shorten(mapping)}"
        raise ArgumentError(what, fix=f"write for instance {_EXAMPLE}.")
    if default is not None and unmapped != "keep":
        what = f"a default and unmapped={unmapped!r} are given"
        raise ArgumentError(what, fix="give one of them.")
    pairs = list(mapping.items())

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            descriptor = schema.field(field)
            old = codec_for(descriptor, schema.missing_values)
            if old.type in _NOT_MAPPED:
                what = f"the field {field!r} is of the type {old.type!r}, which no key can equal"
                raise FlowError(what, fix="use a function of the row.")
            if type is not None:
                retype(descriptor, type)
            new = codec_for(descriptor, schema.missing_values)
            ValueMap(field, pairs, old, new, default=default, unmapped=unmapped)

        edit_chosen(package, step, [field], edit, regex=False)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        old = codecs_of(stream.resource, [field]).get(field)
        if old is None:
            return as_it_is
        new = codecs_of(stream.target, [field])[field]
        values = ValueMap(field, pairs, old, new, default=default, unmapped=unmapped)

        def work(batch: Batch) -> Batch:
            batch = stream.cast(batch, {field: old})
            column, failures = values.apply(batch.column(field))
            if failures:
                batch = settle(batch, {field: column}, {field: failures}, stream)
            else:
                batch.set_columns({field: column})
            return stream.cast(batch, {field: new}) if new is not old else batch

        return work

    return Hooks(package=package, batch=batch, select=resources, on_error=on_error)
