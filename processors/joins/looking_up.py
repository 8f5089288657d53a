"""The two phases of a lookup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import CastError, FlowError, Place, RowError
from dataflows.on_error import settle
from dataflows.package import Resource, clone
from dataflows.processors.computing.evaluation import repeated
from dataflows.processors.groups.aggregates import AGGREGATES
from dataflows.processors.groups.grouping import Wanted
from dataflows.processors.groups.key_spec import ROW_NUMBER, KeySpec, kinds_of_both
from dataflows.processors.joins.joining import (
    Index,
    JoinedField,
    check_same_type,
    without_demands,
)
from dataflows.processors.joins.source_rows import read_source, without_resources
from dataflows.processors.joins.two_resources import ordered_pair
from dataflows.processors.joins.unique_rows import UniqueRows, shown_key
from dataflows.selectors import no_such_field
from dataflows.stages import Batches
from dataflows.streams import Stream
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.on_error import Failure
    from dataflows.package import Package
    from dataflows.processors.joins.joining import Found

__all__ = ["Lookup"]


class Lookup:
    """A lookup, as it was called.

    Args:
        source: The name of the source, and its key.
        target: The name of the target, and its key.
        fields: For each field of the target that of the source.
        defaults: For some fields of the target the value in rows that find nothing.
        must_match: Whether these rows go where `on_error` says.
        delete: Whether the source ends here.
    """

    def __init__(
        self,
        *,
        source: tuple[str, KeySpec],
        target: tuple[str, KeySpec],
        fields: dict[str, str],
        defaults: dict[str, Any],
        must_match: bool,
        delete: bool,
    ) -> None:
        self._source, self._source_key = source
        self._target, self._target_key = target
        self._fields = fields
        self._defaults = defaults
        self._must_match = must_match
        self._delete = delete

    def package(self, package: Package, step: Step) -> None:
        """Check the keys, the fields and the defaults; add the fields to the target."""
        source, target = ordered_pair(package, self._source, self._target)
        self._source_key.check(source)
        self._target_key.check(target)
        kinds = kinds_of_both(self._source_key, source, self._target_key, target)
        target = next(
            Resource(one) for one in package.descriptor["resources"] if one["name"] == self._target
        )
        present = {field["name"]: field for field in target.fields.descriptor["fields"]}
        for name, own in self._fields.items():
            if own not in source.fields.field_names:
                raise no_such_field(own, source.fields.field_names)
            descriptor = without_demands({**clone(source.fields.field(own)), "name": name})
            if name in present:
                wanted = Wanted(AGGREGATES["first"], own)
                check_same_type(JoinedField(name, wanted, descriptor), present[name], target)
            else:
                target.fields.descriptor["fields"].append(descriptor)
        step.state["lookup"] = kinds, self._cast_defaults(target)
        if self._delete:
            package.descriptor["resources"] = without_resources(package, self._source)

    def _cast_defaults(self, target: Resource) -> dict[str, Any]:
        cast = {}
        for name, value in self._defaults.items():
            codec = codec_for(target.fields.field(name), target.fields.missing_values)
            try:
                fitting = codec.cast(value)
            except CastError as error:
                what = f"the default of the field {name!r} does not fit: {error.what}"
                fix = f"give a default of the type {codec.type!r}."
                raise FlowError(what, fix=fix) from error
            # An empty text is the user's, and stays what it is.
            cast[name] = value if fitting is None else fitting
        return cast

    def resources(self, streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        """Take in the source, then look the rows of the target up; let the others through."""
        kinds, defaults = step.state["lookup"]
        source: UniqueRows | None = None
        for stream in streams:
            if stream.resource.name == self._source:
                wanted = list(self._fields.values())
                source = UniqueRows(stream.resource, self._source_key, kinds, wanted, step.run)
                yield from read_source(stream, source.take_in, delete=self._delete)
            elif stream.resource.name == self._target and source is not None:
                key = self._target_key.bound(stream.resource, kinds)
                index = Index(source, key, source.results, step.run)
                target = step.package.get_resource(self._target) or stream.resource
                yield Batches(self._looked_up(stream, target, index, defaults))
            else:
                yield stream

    def _looked_up(
        self, stream: Stream, target: Resource, index: Index, defaults: dict[str, Any]
    ) -> Iterator[Batch]:
        # The index may take in many batches at once: what was seen is what has been settled.
        settled = Stream(stream.resource, target, iter(()), stream.step, stream.tally, stream.run)
        settled.policy = stream.policy
        for batch, found in index.matches(stream):
            length = batch.length
            columns = self._columns(batch, found, defaults)
            if self._must_match and not found.has_all():
                failures = {self._target_key.fields[0]: self._failures(batch, found)}
                yield settle(batch, columns, failures, settled)
            else:
                batch.set_columns(columns)
                yield batch
            settled.seen += length

    def _columns(self, batch: Batch, found: Found, defaults: dict[str, Any]) -> dict[str, Column]:
        columns = {}
        for number, name in enumerate(self._fields):
            column = found.column(number, found.groups)
            if not found.has_all() and (name in batch.names or name in defaults):
                if name in defaults:
                    other = repeated(defaults[name], batch.length).values
                else:
                    other = batch.column(name).values
                values = zip(found.groups, column.values, other, strict=True)
                column = Column(values=[old if at is None else new for at, new, old in values])
            columns[name] = column
        return columns

    def _failures(self, batch: Batch, found: Found) -> list[Failure]:
        """Return the rows that have found nothing."""
        fields = [name for name in self._target_key.fields if name != ROW_NUMBER]
        columns = [batch.column(name).values for name in fields]
        failures: list[Failure] = []
        for index, group in enumerate(found.groups):
            if group is None:
                key = [values[index] for values in columns]
                failures.append((index, key[0] if key else None, self._refusal(fields, key)))
        return failures

    def _refusal(self, fields: list[str], key: list[Any]) -> RowError:
        if None in key:
            name = fields[key.index(None)]
            what = f"the row has no value in {name!r}, by which it is looked up"
        else:
            what = f"no row of {self._source!r} has the key {shown_key(KeySpec(fields), key)}"
        fix = f"add it to {self._source!r}, or use default= with on_missing='default'"
        fix += ", or handle such rows with on_error=rejects()."
        return RowError(what, where=Place(), fix=fix)
