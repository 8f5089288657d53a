"""One table as a source: its names, its schema and its typed batches."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from operator import is_
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import UnknownFieldError, nearest
from dataflows.package import clone, unique_name
from dataflows.processors.loaders.headers import unique_headers
from dataflows.processors.loaders.load_advice import advising, table_advice
from dataflows.processors.loaders.missing_texts import missing_texts
from dataflows.processors.loaders.source_name import source_name
from dataflows.processors.loaders.tables import open_table
from dataflows.stages import Batches
from dataflows.streams import Stream, codecs_of
from dataflows.types import codec_for
from dataflows.types.inference import infer_native, infer_schema
from dataflows.types.octets import holds_any
from dataflows.watching.run_progress import SourceProgress, unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.chain import Step
    from dataflows.package import Package, Resource
    from dataflows.processors.loaders.missing_texts import MissingTexts
    from dataflows.processors.loaders.tables import Table
    from dataflows.selectors import Resources
    from dataflows.types import Codec

__all__ = ["Options", "TableSource", "open_source", "strip_columns", "text_columns"]

_NESTED = ("array", "object", "geojson")
_WITH_FRACTIONS = ("datetime", "time")
_BLANKS = " \t\n\r"
# What stands for a home or a variable may be in no path of a package.
_UNSAFE = re.compile(r"^[~$]|\$(?=[\w{])|^%(?=.+%)")
_RAW = codec_for({"type": "string"}, ())
_RAW_OR_NULL = codec_for({"type": "string"})


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `load`, checked."""

    name: str | None = None
    resources: Resources = None
    strip: bool | None = None
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

    def strips(self, table: Table) -> bool:
        """Tell whether blanks around texts go: by default where the format is text itself."""
        return self.strip if self.strip is not None else not getattr(table, "keeps_texts", False)


class TableSource:
    """A table that has been looked at.

    Args:
        table: The table.
        headers: Its headers, each of them once.
        sources: For each field of the schema, from which header it comes.
        name: The name of the resource.
        options: The options of `load`.
        missing: What `extract_missing_values` asks for.
        types: For each field that is overridden to be a text, how its typed values are written.
    """

    def __init__(
        self,
        table: Table,
        headers: list[str],
        sources: dict[str, str],
        name: str,
        options: Options,
        missing: MissingTexts | None = None,
        types: Mapping[str, Codec] | None = None,
    ) -> None:
        self.names = [name]
        self._table = table
        self._headers = headers
        self._sources = sources
        self._options = options
        self._missing = missing
        self._types = types or {}

    def progress(self) -> list[SourceProgress]:
        """Return what tells how far the table has been read."""
        return [SourceProgress(self.names[0], getattr(self._table, "measure", unmeasured))]

    @property
    def table(self) -> Table:
        """The table, as it was opened."""
        return self._table

    def close(self) -> None:
        """Let go of what the table holds open: at the end of the run, or when it is not read."""
        close = getattr(self._table, "close", None)
        if close is not None:
            close()

    def rest(self) -> None:
        """Keep no connection until the table is read: it is one of several."""
        rest = getattr(self._table, "rest", None)
        if rest is not None:
            rest()

    def read(self, step: Step, targets: Iterator[Resource]) -> Iterator[Any]:
        """Yield the batches of the table."""
        target = next(targets)
        tally = step.account.tally_of(target.name)
        stream = Stream(target, target, iter(()), step, tally, step.run)
        stream.use_policy(step.hooks.on_error)
        yield Batches(self._batches(stream))

    def _batches(self, stream: Stream) -> Iterator[Batch]:
        options, missing, fields = self._options, self._missing, stream.target.fields
        codecs = codecs_of(stream.target)
        keeps_empty = "" not in fields.missing_values or options.cast != "schema"
        as_strings = options.cast == "strings" or options.infer == "strings"
        strips = options.strips(self._table)

        try:
            limits = [one for one in (options.limit_rows, stream.run.limit_rows) if one is not None]
            for cells, length in self._table.chunks(min(limits, default=None)):
                found = text_columns(cells, as_strings=as_strings, keeps_empty=keeps_empty)
                read = dict(zip(self._headers, found, strict=True))
                columns = {name: read[header] for name, header in self._sources.items()}
                for name, codec in self._types.items():
                    columns[name] = _as_texts(columns[name], codec)
                if missing is not None:
                    columns[missing.target] = missing.column(read, length)
                stream.tally.added += length
                with advising(table_advice):
                    batch = typed_batch(columns, length, codecs, options, stream, strips=strips)
                yield batch
                stream.seen += length
        finally:
            stream.tally.notes.update(self._table.notes)


def typed_batch(
    columns: dict[str, Column],
    length: int,
    codecs: Mapping[str, Codec],
    options: Options,
    stream: Stream,
    *,
    strips: bool,
) -> Batch:
    """Return columns as they were read as a batch, stripped and cast as the options of `load` say.

    What does not fit goes where the policy of the stream says.
    """
    if strips:
        columns = strip_columns(columns)
    if options.cast != "schema":
        return Batch(columns, length, stream.seen + 1)
    for name, codec in codecs.items():
        if codec.type in _NESTED:
            columns[name] = _with_floats(columns[name])
    return stream.cast(Batch(columns, length, stream.seen + 1), codecs)


def text_columns(cells: list[Any], *, as_strings: bool, keeps_empty: bool) -> list[Column]:
    """Return cells as columns: of text, or of the values that the format has.

    Args:
        cells: For each field an Arrow array, of text or typed, or a list of values.
        as_strings: Whether values are to be made text.
        keeps_empty: Whether an empty text is a text and not a missing value.
    """
    columns = []
    for cell in cells:
        if isinstance(cell, pa.Array) and not pa.types.is_string(cell.type):
            column = Column(arrow=cell)
            if as_strings:
                values = ["" if value is None else _as_string(value) for value in column.values]
                column = Column(values=values)
            columns.append(column)
        elif isinstance(cell, pa.Array):
            if keeps_empty:
                filled = pc.fill_null(cell, "") if cell.null_count else cell
                columns.append(Column(_RAW, text=filled))
            else:
                columns.append(Column(_RAW_OR_NULL, text=cell))
        elif as_strings:
            values = ["" if value is None else _as_string(value) for value in cell]
            columns.append(Column(values=values))
        else:
            columns.append(Column(values=cell))
    return columns


def strip_columns(columns: dict[str, Column]) -> dict[str, Column]:
    """Return columns whose texts have no blanks around them."""
    return {name: _stripped(column) for name, column in columns.items()}


def _with_floats(column: Column) -> Column:
    """Return a column of arrays or objects, numbers inside them as Python's JSON has them.

    A number that is a cell is exact. Those inside a cell are floats wherever it comes from: from
    JSON as well as from the text of a CSV file.
    """
    if column.text is not None or not {dict, list} & set(map(type, column.values)):
        return column
    return Column(values=[_floats(value) for value in column.values])


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _as_string(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value.isoformat() if hasattr(value, "isoformat") else value)


def _as_texts(column: Column, codec: Codec) -> Column:
    """Return typed values as texts; a text among them, as SQLite may have one, stays as it is."""
    if column.text is not None:
        return column
    if codec.type in _WITH_FRACTIONS:
        return Column(values=[None if one is None else _as_string(one) for one in column.values])
    if column.only_arrow is None and str in set(map(type, column.values)):
        values = column.values
        texts = [one if isinstance(one, str) else codec.values_to_plain([one]) for one in values]
        return Column(values=[one if isinstance(one, str) else one[0].as_py() for one in texts])
    return Column(_RAW_OR_NULL, text=column.plain(codec))


def _strip_text(text: pa.StringArray) -> pa.StringArray:
    """Return texts without blanks around them; the same array when there are none.

    Only what begins or ends with a space, a tab or a line end is stripped, then of all white space.
    """
    if not holds_any(text, *_BLANKS):
        return text
    trimmed = pc.utf8_trim(text, characters=_BLANKS)
    if trimmed.equals(text):
        return text
    return pc.if_else(pc.equal(trimmed, text), text, pc.utf8_trim_whitespace(text))


def _stripped(column: Column) -> Column:
    if column.text is not None:
        text = _strip_text(column.text)
        if text is column.text or column.codec is None:
            return column
        return Column(column.codec, text=column.codec.missing_to_null(text))
    if column.only_arrow is not None:
        # Texts come as text: what is typed has none, and need not become Python values for it.
        return column
    values = column.values
    kinds = set(map(type, values))
    if str not in kinds:
        return column
    texts = values if kinds == {str} else [value for value in values if isinstance(value, str)]
    if all(map(is_, texts, map(str.strip, texts))):
        return column
    return Column(values=[_strip_value(value) for value in values])


def _strip_value(value: Any) -> Any:
    if isinstance(value, str) and value and (value[0] in _BLANKS or value[-1] in _BLANKS):
        return value.strip()
    return value


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
    types = {} if getattr(table, "fields", None) is None else _codecs(schema)
    sources = _override(schema, names, options)
    types = {
        one["name"]: types[header]
        for one in schema["fields"]
        if one.get("type") == "string" and (header := sources[one["name"]]) in types
    }
    missing = missing_texts(options.missing, names, schema)
    wanted = set(sources.values())
    if missing is None and len(wanted) < len(names) and hasattr(table, "select"):
        # Some formats read the columns alone that are wanted.
        places = [place for place, name in enumerate(names) if name in wanted]
        names = [names[place] for place in places]
        table.select(places)
    taken = [str(one.get("name")) for one in package.descriptor["resources"]]
    base = options.name or source_name(source)
    name = base if options.name else unique_name(base, taken)
    descriptor = {
        "name": name,
        "path": f"{_UNSAFE.sub('_', name)}.{table.format}",
        "profile": "tabular-data-resource",
        "schema": schema,
        "format": options.source_options.get("format", table.format),
    }
    if "encoding" in options.source_options:
        descriptor["encoding"] = options.source_options["encoding"]
    package.descriptor["resources"].append(descriptor)
    return TableSource(table, names, sources, name, options, missing, types)


def _schema(
    names: list[str], table: Table, options: Options, missing_values: list[str]
) -> dict[str, Any]:
    known = getattr(table, "fields", None)
    if known is not None and options.infer != "strings":
        # Equal headers have been given other names.
        fields = [{**one, "name": name} for one, name in zip(clone(known), names, strict=True)]
        return {"fields": fields, "missingValues": list(missing_values)}
    if options.infer == "full":
        schema, _ = infer_schema(
            names,
            table.sample,
            missing_values=missing_values,
            spread=table.spread,
            strip=options.strips(table),
        )
        return schema
    if options.infer == "pytypes":
        return infer_native(names, table.sample, missing_values)
    fields = [{"name": name, "type": "string", "format": "default"} for name in names]
    return {"fields": fields, "missingValues": list(missing_values)}


def _codecs(schema: dict[str, Any]) -> dict[str, Codec]:
    """Return how the values of each field are written that is no text."""
    return {
        one["name"]: codec_for(one)
        for one in schema["fields"]
        if one.get("type") not in ("string", "any", None)
    }


def _override(schema: dict[str, Any], names: list[str], options: Options) -> dict[str, str]:
    """Change the schema as the user says; return for each field from which header it comes.

    Raises:
        FlowError: The user names a type that there is not, or one that its constraints do not fit.
        UnknownFieldError: The user names a field that is not there.
    """
    schema.update(clone(options.override_schema))
    fields, known = {one["name"]: one for one in schema["fields"]}, set(names)
    for name in fields:
        if name not in known:
            what = f"override_schema names {name!r}, which is not a field of the source"
            raise UnknownFieldError(what, fix=nearest(name, names))
    for name, properties in options.override_fields.items():
        if name not in fields:
            what = f"override_fields names {name!r}, which is not a field of the source"
            raise UnknownFieldError(what, fix=nearest(name, fields))
        fields[name].update(clone(properties))
    for one in schema["fields"]:
        codec_for(one)
    return {one["name"]: name for name, one in fields.items()}
