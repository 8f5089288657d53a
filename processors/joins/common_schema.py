"""The schema that takes the rows of several resources."""

from __future__ import annotations

from typing import Any

from dataflows.errors import FlowError, Place
from dataflows.package import clone

__all__ = ["common_schema"]


def common_schema(
    sources: list[dict[str, Any]], targets: dict[str, str], names: list[str]
) -> dict[str, Any]:
    """Return a schema with the fields that are asked for, as the sources describe them.

    Args:
        sources: The descriptors of the resources.
        targets: The field wanted for each name that a source may have.
        names: The fields wanted; one that no source has is a string.

    Raises:
        FlowError: The types of a field do not go together, or no source has any of the fields.

    Examples:
        >>> sources = [
        ...     {"name": "a", "schema": {"fields": [{"name": "town", "type": "string"}]}},
        ...     {"name": "b", "schema": {"fields": [{"name": "size", "type": "integer"}]}},
        ... ]
        >>> common_schema(sources, {"city": "city", "town": "city"}, ["city"])
        {'fields': [{'name': 'city', 'type': 'string'}]}
    """
    fields: dict[str, dict[str, Any]] = {}
    origins: dict[str, str] = {}
    key: list[str] = []
    for source in sources:
        schema = source.get("schema", {})
        for field in schema.get("fields", ()):
            target = targets.get(field["name"])
            if target is None:
                continue
            if target in fields:
                place = f"{field['name']!r} of {source['name']!r}"
                _widen(fields[target], field, origins[target], place, str(source["name"]))
            else:
                fields[target] = {**clone(field), "name": target}
                origins[target] = f"{field['name']!r} of {source['name']!r}"
        own_key = schema.get("primaryKey") or []
        for name in [own_key] if isinstance(own_key, str) else own_key:
            if name in targets and targets[name] not in key:
                key.append(targets[name])
    if not fields:
        what = f"none of the resources has one of the fields {', '.join(map(repr, targets))}"
        there = [field["name"] for one in sources for field in one["schema"]["fields"]]
        shown = ", ".join(map(str, dict.fromkeys(there))) or "none"
        raise FlowError(what, fix=f"name their fields, which are: {shown}.")
    _keep_common_constraints(fields, sources, targets)
    schema = {"fields": [*fields.values()]}
    schema["fields"] += [{"name": name, "type": "string"} for name in names if name not in fields]
    if key:
        schema["primaryKey"] = key
    missing = [source.get("schema", {}).get("missingValues", [""]) for source in sources]
    if missing[0] != [""] and missing.count(missing[0]) == len(missing):
        schema["missingValues"] = list(missing[0])
    return schema


def _widen(
    field: dict[str, Any], other: dict[str, Any], origin: str, place: str, resource: str
) -> None:
    """Let a field take the values of another, too."""
    type_, more = field.get("type", "string"), other.get("type", "string")
    if type_ in (more, "any"):
        return
    if more == "any":
        _retype(field, "any")
    elif {type_, more} != {"integer", "number"}:
        what = f"the field {field['name']!r} would have two types: {origin} is of the type"
        what += f" {type_!r}, {place} of the type {more!r}"
        fix = f"make them the same first: set_type({other['name']!r}, type={type_!r},"
        fix += f" resources=[{resource!r}])."
        raise FlowError(what, where=Place(resource=resource, field=other["name"]), fix=fix)
    elif type_ == "integer":
        _retype(field, "number")


def _retype(field: dict[str, Any], type_: str) -> None:
    field["type"] = type_
    field.pop("format", None)
    for option in ("bareNumber", "groupChar", "decimalChar"):
        field.pop(option, None)


def _keep_common_constraints(
    fields: dict[str, dict[str, Any]], sources: list[dict[str, Any]], targets: dict[str, str]
) -> None:
    """Leave out constraints that not all resources have: a row that was good stays good."""
    for target, field in fields.items():
        if "constraints" not in field:
            continue
        for source in sources:
            own = [
                one.get("constraints")
                for one in source.get("schema", {}).get("fields", ())
                if targets.get(one["name"]) == target
            ]
            if not own or any(constraints != field["constraints"] for constraints in own):
                del field["constraints"]
                break
