"""split_rows: the rows of one resource to several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, UnknownResourceError, nearest, shorten
from dataflows.expressions import compile_expression
from dataflows.package import Resource, clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import field_types
from dataflows.processors.computing.evaluation import checked_type
from dataflows.processors.rows.splitting import Splitting, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["split_rows"]


@processor
def split_rows(source: str, into: Any, *, by: str | None = None, rest: str | None = None) -> Hooks:
    """Split the rows of a resource among several new ones.

    Schema: each resource has the fields of the source.
    Rows: each goes to the first resource whose condition it satisfies; they stay in their order.
    Memory: one batch; the rows of all resources but the first wait on disk past some megabytes.

    Args:
        source: The name of the resource.
        into: For the name of each new resource the condition that its rows satisfy: an expression
            such as ``"qty > 0"``, or a function of the row. With `by` the value of the field, or a
            list of values; a list of texts is names and values in one.
        by: The field whose values tell where a row goes.
        rest: The name of a resource for the rows that fit nowhere, which comes last; without one
            they are left out.

    Raises:
        ArgumentError: There is nothing to split into, or what is no condition.
        UnknownResourceError: There is no such source.
        UnknownFieldError: There is no such field.
        FlowError: There is a resource of one of the names already, or a condition or a value does
            not go with the types.

    Examples:
        >>> from dataflows import Flow, split_rows
        >>> rows = [{"city": "Rome", "qty": 3}, {"city": "Oslo", "qty": 0}]
        >>> flow = Flow(rows, split_rows("res_1", {"sold": "qty > 0"}, rest="unsold"))
        >>> data, package, stats = flow.results()
        >>> data, package.resource_names
        ([[{'city': 'Rome', 'qty': 3}], [{'city': 'Oslo', 'qty': 0}]], ['sold', 'unsold'])
        >>> Flow(rows, split_rows("res_1", ["Oslo", "Rome"], by="city")).results()[0]
        [[{'city': 'Oslo', 'qty': 0}], [{'city': 'Rome', 'qty': 3}]]
    """
    targets = _read_values(into) if by is not None else _read_conditions(into)
    names = [*targets, *([] if rest is None else [rest])]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        what = f"two resources would be named {doubled!r}"
        raise ArgumentError(what, fix="give each a name of its own.")

    def package(package: Package, _step: Step) -> None:
        before = package.descriptor["resources"]
        taken = [str(one.get("name")) for one in before]
        if source not in taken:
            what = f"no resource is named {source!r}"
            raise UnknownResourceError(what, fix=nearest(source, taken, "resources"))
        place = taken.index(source)
        for name in names:
            if name in taken and name != source:
                what = f"there is a resource named {name!r} already"
                raise FlowError(what, fix="give the new resource another name.")
        _check(Resource(before[place]), targets, by)
        made = [_renamed(before[place], name) for name in names]
        package.descriptor["resources"] = [*before[:place], *made, *before[place + 1 :]]

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        for stream in streams:
            if stream.resource.name == source:
                yield from Splitting(stream, step, targets, by, rest).resources()
            else:
                yield stream

    functions = tuple(one for one in targets.values() if callable(one))
    return Hooks(package=package, resources=resources, functions=functions)


def _read_conditions(into: Any) -> dict[str, Any]:
    example = "write for instance split_rows('sales', {'paid': 'paid == True'}, rest='open')."
    if not hasattr(into, "items") or not into or not all(isinstance(name, str) for name in into):
        what = f"a dict of names and conditions is needed without by=, got {shorten(into)}"
        raise ArgumentError(what, fix=example)
    for name, condition in into.items():
        if isinstance(condition, str):
            compile_expression(condition)
        elif not callable(condition):
            what = f"the condition of {name!r} is an expression or a function,"
            raise ArgumentError(f"{what} got {shorten(condition)}", fix=example)
    return dict(into)


def _read_values(into: Any) -> dict[str, list[Any]]:
    example = "write for instance split_rows('sales', {'n': 'north', 's': 'south'}, by='region')."
    listed = isinstance(into, (list, tuple))
    named = dict(zip(into, into, strict=True)) if listed else into
    if not hasattr(named, "items") or not named or not all(isinstance(name, str) for name in named):
        what = f"a list of texts or a dict of names and values is needed, got {shorten(into)}"
        raise ArgumentError(what, fix=example)
    return {
        name: list(value) if isinstance(value, (list, tuple, set)) else [value]
        for name, value in named.items()
    }


def _check(resource: Resource, targets: dict[str, Any], by: str | None) -> None:
    if by is not None:
        values_of(resource, targets, by)
        return
    types = field_types(resource.fields.descriptor)
    for condition in targets.values():
        if isinstance(condition, str):
            checked_type(compile_expression(condition), types)


def _renamed(descriptor: dict[str, Any], name: str) -> dict[str, Any]:
    made: dict[str, Any] = clone(descriptor)
    path = made.get("path")
    folder = path.rpartition("/")[0] if isinstance(path, str) and "://" not in path else ""
    made.update(name=name, path=f"{folder}/{name}.csv" if folder else f"{name}.csv")
    return made
