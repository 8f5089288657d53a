"""Calls of the command line, each in a process of its own: piped, or on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["dataflows", "dataflows_on_a_terminal"]

_CALL = (sys.executable, "-m", "dataflows.cli")


def dataflows(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with everything piped."""
    return subprocess.run(
        [*_CALL, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def dataflows_on_a_terminal(
    folder: Path, columns: int, typed: str, *arguments: str
) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; return its exit code and what the terminal got."""
    primary, secondary = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm"}
    with subprocess.Popen(
        [*_CALL, *arguments],
        cwd=folder,
        env=environment,
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
    ) as process:
        os.close(secondary)
        os.write(primary, typed.encode())
        shown = b""
        while True:
            try:
                part = os.read(primary, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(primary)
    return process.returncode, shown.decode().replace("\r\n", "\n")
