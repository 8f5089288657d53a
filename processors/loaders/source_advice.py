"""What to do about a source that cannot be opened: the nearest name that would be right."""

from __future__ import annotations

import re
from glob import has_magic
from itertools import takewhile
from pathlib import Path
from typing import Any

from dataflows.catalog import entries
from dataflows.errors import closest
from dataflows.processors.formats.known import READERS
from dataflows.processors.storage.known import FILES, TABLES

__all__ = ["option_warning", "path_advice", "pattern_advice", "support_advice"]

_TEXTS = ("csv", "tsv", "json", "ndjson", "gsheet", "sql", "datapackage")
_UNSUPPORTED = re.compile(r'(Format|Scheme) "(.*)" is not supported')
_NAMED = re.compile(r"``(\w+)``")
_UNKNOWN_OPTIONS = re.compile(r'Not supported options?(?:\(s\))? "(.*?)"')


def path_advice(path: str) -> str:
    """Return what to do about a path at which nothing is.

    The first part of it that is not there is held against what is in its folder.

    Examples:
        >>> path_advice("no such folder/sales.csv")
        "there is no folder 'no such folder': check the path; it starts at the current folder."
    """
    start = "check the path; it starts at the current folder."
    missing = Path(path)
    try:
        while missing.parent != missing and not missing.parent.exists():
            missing = missing.parent
        names = sorted(one.name for one in missing.parent.iterdir())
    except OSError:
        return start
    close = closest(missing.name, names)
    if close is not None:
        found = missing.parent / close / Path(path).relative_to(missing)
        return f"did you mean {str(found if found.exists() else missing.parent / close)!r}?"
    # A mangled address, which may hold a password, has such marks.
    is_address = any(mark in str(missing) for mark in "@?=#:")
    is_file = missing == Path(path)
    return start if is_file or is_address else f"there is no folder {str(missing)!r}: {start}"


def pattern_advice(pattern: str) -> str:
    """Return what to do about a pattern that no file matches.

    Examples:
        >>> pattern_advice("no such folder/*.csv")
        "there is no folder 'no such folder': check the path; it starts at the current folder."
        >>> pattern_advice("*.no-such-ending")
        'check the pattern; it starts at the current folder.'
    """
    plain = takewhile(lambda part: not has_magic(part), Path(pattern).parts)
    folder = Path(*plain)
    if folder.exists():
        return "check the pattern; it starts at the current folder."
    return path_advice(str(folder / "*"))


def support_advice(message: str) -> str | None:
    """Return what to do about a format or a scheme that is misspelt; None for other messages.

    Examples:
        >>> support_advice('Scheme "htps" is not supported')
        "did you mean 'https'? A file of this machine has a path without a scheme."
        >>> support_advice('Format "cvs" is not supported')
        "did you mean 'csv'? The formats are listed with load: dataflows processors load."
    """
    found = _UNSUPPORTED.fullmatch(message)
    if found is None:
        return None
    kind, name = found.groups()
    is_format = kind == "Format"
    known = [*_TEXTS, *READERS] if is_format else ["file", *FILES, *TABLES]
    close = closest(name, known)
    more = (
        "the formats are listed with load: dataflows processors load."
        if is_format
        else "a file of this machine has a path without a scheme."
    )
    return None if close is None else f"did you mean {close!r}? {more[0].upper()}{more[1:]}"


def option_warning(message: Any) -> str:
    """Return a warning of tabulator about options; the nearest right ones are offered.

    Examples:
        >>> option_warning('Not supported option(s) "heders" for scheme "file" and format "csv"')
        'Not supported option(s) "heders" for scheme "file" and format "csv": did you mean headers?'
    """
    text = str(message)
    found = _UNKNOWN_OPTIONS.match(text)
    names = found[1].split(", ") if found is not None else []
    known = _options_of_load() if names else []
    close = [one for name in names if (one := closest(name, known)) is not None]
    return f"{text}: did you mean {', '.join(close)}?" if close else text


def _options_of_load() -> list[str]:
    """Return the options that the docstring of `load` names: there they are written once."""
    load = next(entry for entry in entries() if entry.name == "load")
    texts = [one.text for one in load.parameters]
    return [one.name for one in load.parameters] + _NAMED.findall(" ".join(texts))
