"""rename_fields: other names for fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, Place, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import (
    check_matches,
    check_patterns,
    follow_keys,
    selected_schemas,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["rename_fields"]


@processor
def rename_fields(
    fields: Mapping[str, str], resources: Resources = None, regex: bool = True
) -> Hooks:
    r"""Rename fields.

    Other tools call this renaming columns.

    Schema: the fields, in their order, with the new names, which the primary key and the foreign
    keys follow.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: The new name for each name, or for each regular expression that must match a whole
            name; ``\1`` stands for its first group then. The first that matches a field counts.
        resources: The resources with the fields; all by default. A resource may lack a field that
            another one has.
        regex: Whether the names are regular expressions; False takes them as they are written.

    Raises:
        ArgumentError: A name is not a regular expression, or not a text.
        UnknownFieldError: A name means no field in any of the resources.
        FlowError: Two fields would have the same name.

    Examples:
        >>> from dataflows import Flow, rename_fields
        >>> rows = [{"y_1990": 3, "y_2000": 4, "town": "Rome"}]
        >>> Flow(rows, rename_fields({"town": "city", r"y_(\d+)": r"\1"})).results()[0]
        [[{'1990': 3, '2000': 4, 'city': 'Rome'}]]
    """
    given: Any = fields
    if not hasattr(given, "items") or not all(isinstance(new, str) for new in given.values()):
        what = f"the fields are a dict of old and new names, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance rename_fields({'town': 'city'}).")
    new_names = dict(fields)
    patterns = check_patterns(list(new_names), regex=regex)

    def package(package: Package, step: Step) -> None:
        schemas = selected_schemas(package, step)
        check_matches(patterns, schemas.values(), regex=regex)
        for resource, schema in schemas.items():
            names = [field["name"] for field in schema["fields"]]
            renamed = {name: _renamed(name, new_names, regex=regex) for name in names}
            _check_distinct(renamed, resource)
            for field in schema["fields"]:
                field["name"] = renamed[field["name"]]
            follow_keys(schema, renamed.get)
            _follow_references(package, resource, renamed)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        before, after = stream.resource.fields.field_names, stream.target.fields.field_names

        def work(batch: Batch) -> Batch:
            if before != after:
                batch.arrange(after, before)
                for name in after:
                    batch.extras.pop(name, None)
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)


def _renamed(name: str, new_names: dict[str, str], *, regex: bool) -> str:
    if not regex:
        return new_names.get(name, name)
    for pattern, new in new_names.items():
        match = re.fullmatch(pattern, name)
        if match:
            try:
                return match.expand(new)
            except (re.error, IndexError) as error:
                what = f"the new name {new!r} does not go with the pattern {pattern!r}: {error}"
                raise FlowError(
                    what, fix="name a group of the pattern, or pass regex=False."
                ) from error
    return name


def _check_distinct(renamed: dict[str, str], resource: str) -> None:
    first: dict[str, str] = {}
    for old, new in renamed.items():
        if new in first:
            what = f"two fields would be named {new!r}: {first[new]!r} and {old!r}"
            fix = "choose another name, or delete one of the fields first."
            raise FlowError(what, where=Place(resource=resource), fix=fix)
        first[new] = old


def _follow_references(package: Package, resource: str, renamed: dict[str, str]) -> None:
    """Rename the fields in the foreign keys that refer to this resource."""
    for descriptor in package.descriptor["resources"]:
        for key in descriptor.get("schema", {}).get("foreignKeys", ()):
            reference = key.get("reference", {})
            own = descriptor.get("name") == resource and reference.get("resource") == ""
            if own or reference.get("resource") == resource:
                names = reference.get("fields", [])
                if isinstance(names, str):
                    reference["fields"] = renamed.get(names, names)
                else:
                    reference["fields"] = [renamed.get(name, name) for name in names]
