"""One file as the output of a run: there is the old one or the new one, whole, and nothing else."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from dataflows.commit.recovery import LOCK_TIMEOUT_SECONDS
from dataflows.processors.storage.replaced_file import ReplacedFile

__all__ = ["StagedOutput", "StreamOutput"]


class StagedOutput:
    """One file that appears at once: what `dataflows.commit.StagedFolder` is for a folder.

    Args:
        path: The file; the folders above it are made when needed. A link in its place is replaced,
            not followed.
        lock_timeout_seconds: How long `open` waits for another run that writes it.

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

    def __init__(self, path: str, *, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> None:
        self.remove: set[str] = set()
        self._place = ReplacedFile(path, "file", ".csv", lock_timeout_seconds)
        self._is_kept = False
        self._file: BinaryIO | None = None

    def __str__(self) -> str:
        return f"file {self._place.shown!r}"

    def open(self) -> None:
        """Take the place of the file for this run; what stands there is not touched.

        Raises:
            OutputError: It cannot be written, or another run is writing it.
        """
        self._place.open()

    def create(self, path: str) -> BinaryIO:  # noqa: ARG002 - there is one file, whatever its path
        """Return the new file, open for writing.

        Raises:
            OutputError: The system refuses. Writing raises it, too.
        """
        assert self._file is None, "one file"
        self._file = cast("BinaryIO", self._place.create())
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
        assert self._file is not None, "nothing was written"
        self._place.sync(self._file)

    def commit(self, *, last: str | None = None) -> None:  # noqa: ARG002 - there is one file
        """Put the new file in the place of the old one, in one step.

        Raises:
            OutputError: The system refuses; the old one is there.
        """
        if self._is_kept:
            self.abort()
        else:
            self._place.commit()

    def abort(self) -> None:
        """Remove what was staged and what was made for it; leave everything as it was.

        It may be called at any time, also twice; after `commit` it does nothing.
        """
        self._place.close(*([] if self._file is None else [self._file]))


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
