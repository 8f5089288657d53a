"""The wrapper of a package, under the path that it has in 0.5.12."""

from __future__ import annotations

from dataflows.package import PackageWrapper

__all__ = ["PackageWrapper"]
