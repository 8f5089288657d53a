"""Where tables come from besides files of this machine, by the scheme of their address.

A scheme is added by one line here, and its module, which is imported when it is first used; or by a
plugin: see `dataflows.plugins`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Opener = Callable[[str, Mapping[str, Any]], "Opened"]

__all__ = ["FILES", "LISTS", "TABLES", "Opened", "lister_of", "opener_of", "table_class_of"]

FILES: dict[str, str] = {
    **dict.fromkeys(("http", "https"), "dataflows.processors.storage.http:open_http"),
    **dict.fromkeys(("ftp", "ftps"), "dataflows.processors.storage.ftp:open_ftp"),
    "s3": "dataflows.processors.storage.s3:open_s3",
    "text": "dataflows.processors.storage.text:open_text",
}
"""For a scheme the function that opens an address: ``open(address, options) -> Opened``."""

LISTS: dict[str, str] = {"s3": "dataflows.processors.storage.s3:list_s3"}
"""For a scheme with patterns the function that tells the addresses that an address means.

``list(address, options, is_table=…) -> list of addresses``, or None for that of a single file.
"""

_SQL = "dataflows.processors.storage.sql_table:SqlTable"

TABLES: dict[str, str] = {
    "duckdb": "dataflows.processors.storage.sql_duckdb:DuckDbTable",
    "sql": _SQL,
    **dict.fromkeys(("sqlite", "postgresql", "postgres", "mysql", "mariadb"), _SQL),
    **dict.fromkeys(("mssql", "oracle", "firebird", "sybase"), _SQL),
}
"""For a scheme the class that is the table of an address: ``Class(address, format, options)``."""

_OF_OTHERS = ("", "env", "file", "gsheet", "stream")
"""Schemes that are not looked up here, and cannot be those of plugins."""


class Opened(Protocol):
    """A file that was opened somewhere else.

    `stream` gives its bytes, once; `name` is the last part of its path, whose ending tells the
    format; `format` is the format where the place itself tells it; `shown` is what errors call it;
    `options` are the options of `load` that are left for the format, without those of the scheme.
    """

    stream: BinaryIO
    name: str
    format: str | None
    shown: str
    options: Mapping[str, Any]

    def close(self) -> None:
        """Let go of it."""


def opener_of(scheme: str) -> Opener | None:
    """Return what opens addresses of a scheme; None where it is not one of these.

    Examples:
        >>> opener_of("no-such-scheme") is None
        True
    """
    plain, found = scheme.lower(), None
    place = FILES.get(plain)
    if place is not None:
        found = _imported(place)
    elif plain not in _OF_OTHERS and plain.partition("+")[0] not in TABLES:
        from dataflows.processors.storage.plugin_scheme import plugin_opener

        found = plugin_opener(plain)
    return found


def lister_of(scheme: str) -> Any:
    """Return what finds the files that a pattern of a scheme means; None where there are none.

    Examples:
        >>> lister_of("https") is None
        True
    """
    place = LISTS.get(scheme.lower())
    return None if place is None else _imported(place)


def table_class_of(scheme: str) -> Any:
    """Return the class of the tables of a scheme; None where it is not one of these.

    Examples:
        >>> table_class_of("no-such-scheme") is None
        True
    """
    # What follows a plus is the driver: postgresql+psycopg.
    place = TABLES.get(scheme.lower().partition("+")[0])
    return None if place is None else _imported(place)


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
