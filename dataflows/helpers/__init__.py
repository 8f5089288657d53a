"""The helpers of 0.5.12, under the paths that they have there."""

from __future__ import annotations

from dataflows.iterables import iterable_loader
from dataflows.links import package_processor as datapackage_processor
from dataflows.links import row_processor, rows_processor
from dataflows.selectors import ResourceMatcher

__all__ = [
    "ResourceMatcher",
    "datapackage_processor",
    "iterable_loader",
    "row_processor",
    "rows_processor",
]
