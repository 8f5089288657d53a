"""FileDump: the resources of a flow as files, with a descriptor of them; complete or absent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from dataflows.batch import ABSENT
from dataflows.errors import FlowError, OutputError, Place, RowError, shorten
from dataflows.processors.dumpers.cut_times import count_cut_times
from dataflows.processors.dumpers.dump_options import (
    FILES,
    REJECTS,
    TEMPORAL_TYPES,
    get_property,
    set_property,
)
from dataflows.processors.dumpers.resource_files import ResourceFiles, WrittenFile
from dataflows.processors.formats.writing import OutputField
from dataflows.streams import batches_of_rows, codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Resource
    from dataflows.processors.dumpers.dump_options import DumpOptions
    from dataflows.processors.dumpers.resource_files import OpenFile
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["DESCRIPTOR", "FileDump", "OutputPlace", "hashed_path", "refuse_extras", "write_files"]

DESCRIPTOR = "datapackage.json"


class OutputPlace(Protocol):
    """Where the files of a dump are staged: a `StagedFolder`, or what does the same elsewhere.

    `remove` takes the paths of a former output that the new one has no longer.
    """

    remove: set[str]

    def open(self) -> None:
        """Take the place for this run."""

    def create(self, path: str) -> BinaryIO:
        """Return a new file, open for writing."""

    def rename(self, path: str, new_path: str) -> None:
        """Let a file, closed by now, go to another path."""

    def discard(self, path: str) -> None:
        """Forget a new file: the one that stands there stays."""

    def prepare(self) -> None:
        """Do all that can fail."""

    def commit(self, *, last: str | None) -> None:
        """Make the files visible, the one at the path `last` after all others."""

    def abort(self) -> None:
        """Leave everything as it was; it may be called at any time, also twice."""


class FileDump:
    """One dump in one run: a sink whose files become visible together.

    Args:
        step: The step of the dumper.
        place: Where the files are staged.
        options: The options.

    `former` returns, for the paths of the new output, those of files that may go once it is there;
    `stands` tells whether a file of the new output stands there already, so that it can stay.
    """

    def __init__(self, step: Step, place: OutputPlace, options: DumpOptions) -> None:
        self.former: Callable[[set[str]], set[str]] = lambda _: set()
        self.stands: Callable[[WrittenFile], bool] = lambda _: False
        self._written: list[WrittenFile] = []
        self._step = step
        self._place = place
        self._options = options
        self._opened = False
        self._open_files: list[ResourceFiles] = []
        self._gathered: dict[str, OpenFile] = {}
        self._done: dict[str, list[WrittenFile]] = {}
        self.stats: dict[str, Any] = {}

    def __str__(self) -> str:
        return str(self._place)

    def join_run(self, place: str, shown: str, output: str) -> None:
        """Become a sink of the run.

        Args:
            place: What no two dumps of one flow may have in common: the real path.
            shown: The place as the user wrote it.
            output: The path by which the output is loaded.

        Raises:
            FlowError: Another step of this flow writes there.
        """
        run = self._step.run
        if place in run.claims:
            what = f"two steps of this flow write into {shown!r}"
            raise FlowError(what, fix="give each dump a place of its own.")
        run.claims.add(place)
        self._step.state["dump"] = self
        run.sinks.add(self, self._step.blamed)
        run.stats.append(self.stats)
        run.outputs.append(output)

    def open(self) -> None:
        """Take the output for this run, before the first row is asked for."""
        if not self._opened:
            self._place.open()
            self._opened = True

    def write(self, stream: Stream) -> Iterator[Batch]:
        """Write the rows of a resource, and hand each batch on after it is written.

        Raises:
            OutputError: The system refuses.
            RowError: A row has a key that is not in the schema.
        """
        self.open()
        codecs, written = codecs_of(stream.resource), codecs_of(stream.target)
        odd = {name: codec for name, codec in written.items() if codec is not codecs.get(name)}
        files = self._start(stream.target, codecs)
        for incoming in stream:
            batch = stream.cast(incoming, codecs, came_in=True, also=odd)
            refuse_extras(batch)
            count_cut_times(batch, files.fields, stream.target.descriptor, stream.tally.notes)
            files.write(batch)
            yield batch
        self._end(stream.target, files)

    def _start(self, target: Resource, codecs: Mapping[str, Codec]) -> ResourceFiles:
        options, fields = self._options, self._fields(target, codecs)
        if REJECTS in target.descriptor:
            options = replace(options, partition_by=())
        files = ResourceFiles(self._place, options, target.descriptor, fields, self._gathered)
        self._open_files.append(files)
        files.begin()
        return files

    def _end(self, target: Resource, files: ResourceFiles) -> None:
        files.end()
        self._open_files.remove(files)
        self._done[target.name] = files.done

    def _fields(self, target: Resource, codecs: Mapping[str, Codec]) -> list[OutputField]:
        pattern = self._options.temporal_format_property
        missing = target.fields.missing_values
        null_text = "" if "" in missing or not missing else missing[0]
        return [
            OutputField(
                name=one["name"],
                title=one.get("title") or one["name"],
                type=one.get("type", "string"),
                codec=codecs[one["name"]],
                pattern=one.get(pattern) if pattern and one.get("type") in TEMPORAL_TYPES else None,
                null_text=null_text,
            )
            for one in target.fields.descriptor["fields"]
        ]

    # As a sink of the run

    def prepare(self) -> None:
        """Complete the descriptor with what was counted, and stage it."""
        self.open()
        self._write_rejects()
        self._complete_gathered()
        descriptor = self._step.package.descriptor
        self._count(descriptor)
        self._use_patterns(descriptor)
        text = json.dumps(
            descriptor,
            indent=2 if self._options.pretty_descriptor else None,
            sort_keys=True,
            ensure_ascii=False,
        ).encode()
        with self._place.create(DESCRIPTOR) as file:
            file.write(text)
        for one in self._written:
            if self.stands(one):
                self._place.discard(one.path)
        self._place.remove |= self.former({one.path for one in self._written})
        self._place.prepare()
        self._report(descriptor, len(text))
        self._step.package.commit()

    def commit(self) -> None:
        """Make the output visible."""
        self._place.commit(last=DESCRIPTOR)

    def abort(self) -> None:
        """Leave everything as it was."""
        for files in self._open_files:
            files.abort()
        self._open_files.clear()
        for one in self._gathered.values():
            one.file.abort()
        if self._opened:
            self._place.abort()

    def _write_rejects(self) -> None:
        """Write the rows that this very dump has rejected: they are known at its end only."""
        step = self._step
        if step.rejects is None:
            return
        self._options.describe(step.package.descriptor["resources"][-1])
        step.package.commit()
        target = step.package.resources[-1]
        files = self._start(target, codecs_of(target))
        rejected = step.run.rejected_rows(step, step.rejects)
        for batch in batches_of_rows(rejected, target.fields.field_names):
            files.write(batch)
        self._end(target, files)

    def _complete_gathered(self) -> None:
        """Complete the files of which several resources are the parts: all of them are there."""
        whole = {path: one.complete() for path, one in self._gathered.items()}
        self._gathered.clear()
        for files in self._done.values():
            files[:] = [
                whole[one.path]._replace(rows=one.rows) if one.path in whole else one
                for one in files
            ]

    def _count(self, descriptor: dict[str, Any]) -> None:
        options, all_rows = self._options, 0
        hashed, known = dict[str, WrittenFile](), set[str]()
        for resource in descriptor["resources"]:
            if resource["name"] not in self._done:
                what = f"the resource {resource['name']!r} has not been written"
                fix = "let the steps before hand on every resource of the package."
                raise OutputError(what, fix=fix)
            files = self._done[resource["name"]]
            if options.add_filehash_to_path:
                for one in files:
                    if one.path not in hashed:
                        hashed[one.path] = self._with_hash(one)
                files = [one._replace(path=hashed[one.path].path) for one in files]
            rows = sum(one.rows for one in files)
            set_property(resource, options.counter("resource-rowcount"), rows)
            if not options.is_split:
                # Of several files, what these count is not the same to everybody: see `FILES`.
                set_property(resource, options.counter("resource-bytes"), files[0].size)
                set_property(resource, options.counter("resource-hash"), files[0].digest)
            resource["path"] = [one.path for one in files] if options.is_split else files[0].path
            if options.is_split:
                resource[FILES] = [
                    {"path": one.path, "count_of_rows": one.rows}
                    | {"bytes": one.size, "hash": one.digest}
                    for one in files
                ]
            all_rows += rows
            self._written += [one for one in files if one.path not in known]
            known |= {one.path for one in files}
        size = sum(one.size for one in self._written)
        set_property(descriptor, options.counter("datapackage-rowcount"), all_rows)
        set_property(descriptor, options.counter("datapackage-bytes"), size)
        set_property(descriptor, options.counter("datapackage-hash"), None)
        text = json.dumps(descriptor, sort_keys=True).encode()
        found = hashlib.md5(text, usedforsecurity=False).hexdigest()
        set_property(descriptor, options.counter("datapackage-hash"), found)

    def _with_hash(self, file: WrittenFile) -> WrittenFile:
        hashed = hashed_path(file.path, file.digest)
        self._place.rename(file.path, hashed)
        return file._replace(path=hashed)

    def _use_patterns(self, descriptor: dict[str, Any]) -> None:
        pattern = self._options.temporal_format_property
        for resource in descriptor["resources"] if pattern else ():
            for one in resource.get("schema", {}).get("fields", []):
                if one.get("type") in TEMPORAL_TYPES and one.get(pattern):
                    one["format"] = one.pop(pattern)

    def _report(self, descriptor: dict[str, Any], descriptor_bytes: int) -> None:
        options = self._options
        size = get_property(descriptor, options.counter("datapackage-bytes"))
        rows = get_property(descriptor, options.counter("datapackage-rowcount"))
        self.stats.update(
            {
                "count_of_rows": rows,
                "bytes": None if size is None else size + descriptor_bytes,
                "hash": get_property(descriptor, options.counter("datapackage-hash")),
                "dataset_name": descriptor.get("name"),
            }
        )


def hashed_path(path: str, digest: str) -> str:
    """Return the path of a file with its hash in it.

    Examples:
        >>> hashed_path("deep/a.csv", "c0ffee")
        'deep/c0ffee/a.csv'
    """
    head, slash, tail = path.rpartition("/")
    return f"{head}{slash}{digest}/{tail}"


def write_files(stream: Stream) -> Iterator[Batch]:
    """Write a resource by the `FileDump` of the step: the data hook of the file dumpers."""
    dump: FileDump = stream.step.state["dump"]
    return dump.write(stream)


def refuse_extras(batch: Batch) -> None:
    """Refuse a row with a key that is not in the schema.

    Raises:
        RowError: There is one.
    """
    batch.columns()
    for name, values in batch.extras.items():
        index = next(index for index, value in enumerate(values) if value is not ABSENT)
        value = shorten(values[index])
        what = f"the row has a key {name!r} that is not in the schema: its value {value}"
        fix = f"put add_field({name!r}, type) before the step that sets it, or remove the key."
        raise RowError(f"{what} would be lost", where=Place(row=batch.number(index)), fix=fix)
