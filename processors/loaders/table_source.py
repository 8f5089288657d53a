"""One table as a source: its names, its schema and its typed batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import ArgumentError, UnknownFieldError, nearest
from dataflows.package import clone, unique_name
from dataflows.processors.loaders.headers import unique_headers
from dataflows.processors.loaders.tables import open_table, source_name
from dataflows.stages import Batches
from dataflows.stream import Stream, codecs_of
from dataflows.types import codec_for
from dataflows.types.inference import infer_native, infer_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Package, Resource
    from dataflows.processors.loaders.tables import Table
    from dataflows.selectors import Resources

__all__ = ["Options", "TableSource", "open_source", "strip_columns", "text_columns"]

_BLANKS = " \t\n\r"
_RAW = codec_for({"type": "string"}, ())


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `load`, checked."""

    name: str | None = None
    resources: Resources = None
    strip: bool = True
    limit_rows: int | None = None
    infer: str = "full"
    cast: str = "schema"
    override_schema: dict[str, Any] = field(default_factory=dict)
    override_fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: bool | dict[str, Any] | None = None
    deduplicate: bool = False
    case_sensitive: bool = True
    duplicate_format: str = " (%s)"
    source_options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MissingTexts:
    """Which texts of which fields are kept in which object field."""

    fields: list[str]
    target: str
    values: list[str]


class TableSource:
    """A table that has been looked at.

    Args:
        table: The table.
        options: The options of `load`.
        missing: What `extract_missing_values` asks for.
    """

    def __init__(self, table: Table, options: Options, name: str, missing: MissingTexts | None = None) -> None:
        self.names = [name]
        self._table = table
        self._options = options
        self._missing = missing

    def read(self, step: Step, targets: Iterator[Resource]) -> Iterator[Any]:
        """Yield the batches of the table."""
        target = next(targets)
        stream = Stream(target, target, iter(()), step, step.account.tally_of(target.name), step.run)
        stream.use_policy(step.hooks.on_error)
        yield Batches(self._batches(stream))

    def _batches(self, stream: Stream) -> Iterator[Batch]:
        options, first_row = self._options, 1
        names = stream.target.fields.field_names
        codecs = codecs_of(stream.target)
        keeps_empty = "" not in stream.target.fields.missing_values or options.cast != "schema"
        as_strings = options.cast == "strings" or options.infer == "strings"
        try:
            for cells, length in self._table.chunks(options.limit_rows):
                columns = text_columns(cells, as_strings=as_strings, keeps_empty=keeps_empty)
                if self._missing is not None:
                    columns.append(_missing_column(self._missing, dict(zip(names, columns, strict=False)), length))
                if options.strip:
                    columns = strip_columns(columns)
                batch = Batch(dict(zip(names, columns, strict=True)), length, first_row)
                first_row += length
                stream.tally.added += length
                yield batch if options.cast != "schema" else stream.cast(batch, codecs)
                stream.seen += length
        finally:
            stream.tally.notes.update(self._table.notes)


def text_columns(cells: list[Any], *, as_strings: bool, keeps_empty: bool) -> list[Column]:
    """Return cells as columns: of text, or of the values that the format has.

    Args:
        cells: For each field an Arrow array of text, or a list of values.
        as_strings: Whether values are to be made text.
        keeps_empty: Whether an empty text is a text and not a missing value.
    """
    columns = []
    for cell in cells:
        if isinstance(cell, pa.Array):
            columns.append(Column(_RAW, text=pc.fill_null(cell, "") if keeps_empty and cell.null_count else cell))
        elif as_strings:
            columns.append(Column(values=["" if value is None else _as_string(value) for value in cell]))
        else:
            columns.append(Column(values=cell))
    return columns


def strip_columns(columns: list[Column]) -> list[Column]:
    """Return columns whose texts have no blanks around them."""
    return [_stripped(column) for column in columns]


def _as_string(value: Any) -> str:
    return value if isinstance(value, str) else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _strip_text(text: pa.StringArray) -> pa.StringArray:
    """Return texts without blanks around them; the same array when there are none.

    Only what begins or ends with a space, a tab or a line end is stripped, then of all white space.
    """
    trimmed = pc.utf8_trim(text, characters=_BLANKS)
    if trimmed.equals(text):
        return text
    return pc.if_else(pc.equal(trimmed, text), text, pc.utf8_trim_whitespace(text))


def _stripped(column: Column) -> Column:
    if column.text is not None:
        text = _strip_text(column.text)
        return column if text is column.text else Column(column.codec, text=text)
    values = column.values
    if str not in set(map(type, values)):
        return column
    return Column(values=[
        value.strip() if isinstance(value, str) and value and (value[0] in _BLANKS or value[-1] in _BLANKS) else value
        for value in values
    ])


def _missing_column(missing: MissingTexts, columns: dict[str, Column], length: int) -> Column:
    found: list[dict[str, Any]] = [{} for _ in range(length)]
    wanted = set(missing.values)
    for name in missing.fields:
        for row, value in zip(found, columns[name].values, strict=True):
            text = "" if value is None and columns[name].text is not None else value
            if isinstance(text, str) and text in wanted:
                row[name] = text
    return Column(values=found)


def open_source(source: Any, options: Options, package: Package) -> TableSource:
    """Look at a table, and add it to the package as a resource.

    Raises:
        SourceLoadError: It has no header, or equal headers.
        UnknownFieldError: `override_fields` names a field that is not there.
    """
    table = open_table(source, options.source_options)
    names = unique_headers(
        table.names,
        deduplicate=options.deduplicate,
        case_sensitive=options.case_sensitive,
        duplicate_format=options.duplicate_format,
    )
    missing_values = options.override_schema.get("missingValues", [""])
    schema = _schema(names, table, options, missing_values)
    schema.update(clone(options.override_schema))
    _override(schema, options.override_fields)
    missing = _missing_texts(options.missing, names, schema)
    if missing is not None:
        added = {"name": missing.target, "type": "object", "format": "default", "values": missing.values}
        schema["fields"].append(added)
    taken = [str(one.get("name")) for one in package.descriptor["resources"]]
    base = options.name or source_name(source)
    name = base if options.name else unique_name(base, taken)
    descriptor = {
        "name": name,
        "path": f"{name}.{table.format}",
        "profile": "tabular-data-resource",
        "schema": schema,
        "format": options.source_options.get("format", table.format),
    }
    if "encoding" in options.source_options:
        descriptor["encoding"] = options.source_options["encoding"]
    package.descriptor["resources"].append(descriptor)
    return TableSource(table, options, name, missing)


def _schema(names: list[str], table: Table, options: Options, missing_values: list[str]) -> dict[str, Any]:
    if options.infer == "full":
        schema, _ = infer_schema(
            names, table.sample, missing_values=missing_values, spread=table.spread, strip=options.strip
        )
        return schema
    if options.infer == "pytypes":
        return infer_native(names, table.sample, missing_values)
    fields = [{"name": name, "type": "string", "format": "default"} for name in names]
    return {"fields": fields, "missingValues": list(missing_values)}


def _override(schema: dict[str, Any], overrides: dict[str, dict[str, Any]]) -> None:
    fields = {one["name"]: one for one in schema["fields"]}
    for name, properties in overrides.items():
        if name not in fields:
            what = f"override_fields names {name!r}, which is not a field of the source"
            raise UnknownFieldError(what, fix=nearest(name, fields))
        fields[name].update(clone(properties))


def _missing_texts(wanted: bool | dict[str, Any] | None, names: list[str], schema: dict[str, Any]) -> MissingTexts | None:
    if not wanted:
        return None
    given = wanted if isinstance(wanted, dict) else {}
    unknown = set(given) - {"source", "target", "values"}
    if unknown:
        what = f"extract_missing_values has an unknown key {sorted(unknown)[0]!r}"
        raise ArgumentError(what, fix="the keys are source, target and values.")
    source = given.get("source")
    fields = names if source is None else [source] if isinstance(source, str) else list(source)
    for name in fields:
        if name not in names:
            what = f"extract_missing_values names {name!r}, which is not a field of the source"
            raise UnknownFieldError(what, fix=nearest(name, names))
    values = given.get("values") or schema.get("missingValues", [""])
    return MissingTexts(fields, given.get("target") or "missingValues", list(values))


