"""The two phases of a comparison of two resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import FlowError, Place, RowError, UnknownResourceError, nearest
from dataflows.package import Resource, clone
from dataflows.processors.groups.key_spec import KeySpec, kinds_of_both
from dataflows.processors.joins.joining import Index, without_demands
from dataflows.processors.joins.source_rows import read_source
from dataflows.processors.joins.unique_rows import UniqueRows
from dataflows.selectors import no_such_field
from dataflows.spill.keys import key_values, kind_of
from dataflows.spill.order_keys import order_key
from dataflows.spill.spool import Spool
from dataflows.stages import Batches
from dataflows.streams import MOST_ROWS, codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.accounts import Tally
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.processors.groups.grouping import Groups
    from dataflows.processors.joins.joining import Found
    from dataflows.streams import Stream

__all__ = ["Difference"]

_ADDED, _REMOVED, _CHANGED = "added", "removed", "changed"
_NUMERIC = {"integer", "number"}


class Difference:
    """A comparison, as it was called.

    Args:
        old: The name of the old resource.
        new: The name of the new resource.
        key: The key.
        name: The name of the result.
        fields: The fields to compare; None for all that both have.
        delete: Whether both resources end here.
    """

    def __init__(
        self, old: str, new: str, key: KeySpec, name: str, fields: list[str] | None, *, delete: bool
    ) -> None:
        self._old, self._new = old, new
        self._key = key
        self._name = name
        self._fields = fields
        self._delete = delete

    def package(self, package: Package, step: Step) -> None:
        """Check the names, and add the resource of the differences after both."""
        old, new = self._found(package, self._old), self._found(package, self._new)
        for resource in (old, new):
            self._key.check(resource)
        kinds = kinds_of_both(self._key, old, self._key, new)
        fields = self._compared(old, new)
        made = {
            "name": self._name,
            "path": f"{self._name}.csv",
            "profile": "tabular-data-resource",
            "schema": {
                "fields": self._descriptors(old, new, fields),
                "primaryKey": self._key.fields,
            },
        }
        before = package.descriptor["resources"]
        last = max(package.resource_names.index(name) for name in (self._old, self._new))
        after: list[dict[str, Any]] = []
        for place, one in enumerate(before):
            if not self._delete or one["name"] not in (self._old, self._new):
                after.append(one)
            if place == last:
                after.append(made)
        if [one["name"] for one in after].count(self._name) > 1:
            what = f"there is a resource named {self._name!r} already"
            raise FlowError(what, fix="give the result another name: name='…'.")
        package.descriptor["resources"] = after
        step.state["difference"] = kinds, fields

    def _found(self, package: Package, name: str) -> Resource:
        resource = package.get_resource(name)
        if resource is None:
            fix = nearest(name, package.resource_names, "resources")
            raise UnknownResourceError(f"no resource is named {name!r}", fix=fix)
        return resource

    def _compared(self, old: Resource, new: Resource) -> list[str]:
        names, others = old.fields.field_names, new.fields.field_names
        if self._fields is None:
            return [one for one in others if one in names and one not in self._key.fields]
        for name in self._fields:
            for resource in (old, new):
                if name not in resource.fields.field_names:
                    error = no_such_field(name, resource.fields.field_names)
                    error.where = Place(resource=resource.name)
                    raise error
        return self._fields

    def _descriptors(self, old: Resource, new: Resource, fields: list[str]) -> list[dict[str, Any]]:
        constraints = {"enum": [_ADDED, _REMOVED, _CHANGED], "required": True}
        made: list[dict[str, Any]] = [
            {"name": "change", "type": "string", "constraints": constraints},
            *(_wider(old.fields.field(one), new.fields.field(one)) for one in self._key.fields),
            {"name": "changed", "type": "array"},
        ]
        for name in fields:
            for side, resource in (("old", old), ("new", new)):
                descriptor = without_demands(clone(resource.fields.field(name)))
                made.append({**descriptor, "name": f"{side}_{name}"})
        names = [field["name"] for field in made]
        for name in names:
            if names.count(name) > 1:
                what = f"the differences would have two fields named {name!r}"
                fix = f"give the field another name before this: rename_fields({{{name!r}: '…'}})."
                raise FlowError(what, fix=fix)
        return made

    def resources(self, streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        """Take in the old rows, then compare the new ones; let others through."""
        kinds, fields = step.state["difference"]
        target = step.package.get_resource(self._name)
        old: UniqueRows | None = None
        new: _NewRows | None = None
        for stream in streams:
            name = stream.resource.name
            if name == self._old:
                old = UniqueRows(stream.resource, self._key, kinds, fields, step.run, required=True)
                yield from read_source(stream, old.take_in, delete=self._delete)
            elif name == self._new:
                new = _NewRows(stream, self._key, kinds, fields)
                if old is None or not self._delete:
                    yield from new.wait(delete=self._delete)
            else:
                yield stream
                continue
            if old is not None and new is not None and target is not None:
                tally = step.account.tally_of(self._name)
                comparison = _Comparison(old, new, target)
                yield Batches(_counted(comparison.batches(), tally))


def _counted(batches: Iterable[Batch], tally: Tally) -> Iterator[Batch]:
    for batch in batches:
        tally.added += batch.length
        yield batch


class _NewRows:
    """The rows of the new resource: as they come, or, where the old ones come later, from disk."""

    def __init__(self, stream: Stream, key: KeySpec, kinds: list[str], fields: list[str]) -> None:
        self.key = key
        self.bound = key.bound(stream.resource, kinds)
        self.fields = fields
        self.codecs = codecs_of(stream.resource)
        self.run = stream.run
        self._stream = stream
        self._waiting: Spool | None = None
        self._keys = UniqueRows(stream.resource, key, kinds, [], stream.run, required=True)

    def wait(self, *, delete: bool) -> Iterator[Batches]:
        """Put the rows on disk; hand them on, too, where they are not to end here."""
        self._waiting = Spool(self.codecs)
        self.run.opened.append(self._waiting)
        yield from read_source(self._stream, self._waiting.write, delete=delete)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows, only with the fields that are looked at, of their types.

        Raises:
            RowError: A value that does not fit its field, a row without a key, or, at the end, with
                that of another.
        """
        names = [*self.key.fields, *self.fields]
        for batch in self._ending() if self._waiting is None else self._waiting:
            try:
                columns = key_values(batch, names, self.codecs)
            except RowError as error:
                error.where = error.where.within(Place(resource=self._stream.resource.name))
                raise
            rows = batch.with_columns(dict(zip(names, columns, strict=True)))
            self._keys.take_in(rows)
            yield rows
        self._keys.check()

    def _ending(self) -> Iterator[Batch]:
        for batch in self._stream:
            self._stream.tally.filtered += batch.length
            yield batch


class _Comparison:
    """Compares the new rows with the old ones.

    Args:
        old: The old rows, all taken in.
        new: The new rows.
        target: The resource of the differences.
    """

    def __init__(self, old: UniqueRows, new: _NewRows, target: Resource) -> None:
        self._old = old
        self._new = new
        self._key = new.key.fields
        self._fields = new.fields
        self._names = target.fields.field_names
        self._key_codecs = codecs_of(target, self._key)
        self._plain = [
            _compares_plainly(codec.type, new.codecs[name].type)
            for name, codec in zip(self._fields, old.results, strict=False)
        ]

    def batches(self) -> Iterator[Batch]:
        """Yield what was changed and added, then what was removed."""
        index = Index(self._old, self._new.bound, self._old.results, self._new.run)
        for batch, found in index.matches(self._new.batches()):
            yield self._changes(batch, found)
        for groups in index.unmatched(by_key=False):
            for start in range(0, groups.length, MOST_ROWS):
                yield self._removed(groups, start, min(start + MOST_ROWS, groups.length))

    def _changes(self, batch: Batch, found: Found) -> Batch:
        changed: list[list[str] | None] = [None if at is None else [] for at in found.groups]
        columns: dict[str, Column] = {}
        for number, name in enumerate(self._fields):
            old, new = found.column(number, found.groups), batch.column(name)
            columns |= {f"old_{name}": old, f"new_{name}": new}
            for index in _differing(old.values, new.values, plain=self._plain[number]):
                names = changed[index]
                if names is not None:
                    names.append(name)
        chosen = [index for index, names in enumerate(changed) if names != []]
        columns |= {name: self._typed(name, batch.column(name)) for name in self._key}
        rows = batch.with_columns(columns).take(chosen)
        shown = [changed[index] for index in chosen]
        kinds = [_ADDED if names is None else _CHANGED for names in shown]
        return self._arranged(
            rows, {"change": Column(values=kinds), "changed": Column(values=shown)}
        )

    def _removed(self, groups: Groups, start: int, stop: int) -> Batch:
        length = stop - start
        columns = {"change": Column(values=[_REMOVED] * length), "changed": Column.null(length)}
        for name, values in zip(self._key, groups.keys, strict=True):
            columns[name] = self._typed(name, Column(values=values[start:stop]))
        *lists, numbers = groups.results
        for name, values in zip(self._fields, lists, strict=True):
            columns[f"old_{name}"] = Column(values=values[start:stop])
            columns[f"new_{name}"] = Column.null(length)
        rows = Batch(columns, length)
        rows.set_numbers(numbers[start:stop])
        return self._arranged(rows, {})

    def _typed(self, name: str, column: Column) -> Column:
        """Return a key as the result has it: an integer, where the other side has numbers."""
        return column.cast(self._key_codecs[name])[0] or column

    def _arranged(self, rows: Batch, more: dict[str, Column]) -> Batch:
        rows.set_columns(more)
        rows.arrange(self._names)
        return rows


def _wider(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the descriptor of a key that holds the values of both."""
    if one.get("type") == other.get("type") or other.get("type") == "any":
        return without_demands(clone(other))
    if one.get("type") in ("any", "number"):
        return without_demands(clone(one))
    return without_demands(clone(other))


def _compares_plainly(one: str, other: str) -> bool:
    """Tell whether values of two types are the same whenever Python says that they are equal."""
    kinds = {kind_of(one), kind_of(other)}
    return "bytes" not in kinds and (len(kinds) == 1 or kinds <= _NUMERIC)


def _differing(old: list[Any], new: list[Any], *, plain: bool) -> list[int]:
    """Return where two lists have different values."""
    pairs = enumerate(zip(old, new, strict=True))
    if plain:
        found = [(index, a, b) for index, (a, b) in pairs if a != b]
    else:
        found = [(index, a, b) for index, (a, b) in pairs if a is not b]
    return [index for index, a, b in found if not _same(a, b)]


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    try:
        return order_key(one) == order_key(other)
    except FlowError:
        return bool(one == other)  # an object of a user's own
