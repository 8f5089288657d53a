"""Schemes of plugins: what their functions open, as files from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dataflows.plugins import plugin_named
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.opened import OpenedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["plugin_opener"]


def plugin_opener(scheme: str) -> Any:
    """Return what opens addresses of a scheme of a plugin; None where no plugin knows it.

    The plugin's function takes the address and the options of `load`, and returns a file open for
    bytes, or an `OpenedFile`, which says more.

    Args:
        scheme: What stands before ``://``.

    Examples:
        >>> plugin_opener("no-such-scheme") is None
        True
    """
    function = plugin_named(scheme, "schemes")
    if function is None:
        return None

    def opened(address: str, options: Mapping[str, Any]) -> Any:
        found = function(address, options)
        if hasattr(found, "stream"):
            return found
        parts = urlsplit(address)
        name = parts.path.rpartition("/")[2] or parts.netloc
        return OpenedFile(found, name, str(masked_source(address)), options=options)

    return opened
