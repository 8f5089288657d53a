"""One table as a file of every format that can be loaded."""

from __future__ import annotations

import datetime
import tempfile
import zipfile
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from dataflows import Flow, dump_to_path, set_type

__all__ = ["FORMATS", "ROWS", "WRITTEN", "file_of"]

WRITTEN = ("csv", "tsv", "json", "ndjson", "geojson", "xlsx", "parquet", "arrow", "feather")
"""The formats that are dumped, too."""
FORMATS = (*WRITTEN, "arrows", "ods", "xml", "html", "excel-xml")

ROWS: list[dict[str, Any]] = [
    {
        "id": number,
        "name": None if number % 7 == 0 else f"name é {number}",
        "ratio": Decimal(number) / 4,
        "good": number % 3 == 0,
        "day": datetime.date(2020, 1, 1) + datetime.timedelta(number),
        "at": datetime.datetime(2020, 1, 2, 3, 4, 5) + datetime.timedelta(hours=number),  # noqa: DTZ001 - tables have no zones
    }
    for number in range(60)
]
_OFFICE = "urn:schemas-microsoft-com:office:spreadsheet"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"


@cache
def file_of(format_: str) -> bytes:
    """Return the bytes of a file of that format with the rows; of XML, HTML and ODS with texts."""
    if format_ in WRITTEN:
        with tempfile.TemporaryDirectory() as folder:
            typed = set_type("id", type="integer")
            Flow(ROWS, typed, dump_to_path(folder, format=format_)).process()
            (path,) = Path(folder).glob(f"res_1.{format_}")
            return path.read_bytes()
    if format_ == "arrows":
        sink = pa.BufferOutputStream()
        table = pa.Table.from_pylist(ROWS)
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue().to_pybytes()
    return {"xml": _xml, "html": _html, "excel-xml": _excel_xml, "ods": _ods}[format_]()


def _texts() -> list[dict[str, str]]:
    return [
        {key: "" if value is None else str(value) for key, value in row.items()} for row in ROWS
    ]


def _xml() -> bytes:
    rows = "".join(
        f"<row>{''.join(f'<{key}>{value}</{key}>' for key, value in row.items())}</row>"
        for row in _texts()
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rows>{rows}</rows>'.encode()


def _html() -> bytes:
    lines = [[f"<th>{key}</th>" for key in ROWS[0]]]
    lines += [[f"<td>{value}</td>" for value in row.values()] for row in _texts()]
    rows = "".join(f"<tr>{''.join(line)}</tr>" for line in lines)
    return f"<html><meta charset=utf-8><body><table>{rows}</table></body></html>".encode()


def _excel_xml() -> bytes:
    lines = [list(ROWS[0]), *[list(row.values()) for row in _texts()]]
    cell = '<ss:Cell><ss:Data ss:Type="String">{}</ss:Data></ss:Cell>'
    rows = "".join(
        f"<ss:Row>{''.join(cell.format(value) for value in line)}</ss:Row>" for line in lines
    )
    return (
        f'<?xml version="1.0"?><ss:Workbook xmlns:ss="{_OFFICE}"><ss:Worksheet ss:Name="S">'
        f"<ss:Table>{rows}</ss:Table></ss:Worksheet></ss:Workbook>"
    ).encode()


def _ods() -> bytes:
    spaces = " ".join(f'xmlns:{name}="{_OASIS}{name}:1.0"' for name in ("office", "table", "text"))
    lines = [list(ROWS[0]), *[list(row.values()) for row in _texts()]]
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = "".join(
        f"<table:table-row>{''.join(cell.format(one) for one in line)}</table:table-row>"
        for line in lines
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.ods")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            file.writestr("META-INF/manifest.xml", f'<manifest xmlns="{_OASIS}manifest:1.0"/>')
            file.writestr(
                "content.xml",
                f"<office:document-content {spaces}><office:body><office:spreadsheet>"
                f'<table:table table:name="S">{rows}</table:table>'
                "</office:spreadsheet></office:body></office:document-content>",
            )
        return path.read_bytes()
