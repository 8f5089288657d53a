"""The folder that holds a checkpoint: what is in it, whether it is whole, and how it is written."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from dataflows.coding.batch_coder import BatchCoder
from dataflows.coding.exact_json import dumps, loads
from dataflows.commit.recovery import recover
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch

__all__ = ["MANIFEST", "VERSION", "StoredCheckpoint", "StoredResource", "digest_of", "find_stored"]

MANIFEST = "manifest.json"
VERSION = 1


class StoredResource(NamedTuple):
    """The rows of one resource: an Arrow stream in a file that never changes."""

    name: str
    path: Path
    rows: int

    def batches(self, file: pa.NativeFile) -> Iterator[Batch]:
        """Yield the rows."""
        with pa.ipc.open_stream(file) as reader:
            coder = BatchCoder.of_schema(reader.schema)
            for record in reader:
                yield coder.decode(record)


class StoredCheckpoint(NamedTuple):
    """A checkpoint that is whole."""

    descriptor: dict[str, Any]
    resources: list[StoredResource]


class _UnusableError(Exception):
    """A checkpoint that cannot be used, and why."""


def find_stored(folder: str, selector: Any) -> StoredCheckpoint | None:
    """Return the checkpoint in a folder; None without one, and with a warning for a broken one.

    Every byte of it is looked at: what was cut short or changed is not used.

    Args:
        folder: The folder.
        selector: Which resources it must have been made for.
    """
    recover(folder)
    manifest = Path(folder, MANIFEST)
    if not manifest.exists():
        return None
    try:
        return _checked(manifest, selector)
    except _UnusableError as unusable:
        what = f"the checkpoint in {folder!r} is not used, but made anew: {unusable}"
        warn(what)
        return None


def _checked(manifest: Path, selector: Any) -> StoredCheckpoint:
    with _unusable(f"{MANIFEST!r} is none of a checkpoint, or damaged"):
        found = loads(manifest.read_text(encoding="ascii"))
        version, digest = found["version"], found.pop("blake2b")
        if version == VERSION and digest != digest_of(found):
            raise _UnusableError(f"{MANIFEST!r} was changed")
    if version != VERSION:
        raise _UnusableError(f"it has the format version {version!r}, this is {VERSION}")
    if found["selector"] != selector:
        what = f"it was made with resources={found['selector']!r}, this is resources={selector!r}"
        raise _UnusableError(what)
    resources = []
    for one in found["files"]:
        path = manifest.parent / one["file"]
        _check_file(path, one["bytes"], one["blake2b"])
        resources.append(StoredResource(one["name"], path, one["rows"]))
    return StoredCheckpoint(found["package"], resources)


def _check_file(path: Path, size: int, digest: str) -> None:
    with _unusable(f"{path.name!r} cannot be read"), path.open("rb") as file:
        found = os.fstat(file.fileno()).st_size
        if found != size:
            raise _UnusableError(f"{path.name!r} has {found:,} bytes, not {size:,}")
        if hashlib.file_digest(file, hashlib.blake2b).hexdigest() != digest:
            raise _UnusableError(f"{path.name!r} was changed")
    with _unusable(f"{path.name!r} is of another version"), pa.OSFile(str(path)) as stored:
        BatchCoder.of_schema(pa.ipc.open_stream(stored).schema)


@contextmanager
def _unusable(what: str) -> Iterator[None]:
    """Turn what goes wrong inside into a reason not to use a checkpoint."""
    try:
        yield
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise _UnusableError(f"{what}: {error}") from error


def digest_of(manifest: dict[str, Any]) -> str:
    """Return what tells whether a manifest was changed."""
    return hashlib.blake2b(dumps(manifest).encode("ascii")).hexdigest()
