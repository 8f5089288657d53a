"""Kills flows that dump, again and again, each at another moment, and looks at what stands there.

``python random_kills.py <folder> <times> <kind>...`` prints a JSON list with what came of each
kill. Each run is a child process, forked here after everything was imported, so that a hundred
take seconds. Every second kill waits for the last row first: the commit is the shortest part of a
run, and the one that matters most.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from dump_job import check, flow, leftovers

from dataflows.commit import recover

# Of a run, and of a commit, with the end of the process: most kills are to meet a living one.
SHARE_OF_RUN = 0.95
SHARE_OF_COMMIT = 0.8
LONGEST_RUN_SECONDS = 20


def start(kind: str, folder: Path, tag: str) -> tuple[int, int]:
    """Return a child process that dumps, and the pipe that tells when it has the last row."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            flow(kind, folder, tag, lambda: os.write(writing, b".")).process()
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    return child, reading


def wait_for_last_row(reading: int) -> None:
    select.select([reading], [], [], LONGEST_RUN_SECONDS)


def end(child: int, reading: int) -> int:
    os.close(reading)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_whole(kind: str, folder: Path, tag: str) -> tuple[float, float]:
    """Return how long a run takes, and how long what comes after its last row."""
    begun = time.monotonic()
    child, reading = start(kind, folder, tag)
    wait_for_last_row(reading)
    last_row = time.monotonic()
    assert end(child, reading) == 0, f"a run that nobody disturbed has failed: {kind}"
    ended = time.monotonic()
    return ended - begun, ended - last_row


def kill_once(root: Path, kind: str, seconds: float, *, after_last_row: bool) -> dict[str, Any]:
    folder = root / "out"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / kind, folder)
    child, reading = start(kind, folder, "new")
    if after_last_row:
        wait_for_last_row(reading)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    result: dict[str, Any] = {"kind": kind, "status": end(child, reading)}
    if result["status"] == 0:
        return result
    result["seen"] = check(kind, folder)
    result["left"] = leftovers(folder)
    # As the next load of the folder does.
    result["recovered"] = recover(folder)
    result["state"] = check(kind, folder)
    if result["left"]:
        run_whole(kind, folder, "new")
        result["next_state"] = check(kind, folder)
        result["next_left"] = leftovers(folder)
    return result


def main() -> None:
    root, times, kinds = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    results = []
    gc.freeze()  # so that the children do not copy what they only look at
    for kind in kinds:
        run_whole(kind, root / kind, "old")
        runs = [run_whole(kind, root / "measured", "new") for _ in range(3)]
        shutil.rmtree(root / "measured")
        whole, commit = (sum(parts) / len(runs) for parts in zip(*runs, strict=True))
        killed = 0
        while killed < times:
            after_last_row = killed % 2 == 1
            longest = SHARE_OF_COMMIT * commit if after_last_row else SHARE_OF_RUN * whole
            seconds = random.uniform(0, longest)
            result = kill_once(root, kind, seconds, after_last_row=after_last_row)
            if result["status"] != 0:
                results.append(result)
                killed += 1
    print(json.dumps(results))  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    main()
