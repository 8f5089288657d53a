"""A zip as the output of a run: there is the old one or the new one, whole, and nothing else.

The zip is written in a folder beside it, ``.<name>.dataflows``, under a lock of its own, and takes
its place by one rename. What a killed run leaves in that folder, the next one removes.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflows.commit.disk import (
    StagedFile,
    confined,
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

__all__ = ["StagedZip"]

_BUFFER_BYTES = 256 * 1024
_NEW = "new.zip"
_OLD = "old.zip"
_MEMBER_MODE = 0o644 << 16


class StagedZip:
    """The files of one output as the members of a zip that appears at once.

    It does for a zip what `dataflows.commit.StagedFolder` does for a folder. The members have no
    dates, so that equal rows make equal zips.

    Args:
        path: The zip; the folders above it are made when needed. A link in its place is replaced,
            not followed.
        lock_timeout_seconds: How long `open` waits for another run that writes it.
        spooled: Whether members are first written beside the zip: needed where several are open at
            once, or one is renamed. Else they are compressed as they are written.

    Examples:
        >>> import os, tempfile, zipfile
        >>> target = os.path.join(tempfile.mkdtemp(), "out.zip")
        >>> staged = StagedZip(target)
        >>> staged.open()
        >>> with staged.create("rows.csv") as file:
        ...     _ = file.write(b"id")
        >>> staged.prepare()
        >>> os.path.exists(target)
        False
        >>> staged.commit()
        >>> os.listdir(os.path.dirname(target)), zipfile.ZipFile(target).namelist()
        (['out.zip'], ['rows.csv'])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
        spooled: bool = False,
    ) -> None:
        self.remove: set[str] = set()
        self._shown = os.fspath(path)
        self._timeout_seconds = lock_timeout_seconds
        self._is_spooled = spooled
        self._target = Path()
        self._work = Path()
        self._lock: FolderLock | None = None
        self._is_held = False
        self._made: list[Path] = []
        self._file: BinaryIO | None = None
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, tuple[str, str, BinaryIO]] = {}
        self._count = 0

    def __str__(self) -> str:
        return f"zip {self._shown!r}"

    @property
    def is_open(self) -> bool:
        """Whether a run holds the place of the zip."""
        return self._lock is not None

    def open(self) -> None:
        """Take the place of the zip for this run; what stands there is not touched.

        Raises:
            OutputError: It cannot be written, or another run is writing it.
        """
        assert self._lock is None, "opened twice"
        given = Path(self._shown)
        self._target = Path(os.path.realpath(given.parent), given.name)
        with explained(f"write {self._shown!r}", self._shown):
            is_folder = not given.name or self._target.is_dir()
        if is_folder:
            what = f"cannot write the zip {self._shown!r}: a folder has that name"
            raise OutputError(what, fix="name the file itself, such as 'out/data.zip'.")
        with explained(f"write {self._shown!r}", self._shown):
            must_be_replaceable(self._target, self._shown)
        self._work = self._target.with_name(f".{self._target.name}.dataflows")
        self._lock = FolderLock(self._work, self._shown)
        try:
            self._lock.acquire(self._timeout_seconds, self._make_work)
            self._is_held = True
            with explained(f"write {self._shown!r}", self._shown):
                # Whoever made these is dead: this run holds the lock.
                for path in self._staged_files():
                    path.unlink()
            self._file = self._create(_NEW, self._shown)
            # The default level: higher ones take much longer for very little.
            self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)
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

    def _create(self, name: str, shown: str) -> BinaryIO:
        with explained(f"create {shown!r}", self._shown):
            raw = StagedFile(self._work / name, shown, self._shown)
        return io.BufferedWriter(raw, _BUFFER_BYTES)

    def create(self, path: str) -> BinaryIO:
        """Return a new member, open for writing; the one before must be closed, unless spooled.

        Args:
            path: Its path in the zip, with ``/`` between its parts.

        Raises:
            OutputError: The path could lead out of the folder where somebody unpacks the zip, or
                is that of another member; or the system refuses. Writing raises it, too.
        """
        assert self._zip is not None, "not open"
        plain = confined(self._work, path)
        self._refuse_taken(plain)
        if self._is_spooled:
            self._count += 1
            name = f"member-{self._count}"
            file = self._create(name, f"{self._shown}/{plain}")
        else:
            name = ""
            # How large it becomes is not known, and it may pass four gigabytes.
            member = self._zip.open(_info(plain), "w", force_zip64=True)
            file = cast("BinaryIO", member)
        self._members[os.path.normcase(plain)] = name, plain, file
        return file

    def _refuse_taken(self, plain: str) -> None:
        if os.path.normcase(plain) in self._members:
            raise OutputError(
                f"two files of one output have the path {plain!r}",
                fix="give each resource a path of its own.",
            )

    def rename(self, path: str, new_path: str) -> None:
        """Let a member go to another path; only where they are spooled.

        Raises:
            OutputError: The new path could lead out of the folder, or is taken.
        """
        assert self._is_spooled, "a member that is written has its name"
        plain = confined(self._work, new_path)
        self._refuse_taken(plain)
        name, _, file = self._members.pop(os.path.normcase(confined(self._work, path)))
        self._members[os.path.normcase(plain)] = name, plain, file

    def discard(self, path: str) -> None:
        """Do nothing: a zip is made anew, and all of its members with it."""

    def prepare(self) -> None:
        """Complete the new zip and bring it to the disk.

        Raises:
            OutputError: The system refuses; call `abort` then, and all is as it was.
        """
        assert self._lock is not None, "not open"
        assert self._zip is not None, "prepared twice"
        assert self._file is not None, "not open"
        with explained(f"write {self._shown!r}", self._shown):
            for name, plain, file in self._members.values():
                file.close()
                if self._is_spooled:
                    self._pack(self._work / name, plain)
            self._zip.close()
            self._zip = None
            self._file.close()
            sync_file(self._work / _NEW, self._lock.file_mode)

    def _pack(self, path: Path, plain: str) -> None:
        assert self._zip is not None
        with (
            path.open("rb") as source,
            self._zip.open(_info(plain), "w", force_zip64=True) as member,
        ):
            shutil.copyfileobj(source, member, _BUFFER_BYTES)
        path.unlink()

    def commit(self, *, last: str | None = None) -> None:  # noqa: ARG002 - of a zip, all files come at once
        """Put the new zip in the place of the old one, in one step.

        Raises:
            OutputError: The system refuses; the old one is there.
        """
        assert self._zip is None, "not prepared"
        new, old = self._work / _NEW, self._work / _OLD
        is_first = not os.path.lexists(self._target)
        try:
            with contextlib.suppress(OSError, NotImplementedError):
                os.link(self._target, old, follow_symlinks=False)
            new.replace(self._target)
            for folder in (self._target.parent, *(path.parent for path in self._made)):
                sync_folder(folder)
        except BaseException as error:
            self._undo(is_first=is_first)
            if isinstance(error, OSError):
                what = f"put the new file in place at {self._shown!r}"
                raise output_error(error, what, self._shown) from error
            raise
        self._made.clear()
        self._close()

    def _undo(self, *, is_first: bool) -> None:
        """Put the former zip back, so that a run that fails or is interrupted has changed nothing.

        Where it could not be kept, for lack of links, and the new one is in place, that stays.
        """
        if os.path.lexists(self._work / _NEW):
            return
        with contextlib.suppress(OSError):
            if is_first:
                self._target.unlink()
            else:
                (self._work / _OLD).replace(self._target)

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
            for _, _, file in self._members.values():
                if self._is_spooled:
                    drop(file)
            if self._zip is not None:
                # It is not to be completed: closing it would write its end.
                self._zip.fp = None
                self._zip = None
            if self._file is not None:
                # What it still holds is not to be written either.
                drop(cast("BinaryIO", cast("io.BufferedWriter", self._file).raw))
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


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = _MEMBER_MODE
    return info
