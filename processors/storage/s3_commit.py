"""How the uploads of a run become its output on S3, also where the run is killed meanwhile.

S3 cannot change several objects at one instant. So a run first publishes a journal,
``.dataflows-commit.json``, in one conditional write: at most one run can do that at a time, and
before it the old output counts, after it the new one. Then the uploads are completed, the
descriptor takes the place of the very one that the run had found at its beginning, and the journal
goes. Each of these steps can be done twice, and by anybody: the next dump to the place, or the next
load of its descriptor, finishes what a killed run has begun.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from time import sleep
from typing import TYPE_CHECKING, NamedTuple

from dataflows.errors import OutputError
from dataflows.processors.storage.s3_folder import Found, at_once, parsed

if TYPE_CHECKING:
    from dataflows.processors.storage.s3_folder import S3Folder

__all__ = ["DESCRIPTOR", "JOURNAL", "OvertakenError", "S3Journal", "UploadRef", "recover"]

DESCRIPTOR = "datapackage.json"
JOURNAL = ".dataflows-commit.json"
_GRACE_SECONDS = 5.0
_SECONDS_BETWEEN_LOOKS = 0.5


class OvertakenError(Exception):
    """Another run has written the output meanwhile; nothing of this one is there."""


class UploadRef(NamedTuple):
    """An upload whose parts are all there: its path, its id and the ETags of the parts."""

    path: str
    upload: str
    etags: list[str]


@dataclass(frozen=True, slots=True)
class S3Journal:
    """What a commit does.

    Args:
        run: The run.
        base: The descriptor that it had found at its beginning.
        descriptor: The new one.
        uploads: What is to be completed.
        removed: What is to go: paths and ETags.
    """

    run: str
    base: Found | None
    descriptor: str
    uploads: list[UploadRef]
    removed: list[tuple[str, str]]

    @classmethod
    def read(cls, data: bytes) -> S3Journal | None:
        """Return the journal in an object; None where it is none of ours."""
        found = parsed(data)
        try:
            return cls(
                str(found["run"]),
                None if found["base"] is None else Found(*found["base"]),
                str(found["descriptor"]),
                [UploadRef(*one) for one in found["uploads"]],
                [(str(path), str(etag)) for path, etag in found["removed"]],
            )
        except (LookupError, TypeError, ValueError):
            return None

    def publish(self, folder: S3Folder) -> None:
        """Begin the commit.

        Raises:
            OvertakenError: Another run is committing.
            OutputError: S3 refuses.
        """
        data = json.dumps(asdict(self)).encode()
        if not folder.put(JOURNAL, data, self.run, instead_of=None):
            raise OvertakenError

    def finish(self, folder: S3Folder) -> None:
        """Do all that the journal says, and remove it.

        Raises:
            OvertakenError: The descriptor is another one than it was; the journal is there still.
            OutputError: S3 refuses.
        """
        current = folder.head(DESCRIPTOR)
        if current is None or current.run != self.run:
            self.check(current)
            # The first alone: where it fails, nothing has been changed yet.
            for one in self.uploads[:1]:
                self._complete(folder, one)
            at_once(lambda one: self._complete(folder, one), self.uploads[1:])
            data = self.descriptor.encode()
            if not folder.put(DESCRIPTOR, data, self.run, instead_of=self.base):
                what = f"{folder}{DESCRIPTOR} was written by another program during the commit"
                fix = "dump again: the data beside it are those of this run."
                raise OutputError(what, fix=fix)
        for path, etag in self.removed:
            folder.delete(path, etag)
        self.retract(folder)

    def check(self, current: Found | None) -> None:
        """Check that a descriptor is the one that the run had found.

        Raises:
            OvertakenError: It is another one.
        """
        if current is None or self.base is None:
            if current is not self.base:
                raise OvertakenError
        elif (current.etag, current.run) != (self.base.etag, self.base.run):
            raise OvertakenError

    def _complete(self, folder: S3Folder, one: UploadRef) -> None:
        if not folder.complete(one.path, one.upload, one.etags, self.run):
            what = f"{folder}{one.path} cannot be completed: its upload is gone"
            fix = "dump again; let rules of the bucket abort uploads after a day or more only."
            raise OutputError(what, fix=fix)

    def is_begun(self, folder: S3Folder) -> bool:
        """Return whether anything of the output has been changed."""
        first = self.uploads[0].path if self.uploads else DESCRIPTOR
        found = folder.head(first)
        return found is not None and found.run == self.run

    def retract(self, folder: S3Folder) -> None:
        """Remove the journal, where it is this one."""
        found = folder.head(JOURNAL)
        if found is not None and found.run == self.run:
            folder.delete(JOURNAL, found.etag)


def recover(folder: S3Folder, *, must: bool = True) -> bool:
    """Finish the commit of a run that was killed in the middle of it; return whether there was one.

    Where there is none, which is nearly always, this costs one request. A run that commits at this
    moment is left some seconds to do so itself.

    Args:
        folder: The place of an output.
        must: Whether a commit that cannot be finished is an error; else it is dropped.

    Raises:
        OutputError: There is one, and it cannot be finished.
    """
    there = folder.get(JOURNAL)
    if there is None:
        return False
    while there is not None and there[2] < _GRACE_SECONDS:
        sleep(_SECONDS_BETWEEN_LOOKS)
        there = folder.get(JOURNAL)
    if there is None:
        return True
    data, found, _ = there
    journal = S3Journal.read(data)
    try:
        if journal is None:
            what = f"{folder}{JOURNAL} is no journal of a commit"
            raise OutputError(what, fix="remove it, and dump again.")
        journal.finish(folder)
    except OvertakenError:
        folder.delete(JOURNAL, found.etag)
    except OutputError:
        if must or journal is None:
            raise
        folder.delete(JOURNAL, found.etag)
    return True
