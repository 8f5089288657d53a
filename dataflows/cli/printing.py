"""Lines on standard output, whatever characters that has."""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path

__all__ = ["in_encoding", "print_whatever_comes", "say"]

_PLAINLY = "dataflows.plainly"
_SIGNS = {"…": "...", "–": "-", "→": "->", "’": "'", "×": "x", "·": ".", "•": "*"}


def say(line: str) -> None:
    """Print a line; what standard output cannot show is written with its code.

    Args:
        line: The line.
    """
    print(in_encoding(line, getattr(sys.stdout, "encoding", None) or "utf-8"))


def in_encoding(line: str, encoding: str) -> str:
    r"""Return a line as an encoding can hold it.

    Args:
        line: The line.
        encoding: The encoding.

    Examples:
        >>> print(in_encoding("3 more → Orléans", "ascii"))
        3 more -> Orl\xe9ans
    """
    try:
        return line.encode(encoding, _PLAINLY).decode(encoding)
    except LookupError:
        return line


def print_whatever_comes() -> None:
    """Let standard output and standard error write what their encoding does not have by its code.

    This holds for all that is printed, also by scripts, and by libraries that know nothing of it.
    One of the two that is closed takes what is printed, and forgets it.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed from the start, as by `>&-`
            null = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
            setattr(sys, name, null)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_PLAINLY)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for characters that an encoding does not have, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    plain = [_SIGNS.get(one) or one.encode("ascii", "backslashreplace") for one in missing]
    return "".join(one if isinstance(one, str) else one.decode() for one in plain), error.end


codecs.register_error(_PLAINLY, _plainly)
