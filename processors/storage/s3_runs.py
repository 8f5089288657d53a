"""Which runs write to a place on S3, and what those that were killed have left there.

A run writes down what it uploads in an object of its own, ``.dataflows-run-<id>.json``, for as
long as it lasts. S3 has no locks, and a killed run removes nothing: the next one aborts the uploads
of those that are dead for certain, which is known of this machine, and of those older than a day.
"""

from __future__ import annotations

import json
import os
import platform
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from dataflows.processors.storage.s3_folder import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.processors.storage.s3_folder import S3Folder

__all__ = ["RunNote", "sweep"]

_START = ".dataflows-run-"
_OLDEST_SECONDS = 24 * 3600.0
_STARTED_FIELD = 19
_LIVE: set[str] = set()


class RunNote:
    """The object in which a run writes down what it uploads.

    Args:
        folder: The place.
        run: The run.
    """

    def __init__(self, folder: S3Folder, run: str) -> None:
        self._folder = folder
        self._run = run
        self._paths: list[str] = []
        self._lock = threading.Lock()
        _LIVE.add(self._name)

    def add(self, paths: Iterable[str]) -> None:
        """Write down that uploads to some paths begin.

        Raises:
            OutputError: S3 refuses.
        """
        with self._lock:
            new = [path for path in paths if path not in self._paths]
            if new:
                self._paths += new
                note = {"machine": _machine(), "process": os.getpid(), "paths": self._paths}
                note["started"] = _started(os.getpid())
                data = json.dumps(note).encode()
                self._folder.put(self._name, data, self._run, instead_of=None, force=True)

    @property
    def _name(self) -> str:
        return f"{_START}{self._run}.json"

    def remove(self) -> None:
        """Remove the object: the run is at its end.

        Raises:
            OutputError: S3 refuses: then the next run removes it.
        """
        _LIVE.discard(self._name)
        if self._paths:
            self._folder.delete(self._name)
            self._paths = []


def sweep(folder: S3Folder) -> None:
    """Abort the uploads that dead runs have left.

    Raises:
        OutputError: S3 refuses.
    """
    dead: dict[str, set[str]] = {}
    alive: set[str] = set()
    for name, age in list(folder.names(_START)):
        there = folder.get(name)
        if there is not None:
            note = parsed(there[0])
            paths = {str(path) for path in note.get("paths") or ()}
            if age > _OLDEST_SECONDS or _is_dead(note, name):
                dead[name] = paths
            else:
                alive |= paths
    if not dead:
        return
    for path, upload in list(folder.uploads()):
        if path not in alive and any(path in paths for paths in dead.values()):
            folder.abort(path, upload)
    for name, paths in dead.items():
        # What cannot be told from the uploads of a live run is left to a later one.
        if not paths & alive:
            folder.delete(name)


def _is_dead(note: dict[str, object], name: str) -> bool:
    """Return whether the run that wrote a note has ended for certain."""
    process = note.get("process")
    if note.get("machine") != _machine() or not isinstance(process, int):
        return False
    if process == os.getpid() and note.get("started") == _started(process):
        return name not in _LIVE
    if _started(process) is not None:
        return note.get("started") != _started(process)
    return Path("/proc/self/stat").exists()


def _machine() -> str:
    """Return what tells this machine, since it was started, and its processes from any others."""
    known = [platform.node()]
    try:
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        known.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        pass  # not Linux: its processes are not looked at
    return " ".join(known)


def _started(process: int) -> str | None:
    """Return when a process was started, in ticks of its machine; None where there is none."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name stands in parentheses, and may hold anything: see proc(5).
    return text.rpartition(")")[2].split()[_STARTED_FIELD]
