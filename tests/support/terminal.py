"""A program on a pseudo-terminal, with somebody who reads, types and presses Ctrl-C."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["CTRL_C", "CTRL_D", "Session", "on_terminal", "plain"]

CTRL_C, CTRL_D = "\x03", "\x04"
_ESCAPE = re.compile(r"\x1b(\[[\d;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
_SECONDS = 30
_NOT_INHERITED = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "PYTHONUNBUFFERED"}


class Session:
    """A program whose terminal is ours; Ctrl-C that is typed reaches all of its processes.

    Args:
        command: The program with its arguments.
        folder: Where it runs.
        columns: How wide the terminal is.
        piped_output: Whether standard output is a pipe and only the rest the terminal.
        variables: Of the environment, besides ours.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        columns: int = 80,
        piped_output: bool = False,
        **variables: str,
    ) -> None:
        self.output = ""
        self._text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        self.process = subprocess.Popen(
            # setsid makes the terminal the one that controls the program, as its keys need it to.
            ["setsid", "--ctty", *command],
            cwd=folder,
            stdin=follower,
            stdout=subprocess.PIPE if piped_output else follower,
            stderr=follower,
            env={**kept, "TERM": "xterm-256color", **variables},
        )
        os.close(follower)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        os.close(self._leader)

    @property
    def code(self) -> int | None:
        """The exit code; None while the program runs."""
        return self.process.returncode

    @property
    def raw(self) -> str:
        """What the terminal got so far, line ends as in files."""
        return self._text.replace("\r\n", "\n")

    @property
    def shown(self) -> str:
        """What the terminal got so far, without the codes that move and colour."""
        return plain(self.raw)

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._leader, text.encode())

    def forget(self) -> None:
        """Forget what the terminal got so far."""
        self._text = ""

    def wait_for(self, text: str) -> None:
        """Read until a text is shown."""
        end = time.monotonic() + _SECONDS
        while text not in self.shown:
            goes_on = time.monotonic() < end and self._read()
            assert goes_on, f"never shown: {text!r}\n{self.shown}"

    def end(self) -> int:
        """Read to the end, also what went into a pipe, and return the exit code."""
        while self._read():
            pass
        if self.process.stdout is not None:
            self.output = self.process.stdout.read().decode()
        return self.process.wait(_SECONDS)

    def _read(self) -> bool:
        """Read what is there within the time; tell whether more may come."""
        ready, _, _ = select.select([self._leader], [], [], _SECONDS)
        data = b""
        if ready:
            with contextlib.suppress(OSError):  # Linux says so when nobody writes any more
                data = os.read(self._leader, 65536)
        self._text += self._decoder.decode(data)
        return bool(data)


def on_terminal(
    command: Sequence[str],
    folder: Path,
    *,
    columns: int = 80,
    typed: str = "",
    piped_output: bool = False,
    **variables: str,
) -> Session:
    """Run a program to its end, with everything typed beforehand; the arguments are those above."""
    with Session(
        command, folder, columns=columns, piped_output=piped_output, **variables
    ) as session:
        session.type(typed)
        session.end()
    return session


def plain(text: str) -> str:
    """Return what a terminal got, without the codes that move and colour."""
    return _ESCAPE.sub("", text)
