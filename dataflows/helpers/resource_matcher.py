"""The matcher of resources, under the path that it has in 0.5.12."""

from __future__ import annotations

from dataflows.selectors import ResourceMatcher

__all__ = ["ResourceMatcher"]
