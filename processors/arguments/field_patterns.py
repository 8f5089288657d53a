"""Fields by name or pattern, over several resources, and the keys that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, UnknownFieldError, shorten
from dataflows.processors.arguments.listed import listed
from dataflows.selectors import compile_pattern, match_fields, no_such_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.chain import Step
    from dataflows.package import Package

__all__ = ["check_matches", "check_patterns", "field_types", "follow_keys", "selected_schemas"]


def check_patterns(fields: Any, *, regex: bool) -> list[str]:
    """Return field names or patterns as a list.

    Raises:
        ArgumentError: One of them is not a text, or not a regular expression.

    Examples:
        >>> check_patterns("city", regex=True), check_patterns(["a", "b.*"], regex=True)
        (['city'], ['a', 'b.*'])
    """
    patterns = list(fields) if hasattr(fields, "keys") else listed(fields)
    for pattern in patterns:
        if not isinstance(pattern, str):
            what = f"a field is given by its name, got {shorten(pattern)}"
            raise ArgumentError(what, fix="give a list of names.")
        if regex:
            compile_pattern(pattern)
    return patterns


def selected_schemas(package: Package, step: Step) -> dict[str, dict[str, Any]]:
    """Return the schema of each resource that a step is for, by name, to be changed in place.

    Examples:
        >>> from types import SimpleNamespace
        >>> from dataflows.package import Package
        >>> package = Package({"resources": [{"name": "a"}, {"name": "b"}]})
        >>> selected_schemas(package, SimpleNamespace(selected={"b"}))
        {'b': {'fields': []}}
    """
    found = {}
    for descriptor in package.descriptor["resources"]:
        if descriptor.get("name") in step.selected:
            schema = descriptor.setdefault("schema", {})
            schema.setdefault("fields", [])
            found[descriptor["name"]] = schema
    return found


def check_matches(
    patterns: Iterable[str], schemas: Iterable[dict[str, Any]], *, regex: bool = True
) -> None:
    """Check that each name or pattern means a field in one of the schemas at least.

    Raises:
        UnknownFieldError: One means none; the nearest name is offered.

    Examples:
        >>> check_matches(["c.*"], [{"fields": [{"name": "city"}]}])
        >>> check_matches(["c.*"], [{"fields": [{"name": "town"}]}])
        Traceback (most recent call last):
        dataflows.errors.UnknownFieldError: no field matches 'c.*'
          fix: the fields here are: town.
    """
    names = list(dict.fromkeys(field["name"] for schema in schemas for field in schema["fields"]))
    for pattern, found in match_fields(patterns, names, regex=regex).items():
        if found:
            continue
        error = no_such_field(pattern, names)
        if pattern in names:
            fix = f"{pattern!r} is read as a regular expression: pass regex=False for the name."
            raise UnknownFieldError(f"no field matches {pattern!r}", fix=fix)
        if regex and not pattern.isidentifier():
            raise UnknownFieldError(f"no field matches {pattern!r}", fix=error.fix)
        raise error


def field_types(schema: dict[str, Any]) -> dict[str, str]:
    """Return the type of each field of a schema.

    Examples:
        >>> field_types({"fields": [{"name": "a", "type": "integer"}, {"name": "b"}]})
        {'a': 'integer', 'b': 'string'}
    """
    return {field["name"]: field.get("type", "string") for field in schema["fields"]}


def follow_keys(schema: dict[str, Any], renamed: Callable[[str], str | None]) -> None:
    """Let the primary key and the foreign keys of a schema follow a change of its fields.

    A primary key loses a field that is gone; a foreign key that does goes with it.

    Args:
        schema: The schema, changed in place.
        renamed: Returns the new name of a field, None for one that is gone.

    Examples:
        >>> schema = {"fields": [], "primaryKey": ["a", "b"]}
        >>> follow_keys(schema, {"a": "x"}.get)
        >>> schema
        {'fields': [], 'primaryKey': ['x']}
    """
    if "primaryKey" in schema:
        kept = [new for name in _listed(schema["primaryKey"]) if (new := renamed(name)) is not None]
        schema["primaryKey"] = kept[0] if kept and isinstance(schema["primaryKey"], str) else kept
        if not kept:
            del schema["primaryKey"]
    if "foreignKeys" in schema:
        keys = []
        for key in schema["foreignKeys"]:
            names = [renamed(name) for name in _listed(key.get("fields", []))]
            if None not in names:
                alone = isinstance(key.get("fields"), str)
                keys.append({**key, "fields": names[0] if alone else names})
        schema["foreignKeys"] = keys
        if not keys:
            del schema["foreignKeys"]


def _listed(names: str | list[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or [])
