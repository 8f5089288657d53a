"""FileDump: the resources of a flow as files, with a descriptor that tells about them; complete or absent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, OutputError, RowError, nearest, shorten
from dataflows.commit.hashing import HashingWriter
from dataflows.processors.formats.csv_writer import CsvWriter
from dataflows.processors.formats.file_format import FileFormat, writer_of
from dataflows.processors.formats.json_writer import JsonWriter, NdjsonWriter
from dataflows.processors.formats.writing import OutputField
from dataflows.stream import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.processors.formats.writing import Writer
    from dataflows.commit.staging import StagedFolder
    from dataflows.stream import Stream

__all__ = ["DumpOptions", "FileDump", "describe_files"]

DESCRIPTOR = "datapackage.json"
_WRITERS: dict[str, type[Writer]] = {"csv": CsvWriter, "json": JsonWriter, "ndjson": NdjsonWriter}
_COUNTERS = {
    "datapackage-rowcount": "count_of_rows",
    "datapackage-bytes": "bytes",
    "datapackage-hash": "hash",
    "resource-rowcount": "count_of_rows",
    "resource-bytes": "bytes",
    "resource-hash": "hash",
}
_TEMPORAL = ("date", "time", "datetime")


@dataclass(frozen=True, slots=True)
class DumpOptions:
    """The options that all file dumpers take; `dump_to_path` says what they mean."""

    format: str = "csv"
    force_format: bool = True
    temporal_format_property: str | None = None
    use_titles: bool = False
    writer_options: dict[str, Any] = field(default_factory=dict)
    file_formatters: dict[str, type[FileFormat]] = field(default_factory=dict)
    counters: dict[str, str | None] = field(default_factory=dict)
    add_filehash_to_path: bool = False
    pretty_descriptor: bool = True

    def __post_init__(self) -> None:
        """Check what can be checked at the call."""
        for name in self.counters:
            if name not in _COUNTERS:
                what = f"counters has an unknown key {name!r}"
                raise ArgumentError(what, fix=nearest(name, _COUNTERS, "counters"))
        if self.force_format:
            self.writer(self.format)

    def counter(self, name: str) -> str | None:
        """Return the property that a counter is kept in, None for no counter."""
        return self.counters.get(name, _COUNTERS[name])

    def writer(self, name: str) -> type[Writer]:
        """Return the writer for a format.

        Raises:
            ArgumentError: There is none.
        """
        if name in self.file_formatters:
            return writer_of(self.file_formatters[name], self.temporal_format_property)
        if name not in _WRITERS:
            what = f"no writer for the format {name!r}"
            raise ArgumentError(
                what, fix=nearest(name, [*_WRITERS, *self.file_formatters], "formats")
            )
        return _WRITERS[name]

    def writer_for(self, descriptor: Mapping[str, Any]) -> type[Writer]:
        """Return the writer for a resource: of the forced format, or of the ending of its path."""
        if self.force_format:
            return self.writer(self.format)
        path = descriptor.get("path") or ""
        path = path[0] if isinstance(path, list) else path
        return self.writer(path.rpartition(".")[2].lower())


def describe_files(package: Package, options: DumpOptions) -> None:
    """Say in the descriptors of all resources how their files will be written.

    Raises:
        FlowError: Two of them would be written to one path.
    """
    taken: dict[str, str] = {}
    for descriptor in package.descriptor["resources"]:
        options.writer_for(descriptor).describe(descriptor, options.writer_options)
        for counter in ("resource-rowcount", "resource-bytes", "resource-hash"):
            _set(descriptor, options.counter(counter), None)
        path = descriptor["path"]
        if path in taken:
            what = f"the resources {taken[path]!r} and {descriptor['name']!r} would both be written to {path!r}"
            raise FlowError(
                what,
                fix=f"give one another path: update_resource({descriptor['name']!r}, path='…').",
            )
        taken[path] = str(descriptor["name"])


class FileDump:
    """One dump in one run: a sink whose files become visible together.

    Args:
        step: The step of the dumper.
        folder: Where the files are staged.
        options: The options.
    """

    def __init__(self, step: Step, folder: StagedFolder, options: DumpOptions) -> None:
        self._step = step
        self._folder = folder
        self._options = options
        self._opened = False
        self._open_files: dict[str, HashingWriter] = {}
        self._done: dict[str, tuple[int, int, str]] = {}
        self.stats: dict[str, Any] = {}

    def __str__(self) -> str:
        """Name the output."""
        return str(self._folder)

    def open(self) -> None:
        """Take the output for this run, before the first row is asked for."""
        if not self._opened:
            self._folder.open()
            self._opened = True

    def write(self, stream: Stream) -> Iterator[Batch]:
        """Write the rows of a resource, and hand each batch on after it is written."""
        self.open()
        options, target = self._options, stream.target
        path = target.descriptor["path"]
        codecs, written = codecs_of(stream.resource), codecs_of(target)
        odd = {name: codec for name, codec in written.items() if codec is not codecs[name]}
        file = HashingWriter(self._folder.create(path))
        self._open_files[path] = file
        writer = options.writer_for(target.descriptor)(
            file, self._fields(stream), self._writer_options(), target.descriptor
        )
        rows = 0
        for incoming in stream:
            batch = stream.cast(incoming, codecs, also=odd)
            _refuse_extras(batch)
            writer.write(batch)
            rows += batch.length
            yield batch
        writer.end()
        file.close()
        del self._open_files[path]
        self._done[target.name] = (rows, file.bytes_written, file.digest())

    def _writer_options(self) -> dict[str, Any]:
        titles = {"use_titles": True} if self._options.use_titles else {}
        return {**self._options.writer_options, **titles}

    def _fields(self, stream: Stream) -> list[OutputField]:
        pattern = self._options.temporal_format_property
        missing = stream.target.fields.missing_values
        null_text = "" if "" in missing or not missing else missing[0]
        return [
            OutputField(
                name=one["name"],
                title=one.get("title") or one["name"],
                type=one.get("type", "string"),
                codec=codec,
                pattern=one.get(pattern) if pattern and one.get("type") in _TEMPORAL else None,
                null_text=null_text,
            )
            for one, codec in zip(
                stream.resource.fields.descriptor["fields"],
                codecs_of(stream.resource).values(),
                strict=True,
            )
        ]

    # As a sink of the run

    def prepare(self) -> None:
        """Complete the descriptor with what was counted, and stage it."""
        self.open()
        descriptor = self._step.package.descriptor
        self._count(descriptor)
        self._use_patterns(descriptor)
        text = json.dumps(
            descriptor,
            indent=2 if self._options.pretty_descriptor else None,
            sort_keys=True,
            ensure_ascii=False,
        ).encode()
        with self._folder.create(DESCRIPTOR) as file:
            file.write(text)
        self._folder.prepare()
        self._report(descriptor, len(text))
        self._step.package.commit()

    def commit(self) -> None:
        """Make the output visible."""
        self._folder.commit(last=DESCRIPTOR)

    def abort(self) -> None:
        """Leave everything as it was."""
        for file in self._open_files.values():
            file.abort()
        self._open_files.clear()
        if self._opened:
            self._folder.abort()

    def _count(self, descriptor: dict[str, Any]) -> None:
        options = self._options
        for resource in descriptor["resources"]:
            if resource["name"] not in self._done:
                what = f"the resource {resource['name']!r} has not been written"
                raise OutputError(
                    what, fix="let the steps before hand on every resource of the package."
                )
            rows, size, digest = self._done[resource["name"]]
            _set(resource, options.counter("resource-rowcount"), rows)
            _set(resource, options.counter("resource-bytes"), size)
            _set(resource, options.counter("resource-hash"), digest)
            if options.add_filehash_to_path:
                head, slash, tail = resource["path"].rpartition("/")
                hashed = f"{head}{slash}{digest}/{tail}"
                self._folder.rename(resource["path"], hashed)
                resource["path"] = hashed
        _set(
            descriptor,
            options.counter("datapackage-rowcount"),
            sum(one[0] for one in self._done.values()),
        )
        _set(
            descriptor,
            options.counter("datapackage-bytes"),
            sum(one[1] for one in self._done.values()),
        )
        _set(descriptor, options.counter("datapackage-hash"), None)
        digest = hashlib.md5(json.dumps(descriptor, sort_keys=True).encode(), usedforsecurity=False)
        _set(descriptor, options.counter("datapackage-hash"), digest.hexdigest())

    def _use_patterns(self, descriptor: dict[str, Any]) -> None:
        pattern = self._options.temporal_format_property
        for resource in descriptor["resources"] if pattern else ():
            for one in resource.get("schema", {}).get("fields", []):
                if one.get("type") in _TEMPORAL and one.get(pattern):
                    one["format"] = one.pop(pattern)

    def _report(self, descriptor: dict[str, Any], descriptor_bytes: int) -> None:
        options = self._options
        size = _get(descriptor, options.counter("datapackage-bytes"))
        self.stats.update(
            {
                "count_of_rows": _get(descriptor, options.counter("datapackage-rowcount")),
                "bytes": None if size is None else size + descriptor_bytes,
                "hash": _get(descriptor, options.counter("datapackage-hash")),
                "dataset_name": descriptor.get("name"),
            }
        )


def _refuse_extras(batch: Batch) -> None:
    batch.columns()
    if batch.extras:
        name = next(iter(batch.extras))
        what = f"the rows have a key {name!r} that is not in the schema: its value {shorten(batch.extras[name][0])} would be lost"
        raise RowError(
            what,
            fix=f"put add_field({name!r}, type) before the step that sets it, or remove the key.",
        )


def _set(target: dict[str, Any], path: str | None, value: Any) -> None:
    """Set a property by its path, dots between the parts; None as a value removes it."""
    if path is None:
        return
    *parents, last = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {}) if value is not None else target.get(parent, {})
    if value is None:
        target.pop(last, None)
    else:
        target[last] = value


def _get(target: Mapping[str, Any], path: str | None) -> Any:
    found: Any = target
    for part in path.split(".") if path else ():
        found = found.get(part) if isinstance(found, dict) else None
    return found if path else None
