"""Plugins: what other distributions add, by their entry points; each is imported on first use.

A distribution names what it adds in its ``pyproject.toml``::

    [project.entry-points."dataflows.processors"]
    shout = "dataflows_shout.shout:shout"

======================== ===========================================================================
group                    what the entry points lead to
======================== ===========================================================================
``dataflows.processors`` processors: functions that return what may stand in a Flow
``dataflows.loaders``    the same, of those that bring tables into a flow
``dataflows.formats``    modules, or other objects, with ``reader``, ``writer`` or both; the name is
                         that of the format, and the ending of its files
``dataflows.schemes``    functions that open an address; the name is the scheme before ``://``
======================== ===========================================================================
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from importlib.metadata import distributions, entry_points
from typing import TYPE_CHECKING, Any

from dataflows.errors import DataflowsException
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

__all__ = ["GROUPS", "Plugin", "PluginError", "plugin_named", "plugins_of"]

GROUPS = {
    "processors": "dataflows.processors",
    "loaders": "dataflows.loaders",
    "formats": "dataflows.formats",
    "schemes": "dataflows.schemes",
}
"""For each kind of plugin its entry point group."""


class PluginError(DataflowsException, ImportError):
    """A plugin is not there, or cannot be used."""

    def __init__(self, what: str, *, fix: str) -> None:
        DataflowsException.__init__(self, what, fix=fix)


@dataclass(frozen=True, slots=True)
class Plugin:
    """Something that another distribution adds.

    Args:
        kind: One of `GROUPS`.
        name: Its name.
        place: The module and what in it, as the entry point says.
        distribution: The name of the distribution.
    """

    kind: str
    name: str
    place: str
    distribution: str

    @property
    def module(self) -> str:
        """The module."""
        return self.place.partition(":")[0].strip()

    @property
    def attribute(self) -> str:
        """What in the module; "" for the module itself."""
        return self.place.partition(":")[2].partition("[")[0].strip()

    def load(self) -> Any:
        """Import it.

        Raises:
            PluginError: That fails, in whatever way.
        """
        try:
            found: Any = import_module(self.module)
            for part in filter(None, self.attribute.split(".")):
                found = getattr(found, part)
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            what = f"the plugin {self.name!r} of {self.distribution} cannot be used: {reason}"
            fix = f"correct {self.place!r}, or remove it: pip uninstall {self.distribution}."
            raise PluginError(what, fix=fix) from error
        return found


def plugins_of(*kinds: str) -> list[Plugin]:
    """Return the plugins of some kinds, by name; nothing of them is imported.

    Args:
        kinds: Some of `GROUPS`.

    Examples:
        >>> [plugin.name for plugin in plugins_of("formats") if plugin.name == "no such format"]
        []
    """
    groups = {GROUPS[kind]: kind for kind in kinds}
    try:
        points = [point for group in groups for point in entry_points(group=group)]
    except Exception:  # noqa: BLE001 - one distribution without a whole list breaks that of all
        points = [point for point in _readable_points() if point.group in groups]
    found = [
        Plugin(groups[point.group], point.name, point.value, _distribution_of(point))
        for point in points
    ]
    return sorted(found, key=lambda one: (one.name, one.distribution))


def plugin_named(name: str, *kinds: str) -> Any:
    """Return a plugin by its name, imported; None where there is none.

    Args:
        name: The name.
        kinds: Of which kinds it may be.

    Raises:
        PluginError: It cannot be imported, or two have the name.

    Examples:
        >>> plugin_named("no such format", "formats") is None
        True
    """
    found = [one for one in _known(kinds, tuple(sys.path)) if one.name == name]
    if not found and "processors" in kinds:
        # It may have been installed since, as from within a notebook.
        invalidate_caches()
        found = [one for one in plugins_of(*kinds) if one.name == name]
    if len(found) > 1:
        places = " and ".join(f"{one.place} of {one.distribution}" for one in found)
        what = f"{len(found)} plugins are named {name!r}: {places}"
        raise PluginError(what, fix="uninstall one of them.")
    return found[0].load() if found else None


@functools.lru_cache(maxsize=16)
def _known(kinds: tuple[str, ...], path: tuple[str, ...]) -> list[Plugin]:  # noqa: ARG001 - where the distributions are
    return plugins_of(*kinds)


def _readable_points() -> Iterator[EntryPoint]:
    """Yield the entry points of the distributions that have them in order; name the others."""
    seen = set()
    for distribution in distributions():
        name = distribution.name
        if name in seen:
            continue
        seen.add(name)
        try:
            yield from list(distribution.entry_points)
        except Exception as error:  # noqa: BLE001 - whatever is wrong there
            what = f"the entry points of {name} cannot be read: {error}"
            warn(what)


def _distribution_of(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "a distribution without a name"
