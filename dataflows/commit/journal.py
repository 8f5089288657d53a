"""The journal of a commit: which staged files go where, so that any run can finish it.

A folder that is being committed holds ``.dataflows-commit.json``; its presence is what makes the
new output the output. Whoever finds it, the next dump or the next load, moves the files that are
still staged and removes it. What a journal names is never trusted: it may have come with data.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dataflows.commit.disk import confined, is_file, sync_folder, write_new_file
from dataflows.errors import OutputError

__all__ = ["JOURNAL_NAME", "Journal", "is_staging_name", "remove_staging"]

JOURNAL_NAME = ".dataflows-commit.json"
_UNPUBLISHED_NAME = "journal"
_VERSION = 1
_STAGING_NAME = re.compile(r"\.dataflows-[0-9a-f]{12}")
_STAGED_NAME = re.compile(r"new-[0-9]{1,9}")


def is_staging_name(name: str) -> bool:
    """Return whether `name` is that of a staging folder."""
    return _STAGING_NAME.fullmatch(name) is not None


def remove_staging(staging: Path) -> None:
    """Remove a staging folder as far as the system lets us; what stays, the next run removes."""
    with contextlib.suppress(OSError):
        if staging.is_symlink():
            return
        for path in staging.iterdir():
            with contextlib.suppress(OSError):
                path.unlink()
        staging.rmdir()


@dataclass(frozen=True, slots=True)
class Journal:
    """What one commit does: files that move from the staging folder, and files that go.

    Args:
        folder: The real path of the output's folder.
        staging: The name of the staging folder in it.
        files: Of each file, its name in the staging folder and its path in the output.
        removed: Paths of files that go.
        made: Folders of the output that are not there before it, outer ones first.
    """

    folder: Path
    staging: str
    files: tuple[tuple[str, str], ...]
    removed: tuple[str, ...] = ()
    made: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Journal | None:
        """Return the journal that stands in `folder`, or None where there is none.

        Raises:
            OutputError: It is none of ours, or names paths outside the folder.
        """
        path = folder / JOURNAL_NAME
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            entries = json.loads(content)
            known = entries["version"] == _VERSION and is_staging_name(entries["staging"])
            files = tuple((str(staged), str(final)) for staged, final in entries["files"])
            known = known and all(_STAGED_NAME.fullmatch(staged) for staged, _ in files)
            removed = tuple(map(str, entries["removed"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            known = False
        if not known:
            raise OutputError(
                f"{str(path)!r} is not the journal of a commit that this version can finish",
                fix="remove it if nothing of yours wrote it; else finish with the newer version.",
            )
        for final in (*(final for _, final in files), *removed):
            confined(folder, final)
        journal = cls(folder, entries["staging"], files, removed)
        journal._refuse_traps(path)
        return journal

    def _refuse_traps(self, path: Path) -> None:
        """Refuse links and folders among the staged: in place, one could lead the next file out."""
        staged = [self._staged(name) for name, _ in self.files]
        if self._staged("").is_symlink() or any(
            os.path.lexists(file) and not stat.S_ISREG(file.lstat().st_mode) for file in staged
        ):
            raise OutputError(
                f"{str(path)!r} names something that is not a plain file",
                fix=f"remove it and {self.staging!r}: no commit of ours has made them.",
            )

    def write(self) -> None:
        """Write the journal, durably, where it does not count yet: into the staging folder."""
        entries = {
            "version": _VERSION,
            "staging": self.staging,
            "files": self.files,
            "removed": self.removed,
        }
        content = json.dumps(entries, ensure_ascii=False).encode("utf-8", "surrogateescape")
        write_new_file(self._staged(_UNPUBLISHED_NAME), content, 0o600, sync=True)

    def publish(self) -> None:
        """Make the journal count, in one step: from here on the new output is the output."""
        self._staged(_UNPUBLISHED_NAME).replace(self._final(JOURNAL_NAME))
        sync_folder(self.folder)

    def is_published(self) -> bool:
        """Return whether a journal stands in the folder."""
        return os.path.lexists(self._final(JOURNAL_NAME))

    def ending_with(self, last: str | None) -> Journal:
        """Return the same journal, with the file of the path `last` moved at the end."""
        files = sorted(self.files, key=lambda file: file[1] == last)
        return replace(self, files=tuple(files))

    def roll_forward(self, *, keep: bool) -> None:
        """Move every file that is still staged to its place, then remove those that go.

        Args:
            keep: Whether the files that are replaced are kept in the staging folder, so that
                `roll_back` can put them back.
        """
        for staged, final, kept in self._moves():
            if staged is None:
                # A commit without its staging folder is done: what has that name now is new.
                if self._staged("").is_dir() and is_file(final):
                    final.replace(kept)
            elif os.path.lexists(staged):
                final.parent.mkdir(parents=True, exist_ok=True)
                if keep and is_file(final):
                    _link_or_move(final, kept)
                staged.replace(final)
        self._sync()

    def roll_back(self) -> None:
        """Undo what `roll_forward` has done so far, looking only at what is on the disk.

        At every instant of it, `roll_forward` would still make the whole new output.
        """
        for staged, final, kept in reversed(self._moves()):
            if staged is not None and not os.path.lexists(staged):
                if os.path.lexists(kept):
                    _link_or_move(final, staged)
                else:
                    final.replace(staged)
            if os.path.lexists(kept):
                kept.replace(final)
        for path in reversed(self.made):
            with contextlib.suppress(OSError):
                self._final(path).rmdir()
        # Only a power cut in the next instants could tell the difference.
        with contextlib.suppress(OSError):
            self._sync()
        self._final(JOURNAL_NAME).unlink()

    def clear(self) -> None:
        """Take the journal away after all is in place.

        Where the system refuses, it stays and does no harm: nothing is staged any more.
        """
        with contextlib.suppress(OSError):
            self._final(JOURNAL_NAME).unlink()

    def in_place(self) -> tuple[list[str], list[str]]:
        """Return the paths that are new by now, and those that are not yet."""
        new: list[str] = []
        old: list[str] = []
        for name, path in self.files:
            (old if os.path.lexists(self._staged(name)) else new).append(path)
        return new, old

    def _moves(self) -> list[tuple[Path | None, Path, Path]]:
        """Return, in order: the staged file (None: the file goes), its place, the old one's."""
        moves: list[tuple[Path | None, Path, Path]] = [
            (self._staged(name), self._final(path), self._staged(f"old-{name}"))
            for name, path in self.files
        ]
        moves += [
            (None, self._final(path), self._staged(f"gone-{number}"))
            for number, path in enumerate(self.removed)
        ]
        return moves

    def _sync(self) -> None:
        folders = {self.folder}
        for path in (*(path for _, path in self.files), *self.removed):
            folders.update(self._final(str(parent)) for parent in PurePosixPath(path).parents)
        for folder in sorted(folders):
            with contextlib.suppress(FileNotFoundError):
                sync_folder(folder)

    def _staged(self, name: str) -> Path:
        return self.folder / self.staging / name

    def _final(self, path: str) -> Path:
        return self.folder / path


def _link_or_move(source: Path, target: Path) -> None:
    """Give a file a second name, so that it is never missing; move it where that cannot be."""
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        source.replace(target)
