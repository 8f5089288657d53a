"""Arguments that are folders."""

from __future__ import annotations

import os
from typing import Any

from dataflows.errors import ArgumentError, shorten
from dataflows.processors.arguments.home_path import home_path
from dataflows.processors.loaders.masking import masked_source

__all__ = ["folder_argument"]


def folder_argument(option: str, given: Any, example: str) -> str:
    """Return a folder, given as a text or a path, as a text.

    Raises:
        ArgumentError: It is neither, or an address.

    Examples:
        >>> from pathlib import Path
        >>> folder_argument("out_path", Path("out"), "…")
        'out'
    """
    if not isinstance(given, (str, os.PathLike)):
        what = f"{option} is the path of a folder, got {shorten(given)}"
        raise ArgumentError(what, fix=f"write for instance {example}.")
    path = str(os.fspath(given))
    if "://" in path:
        # As a path it would make a folder "http:" here, with the password of the address below it.
        what = f"{option} is the path of a folder, got the address {masked_source(path)!r}"
        raise ArgumentError(what, fix=f"write for instance {example}.")
    return home_path(path)
