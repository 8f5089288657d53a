"""ReplacedFile: the place of one file, in which a run puts a new one, whole, or leaves the old one.

The new file is written in a folder beside it, ``.<name>.dataflows``, under a lock of its own, and
takes its place by one rename. What a killed run leaves in that folder, the next one removes.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dataflows.commit.disk import (
    StagedFile,
    drop,
    explained,
    output_error,
    sync_file,
    sync_folder,
)
from dataflows.commit.lock import FolderLock
from dataflows.commit.recovery import LOCK_TIMEOUT_SECONDS
from dataflows.errors import OutputError
from dataflows.processors.storage.replaceable import must_be_replaceable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

__all__ = ["ReplacedFile"]

_BUFFER_BYTES = 256 * 1024


class ReplacedFile:
    """The place of one file.

    Args:
        path: The file; the folders above it are made when needed. A link in its place is replaced,
            not followed.
        kind: What errors call it: "file" or "zip".
        ending: That of the files in the folder beside it, and of an example in errors.
        lock_timeout_seconds: How long `open` waits for another run that writes it.

    `folder` is the one beside it, while the place is open.

    Examples:
        >>> import tempfile
        >>> place = ReplacedFile(os.path.join(tempfile.mkdtemp(), "a.csv"), "file", ".csv")
        >>> place.open()
        >>> file = place.create()
        >>> _ = file.write(b"id")
        >>> place.sync(file)
        >>> place.commit()
        >>> Path(place.shown).read_bytes()
        b'id'
    """

    def __init__(
        self,
        path: str,
        kind: str,
        ending: str,
        lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
    ) -> None:
        self.shown = path
        self.folder = Path()
        self._kind, self._ending = kind, ending
        self._timeout_seconds = lock_timeout_seconds
        self._target = Path()
        self._lock: FolderLock | None = None
        self._is_held = False
        self._made: list[Path] = []

    @property
    def is_open(self) -> bool:
        """Whether a run holds the place."""
        return self._lock is not None

    @property
    def _new(self) -> Path:
        return self.folder / f"new{self._ending}"

    @property
    def _old(self) -> Path:
        return self.folder / f"old{self._ending}"

    def open(self) -> None:
        """Take the place for this run; what stands there is not touched.

        Raises:
            OutputError: It cannot be written, or another run is writing it.
        """
        assert self._lock is None, "opened twice"
        given = Path(self.shown)
        self._target = Path(os.path.realpath(given.parent), given.name)
        with explained(f"write {self.shown!r}", self.shown):
            is_folder = not given.name or self._target.is_dir()
        if is_folder:
            what = f"cannot write the {self._kind} {self.shown!r}: a folder has that name"
            example = f"out/data{self._ending}"
            raise OutputError(what, fix=f"name the file itself, such as {example!r}.")
        with explained(f"write {self.shown!r}", self.shown):
            must_be_replaceable(self._target, self.shown)
        self.folder = self._target.with_name(f".{self._target.name}.dataflows")
        self._lock = FolderLock(self.folder, self.shown)
        try:
            self._lock.acquire(self._timeout_seconds, self._make_folder)
            self._is_held = True
            with explained(f"write {self.shown!r}", self.shown):
                # Whoever made these is dead: this run holds the lock.
                for path in self._staged_files():
                    path.unlink()
        except BaseException:
            self.close()
            raise

    def _make_folder(self) -> bool:
        missing = []
        folder = self.folder.parent
        while not os.path.lexists(folder):
            missing.append(folder)
            folder = folder.parent
        self._made += [folder for folder in reversed(missing) if folder not in self._made]
        with explained(f"make the folder of {self.shown!r}", self.shown):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(0o700, exist_ok=True)
            if self.folder.is_symlink():
                what = f"cannot write {self.shown!r}: {str(self.folder)!r} is a link"
                raise OutputError(what, fix="remove it: no run of ours has made it.")
        return True

    def _staged_files(self) -> Iterator[Path]:
        yield from (path for path in self.folder.iterdir() if not path.name.startswith("."))

    def create(self, name: str | None = None, shown: str | None = None) -> io.BufferedWriter:
        """Return the new file, or another in the folder beside it, open for writing.

        Args:
            name: The name of the other file.
            shown: What errors call that.

        Raises:
            OutputError: The system refuses. Writing raises it, too.
        """
        path = self._new if name is None else self.folder / name
        shown = shown or self.shown
        with explained(f"create {shown!r}", self.shown):
            raw = StagedFile(path, shown, self.shown)
        return io.BufferedWriter(raw, _BUFFER_BYTES)

    def sync(self, file: BinaryIO | io.BufferedWriter) -> None:
        """Close the new file and bring it to the disk.

        Raises:
            OutputError: The system refuses.
        """
        assert self._lock is not None, "not open"
        with explained(f"write {self.shown!r}", self.shown):
            file.close()
            sync_file(self._new, self._lock.file_mode)

    def commit(self) -> None:
        """Put the new file in the place of the old one, in one step, and let go of the place.

        Raises:
            OutputError: The system refuses; the old one is there.
        """
        is_first = not os.path.lexists(self._target)
        try:
            with contextlib.suppress(OSError, NotImplementedError):
                os.link(self._target, self._old, follow_symlinks=False)
            self._new.replace(self._target)
            for folder in (self._target.parent, *(path.parent for path in self._made)):
                sync_folder(folder)
        except BaseException as error:
            self._undo(is_first=is_first)
            if isinstance(error, OSError):
                what = f"put the new {self._kind} in place at {self.shown!r}"
                raise output_error(error, what, self.shown) from error
            raise
        self._made.clear()
        self.close()

    def _undo(self, *, is_first: bool) -> None:
        """Put the former file back, so that a run that fails or is interrupted has changed nothing.

        Where it could not be kept, for lack of links, and the new one is in place, that stays.
        """
        if os.path.lexists(self._new):
            return
        with contextlib.suppress(OSError):
            if is_first:
                self._target.unlink()
            else:
                self._old.replace(self._target)

    def close(self, *staged: BinaryIO) -> None:
        """Let go of the place and leave nothing beside it: at any time, also twice.

        Args:
            *staged: Files in the folder that are still open.
        """
        if self._lock is None:
            return
        try:
            for file in staged:
                drop(file)
            if self._is_held:
                with contextlib.suppress(OSError):
                    for path in self._staged_files():
                        path.unlink()
        finally:
            self._lock.release()
        for folder in (self.folder, *reversed(self._made)):
            with contextlib.suppress(OSError):
                folder.rmdir()
        self._lock = None
