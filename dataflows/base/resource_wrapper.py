"""The wrapper of a resource, under the path that it has in 0.5.12."""

from __future__ import annotations

from dataflows.package import ResourceWrapper

__all__ = ["ResourceWrapper"]
