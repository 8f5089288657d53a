"""Where a dump may write, in which order it does so, and two of them at once (A9, A11, A12, E2)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load, update_resource
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DUMPS = {"path": dump_to_path, "zip": dump_to_zip}
SLOW = """
import sys, time
from pathlib import Path
from dataflows import Flow, dump_to_path, dump_to_zip

def rows():
    for number in range(3000):
        if number == 1500:
            print("waits", flush=True)
            time.sleep(float(sys.argv[4]))
        yield {"number": number, "tag": sys.argv[3]}

Flow(rows(), globals()["dump_to_" + sys.argv[1]](sys.argv[2])).process()
"""


def started(kind: str, target: Path, tag: str, seconds: float) -> subprocess.Popen[str]:
    """Start a process that dumps, and wait until it is in the middle of its rows."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, kind, str(target), tag, str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "waits\n"
    return process


def tags(kind: str, target: Path) -> tuple[int, set[str]]:
    """Return how many rows the output has, and their tags."""
    path = target / "datapackage.json" if kind == "path" else target
    [rows] = Flow(load(path, format="datapackage")).results()[0]
    return len(rows), {row["tag"] for row in rows}


@pytest.mark.parametrize("kind", DUMPS)
def test_a_second_flow_waits_and_then_writes(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out"
    with started(kind, target, "first", 0.5) as first:
        Flow([{"tag": "second"}], DUMPS[kind](target)).process()
        assert first.wait(timeout=20) == 0
    assert tags(kind, target) == (1, {"second"})


@pytest.mark.parametrize("kind", DUMPS)
def test_a_second_flow_that_waits_too_long_is_told_who_writes(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataflows.commit.lock.time.monotonic", iter(range(0, 10_000, 6)).__next__)
    target = tmp_path / "out"
    pulled: list[int] = []
    with started(kind, target, "first", 0.5) as first:
        with pytest.raises(ProcessorError) as caught:
            Flow(counted(pulled), DUMPS[kind](str(target))).process()
        text = str(caught.value).replace(str(target), "OUT")
        assert text.splitlines()[0] == (
            f"'OUT' is being written by the process {first.pid} on {os.uname().nodename!r} "
            "(waited 10 seconds)"
        )
        assert first.wait(timeout=20) == 0
    assert len(pulled) <= 101, "only what the package phase looks at was pulled"
    assert tags(kind, target) == (3000, {"first"})


@pytest.mark.parametrize("kind", DUMPS)
def test_e3_a_killed_run_lets_the_next_one_go_ahead_at_once(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    with started(kind, target, "first", 60) as first:
        first.kill()
    monkeypatch.setattr("dataflows.commit.lock.time.sleep", None)
    Flow([{"tag": "second"}], DUMPS[kind](target)).process()
    assert tags(kind, target) == (1, {"second"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


# The order in which it comes to the disk


@pytest.mark.platform
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("format_", ["csv", "parquet", "xlsx"])
def test_a9_a_zip_is_synced_before_it_takes_its_place(tmp_path: Path, format_: str) -> None:
    target = tmp_path / "data.zip"
    Flow([{"tag": "old"}], dump_to_zip(target)).process()
    code = (
        "from dataflows import Flow, dump_to_zip\n"
        f"Flow([{{'tag': 'new'}}], dump_to_zip({str(target)!r}, format={format_!r})).process()"
    )
    traced = "write,pwrite64,ftruncate,fsync,rename,renameat,renameat2"
    command = ["strace", "-f", "-y", "-qq", "-o", str(tmp_path / "log"), "-e", f"trace={traced}"]
    subprocess.run([*command, sys.executable, "-c", code], check=True)
    events = []
    for line in (tmp_path / "log").read_text().splitlines():
        if str(tmp_path) in line and (found := re.match(r"\d+ +(\w+)\((.*)", line)):
            paths = re.findall(rf"{re.escape(str(tmp_path))}([\w./-]*)", found[2])
            events.append(" ".join([re.sub(r"at2?$|64$", "", found[1]), *paths]))
    work = "/.data.zip.dataflows"
    last_write = max(index for index, event in enumerate(events) if event.startswith("write"))
    assert events[last_write] == f"write {work}/new.zip"
    assert events[last_write + 1 :] == [
        f"fsync {work}/new.zip",
        f"rename {work}/new.zip /data.zip",
        "fsync ",
    ]


@pytest.mark.platform
@pytest.mark.parametrize("kind", DUMPS)
def test_a11_the_temporary_folder_may_be_on_another_disk(tmp_path: Path, kind: str) -> None:
    elsewhere = Path("/dev/shm")  # noqa: S108 - it is not written into
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second disk")
    before = set(elsewhere.iterdir())
    for options in ({}, {"format": "xlsx"}, {"partition_by": ["tag"]}):
        code = (
            f"from dataflows import Flow, dump_to_{kind} as dump\n"
            f"Flow([{{'tag': 'new'}}], dump({str(tmp_path / 'out')!r}, **{options!r})).process()"
        )
        environment = {**os.environ, "TMPDIR": str(elsewhere)}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        assert tags(kind, tmp_path / "out") == (1, {"new"})
    assert set(elsewhere.iterdir()) == before


# Targets that cannot be written


def counted(pulled: list[int]) -> Iterator[dict[str, Any]]:
    for number in range(20_000):
        pulled.append(number)
        yield {"id": number}


def refusal(dump: Callable[[str], Any], target: Path) -> list[str]:
    """Return the lines of the error of a dump that must be refused before it asks for rows."""
    pulled: list[int] = []
    with pytest.raises(ProcessorError) as caught:
        Flow(counted(pulled), dump(str(target))).process()
    assert len(pulled) <= 101, "only what the package phase looks at was pulled"
    return str(caught.value).replace(str(target), "OUT").splitlines()


@pytest.mark.parametrize("kind", DUMPS)
def test_a12_a_file_among_the_folders_above_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").write_text("mine")
    lines = refusal(DUMPS[kind], tmp_path / "file" / "out")
    assert lines[0].startswith("cannot make the folder ")
    assert ": not a directory;" in lines[0] or ": file exists;" in lines[0]
    assert lines[-1] == "  fix: name a path that is a folder, or where nothing is yet."
    assert (tmp_path / "file").read_text() == "mine"


def test_a12_a_folder_in_the_place_of_a_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out.zip").mkdir()
    lines = refusal(dump_to_zip, tmp_path / "out.zip")
    assert lines[0] == "cannot write the zip 'OUT': a folder has that name"
    assert lines[-1] == "  fix: name the file itself, such as 'out/data.zip'."


@pytest.mark.platform
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, which nobody may write")
@pytest.mark.parametrize("kind", DUMPS)
def test_a12_a_place_where_nobody_may_write_is_refused(kind: str) -> None:
    lines = refusal(DUMPS[kind], Path("/proc/self/out"))
    assert lines[0].startswith("cannot make the folder ")
    assert lines[0].endswith("; what was in 'OUT' before is untouched")


@pytest.mark.parametrize("kind", DUMPS)
def test_a12_a_name_longer_than_the_system_takes_is_refused(tmp_path: Path, kind: str) -> None:
    lines = refusal(DUMPS[kind], tmp_path / ("n" * 300))
    assert "name too long" in lines[0]
    assert lines[-1].startswith("  fix: give it a shorter name: ")
    assert list(tmp_path.iterdir()) == []


def test_a12_a_link_to_a_folder_is_followed_and_one_to_a_file_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "dear.zip").write_bytes(b"dear")
    (tmp_path / "out.zip").symlink_to("dear.zip")
    Flow(
        [{"tag": "new"}], dump_to_path(tmp_path / "link"), dump_to_zip(tmp_path / "out.zip")
    ).process()
    assert (tmp_path / "link").is_symlink()
    assert tags("path", tmp_path / "real") == (1, {"new"})
    assert (tmp_path / "dear.zip").read_bytes() == b"dear"
    assert zipfile.is_zipfile(tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").is_symlink()


def test_a12_a_resource_whose_name_is_too_long_for_a_file_is_refused(tmp_path: Path) -> None:
    name = "n" * 300
    with pytest.raises(ProcessorError) as caught:
        Flow(
            [{"a": 1}], update_resource(None, name=name, path=f"{name}.csv"), dump_to_path(tmp_path)
        ).process()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"cannot create '{tmp_path}/{name}.csv': file name too long; ")
    assert lines[-1].startswith("  fix: give it a shorter name: ")
    assert list(tmp_path.iterdir()) == []
