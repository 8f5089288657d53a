"""Files that are written into one folder, and become visible there all at once.

::

    open ──▶ create, create … ──▶ prepare ──▶ commit      a journal is published, the files move
      └────────────┴─────────────────┴──▶ abort           what was there before is untouched

Files are written into ``<folder>/.dataflows-<run>/``. Several files cannot change places at one
instant, so `StagedFolder.commit` first publishes a journal, in one rename: before that the old
output counts, after it the new one. A run that is killed between the moves leaves the journal;
the next dump into the folder, or the next load of it, finishes what it says (see `recover`).
An error between the moves undoes them.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, NamedTuple, TextIO, cast, overload

from dataflows.commit.disk import (
    StagedFile,
    confined,
    drop,
    explained,
    is_file,
    output_error,
    sync_file,
    sync_folder,
)
from dataflows.commit.journal import Journal, is_staging_name, remove_staging
from dataflows.commit.lock import FolderLock
from dataflows.commit.recovery import LOCK_TIMEOUT_SECONDS, finish
from dataflows.errors import OutputError

__all__ = ["StagedFolder"]

_BUFFER_BYTES = 256 * 1024


class _Staged(NamedTuple):
    """A file of the new output: its name in the staging folder, its path, and where to write."""

    name: str
    path: str
    file: BinaryIO | TextIO


class StagedFolder:
    """Files that are written into one folder, all at once.

    One run at a time writes into a folder; a second one waits, then is refused. The folder may be
    a link to a folder: then that folder is written. A link in the place of a file is replaced, not
    followed. Files of the folder that are not part of the new output stay as they are, except those
    in `remove`: paths of a former output that the new one has no longer. (Those that do not lie in
    the folder, or are not files, are left alone.)

    Args:
        folder: The folder; it and the folders above it are made when needed.
        lock_timeout_seconds: How long `open` waits for another run that writes there.
        private: Whether only this user may read the files, and a folder that is made for them.

    Examples:
        >>> import os, tempfile
        >>> target = os.path.join(tempfile.mkdtemp(), "out")
        >>> staged = StagedFolder(target)
        >>> staged.open()
        >>> with staged.create("data/rows.csv") as file:
        ...     _ = file.write(b"id")
        >>> staged.prepare()
        >>> os.path.exists(f"{target}/data")
        False
        >>> staged.commit()
        >>> os.listdir(target), os.listdir(f"{target}/data")
        (['data'], ['rows.csv'])
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
        private: bool = False,
    ) -> None:
        self._private = private
        self.remove: set[str] = set()
        self._shown = os.fspath(folder)
        self._timeout_seconds = lock_timeout_seconds
        self._folder = Path()
        self._staging_name = ""
        self._lock: FolderLock | None = None
        self._made: list[Path] = []
        self._files: dict[str, _Staged] = {}
        self._count = 0
        self._journal: Journal | None = None

    def __str__(self) -> str:
        return f"folder {self._shown!r}"

    def open(self) -> None:
        """Take the folder for this run: make it, lock it, finish what a killed run left.

        Raises:
            OutputError: The folder cannot be made or written, or another run is writing there.
        """
        assert self._lock is None, "opened twice"
        self._folder = Path(os.path.realpath(self._shown))
        self._staging_name = f".dataflows-{os.urandom(6).hex()}"
        self._lock = FolderLock(self._folder, self._shown)
        try:
            self._lock.acquire(self._timeout_seconds, self._make_folder)
            finish(self._folder, self._shown)
            with explained(f"write into {self._shown!r}", self._shown):
                for path in self._folder.iterdir():
                    # Whoever made these is dead: this run holds the lock.
                    if is_staging_name(path.name):
                        remove_staging(path)
                self._staging().mkdir(0o700)
        except BaseException:
            self.abort()
            raise

    def _make_folder(self) -> bool:
        missing = []
        folder = self._folder
        while not os.path.lexists(folder):
            missing.append(folder)
            folder = folder.parent
        self._made += [folder for folder in reversed(missing) if folder not in self._made]
        with explained(f"make the folder {self._shown!r}", self._shown):
            self._folder.mkdir(0o700 if self._private else 0o777, parents=True, exist_ok=True)
        return True

    @overload
    def create(self, path: str, *, binary: Literal[True] = ...) -> BinaryIO: ...
    @overload
    def create(self, path: str, *, binary: Literal[False]) -> TextIO: ...
    def create(self, path: str, *, binary: bool = True) -> BinaryIO | TextIO:
        """Return a new file, open for writing, that the commit will put at `path`.

        Only this user can read it until then.

        Args:
            path: The path in the folder, with ``/`` between its parts.
            binary: Whether it takes bytes; else it takes text, written as UTF-8 as it is.

        Raises:
            OutputError: The path could lead out of the folder, is that of a folder or of another
                file of this output; or the system refuses. Writing raises it, too.
        """
        plain = confined(self._folder, path)
        shown = self._show(plain)
        key = os.path.normcase(plain)
        if key in self._files:
            raise OutputError(
                f"two files of one output have the path {plain!r}",
                fix="give each resource a path of its own.",
            )
        self._count += 1
        name = f"new-{self._count}"
        with explained(f"create {shown!r}", self._shown):
            self._refuse_occupied(plain)
            raw = StagedFile(self._staging() / name, shown, self._shown)
        file: BinaryIO | TextIO = io.BufferedWriter(raw, _BUFFER_BYTES)
        if not binary:
            file = io.TextIOWrapper(cast("BinaryIO", file), encoding="utf-8", newline="")
        self._files[key] = _Staged(name, plain, file)
        return file

    def _refuse_occupied(self, plain: str) -> None:
        """Refuse, before the first row, a place that a folder has, or one inside a file."""
        final = self._folder / plain
        wrong = "a folder has that name" if final.is_dir() else None
        while (final := final.parent) != self._folder:
            if os.path.lexists(final) and not final.is_dir():
                wrong = f"{final.name!r} on its way is a file"
        if wrong:
            raise OutputError(
                f"cannot put a file at {self._show(plain)!r}: {wrong}",
                fix="give the resource another path, or move away what stands there.",
            )

    def rename(self, path: str, new_path: str) -> None:
        """Let a file that `create` has made go to another path.

        Raises:
            OutputError: The new path could lead out of the folder, or is taken.
        """
        plain = confined(self._folder, new_path)
        if os.path.normcase(plain) in self._files:
            raise OutputError(
                f"two files of one output have the path {plain!r}",
                fix="give each resource a path of its own.",
            )
        with explained(f"create {self._show(plain)!r}", self._shown):
            self._refuse_occupied(plain)
        staged = self._files.pop(os.path.normcase(confined(self._folder, path)))
        self._files[os.path.normcase(plain)] = staged._replace(path=plain)

    def discard(self, path: str) -> None:
        """Forget a file that `create` has made: it will not be part of the output.

        Raises:
            OutputError: There is no such file.
        """
        staged = self._files.pop(os.path.normcase(confined(self._folder, path)), None)
        if staged is None:
            raise OutputError(
                f"there is no new file {path!r} in {self._shown!r} to discard",
                fix="discard what was created, once.",
            )
        drop(staged.file)
        with explained(f"discard {path!r}", self._shown):
            self._staged(staged).unlink()

    def prepare(self) -> None:
        """Bring everything to the disk, so that the commit has only to rename.

        The files of this output are closed by it; a `HashingWriter` must be closed before.

        Raises:
            OutputError: The system refuses; call `abort` then, and all is as it was.
        """
        assert self._lock is not None, "not open"
        assert self._journal is None, "prepared twice"
        for staged in self._files.values():
            with explained(f"write {self._show(staged.path)!r}", self._shown):
                staged.file.close()
                sync_file(self._staged(staged), 0o600 if self._private else self._lock.file_mode)
        with explained(f"write into {self._shown!r}", self._shown):
            journal = Journal(
                self._folder,
                self._staging_name,
                tuple((staged.name, staged.path) for staged in self._files.values()),
                tuple(self._removable()),
                tuple(self._missing_folders()),
            )
            journal.write()
            for folder in (self._staging(), self._folder, *(path.parent for path in self._made)):
                sync_folder(folder)
        self._journal = journal

    def _removable(self) -> list[str]:
        """Return which of the paths in `remove` are files of the folder that we may remove."""
        paths = []
        for path in sorted(self.remove):
            with contextlib.suppress(OutputError):
                plain = confined(self._folder, path)
                if is_file(self._folder / plain) and os.path.normcase(plain) not in self._files:
                    paths.append(plain)
        return paths

    def _missing_folders(self) -> list[str]:
        """Return the folders that the new files need and that are not there, outer ones first."""
        missing: set[str] = set()
        for staged in self._files.values():
            for parent in PurePosixPath(staged.path).parents:
                if not (self._folder / parent).is_dir():
                    missing.add(str(parent))
        return sorted(missing)

    def commit(self, *, last: str | None = "datapackage.json") -> None:
        """Put every file in its place, and leave nothing else behind.

        An error, or an interrupt, between the moves undoes them: all is as it was, and nothing of
        the new output is left. Should that fail as well, the next run finishes the commit.

        Args:
            last: The path of the file that is moved after all others: the one that names them.

        Raises:
            OutputError: The system refuses. The message says what is new and what is old.
        """
        assert self._journal is not None, "not prepared"
        journal = self._journal.ending_with(last)
        try:
            journal.publish()
            journal.roll_forward(keep=True)
            journal.clear()
        except BaseException as error:
            self._undo(journal, error)
            if isinstance(error, OSError):
                what = f"put the new files in place in {self._shown!r}"
                raise output_error(error, what, self._shown) from error
            raise
        self._made.clear()
        self._close(remove=True)

    def _undo(self, journal: Journal, error: BaseException) -> None:
        """Make everything as it was before the commit, whatever it has got done of it."""
        undone = False
        try:
            # Without a journal, nothing has been moved yet, or an interrupt came after the end.
            if journal.is_published():
                journal.roll_back()
            undone = True
        except OSError as second_error:
            new, old = journal.in_place()
            raise OutputError(
                f"cannot put the new files in place in {self._shown!r}, nor the former ones back: "
                f"{error}; new are {new}, not yet are {old}",
                fix="let this user write there, then dump again or load it: "
                "either finishes what was begun.",
            ) from second_error
        finally:
            self._close(remove=undone)

    def abort(self) -> None:
        """Remove what was staged and what was made for it; leave everything as it was.

        It may be called at any time, also twice; after `commit` it does nothing.
        """
        undone = True
        # Where a second interrupt has kept `commit` from undoing what it had done, it is done here;
        # where that cannot be, the journal and what it needs stay for the next run.
        if self._lock is not None and self._journal is not None and self._journal.is_published():
            try:
                self._journal.roll_back()
            except OSError:
                undone = False
        self._close(remove=undone)

    def _close(self, *, remove: bool) -> None:
        """Let go of the folder; `remove` the staging, and the folders that are only ours."""
        if self._lock is None:
            return
        try:
            for staged in self._files.values():
                drop(staged.file)
            if remove:
                remove_staging(self._staging())
        finally:
            self._lock.release()
        if remove:
            for folder in reversed(self._made):
                with contextlib.suppress(OSError):
                    folder.rmdir()
        self._lock = None

    def _staging(self) -> Path:
        return self._folder / self._staging_name

    def _staged(self, staged: _Staged) -> Path:
        return self._staging() / staged.name

    def _show(self, path: str) -> str:
        """Return the path of a file as the user would write it, for messages."""
        return str(Path(self._shown) / path)
