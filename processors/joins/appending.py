"""The two phases of appending rows whose keys are not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError
from dataflows.package import Resource, clone
from dataflows.processors.groups.grouping import Grouping
from dataflows.processors.groups.key_spec import ROW_NUMBER, KeySpec, kinds_of_both
from dataflows.processors.joins.joining import Index, without_demands
from dataflows.processors.joins.source_rows import read_source, without_resources
from dataflows.processors.joins.two_resources import ordered_pair
from dataflows.spill.spool import Spool
from dataflows.stages import Batches
from dataflows.streams import codecs_of
from dataflows.wording import with_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.processors.groups.grouping import GroupKey
    from dataflows.streams import Stream

__all__ = ["Appending"]


class Appending:
    """An `append_missing`, as it was called.

    Args:
        source: The name of the source, and its key.
        target: The name of the target, and its key.
        delete: Whether the source ends here.
    """

    def __init__(
        self, source: tuple[str, KeySpec], target: tuple[str, KeySpec], *, delete: bool
    ) -> None:
        self._source, self._source_key = source
        self._target, self._target_key = target
        self._delete = delete

    def package(self, package: Package, step: Step) -> None:
        """Check the keys and the types; add the fields of the source to the target."""
        source, target = ordered_pair(package, self._source, self._target)
        self._source_key.check(source)
        self._target_key.check(target)
        kinds = kinds_of_both(self._source_key, source, self._target_key, target)
        names = self._names(source)
        descriptors = package.descriptor["resources"]
        place = package.resource_names.index(self._target)
        _unite(Resource(descriptors[place]), source, names)
        schema = descriptors[place]["schema"]
        if schema.get("primaryKey") and set(target.fields.primary_key) != set(self._own_key()):
            del schema["primaryKey"]
        step.state["appending"] = kinds, names
        if self._delete:
            package.descriptor["resources"] = without_resources(package, self._source)

    def _own_key(self) -> list[str]:
        return [] if self._target_key.template is not None else self._target_key.fields

    def _names(self, source: Resource) -> dict[str, str]:
        """Return for each field of the source that of the target."""
        names = {name: name for name in source.fields.field_names}
        if self._source_key.template is None and self._target_key.template is None:
            pairs = zip(self._source_key.fields, self._target_key.fields, strict=True)
            names |= {own: other for own, other in pairs if ROW_NUMBER not in (own, other)}
        taken: dict[str, str] = {}
        for own, name in names.items():
            if name in taken:
                what = f"two fields of {self._source!r} would go into {name!r}:"
                what += f" {taken[name]!r} and {own!r}"
                setting = f"delete_fields([{own!r}], resources={self._source!r})"
                fix = f"leave one out before this: {setting}."
                raise FlowError(what, fix=fix)
            taken[name] = own
        return names

    def resources(self, streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        """Put the source aside, gather the keys of the target, then append what it has not."""
        kinds, names = step.state["appending"]
        source: Spool | None = None
        origin: Resource | None = None
        for stream in streams:
            if stream.resource.name == self._source:
                origin = stream.resource
                source = Spool(codecs_of(origin))
                step.run.opened.append(source)
                yield from read_source(stream, source.write, delete=self._delete)
            elif stream.resource.name == self._target and source is not None and origin is not None:
                key = self._target_key.bound(stream.resource, kinds)
                codecs = codecs_of(stream.resource)
                present = Grouping(key, [], codecs, step.run, missing_keys=False)
                own_key = self._source_key.bound(origin, kinds)
                target = step.package.get_resource(self._target) or stream.resource
                more = _Others(source, own_key, names, target)
                yield Batches(more.after(stream, present))
            else:
                yield stream


class _Others:
    """The rows of the source, to come after those of the target.

    Args:
        rows: They.
        key: Their key.
        names: For each of their fields that of the target.
        target: The target as it leaves the step.
    """

    def __init__(
        self, rows: Spool, key: list[GroupKey], names: dict[str, str], target: Resource
    ) -> None:
        self._rows = rows
        self._key = key
        self._names = names
        self._target = target

    def after(self, stream: Stream, present: Grouping) -> Iterator[Batch]:
        """Yield the rows of the target, then those of the others that have a key of their own."""
        for batch in stream:
            present.take_in(batch)
            yield batch
        index = Index(present, self._key, [], stream.run)
        codecs = codecs_of(self._target)
        order = self._target.fields.field_names
        origins = {name: own for own, name in self._names.items()}
        for batch, found in index.matches(self._rows):
            new = batch.filter([group is None for group in found.groups])
            new.arrange(order, [origins.get(name) for name in order])
            stream.tally.added += new.length
            yield stream.cast(new, codecs)
        self._rows.close()


def _unite(target: Resource, source: Resource, names: dict[str, str]) -> None:
    """Add the fields of the source that the target has not; check those that it has.

    Raises:
        FlowError: The types of a field do not go together.
    """
    fields = target.fields.descriptor["fields"]
    present = {field["name"]: field for field in fields}
    for own, name in names.items():
        field = source.fields.field(own)
        if name not in present:
            fields.append(without_demands({**clone(field), "name": name}))
            continue
        type_, wanted = field.get("type", "string"), present[name].get("type", "string")
        if wanted in (type_, "any") or (type_, wanted) == ("integer", "number"):
            continue
        what = (
            f"the field {own!r} of {source.name!r} is {with_article(type_)}, what it would be"
            f" appended to, {name!r} of {target.name!r}, is {with_article(wanted)}"
        )
        setting = f"set_type({own!r}, type={wanted!r}, resources={source.name!r})"
        raise FlowError(what, fix=f"make them alike before this: {setting}.")
