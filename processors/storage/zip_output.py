"""A zip as the output of a run: there is the old one or the new one, whole, and nothing else."""

from __future__ import annotations

import os
import shutil
import zipfile
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflows.commit.disk import confined, explained
from dataflows.commit.recovery import LOCK_TIMEOUT_SECONDS
from dataflows.errors import OutputError
from dataflows.processors.storage.replaced_file import ReplacedFile

if TYPE_CHECKING:
    import io
    from pathlib import Path

__all__ = ["StagedZip"]

_BUFFER_BYTES = 256 * 1024
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
        self._place = ReplacedFile(os.fspath(path), "zip", ".zip", lock_timeout_seconds)
        self._is_spooled = spooled
        self._file: io.BufferedWriter | None = None
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, tuple[str, str, BinaryIO]] = {}
        self._count = 0

    def __str__(self) -> str:
        return f"zip {self._place.shown!r}"

    @property
    def is_open(self) -> bool:
        """Whether a run holds the place of the zip."""
        return self._place.is_open

    def open(self) -> None:
        """Take the place of the zip for this run; what stands there is not touched.

        Raises:
            OutputError: It cannot be written, or another run is writing it.
        """
        self._place.open()
        try:
            self._file = self._place.create()
            # The default level: higher ones take much longer for very little.
            self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)
        except BaseException:
            self.abort()
            raise

    def create(self, path: str) -> BinaryIO:
        """Return a new member, open for writing; the one before must be closed, unless spooled.

        Args:
            path: Its path in the zip, with ``/`` between its parts.

        Raises:
            OutputError: The path could lead out of the folder where somebody unpacks the zip, or
                is that of another member; or the system refuses. Writing raises it, too.
        """
        assert self._zip is not None, "not open"
        plain = confined(self._place.folder, path)
        self._refuse_taken(plain)
        if self._is_spooled:
            self._count += 1
            name = f"member-{self._count}"
            file = cast("BinaryIO", self._place.create(name, f"{self._place.shown}/{plain}"))
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
        folder = self._place.folder
        plain = confined(folder, new_path)
        self._refuse_taken(plain)
        name, _, file = self._members.pop(os.path.normcase(confined(folder, path)))
        self._members[os.path.normcase(plain)] = name, plain, file

    def discard(self, path: str) -> None:
        """Do nothing: a zip is made anew, and all of its members with it."""

    def prepare(self) -> None:
        """Complete the new zip and bring it to the disk.

        Raises:
            OutputError: The system refuses; call `abort` then, and all is as it was.
        """
        assert self._zip is not None, "prepared twice"
        assert self._file is not None, "not open"
        with explained(f"write {self._place.shown!r}", self._place.shown):
            for name, plain, file in self._members.values():
                file.close()
                if self._is_spooled:
                    self._pack(self._place.folder / name, plain)
            self._zip.close()
            self._zip = None
        self._place.sync(self._file)

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
        self._place.commit()

    def abort(self) -> None:
        """Remove what was staged and what was made for it; leave everything as it was.

        It may be called at any time, also twice; after `commit` it does nothing.
        """
        if not self._place.is_open:
            return
        staged = [file for _, _, file in self._members.values()] if self._is_spooled else []
        if self._zip is not None:
            # It is not to be completed: closing it would write its end.
            self._zip.fp = None
            self._zip = None
        if self._file is not None:
            # What it still holds is not to be written either.
            staged.append(cast("BinaryIO", self._file.raw))
        self._place.close(*staged)


def _info(path: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = _MEMBER_MODE
    return info
