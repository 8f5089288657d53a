"""The processors of plugins: `from dataflows.contrib import shout`.

Each is imported when it is first used. `dataflows processors` lists those that are installed.
"""

from __future__ import annotations

from typing import Any

from dataflows.errors import nearest
from dataflows.plugins import PluginError, plugin_named, plugins_of

_KINDS = ("processors", "loaders")


def __getattr__(name: str) -> Any:
    """Return a processor of a plugin.

    Raises:
        PluginError: No plugin has it, two have, or it cannot be imported.
    """
    if name.startswith("_"):
        what = f"module 'dataflows.contrib' has no attribute {name!r}"
        raise AttributeError(what)
    found = plugin_named(name, *_KINDS)
    if found is None:
        what = f"no plugin has a processor {name!r}"
        raise PluginError(what, fix=nearest(name, __dir__(), "plugins"))
    return found


def __dir__() -> list[str]:
    """List the processors of plugins."""
    return sorted({plugin.name for plugin in plugins_of(*_KINDS)})
