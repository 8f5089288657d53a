"""The sinks of one run, which become visible together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, Protocol

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


# What makes an error inside it one of whoever has added the sink.
_Blamed = Callable[[], AbstractContextManager[object]]


class _Member(NamedTuple):
    sink: Sink
    blamed: _Blamed


class Commit:
    """The sinks of one run: all of them prepare before any commits.

    Examples:
        >>> commit = Commit()
        >>> commit.finish()
    """

    def __init__(self) -> None:
        self._sinks: list[_Member] = []

    def add(self, sink: Sink, blamed: _Blamed = nullcontext) -> None:
        """Add a sink; sinks commit in the order in which they were added.

        Args:
            sink: The sink.
            blamed: Makes the context in which its errors are raised, such as `Step.blamed`.
        """
        self._sinks.append(_Member(sink, blamed))

    def finish(self) -> None:
        """Prepare all sinks, then commit them.

        When one cannot prepare, or the first cannot commit, all are aborted and every output is
        the former one. When a later one cannot commit, the others do.

        Raises:
            OutputError: A sink could not commit; the message says which are new and which old.
                That, as what else a sink raises, is raised in the context that it was added with.
        """
        try:
            for sink, blamed in self._sinks:
                with blamed():
                    sink.prepare()
        except BaseException:
            self.abort()
            raise
        new: list[Sink] = []
        failures: list[tuple[_Member, Exception]] = []
        while self._sinks:
            member = self._sinks[0]
            try:
                member.sink.commit()
            except Exception as error:
                if not new:
                    self.abort()
                    with member.blamed():
                        raise
                failures.append((member, error))
                _abort_quietly(member.sink)
            except BaseException as interrupt:
                if new:
                    old = [one.sink for one in (*(failed for failed, _ in failures), *self._sinks)]
                    interrupt.add_note(f"new: {_names(new)}; as before: {_names(old)}")
                self.abort()
                raise
            else:
                new.append(member.sink)
            del self._sinks[0]
        if failures:
            old = [member.sink for member, _ in failures]
            failed, first = failures[0]
            what = f"not all outputs are new. New: {_names(new)}. As before: {_names(old)}: {first}"
            with failed.blamed():
                raise OutputError(what, fix="do what the message says, then run again.") from first

    def abort(self) -> None:
        """Abort all sinks that have not committed; no error of theirs hides the one before it."""
        while self._sinks:
            _abort_quietly(self._sinks.pop().sink)


def _abort_quietly(sink: Sink) -> None:
    with contextlib.suppress(Exception):
        sink.abort()


def _names(sinks: list[Sink]) -> str:
    return ", ".join(map(str, sinks)) or "none"
