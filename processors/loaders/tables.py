"""Tables: sources of one table each, looked at in the package phase and read in the data phase."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dataflows.errors import SourceLoadError
from dataflows.processors.formats.known import reader_named
from dataflows.processors.loaders.open_file import is_open_file, open_file_table
from dataflows.processors.loaders.packed_table import PackedTable
from dataflows.processors.loaders.source_advice import path_advice
from dataflows.processors.loaders.tabulator_table import TabulatorTable
from dataflows.processors.loaders.users_readers import USERS_READERS, parser_options
from dataflows.processors.storage.compressed import (
    COMPRESSIONS,
    PackedFile,
    compression_of,
    packed_files,
    without_packing,
)
from dataflows.processors.storage.known import opener_of, table_class_of
from dataflows.processors.storage.sql_engine import is_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from dataflows.processors.storage.opened import Arriving

    Chunk = tuple[list["pa.StringArray | list[Any]"], int]

__all__ = ["Table", "TabulatorTable", "is_table_ending", "must_be_file", "open_table"]


_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]+://", re.IGNORECASE)
_CSV_OPTIONS = {
    "encoding",
    "headers",
    "compression",
    "sample_size",
    "delimiter",
    "quotechar",
    "doublequote",
    "escapechar",
    "quoting",
    "skipinitialspace",
    "lineterminator",
}
_JSON_OPTIONS = {"encoding", "property", "sample_size", "names"}
_OWN = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "json": "json",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
}


_PACKED_IN_THEMSELVES = ("parquet", "arrow", "arrows", "feather")
_ENDINGS_OF_TABULATOR = ("xls", "xlsx", "ods", "html", "xml", "geojson")


class Table(Protocol):
    """A source of one table, after a look at its beginning.

    `format` is the detected format, `names` the header, `sample` the first rows and `spread` rows
    from further on; `notes` counts, after reading, what had to be mended. A table that knows the
    types of its fields has besides `fields`, their descriptors: then nothing is inferred.
    One whose `keeps_texts` is true has texts to the character: they are not stripped unless asked.
    """

    format: str
    names: list[str]
    sample: list[list[Any]]
    spread: list[list[Any]]
    notes: dict[str, int]

    def chunks(self, limit_rows: int | None) -> Iterator[Chunk]:
        """Yield the rows as columns, each an Arrow array or a list of values, and their number."""


def open_table(source: Any, options: Mapping[str, Any]) -> Table:
    """Return the table of a source: by our own readers where they can, else by tabulator.

    Args:
        source: A path, a URL, ``-`` for standard input, an open file, bytes, or what tabulator
            takes.
        options: The options of the format and the scheme.

    Raises:
        OSError: There is no such file, or it cannot be read.
        SourceLoadError: It is no table.
    """
    by_parser = parser_options(source, options)
    if by_parser is not None:
        return TabulatorTable(source, by_parser)
    left_out = ("format", "scheme", *USERS_READERS)
    given = {name: value for name, value in options.items() if name not in left_out}
    format_ = options.get("format")
    if is_open_file(source):
        return open_file_table(
            source,
            format_,
            given,
            open_local=lambda path, left: _local_table(path, format_, left),
            open_arriving=partial(_arriving_table, format_=format_),
        )
    if isinstance(source, PackedFile):
        return _packed_table(source, format_, given)
    scheme = source.partition("://")[0] if isinstance(source, str) and "://" in source else None
    scheme = "sql" if is_database(source) else scheme
    elsewhere = None if scheme is None else _elsewhere(scheme, source, format_, given)
    if elsewhere is not None:
        return elsewhere
    if isinstance(source, str) and options.get("scheme", "file") == "file":
        path = source.removeprefix("file://")
        if not _SCHEME.match(path):
            return _local_table(str(Path(path)), format_, given)
    return TabulatorTable(source, options)


def _local_table(path: str, format_: str | None, options: Mapping[str, Any]) -> Table:
    """Return the table in a file on this machine."""
    if compression_of(path, options) is not None:
        return _packed_table(_only_file(path, options), format_, options)
    given = without_packing(options)
    kind = str(format_ or Path(path).suffix.lstrip(".")).lower()
    own_table = _own_table(path, _OWN.get(kind), {**given, **_unpacked_by_now(kind)})
    if own_table is not None:
        return own_table
    must_be_file(path)
    reader = reader_named(kind)
    if reader is not None:
        made: Table = reader(path, kind, {**given, **_own_ratio(kind, options)})
        return made
    return TabulatorTable(path, {**given, **({} if format_ is None else {"format": format_})})


def _elsewhere(
    scheme: str, address: str, format_: str | None, options: Mapping[str, Any]
) -> Table | None:
    """Return the table at an address of one of the known schemes; None where it is none of them."""
    table_class, opener = table_class_of(scheme), opener_of(scheme)
    if table_class is not None:
        table: Table = table_class(address, format_, options)
        return table
    if opener is None:
        return None
    from dataflows.processors.loaders.arriving_table import ArrivingTable
    from dataflows.processors.storage.opened import Arriving

    arriving = Arriving(opener(address, options))
    return ArrivingTable(arriving, partial(_arriving_table, format_=format_))


def is_table_ending(ending: str) -> bool:
    """Return whether files with an ending are tables.

    Examples:
        >>> is_table_ending("csv"), is_table_ending("txt")
        (True, False)
    """
    return ending in _OWN or ending in _ENDINGS_OF_TABULATOR or reader_named(ending) is not None


def _only_file(path: str, options: Mapping[str, Any]) -> PackedFile:
    must_be_file(path)
    found = packed_files(path, options, is_table=is_table_ending)
    if len(found) > 1:
        what = f"{path!r} holds {len(found)} tables"
        raise SourceLoadError(what, fix=f"say which: innerpath={found[0].inner!r}.")
    return found[0]


def _packed_table(packed: PackedFile, format_: str | None, options: Mapping[str, Any]) -> Table:
    """Return the table in a compressed file: read as it is unpacked, where its format can be."""
    given = without_packing(options)
    kind = str(format_ or packed.ending or "csv").lower()
    own = {**given, **_unpacked_by_now(kind)}

    def stream(one: PackedFile) -> Table | None:
        is_twice_packed = f".{one.ending}" in COMPRESSIONS
        return None if is_twice_packed else _own_table(one, _OWN.get(kind), own)

    def whole(path: str) -> Table:
        told = {} if f".{kind}" in COMPRESSIONS else {"format": kind}
        return open_table(path, {**given, **told, **_own_ratio(kind, options)})

    return PackedTable(packed, stream, whole)


def _own_ratio(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return how much may come out of a file of a format that is packed in itself."""
    is_given = kind in _PACKED_IN_THEMSELVES and "max_ratio" in options
    return {"max_ratio": options["max_ratio"]} if is_given else {}


def _unpacked_by_now(kind: str) -> dict[str, str]:
    """Return what tells the CSV reader not to unpack a file, whatever its name."""
    return {"compression": "no"} if _OWN.get(kind) in ("csv", "tsv") else {}


def _arriving_table(arriving: Arriving, format_: str | None) -> Table:
    """Return the table in a file from elsewhere.

    Formats that are read from their beginning to their end are read as they arrive. The others
    are read from a temporary file, once all of it is there.
    """
    from dataflows.processors.loaders.arriving_table import arriving_compression, arriving_ending
    from dataflows.processors.loaders.arriving_text import slow_table

    options = dict(arriving.opened.options)
    format_ = None if format_ == "gsheet" else format_  # what is had of a sheet is CSV
    if compression_of(arriving.opened.name, options) not in (None, "gz"):
        return open_table(arriving.whole(), {**options, **({"format": format_} if format_ else {})})
    ending, told = arriving_ending(arriving), arriving.opened.format
    known = ending in _OWN or reader_named(ending) is not None
    kind = str(format_ or (ending if known else told or ending) or "csv").lower()
    own, compression = _OWN.get(kind), arriving_compression(arriving)
    packed = {"compression": compression} if own in ("csv", "tsv") or compression == "gz" else {}
    own_table: Table | None = slow_table(arriving, str(own), {**packed, **options})
    own_table = own_table or _own_table(arriving, own, {**packed, **options})
    if own_table is not None:
        arriving.forget_name()
        return own_table
    if kind != ending:
        options["format"] = kind
    return open_table(arriving.whole(), options)


def _own_table(
    path: str | Arriving | PackedFile, own: str | None, options: Mapping[str, Any]
) -> Table | None:
    if own in ("csv", "tsv") and set(options) <= _CSV_OPTIONS:
        from dataflows.processors.formats.csv_reader import Unsupported
        from dataflows.processors.loaders.csv_table import CsvTable

        if isinstance(path, str):
            must_be_file(path)
        try:
            return CsvTable(path, own, options)
        except Unsupported:
            return None
    if own in ("json", "ndjson") and set(options) <= _JSON_OPTIONS:
        from dataflows.processors.formats.json_reader import JsonTable

        if isinstance(path, str):
            must_be_file(path)
        return JsonTable(path, own, options)
    return None


def must_be_file(path: str) -> None:
    """Raise for what is no file that can be read; the nearest name in its folder is offered.

    Raises:
        SourceLoadError: There is no such file, or it is a folder or a pipe, or may not be read.
    """
    if Path(path).is_fifo():
        # It is looked at more than once, and its bytes come only once.
        what = f"{path!r} is a pipe, which can be read only once"
        raise SourceLoadError(what, fix="open it: load(open(path, 'rb'), format='csv').")
    if Path(path).is_dir():
        folder = IsADirectoryError(21, "Is a directory", path)
        raise SourceLoadError(str(folder), fix="name a file in it.")
    try:
        with open(path, "rb"):  # noqa: PTH123 - the error names the path as it was given
            return
    except FileNotFoundError as error:
        raise SourceLoadError(str(error), fix=path_advice(path)) from error
    except PermissionError as error:
        raise SourceLoadError(str(error), fix="let this user read the file.") from error
