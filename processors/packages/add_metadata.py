"""add_metadata: the name that update_package had first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processor import processor
from dataflows.processors.packages.update_package import metadata_hooks

if TYPE_CHECKING:
    from dataflows.processor import Hooks

__all__ = ["add_metadata"]


@processor
def add_metadata(**metadata: Any) -> Hooks:
    """Set properties of the package; the same as `update_package`.

    Schema: unchanged.
    Rows: untouched.
    Memory: none.

    Args:
        **metadata: The properties. ``resources`` is left out.

    Examples:
        >>> from dataflows import Flow
        >>> package, stats = Flow([{"a": 1}], add_metadata(name="letters")).process()
        >>> package.descriptor["name"]
        'letters'
    """
    return metadata_hooks(metadata)
