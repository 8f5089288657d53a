"""Ctrl-C and the signal TERM: one line, an exit code, and nothing half-written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from typing import IO, TYPE_CHECKING

import pytest

from command_calls import DATAFLOWS
from terminal import CTRL_C, Session

if TYPE_CHECKING:
    from pathlib import Path

# More than a pipe holds, so that who has written it knows that somebody reads.
MANY_BYTES = 500_000
SCRIPT = """
import itertools, pathlib, time
from dataflows import Flow, dump_to_path, sort_rows, update_resource

def endless():
    for number in itertools.count():
        if number == 20_000:
            pathlib.Path("started").touch()
        yield {"id": number, "name": f"name {number}"}

def flow():
    return Flow(endless(), update_resource(-1, name="rows"), dump_to_path("out"))

def waiting() -> Flow:
    pathlib.Path("started").touch()
    time.sleep(60)

def sorted_flow() -> Flow:
    return Flow(endless(), sort_rows("name"), dump_to_path("out"))
"""
STOPPED = {signal.SIGINT: (130, "stopped\n"), signal.SIGTERM: (143, "")}


def files(folder: Path) -> list[str]:
    """Return what is in a folder, hidden files as well."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    return sorted(name for name in found if "__pycache__" not in name)


def feed(pipe: IO[bytes]) -> None:
    """Write a table without its end."""
    pipe.write(b"id,name\n")
    line, written = 0, 0
    while written < MANY_BYTES:
        line += 1
        written += pipe.write(f"{line},name {line}\n".encode())
    pipe.flush()


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        ("convert - out.csv", signal.SIGINT),
        ("convert - out.csv", signal.SIGTERM),
        ("convert - out.parquet", signal.SIGINT),
        ("convert - out/", signal.SIGINT),
        ("convert - sqlite:///out.db", signal.SIGINT),
        ("convert - sqlite:///out.db", signal.SIGTERM),
        ("validate -", signal.SIGINT),
        ("show - --all", signal.SIGINT),
        ("show - --all --html page.html", signal.SIGTERM),
    ],
)
def test_what_reads_on_and_on_is_stopped(
    command: str, sent: signal.Signals, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*DATAFLOWS, *command.split()],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        feed(process.stdin)
        process.send_signal(sent)
        out, err = process.communicate(timeout=20)
    code, message = STOPPED[sent]
    assert (process.returncode, out, err.decode()) == (code, b"", message)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        ("run script.py", signal.SIGTERM),
        ("run script.py sorted_flow", signal.SIGINT),
        ("run script.py --progress", signal.SIGINT),
        ("run script.py --json", signal.SIGINT),
        ("explain script.py --run", signal.SIGINT),
        ("debug script.py waiting --step 1", signal.SIGINT),
        ("check script.py waiting", signal.SIGINT),
    ],
)
def test_a_flow_without_end_is_stopped(command: str, sent: signal.Signals, tmp_path: Path) -> None:
    spilled = tmp_path / "spilled"
    spilled.mkdir()
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    with subprocess.Popen(
        [*DATAFLOWS, *command.split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(spilled)},
        text=True,
    ) as process:
        wait_for_file(folder / "started", process)
        process.send_signal(sent)
        out, err = process.communicate(timeout=20)
    code, message = STOPPED[sent]
    if "--progress" in command and "progress: " in err:
        told = err.splitlines()
        assert [line[:10] for line in told] == ["progress: "] * len(told)
        assert told[-1].startswith("progress: stopped after ")
        err = message
    assert (process.returncode, out, err) == (code, "", message)
    assert files(folder) == ["script.py", "started"]
    assert files(spilled) == []


def wait_for_file(path: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a process has made a file."""
    while not path.exists():
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"it ended before it was stopped: {process.communicate()}")


@pytest.mark.parametrize("options", [[], ["--no-progress"]], ids=["progress", "none"])
def test_ctrl_c_on_a_terminal_stops_a_flow(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    with Session([*DATAFLOWS, "run", "script.py", *options], tmp_path) as session:
        if options:
            wait_for_file(tmp_path / "started", session.process)
        else:
            session.wait_for(" rows/s")
        session.type(CTRL_C)
        assert session.end() == 130
    ends = [line for line in session.shown.splitlines() if line.strip("^C") and "stopped" in line]
    assert len(ends) == 1
    assert re.search(r"stopped$" if options else r"stopped after [\d,]+ rows in \S+ s, ", ends[0])
    assert "Traceback" not in session.shown
    assert [name for name in files(tmp_path) if name != "started"] == ["script.py"]


def test_ctrl_c_on_a_terminal_stops_init_and_its_flow(tmp_path: Path) -> None:
    rows = b"".join(b"%d,name %d\n" % (number, number) for number in range(50_000))
    (tmp_path / "sales.csv").write_bytes(b"id,name\n" + rows * 120)
    with Session([*DATAFLOWS, "init", "sales.csv"], tmp_path) as session:
        session.wait_for("wrote sales.py")
        session.type(CTRL_C)
        assert session.end() == 130
    assert session.shown.endswith("stopped\n")
    assert len(re.findall(r"stopped$", session.shown, re.MULTILINE)) == 1
    assert "Traceback" not in session.shown
    assert files(tmp_path) == ["sales.csv", "sales.py"]


@pytest.mark.parametrize("typed", [CTRL_C, "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_ctrl_c_at_a_question_stops(typed: str, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("id\n1\n", encoding="utf-8")
    (tmp_path / "sales.json").write_text("mine", encoding="utf-8")
    with Session([*DATAFLOWS, "convert", "sales.csv", "sales.json"], tmp_path) as session:
        session.wait_for("Replace it? [y/N]: ")
        # A key that is pressed before Python waits for it is seen with the next one only.
        time.sleep(0.3)
        session.type(typed)
        assert session.end() == 130
    assert session.shown.replace("^C", "").endswith("[y/N]: \nstopped\n")
    assert (tmp_path / "sales.json").read_text() == "mine"


INTERRUPTED_IMPORT = """
import os, signal, sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
from dataflows.__main__ import main
main()
"""


def test_ctrl_c_while_python_imports_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [DATAFLOWS[0], "-c", INTERRUPTED_IMPORT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "stopped\n")
