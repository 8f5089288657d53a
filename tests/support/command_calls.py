"""Calls of the command line, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DATAFLOWS", "dataflows"]

DATAFLOWS = (sys.executable, "-m", "dataflows.cli")


def dataflows(
    folder: Path, *arguments: str, given: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with everything piped.

    Args:
        folder: Where it runs.
        arguments: What stands behind ``dataflows``.
        given: Its standard input; None: that of the tests.
        variables: Of the environment, besides ours.
    """
    return subprocess.run(
        [*DATAFLOWS, *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **variables},
        check=False,
    )
