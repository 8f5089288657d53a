"""Packages on S3: dumped by processes that are killed, and judged by what stands there."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from dataflows import Flow, load

__all__ = ["PACKAGE", "PLACE", "Jobs", "agrees", "keys", "tag_of", "uploads"]

PLACE = "s3://data/p"
PACKAGE = f"{PLACE}/datapackage.json"
JOB = Path(__file__).parents[1] / "crash" / "s3_job.py"


class Jobs:
    """Dumps in processes of their own, which are killed: see tests/crash/s3_job.py."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, str(JOB)], stdin=pipe, stdout=pipe, text=True, bufsize=1
        )

    def begin(self, tag: str, when: float = 0, place: str = PLACE) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{tag} {place} {when}\n")

    def end(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def run(self, tag: str, when: float = 0) -> int:
        """Return the status with which a dump ended."""
        self.begin(tag, when)
        return self.end()

    def close(self) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


def uploads(bucket: Any) -> list[Any]:
    return list(bucket.multipart_uploads.all())


def keys(bucket: Any) -> list[str]:
    return [one.key for one in bucket.objects.all()]


def body(bucket: Any, path: str) -> bytes:
    return bytes(bucket.Object(f"p/{path}").get()["Body"].read())


def agrees(bucket: Any) -> bool:
    """Return whether everything is as the descriptor says, as any program can see."""
    descriptor = json.loads(body(bucket, "datapackage.json"))
    return all(
        hashlib.md5(body(bucket, one["path"]), usedforsecurity=False).hexdigest() == one["hash"]
        for one in descriptor["resources"]
    )


def tag_of(bucket: Any) -> str:
    """Load the package; return the one tag of its rows, after a look at every hash."""
    rows = Flow(load(PACKAGE)).results()[0]
    assert agrees(bucket)
    (tag,) = {row["tag"] for resource in rows for row in resource}
    return str(tag)
