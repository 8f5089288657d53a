"""What the commit asks of the disk: confined paths, synced files, and refusals in our words."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, BinaryIO, TextIO

from dataflows.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer

__all__ = [
    "StagedFile",
    "confined",
    "drop",
    "explained",
    "is_file",
    "output_error",
    "sync_file",
    "sync_folder",
    "write_new_file",
]

_RESERVED_NAMES = {"con", "prn", "aux", "nul", "clock$"} | {
    f"{device}{digit}" for device in ("com", "lpt") for digit in "0123456789¹²³"
}
_BINARY: int = getattr(os, "O_BINARY", 0)
# Some network and FUSE file systems cannot sync a folder and say so with one of these.
_CANNOT_SYNC_FOLDERS = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EACCES, errno.EPERM}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NO_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}


def output_error(error: OSError, what: str, folder: str) -> OutputError:
    """Return what the system refused as an error of ours, for an output that is still the old.

    Args:
        error: What the system said.
        what: What could not be done, with the path: ``"write 'out/a.csv'"``.
        folder: The folder of the output.
    """
    reason = error.strerror or str(error) or type(error).__name__
    reason = reason[0].lower() + reason[1:]
    if error.filename2 is not None:
        reason += f" ({error.filename2!r})"
    explained_error = OutputError(
        f"cannot {what}: {reason}; what was in {folder!r} before is untouched",
        fix=_fix_of(error, folder),
    )
    explained_error.errno = error.errno
    return explained_error


def _fix_of(error: OSError, folder: str) -> str:
    if error.errno in _NO_SPACE:
        return f"make room on the disk of {folder!r}: {_free_bytes(folder)}."
    if error.errno == errno.EFBIG:
        return "raise the limit on the size of files, or dump fewer rows."
    if error.errno in _NO_PERMISSION:
        return (
            f"let this user write in {folder!r} and close the programs that hold its files open, "
            "or name another folder."
        )
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return "name a path that is a folder, or where nothing is yet."
    if error.errno == errno.EIO:
        return f"check the disk of {folder!r}, then run again."
    return _fix_of_path(error, folder)


def _fix_of_path(error: OSError, folder: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"name a folder that can be made, and stays, in the place of {folder!r}."
    if error.errno == errno.ENAMETOOLONG:
        return "give it a shorter name: most systems take 255 bytes for each part of a path."
    path = error.filename2 or error.filename or folder
    if isinstance(error, IsADirectoryError) or error.errno == errno.ENOTEMPTY:
        return f"remove the folder {path!r}, then run again."
    return f"see to {path!r}, then run again."


def _free_bytes(folder: str) -> str:
    import shutil

    there = next(path for path in (Path(folder), *Path(folder).absolute().parents) if path.is_dir())
    try:
        return f"{shutil.disk_usage(there).free:,} bytes are free"
    except OSError:
        return "how much is free cannot be told"


@contextlib.contextmanager
def explained(what: str, folder: str) -> Iterator[None]:
    """Turn what the system refuses inside the block into an OutputError (see `output_error`)."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise output_error(error, what, folder) from error


def confined(folder: Path, path: str, *, windows: bool = os.name == "nt") -> str:
    """Return `path` in its plain form, or refuse it where it could lead out of `folder`.

    Args:
        folder: The real path of the folder (no links in it).
        path: A relative path, with ``/`` between its parts.
        windows: Whether names that Windows reserves for devices are refused, too.

    Raises:
        OutputError: The path is absolute or empty, has ``..``, ``~``, a drive or a NUL in it,
            names a file of our own, or passes through a link that leads out.

    Examples:
        >>> confined(Path("/data/out"), "./a//b.csv")
        'a/b.csv'
        >>> confined(Path("/data/out"), "../b.csv")
        Traceback (most recent call last):
        dataflows.errors.OutputError: cannot write to the path '../b.csv': it has '..' in it
          fix: give the file a path inside the folder, such as 'data/rows.csv'.
    """
    reason = _refusal(path, windows=windows)
    plain = "/".join(part for part in path.split("/") if part not in ("", "."))
    if reason is None:
        parent = Path(os.path.realpath((folder / plain).parent))
        if not parent.is_relative_to(folder):
            reason = f"a link on its way leads to {str(parent)!r}"
    if reason is not None:
        raise OutputError(
            f"cannot write to the path {path!r}: {reason}",
            fix="give the file a path inside the folder, such as 'data/rows.csv'.",
        )
    return plain


def _refusal(path: str, *, windows: bool) -> str | None:
    parts = path.replace("\\", "/").split("/")
    reserved = [part for part in parts if part.split(".")[0].rstrip().casefold() in _RESERVED_NAMES]
    reasons = {
        "it is empty": not any(part.strip(".") for part in parts) and ".." not in parts,
        "it has a NUL character in it": "\0" in path,
        "it is absolute": not parts[0] and path != "",
        "it names a drive": PureWindowsPath(path).drive != "",
        "it starts with '~'": path.startswith("~"),
        "it has '..' in it": ".." in parts,
        "it names a folder": not parts[-1] and path != "",
        "'.dataflows…' is the commit's own": path.removeprefix("./").startswith(".dataflows"),
        f"Windows keeps {reserved} for devices": windows and bool(reserved),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def is_file(path: Path) -> bool:
    """Return whether a file, or a link in its place, stands at `path`."""
    return path.is_symlink() or path.is_file()


class StagedFile(io.FileIO):
    """A file that says in our words what the system refuses."""

    def __init__(self, staged: Path, shown: str, folder: str) -> None:
        self._shown = shown
        self._folder = folder
        super().__init__(staged, "xb", opener=lambda path, flags: os.open(path, flags, mode=0o600))

    def write(self, data: ReadableBuffer, /) -> int:
        """Write; see `io.FileIO`."""
        try:
            return super().write(data)
        except OSError as error:
            raise output_error(error, f"write {self._shown!r}", self._folder) from error


def drop(file: BinaryIO | TextIO) -> None:
    """Close a file that nobody wants any more: that it cannot take its last bytes is no error."""
    with contextlib.suppress(OSError, ValueError):
        file.close()


def sync_file(path: Path, mode: int) -> None:
    """Give a closed file its final permissions and bring it to the disk."""
    path.chmod(mode)
    descriptor = os.open(path, os.O_RDWR | _BINARY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can do that."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDERS:
            raise


def write_new_file(path: Path, content: bytes, mode: int, *, sync: bool) -> None:
    """Write a small file that must not be there yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
