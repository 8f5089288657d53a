"""Runs the job again and again, each time with one fault at another point of it.

``python crash_points.py <folder> <kind> [<module of the job>]`` prints a JSON list with what came
of each point. Each run is a child process, forked here, so that thousands of points take seconds.
A kind is

kill              the process dies before its k-th change of the disk
kill-twice        the same, and the run after it dies before the change it has reached by then
EIO, ENOSPC, …    the system refuses the k-th change
EIO-always, …     the system refuses every change from the k-th on
interrupt         Ctrl-C at the k-th line of our code
interrupt-twice   the same, and once more some lines later, while the first one is cleaned up
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))
from crash_job import leftovers

from dataflows.commit import recover
from dataflows.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

CHANGES = ("replace", "link", "unlink", "rmdir", "mkdir", "fsync", "chmod", "open", "write")
OUR_FILES = {
    *(f"commit/{name}.py" for name in ("sinks", "staging", "recovery", "journal", "lock", "disk")),
    "storage/zip_output.py",
}
JOB = importlib.import_module(sys.argv[3] if len(sys.argv) > len(["", "", ""]) else "crash_job")
run, check = JOB.run, JOB.check
PAST_THE_END = 99
# Not every line is tried in every run of the tests; the numbers have no common factor, so that in
# time the second interrupt meets each line after the first one.
LINES_BETWEEN = {"interrupt": 8, "interrupt-twice": 11}
MOST_LINES_TO_SECOND = 45


class Faults:
    """Counts the changes of the disk, and lets some of them fail."""

    def __init__(self, first: int, act: Callable[[], None], *, always: bool = False) -> None:
        self.first = first
        self.act = act
        self.always = always
        self.count = 0

    def install(self) -> None:
        for name in CHANGES:
            setattr(os, name, self._counted(name, getattr(os, name)))

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if name == "open" and not args[1] & os.O_CREAT:
                return real(*args, **options)
            self.count += 1
            if self.count == self.first or (self.always and self.count > self.first):
                self.act()
            return real(*args, **options)

        return call


class Interrupts:
    """Counts the lines of our code that run, and interrupts at some of them."""

    def __init__(self, at: set[int]) -> None:
        self.at = at
        self.count = 0

    def install(self) -> None:
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        path = Path(frame.f_code.co_filename)
        if f"{path.parent.name}/{path.name}" not in OUR_FILES:
            return None
        if event == "line":
            self.count += 1
            if self.count in self.at:
                raise KeyboardInterrupt
        return self._trace


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(name: str) -> Callable[[], None]:
    number = getattr(errno, name)

    def act() -> None:
        raise OSError(number, os.strerror(number))

    return act


def faults_of(kind: str, point: int) -> Faults | Interrupts:
    if kind.startswith("kill"):
        return Faults(point, die)
    if kind == "interrupt":
        return Interrupts({point})
    if kind == "interrupt-twice":
        return Interrupts({point, point + 1 + point * 7 % MOST_LINES_TO_SECOND})
    name, _, always = kind.partition("-")
    return Faults(point, refuse(name), always=bool(always))


def run_in_child(folder: Path, tag: str, kind: str, point: int) -> tuple[int, str]:
    """Return how the run ended, and the message it ended with."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        faults = faults_of(kind, point)
        say, end = os.write, os._exit
        status, message = 0, ""
        faults.install()
        try:
            run(folder, tag)
            status = PAST_THE_END if faults.count < point else 0
        except OutputError as error:
            status, message = 1, str(error)
        except KeyboardInterrupt:
            status = 130
        except BaseException as error:  # noqa: BLE001 - reported, so that the test sees it
            status, message = 2, repr(error)
        finally:
            sys.settrace(None)
            say(writing, message.encode())
            end(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        message = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), message


def try_point(root: Path, kind: str, point: int) -> dict[str, Any]:
    folder = root / "out"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "old", folder)
    status, message = run_in_child(folder, "new", kind, point)
    result: dict[str, Any] = {"point": point, "status": status, "message": message}
    if kind == "kill-twice" and status != PAST_THE_END:
        result["second_status"] = run_in_child(folder, "new", kind, point)[0]
    result["seen"] = check(folder)
    result["left"] = leftovers(folder)
    result["folder_left"] = (folder / "new-only").exists()
    result["recovered"] = recover(folder)
    result["state"] = check(folder)
    run(folder, "new")
    result["next_state"] = check(folder)
    result["next_left"] = leftovers(folder)
    return result


def main() -> None:
    root, kind = Path(sys.argv[1]), sys.argv[2]
    run(root / "old", "old")
    results = []
    point = 1
    while (result := try_point(root, kind, point))["status"] != PAST_THE_END:
        results.append(result)
        point += LINES_BETWEEN.get(kind, 1)
    print(json.dumps(results))  # noqa: T201 - read by the test that started this


if __name__ == "__main__":
    main()
