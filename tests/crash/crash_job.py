"""A run that writes one folder, told apart by its tag, and what a folder holds after it.

As a program: ``python crash_job.py <folder> <tag> [<seconds to wait before the commit>]``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dataflows.commit import Commit, StagedFolder

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 400
LOCK_TIMEOUT_SECONDS = 0.3
OTHER = {"old": "new", "new": "old"}


def contents(tag: str, rows: int = ROWS) -> dict[str, bytes]:
    """Return the files of the output of a tag. One of them the other tag does not have."""
    files = {
        path: "".join(f"{path},{number},{tag}\n" for number in range(rows)).encode()
        for path in ("a.csv", "b.csv", f"{tag}-only/c.csv")
    }
    descriptor = {"tag": tag, "resources": [{"path": path} for path in files]}
    return {"datapackage.json": json.dumps(descriptor).encode(), **files}


def run(
    folder: Path,
    tag: str,
    *,
    rows: int = ROWS,
    before_commit: Callable[[], object] = lambda: None,
    lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
) -> None:
    """Write the output as the engine does."""
    commit = Commit()
    staged = StagedFolder(folder, lock_timeout_seconds=lock_timeout_seconds)
    staged.remove = {f"{OTHER[tag]}-only/c.csv"}
    commit.add(staged)
    try:
        staged.open()
        for path, content in contents(tag, rows).items():
            with staged.create(path) as file:
                half = len(content) // 2
                file.write(content[:half])
                file.flush()
                file.write(content[half:])
        before_commit()
        commit.finish()
    except BaseException:
        commit.abort()
        raise


def check(folder: Path, rows: int = ROWS) -> str:
    """Return OLD, NEW or NOTHING for a whole output, else BROKEN with the names of the files."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".dataflows")
    }
    for tag in OTHER:
        if found == contents(tag, rows):
            return tag.upper()
    return f"BROKEN: {sorted(found)}" if found else "NOTHING"


def leftovers(folder: Path) -> list[str]:
    """Return the names that only a run in the making may have there."""
    return sorted(path.name for path in folder.glob(".*"))


if __name__ == "__main__":

    def wait() -> None:
        print("waits", flush=True)  # noqa: T201 - read by whoever started this
        time.sleep(float(sys.argv[3]))

    if len(sys.argv) > len(["program", "folder", "tag"]):
        run(Path(sys.argv[1]), sys.argv[2], before_commit=wait)
    else:
        run(Path(sys.argv[1]), sys.argv[2])
