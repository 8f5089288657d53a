"""The sinks of one run, which become visible together."""

from __future__ import annotations

import contextlib
from typing import Protocol

from dataflows.errors import OutputError

__all__ = ["Commit", "Sink"]


class Sink(Protocol):
    """An output of a run, such as a `StagedFolder` or a transaction. ``str()`` of it names it."""

    def prepare(self) -> None:
        """Do all that can fail."""

    def commit(self) -> None:
        """Make the new output visible; on an error, leave the former one."""

    def abort(self) -> None:
        """Drop the new output. It may be called at any time, also twice."""


class Commit:
    """The sinks of one run: all of them prepare before any commits.

    Examples:
        >>> commit = Commit()
        >>> commit.finish()
    """

    def __init__(self) -> None:
        self._sinks: list[Sink] = []

    def add(self, sink: Sink) -> None:
        """Add a sink; sinks commit in the order in which they were added."""
        self._sinks.append(sink)

    def finish(self) -> None:
        """Prepare all sinks, then commit them.

        When one cannot prepare, or the first cannot commit, all are aborted and every output is
        the former one. When a later one cannot commit, the others do.

        Raises:
            OutputError: A sink could not commit; the message says which are new and which old.
        """
        try:
            for sink in self._sinks:
                sink.prepare()
        except BaseException:
            self.abort()
            raise
        new: list[Sink] = []
        failures: list[tuple[Sink, Exception]] = []
        while self._sinks:
            sink = self._sinks[0]
            try:
                sink.commit()
            except Exception as error:
                if not new:
                    self.abort()
                    raise
                failures.append((sink, error))
                _abort_quietly(sink)
            except BaseException as interrupt:
                if new:
                    old = [*(failed for failed, _ in failures), *self._sinks]
                    interrupt.add_note(f"new: {_names(new)}; as before: {_names(old)}")
                self.abort()
                raise
            else:
                new.append(sink)
            del self._sinks[0]
        if failures:
            old = [sink for sink, _ in failures]
            first = failures[0][1]
            raise OutputError(
                f"not all outputs are new. New: {_names(new)}. As before: {_names(old)}: {first}",
                fix="do what the message says, then run again.",
            ) from first

    def abort(self) -> None:
        """Abort all sinks that have not committed; no error of theirs hides the one before it."""
        while self._sinks:
            _abort_quietly(self._sinks.pop())


def _abort_quietly(sink: Sink) -> None:
    with contextlib.suppress(Exception):
        sink.abort()


def _names(sinks: list[Sink]) -> str:
    return ", ".join(map(str, sinks)) or "none"
