"""nest: several fields as one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError, FlowError
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.modifiers.chosen_fields import (
    as_it_is,
    check_name,
    chosen,
    edit_chosen,
    put_fields,
)
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["nest"]


@processor
def nest(
    fields: Iterable[str] | str,
    into: str,
    *,
    prefix: str | None = None,
    keep: bool = False,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    r"""Combine several fields into one field of objects.

    It is the way back from `flatten`. Every object has all the keys, with None for a missing value;
    where all the values of a row are missing, so is the object.

    Schema: the new field, in the place of the first of the others.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name.
        into: The name of the new field; it may be one of the nested ones.
        prefix: What names that begin with it lose on the way to a key; `into` and a dot by default,
            so that ``address.city`` becomes the key ``city`` of ``address``.
        keep: Whether the old fields stay; the new one comes behind the last of them then.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources to change; all by default. One may lack fields.

    Raises:
        ArgumentError: A name is not a text.
        UnknownFieldError: A name means no field in any of the resources.
        FlowError: There is another field of the new name already, or two fields would have the same
            key.

    Examples:
        >>> from dataflows import Flow, nest
        >>> rows = [{"id": 1, "address.city": "Rome", "address.zip": "00184"}]
        >>> Flow(rows, nest(r"address\..*", into="address")).results()[0]
        [[{'id': 1, 'address': {'city': 'Rome', 'zip': '00184'}}]]
    """
    patterns = check_patterns(fields, regex=regex)
    check_name(into, "nest(['city', 'zip'], into='address')")
    start = f"{into}." if prefix is None else check_prefix(prefix)

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            sources = chosen(patterns, schema.field_names, regex=regex)
            _check_keys(sources, start)
            put_fields(schema, {into: "object"}, sources=sources, keep=keep)

        edit_chosen(package, step, patterns, edit, regex=regex)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = chosen(patterns, stream.resource.fields.field_names, regex=regex)
        if not names:
            return as_it_is
        keys = [name.removeprefix(start) for name in names]
        codecs = codecs_of(stream.target, [into])

        def work(batch: Batch) -> Batch:
            lists = [batch.column(name).values for name in names]
            objects: list[Any] = []
            for values in zip(*lists, strict=True):
                made = dict(zip(keys, map(clone, values) if keep else values, strict=True))
                objects.append(None if all(value is None for value in values) else made)
            batch.set_columns({into: Column(values=objects)})
            batch = stream.cast(batch, codecs)
            batch.arrange(stream.target.fields.field_names)
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)


def check_prefix(prefix: Any) -> str:
    """Return the prefix of fields that belong to an object.

    Raises:
        ArgumentError: It is not a text.

    Examples:
        >>> check_prefix("address_")
        'address_'
    """
    if not isinstance(prefix, str):
        what = f"the prefix is a text, got {prefix!r}"
        raise ArgumentError(what, fix="write for instance prefix='address_', or prefix=''.")
    return prefix


def _check_keys(names: list[str], prefix: str) -> None:
    first: dict[str, str] = {}
    for name in names:
        key = name.removeprefix(prefix)
        if key in first:
            what = f"two fields would have the key {key!r}: {first[key]!r} and {name!r}"
            raise FlowError(what, fix="rename one of the fields, or give another prefix=.")
        first[key] = name
