"""What to do about a source that cannot be opened: the nearest name that would be right."""

from __future__ import annotations

import re
from glob import has_magic
from itertools import takewhile
from pathlib import Path
from typing import Any

from dataflows.errors import closest
from dataflows.processors.formats.known import READERS
from dataflows.processors.storage.known import FILES, TABLES

__all__ = ["option_warning", "path_advice", "pattern_advice", "support_advice"]

_TEXTS = ("csv", "tsv", "json", "ndjson", "gsheet", "sql", "datapackage")
_DATABASES = {
    **dict.fromkeys(("db", "db3", "sqlite", "sqlite3"), "sqlite"),
    **dict.fromkeys(("ddb", "duckdb"), "duckdb"),
}
_UNSUPPORTED = re.compile(r'(Format|Scheme) "(.*)" is not supported')
# What other tools call some of the options of load.
_ELSEWHERE = {
    **dict.fromkeys(("sep", "separator", "delim"), "delimiter"),
    **dict.fromkeys(("nrows", "n_rows", "limit", "max_rows"), "limit_rows"),
    **dict.fromkeys(("usecols", "columns"), "pick_fields"),
    **dict.fromkeys(("sheet_name", "worksheet"), "sheet"),
    **dict.fromkeys(("header", "names", "column_names"), "headers"),
    "skiprows": "skip_rows",
    "charset": "encoding",
    "quote": "quotechar",
}
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


def support_advice(message: str, source: Any = None) -> str | None:
    """Return what to do about a format or a scheme that is misspelt; None for other messages.

    Examples:
        >>> support_advice('Format "db" is not supported', "data/sales.db")
        "a database has an address: load('sqlite:///data/sales.db', table='name')."
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
    if is_format and name == "None":
        return "its name has no ending that tells the format: say which it is: format='csv'."
    if is_format and name in _DATABASES and Path(str(source)).suffix == f".{name}":
        address = f"{_DATABASES[name]}:///{source}"
        return f"a database has an address: load({address!r}, table='name')."
    known = [*_TEXTS, *READERS] if is_format else ["file", *FILES, *TABLES]
    close = closest(name, known)
    more = (
        "the formats are listed with load: dataflows processors load."
        if is_format
        else "a file of this machine has a path without a scheme."
    )
    if close is not None:
        return f"did you mean {close!r}? {more[0].upper()}{more[1:]}"
    return "say which format it is: format='csv'." if is_format else None


def option_warning(message: Any) -> str:
    """Return a warning of tabulator about options; the nearest right ones are offered.

    Examples:
        >>> option_warning('Not supported option(s) "heders" for scheme "file" and format "csv"')
        'Not supported option(s) "heders" for scheme "file" and format "csv": did you mean headers?'
        >>> option_warning('Not supported option(s) "sheet" for scheme "file" and format "csv"')
        'Not supported option(s) "sheet" for scheme "file" and format "csv"'
        >>> option_warning('Not supported option(s) "sep" for scheme "file" and format "csv"')
        'Not supported option(s) "sep" for scheme "file" and format "csv": did you mean delimiter?'
    """
    text = str(message)
    found = _UNKNOWN_OPTIONS.match(text)
    names = found[1].split(", ") if found is not None else []
    known = _options_of_load() if names else []
    unknown = [name for name in names if name not in known]
    close = [
        one for name in unknown if (one := _ELSEWHERE.get(name) or closest(name, known)) is not None
    ]
    return f"{text}: did you mean {', '.join(close)}?" if close else text


def _options_of_load() -> list[str]:
    """Return the options that the docstring of `load` names: there they are written once."""
    # It lists the packages that are installed: that takes time, and only an error needs it.
    from dataflows.catalog import entries

    load = next(entry for entry in entries() if entry.name == "load")
    options = [name for names in load.options.values() for name in ", ".join(names).split(", ")]
    return [one.name for one in load.parameters] + options
