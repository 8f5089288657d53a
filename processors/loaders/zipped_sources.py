"""What a zip is as a source: a data package, one table, or one a file in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processors.loaders.tables import is_table_ending, must_be_file
from dataflows.processors.storage.compressed import (
    compression_of,
    limits_of,
    member_names,
    packed_files,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.processors.storage.compressed import PackedFile

__all__ = ["is_zipped_package", "zipped_files"]

_DESCRIPTOR = "datapackage.json"


def is_zipped_package(source: Any, options: Mapping[str, Any]) -> bool:
    """Return whether a source is a zip with one ``datapackage.json``, and all of it is wanted.

    Examples:
        >>> is_zipped_package("sales.csv", {})
        False
    """
    path = _zip_path(source, options)
    if path is None or any(options.get(one) for one in ("format", "innerpath", "filename")):
        return False
    names = member_names(path, limits_of(options))
    return [name.rpartition("/")[2] for name in names].count(_DESCRIPTOR) == 1


def zipped_files(source: Any, options: Mapping[str, Any]) -> list[PackedFile] | None:
    """Return the tables in a zip; None for a source that is none.

    Raises:
        SourceLoadError: The zip is broken, holds too much or nothing of that kind.
    """
    path = _zip_path(source, options)
    if path is None:
        return None
    wanted = options.get("format")

    def is_table(ending: str) -> bool:
        return ending == str(wanted).lower() if wanted else is_table_ending(ending)

    return packed_files(path, options, is_table=is_table)


def _zip_path(source: Any, options: Mapping[str, Any]) -> str | None:
    """Return the path of a zip on this machine."""
    if not isinstance(source, str) or options.get("scheme", "file") != "file":
        return None
    path = source.removeprefix("file://")
    if "://" in path or compression_of(path, options) != "zip":
        return None
    must_be_file(path)
    return path
