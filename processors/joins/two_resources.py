"""The two phases of a join of two resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import FlowError, UnknownResourceError, nearest
from dataflows.package import Resource
from dataflows.processors.groups.aggregate_calls import with_calls
from dataflows.processors.groups.grouping import Grouping
from dataflows.processors.groups.key_spec import ROW_NUMBER, KeySpec, kinds_of_both
from dataflows.processors.joins.joining import (
    Index,
    check_same_type,
    joined_fields,
    read_fields,
    results_codecs,
)
from dataflows.processors.joins.source_rows import read_source
from dataflows.stages import Batches
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.processors.groups.grouping import Groups
    from dataflows.processors.joins.joining import Found, JoinedField
    from dataflows.streams import Stream

__all__ = ["Join", "ordered_pair"]


def ordered_pair(package: Package, source: str, target: str) -> tuple[Resource, Resource]:
    """Return two resources by their names, of which the source must stand first.

    Raises:
        UnknownResourceError: There is no such resource.
        FlowError: They are one, or stand the other way round.
    """
    names = package.resource_names
    found = []
    for role, name in (("source", source), ("target", target)):
        resource = package.get_resource(name)
        if resource is None:
            what = f"no resource is named {name!r}, which is to be the {role}"
            raise UnknownResourceError(what, fix=nearest(name, names, "resources"))
        found.append(resource)
    if source == target:
        what = f"the source and the target are both {source!r}"
        fix = "use join_with_self to gather the rows of one resource, or duplicate it before this."
        raise FlowError(what, fix=fix)
    if names.index(source) > names.index(target):
        what = (
            f"the source {source!r} comes after the target {target!r}:"
            " its rows would be needed before they are there"
        )
        fix = "load the source first, or swap the two."
        raise FlowError(what, fix=fix)
    return found[0], found[1]


class Join:
    """A join of two resources, as it was called.

    Args:
        source: The name of the source.
        source_key: Its key.
        target: The name of the target.
        target_key: Its key.
        fields: The fields, as they were given.
        mode: Which rows come out.
        delete: Whether the source ends here.
    """

    def __init__(
        self,
        source: str,
        source_key: KeySpec,
        target: str,
        target_key: KeySpec,
        fields: Any,
        mode: str,
        *,
        delete: bool,
    ) -> None:
        self._source, self._source_key = source, source_key
        self._target, self._target_key = target, target_key
        self._given = read_fields(fields)
        self._mode = mode
        self._delete = delete

    def package(self, package: Package, step: Step) -> None:
        """Check the keys and the fields, and change the schema of the target."""
        source, target = ordered_pair(package, self._source, self._target)
        with step.blamed(source.name):
            self._source_key.check(source)
            fields = joined_fields(with_calls(self._given, source), source)
        with step.blamed(target.name):
            self._target_key.check(target)
        kinds = kinds_of_both(self._source_key, source, self._target_key, target)
        step.state["join"] = kinds, fields
        kept = []
        for descriptor in package.descriptor["resources"]:
            if descriptor["name"] == self._target:
                self._add_fields(Resource(descriptor), fields)
            if descriptor["name"] != self._source or not self._delete:
                kept.append(descriptor)
        package.descriptor["resources"] = kept

    def _add_fields(self, target: Resource, fields: list[JoinedField]) -> None:
        present = {field["name"]: field for field in target.fields.descriptor["fields"]}
        for field in fields:
            if field.name in present:
                check_same_type(field, present[field.name], target)
            else:
                target.fields.descriptor["fields"].append(dict(field.descriptor))

    def resources(self, streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        """Gather the source, then match the target; let the others through."""
        kinds, fields = step.state["join"]
        grouping: Grouping | None = None
        for stream in streams:
            if stream.resource.name == self._source:
                key = self._source_key.bound(stream.resource, kinds)
                wanted = [field.wanted for field in fields]
                codecs = codecs_of(stream.resource)
                # A row without a key matches nothing; a full join shows it all the same.
                missing = self._mode == "full-outer"
                grouping = Grouping(key, wanted, codecs, step.run, missing_keys=missing)
                yield from read_source(stream, grouping.take_in, delete=self._delete)
            elif stream.resource.name == self._target and grouping is not None:
                target = step.package.get_resource(self._target) or stream.resource
                key = self._target_key.bound(stream.resource, kinds)
                index = Index(grouping, key, results_codecs(target, fields), step.run)
                yield Batches(self._joined(stream, index, fields))
            else:
                yield stream

    def _joined(self, stream: Stream, index: Index, fields: list[JoinedField]) -> Iterator[Batch]:
        for rows, found in index.matches(stream):
            batch, groups = rows, found.groups
            if self._mode == "inner" and not found.has_all():
                batch = batch.filter([group is not None for group in groups])
                groups = [group for group in groups if group is not None]
                stream.tally.filtered += rows.length - batch.length
            _set_fields(batch, found, groups, fields)
            yield batch
        if self._mode == "full-outer":
            codecs = codecs_of(stream.step.package.get_resource(self._target) or stream.resource)
            for left in index.unmatched():
                made = self._unmatched(left, stream, fields)
                stream.tally.added += made.length
                yield stream.cast(made, {name: codecs[name] for name in made.names})

    def _unmatched(self, groups: Groups, stream: Stream, fields: list[JoinedField]) -> Batch:
        """Return rows of the target for groups that none has matched: their keys and results."""
        columns = {name: Column.null(groups.length) for name in stream.resource.fields.field_names}
        keys = [] if self._target_key.template is not None else self._target_key.fields
        for name, values in zip(keys, groups.keys, strict=False):
            if name != ROW_NUMBER:
                columns[name] = Column(values=values)
        for field, values in zip(fields, groups.results, strict=True):
            columns[field.name] = Column(values=values)
        return Batch(columns, groups.length, stream.seen + 1)


def _set_fields(
    batch: Batch, found: Found, groups: list[int | None], fields: list[JoinedField]
) -> None:
    """Set the joined fields; a row that found nothing keeps what it has in one that was there."""
    columns = {}
    for number, field in enumerate(fields):
        column = found.column(number, groups)
        if field.name in batch.names and None in groups:
            before = batch.column(field.name).values
            values = zip(groups, column.values, before, strict=True)
            column = Column(values=[old if at is None else new for at, new, old in values])
        columns[field.name] = column
    batch.set_columns(columns)
