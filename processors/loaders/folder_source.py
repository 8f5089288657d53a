"""What a folder is as a source: its data package, or the tables in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError
from dataflows.processors.loaders.tables import is_table_ending
from dataflows.processors.storage.compressed import COMPRESSIONS
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["folder_of", "table_ending", "tables_in_folder"]

_DESCRIPTOR = "datapackage.json"
_HIDDEN = (".", "~$")  # the second begins what Excel keeps beside a file that is open


def folder_of(source: Any, options: Mapping[str, Any]) -> Path | None:
    """Return the folder that a source is; None for what is none.

    Examples:
        >>> folder_of("no such folder", {}) is None, folder_of(".", {})
        (True, PosixPath('.'))
    """
    if not isinstance(source, str) or options.get("scheme", "file") != "file":
        return None
    path = Path(source.removeprefix("file://"))
    return path if source and path.is_dir() else None


def tables_in_folder(folder: Path, options: Mapping[str, Any]) -> list[str]:
    """Return the path of the data package in a folder, or else those of its tables, by name.

    Folders within it are not looked at; files that are no tables are left out, with a warning.

    Args:
        folder: The folder.
        options: ``format``: only files of this ending.

    Raises:
        SourceLoadError: There is neither.
    """
    wanted = options.get("format")
    if wanted in (None, "datapackage") and (folder / _DESCRIPTOR).is_file():
        return [(folder / _DESCRIPTOR).as_posix()]
    names = [
        one.name for one in folder.iterdir() if one.is_file() and not one.name.startswith(_HIDDEN)
    ]
    found = sorted(
        name
        for name in names
        if (ending := table_ending(name)) and wanted in (None, ending.lstrip(".").lower())
    )
    if not found:
        kind = "tables" if wanted is None else f"files of the format {wanted!r}"
        what = f"there are no {kind} in the folder {str(folder)!r}"
        example = f"load({f'{folder.as_posix()}/*.txt'!r}, format='csv')"
        fix = f"name the files, and their format: {example}."
        raise SourceLoadError(what, fix=fix)
    left_out = sorted(set(names) - set(found))
    if left_out and wanted is None:
        what = f"of the folder {str(folder)!r} these files are left out, which are no tables: "
        warn(what + ", ".join(left_out))
    return [(folder / name).as_posix() for name in found]


def table_ending(name: str) -> str:
    """Return the ending that says what table a file is, without that of a compression.

    Args:
        name: The name of a file.

    Returns:
        The ending with its dot, "" where the file is no table.

    Examples:
        >>> table_ending("sales.2020.CSV.gz"), table_ending("notes.txt"), table_ending("a.zip")
        ('.CSV', '', '')
    """
    endings = Path(name).suffixes[-2:]
    if endings and endings[-1].lower() in COMPRESSIONS:
        endings.pop()
    ending = endings[-1] if endings else ""
    return ending if is_table_ending(ending.lower().lstrip(".")) else ""
