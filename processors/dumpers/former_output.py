"""The files of a former dump that the new one in the same folder has no longer."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.processors.dumpers.dump_options import FILES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.chain import Run

__all__ = ["former_files", "reads_from", "stands_there"]


def former_files(
    folder: str, kept: Iterable[str] = (), descriptor_name: str = "datapackage.json"
) -> set[str]:
    """Return the paths of the files that a former dump wrote into a folder, unchanged since.

    Those in `kept`, which the new dump has as well, are not looked at.

    A dump writes down the size and the hash of each file. What differs from that, or was described
    by somebody else without it, may be dear to somebody, and is not named.

    Examples:
        >>> former_files("a folder that does not exist")
        set()
    """
    try:
        descriptor = json.loads(Path(folder, descriptor_name).read_bytes())
        files = [file for one in descriptor["resources"] for file in one.get(FILES) or [one]]
        gone = [one for one in files if one["path"] not in set(kept)]
        return {one["path"] for one in gone if _is_as_written(folder, one)}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return set()


def _is_as_written(folder: str, file: dict[str, Any]) -> bool:
    if file.get("count_of_rows") is None or not isinstance(file.get("path"), str):
        return False
    return stands_there(folder, file["path"], file.get("bytes"), file.get("hash"))


def stands_there(folder: str, path: str, size: int | None, digest: str | None) -> bool:
    """Return whether a file of that size and hash stands in a folder; a link is none."""
    place = Path(folder, path)
    try:
        if place.is_symlink() or not place.is_file() or place.stat().st_size != size:
            return False
        with place.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    except OSError:
        return False
    return found.hexdigest() == digest


def reads_from(run: Run, folder: str) -> bool:
    """Return whether a step of a run loads from a folder, so that its files are sources, too."""
    real = os.path.realpath(folder)
    return any(Path(place).is_relative_to(real) for place in run.inputs)
