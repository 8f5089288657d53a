"""join_self: the former name of join_with_self, with a name for the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError
from dataflows.processor import Hooks, processor
from dataflows.processors.joins.join_with_self import join_with_self
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.chain import Step
    from dataflows.package import Package, Resource

__all__ = ["join_self"]


@processor
def join_self(
    source_name: str,
    source_key: str | Sequence[str],
    target_name: str,
    fields: Mapping[str, Any] | Sequence[str],
) -> Hooks:
    """Combine rows that share a key into one row, in a resource of another name.

    Deprecated: use `join_with_self`, and `update_resource` for the name.

    Schema: the fields given here.
    Rows: one for each key, in the order in which the first rows of the keys came.
    Memory: the groups; many spill to disk.

    Args:
        source_name: The resource.
        source_key: Its key, as for `join`.
        target_name: The name of the resource that takes its place.
        fields: The fields of the new rows, as for `join`.

    Raises:
        ArgumentError: The key or the fields are none of these.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: There is no such field.
        FlowError: Another resource has the name, there is no such aggregate, or it does not fit.

    Examples:
        >>> import warnings
        >>> from dataflows import Flow, join_self
        >>> warnings.simplefilter("ignore", DeprecationWarning)
        >>> rows = [{"city": "Rome", "n": 1}, {"city": "Rome", "n": 3}]
        >>> flow = Flow(rows, join_self("res_1", ["city"], "cities", {"city": None}))
        >>> data, package, stats = flow.results()
        >>> data, package.resource_names
        ([[{'city': 'Rome'}]], ['cities'])
    """
    warn("join_self is deprecated: use join_with_self", DeprecationWarning)
    inner = join_with_self(source_name, source_key, fields).hooks

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the face of every hook
        if target_name != source_name and target_name in package.resource_names:
            what = f"there is a resource named {target_name!r} already"
            raise FlowError(what, fix="give the result another name.")

    def schema(resource: Resource) -> None:
        if inner.schema is not None:
            inner.schema(resource)
        if resource.descriptor.get("path") == f"{source_name}.csv":
            resource.descriptor["path"] = f"{target_name}.csv"
        resource.descriptor["name"] = target_name

    return Hooks(package=package, schema=schema, batches=inner.batches, select=[source_name])
