"""A prefix of S3 as the output of a run: its files appear there when all of them are complete."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from dataflows.commit.disk import confined
from dataflows.errors import OutputError
from dataflows.processors.storage.s3_commit import (
    DESCRIPTOR,
    OvertakenError,
    S3Journal,
    UploadRef,
    recover,
)
from dataflows.processors.storage.s3_folder import S3Folder, at_once, parsed
from dataflows.processors.storage.s3_runs import RunNote, sweep
from dataflows.processors.storage.s3_upload import S3Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.processors.storage.s3_client import S3Options
    from dataflows.processors.storage.s3_folder import Found

__all__ = ["StagedPrefix"]

_ROOT = Path("/")


class StagedPrefix:
    """The files of one output as the objects beneath a prefix.

    It does for S3 what `dataflows.commit.StagedFolder` does for a folder: files are sent in parts
    while they are written, and completed by the commit (see `s3_commit`).

    Args:
        bucket: The bucket.
        prefix: The prefix: empty, or with ``/`` at its end.
        options: How S3 is asked.
        final_path: Returns for the path and the MD5 of a file the path that it is to have, where
            that depends on the MD5.
        held: Whether files are held back until they are complete: needed where many are open.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        options: S3Options,
        *,
        final_path: Callable[[str, str], str] | None = None,
        held: bool = False,
    ) -> None:
        self.remove: set[str] = set()
        self._bucket = bucket
        self._prefix = prefix
        self._options = options
        self._final_path = final_path
        self._is_held = held or final_path is not None
        self._run = os.urandom(8).hex()
        self._folder: S3Folder | None = None
        self._note: RunNote | None = None
        self._base: Found | None = None
        self._former: dict[str, int | None] = {}
        self._files: dict[str, S3Upload] = {}
        self._descriptor: _Kept | None = None
        self._journal: S3Journal | None = None

    def __str__(self) -> str:
        return f"s3://{self._bucket}/{self._prefix}"

    def open(self) -> None:
        """Look at what is there, and finish or remove what killed runs have left.

        Raises:
            OutputError: It cannot be written.
        """
        assert self._folder is None, "opened twice"
        folder = self._folder = S3Folder(self._bucket, self._prefix, self._options)
        try:
            recover(folder, must=False)
            there = folder.get(DESCRIPTOR)
            if there is not None:
                self._base = there[1]
                self._former = _described_files(there[0])
            sweep(folder)
            self._note = RunNote(folder, self._run)
        except BaseException:
            self._close()
            raise

    def create(self, path: str) -> BinaryIO:
        """Return a new file, open for writing.

        Args:
            path: Its path beneath the prefix.

        Raises:
            OutputError: The path could lead elsewhere, or is that of another file; or S3 refuses.
        """
        assert self._folder is not None, "not open"
        assert self._note is not None, "not open"
        note = self._note
        plain = confined(_ROOT, path)
        self._refuse_taken(plain)
        if plain == DESCRIPTOR:
            self._descriptor = _Kept()
            return self._descriptor
        # Those that are written to their end need nobody to wait for them.
        self._settle()
        file = S3Upload(
            self._folder,
            plain,
            self._run,
            lambda path: note.add([path]),
            held=self._is_held or plain in self._former,
            most_held_bytes=None if self._is_held else self._former.get(plain),
        )
        self._files[plain] = file
        return cast("BinaryIO", file)

    def _refuse_taken(self, plain: str) -> None:
        if plain in self._files or (plain == DESCRIPTOR and self._descriptor is not None):
            what = f"two files of one output have the path {plain!r}"
            raise OutputError(what, fix="give each resource a path of its own.")

    def _settle(self) -> None:
        """Send what is left of the files that are written to their end."""
        ended = [one for one in self._files.values() if one.closed and not one.is_settled]
        for one in ended:
            if self._final_path is not None:
                one.path = self._final_path(one.path, one.digest())
        if len(ended) == 1:
            ended[0].settle()
        elif ended:
            at_once(S3Upload.settle, ended)

    def rename(self, path: str, new_path: str) -> None:
        """Let a file, closed by now, go to the path that `final_path` has told.

        Raises:
            OutputError: S3 refuses.
        """
        self._settle()
        file = self._files.pop(confined(_ROOT, path))
        assert file.path == new_path, "sent by now"
        self._refuse_taken(new_path)
        self._files[new_path] = file

    def stands(self, path: str) -> bool:
        """Return whether an object with the bytes of a file, closed by now, stands there.

        Raises:
            OutputError: S3 refuses.
        """
        self._settle()
        return self._files[confined(_ROOT, path)].stands

    def discard(self, path: str) -> None:
        """Forget a new file: the object that stands there stays."""
        self._files.pop(confined(_ROOT, path)).drop()

    def former_files(self, kept: set[str]) -> set[str]:
        """Return the paths of a former dump that are not in `kept`."""
        return set(self._former) - kept

    def prepare(self) -> None:
        """Send what is left, and look at what is to go.

        Raises:
            OutputError: S3 refuses; call `abort` then, and all is as it was.
        """
        assert self._folder is not None, "not open"
        self._settle()
        removed = []
        for path in sorted(self.remove):
            found = self._folder.head(path)
            # What somebody else has written in its place is not ours to remove.
            if found is not None and found.run and found.size == self._former.get(path):
                removed.append((path, found.etag))
        uploads = [UploadRef(one.path, str(one.upload), one.etags) for one in self._files.values()]
        assert self._descriptor is not None, "written last"
        text = self._descriptor.getvalue().decode()
        self._journal = S3Journal(self._run, self._base, text, uploads, removed)

    def commit(self, *, last: str | None = DESCRIPTOR) -> None:  # noqa: ARG002 - it is
        """Make the files objects, the descriptor after all others.

        Raises:
            OutputError: Another run has written there meanwhile: its output is there, whole. Or
                S3 refuses: the message says which output is there.
        """
        assert self._folder is not None, "not open"
        assert self._journal is not None, "not prepared"
        journal, folder = self._journal, self._folder
        try:
            if self._is_same(journal):
                journal.check(folder.head(DESCRIPTOR))
            else:
                journal.publish(folder)
                journal.finish(folder)
        except OvertakenError:
            with contextlib.suppress(OutputError):
                journal.retract(folder)
            what = f"{self} was written by another run while this one was at work"
            fix = "its output is complete; run again if you want the output of this run."
            raise OutputError(what, fix=fix) from None
        except BaseException as error:
            self._undo(error)
            raise
        self._abort_unsure()
        self._files.clear()
        self._close()

    def _is_same(self, journal: S3Journal) -> bool:
        """Return whether everything stands there already."""
        digest = hashlib.md5(journal.descriptor.encode(), usedforsecurity=False).hexdigest()
        return (
            not (journal.uploads or journal.removed)
            and self._base is not None
            and self._base.etag == f'"{digest}"'
        )

    def _undo(self, error: BaseException) -> None:
        """Leave the former output where that can be, else see to the end of the commit."""
        assert self._folder is not None, "not open"
        assert self._journal is not None, "not prepared"
        journal, folder = self._journal, self._folder
        try:
            if not journal.is_begun(folder):
                journal.retract(folder)
                return
            if not isinstance(error, Exception):
                journal.finish(folder)
                error.add_note(f"{self} is new: its commit had begun")
        except (OutputError, OvertakenError):
            pass
        # The uploads are the next run's now: it finishes what the journal says.
        self._files.clear()
        if isinstance(error, OutputError):
            error.fix = f"run again, or load {self}{DESCRIPTOR}: either finishes the commit. " + (
                error.fix or ""
            )

    def abort(self) -> None:
        """Abort all uploads, and leave everything as it was.

        It may be called at any time, also twice; after `commit` it does nothing.
        """
        try:
            for file in self._files.values():
                with contextlib.suppress(OutputError):
                    file.drop()
            self._abort_unsure()
            self._files.clear()
        finally:
            self._close()

    def _abort_unsure(self) -> None:
        """Abort uploads that were begun, but whose ids did not arrive."""
        paths = {file.path for file in self._files.values() if file.is_unsure}
        if paths and self._folder is not None:
            with contextlib.suppress(OutputError):
                for path, upload in list(self._folder.uploads()):
                    if path in paths:
                        self._folder.abort(path, upload)

    def _close(self) -> None:
        folder, self._folder = self._folder, None
        note, self._note = self._note, None
        if folder is None:
            return
        try:
            if note is not None:
                with contextlib.suppress(OutputError):
                    note.remove()
        finally:
            folder.close()


class _Kept(io.BytesIO):
    """Bytes that can be had after the file is closed."""

    def close(self) -> None:
        """Do nothing."""


def _described_files(data: bytes) -> dict[str, int | None]:
    """Return the paths that a descriptor of ours names, each with its size."""
    files: dict[str, int | None] = {}
    with contextlib.suppress(LookupError, TypeError, AttributeError, OutputError):
        for resource in parsed(data).get("resources", []):
            for one in resource.get("dataflows:files") or [resource]:
                if one.get("count_of_rows") is not None and isinstance(one["path"], str):
                    size = one.get("bytes")
                    files[confined(_ROOT, one["path"])] = size if isinstance(size, int) else None
    return files
