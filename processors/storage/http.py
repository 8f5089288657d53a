"""Files on the web: http and https."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

from dataflows.processors.formats.known import READERS
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.http_addresses import export_address, file_name, origin_of
from dataflows.processors.storage.http_cache import CacheEntry
from dataflows.processors.storage.http_options import http_options
from dataflows.processors.storage.http_request import HttpRequest
from dataflows.processors.storage.http_stream import HttpStream
from dataflows.processors.storage.opened import OpenedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.storage.http_options import HttpOptions

__all__ = ["open_http"]

_FORMATS = {
    "application/csv": "csv",
    "application/geo+json": "geojson",
    "application/json": "json",
    "application/jsonl": "ndjson",
    "application/ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/x-ndjson": "ndjson",
    "text/csv": "csv",
    "text/html": "html",
    "text/json": "json",
    "text/tab-separated-values": "tsv",
}
_NOT_MODIFIED = 304
_TEXTS = ("csv", "html", "json", "ndjson", "tsv")
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:\-]+)", re.IGNORECASE)


def open_http(address: str, options: Mapping[str, Any]) -> OpenedFile:
    """Open an address of http or https; one GET a load.

    Args:
        address: The address; that of a public Google sheet is read as CSV.
        options: ``http_headers``, ``params``, ``auth``, ``timeout_seconds`` (60: how long nothing
            may arrive), ``total_seconds``, ``retries`` (3), ``cache`` (True or a folder),
            ``sha256``, ``allow_private``; the others are for the format.

    Raises:
        ArgumentError: One of the options is of the wrong kind.
        SourceLoadError: There is no such file, or it cannot be had.
    """
    wanted, left = http_options(options)
    origin_of(address)
    sheet = export_address(address)
    stream, headers = _open(sheet or address, wanted)
    type_, _, parameters = headers.get("Content-Type", "").partition(";")
    told = "csv" if sheet else _asked_format(address) or _FORMATS.get(type_.strip().lower())
    encoding = _encoding(parameters)
    if encoding is not None and (told in _TEXTS or type_.strip().lower() == "text/plain"):
        left.setdefault("encoding", encoding)
    name = "sheet.csv" if sheet else file_name(address)
    return OpenedFile(stream, name, str(masked_source(address)), told, left)


def _open(address: str, options: HttpOptions) -> tuple[BinaryIO, Mapping[str, str]]:
    """Return the bytes at an address and the headers with which they come, or came."""
    entry = None if options.cache is None else CacheEntry(options.cache, address, options)
    request = HttpRequest(address, options)
    try:
        response = request.send({} if entry is None else entry.conditions)
        if response.status_code == _NOT_MODIFIED and entry is not None:
            response.close()
            request.close()
            return entry.open_body(), entry.headers
        stream = HttpStream(request, response, options.sha256, entry)
    except BaseException:
        request.close()
        raise
    return cast("BinaryIO", stream), response.headers


def _asked_format(address: str) -> str | None:
    """Return the format that the query of an address names: ``?format=csv``."""
    asked = parse_qs(urlsplit(address).query).get("format", [""])[-1].lower()
    return asked if asked in READERS or asked in _TEXTS else None


def _encoding(parameters: str) -> str | None:
    """Return the encoding that the server names, when it says more than the text itself does."""
    found = _CHARSET.search(parameters)
    try:
        name = codecs.lookup(found[1]).name if found else None
    except LookupError:
        return None
    return None if name in ("utf-8", "ascii") else name
