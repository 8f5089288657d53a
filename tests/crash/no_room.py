"""Dumps where there is less and less room, and looks at what stands there.

``python no_room.py <folder> disk|limit <kind>...`` prints a JSON list with what came of each run.
With ``disk``, a small disk is mounted for it, and is full after some share of the new output; it
exits with 77 where nothing can be mounted. With ``limit``, no file may grow past a share of the
largest one that the new output writes.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import dump_job
from dump_job import check, flow, leftovers

SHARES = (0.0, 0.02, 0.3, 0.7, 0.95, 1.0)
DISK_BYTES = 64 << 20
PAGE_BYTES = 4096
CANNOT_MOUNT = 77
dump_job.ROWS.update(old=900, new=9_000)


def sizes(folder: Path) -> list[int]:
    """Return how much room each file takes."""
    return [path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()]


def run_in_child(kind: str, folder: Path, most_bytes: int | None) -> tuple[int, str]:
    """Return how the run ended, and the message it ended with."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status, message = 2, ""
        try:
            if most_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
            flow(kind, folder, "new").process()
            status = 0
        except Exception as error:  # noqa: BLE001 - reported, so that the test sees it
            status, message = 1, str(error)
        finally:
            os.write(writing, message.encode())
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), message


def restore(root: Path, kind: str) -> Path:
    folder = root / "small" / "out"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / kind, folder)
    return folder


def remount(root: Path, free_bytes: int | None) -> None:
    """Leave so much room on the small disk, or all that it may have."""
    disk = root / "small"
    size = DISK_BYTES
    if free_bytes is not None:
        used = shutil.disk_usage(disk).used
        size = -(-(used + max(free_bytes, 0)) // PAGE_BYTES) * PAGE_BYTES
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


def try_kind(root: Path, kind: str, *, on_disk: bool) -> list[dict[str, Any]]:
    (root / kind).mkdir()
    flow(kind, root / kind, "old").process()
    folder = restore(root, kind)
    assert run_in_child(kind, folder, None) == (0, ""), kind
    assert check(kind, folder) == "NEW", kind
    new = sizes(folder)
    results = []
    for share in SHARES:
        folder = restore(root, kind)
        if on_disk:
            remount(root, round(share * sum(new)))
        most_bytes = None if on_disk else round(share * max(new))
        status, message = run_in_child(kind, folder, most_bytes)
        result = {"kind": kind, "share": share, "status": status, "message": message}
        result["state"] = check(kind, folder)
        result["left"] = leftovers(folder)
        if on_disk:
            remount(root, None)
        results.append(result)
    return results


def main() -> None:
    root, how, kinds = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    small = root / "small"
    small.mkdir()
    on_disk = how == "disk"
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(small)]
    if on_disk and (shutil.which("mount") is None or subprocess.run(mount, check=False).returncode):
        sys.exit(CANNOT_MOUNT)
    gc.freeze()  # so that the children do not copy what they only look at
    try:
        results = [one for kind in kinds for one in try_kind(root, kind, on_disk=on_disk)]
    finally:
        if on_disk:
            subprocess.run(["umount", str(small)], check=True)
    print(json.dumps(results))  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    main()
