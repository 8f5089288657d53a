"""delete_fields: fields that are not needed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

__all__ = ["delete_fields"]


@processor
def delete_fields(
    fields: Iterable[str] | str, resources: Resources = None, regex: bool = True
) -> Hooks:
    """Delete fields.

    Other tools call this dropping columns.

    Schema: without the fields, which leave the primary key too.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name.
        resources: The resources to delete them from; all by default. A resource may lack a field
            that another one has.
        regex: Whether the names are regular expressions; False takes them as they are written.

    Raises:
        ArgumentError: A name is not a regular expression.
        UnknownFieldError: A name means no field in any of the resources.

    Examples:
        >>> from dataflows import Flow, delete_fields
        >>> rows = [{"city": "Rome", "note_a": "x", "note_b": "y"}]
        >>> Flow(rows, delete_fields(["note_.*"])).results()[0]
        [[{'city': 'Rome'}]]
    """
    patterns = check_patterns(fields, regex=regex)

    def package(package: Package, step: Step) -> None:
        schemas = selected_schemas(package, step)
        check_matches(patterns, schemas.values(), regex=regex)
        for schema in schemas.values():
            names = [field["name"] for field in schema["fields"]]
            gone = _meant(patterns, names, regex=regex)
            schema["fields"] = [field for field in schema["fields"] if field["name"] not in gone]
            if gone:
                follow_keys(schema, {name: name for name in names if name not in gone}.get)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        kept = stream.target.fields.field_names
        if kept == stream.resource.fields.field_names:
            return _as_it_is

        def work(batch: Batch) -> Batch:
            batch.arrange(kept)
            for name in _meant(patterns, list(batch.extras), regex=regex):
                del batch.extras[name]
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)


def _as_it_is(batch: Batch) -> Batch:
    return batch


def _meant(patterns: list[str], names: list[str], *, regex: bool) -> set[str]:
    return {name for found in match_fields(patterns, names, regex=regex).values() for name in found}
