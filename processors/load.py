"""load, under the path that it has in 0.5.12."""

from __future__ import annotations

from dataflows.processors.loaders.load import load

__all__ = ["load"]
