"""DataStream, under the path that it has in 0.5.12."""

from __future__ import annotations

from dataflows.resource_rows import DataStream

__all__ = ["DataStream"]
