"""One file as the output of a run: there is the old one or the new one, whole, and nothing else.

The file is written in a folder beside it, ``.<name>.dataflows``, under a lock of its own, and takes
its place by one rename. What a killed run leaves in that folder, the next one removes.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

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

__all__ = ["StagedOutput", "StreamOutput"]

_BUFFER_BYTES = 256 * 1024
_NEW = "new"


class StagedOutput:
    """One file that appears at once: what `dataflows.commit.StagedFolder` is for a folder.

    Args:
        path: The file; the folders above it are made when needed. A link in its place is replaced,
            not followed.

    Examples:
        >>> import os, tempfile
        >>> target = os.path.join(tempfile.mkdtemp(), "out.csv")
        >>> staged = StagedOutput(target)
        >>> staged.open()
        >>> with staged.create("out.csv") as file:
        ...     _ = file.write(b"id")
        >>> staged.prepare()
        >>> os.path.exists(target)
        False
        >>> staged.commit()
        >>> os.listdir(os.path.dirname(target))
        ['out.csv']
    """

    def __init__(self, path: str) -> None:
        self.remove: set[str] = set()
        self._shown = path
        self._target = Path()
        self._work = Path()
        self._lock: FolderLock | None = None
        self._is_held = False
        self._is_kept = False
        self._made: list[Path] = []
        self._file: BinaryIO | None = None

    def __str__(self) -> str:
        return f"file {self._shown!r}"

    def open(self) -> None:
        """Take the place of the file for this run; what stands there is not touched.

        Raises:
            OutputError: It cannot be written, or another run is writing it.
        """
        assert self._lock is None, "opened twice"
        given = Path(self._shown)
        self._target = Path(os.path.realpath(given.parent), given.name)
        with explained(f"write {self._shown!r}", self._shown):
            is_folder = self._target.is_dir()
        if is_folder:
            what = f"cannot write the file {self._shown!r}: a folder has that name"
            raise OutputError(what, fix="name the file itself, such as 'out/data.csv'.")
        with explained(f"write {self._shown!r}", self._shown):
            must_be_replaceable(self._target, self._shown)
        self._work = self._target.with_name(f".{self._target.name}.dataflows")
        self._lock = FolderLock(self._work, self._shown)
        try:
            self._lock.acquire(LOCK_TIMEOUT_SECONDS, self._make_work)
            self._is_held = True
            with explained(f"write {self._shown!r}", self._shown):
                # Whoever made these is dead: this run holds the lock.
                for path in self._staged_files():
                    path.unlink()
        except BaseException:
            self.abort()
            raise

    def _make_work(self) -> bool:
        missing = []
        folder = self._work.parent
        while not os.path.lexists(folder):
            missing.append(folder)
            folder = folder.parent
        self._made += [folder for folder in reversed(missing) if folder not in self._made]
        with explained(f"make the folder of {self._shown!r}", self._shown):
            self._work.parent.mkdir(parents=True, exist_ok=True)
            self._work.mkdir(0o700, exist_ok=True)
            if self._work.is_symlink():
                what = f"cannot write {self._shown!r}: {str(self._work)!r} is a link"
                raise OutputError(what, fix="remove it: no run of ours has made it.")
        return True

    def _staged_files(self) -> Iterator[Path]:
        yield from (path for path in self._work.iterdir() if not path.name.startswith("."))

    def create(self, path: str) -> BinaryIO:  # noqa: ARG002 - there is one file, whatever its path
        """Return the new file, open for writing.

        Raises:
            OutputError: The system refuses. Writing raises it, too.
        """
        assert self._file is None, "one file"
        with explained(f"write {self._shown!r}", self._shown):
            raw = StagedFile(self._work / _NEW, self._shown, self._shown)
        self._file = cast("BinaryIO", io.BufferedWriter(raw, _BUFFER_BYTES))
        return self._file

    def rename(self, path: str, new_path: str) -> None:
        """Refuse: the file has the path that was asked for."""
        raise NotImplementedError

    def discard(self, path: str) -> None:  # noqa: ARG002 - there is one file, whatever its path
        """Keep the file that stands there."""
        self._is_kept = True

    def prepare(self) -> None:
        """Bring the new file to the disk.

        Raises:
            OutputError: The system refuses; call `abort` then, and all is as it was.
        """
        assert self._lock is not None, "not open"
        assert self._file is not None, "nothing was written"
        with explained(f"write {self._shown!r}", self._shown):
            self._file.close()
            sync_file(self._work / _NEW, self._lock.file_mode)

    def commit(self, *, last: str | None = None) -> None:  # noqa: ARG002 - there is one file
        """Put the new file in the place of the old one, in one step.

        Raises:
            OutputError: The system refuses; the old one is there.
        """
        if self._is_kept:
            self._close()
            return
        try:
            (self._work / _NEW).replace(self._target)
            for folder in (self._target.parent, *(path.parent for path in self._made)):
                sync_folder(folder)
        except OSError as error:
            self._close()
            what = f"put the new file in place at {self._shown!r}"
            raise output_error(error, what, self._shown) from error
        self._made.clear()
        self._close()

    def abort(self) -> None:
        """Remove what was staged and what was made for it; leave everything as it was.

        It may be called at any time, also twice; after `commit` it does nothing.
        """
        self._close()

    def _close(self) -> None:
        """Let go of the place, and leave nothing beside it."""
        if self._lock is None:
            return
        try:
            if self._file is not None:
                drop(self._file)
            if self._is_held:
                with contextlib.suppress(OSError):
                    for path in self._staged_files():
                        path.unlink()
        finally:
            self._lock.release()
        for folder in (self._work, *reversed(self._made)):
            with contextlib.suppress(OSError):
                folder.rmdir()
        self._lock = None


class StreamOutput:
    """An open file as the output of a run: what is written is seen at once, and it stays open.

    Args:
        file: Takes bytes.
        shown: What errors call it.

    Examples:
        >>> import io
        >>> file = io.BytesIO()
        >>> output = StreamOutput(file, "standard output")
        >>> with output.create("rows.csv") as target:
        ...     _ = target.write(b"id")
        >>> output.prepare()
        >>> file.getvalue()
        b'id'
    """

    def __init__(self, file: BinaryIO, shown: str) -> None:
        self.remove: set[str] = set()
        self._file = file
        self._shown = shown

    def __str__(self) -> str:
        return self._shown

    def open(self) -> None:
        """Do nothing: it is open."""

    def create(self, path: str) -> BinaryIO:  # noqa: ARG002 - there is one file, whatever its path
        """Return what writes to the file, and leaves it open when it is closed."""
        return cast("BinaryIO", _Unclosed(self._file))

    def rename(self, path: str, new_path: str) -> None:
        """Refuse: an open file has no path."""
        raise NotImplementedError

    def discard(self, path: str) -> None:
        """Do nothing: it is written."""

    def prepare(self) -> None:
        """Hand on what the file still holds."""
        self._file.flush()

    def commit(self, *, last: str | None = None) -> None:
        """Do nothing: what is written can be seen."""

    def abort(self) -> None:
        """Do nothing: what is written cannot be taken back."""


class _Unclosed(io.RawIOBase):
    """Writes to a file that belongs to somebody else."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        view = memoryview(cast("bytes", data)).cast("B")
        self._file.write(view)
        return len(view)
