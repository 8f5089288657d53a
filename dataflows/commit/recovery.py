"""What a run that was killed in the middle of its commit has left, brought to its end."""

from __future__ import annotations

import os
from pathlib import Path

from dataflows.commit.journal import JOURNAL_NAME, Journal, remove_staging
from dataflows.commit.lock import FolderLock
from dataflows.errors import OutputError

__all__ = ["LOCK_TIMEOUT_SECONDS", "finish", "recover"]

LOCK_TIMEOUT_SECONDS = 10.0


def recover(
    folder: str | os.PathLike[str], *, timeout_seconds: float = LOCK_TIMEOUT_SECONDS
) -> bool:
    """Finish the commit of a run that was killed in the middle of it.

    Where there is none, which is nearly always, this costs one look at the folder and never
    fails. While another run commits, it waits for it.

    Args:
        folder: The folder of an output; it need not exist.
        timeout_seconds: How long to wait for a run that is committing.

    Returns:
        Whether there was a commit to finish.

    Raises:
        OutputError: There is one, and it cannot be finished: the system refuses, another run
            holds the folder, or the journal is none of ours.

    Examples:
        >>> recover("a folder that does not exist")
        False
    """
    shown = os.fspath(folder)
    if not os.path.lexists(Path(shown) / JOURNAL_NAME):
        return False
    real = Path(os.path.realpath(shown))
    lock = FolderLock(real, shown)

    def is_there() -> bool:
        return os.path.lexists(real / JOURNAL_NAME)

    try:
        return lock.acquire(timeout_seconds, is_there) and finish(real, shown)
    except OutputError as error:
        raise OutputError(
            f"{shown!r} is in the middle of a commit that has to be finished before it is read: "
            f"{error.__cause__ or error.what}",
            fix=error.fix,
        ) from error
    finally:
        lock.release()


def finish(folder: Path, shown: str) -> bool:
    """Do what the journal in `folder` says, if there is one; the caller holds the lock."""
    try:
        journal = Journal.read(folder)
        if journal is None:
            return False
        journal.roll_forward(keep=False)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(
            f"cannot finish the commit that a killed run has left in {shown!r}: {error}",
            fix="let this user write there, then run again; until then its files do not agree.",
        ) from error
    journal.clear()
    remove_staging(folder / journal.staging)
    return True
