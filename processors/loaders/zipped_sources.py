"""What a zip is as a source: a data package, one table, or one a file in it."""

from __future__ import annotations

from glob import has_magic
from typing import TYPE_CHECKING, Any

from dataflows.processors.loaders.tables import is_table_ending, must_be_file
from dataflows.processors.storage.compressed import (
    compression_of,
    limits_of,
    member_names,
    packed_files,
)
from dataflows.processors.storage.known import opener_of
from dataflows.processors.storage.opened import Arriving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from dataflows.processors.storage.compressed import PackedFile

__all__ = ["FetchedPath", "fetched_zip", "is_zipped_package", "zipped_files"]

_DESCRIPTOR = "datapackage.json"


class FetchedPath(str):
    """The path of a temporary file, which is there until this is closed.

    Messages, which show it by ``{path}`` or ``{path!r}``, call it by the address it came from.

    Args:
        arriving: What keeps the file.
    """

    __slots__ = ("_arriving",)
    _arriving: Arriving

    def __new__(cls, arriving: Arriving) -> Self:
        """Wait until all has arrived."""
        made = super().__new__(cls, arriving.whole())
        made._arriving = arriving
        return made

    def __format__(self, _: str) -> str:
        """Return the address."""
        return str(self._arriving)

    def __repr__(self) -> str:
        """Return the address, as Python writes a text."""
        return repr(str(self._arriving))

    def close(self) -> None:
        """Remove the file; it may be called twice."""
        self._arriving.close()


def fetched_zip(source: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Return a zip from elsewhere as one of this machine, with the options that are left for it.

    What is no zip from elsewhere is returned as it is.

    Raises:
        SourceLoadError: It cannot be had.

    Examples:
        >>> fetched_zip("sales.zip", {"format": "csv"})
        ('sales.zip', {'format': 'csv'})
    """
    if not isinstance(source, str) or "://" not in source:
        return source, options
    opener = opener_of(source.partition("://")[0])
    path = source.partition("?")[0].partition("#")[0]
    if opener is None or has_magic(path) or compression_of(path, options) != "zip":
        return source, options
    given = {name: value for name, value in options.items() if name not in ("format", "scheme")}
    arriving = Arriving(opener(source, given))
    try:
        left = {name: options[name] for name in ("format",) if name in options}
        return FetchedPath(arriving), {**arriving.opened.options, **left}
    except BaseException:
        arriving.close()
        raise


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
    path = source if isinstance(source, FetchedPath) else source.removeprefix("file://")
    if "://" in path or compression_of(path, options) != "zip":
        return None
    must_be_file(path)
    return path
