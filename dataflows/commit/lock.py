"""The lock on a folder: one run at a time writes there.

It is a lock of the operating system, so a holder that is killed lets go at once. Beside the lock
stands a file that names the holder, for the message that others get.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from typing import TYPE_CHECKING

from dataflows.commit.disk import explained, write_new_file
from dataflows.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from filelock import BaseFileLock

__all__ = ["FolderLock"]

_LOCK_NAME = ".dataflows.lock"
_HOLDER_NAME = ".dataflows.holder"
_SECONDS_BETWEEN_TRIES = 0.05


class FolderLock:
    """The right to write into one folder.

    Args:
        folder: The real path of the folder.
        shown: The folder as the user wrote it, for messages.
    """

    def __init__(self, folder: Path, shown: str) -> None:
        self._lock_path = folder / _LOCK_NAME
        self._holder_path = folder / _HOLDER_NAME
        self._shown = shown
        self._lock: BaseFileLock | None = None
        self.file_mode = 0o600

    def acquire(self, timeout_seconds: float, go_on: Callable[[], bool]) -> bool:
        """Take the lock; return whether it was taken.

        Args:
            timeout_seconds: How long to wait for another holder.
            go_on: Called before each try; False gives up, without an error.

        Raises:
            OutputError: Another run holds the lock, or the system refuses to lock.
        """
        from filelock import FileLock, Timeout

        deadline = time.monotonic() + timeout_seconds
        # Known before it is taken, so that `release` finds it whenever an interrupt comes.
        lock = self._lock = FileLock(self._lock_path, timeout=0, thread_local=False)
        while go_on():
            try:
                with explained(f"lock {self._shown!r}", self._shown):
                    try:
                        lock.acquire()
                    except Timeout:
                        late = time.monotonic() >= deadline
                    else:
                        self._name_holder()
                        return True
            except OutputError as error:
                # Another run that gave up has just removed the folder it had made.
                if not isinstance(error.__cause__, FileNotFoundError):
                    raise
                late = time.monotonic() >= deadline
            if late:
                raise self._refusal(timeout_seconds)
            time.sleep(_SECONDS_BETWEEN_TRIES)
        return False

    def release(self) -> None:
        """Let go, and leave nothing behind; more than once does no harm."""
        lock = self._lock
        if lock is None or not lock.is_locked:
            return
        try:
            # Removed while it is still held: filelock sees that a file it waits for is gone and
            # takes the next one, so no two runs ever hold locks of one name.
            for path in (self._holder_path, self._lock_path):
                with contextlib.suppress(OSError):
                    path.unlink()
        finally:
            lock.release(force=True)

    def _name_holder(self) -> None:
        import socket

        holder = {"pid": os.getpid(), "host": socket.gethostname()}
        self._holder_path.unlink(missing_ok=True)
        write_new_file(self._holder_path, json.dumps(holder).encode(), 0o666, sync=False)
        # The system has applied the umask, or the folder's own rules: new files get the same.
        self.file_mode = self._holder_path.stat().st_mode & 0o777

    def _refusal(self, waited_seconds: float) -> OutputError:
        holder = "another run"
        fix = "wait until it has ended, or dump to another folder."
        try:
            known = json.loads(self._holder_path.read_bytes())
            pid, host = int(known["pid"]), str(known["host"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        else:
            holder = f"the process {pid} on {host!r}"
            if pid == os.getpid():
                holder = f"this process ({pid})"
                fix = "dump to two folders, or end the one before the other begins."
        return OutputError(
            f"{self._shown!r} is being written by {holder} (waited {waited_seconds:g} seconds)",
            fix=fix,
        )
