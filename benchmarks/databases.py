"""The PostgreSQL server of the jobs, asked through a process of its own, so that this one is small.

It starts when it is first needed, and ends with the benchmark, however that ends.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Databases:
    """The databases of a server; nothing is started before the first is asked for."""

    @cached_property
    def _process(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        # An address comes when the server is ready; else the process ends and says why.
        if not process.stdout.readline():
            process.wait()
        return process

    @cached_property
    def missing(self) -> str:
        """What a server needs that is not there; empty when it runs."""
        if self._process.poll() is None:
            return ""
        return self._process.communicate()[1].strip()

    def empty(self) -> str:
        """Return the address of an empty database; the one before goes."""
        return self._ask("empty", "target")

    def filled(self, table: Path) -> str:
        """Return the address of a database with the table of a CSV file."""
        return self._ask("filled", table.stem.replace("-", "_"), str(table))

    def _ask(self, *parts: str) -> str:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\t".join(parts) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline().strip()
        if not answer:
            sys.exit(f"the server of the databases ended:\n{process.communicate()[1]}")
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if "_process" in self.__dict__:
            self._process.communicate()
