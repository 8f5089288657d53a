"""update_resource: what is known about resources, their names and paths too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.packages.known_properties import check_properties

if TYPE_CHECKING:
    from dataflows.package import Resource
    from dataflows.selectors import Resources

__all__ = ["update_resource"]


@processor
def update_resource(resources: Resources, **props: Any) -> Hooks:
    """Set properties of resources, such as name, path and title.

    Schema: unchanged, unless ``schema`` is among the properties.
    Rows: untouched.
    Memory: none.

    Args:
        resources: The resources; None for all, -1 for the last one.
        **props: The properties. ``name`` renames a resource, ``path`` says where a dumper puts it.

    Raises:
        ArgumentError: A property is of the wrong kind.
        UnknownResourceError: There is no such resource.

    Examples:
        >>> from dataflows import Flow, update_resource
        >>> flow = Flow([{"a": 1}], update_resource(-1, name="letters", path="letters.csv"))
        >>> flow.process()[0].resource_names
        ['letters']
    """
    check_properties("update_resource", props)
    wanted = clone(props)

    def schema(resource: Resource) -> None:
        resource.descriptor.update(clone(wanted))

    return Hooks(schema=schema, select=resources)
