"""flatten: a field for each key of an object, or for each item of an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, CastError, FlowError, shorten
from dataflows.on_error import check_policy
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.modifiers.chosen_fields import (
    as_it_is,
    check_name,
    edit_chosen,
    name_types,
    put_fields,
)
from dataflows.processors.modifiers.made_fields import typed_by, with_fields
from dataflows.processors.modifiers.nest import check_prefix
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.on_error import Failure
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["flatten"]

_EXAMPLE = "flatten('address', ['city', 'zip'])"


@processor
def flatten(
    field: str,
    keys: Iterable[str] | Mapping[str, str] | None = None,
    *,
    prefix: str | None = None,
    rest: str | None = None,
    keep: bool = False,
    on_error: Any = None,
    resources: Resources = None,
) -> Hooks:
    """Flatten a field of objects: each key becomes a field.

    The keys must be said, because the schema has to be known before the first row is seen. An
    object inside of an object stays one; flatten its field in turn. The items of an array get the
    keys as their names, in their order.

    Other tools call this unnest, or normalizing JSON.

    Schema: a field for each key, in the place of the old one.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch.

    Args:
        field: The field of objects or arrays.
        keys: The keys, of which fields of the type ``any`` are made; or a dict of keys and types.
            An object may lack a key: its value is missing then.
        prefix: What stands before a key in the name of its field; the name of the old field and a
            dot by default.
        rest: The name of a field for what an object has beside these keys; without one such an
            object is an error.
        keep: Whether the old field stays, before the new ones.
        on_error: What to do with keys that were not said, and with a value that does not fit its
            type: `raise_exception` (the default), `drop`, `ignore`, `clear`, `rejects()` or a
            function.
        resources: The resources to change; all by default. One may lack the field.

    Raises:
        ArgumentError: No keys are given, or not as texts.
        UnknownFieldError: No resource has the field.
        FlowError: There is a field of one of the new names already, or the old field holds neither
            objects nor arrays.
        ValidationError: A value does not fit, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, flatten
        >>> rows = [{"at": {"city": "Rome", "floor": 3}}, {"at": {"city": "Oslo"}}]
        >>> Flow(rows, flatten("at", {"city": "string", "floor": "integer"})).results()[0]
        [[{'at.city': 'Rome', 'at.floor': 3}, {'at.city': 'Oslo', 'at.floor': None}]]
    """
    check_name(field, _EXAMPLE)
    check_policy(on_error)
    if keys is None:
        what = f"flatten needs the keys of {field!r}: the fields must be known before the first row"
        raise ArgumentError(what, fix=f"list them: flatten({field!r}, ['city', 'zip']).")
    types = name_types("keys", keys, "any", _EXAMPLE)
    start = f"{field}." if prefix is None else check_prefix(prefix)
    names = {key: start + key for key in types}
    if rest is not None:
        check_name(rest, "rest='other'")

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            kind = schema.field(field).get("type", "string")
            if kind not in ("object", "array"):
                what = f"the field {field!r} is of the type {kind!r}, not of objects or arrays"
                fix = f"set_type({field!r}, type='object') before this, or use split_field."
                raise FlowError(what, fix=fix)
            made = {names[key]: type_ for key, type_ in types.items()}
            if rest in made:
                what = f"the rest and a key would be the same field {rest!r}"
                raise FlowError(what, fix="give rest= another name.")
            put_fields(schema, made | ({rest: kind} if rest else {}), sources=[field], keep=keep)

        edit_chosen(package, step, [field], edit, regex=False)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        own = codecs_of(stream.resource, [field])
        if not own:
            return as_it_is
        new = [*names.values(), *([rest] if rest else [])]
        codecs = codecs_of(stream.target, new)
        stream.retype = typed_by("keys", {made: key for key, made in names.items()})
        take = _of_array if own[field].type == "array" else _of_object

        def work(batch: Batch) -> Batch:
            batch = stream.cast(batch, own)
            parts: list[list[Any] | None] = []
            failures: list[Failure] = []
            for index, value in enumerate(batch.column(field).values):
                values, left = take(clone(value) if keep else value, list(types))
                if left and not rest:
                    failures.append((index, value, _unknown(left)))
                    values = None
                parts.append(None if values is None else [*values, left])
            return with_fields(batch, field, parts, codecs, failures, stream)

        return work

    return Hooks(package=package, batch=batch, select=resources, on_error=on_error)


def _of_object(value: Any, keys: list[str]) -> tuple[list[Any] | None, Any]:
    """Return the values of the keys, and what is left of the object."""
    if not isinstance(value, dict):
        return None, None
    left = {key: item for key, item in value.items() if key not in keys}
    return [value.get(key) for key in keys], left or None


def _of_array(value: Any, keys: list[str]) -> tuple[list[Any] | None, Any]:
    if not isinstance(value, list):
        return None, None
    items = [*value[: len(keys)], *[None] * (len(keys) - len(value))]
    return items, value[len(keys) :] or None


def _unknown(left: dict[str, Any] | list[Any]) -> CastError:
    what = f"there is more than the keys that were given: {shorten(left)}"
    fix = (
        "list the keys too, keep what is left with rest='other',"
        " or handle such rows with on_error=rejects()"
    )
    return CastError(what, fix=fix)
