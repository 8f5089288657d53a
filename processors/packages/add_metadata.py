"""add_metadata: the name that update_package had first."""

from __future__ import annotations

from dataflows.processors.packages.update_package import update_package

__all__ = ["add_metadata"]

add_metadata = update_package
