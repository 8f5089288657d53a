"""A data package as a source: a ``datapackage.json``, also in a zip, with its resources' files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.errors import Place, RowError, SourceLoadError, nearest, shorten
from dataflows.package import Package, clone, unique_name
from dataflows.processors.loaders.table_source import Options, strip_columns, text_columns
from dataflows.processors.loaders.tables import Table, open_table
from dataflows.selectors import select_resources
from dataflows.stages import Batches
from dataflows.commit.recovery import recover
from dataflows.stream import Stream, codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Resource

__all__ = ["PackageSource", "open_package"]

_DIALECT = {
    "delimiter": "delimiter",
    "quoteChar": "quotechar",
    "doubleQuote": "doublequote",
    "escapeChar": "escapechar",
    "skipInitialSpace": "skipinitialspace",
}


class UniqueKeyError(RowError):
    """Two rows of a loaded package have the same key."""


class PackageSource:
    """The selected resources of a data package.

    Args:
        place: The folder or URL that the paths start from, or the path of the zip.
        descriptors: The selected resources.
        options: The options of `load`.
        archive_folder: In a zip: the folder of the descriptor within; None for a package that is no zip.
    """

    def __init__(
        self,
        place: str,
        descriptors: list[dict[str, Any]],
        options: Options,
        archive_folder: str | None,
    ) -> None:
        self.names = [str(one["name"]) for one in descriptors]
        self._place = place
        self._descriptors = descriptors
        self._options = options
        self._archive_folder = archive_folder

    def read(self, step: Step, targets: Iterator[Resource]) -> Iterator[Any]:
        """Yield the batches of each resource."""
        for descriptor in self._descriptors:
            target = next(targets)
            stream = Stream(
                target, target, iter(()), step, step.account.tally_of(target.name), step.run
            )
            stream.use_policy(step.hooks.on_error)
            yield Batches(self._batches(stream, descriptor))

    def _batches(self, stream: Stream, descriptor: dict[str, Any]) -> Iterator[Batch]:
        if "data" in descriptor:
            yield from self._typed(stream, InlineTable(descriptor["data"], stream.target))
            return
        paths = descriptor["path"] if isinstance(descriptor["path"], list) else [descriptor["path"]]
        for path in paths:
            with self._file(path) as place:
                table = open_table(place, _source_options(descriptor, stream.target))
                yield from self._typed(stream, table)

    @contextmanager
    def _file(self, path: str) -> Iterator[str]:
        if self._archive_folder is None:
            yield path if "://" in path else _join(self._place, path)
            return
        with tempfile.TemporaryDirectory(prefix="dataflows-") as folder:
            target = Path(folder, Path(path).name)
            with (
                zipfile.ZipFile(self._place) as archive,
                archive.open(self._archive_folder + path) as member,
            ):
                with target.open("wb") as file:
                    shutil.copyfileobj(member, file)
            yield str(target)

    def _typed(self, stream: Stream, table: Table) -> Iterator[Batch]:
        options = self._options
        fields = stream.target.fields
        names = fields.field_names
        order = _order(table, stream.target)
        codecs = codecs_of(stream.target)
        keeps_empty = "" not in fields.missing_values or options.cast != "schema"
        limit = None if options.limit_rows is None else options.limit_rows - stream.seen
        keys = _Keys(stream.target) if options.cast == "schema" else None
        for cells, length in table.chunks(limit) if limit != 0 else ():
            columns = text_columns(
                cells, as_strings=options.cast == "strings", keeps_empty=keeps_empty
            )
            if options.strip:
                columns = strip_columns(columns)
            batch = Batch(
                dict(zip(names, (columns[place] for place in order), strict=True)),
                length,
                stream.seen + 1,
            )
            stream.tally.added += length
            if options.cast == "schema":
                batch = stream.cast(batch, codecs)
            if keys is not None:
                keys.check(batch)
            yield batch
            stream.seen += length
        for note, count in table.notes.items():
            stream.tally.notes[note] = stream.tally.notes.get(note, 0) + count


class InlineTable:
    """The rows that stand in a descriptor itself, under ``data``."""

    def __init__(self, data: Any, resource: Resource) -> None:
        from dataflows.processors.formats.json_reader import names_of_items, rows_of_items

        if not isinstance(data, list):
            what = f"the data of the resource is not a list of rows but {shorten(data)}"
            raise SourceLoadError(
                what, fix="give a list of objects, or of lists with the header first."
            )
        self.format = "inline"
        self.notes: dict[str, int] = {}
        found, listed = names_of_items(data)
        self.names = found if listed else resource.fields.field_names
        self.sample = list(
            rows_of_items(iter(data[1:] if listed else data), self.names, listed, self.notes)
        )
        self.spread: list[list[Any]] = []

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as columns of values."""
        rows = self.sample[:limit_rows]
        if rows:
            yield [list(column) for column in zip(*rows, strict=True)], len(rows)


class _Keys:
    """Sees that no two rows have the same primary key, or the same value in a field that is unique."""

    def __init__(self, resource: Resource) -> None:
        schema = resource.fields
        keys = [schema.primary_key] if schema.primary_key else []
        keys += [[field.name] for field in schema.fields if field.constraints.get("unique")]
        self._seen: list[tuple[list[str], set[Any]]] = [(key, set()) for key in keys]

    def check(self, batch: Batch) -> None:
        """Take in the keys of a batch.

        Raises:
            UniqueKeyError: One of them has been there; the row is named.
        """
        for key, seen in self._seen:
            columns = [batch.column(name).values for name in key]
            values = list(zip(*columns, strict=True))
            new = set(values)
            if len(new) == len(values) and new.isdisjoint(seen):
                seen |= new
                continue
            for index, value in enumerate(values):
                if value in seen:
                    shown = shorten(value[0] if len(value) == 1 else value)
                    what = f"the key {', '.join(key)} = {shown} occurs twice"
                    fix = "remove one of the rows, or the key from the schema."
                    raise UniqueKeyError(what, where=Place(row=batch.number(index)), fix=fix)
                seen.add(value)


def _join(place: str, path: str) -> str:
    return f"{place.rstrip('/')}/{path}" if "://" in place else os.path.join(place, path)


def _source_options(descriptor: dict[str, Any], resource: Resource) -> dict[str, Any]:
    """Return the options with which a resource's file is opened."""
    dialect = descriptor.get("dialect") or {}
    path = descriptor["path"] if isinstance(descriptor["path"], str) else descriptor["path"][0]
    format_ = descriptor.get("format") or path.rpartition(".")[2].lower()
    options: dict[str, Any] = {"format": format_}
    if format_ in ("csv", "tsv"):
        options.update(
            {ours: dialect[theirs] for theirs, ours in _DIALECT.items() if theirs in dialect}
        )
        options["headers"] = 1 if dialect.get("header", True) else resource.fields.field_names
        options.setdefault("delimiter", "," if format_ == "csv" else "\t")
    if descriptor.get("encoding"):
        options["encoding"] = descriptor["encoding"]
    return options


def _order(table: Table, resource: Resource) -> list[int]:
    """Return, for each field, the position of its column in the file: by name, by title, or in the order they stand.

    Raises:
        SourceLoadError: The header and the schema do not fit each other.
    """
    fields = resource.fields.fields
    names = [field.name for field in fields]
    titles = [field.descriptor.get("title") or field.name for field in fields]
    for wanted in (names, titles):
        if table.names[: len(wanted)] == wanted or (
            set(wanted) <= set(table.names) and len(set(wanted)) == len(wanted)
        ):
            return [table.names.index(name) for name in wanted]
    lacking = [name for name in names if name not in table.names]
    what = f"the header of resource {resource.name!r} does not fit its schema: there is no column {lacking[0]!r}"
    raise SourceLoadError(what, fix=nearest(lacking[0], table.names, "columns of the file"))


def open_package(source: str, options: Options, package: Package) -> PackageSource:
    """Add the selected resources of a data package to the package.

    Raises:
        SourceLoadError: There is no such package, or a path in it leads out of its folder.
    """
    place, archive_folder, descriptor = _read_descriptor(source)
    given = Package(descriptor)
    selected = select_resources(options.resources, given)
    descriptors = []
    for resource in given.resources:
        if resource.name not in selected:
            continue
        if resource.schema is None:
            warnings.warn(
                f"the resource {resource.name!r} of {source!r} is not a table: it is left out",
                stacklevel=2,
            )
            continue
        _check_place(resource.descriptor, place)
        descriptors.append(resource.descriptor)
    taken = [str(one.get("name")) for one in package.descriptor["resources"]]
    added = []
    for one in descriptors:
        shown = clone({key: value for key, value in one.items() if key != "data"})
        shown["name"] = unique_name(str(one["name"]), taken)
        shown.setdefault("path", f"{shown['name']}.csv")
        taken.append(shown["name"])
        added.append(shown)
    package.descriptor["resources"] += added
    return PackageSource(place, descriptors, options, archive_folder)


def _read_descriptor(source: str) -> tuple[str, str | None, dict[str, Any]]:
    """Return the place that paths start from, the folder within a zip, and the descriptor."""
    if "://" in source:
        loaded = Package(source)
        return source.rpartition("/")[0], None, loaded.descriptor
    if not os.path.exists(source):
        raise FileNotFoundError(2, "No such file or directory", source)
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as archive:
            found = [name for name in archive.namelist() if name.endswith("datapackage.json")]
            if len(found) != 1:
                what = f"{source!r} holds {len(found)} files named datapackage.json"
                raise SourceLoadError(what, fix="give a zip with exactly one.")
            return (
                source,
                found[0].removesuffix("datapackage.json"),
                _parsed(archive.read(found[0]), source),
            )
    folder = os.path.dirname(source) or "."
    recover(folder)
    return folder, None, _parsed(Path(source).read_bytes(), source)


def _parsed(data: bytes, source: str) -> dict[str, Any]:
    try:
        descriptor = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        what = f"{source!r} is not valid JSON: {error}"
        raise SourceLoadError(what, fix="correct the descriptor.") from error
    if not isinstance(descriptor, dict) or not isinstance(descriptor.get("resources", []), list):
        what = f"{source!r} is not a data package descriptor"
        raise SourceLoadError(what, fix='it must be an object with a list "resources".')
    return descriptor


def _check_place(descriptor: dict[str, Any], place: str) -> None:
    """Refuse a path that leads out of the package: other schemes, and from a remote package any local file."""
    paths = descriptor.get("path", [])
    for path in paths if isinstance(paths, list) else [paths]:
        scheme = path.partition("://")[0].lower() if "://" in path else ""
        remote = "://" in place
        if scheme and scheme not in ("http", "https"):
            what = (
                f"the path {path!r} of resource {descriptor.get('name')!r} leads out of the package"
            )
            raise SourceLoadError(
                what, fix="only relative paths and http(s) addresses are allowed in a descriptor."
            )
        if not scheme and not remote:
            folder = os.path.realpath(
                place if os.path.isdir(place) else os.path.dirname(place) or "."
            )
            target = os.path.realpath(os.path.join(folder, path))
            if os.path.commonpath([folder, target]) != folder:
                what = f"the path {path!r} of resource {descriptor.get('name')!r} leads out of the package's folder"
                raise SourceLoadError(what, fix="put the file into the folder of the package.")
