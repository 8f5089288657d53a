"""Reading data that is not as its name says: with the options that a person would try next."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dataflows.cli.source_options import advised_option, uncapitalized
from dataflows.errors import ProcessorError
from dataflows.wording import counted

if TYPE_CHECKING:
    from dataflows.cli.init.look import Look
    from dataflows.cli.init.sources import Loading
    from dataflows.cli.init.steps import Found

__all__ = ["look_through"]

_OF_WINDOWS = "cp1252"
_TEXT_ENDINGS = {"", ".asc", ".dat", ".data", ".log", ".out", ".prn", ".txt"}
_RARE_SIGNS = "~^:#!"
_FEWEST_ROWS = 3
_HEAD_BYTES = 1 << 18
_UNDECODABLE = re.compile(r"^the byte 0x.* is not \S+ text$")
_UNKNOWN_FORMAT = re.compile(r'Format ".*" is not supported')


def look_through(loading: Loading) -> Found:
    """Return what is seen of a source; where it cannot be read, with the option that helps.

    Args:
        loading: The call of `load`.

    Raises:
        ProcessorError: It cannot be read.
    """
    from dataflows.cli.init.look import look_at

    tried, first = loading, None
    while True:
        try:
            looks = look_at(tried.source, tried.options)
        except ProcessorError as error:
            first = first or error
            found = _helping_option(error, tried)
            if found is None:
                raise first from None
        else:
            found = _rare_delimiter(looks, tried)
            if found is None:
                return tried, looks
        name, value, told = found
        options = {**tried.options, name: value}
        notes = tried.notes if name not in tried.options else tried.notes[:-1]
        tried = replace(tried, options=options, notes=(*notes, told))


def _helping_option(error: ProcessorError, tried: Loading) -> tuple[str, Any, str] | None:
    """Return an option that has not been tried yet, and what is to be said of it."""
    what = error.what.rpartition("}: ")[2].removeprefix(f"{tried.source}: ")
    if _UNDECODABLE.search(what):
        return _other_encoding(tried)
    advised = advised_option(error.fix)
    if advised is None or advised[0] in tried.options:
        return None
    name, value = advised
    if _UNKNOWN_FORMAT.match(what) and PurePosixPath(tried.source).suffix not in _TEXT_ENDINGS:
        return None
    return name, value, f"{uncapitalized(what)}; so it is read with {name}={value!r}"


def _other_encoding(tried: Loading) -> tuple[str, Any, str] | None:
    """Return another encoding for text that is not UTF-8: as Windows has it, or a guess."""
    given = tried.options.get("encoding")
    if given is None:
        told = f"it is not UTF-8, so it is read as {_OF_WINDOWS}: look at the letters with accents"
        return "encoding", _OF_WINDOWS, told
    path = Path(tried.source)
    if given != _OF_WINDOWS or not path.is_file():
        return None
    import chardet

    with path.open("rb") as file:
        guess = chardet.detect(file.read(_HEAD_BYTES))["encoding"]
    if guess is None:
        return None
    told = f"it is neither UTF-8 nor {_OF_WINDOWS}, so it is read as {guess}, which is a guess"
    return "encoding", guess, told


def _rare_delimiter(looks: list[Look], tried: Loading) -> tuple[str, Any, str] | None:
    """Return the delimiter, where it is a rare one and so the rows seem to be one cell."""
    if len(looks) != 1 or len(looks[0].names) != 1 or "delimiter" in tried.options:
        return None
    look = looks[0]
    if getattr(look.table, "file", None) is None or look.rows < _FEWEST_ROWS:
        return None
    for sign in _RARE_SIGNS:
        count = look.names[0].count(sign)
        if count and all(str(cell).count(sign) == count for cell in look.columns[0]):
            told = (
                f"each row has {counted(count, 'sign')} {sign!r}, taken for what is between cells"
            )
            return "delimiter", sign, told
    return None
