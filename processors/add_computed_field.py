"""add_computed_field, and what scripts of 0.5.12 import from beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.package import clone
from dataflows.processors.computing.computed import read_specs
from dataflows.processors.computing.operations import AGGREGATES as AGGREGATORS
from dataflows.processors.modifiers.add_computed_field import add_computed_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["AGGREGATORS", "add_computed_field", "get_new_fields"]


def get_new_fields(
    resource: Mapping[str, Any], fields: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the descriptors of the fields that `add_computed_field` would add.

    Args:
        resource: The descriptor of a resource.
        fields: What is to be computed, as the keywords of `add_computed_field`; where the target
            is a descriptor with a type, it may stand alone.

    Raises:
        ArgumentError: Something is missing, unknown or too much.
        UnknownFieldError: A source is not there.
        FlowError: The types of the sources cannot be computed with.

    Examples:
        >>> resource = {"schema": {"fields": [{"name": "qty", "type": "integer"}]}}
        >>> get_new_fields(resource, [{"target": {"name": "size", "type": "string"}}])
        [{'name': 'size', 'type': 'string'}]
        >>> get_new_fields(resource, [{"target": "all", "operation": "sum", "source": ["qty"]}])
        [{'name': 'all', 'type': 'integer'}]
    """
    schema = {"fields": list(resource.get("schema", {}).get("fields", []))}
    made = []
    for one in fields:
        target: Any = one.get("target")
        if hasattr(target, "keys") and "type" in target:
            field = dict(clone(dict(target)))
        else:
            field = read_specs((dict(one),), {})[0].describe(schema)
        made.append(field)
        schema["fields"].append(field)
    return made
