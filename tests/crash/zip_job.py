"""A run that writes one zip, told apart by its tag, and what stands in its place after it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from crash_job import LOCK_TIMEOUT_SECONDS, OTHER, contents

from dataflows.commit import Commit
from dataflows.processors.storage.zip_output import StagedZip

if TYPE_CHECKING:
    from pathlib import Path

NAME = "data.zip"


def run(folder: Path, tag: str) -> None:
    """Write the output as the engine does: the new one member by member, the old one spooled."""
    commit = Commit()
    staged = StagedZip(
        folder / NAME, lock_timeout_seconds=LOCK_TIMEOUT_SECONDS, spooled=tag == "old"
    )
    commit.add(staged)
    try:
        staged.open()
        for path, content in contents(tag).items():
            with staged.create(path) as file:
                half = len(content) // 2
                file.write(content[:half])
                file.flush()
                file.write(content[half:])
        commit.finish()
    except BaseException:
        commit.abort()
        raise


def check(folder: Path) -> str:
    """Return OLD, NEW or NOTHING for a whole output, else BROKEN with what stands there."""
    seen = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if not seen:
        return "NOTHING"
    try:
        with zipfile.ZipFile(folder / NAME) as archive:
            found = {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile) as error:
        return f"BROKEN: {error}"
    for tag in OTHER:
        if seen == [NAME] and found == contents(tag):
            return tag.upper()
    return f"BROKEN: {seen} {sorted(found)}"
