"""DataStreamProcessor, under the path that it has in 0.5.12."""

from __future__ import annotations

from dataflows.datastream import DataStreamProcessor

__all__ = ["DataStreamProcessor"]
