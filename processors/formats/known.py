"""Which formats are read and written, and by what; each is imported when it is first used.

A format is added by one line here, and its module; or by a plugin: see `dataflows.plugins`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataflows.processors.formats.writing import Writer

__all__ = ["READERS", "WRITERS", "reader_named", "writer_named"]

_HERE = "dataflows.processors.formats"

READERS: dict[str, str] = {
    "excel-xml": f"{_HERE}.sheet_reader:open_sheet",
    "ods": f"{_HERE}.sheet_reader:open_sheet",
    "xls": f"{_HERE}.sheet_reader:open_sheet",
    "xlsm": f"{_HERE}.sheet_reader:open_sheet",
    "xlsx": f"{_HERE}.sheet_reader:open_sheet",
    "arrow": f"{_HERE}.arrow_reader:ArrowTable",
    "arrows": f"{_HERE}.arrow_reader:ArrowTable",
    "feather": f"{_HERE}.arrow_reader:ArrowTable",
    "geojson": f"{_HERE}.geojson_reader:GeojsonTable",
    "htm": f"{_HERE}.html_reader:open_html",
    "html": f"{_HERE}.html_reader:open_html",
    "parquet": f"{_HERE}.parquet_reader:ParquetTable",
    "xml": f"{_HERE}.xml_reader:XmlTable",
}
"""For the name of a format, or an ending, the class that reads a file of it: a `Table`."""

WRITERS: dict[str, str] = {
    "excel": f"{_HERE}.xlsx_writer:XlsxWriter",
    "xlsx": f"{_HERE}.xlsx_writer:XlsxWriter",
    "arrow": f"{_HERE}.arrow_writer:ArrowWriter",
    "feather": f"{_HERE}.arrow_writer:FeatherWriter",
    "parquet": f"{_HERE}.parquet_writer:ParquetWriter",
    "csv": f"{_HERE}.csv_writer:CsvWriter",
    "json": f"{_HERE}.json_writer:JsonWriter",
    "geojson": f"{_HERE}.geojson_writer:GeojsonWriter",
    "ndjson": f"{_HERE}.json_writer:NdjsonWriter",
    "tsv": f"{_HERE}.tsv_writer:TsvWriter",
}
"""For the name of a format, or an ending, the class that writes a file of it."""


def reader_named(name: str) -> Any:
    """Return the class that reads a format; None where it is not one of these.

    Examples:
        >>> reader_named("no such format") is None
        True
    """
    place = READERS.get(name)
    if place is not None:
        return _imported(place)
    return None if name in WRITERS or not name else _plugin_format().plugin_reader(name)


def writer_named(name: str) -> type[Writer] | None:
    """Return the class that writes a format; None where there is none.

    Examples:
        >>> writer_named("csv").extension
        '.csv'
    """
    place = WRITERS.get(name)
    found: type[Writer] | None = None
    if place is not None:
        found = _imported(place)
    elif name:
        found = _plugin_format().plugin_writer(name)
    return found


def _plugin_format() -> Any:
    # It needs the engine, and is not needed for formats of ours.
    return import_module(f"{_HERE}.plugin_format")


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
