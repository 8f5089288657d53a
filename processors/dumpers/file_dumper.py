"""FileDumper: the class that scripts of 0.5.12 subclass to put files somewhere of their own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from dataflows.errors import ArgumentError, OutputError, RowError, shorten
from dataflows.processors.dumpers.dump_options import TEMPORAL_TYPES, DumpOptions, describe_files
from dataflows.processors.dumpers.dumper_base import DumperBase, DumperSink
from dataflows.processors.dumpers.formats import (
    CSVFormat,
    ExcelFormat,
    FileFormat,
    GeoJSONFormat,
    JSONFormat,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.chain import Step
    from dataflows.package import Package, ResourceWrapper

__all__ = ["FileDumper"]

_DESCRIPTOR = "datapackage.json"
_FORMATS: dict[str, type[FileFormat]] = {
    "csv": CSVFormat,
    "json": JSONFormat,
    "geojson": GeoJSONFormat,
    "excel": ExcelFormat,
    "xlsx": ExcelFormat,
}


class _Finished(NamedTuple):
    path: Path
    size: int
    digest: str


class FileDumper(DumperBase):
    r"""A dumper of files as a class: override `write_file_to_output`.

    Each resource is written into a temporary file. After the last row of the whole flow these are
    handed to `write_file_to_output`, one after another, the descriptor last; when anything goes
    wrong before, nothing is.

    Args:
        options: Those of `DumperBase`; ``format`` ("csv", "json", "geojson" or "xlsx"),
            ``force_format``, ``options``, ``use_titles``, ``temporal_format_property`` and
            ``file_formatters``, as `dump_to_path` has them; others are left to the subclass.

    Raises:
        ArgumentError: A format that there is not.

    Examples:
        >>> from dataflows import Flow
        >>> class Show(FileDumper):
        ...     def write_file_to_output(self, filename, path):
        ...         print(path, Path(filename).read_bytes()[:14])
        >>> _ = Flow([{"city": "Rome"}], Show({"pretty_descriptor": False})).process()
        ./res_1.csv b'city\r\nRome\r\n'
        datapackage.json b'{"bytes": 12, '
    """

    def __init__(self, options: Mapping[str, Any] | None = None) -> None:
        super().__init__(options)
        given = dict(options or {})
        self.force_format = bool(given.get("force_format", True))
        self.forced_format: str = given.get("format", "csv")
        self.temporal_format_property: str | None = given.get("temporal_format_property")
        self.use_titles = bool(given.get("use_titles", False))
        self.writer_options: dict[str, Any] = dict(given.get("options") or {})
        self.custom_formatters: dict[str, type[FileFormat]] = dict(
            given.get("file_formatters") or {}
        )
        self.file_formatters: dict[str, type[FileFormat]] = {}
        self._folder: TemporaryDirectory[str] | None = None
        self._finished: dict[str, _Finished] = {}
        if self.force_format:
            self._format_class(self.forced_format)

    # What a subclass overrides

    def write_file_to_output(self, filename: str, path: str) -> Any:
        """Put a file, which is complete, where it belongs.

        Args:
            filename: The temporary file.
            path: Its path in the output.
        """
        raise NotImplementedError

    def process_datapackage(self, dp: Package) -> Package:
        """Say in the descriptors of the resources how their files will be written."""
        classes = {**_FORMATS, **self.custom_formatters}
        options = DumpOptions(
            format=self.forced_format,
            force_format=self.force_format,
            temporal_format_property=self.temporal_format_property,
            writer_options=self.writer_options,
            file_formatters=classes,
        )
        for descriptor in dp.descriptor["resources"]:
            ending = str(descriptor.get("path")).rpartition(".")[2].lower()
            name = self.forced_format if self.force_format else ending
            self.file_formatters[descriptor["name"]] = self._format_class(name)
        describe_files(dp, options)
        return super().process_datapackage(dp)

    def process_resource(self, resource: ResourceWrapper) -> Iterator[dict[str, Any]]:
        """Yield the rows of one resource, each after it is written into its temporary file."""
        format_class = self.file_formatters[resource.res.name]
        mode = format_class.FILE_MODE
        text = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
        path = Path(self._temporary_folder(), f"{len(self._finished)}")
        with path.open(mode, **text) as temp_file:  # type: ignore[call-overload] # of a format's
            options = dict(self.writer_options)
            if self.use_titles:
                options["use_titles"] = True
            writer = format_class(
                temp_file,
                resource.res.fields,
                temporal_format_property=self.temporal_format_property,
                resource=resource.res,
                **options,
            )
            yield from self.rows_processor(resource, writer, temp_file)
        with path.open("rb") as file:
            digest = self.hash_handler(file).hexdigest()
        self._finished[resource.res.name] = _Finished(path, path.stat().st_size, digest)

    def rows_processor(
        self, resource: ResourceWrapper, writer: FileFormat, temp_file: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of one resource, each after it is written.

        Raises:
            RowError: A row has a key that is not in the schema.
        """
        for row in resource:
            for name in row:
                if name not in writer.fields:
                    what = f"the row has a key {name!r} that is not in the schema"
                    fix = f"put add_field({name!r}, type) before the step that sets it."
                    raise RowError(f"{what}: its value {shorten(row[name])} would be lost", fix=fix)
            writer.write_row({name: row.get(name) for name in writer.fields})
            yield row
        writer.finalize_file()
        temp_file.flush()

    @staticmethod
    def hash_handler(file: Any) -> Any:
        """Return the hash of a file, as `hashlib` has it."""
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))

    def handle_datapackage(self) -> None:
        """Complete the descriptor with what was counted, and put all files where they belong.

        Raises:
            OutputError: A resource was not written to its end.
        """
        descriptor = self._descriptor
        size = 0
        for resource in descriptor["resources"]:
            finished = self._finished.get(resource["name"])
            if finished is None:
                what = f"the resource {resource['name']!r} has not been written"
                fix = "let the steps before hand on every resource of the package."
                raise OutputError(what, fix=fix)
            self.set_attr(resource, self.resource_bytes, finished.size)
            self.set_attr(resource, self.resource_hash, finished.digest)
            if self.add_filehash_to_path:
                self.insert_hash_in_path(resource, finished.digest)
            size += finished.size
        self.set_attr(descriptor, self.datapackage_bytes, size)
        super().handle_datapackage()
        self._use_patterns(descriptor)
        for resource in descriptor["resources"]:
            path = str(self._finished[resource["name"]].path)
            self.write_file_to_output(path, f"./{resource['path']}")
        text = json.dumps(
            descriptor,
            indent=2 if self.pretty_descriptor else None,
            sort_keys=True,
            ensure_ascii=False,
        ).encode()
        file = Path(self._temporary_folder(), _DESCRIPTOR)
        file.write_bytes(text)
        self.write_file_to_output(str(file), _DESCRIPTOR)
        if self.stats.get("bytes") is not None:
            self.stats["bytes"] += len(text)

    def _use_patterns(self, descriptor: dict[str, Any]) -> None:
        pattern = self.temporal_format_property
        for resource in descriptor["resources"] if pattern else ():
            for one in resource.get("schema", {}).get("fields", []):
                if one.get("type") in TEMPORAL_TYPES and one.get(pattern):
                    one["format"] = one.pop(pattern)

    def _format_class(self, name: str) -> type[FileFormat]:
        classes = {**_FORMATS, **self.custom_formatters}
        if name not in classes:
            what = f"{type(self).__name__} has no class that writes the format {name!r}"
            fix = f"pass file_formatters={{{name!r}: a subclass of FileFormat}}."
            raise ArgumentError(what, fix=fix)
        return classes[name]

    # For the engine

    def join_run(self, step: Step) -> None:
        """Become a sink of a run: what is left of former runs is forgotten."""
        self.clean_up()
        super().join_run(step)

    def _sink(self, step: Step) -> DumperSink:
        return FileDumperSink(self, step)

    def _temporary_folder(self) -> str:
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="dataflows-")
        return self._folder.name

    def clean_up(self) -> None:
        """Remove the temporary files."""
        self._finished = {}
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


class FileDumperSink(DumperSink):
    """A dumper of files as an output of a run."""

    def __init__(self, dumper: FileDumper, step: Step) -> None:
        super().__init__(dumper, step)
        self._files = dumper

    def commit(self) -> None:
        """Remove the temporary files."""
        self._files.clean_up()

    def abort(self) -> None:
        """Remove the temporary files."""
        self._files.clean_up()
