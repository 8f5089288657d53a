"""A Python script in a process of its own, on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["on_terminal", "plain"]

_ESCAPE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


def on_terminal(
    script: str,
    folder: Path,
    *,
    columns: int = 80,
    typed: str = "",
    environment: Mapping[str, str] | None = None,
    piped_output: bool = False,
) -> tuple[int, str, str]:
    """Run a script; return its exit code, what the terminal got, and what went into a pipe.

    Args:
        script: The code.
        folder: Where it runs.
        columns: How wide the terminal is.
        typed: What is typed into it.
        environment: Variables besides those of the tests.
        piped_output: Whether standard output is a pipe and only the rest the terminal.
    """
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    known = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=side,
        stdout=subprocess.PIPE if piped_output else side,
        stderr=side,
        cwd=folder,
        env={**known, "TERM": "xterm", **(environment or {})},
    ) as process:
        os.close(side)
        os.write(main, typed.encode())
        shown = b""
        while True:
            try:
                data = os.read(main, 65536)
            except OSError:  # the other side is closed
                break
            if not data:
                break
            shown += data
        output = b"" if process.stdout is None else process.stdout.read()
        code = process.wait()
    os.close(main)
    return code, shown.decode().replace("\r\n", "\n"), output.decode()


def plain(text: str) -> str:
    """Return what a terminal got, without the codes that move and colour."""
    return _ESCAPE.sub("", text)
