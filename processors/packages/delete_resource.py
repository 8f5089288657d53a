"""delete_resource: resources taken out of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processor import Hooks, processor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["delete_resource"]


@processor
def delete_resource(resources: Resources) -> Hooks:
    """Remove resources from the package.

    The steps before this one see all of their rows all the same: what they write is whole.

    Schema: unchanged; foreign keys that refer to such a resource go.
    Rows: none of these resources, all of the others.
    Memory: one batch.

    Args:
        resources: The resources to take out: a name, a regular expression, a position, or a list of
            names.

    Raises:
        UnknownResourceError: There is no such resource.

    Examples:
        >>> from dataflows import Flow, delete_resource
        >>> Flow([{"city": "Rome"}], [{"size": 3}], delete_resource("res_1")).results()[0]
        [[{'size': 3}]]
    """

    def package(package: Package, step: Step) -> None:
        kept = [one for one in package.descriptor["resources"] if one["name"] not in step.selected]
        package.descriptor["resources"] = kept
        for descriptor in kept:
            _forget(descriptor.get("schema"), step.selected)

    def resources_(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        for stream in streams:
            if stream.resource.name not in step.selected:
                yield stream
                continue
            for batch in stream:
                stream.tally.filtered += batch.length

    return Hooks(package=package, resources=resources_, select=resources)


def _forget(schema: Any, gone: set[str]) -> None:
    """Take away the foreign keys that refer to a resource that is gone."""
    keys = schema.get("foreignKeys") if isinstance(schema, dict) else None
    if keys:
        left = [one for one in keys if one.get("reference", {}).get("resource") not in gone]
        schema["foreignKeys"] = left
        if not left:
            del schema["foreignKeys"]
