"""Starts programs and measures them from outside, in a process that stays small itself.

The peak memory of a child counts what the process that starts it held; so nothing here loads data.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from time import perf_counter

SECONDS_BETWEEN_LOOKS = 0.02


@dataclass(frozen=True)
class Measured:
    """What a program took with all its processes: seconds, of processor time too, and memory."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    printed: str


def measure(command: list[str | Path]) -> Measured:
    """Run a program to its end; a program that fails ends the benchmark with what it printed."""
    with tempfile.TemporaryFile("w+") as printed:
        start = perf_counter()
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT)
        watch = Watch(process.pid)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - start
        watch.ended.set()
        watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read()
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {process.returncode}:\n{text}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    peak = max(usage.ru_maxrss / unit, watch.peak / 1024**2)
    return Measured(seconds, usage.ru_utime + usage.ru_stime, peak, text)


class Watch(threading.Thread):
    """Looks now and then at how much memory a process and those it started hold together.

    What several of them share is counted for each. Only Linux tells; elsewhere the peak stays 0.
    """

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.peak = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until the process has ended."""
        while not self.ended.wait(SECONDS_BETWEEN_LOOKS):
            self.peak = max(self.peak, resident_bytes(self.process))


def resident_bytes(process: int) -> int:
    """Return the memory of a process and of all that it started; 0 where nobody says."""
    folder = Path("/proc", str(process))
    try:
        pages = int((folder / "statm").read_text().split()[1])
        started = [path.read_text().split() for path in folder.glob("task/*/children")]
    except OSError:
        return 0
    children = sum(resident_bytes(int(child)) for listed in started for child in listed)
    return pages * os.sysconf("SC_PAGE_SIZE") + children


def environment(folder: Path, requirements: tuple[str, ...]) -> Path:
    """Return the Python of a virtual environment of its own for packages, made when missing.

    It is named after the first of them.
    """
    place = folder / requirements[0].replace("==", "-")
    python, stamp = place / "bin" / "python", place / "installed"
    if not stamp.exists() or stamp.read_text() != str(requirements):
        print(f"installing {', '.join(requirements)} in an environment of its own …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *requirements], check=True)
        stamp.write_text(str(requirements))
    return python


def version(python: Path, package: str) -> str:
    """Return the version of a package in the environment of a Python."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run(
        [python, "-c", code], check=True, capture_output=True, text=True
    ).stdout.strip()


def describe() -> str:
    """Return one line about the machine, how busy it is, and the libraries measured."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text().splitlines()
        names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in ("pyarrow", "duckdb"))
    return (
        f"{os.cpu_count()} cores ({model}), {platform.system()}, "
        f"Python {platform.python_version()}, {packages}; "
        f"load average {os.getloadavg()[0]:.1f} at the start"
    )
