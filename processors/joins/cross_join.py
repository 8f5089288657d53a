"""cross_join: every pair of rows of two resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, UnknownResourceError, nearest, shorten
from dataflows.package import Resource, clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.listed import listed
from dataflows.processors.joins.pairs import Pairs
from dataflows.processors.passing.passage import Passage, holder
from dataflows.selectors import no_such_field
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["cross_join"]


@processor
def cross_join(
    source_name: str,
    target_name: str,
    fields: Sequence[str] | Mapping[str, str] | None = None,
    source_delete: bool = True,
) -> Hooks:
    """Combine every row of one resource with every row of another.

    Other tools call this a Cartesian product.

    Schema: the fields of the target, then those of the source. The primary key of the target goes.
    Rows: for each row of the target, as many as the source has, in their order.
    Memory: the source, and one batch.

    Args:
        source_name: The resource whose rows are put beside each row; it stands before the target.
        target_name: The resource that gets them.
        fields: The fields to take from the source, as a list, or as a dict of new and old names;
            all by default.
        source_delete: Whether the source is taken out of the package.

    Raises:
        ArgumentError: The fields are neither a list nor a dict of names.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: The source has no such field.
        FlowError: The target stands before the source, or two fields would have the same name.

    Examples:
        >>> from dataflows import Flow, cross_join
        >>> sizes, shirts = [{"size": "S"}, {"size": "L"}], [{"colour": "red"}]
        >>> Flow(sizes, shirts, cross_join("res_1", "res_2")).results()[0]
        [[{'colour': 'red', 'size': 'S'}, {'colour': 'red', 'size': 'L'}]]
    """
    wanted = _check_fields(fields)
    if source_name == target_name:
        what = f"the source and the target are the same resource, {source_name!r}"
        raise ArgumentError(what, fix="make a copy of it first: duplicate(…).")

    def package(package: Package, _step: Step) -> None:
        source, target = _find(package, source_name, target_name)
        new = _names(source, wanted)
        schema = target.fields.descriptor
        for name, old in new.items():
            if name in target.fields.field_names:
                what = f"there would be two fields named {name!r}"
                fix = f"give the one of {source_name!r} another name: fields={{'…': {old!r}}}."
                raise FlowError(what, fix=fix)
            schema["fields"].append({**clone(source.fields.field(old)), "name": name})
        schema.pop("primaryKey", None)
        if source_delete:
            kept = [one for one in package.descriptor["resources"] if one["name"] != source_name]
            package.descriptor["resources"] = kept

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        held: list[Batch] = []
        names: dict[str, str] = {}
        for stream in streams:
            if stream.resource.name == source_name:
                names = _names(stream.resource, wanted)
                passage = Passage(stream, holder(held, stream))
                if not source_delete:
                    yield Batches(passage.batches())
                passage.finish()
                if source_delete:
                    stream.tally.filtered += stream.tally.rows_in
            elif stream.resource.name == target_name:
                target = step.package.get_resource(target_name) or stream.resource
                yield Batches(Pairs(held, names, stream, target).batches())
            else:
                yield stream

    return Hooks(package=package, resources=resources)


def _check_fields(fields: Any) -> dict[str, str] | None:
    """Return the new and the old names; None for all fields."""
    if fields is None:
        return None
    pairs = fields.items() if hasattr(fields, "keys") else [(one, one) for one in listed(fields)]
    for pair in pairs:
        if not all(isinstance(name, str) for name in pair):
            what = f"the fields are a list or a dict of names, got {shorten(fields)}"
            raise ArgumentError(what, fix="write for instance fields={'shirt_size': 'size'}.")
    return dict(pairs)


def _names(source: Resource, wanted: dict[str, str] | None) -> dict[str, str]:
    names = source.fields.field_names
    if wanted is None:
        return {name: name for name in names}
    for old in wanted.values():
        if old not in names:
            raise no_such_field(old, names)
    return wanted


def _find(package: Package, source_name: str, target_name: str) -> tuple[Resource, Resource]:
    """Return both resources; their descriptors are the package's own."""
    descriptors = package.descriptor["resources"]
    names = [str(one.get("name")) for one in descriptors]
    for name in (source_name, target_name):
        if name not in names:
            what = f"no resource is named {name!r}"
            raise UnknownResourceError(what, fix=nearest(name, names, "resources"))
    if names.index(source_name) > names.index(target_name):
        what = f"the target {target_name!r} stands before the source {source_name!r}"
        fix = f"load {source_name!r} first, or swap them: cross_join({target_name!r},"
        fix += f" {source_name!r})."
        raise FlowError(what, fix=fix)
    source, target = (descriptors[names.index(name)] for name in (source_name, target_name))
    return Resource(source), Resource(target)
