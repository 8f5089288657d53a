"""The parsers and loaders of the user's: classes that the library tabulator calls."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.processors.storage.known import table_class_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["USERS_READERS", "parser_options"]

USERS_READERS = ("custom_parsers", "custom_loaders")
"""The options of `load` for them: format → parser class, and scheme → loader class."""


_PARSERS = {
    "excel-xml": "ExcelXMLParser",
    "geojson": "GeoJsonParser",
    "sql": "ExtendedSQLParser",
    "xml": "XMLParser",
}
_COMMON_OPTIONS = {
    "allow_html",
    "bytes_sample_size",
    "force_parse",
    "hashing_algorithm",
    "ignore_blank_headers",
    "ignore_listed_headers",
    "ignore_not_listed_headers",
    "limit_fields",
    "multiline_headers_duplicates",
    "multiline_headers_joiner",
    "offset_fields",
    "offset_rows",
    "pick_columns",
    "pick_fields",
    "pick_rows",
    "post_parse",
    "skip_columns",
    "skip_fields",
    "skip_rows",
}


def parser_options(source: Any, options: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the options by which tabulator reads a source, where it is to call a parser.

    That may be one of the user's; or one of ours, where options that tabulator has for all formats
    come with a format that only we know. Otherwise None is returned.

    Examples:
        >>> parser_options("a.xml", {"custom_parsers": {"xml": object}})
        {'custom_parsers': {'xml': <class 'object'>}}
        >>> parser_options("a.xml", {"pick_fields": ["city"]})["format"]
        'xml'
        >>> parser_options("a.csv", {"custom_parsers": {"xml": object}}) is None
        True
    """
    if not isinstance(source, str) or not options:
        return None
    scheme, is_address, path = source.rpartition("://")
    kind = Path(path.partition("?")[0]).suffix.lstrip(".").lower()
    is_table = bool(is_address) and table_class_of(scheme) is not None
    kind = "sql" if is_table else str(options.get("format") or kind)
    parsers, loaders = (dict(options.get(name) or {}) for name in USERS_READERS)
    if kind in parsers or (options.get("scheme") or scheme or "file") in loaders:
        return dict(options)
    is_here = is_table or scheme in ("", "file")
    if not is_here or kind not in _PARSERS or not _is_common(kind, options):
        return None
    # Its parsers are imported when they are needed: they import tabulator.
    parser = getattr(import_module("dataflows.processors.parsers"), _PARSERS[kind])
    given = {name: value for name, value in options.items() if name != "scheme"}
    return {**given, "format": kind, "custom_parsers": {**parsers, kind: parser}}


def _is_common(kind: str, options: Mapping[str, Any]) -> bool:
    """Return whether one of the options is tabulator's."""
    if kind == "sql" and "encoding" in options:
        return True
    # Rows that have keys have them for headers: a list of other ones would fit no value.
    if kind != "excel-xml" and isinstance(options.get("headers"), int):
        return True
    return bool(_COMMON_OPTIONS & options.keys())
