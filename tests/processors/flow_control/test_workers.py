from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from dataflows.errors import ProcessorError
from dataflows.flow import Flow
from dataflows.processors.flow_control.parallelize import parallelize
from dataflows.processors.modifiers.add_field import add_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def double(row: dict[str, Any]) -> None:
    row["b"] = row["a"] * 2


def numbers(count: int) -> Iterator[dict[str, Any]]:
    return ({"a": number, "b": None, "c": str(number)} for number in range(count))


def error_of(*links: Any) -> ProcessorError:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return caught.value


def test_no_rows_start_no_process() -> None:
    before = set(psutil.Process().children())
    stream = Flow(numbers(0), add_field("d", "any"), parallelize(double, 2)).datastream()
    assert [list(resource) for resource in stream.res_iter] == [[]]
    assert set(psutil.Process().children()) == before


def test_one_row_starts_one_process() -> None:
    stream = Flow(numbers(1), parallelize(double, 8)).datastream()
    before = set(psutil.Process().children())
    rows = iter(next(iter(stream.res_iter)))
    assert next(rows) == {"a": 0, "b": 0, "c": "0"}
    assert len(set(psutil.Process().children()) - before) == 1
    assert [list(rest) for rest in (rows, stream.res_iter)] == [[], []]
    assert set(psutil.Process().children()) == before


def test_two_resources_share_the_processes() -> None:
    def tell(row: dict[str, Any]) -> None:
        row["a"] = os.getpid()

    first, second = Flow([{"a": 1}], [{"a": 2}], parallelize(tell, 1)).results()[0]
    assert first == second
    assert first[0]["a"] != os.getpid()


@pytest.mark.parametrize(
    ("end", "manner", "fix"),
    [
        (
            lambda: os.kill(os.getpid(), signal.SIGKILL),
            "was killed by SIGKILL",
            "the system may have run out of memory: use fewer processes (num_processors=…).",
        ),
        (
            lambda: os._exit(3),
            "ended with the exit code 3",
            "look at what the function calls: something there ended the process.",
        ),
    ],
    ids=["killed", "exited"],
)
def test_a_worker_that_ends_is_an_error_at_once(
    end: Callable[[], None], manner: str, fix: str
) -> None:
    def function(row: dict[str, Any]) -> None:
        if row["a"] == 0:
            end()
        time.sleep(60)

    started = time.monotonic()
    text = str(error_of(numbers(1), parallelize(function, 2)))
    assert time.monotonic() - started < 5
    number = text.split()[3]
    assert text == (
        f"the worker process {number} {manner}; it had the row 1\n"
        "  at processor 2 of 2: parallelize(function, 2)\n"
        f"     resource 'res_1'\n"
        f"  fix: {fix}"
    )


def test_a_worker_that_ends_is_told_while_others_work() -> None:
    def function(row: dict[str, Any]) -> None:
        if row["a"] == 1:
            time.sleep(60)
        if row["a"] == 2:
            os._exit(1)
        time.sleep(0.2)

    started = time.monotonic()
    assert "ended with the exit code 1; it had the row 3" in str(
        error_of(numbers(5), parallelize(function, 2))
    )
    assert time.monotonic() - started < 5


def test_nothing_is_left_after_many_flows() -> None:
    def links() -> list[Any]:
        return [numbers(5), parallelize(double, 2)]

    Flow(*links()).process()
    process = psutil.Process()
    before = process.num_fds(), threading.active_count(), process.children()
    for _ in range(2):
        Flow(*links()).process()
        resources = Flow(*links()).datastream().res_iter
        next(iter(next(iter(resources))))
        resources.close()
    gc.collect()
    assert (process.num_fds(), threading.active_count(), process.children()) == before


SCRIPT = """
import os, sys, time
from dataflows import Flow, parallelize

class Doubled:
    def __init__(self, number):
        self.number = number

def function(row):
    row["a"] = Doubled(row["a"] * 2).number
    print("worker says", row["a"])
    time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)

SECONDS = SECONDS_HERE
print("the script runs")
print(Flow([{"a": 1}, {"a": 2}, {"a": 3}], parallelize(function, 2)).results()[0])
"""


def script(folder: Path, seconds: float) -> list[str]:
    path = folder / "script.py"
    path.write_text(SCRIPT.replace("SECONDS_HERE", str(seconds)), encoding="utf-8")
    return [sys.executable, str(path)]


def test_a_script_needs_no_guard_and_runs_once(tmp_path: Path) -> None:
    done = subprocess.run(script(tmp_path, 0), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["the script runs", "[[{'a': 2}, {'a': 4}, {'a': 6}]]"]
    assert sorted(done.stderr.splitlines()) == [f"worker says {n}" for n in (2, 4, 6)]


@pytest.mark.parametrize(
    ("number", "to_all"),
    [
        (signal.SIGINT, True),
        (signal.SIGINT, False),
        (signal.SIGTERM, True),
        (signal.SIGTERM, False),
        (signal.SIGKILL, False),
    ],
)
def test_a_signal_ends_all_processes(tmp_path: Path, number: signal.Signals, to_all: bool) -> None:
    started = subprocess.Popen(
        script(tmp_path, 60), stderr=subprocess.PIPE, start_new_session=True, text=True
    )
    assert started.stderr is not None
    with started, started.stderr as errors:
        assert errors.readline() == "worker says 2\n"
        workers = psutil.Process(started.pid).children()
        assert workers
        if to_all:
            os.killpg(started.pid, number)
        else:
            started.send_signal(number)
        code = started.wait(5)
        _, alive = psutil.wait_procs(workers, timeout=5)
        errors.read()
    assert alive == []
    expected = {signal.SIGINT: -2, signal.SIGTERM: 143, signal.SIGKILL: -9}
    assert code == expected[number]
