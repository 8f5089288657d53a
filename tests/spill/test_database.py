from __future__ import annotations

import gc
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

import psutil
import pyarrow as pa
import pytest

from dataflows.errors import FlowError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.rows.sort_rows import sort_rows
from dataflows.spill.database import MEMORY_VARIABLE, Spill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MUCH = "x" * 500


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def record(*numbers: int) -> pa.RecordBatch:
    return pa.record_batch({"n": pa.array(numbers, pa.int64()), "much": [MUCH] * len(numbers)})


def numbers_of(records: Iterator[pa.RecordBatch]) -> list[int]:
    return [number for one in records for number in one.column("n").to_pylist()]


def records(batches: int, rows: int = 1000) -> Iterator[pa.RecordBatch]:
    """Yield rows in the order from the largest to the smallest."""
    for batch in range(batches, 0, -1):
        yield record(*range(batch * rows, (batch - 1) * rows, -1))


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_rows_are_sorted_and_the_columns_of_the_order_left_out() -> None:
    spill = Spill()
    batch = pa.record_batch({"city": ["Rome", "Oslo"], "n": [1, 2]})
    found = [one.to_pylist() for one in spill.sorted([batch], "city", ["n"])]
    spill.close()
    assert found == [[{"city": "Oslo"}, {"city": "Rome"}]]


def test_no_batches_give_none() -> None:
    spill = Spill()
    assert list(spill.sorted([], "n")) == []
    assert spill.store([]) is None
    spill.close()


def test_batches_without_rows_give_no_rows() -> None:
    spill = Spill()
    assert numbers_of(spill.sorted([record(), record()], "n")) == []
    spill.close()


def test_two_sorts_that_pull_from_each_other_share_one_database() -> None:
    spill = Spill()
    inner = spill.sorted(records(5), "n")
    outer = spill.sorted(inner, "n DESC")
    assert numbers_of(outer) == list(range(5000, 0, -1))
    spill.close()


def test_a_run_has_one_database_for_all_its_steps(temporary: Path) -> None:
    seen = []

    def look(row: dict[str, Any]) -> None:
        seen.append(len(left_in(temporary)))

    rows = [{"a": number} for number in range(100)]
    Flow(rows, sort_rows("a"), look, sort_rows("a"), sort_rows("a", reverse=True)).process()
    assert set(seen) == {1}
    assert left_in(temporary) == []


def test_stored_rows_are_found_by_queries_with_tables_in_memory() -> None:
    spill = Spill()
    name = spill.store(records(3))
    asked = pa.table({"n": [7, 2999, 5000]})
    sql = f"SELECT asked.n FROM asked JOIN {name} USING (n) ORDER BY n"
    assert numbers_of(spill.query(sql, asked=asked)) == [7, 2999]
    assert numbers_of(spill.query(f"SELECT max(n) AS n FROM {name}")) == [3000]
    spill.close()


def test_what_does_not_fit_into_memory_is_on_disk_meanwhile(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "100MB")
    spill = Spill()
    name = spill.store(records(400))
    (folder,) = temporary.iterdir()
    on_disk = sum(path.stat().st_size for path in folder.iterdir())
    found = numbers_of(spill.query(f"SELECT count(*) AS n FROM {name}"))
    spill.close()
    assert on_disk > 20_000_000
    assert found == [400_000]
    assert left_in(temporary) == []


def test_the_folder_of_temporary_files_is_private(temporary: Path) -> None:
    spill = Spill()
    spill.store(records(1))
    (folder,) = temporary.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert folder.name.startswith("dataflows-")
    spill.close()


def test_closing_early_ends_the_thread_and_removes_the_folder(temporary: Path) -> None:
    spill = Spill()
    rows = spill.sorted(records(100), "n")
    next(rows)
    assert left_in(temporary)
    spill.close()
    rows.close()
    spill.close()
    assert left_in(temporary) == []


def test_closing_in_the_middle_of_the_input_ends_the_thread(temporary: Path) -> None:
    spill = Spill()
    names = []

    def endless() -> Iterator[pa.RecordBatch]:
        for number in count():
            names.extend(thread.name for thread in threading.enumerate())
            if number == 30:
                spill.close()
                raise KeyboardInterrupt
            yield record(number)

    with pytest.raises(KeyboardInterrupt):
        list(spill.sorted(endless(), "n"))
    assert "dataflows-spill" in names
    assert "dataflows-spill" not in [thread.name for thread in threading.enumerate()]
    assert left_in(temporary) == []


class UserError(Exception):
    """An error of a user's own."""


@pytest.mark.parametrize("text", ["broken", "No space left on device", "Out of Memory"])
def test_an_error_of_the_rows_comes_out_as_itself(text: str, temporary: Path) -> None:
    error = UserError(text)

    def broken() -> Iterator[pa.RecordBatch]:
        yield record(1)
        raise error

    spill = Spill()
    with pytest.raises(UserError) as caught:
        list(spill.sorted(broken(), "n"))
    assert caught.value is error
    assert numbers_of(spill.sorted([record(2, 1)], "n")) == [1, 2]
    spill.close()
    assert left_in(temporary) == []


def test_functions_of_users_run_in_the_thread_that_asks() -> None:
    names = set()

    def look(row: dict[str, Any]) -> None:
        names.add(threading.current_thread().name)

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(20_000):
            names.add(threading.current_thread().name)
            yield {"a": -number}

    Flow(rows(), look, sort_rows(lambda row: (look(row), row["a"])), look).process()
    assert names == {threading.current_thread().name}


def test_flows_leave_no_threads_and_no_files_open(temporary: Path) -> None:
    process = psutil.Process()

    def run() -> None:
        Flow([{"a": 2}, {"a": 1}], sort_rows("a")).process()

    def held() -> tuple[int, int]:
        gc.collect()
        return process.num_threads(), process.num_fds()

    run()
    before = held()
    for _ in range(50):
        run()
    assert held() <= before
    assert left_in(temporary) == []


def test_the_memory_limit_of_the_environment_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "1GB")
    spill = Spill()
    (found,) = spill.query("SELECT current_setting('memory_limit') AS n")
    spill.close()
    assert found.to_pylist() == [{"n": "953.6 MiB"}]


@pytest.mark.parametrize("limit", ["lots", "10", "1GB'; SELECT 1"])
def test_a_memory_limit_that_is_none_is_refused(
    limit: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, limit)
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], sort_rows("a")).process()
    assert str(caught.value) == (
        f"the environment variable DATAFLOWS_MEMORY_LIMIT is no amount of memory: {limit!r}\n"
        "  at processor 2 of 2: sort_rows('a')\n"
        "     resource 'res_1'\n"
        "  fix: write a number with a unit, such as 500MB or 2GB."
    )
    assert left_in(temporary) == []


def test_a_limit_too_small_for_the_rows_is_told(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "1MB")
    spill = Spill()
    with pytest.raises(FlowError) as caught:
        list(spill.sorted(records(100), "n"))
    spill.close()
    assert str(caught.value) == (
        "sorting these rows takes more memory than the limit of 1MB\n"
        "  fix: set the environment variable DATAFLOWS_MEMORY_LIMIT, to 1GB for instance."
    )
    assert left_in(temporary) == []


LONG = "SELECT max(a.range * b.range) AS n FROM range(1000000) a, range(1000000) b"


@contextmanager
def ringing(error: BaseException) -> Iterator[None]:
    """Let the handler of a signal raise an error soon, again and again."""

    def ring(*_: object) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.3, 10)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer that sends signals")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, UserError])
def test_a_signal_while_the_database_sorts_comes_out_as_itself(
    kind: type[BaseException], temporary: Path
) -> None:
    error = kind("now")
    spill = Spill()
    inner = spill.sorted(records(2), "n")
    started = time.monotonic()
    with pytest.raises(kind) as caught, ringing(error):
        list(spill.over(inner, f"{LONG}, feed"))
    assert caught.value is error
    assert "dataflows-spill" not in [thread.name for thread in threading.enumerate()]
    assert numbers_of(spill.sorted([record(2, 1)], "n")) == [1, 2]
    spill.close()
    assert time.monotonic() - started < 5
    assert left_in(temporary) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer that sends signals")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, UserError])
def test_a_signal_while_a_query_works_comes_out_as_itself(
    kind: type[BaseException], temporary: Path
) -> None:
    error = kind("now")
    spill = Spill()
    # It gives no row in years: what waits for one would see no signal.
    sql = "SELECT a.range FROM range(10000000) a, range(10000000) b WHERE a.range + b.range < 0"
    with pytest.raises(kind) as caught, ringing(error):
        list(spill.query(sql))
    assert caught.value is error
    assert not [one.name for one in threading.enumerate() if one.name.startswith("dataflows")]
    assert [batch.to_pydict() for batch in spill.query("SELECT 1 AS n")] == [{"n": [1]}]
    spill.close()
    assert left_in(temporary) == []


def test_a_query_that_is_abandoned_ends(temporary: Path) -> None:
    spill = Spill()
    rows = spill.query("SELECT range AS n FROM range(100000000)")
    assert next(rows).num_rows > 0
    rows.close()
    assert not [one.name for one in threading.enumerate() if one.name.startswith("dataflows")]
    spill.close()
    assert left_in(temporary) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer that sends signals")
def test_ctrl_c_while_rows_are_stored_is_no_error_of_the_database(temporary: Path) -> None:
    rows = pa.table({"n": range(2_000_000)})
    spill = Spill()
    name = spill.make_table(rows.schema)

    def fill() -> None:
        while True:
            spill.append(name, rows)

    with pytest.raises(KeyboardInterrupt), ringing(KeyboardInterrupt()):
        fill()
    assert numbers_of(spill.query("SELECT 1 AS n")) == [1]
    spill.close()
    assert left_in(temporary) == []


def test_sorts_that_are_left_early_or_broken_off_do_not_disturb_those_beside_them() -> None:
    error = UserError("broken")

    def broken() -> Iterator[pa.RecordBatch]:
        yield from records(3, 10)
        raise error

    def work() -> None:
        for _ in range(20):
            spill = Spill()
            for batches in (records(3, 10), broken()):
                with suppress(UserError):
                    inner = spill.sorted(batches, "n")
                    left = [next(inner), *spill.sorted(inner, "n"), inner]
                    left.append(left)  # freed by the collector, in whatever thread that runs
            found.append(numbers_of(spill.sorted(spill.sorted(records(2, 5), "n DESC"), "n")))
            spill.close()

    found: list[list[int]] = []
    errors: list[object] = []
    before, threshold = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50)
    hook, threading.excepthook = threading.excepthook, errors.append
    try:
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(before)
        gc.set_threshold(*threshold)
        threading.excepthook = hook
    assert errors == []
    assert found == [list(range(1, 11))] * 40


FULL_DISK = """
import resource, signal
import pyarrow as pa
from dataflows.errors import FlowError
from dataflows.spill.database import Spill

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
spill = Spill()
try:
    spill.store(pa.record_batch({"a": ["x" * 500] * 1000}) for _ in range(200))
except FlowError as error:
    print(error)
spill.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sets no limit on the size of files")
def test_a_full_disk_is_told_with_what_to_do_and_nothing_is_left(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path), MEMORY_VARIABLE: "20MB"}
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert done.stdout == (
        f"the disk of the temporary folder {str(tmp_path)!r} is full\n"
        "  fix: make room there, or let the environment variable TMPDIR name another folder.\n"
    )
    assert done.stderr == ""
    assert left_in(tmp_path) == []


ENDLESS = """
import itertools
from dataflows import Flow, sort_rows

def rows():
    for n in itertools.count():
        if n == 200_000:
            print("in the middle", flush=True)
        yield {"a": -n, "b": f"{n:0200}"}

Flow(rows(), sort_rows("a")).process()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_ctrl_c_ends_a_sort_at_once_and_nothing_is_left(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        assert left_in(tmp_path)
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, errors = process.communicate(timeout=20)
        seconds = time.monotonic() - started
    assert process.returncode in (130, -signal.SIGINT)
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert seconds < 2
    assert left_in(tmp_path) == []
