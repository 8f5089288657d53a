"""Outputs that become visible at once, after their last row, or not at all.

An output of a run is a `Sink`. `Commit` holds all sinks of one run together; `StagedFolder` is the
sink for files, and `HashingWriter` writes them.
"""

from __future__ import annotations

from dataflows.commit.hashing import HashingWriter
from dataflows.commit.recovery import recover
from dataflows.commit.sinks import Commit, Sink
from dataflows.commit.staging import StagedFolder

__all__ = ["Commit", "HashingWriter", "Sink", "StagedFolder", "recover"]
