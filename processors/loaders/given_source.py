"""What is given to `load`, checked before anything is opened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processors.arguments.home_path import home_path
from dataflows.processors.storage.sql_engine import is_database

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_headers", "given_source"]

_MOST_LOADS = 3


def given_source(source: Any) -> Any:
    """Return a source as the readers take it: paths as texts, bytes as bytes.

    Raises:
        ArgumentError: It is nothing that `load` can read.

    Examples:
        >>> from pathlib import Path
        >>> given_source(Path("cities.csv"))
        'cities.csv'
    """
    if hasattr(source, "__fspath__"):
        source = os.fspath(source)
        return home_path(source) if isinstance(source, str) else source
    if isinstance(source, (bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, str) and source:
        return home_path(source)
    if isinstance(source, (bytes, tuple)) or hasattr(source, "read") or is_database(source):
        return source
    if isinstance(source, list) and source and all(map(_is_path, source)):
        what = f"load takes one source, got {shorten(source)}"
        loads = [f"load({str(one)!r})" for one in source[:_MOST_LOADS]]
        loads += ["…"] if len(source) > _MOST_LOADS else []
        raise ArgumentError(
            what, fix=f"write one a file: {', '.join(loads)}; or load('data/*.csv')."
        )
    if isinstance(source, (list, dict)):
        what = f"load takes the place of data, got {shorten(source)}"
        raise ArgumentError(what, fix="put the rows into the flow themselves: Flow([{…}, …]).")
    if hasattr(source, "__arrow_c_stream__"):
        what = f"load takes the place of data, got a {type(source).__name__}"
        raise ArgumentError(what, fix="put the table into the flow itself: Flow(table).")
    what, fix = f"load cannot read {shorten(source)}", "give a path, a URL, '-' or a pair"
    if type(source).__module__ == "sqlite3":
        raise ArgumentError(what, fix="give its address: load('sqlite:///file.db', table='name').")
    raise ArgumentError(what, fix=f"{fix} (descriptor, iterables).")


def _is_path(one: Any) -> bool:
    return isinstance(one, (str, os.PathLike))


def check_headers(options: Mapping[str, Any]) -> None:
    """Check what tells where the header is.

    Raises:
        ArgumentError: It is neither the number of a row nor a list.

    Examples:
        >>> check_headers({"headers": 1})
    """
    headers = options.get("headers", 1)
    is_number = isinstance(headers, int) and not isinstance(headers, bool) and headers > 0
    # A dict may be meant for a request, and hold a secret: the readers refuse it.
    is_listed = isinstance(headers, (list, tuple, dict)) and len(headers) > 0
    if headers is None or headers == "auto" or is_number or is_listed:
        return
    what = f"headers is the number of the header's row, from 1, or a list, got {shorten(headers)}"
    fix = "write headers=1, or headers=['id', 'name'] where the first row is data."
    raise ArgumentError(what, fix=fix)
