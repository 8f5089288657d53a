"""The files of a former dump that the new one in the same folder has no longer."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.chain import Run

__all__ = ["former_files", "reads_from"]


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
        resources = descriptor["resources"]
        gone = [one for one in resources if one["path"] not in set(kept)]
        return {one["path"] for one in gone if _is_as_written(folder, one)}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return set()


def _is_as_written(folder: str, resource: dict[str, Any]) -> bool:
    if resource.get("count_of_rows") is None or not isinstance(resource.get("path"), str):
        return False
    path = Path(folder, resource["path"])
    if not path.is_file() or path.stat().st_size != resource.get("bytes"):
        return False
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest() == resource.get("hash")


def reads_from(run: Run, folder: str) -> bool:
    """Return whether a step of a run loads from a folder, so that its files are sources, too."""
    real = os.path.realpath(folder)
    return any(Path(place).is_relative_to(real) for place in run.inputs)
