"""What all tests share: the real data, and the rules that every test keeps."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

REAL_DATA = "DATAFLOWS_REAL_DATA"
NO_SKIPS = bool(os.environ.get("DATAFLOWS_NO_SKIPS"))
SECONDS_TO_END = 2
ROOM_BYTES = 50_000_000
MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made there is private

# A machine that does other work as well makes no example slow; what hangs meets pytest's timeout.
settings.register_profile(
    "default", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# Where nobody looks on, the same examples each time: a failure there can be repeated here.
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if NO_SKIPS or os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real tables; the tests that need them skip where there is none."""
    folder = os.environ.get(REAL_DATA)
    if not folder:
        pytest.skip(f"needs the real data: {REAL_DATA} names no folder")
    path = Path(folder).resolve()
    if not path.is_dir():
        pytest.skip(f"needs the real data: {REAL_DATA} is {folder!r}, which is no folder")
    return path


@pytest.fixture
def quick_path(tmp_path: Path) -> Iterator[Path]:
    """An empty folder that no disk slows down, where the system has room for one in memory."""
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="dataflows-test-") as folder:
        yield Path(folder)


def open_files() -> set[tuple[str, str]]:
    """Return the number and the target of every file and socket that this process holds open."""
    found = set()
    try:
        numbers = os.listdir("/proc/self/fd")  # noqa: PTH208 - it runs before and after each test
    except OSError:
        return set()
    for number in numbers:
        try:
            target = os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115 - the same
        except OSError:
            continue
        if target.startswith("socket:") or (
            target.startswith("/") and not target.startswith(("/dev/", "/proc/"))
        ):
            found.add((number, target))
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread running or a file open (files: where /proc tells)."""
    files, threads = open_files(), set(threading.enumerate())
    yield
    left_files, left_threads = open_files() - files, set(threading.enumerate()) - threads
    if left_files:
        # What only a reference cycle holds is closed here, with the ResourceWarning it deserves.
        gc.collect()
        left_files &= open_files()
    end = time.monotonic() + SECONDS_TO_END
    for thread in left_threads:
        thread.join(max(0.0, end - time.monotonic()))
    names = sorted(thread.name for thread in left_threads if thread.is_alive())
    names += sorted(target for _, target in left_files)
    if names:
        pytest.fail("left behind: " + ", ".join(names))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their length: what gzip makes has the time in it, and processes must agree."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nothing may skip, a skipped test has failed.

    One marked `platform` may skip, and one that needs the real data where nobody says to have them.
    """
    report = yield
    excused = hasattr(report, "wasxfail") or item.get_closest_marker("platform") is not None
    excused |= REAL_DATA not in os.environ and REAL_DATA in str(report.longrepr)
    if NO_SKIPS and report.skipped and not excused:
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips as a whole."""
    report = yield
    if NO_SKIPS and report.skipped:
        _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{reason}\n(DATAFLOWS_NO_SKIPS is set: here a skipped test is a failure)"
