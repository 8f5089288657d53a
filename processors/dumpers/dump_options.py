"""The options of the file dumpers, and what they mean for the descriptors."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, FlowError, UnknownFieldError, nearest, shorten
from dataflows.processors.dumpers.compressed_file import COMPRESSION_ENDINGS
from dataflows.processors.dumpers.resource_files import is_formula_text
from dataflows.processors.formats.file_format import FileFormat, writer_of
from dataflows.processors.formats.known import WRITERS, writer_named
from dataflows.processors.storage.compressed import COMPRESSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.package import Package
    from dataflows.processors.formats.writing import Writer

__all__ = [
    "FILES",
    "REJECTS",
    "TEMPORAL_TYPES",
    "DumpOptions",
    "describe_files",
    "dump_options",
    "get_property",
    "set_property",
]

FILES = "dataflows:files"
"""The property of a resource of several files that holds what was counted of each."""
REJECTS = "dataflows:rejects"
"""The property of a resource of rejected rows, which is never partitioned."""
_FORMATS_WITH_HEADER = ("csv", "tsv", "xlsx")
TEMPORAL_TYPES = ("date", "time", "datetime")
_COUNTERS = {
    "datapackage-rowcount": "count_of_rows",
    "datapackage-bytes": "bytes",
    "datapackage-hash": "hash",
    "resource-rowcount": "count_of_rows",
    "resource-bytes": "bytes",
    "resource-hash": "hash",
}


@dataclass(frozen=True, slots=True)
class DumpOptions:
    """The options that all file dumpers take; `dump_to_path` says what they mean.

    Raises:
        ArgumentError: A counter that there is not, or a format without a writer.
    """

    format: str = "csv"
    force_format: bool = True
    temporal_format_property: str | None = None
    use_titles: bool = False
    writer_options: dict[str, Any] = field(default_factory=dict)
    file_formatters: dict[str, type[FileFormat]] = field(default_factory=dict)
    counters: dict[str, str | None] = field(default_factory=dict)
    add_filehash_to_path: bool = False
    pretty_descriptor: bool = True
    partition_by: tuple[str, ...] = ()
    max_rows_per_file: int | None = None
    compression: str | None = None
    escape_formulas: bool = False

    def __post_init__(self) -> None:
        self._check_files()
        for name in self.counters:
            if name not in _COUNTERS:
                what = f"counters has an unknown key {name!r}"
                raise ArgumentError(what, fix=nearest(name, _COUNTERS, "counters"))
        if self.force_format:
            self.writer(self.format)

    def _check_files(self) -> None:
        most = self.max_rows_per_file
        if most is not None and (type(most) is not int or most < 1):
            what = f"max_rows_per_file must be a whole number above 0, got {most!r}"
            raise ArgumentError(what, fix="write for instance max_rows_per_file=1_000_000.")
        if self.compression is not None:
            check_one_of("compression", self.compression, tuple(COMPRESSION_ENDINGS))

    @property
    def is_split(self) -> bool:
        """Whether a resource may have several files."""
        return bool(self.partition_by) or self.max_rows_per_file is not None

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
        found = writer_named(name)
        if found is None:
            what = f"no writer for the format {name!r}"
            known = [*WRITERS, *self.file_formatters]
            raise ArgumentError(what, fix=nearest(name, known, "formats"))
        return found

    def writer_for(self, descriptor: Mapping[str, Any]) -> type[Writer]:
        """Return the writer for a resource: of the forced format, or of the ending of its path."""
        if self.force_format:
            return self.writer(self.format)
        return self.writer(_plain_path(descriptor).rpartition(".")[2].lower())

    def part(self, descriptor: Mapping[str, Any]) -> str | None:
        """Return which part of its file a resource is; None where it has a file of its own."""
        return self.writer_for(descriptor).part(descriptor, self.writer_options)

    def options_for(self, descriptor: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of the writer of a resource: of several formats, those it knows."""
        known = self.writer_for(descriptor).options_known
        if self.force_format or known is None:
            return self.writer_options
        return {name: one for name, one in self.writer_options.items() if name in known}

    def describe(self, descriptor: dict[str, Any]) -> None:
        """Say in the descriptor of a resource how its file will be written.

        Raises:
            ArgumentError: The file is one of all resources, and is to be split.
        """
        writer = self.writer_for(descriptor)
        if self.is_split and writer.part(descriptor, self.writer_options) is not None:
            what = "one file of all resources cannot be partitioned, or split by max_rows_per_file"
            raise ArgumentError(what, fix="leave partition_by and max_rows_per_file out.")
        if isinstance(descriptor.get("path"), (str, list)):
            descriptor["path"] = _plain_path(descriptor)
        writer.describe(descriptor, self.options_for(descriptor))
        for name in ("compression", FILES):
            descriptor.pop(name, None)
        if self.compression is not None:
            descriptor["path"] += COMPRESSION_ENDINGS[self.compression]
            descriptor["compression"] = self.compression
        # What a former dump has counted is not true of the new file, counted anew or not.
        for counter in ("resource-rowcount", "resource-bytes", "resource-hash"):
            set_property(descriptor, self.counter(counter), None)
            descriptor.pop(_COUNTERS[counter], None)


def field_names(option: str, given: Any) -> tuple[str, ...]:
    """Return the names of fields, given as one or as a list.

    Raises:
        ArgumentError: They are neither.

    Examples:
        >>> field_names("partition_by", "country")
        ('country',)
    """
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not all(isinstance(one, str) for one in names):
        what = f"{option} must be names of fields, got {shorten(given)}"
        raise ArgumentError(what, fix=f"write for instance {option}=['country'].")
    return tuple(dict.fromkeys(names))


def dump_options(processor: str, given: Mapping[str, Any]) -> tuple[DumpOptions, Any]:
    """Return the options of a file dumper, and its policy for rows that do not fit.

    Args:
        processor: The name of the dumper, for messages.
        given: The options as they were written.

    Raises:
        ArgumentError: An option that there is not, or that cannot be.

    Examples:
        >>> options, on_error = dump_options("dump_to_path", {"format": "json"})
        >>> options.format, options.use_titles, on_error
        ('json', False, None)
    """
    names = {"options" if one.name == "writer_options" else one.name for one in fields(DumpOptions)}
    known = sorted(names | {"validator_options"})
    for name in given:
        if name not in known:
            what = f"{processor} has no option {name!r}"
            raise ArgumentError(what, fix=nearest(name, known, "options"))
    validation = dict(given.get("validator_options") or {})
    for name in validation:
        if name != "on_error":
            what = f"validator_options has an unknown key {name!r}"
            raise ArgumentError(what, fix=nearest(name, ["on_error"], "keys"))
    wanted = {name: value for name, value in given.items() if name in names}
    wanted["partition_by"] = field_names("partition_by", wanted.get("partition_by") or ())
    for name in ("options", "file_formatters", "counters"):
        wanted[name] = dict(wanted.get(name) or {})
    wanted["writer_options"] = wanted.pop("options")
    return DumpOptions(**wanted), validation.get("on_error")


def describe_files(package: Package, options: DumpOptions) -> None:
    """Say in the descriptors of all resources how their files will be written.

    Raises:
        FlowError: Two of them would be written to one path, or a name has no place in a file.
        UnknownFieldError: A resource has no field by which it is to be partitioned.
    """
    _refuse_half_characters(package.descriptor)
    taken: dict[str, str] = {}
    if not options.force_format:
        _check_options(package, options)
    for number, descriptor in enumerate(package.descriptor["resources"], 1):
        if not descriptor.get("name"):
            what = f"resource {number} of the package has no name"
            raise FlowError(what, fix=f"give it one: update_resource({number - 1}, name='…').")
        _check_fields(descriptor, options)
        options.describe(descriptor)
        _check_header(descriptor, options)
        path, name = descriptor["path"], str(descriptor["name"])
        part = options.part(descriptor)
        # Excel takes names that differ in case for equal.
        key = path if part is None else f"{path}\n{part.lower()}"
        if key in taken:
            shown = repr(path) if part is None else f"the part {part!r} of {path!r}"
            what = f"the resources {taken[key]!r} and {name!r} would both be written to {shown}"
            fix = f"give one another path: update_resource({name!r}, path='…')."
            if part is not None:
                fix = f"give one another name: update_resource({name!r}, name='…')."
            raise FlowError(what, fix=fix)
        taken[key] = name


def _check_options(package: Package, options: DumpOptions) -> None:
    """Refuse an option that the writer of no resource knows."""
    known: set[str] = set()
    for descriptor in package.descriptor["resources"]:
        names = options.writer_for(descriptor).options_known
        if names is None:
            return
        known.update(names)
    for name in options.writer_options:
        if known and name not in known:
            what = f"none of the formats that are written has an option {name!r}"
            raise ArgumentError(what, fix=nearest(name, sorted(known), "options"))


def _check_fields(descriptor: Mapping[str, Any], options: DumpOptions) -> None:
    names = [one["name"] for one in descriptor.get("schema", {}).get("fields", [])]
    for name in options.partition_by:
        if name not in names and REJECTS not in descriptor:
            what = f"no field named {name!r} to partition the resource {descriptor['name']!r} by"
            raise UnknownFieldError(what, fix=nearest(name, names))
    if options.escape_formulas:
        for name in filter(is_formula_text, names):
            what = f"a spreadsheet could take the name {name!r} of a field for a formula"
            raise FlowError(what, fix="give the field another name, by rename_fields.")


def _check_header(descriptor: Mapping[str, Any], options: DumpOptions) -> None:
    """Refuse a name that its column could not be found by when the file is read."""
    if descriptor.get("format") not in _FORMATS_WITH_HEADER:
        return
    for one in descriptor.get("schema", {}).get("fields", []):
        name = (options.use_titles and one.get("title")) or one["name"]
        if not str(name).strip().strip("\ufeff"):
            what = f"the field {one['name']!r} of the resource {descriptor['name']!r} has no name"
            fix = "give it one, by rename_fields: a column without a header is not read."
            raise FlowError(what, fix=fix)


def _refuse_half_characters(descriptor: Any) -> None:
    """Refuse names and metadata with a surrogate of UTF-16 that lacks the other."""
    try:
        json.dumps(descriptor, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError as error:
        around = error.object[max(0, error.start - 20) : error.end + 20]
        what = f"the descriptor holds half a character, which no file can hold: {around!r}"
        fix = "rename what has it in its name, or change its metadata."
        raise FlowError(what, fix=fix) from error


def _plain_path(descriptor: Mapping[str, Any]) -> str:
    """Return the path of a resource without the ending of a compression; of several, its name.

    Examples:
        >>> _plain_path({"path": "a.csv.gz"}), _plain_path({"path": ["1.csv", "2"], "name": "b"})
        ('a.csv', 'b.csv')
    """
    path = descriptor.get("path") or ""
    if isinstance(path, list):
        ending = path[0].removesuffix(".gz").removesuffix(".zst").rpartition(".")[2]
        return f"{descriptor['name']}.{ending}" if len(path) > 1 else str(path[0])
    stem, ending = os.path.splitext(str(path))  # noqa: PTH122 - it may be an address
    return stem if ending.lower() in COMPRESSIONS else str(path)


def set_property(target: dict[str, Any], path: str | None, value: Any) -> None:
    """Set a property by its path, dots between the parts; None as a value removes it.

    Examples:
        >>> descriptor = {}
        >>> set_property(descriptor, "stats.rows", 3)
        >>> descriptor
        {'stats': {'rows': 3}}
    """
    if path is None:
        return
    *parents, last = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {}) if value is not None else target.get(parent, {})
    if value is None:
        target.pop(last, None)
    else:
        target[last] = value


def get_property(target: Mapping[str, Any], path: str | None) -> Any:
    """Return a property by its path, None where there is none."""
    found: Any = target
    for part in path.split(".") if path else ():
        found = found.get(part) if isinstance(found, dict) else None
    return found if path else None
