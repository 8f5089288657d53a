"""Sends signals to flows that dump, in the middle of their rows, and looks at what stands there.

``python sent_signals.py <folder> <kind>...`` prints a JSON list with what came of each: one
SIGINT or SIGTERM, and a second one soon after the first, while that is still cleaned up.
"""

from __future__ import annotations

import gc
import json
import os
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from dump_job import check, flow, leftovers

LONG_SECONDS = 60
SECONDS_TO_SECOND = (None, 0.0, 0.0005, 0.001, 0.002, 0.004)


def start(kind: str, folder: Path) -> tuple[int, int]:
    """Return a child process that dumps, and the pipe that tells when it is in the middle."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1

        def wait() -> None:
            os.write(writing, b".")
            time.sleep(LONG_SECONDS)

        try:
            flow(kind, folder, "new", wait).process()
        except KeyboardInterrupt:
            status = 130
        except SystemExit as end:
            status = int(end.code or 0)
        finally:
            os._exit(status)
    os.close(writing)
    return child, reading


def signal_once(root: Path, kind: str, number: int, second: float | None) -> dict[str, Any]:
    folder = root / "out"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / kind, folder)
    child, reading = start(kind, folder)
    select.select([reading], [], [], LONG_SECONDS)
    os.close(reading)
    begun = time.monotonic()
    os.kill(child, number)
    if second is not None:
        time.sleep(second)
        os.kill(child, number)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seconds = time.monotonic() - begun
    result = {"kind": kind, "signal": number, "second": second, "status": status}
    result |= {"seconds": seconds, "state": check(kind, folder), "left": leftovers(folder)}
    flow(kind, folder, "new").process()
    result |= {"next_state": check(kind, folder), "next_left": leftovers(folder)}
    return result


def main() -> None:
    root, kinds = Path(sys.argv[1]), sys.argv[2:]
    for kind in kinds:
        (root / kind).mkdir()
        flow(kind, root / kind, "old").process()
    gc.freeze()  # so that the children do not copy what they only look at
    results = [
        signal_once(root, kind, number, second)
        for kind in kinds
        for number in (signal.SIGINT, signal.SIGTERM)
        for second in SECONDS_TO_SECOND
    ]
    print(json.dumps(results))  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    main()
