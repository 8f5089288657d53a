"""Disks that are full under a database, and two runs at once that write the same one."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60
SECONDS_TO_WAIT = 1.5
JOB = """
import sys
from dataflows import Flow, dump_to_sql

address, tag, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])

def text(number):
    if "waits" in sys.argv and number == 150:
        print("writes", flush=True)
        sys.stdin.readline()
    return f"{number} {number * number}" * 20

tables = {"cities": {"resource-name": "res_1"}, "rivers": {"resource-name": "res_2"}}
one, other = (({"tag": tag, "text": text(i)} for i in range(rows)) for _ in "ab")
Flow(one, other, dump_to_sql(tables, address)).process()
"""
LIMITS = {"sqlite": "disk is full|disk I/O error", "duckdb": "write|space|full|limit"}


def counts(address: str) -> list[dict[str, Any]]:
    query = "SELECT tag, count(*) AS n FROM cities GROUP BY 1 UNION ALL"
    query += " SELECT tag, count(*) AS n FROM rivers GROUP BY 1"
    return Flow(load(address, query=query)).results()[0][0]


def job(address: str, tag: str, rows: int, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", JOB, address, tag, str(rows)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        **options,
    )


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_limit_on_the_size_of_files_leaves_the_old_rows(kind: str, tmp_path: Path) -> None:
    address = f"{kind}:///{tmp_path}/out.{kind}"
    assert job(address, "old", 100).returncode == 0

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = job(address, "new", 60_000, preexec_fn=limited)
    assert done.returncode == 1
    assert re.search(f"Error: .*({LIMITS[kind]})", done.stderr), done.stderr
    assert counts(address) == [{"tag": "old", "n": 100}] * 2
    assert job(address, "new", 2000).returncode == 0
    assert counts(address) == [{"tag": "new", "n": 2000}] * 2


@pytest.mark.platform
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare, to mount a small disk")
@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a5_a_full_disk_leaves_the_old_rows(kind: str, tmp_path: Path) -> None:
    script, disk = tmp_path / "job.py", tmp_path / "disk"
    script.write_text(JOB)
    disk.mkdir()
    address = f"{kind}:///{disk}/out.{kind}"
    commands = (
        f"mount -t tmpfs -o size=4m tmpfs {disk} || exit 77; cd {tmp_path}; "
        f"{sys.executable} {script} {address} old 100 || exit 1; "
        f"{sys.executable} {script} {address} new 60000; echo code $?; cp -r {disk} kept; "
        f"{sys.executable} {script} {address} new 2000; echo code $?; ls -A {disk}"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", commands],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr or "not permitted" in done.stderr:
        pytest.skip("needs a system that lets a user mount a small disk")
    assert done.stdout == f"code 1\ncode 0\nout.{kind}\n", done.stderr
    assert re.search(f"Error: .*({LIMITS[kind]})", done.stderr), done.stderr
    assert counts(f"{kind}:///{tmp_path}/kept/out.{kind}") == [{"tag": "old", "n": 100}] * 2


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_e2_of_two_runs_on_one_file_the_second_waits_or_is_refused(
    kind: str, tmp_path: Path
) -> None:
    address = f"{kind}:///{tmp_path}/out.{kind}"
    call = [sys.executable, "-c", JOB, address]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*call, "old", "200", "waits"], stdin=pipe, stdout=pipe, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "writes\n"
        with subprocess.Popen([*call, "new", "100"], stderr=pipe, text=True) as second:
            if kind == "sqlite":
                with pytest.raises(subprocess.TimeoutExpired):
                    second.wait(SECONDS_TO_WAIT)
                first.communicate("go on\n", SECONDS)
            _, message = second.communicate(timeout=SECONDS)
        if kind == "duckdb":
            first.communicate("go on\n", SECONDS)
    assert first.returncode == 0
    if kind == "sqlite":
        assert (second.returncode, counts(address)) == (0, [{"tag": "new", "n": 100}] * 2)
        return
    assert second.returncode == 1
    assert "fix: close the other program that has the file open, then run again." in message
    assert counts(address) == [{"tag": "old", "n": 200}] * 2
