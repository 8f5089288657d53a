"""A data package as a source: the resources that its ``datapackage.json`` describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError, nearest, shorten
from dataflows.package import Package, clone, unique_name
from dataflows.processors.formats.json_reader import names_of_items, rows_of_items
from dataflows.processors.loaders.load_advice import advising, package_advice
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.loaders.missing_texts import MissingTexts, missing_texts
from dataflows.processors.loaders.package_files import PackageFiles, open_files
from dataflows.processors.loaders.table_source import Options, text_columns, typed_batch
from dataflows.processors.loaders.tables import Table, open_table
from dataflows.processors.loaders.unique_keys import UniqueKeys
from dataflows.processors.storage.compressed import COMPRESSIONS
from dataflows.selectors import select_resources
from dataflows.stages import Batches
from dataflows.streams import Stream, codecs_of
from dataflows.telling import warn
from dataflows.types.inference import infer_schema
from dataflows.watching.run_progress import SourceProgress, unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
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


class PackageSource:
    """The selected resources of a data package.

    Args:
        files: The files of the package.
        descriptors: The selected resources, as the package describes them.
        missing: For each, what `extract_missing_values` asks for.
        options: The options of `load`.
    """

    def __init__(
        self,
        files: PackageFiles,
        descriptors: list[dict[str, Any]],
        missing: list[MissingTexts | None],
        options: Options,
    ) -> None:
        self.names = [str(one["name"]) for one in descriptors]
        self._files = files
        self._descriptors = descriptors
        self._missing = missing
        self._options = options
        self._bytes_read = 0
        self._table: Table | None = None

    def progress(self) -> list[SourceProgress]:
        """Return what tells how far the files of the package have been read."""
        sizes = [one.get("bytes") for one in self._descriptors]
        known = [size for size in sizes if isinstance(size, int)]
        total = sum(known) if len(known) == len(sizes) else None

        def measure() -> tuple[int, int | None]:
            measured = getattr(self._table, "measure", unmeasured)()
            return self._bytes_read + (measured[0] if measured else 0), total

        return [SourceProgress(", ".join(self.names), measure)]

    def read(self, step: Step, targets: Iterator[Resource]) -> Iterator[Any]:
        """Yield the batches of each resource."""
        for descriptor, missing in zip(self._descriptors, self._missing, strict=True):
            target = next(targets)
            tally = step.account.tally_of(target.name)
            stream = Stream(target, target, iter(()), step, tally, step.run)
            stream.use_policy(step.hooks.on_error)
            yield Batches(self._batches(stream, descriptor, missing))

    def _batches(
        self, stream: Stream, descriptor: dict[str, Any], missing: MissingTexts | None
    ) -> Iterator[Batch]:
        keys = UniqueKeys(stream.target) if self._options.cast == "schema" else None
        for table in _tables(self._files, descriptor):
            self._table = table
            for batch in self._typed(stream, table, missing):
                if keys is not None:
                    keys.check(batch)
                yield batch
            measured = getattr(table, "measure", unmeasured)()
            self._bytes_read += measured[0] if measured else 0
            self._table = None

    def _typed(self, stream: Stream, table: Table, missing: MissingTexts | None) -> Iterator[Batch]:
        options, fields = self._options, stream.target.fields
        names = [name for name in fields.field_names if missing is None or name != missing.target]
        order = _order(table, stream.target, names)
        codecs = codecs_of(stream.target)
        as_strings = options.cast == "strings"
        keeps_empty = options.cast != "schema" or (
            # A format with types has an empty text and a missing value of its own.
            "" not in fields.missing_values and getattr(table, "fields", None) is None
        )
        limit = None if options.limit_rows is None else options.limit_rows - stream.seen
        strips = options.strips(table)

        try:
            for cells, length in table.chunks(limit) if limit != 0 else ():
                found = text_columns(cells, as_strings=as_strings, keeps_empty=keeps_empty)
                columns = {name: found[place] for name, place in zip(names, order, strict=True)}
                if missing is not None:
                    columns[missing.target] = missing.column(columns, length)
                stream.tally.added += length
                with advising(package_advice):
                    batch = typed_batch(columns, length, codecs, options, stream, strips=strips)
                yield batch
                stream.seen += length
        finally:
            for note, count in table.notes.items():
                stream.tally.notes[note] = stream.tally.notes.get(note, 0) + count


def _tables(files: PackageFiles, descriptor: dict[str, Any]) -> Iterator[Table]:
    """Yield the tables that a resource consists of, each to be read before the next."""
    if "data" in descriptor:
        yield InlineTable(descriptor["data"], _field_names(descriptor))
        return
    paths = descriptor["path"] if isinstance(descriptor["path"], list) else [descriptor["path"]]
    for path in paths:
        place = files.place_of(path)
        table = open_table(place, {**_source_options(descriptor, path), **files.options_of(place)})
        try:
            yield table
        finally:
            # What is read from a temporary file lets go of it.
            getattr(table, "close", _nothing)()


def _nothing() -> None:
    """Stand for what there is not to do."""


class InlineTable:
    """The rows that stand in a descriptor itself, under ``data``."""

    def __init__(self, data: Any, names: list[str]) -> None:
        if not isinstance(data, list):
            what = f"the data of the resource is not a list of rows but {shorten(data)}"
            raise SourceLoadError(what, fix="give objects, or lists with the header first.")
        self.format = "inline"
        self.notes: dict[str, int] = {}
        found, listed = names_of_items(data)
        self.names = found if listed or not names else names
        rows = iter(data[1:] if listed else data)
        self.sample = list(rows_of_items(rows, self.names, self.notes, listed=listed))
        self.spread: list[list[Any]] = []

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as columns of values."""
        rows = self.sample[:limit_rows]
        if rows:
            yield [list(column) for column in zip(*rows, strict=True)], len(rows)


def _field_names(descriptor: dict[str, Any]) -> list[str]:
    return [field["name"] for field in (descriptor.get("schema") or {}).get("fields", [])]


def _source_options(descriptor: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the options with which a resource's file is opened."""
    dialect = descriptor.get("dialect") or {}
    *stem, ending = path.lower().split(".")
    if f".{ending}" in COMPRESSIONS and stem:
        ending = stem[-1]
    format_ = descriptor.get("format") or ending
    options: dict[str, Any] = {"format": format_}
    if descriptor.get("compression"):
        options["compression"] = descriptor["compression"]
    if format_ in ("csv", "tsv"):
        options.update(
            {ours: dialect[theirs] for theirs, ours in _DIALECT.items() if theirs in dialect}
        )
        options["headers"] = 1 if dialect.get("header", True) else _field_names(descriptor) or None
        options.setdefault("delimiter", "," if format_ == "csv" else "\t")
    if format_ in ("json", "ndjson", "jsonl"):
        options["names"] = _field_names(descriptor)
    if format_ == "geojson":
        fields = (descriptor.get("schema") or {}).get("fields", [])
        options["types"] = {one["name"]: one.get("type") for one in fields}
    if format_ in ("xlsx", "xlsm", "xls", "ods"):
        sheet = dialect.get("sheet") or (dialect.get("excel") or {}).get("sheet")
        options.update({"sheet": sheet} if sheet else {})
        fields = (descriptor.get("schema") or {}).get("fields", [])
        options["types"] = {one.get("title") or one["name"]: one.get("type") for one in fields}
        options["types"].update({one["name"]: one.get("type") for one in fields})
    if descriptor.get("encoding"):
        options["encoding"] = descriptor["encoding"]
    return options


def _order(table: Table, resource: Resource, names: list[str]) -> list[int]:
    """Return, for each field, the position of its column in the file, by name or by title.

    Raises:
        SourceLoadError: The header and the schema do not fit each other.
    """
    given = {one["name"]: one.get("title") for one in resource.fields.descriptor["fields"]}
    titles = [given[name] or name for name in names]
    # A header is read without the blanks around it.
    bare = list(map(_bare, names))
    for wanted, found in (
        (names, table.names),
        (titles, table.names),
        (bare, list(map(_bare, table.names))),
    ):
        if len(set(wanted)) == len(wanted) and set(wanted) <= set(found):
            # Of equal columns, the first one counts.
            places = {name: place for place, name in reversed(list(enumerate(found)))}
            return [places[name] for name in wanted]
    lacking = next(name for name in names if name not in table.names)
    what = f"the header of the resource {resource.name!r} lacks the field {lacking!r} of its schema"
    raise SourceLoadError(what, fix=nearest(lacking, table.names, "columns of the file"))


def _bare(name: str) -> str:
    return name.replace("\ufeff", "").strip()


def open_package(source: str, options: Options, package: Package) -> PackageSource:
    """Add the selected resources of a data package to the package.

    Raises:
        SourceLoadError: There is no such package, or a path in it leads out of its folder.
    """
    files, descriptor = open_files(source, options.source_options)
    for number, resource in enumerate(descriptor["resources"], 1):
        if not isinstance(resource, dict) or not resource.get("name"):
            what = f"resource {number} of the package has no name"
            raise SourceLoadError(what, fix="give every resource in the descriptor a name.")
        # What another run has rejected is here a table like others.
        resource.pop("dataflows:rejects", None)
    given = Package(descriptor)
    selected = select_resources(options.resources, given)
    taken = [str(one.get("name")) for one in package.descriptor["resources"]]
    descriptors, all_missing = [], []
    for resource in given.resources:
        if resource.name not in selected:
            continue
        found = resource.descriptor
        if resource.schema is None and not isinstance(found.get("data"), list):
            shown = masked_source(source)
            what = f"the resource {resource.name!r} of {shown!r} is not a table: it is left out"
            warn(what)
            continue
        files.check(found)
        if _is_empty(found):
            # A text file or a sheet of no fields is empty, and cannot be read as a table.
            found["data"] = []
        elif not _field_names(found):
            found["schema"] = {**(found.get("schema") or {}), **_inferred(files, found, options)}
        shown = clone({key: value for key, value in found.items() if key != "data"})
        shown["name"] = unique_name(resource.name, taken)
        shown.setdefault("path", f"{shown['name']}.csv")
        missing = missing_texts(options.missing, _field_names(found), shown["schema"])
        taken.append(shown["name"])
        descriptors.append(found)
        all_missing.append(missing)
        package.descriptor["resources"].append(shown)
    return PackageSource(files, descriptors, all_missing, options)


def _is_empty(descriptor: dict[str, Any]) -> bool:
    """Return whether a resource has neither fields nor rows, as a dump of nothing has."""
    fields = (descriptor.get("schema") or {}).get("fields")
    return fields == [] and descriptor.get("count_of_rows") == 0


def _inferred(files: PackageFiles, descriptor: dict[str, Any], options: Options) -> dict[str, Any]:
    """Return the schema of a resource that brings none, from its first file."""
    missing_values = (descriptor.get("schema") or {}).get("missingValues", [""])
    for table in _tables(files, descriptor):
        known = getattr(table, "fields", None)
        if known is not None:
            return {"fields": clone(known), "missingValues": list(missing_values)}
        schema, _ = infer_schema(
            table.names,
            table.sample,
            missing_values=missing_values,
            spread=table.spread,
            strip=options.strips(table),
        )
        return schema
    return {"fields": []}
