"""Cast rows to a schema, row by row: for functions of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, CastError, Place
from dataflows.on_error import (
    Rejects,
    check_policy,
    clear,
    drop,
    ignore,
    raise_exception,
    takes_field,
)
from dataflows.schema import Schema
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflows.schema import Field

__all__ = ["SchemaValidator", "schema_validator"]


class SchemaValidator:
    """Yield rows with their values cast to the schema of a resource, as they come.

    The rows are the same dicts, changed in place. A field that a row lacks becomes None; keys that
    are no fields are left alone; a value that does not fit stays as it is.

    Args:
        resource: A `Resource` (or the wrapper of one), or a descriptor with a ``schema``.
        iterator: The rows.
        field_names: The fields to look at; all of them by default.
        on_error: Asked about each value that does not fit, with (resource_name, row, index, error)
            or (resource_name, row, index, error, field): what is true keeps the row. Ready-made are
            ``schema_validator.raise_exception`` (the default), ``ignore``, ``drop`` and ``clear``.

    Raises:
        ArgumentError: `on_error` is no policy, or one that only a processor can follow.
        ValidationError: A value does not fit, and the policy is to raise.

    Examples:
        >>> from dataflows import schema_validator
        >>> sales = {"name": "sales", "schema": {"fields": [{"name": "qty", "type": "integer"}]}}
        >>> rows = [{"qty": "1"}, {"qty": "n/a"}]
        >>> list(schema_validator(sales, rows, on_error=schema_validator.drop))
        [{'qty': 1}]
    """

    raise_exception = staticmethod(raise_exception)
    ignore = staticmethod(ignore)
    drop = staticmethod(drop)
    clear = staticmethod(clear)

    def __call__(
        self,
        resource: Any,
        iterator: Iterable[dict[str, Any]],
        field_names: Iterable[str] | None = None,
        on_error: Callable[..., Any] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Check the arguments, and return the generator of the rows."""
        policy = check_policy(on_error)
        if isinstance(policy, Rejects):
            what = "on_error=rejects() needs a processor, which has a place for the rows"
            raise ArgumentError(what, fix="use set_type or validate with on_error=rejects().")
        descriptor = _descriptor(resource)
        fields = Schema(dict(descriptor.get("schema") or {})).fields
        if field_names is not None:
            wanted = set(field_names)
            fields = [field for field in fields if field.name in wanted]
        return _validated(str(descriptor.get("name")), iterator, fields, policy)

    def __repr__(self) -> str:
        return "schema_validator"


schema_validator = SchemaValidator()


def _descriptor(resource: Any) -> dict[str, Any]:
    inner = getattr(resource, "res", resource)
    if hasattr(inner, "descriptor"):
        return dict(inner.descriptor)
    if isinstance(inner, dict):
        return inner
    what = f"the resource must be a Resource or its descriptor, got {inner!r}"
    raise ArgumentError(what, fix="give the wrapper's resource: schema_validator(rows.res, rows).")


def _validated(
    name: str,
    iterator: Iterable[dict[str, Any]],
    fields: list[Field],
    policy: Callable[..., Any],
) -> Iterator[dict[str, Any]]:
    five = takes_field(policy)
    casts = [
        (field, field.name, codec_for(field.descriptor, field.missing_values).cast)
        for field in fields
    ]
    for index, row in enumerate(iterator):
        keep = True
        for field, key, cast in casts:
            value = row.get(key)
            try:
                row[key] = cast(value)
            except CastError as error:
                row[key] = value
                error.where = error.where.within(Place(resource=name, row=index + 1, field=key))
                arguments = (name, row, index, error)
                if not (policy(*arguments, field) if five else policy(*arguments)):
                    keep = False
        if keep:
            yield row
