"""DumperBase: the class that scripts of 0.5.12 subclass to write rows somewhere of their own."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from dataflows.datastream import DataStreamProcessor
from dataflows.package import ResourceWrapper
from dataflows.processors.dumpers.dump_options import DumpOptions, get_property, set_property
from dataflows.validator import schema_validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dataflows.chain import Step

__all__ = ["DumperBase"]


class DumperBase(DataStreamProcessor):
    """A dumper as a class: override `process_resource`, and write each row before it goes on.

    `initialize` is called before the first row. `handle_datapackage` and `finalize` are called
    after the last row of the whole flow: not at all when anything goes wrong before.

    Args:
        options: ``counters`` (which property holds which count, None for none),
            ``validator_options`` (``{"on_error": policy}`` for values that do not fit),
            ``add_filehash_to_path``, ``pretty_descriptor``; others are left to the subclass.

    Examples:
        >>> from dataflows import Flow
        >>> class Shout(DumperBase):
        ...     def process_resource(self, resource):
        ...         for row in resource:
        ...             print(resource.res.name, row)
        ...             yield row
        >>> package, stats = Flow([{"city": "Rome"}], Shout()).process()
        res_1 {'city': 'Rome'}
        >>> stats["count_of_rows"]
        1
    """

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        given = dict(options or {})
        counter = DumpOptions(counters=dict(given.get("counters") or {})).counter
        self.datapackage_rowcount = counter("datapackage-rowcount")
        self.datapackage_bytes = counter("datapackage-bytes")
        self.datapackage_hash = counter("datapackage-hash")
        self.resource_rowcount = counter("resource-rowcount")
        self.resource_bytes = counter("resource-bytes")
        self.resource_hash = counter("resource-hash")
        self.add_filehash_to_path = bool(given.get("add_filehash_to_path", False))
        self.pretty_descriptor = bool(given.get("pretty_descriptor", True))
        self.schema_validator_options = dict(given.get("validator_options") or {})
        self._incoming: dict[str, Any] = {}
        self._rows: dict[str, int] = {}

    # What a subclass overrides

    def initialize(self) -> None:
        """Do what comes before the first row."""

    def handle_datapackage(self) -> None:
        """Count, in the descriptor and in the stats, what was written."""
        descriptor = self._descriptor
        for resource in descriptor["resources"]:
            self.set_attr(resource, self.resource_rowcount, self._rows.get(resource["name"], 0))
        self.set_attr(descriptor, self.datapackage_rowcount, sum(self._rows.values()))
        self.set_attr(descriptor, self.datapackage_hash, None)
        text = json.dumps(descriptor, sort_keys=True, default=str).encode()
        found = hashlib.md5(text, usedforsecurity=False).hexdigest()
        self.set_attr(descriptor, self.datapackage_hash, found)
        self.stats.update(
            {
                "count_of_rows": self.get_attr(descriptor, self.datapackage_rowcount),
                "bytes": self.get_attr(descriptor, self.datapackage_bytes),
                "hash": self.get_attr(descriptor, self.datapackage_hash),
                "dataset_name": descriptor.get("name"),
            }
        )

    def finalize(self) -> None:
        """Do what comes after everything is written."""

    def row_counter(
        self, resource: ResourceWrapper, iterator: Iterable[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows, and count them."""
        name = resource.res.name
        self._rows[name] = 0
        for row in iterator:
            self._rows[name] += 1
            yield row

    def process_resources(self, resources: Iterable[ResourceWrapper]) -> Iterator[Any]:
        """Yield the rows of each resource, cast to its schema, after they are written."""
        self.initialize()
        for resource in resources:
            incoming = self._incoming.get(resource.res.name, resource.res)
            cast = schema_validator(incoming, resource, **self.schema_validator_options)
            written = self.process_resource(ResourceWrapper(resource.res, cast))
            rows = self.row_counter(resource, written)
            # A map has no close(): what nobody downstream asks for is written all the same.
            yield map(_same, rows)
            for _ in rows:
                pass

    # Helpers for subclasses

    @staticmethod
    def get_attr(obj: Mapping[str, Any], prop: str | None, default: Any = None) -> Any:
        """Return a property by its path, with dots between the parts; of None the default.

        Examples:
            >>> DumperBase.get_attr({"stats": {"rows": 3}}, "stats.rows")
            3
        """
        found = get_property(obj, prop)
        return default if found is None else found

    @staticmethod
    def set_attr(obj: dict[str, Any], prop: str | None, value: Any) -> None:
        """Set a property by its path; a path of None does nothing."""
        set_property(obj, prop, value)

    @staticmethod
    def inc_attr(obj: dict[str, Any], prop: str | None, value: Any) -> None:
        """Add to a property by its path; a path of None does nothing."""
        set_property(obj, prop, (get_property(obj, prop) or 0) + value)

    @staticmethod
    def insert_hash_in_path(descriptor: dict[str, Any], hash: str) -> None:
        """Put a hash as a folder before the name of the file that ``path`` says.

        Examples:
            >>> resource = {"path": "data/x.csv"}
            >>> DumperBase.insert_hash_in_path(resource, "0cc1")
            >>> resource
            {'path': 'data/0cc1/x.csv'}
        """
        head, slash, tail = descriptor["path"].rpartition("/")
        descriptor["path"] = f"{head}{slash}{hash}/{tail}"

    # For the engine

    def join_run(self, step: Step) -> None:
        """Become a sink of a run: what is left of former runs is forgotten."""
        self._incoming = {one.name: one for one in step.source.resources}
        self._rows = {}
        step.run.sinks.add(self._sink(step), step.blamed)

    def _sink(self, step: Step) -> DumperSink:
        return DumperSink(self, step)

    @property
    def _descriptor(self) -> dict[str, Any]:
        assert self.datapackage is not None, "set by the engine"
        found: dict[str, Any] = self.datapackage.descriptor
        return found


class DumperSink:
    """A dumper of the user's as an output of a run."""

    def __init__(self, dumper: DumperBase, step: Step) -> None:
        self.dumper = dumper
        self.step = step

    def __str__(self) -> str:
        return type(self.dumper).__name__

    def prepare(self) -> None:
        """Do what comes after the last row."""
        self.dumper.handle_datapackage()
        self.dumper.finalize()
        self.step.package.commit()

    def commit(self) -> None:
        """Do nothing: what it writes is visible when it is written."""

    def abort(self) -> None:
        """Do nothing."""


def _same(row: dict[str, Any]) -> dict[str, Any]:
    return row
