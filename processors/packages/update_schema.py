"""update_schema: what is known about the schemas of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.listed import listed
from dataflows.processors.arguments.property_names import check_property_names
from dataflows.processors.packages.known_properties import check_properties
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from dataflows.package import Resource
    from dataflows.selectors import Resources

__all__ = ["update_schema"]

_PROPERTIES = ("fields", "missingValues", "primaryKey", "foreignKeys", "uniqueKeys", "fieldsMatch")


@processor
def update_schema(resources: Resources, **props: Any) -> Hooks:
    """Set properties of the schema, such as ``missingValues`` and ``primaryKey``.

    The values are not looked at: put `validate` after it to have them cast.

    Schema: with the properties.
    Rows: untouched.
    Memory: none.

    Args:
        resources: The resources; None for all, -1 for the last one.
        **props: The properties, as Table Schema names them.

    Raises:
        ArgumentError: A property is misspelt, or of the wrong kind.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: A field of the primary key is not there.
        FlowError: The schema cannot be: a field of a type that there is not, for instance.

    Examples:
        >>> from dataflows import Flow, update_schema, validate
        >>> rows = [{"city": "Rome", "code": "-"}]
        >>> Flow(rows, update_schema(-1, missingValues=["-"]), validate()).results()[0]
        [[{'city': 'Rome', 'code': None}]]
    """
    check_property_names(props, _PROPERTIES, "schema")
    check_properties("update_schema", props)
    wanted = clone(props)
    key = listed(wanted.get("primaryKey") or [])

    def schema(resource: Resource) -> None:
        resource.fields.descriptor.update(clone(wanted))
        codecs_of(resource)
        for name in key:
            resource.fields.field(name)

    return Hooks(schema=schema, select=resources)
