"""What a source is called: the name of its resource, unless the user gives one."""

from __future__ import annotations

import re
from typing import Any

from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.compressed import COMPRESSIONS
from dataflows.processors.storage.sql_engine import is_database, shown_address

__all__ = ["source_name"]

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]+://", re.IGNORECASE)
_SHEET = re.compile(r"https://docs\.google\.com/spreadsheets/d/")


def source_name(source: Any) -> str:
    """Return the name for a resource: the last part of its path or URL, without any ending.

    Examples:
        >>> source_name("data/sales.csv.gz"), source_name("https://me:pa55@example.org?key=1")
        ('sales', 'example')
        >>> source_name("https://docs.google.com/spreadsheets/d/1a2b/edit#gid=7")
        'sheet'
    """
    if is_database(source):
        source = shown_address(source)
    nameless = hasattr(source, "read") or isinstance(source, bytes)
    text = str(getattr(source, "name", "" if nameless else source))
    if text == "-":
        return "stdin"
    if text.startswith("text://"):
        return "data"
    if _SHEET.match(text):
        return "sheet"
    if _SCHEME.match(text):
        text = str(masked_source(text)).partition("?")[0].partition("#")[0]
    base = text.rstrip("/").replace("\\", "/").rpartition("/")[2].rpartition("@")[2]
    for ending in COMPRESSIONS:
        base = base.removesuffix(ending) if "." in base.removesuffix(ending) else base
    stem = base.rpartition(".")[0] or base
    return stem or "data"
