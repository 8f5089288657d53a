"""What tests/support/servers.py starts ends with the tests, however they end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUPPORT = Path(__file__).resolve().parents[1] / "support"
SECONDS = 30
TESTS = """
import subprocess, sys
from servers import ending_with_us
with subprocess.Popen(ending_with_us(["sleep", "60"])) as server:
    print(server.pid, flush=True)
    server.wait()
"""


def is_sleeping(process: int) -> bool:
    """Return whether it is the program `sleep`, neither what starts it nor what is left of it."""
    try:
        name, _, state = Path(f"/proc/{process}/stat").read_text().rpartition(")")
    except OSError:
        return False
    return name.endswith("(sleep") and not state.startswith(" Z")


def wait_until(server: int, *, sleeps: bool) -> None:
    end = time.monotonic() + SECONDS
    while is_sleeping(server) is not sleeps:
        assert time.monotonic() < end, "the server has not begun" if sleeps else "it runs on"
        time.sleep(0.01)


@pytest.mark.platform
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv, which Linux has")
def test_a_server_ends_when_the_tests_are_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    with subprocess.Popen(
        [sys.executable, "-c", TESTS], stdout=subprocess.PIPE, text=True, env=environment
    ) as tests:
        assert tests.stdout is not None
        server = int(tests.stdout.readline())
        wait_until(server, sleeps=True)
        tests.kill()
    wait_until(server, sleeps=False)
