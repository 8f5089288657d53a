"""unpivot: fields to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, Place, shorten
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import (
    check_matches,
    check_patterns,
    selected_schemas,
)
from dataflows.processors.arguments.listed import listed
from dataflows.processors.rows.unpivoting import Unpivoting, matched_fields, unpivoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["unpivot"]


@processor
def unpivot(
    unpivot_fields: Iterable[Mapping[str, Any]],
    extra_keys: Iterable[Mapping[str, Any]],
    extra_value: Mapping[str, Any],
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    r"""Turn fields into rows, from wide to long.

    Other tools call this melt, gather, or reshaping from wide to long.

    Schema: the fields that stay, then the keys, then the value. A primary key loses what is gone,
    and gets the keys.
    Rows: as many for each row as it has such fields, in the order of the fields.
    Memory: one batch, times the number of such fields (at most some ten thousand rows at once).

    Args:
        unpivot_fields: Which fields, and what they say: dicts with a ``name`` (a regular expression
            that must match the whole name) and ``keys``, the value for each key. ``\1`` in a text
            stands for the first group of the expression. The first that matches a field counts.
        extra_keys: The descriptors of the fields for the keys, such as
            ``{"name": "year", "type": "integer"}``.
        extra_value: The descriptor of the field for the values. A value that does not fit its type
            stays as it is, for a later step to correct or refuse.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources with the fields; all by default.

    Raises:
        ArgumentError: A part of the arguments is not what it must be, or a key has no field.
        UnknownFieldError: A name means no field in any of the resources.
        FlowError: A key does not fit the type of its field, two fields would have the same name,
            or a resource has nothing to unpivot.

    Examples:
        >>> from dataflows import Flow, unpivot
        >>> rows = [{"city": "Rome", "y1990": 3, "y2000": 4}]
        >>> fields = [{"name": r"y(\d+)", "keys": {"year": r"\1"}}]
        >>> keys, value = [{"name": "year", "type": "year"}], {"name": "size", "type": "integer"}
        >>> Flow(rows, unpivot(fields, keys, value)).results()[0]
        [[{'city': 'Rome', 'year': 1990, 'size': 3}, {'city': 'Rome', 'year': 2000, 'size': 4}]]
    """
    specs = _check_specs(unpivot_fields)
    keys = [_check_field("extra_keys", one) for one in listed(extra_keys)]
    value = _check_field("extra_value", extra_value)
    patterns = check_patterns([spec["name"] for spec in specs], regex=regex)
    _check_keys(specs, [key["name"] for key in keys])

    def package(package: Package, step: Step) -> None:
        schemas = selected_schemas(package, step)
        check_matches(patterns, schemas.values(), regex=regex)
        for resource, schema in schemas.items():
            matched = matched_fields(schema, specs, keys, regex=regex)
            if not matched:
                what = f"the resource {resource!r} has no field to unpivot"
                fix = "name the resources that have some: unpivot(…, resources=[…])."
                raise FlowError(what, where=Place(resource=resource), fix=fix)
            unpivoted(schema, list(matched), keys, value, resource)

    def batches(stream: Stream) -> Iterator[Batch]:
        schema = stream.resource.fields.descriptor
        matched = matched_fields(schema, specs, keys, regex=regex)
        return Unpivoting(matched, [key["name"] for key in keys], value["name"], stream).batches()

    return Hooks(package=package, batches=batches, select=resources)


def _check_specs(unpivot_fields: Any) -> list[dict[str, Any]]:
    specs = []
    for spec in listed(unpivot_fields):
        if not hasattr(spec, "keys") or "name" not in spec or not _is_dict(spec.get("keys", {})):
            what = f"unpivot_fields lists dicts with a name and keys, got {shorten(spec)}"
            fix = r"write for instance [{'name': r'y(\d+)', 'keys': {'year': r'\1'}}]."
            raise ArgumentError(what, fix=fix)
        specs.append({"name": spec["name"], "keys": dict(spec.get("keys", {}))})
    if not specs:
        what = "unpivot_fields is empty: there is nothing to unpivot"
        raise ArgumentError(what, fix="name the fields: [{'name': 'y1990', 'keys': {…}}].")
    return specs


def _is_dict(value: Any) -> bool:
    return hasattr(value, "items")


def _check_field(option: str, descriptor: Any) -> dict[str, Any]:
    if not _is_dict(descriptor) or not isinstance(descriptor.get("name"), str):
        what = f"{option} has descriptors of fields, got {shorten(descriptor)}"
        raise ArgumentError(what, fix="write for instance {'name': 'year', 'type': 'integer'}.")
    return {"type": "string", **clone(dict(descriptor))}


def _check_keys(specs: list[dict[str, Any]], names: list[str]) -> None:
    for spec in specs:
        for key in spec["keys"]:
            if key not in names:
                what = f"the key {key!r} of the field {spec['name']!r} is not in extra_keys"
                fix = f"add {{'name': {key!r}, 'type': …}} to extra_keys, or take the key away."
                raise ArgumentError(what, fix=fix)
