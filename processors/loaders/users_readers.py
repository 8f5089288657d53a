"""The parsers and loaders of the user's: classes that the library tabulator calls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.processors.storage.known import table_class_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["USERS_READERS", "has_users_reader"]

USERS_READERS = ("custom_parsers", "custom_loaders")
"""The options of `load` for them: format → parser class, and scheme → loader class."""


def has_users_reader(source: Any, options: Mapping[str, Any]) -> bool:
    """Return whether a parser or a loader of the user's is for a source.

    Examples:
        >>> has_users_reader("a.xml", {"custom_parsers": {"xml": object}})
        True
        >>> has_users_reader("a.csv", {"custom_parsers": {"xml": object}})
        False
    """
    if not isinstance(source, str) or not any(options.get(name) for name in USERS_READERS):
        return False
    scheme, is_address, path = source.rpartition("://")
    kind = Path(path.partition("?")[0]).suffix.lstrip(".").lower()
    if is_address and table_class_of(scheme) is not None:
        kind = "sql"
    parsers, loaders = (dict(options.get(name) or {}) for name in USERS_READERS)
    is_loaded = (options.get("scheme") or scheme or "file") in loaders
    return (options.get("format") or kind) in parsers or is_loaded
