"""concatenate: one resource of several, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, UnknownFieldError, nearest, shorten
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.joins.common_schema import common_schema
from dataflows.processors.joins.concatenated import Concatenated
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["concatenate"]


@processor
def concatenate(
    fields: Mapping[str, Iterable[str] | None],
    target: Mapping[str, Any] | None = None,
    resources: Resources = None,
) -> Hooks:
    """Append resources to each other, as one resource.

    Other tools call this union, append or stack.

    Schema: the fields that are asked for, as the first resource that has one describes it. Integers
    and numbers make numbers; other types must be the same in all resources.
    Rows: all, in their order, resource by resource.
    Memory: one batch.

    Args:
        fields: For each field of the result, the names that it has in the resources beside its own;
            None or an empty list for no other: a field that no resource has under its own name is
            a string then, missing in all rows. Where a resource has several of them, the last that
            is not missing counts.
        target: The descriptor of the result: ``name`` (``concat`` by default), ``path``
            (``data/<name>.csv`` by default) and what else it shall hold.
        resources: The resources to put together, which must follow each other; all by default.
            The result stands where the first of them stood.

    Raises:
        ArgumentError: The fields are no dict of lists, or a name appears in it twice.
        UnknownFieldError: One of the other names is a field of none of the resources.
        FlowError: A field has types that do not go together, another resource stands between those
            to put together or has the name of the result, or none of the fields is there.

    Examples:
        >>> from dataflows import Flow, concatenate
        >>> old, new = [{"town": "Rome", "size": 3}], [{"city": "Oslo", "size": 0.5}]
        >>> data, package, stats = Flow(
        ...     old, new, concatenate({"city": ["town"], "size": None}, {"name": "cities"})
        ... ).results()
        >>> data[0]
        [{'city': 'Rome', 'size': Decimal('3')}, {'city': 'Oslo', 'size': Decimal('0.5')}]
        >>> package.resource_names
        ['cities']
    """
    targets = _targets_of(fields)
    given: Any = {} if target is None else target
    if not hasattr(given, "keys"):
        what = f"the target is the descriptor of a resource, got {shorten(target)}"
        raise ArgumentError(what, fix="write for instance target={'name': 'all'}.")
    result = {"name": "concat", **clone(dict(given))}

    def package(package: Package, step: Step) -> None:
        first = _check_places(package, step, str(result["name"]))
        before = package.descriptor["resources"]
        sources = [one for one in before if one.get("name") in step.selected]
        made = {"path": f"data/{result['name']}.csv", **clone(result)}
        made.update(mediatype="text/csv", profile="tabular-data-resource")
        made["schema"] = common_schema(sources, targets, list(fields))
        _check_sources(sources, targets)
        others = [one for one in before if one.get("name") not in step.selected]
        package.descriptor["resources"] = [*others[:first], made, *others[first:]]

    def resources_(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        for stream in streams:
            if stream.resource.name not in step.selected:
                yield stream
                continue
            joined = Concatenated(stream, streams, targets, step, str(result["name"]))
            yield Batches(joined.batches())
            joined.ask_for_the_rest()

    return Hooks(package=package, resources=resources_, select=resources)


def _targets_of(fields: Any) -> dict[str, str]:
    """Return the field of the result for each name that a resource may have."""
    example = "write for instance concatenate({'city': ['town', 'place'], 'size': None})."
    if not hasattr(fields, "items") or not fields:
        what = f"the fields are a dict of names and lists of names, got {shorten(fields)}"
        raise ArgumentError(what, fix=example)
    targets: dict[str, str] = {}
    for target, sources in fields.items():
        if isinstance(sources, str) or not hasattr(sources or (), "__iter__"):
            what = f"the names for {target!r} are a list, got {shorten(sources)}"
            raise ArgumentError(what, fix=example)
        for name in (target, *(sources or ())):
            if name in targets and not name == target == targets[name]:
                what = f"Duplicate appearance of {name!r}: it stands for {targets[name]!r}"
                what += f" and for {target!r}"
                raise ArgumentError(what, fix="let each name stand for one field.")
            targets[name] = target
    return targets


def _check_places(package: Package, step: Step, name: str) -> int:
    """Return the position of the result; refuse what does not stand together, and its name."""
    names = [str(one.get("name")) for one in package.descriptor["resources"]]
    places = [place for place, one in enumerate(names) if one in step.selected]
    if not places:
        raise FlowError("there is no resource to concatenate", fix="put a source before this.")
    between = [one for one in names[places[0] : places[-1]] if one not in step.selected]
    if between:
        what = f"the resource {between[0]!r} stands between those to concatenate"
        fix = f"load {between[0]!r} before or after them, or include it in resources=."
        raise FlowError(what, fix=fix)
    if name in names and name not in step.selected:
        what = f"there is a resource named {name!r} already"
        raise FlowError(what, fix="give the result another name: target={'name': '…'}.")
    return places[0]


def _check_sources(sources: list[dict[str, Any]], targets: dict[str, str]) -> None:
    """Refuse a name that is given for a field of the result, and that no resource has."""
    schemas = [one.get("schema", {}) for one in sources]
    there = [field["name"] for schema in schemas for field in schema.get("fields", ())]
    for name, target in targets.items():
        if name != target and name not in there:
            what = f"no resource has a field named {name!r}, which is to be {target!r}"
            raise UnknownFieldError(what, fix=nearest(name, dict.fromkeys(there)))
