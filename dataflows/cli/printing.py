"""Lines on standard output, whatever characters that has."""

from __future__ import annotations

import sys

__all__ = ["in_encoding", "say"]

_SIGNS = {"…": "...", "–": "-", "→": "->", "’": "'"}


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
        line.encode(encoding)
    except UnicodeEncodeError:
        plain = "".join(_SIGNS.get(one, one) for one in line)
        return plain.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return line
    return line
