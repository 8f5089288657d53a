"""The errors, under the path that they have in 0.5.12."""

from __future__ import annotations

from dataflows.errors import DataflowsException, ProcessorError, SourceLoadError

__all__ = ["DataflowsException", "ProcessorError", "SourceLoadError"]
