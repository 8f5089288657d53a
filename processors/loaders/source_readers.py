"""What a source means: which files, tables or packages, and what opens each of them."""

from __future__ import annotations

from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError
from dataflows.processors.loaders import package_source, pair_source, table_source
from dataflows.processors.loaders.folder_source import folder_of, tables_in_folder
from dataflows.processors.loaders.source_advice import pattern_advice
from dataflows.processors.loaders.tables import is_table_ending
from dataflows.processors.loaders.zipped_sources import is_zipped_package, zipped_files
from dataflows.processors.storage.known import lister_of, opener_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_path", "readers_of"]


def readers_of(source: Any, options: dict[str, Any]) -> list[tuple[Callable[..., Any], Any]]:
    """Return what opens each part of a source, and that part.

    Args:
        source: What `load` was given: a path, an address, a pattern, a folder, a pair …
        options: Those of `load` for the format and the place.

    Returns:
        One function and what it opens; several where a folder, a zip or a pattern means several
        files.

    Raises:
        SourceLoadError: A pattern that no file matches, or that cannot be looked up.

    Examples:
        >>> [(open_it.__name__, what) for open_it, what in readers_of("cities.csv", {})]
        [('open_source', 'cities.csv')]
    """
    if isinstance(source, tuple):
        return [(pair_source.open_pair, source)]
    paths = _paths(source, options)
    if paths is not None:
        return [reader for path in paths for reader in readers_of(path, options)]
    _refuse_pattern(source)
    addresses = _listed(source, options)
    if addresses is not None:
        package, table = package_source.open_package, table_source.open_source
        return [(package if _is_package(one, options) else table, one) for one in addresses]
    if _is_package(source, options) or is_zipped_package(source, options):
        return [(package_source.open_package, source)]
    files = zipped_files(source, options)
    if files is not None:
        return [(table_source.open_source, file) for file in files]
    return [(table_source.open_source, source)]


def _paths(source: Any, options: dict[str, Any]) -> list[str] | None:
    """Return the paths that a pattern or a folder means; None for a source that is neither."""
    folder = folder_of(source, options)
    if folder is not None:
        return tables_in_folder(folder, options)
    is_pattern = isinstance(source, str) and "://" not in source and has_magic(source)
    if not is_pattern or Path(source).exists():
        return None
    matches = glob(source, recursive=True)  # noqa: PTH207 - it may be an absolute pattern
    found = sorted(path for path in matches if not Path(path).is_dir())
    if not found:
        what = f"no file matches {source!r}"
        raise SourceLoadError(what, fix=pattern_advice(source))
    return found


def is_path(source: Any) -> bool:
    """Tell whether a source is a path of this machine, and no address.

    Examples:
        >>> is_path("a.csv"), is_path("file:///a.csv"), is_path("https://example.com/a.csv")
        (True, True, False)
    """
    return isinstance(source, str) and "://" not in source.removeprefix("file://")


def _is_package(source: Any, options: dict[str, Any]) -> bool:
    base = str(source).partition("?")[0].replace("\\", "/").rpartition("/")[2]
    return base == "datapackage.json" or options.get("format") == "datapackage"


def _refuse_pattern(source: Any) -> None:
    """Refuse a pattern where nobody tells what there is, as on the web."""
    if not isinstance(source, str) or "://" not in source:
        return
    scheme, _, rest = source.partition("://")
    is_file = scheme != "text" and opener_of(scheme) is not None and lister_of(scheme) is None
    if is_file and "*" in rest.partition("?")[0].partition("#")[0]:
        what = f"a pattern cannot be looked up at an address that begins with {scheme}://"
        fix = "name every file in a load of its own; a star that is part of a name is %2A."
        raise SourceLoadError(what, fix=fix)


def _listed(source: Any, options: dict[str, Any]) -> list[str] | None:
    """Return the addresses that a pattern elsewhere means; None for a source that is none."""
    if not isinstance(source, str) or "://" not in source:
        return None
    lister = lister_of(source.partition("://")[0])
    found: list[str] | None = lister and lister(source, options, is_table=is_table_ending)
    return found
