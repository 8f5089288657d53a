"""How a command ends when it is stopped at a bad moment."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from dataflows.cli import groups, main

if TYPE_CHECKING:
    from pathlib import Path

# Python prints what is raised in a finalizer, and goes on.
SCRIPT = """
import os, signal, time
from dataflows import Flow, dump_to_path

class Ending:
    def __del__(self):
        os.kill(os.getpid(), signal.{sent})
        time.sleep(0.01)

def rows():
    Ending()
    for i in range(1000):
        time.sleep(0.01)
        yield {{"a": i}}

flow = Flow(rows(), dump_to_path("out"))
"""


@pytest.mark.parametrize(
    ("sent", "code", "told"), [("SIGINT", 130, "stopped\n"), ("SIGTERM", 143, "")]
)
def test_a_signal_that_comes_in_a_finalizer_stops_as_well(
    tmp_path: Path, sent: str, code: int, told: str
) -> None:
    (tmp_path / "a.py").write_text(SCRIPT.format(sent=sent), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "dataflows.cli", "run", "a.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", told)
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ""] == []


def test_ctrl_c_before_there_is_a_command_stops_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(groups, "_width", stop)
    result = CliRunner().invoke(main, ["processors"])
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "\nstopped\n")
