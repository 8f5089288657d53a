"""select_fields: the fields that are needed, in the order in which they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.errors import Place, UnknownFieldError, nearest
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import (
    check_matches,
    check_patterns,
    follow_keys,
    selected_schemas,
)
from dataflows.selectors import match_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["select_fields"]


@processor
def select_fields(
    fields: Iterable[str] | str, resources: Resources = None, regex: bool = True
) -> Hooks:
    """Keep only the named fields, in that order.

    Other tools call this selecting columns.

    Schema: the fields, in the order of the names; within one pattern in the order they had.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name.
        resources: The resources to select from; all by default. A resource may lack a field that
            another one has, but not all of them.
        regex: Whether the names are regular expressions; False takes them as they are written.

    Raises:
        ArgumentError: A name is not a regular expression.
        UnknownFieldError: A name means no field in any of the resources, or none does in one.

    Examples:
        >>> from dataflows import Flow, select_fields
        >>> rows = [{"note": "x", "size": 3, "city": "Rome"}]
        >>> Flow(rows, select_fields(["city", "s.*"])).results()[0]
        [[{'city': 'Rome', 'size': 3}]]
    """
    patterns = check_patterns(fields, regex=regex)

    def package(package: Package, step: Step) -> None:
        schemas = selected_schemas(package, step)
        check_matches(patterns, schemas.values(), regex=regex)
        for resource, schema in schemas.items():
            known = {field["name"]: field for field in schema["fields"]}
            found = match_fields(patterns, list(known), regex=regex)
            kept = dict.fromkeys(name for names in found.values() for name in names)
            if not kept:
                what = f"can't find any fields to select in resource {resource}"
                fix = nearest(patterns[0] if patterns else "", known)
                raise UnknownFieldError(what, where=Place(resource=resource), fix=fix)
            schema["fields"] = [known[name] for name in kept]
            follow_keys(schema, {name: name for name in kept}.get)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        kept = stream.target.fields.field_names

        def work(batch: Batch) -> Batch:
            batch.arrange(kept)
            batch.drop_extras()
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)
