"""A flow without end, and what becomes of the command that runs it when a signal comes."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["stopped_flow"]

_SCRIPT = """\
import time, pathlib
from dataflows import Flow
def rows_without_end():
    try:
        while True:
            pathlib.Path('started').touch()
            time.sleep(0.01)
            yield {'a': 1}
    finally:
        pathlib.Path('cleaned').touch()
def flow():
    return Flow(rows_without_end())
"""
_SECONDS = 20


def stopped_flow(folder: Path, call: Sequence[str], sent: int) -> tuple[int, str]:
    """Run what runs ``script.py`` in a folder, stop it amid the rows; return its code and stderr.

    The script leaves the file ``cleaned`` when its generator was closed.
    """
    (folder / "script.py").write_text(_SCRIPT, encoding="utf-8")
    with subprocess.Popen(call, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + _SECONDS
        while not (folder / "started").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(sent)
        _, err = process.communicate(timeout=_SECONDS)
    return process.returncode, err
