"""Paths that begin with ``~/``: in the home folder of the user."""

from __future__ import annotations

import os

__all__ = ["home_path"]


def home_path(path: str) -> str:
    """Return a path with ``~/`` at its beginning made the home folder, as a shell does it.

    A folder of this name that is there, below the current one, is meant itself.

    Examples:
        >>> from pathlib import Path
        >>> home_path("~/sales.csv") == str(Path.home() / "sales.csv")
        True
        >>> home_path("~sales.csv"), home_path("data/~/sales.csv")
        ('~sales.csv', 'data/~/sales.csv')
    """
    begins = path.startswith(("~/", "~\\"))
    if not begins or os.path.lexists("~"):
        return path
    return os.path.expanduser(path)  # noqa: PTH111 - the rest of the text stays as it was given
