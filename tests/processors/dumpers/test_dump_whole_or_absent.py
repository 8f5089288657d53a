"""A dump is whole or absent: whatever stops it, what was there before stays to the byte."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from collections.abc import Iterator

JOB = """
import sys, time
from pathlib import Path
from dataflows import Flow, dump_to_path

tag, folder, rows, wait = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])

def first():
    for number in range(rows):
        yield {"id": number, "tag": tag, "text": "x" * 100}

def second():
    for number in range(rows):
        if number == rows // 2:
            Path(folder).with_suffix(".mid").touch()
            time.sleep(wait)
        yield {"id": number, "tag": tag, "text": "x" * 100}

Flow(first(), second(), dump_to_path(folder)).process()
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files in a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def visible(found: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in found.items() if not name.startswith(".")}


def start(folder: Path, tag: str, rows: int, wait: float, **options: Any) -> Any:
    command = [sys.executable, "-c", JOB, tag, str(folder), str(rows), str(wait)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)


def run(folder: Path, tag: str, rows: int = 20_000) -> None:
    with start(folder, tag, rows, 0) as process:
        assert process.wait(timeout=60) == 0, process.stderr.read()
    folder.with_suffix(".mid").unlink()


def tags(folder: Path) -> set[str]:
    """Return the tags of all rows, after a look that every hash is right."""
    data, _, _ = Flow(load(folder / "datapackage.json")).results()
    return {row["tag"] for rows in data for row in rows}


def wait_for_the_middle(folder: Path, process: Any) -> None:
    end = time.monotonic() + 60
    while not folder.with_suffix(".mid").exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.01)


def old_output(folder: Path) -> dict[str, bytes]:
    Flow([{"tag": "old"}], [{"tag": "old"}], dump_to_path(folder)).process()
    return contents(folder)


def test_an_error_in_the_second_resource_leaves_the_old_output(tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = old_output(out)

    def broken() -> Iterator[dict[str, Any]]:
        for number in range(20_000):
            yield {"id": number}
        raise LookupError("the source has gone")

    with pytest.raises(ProcessorError) as caught:
        Flow([{"tag": "new"}] * 20_000, broken(), dump_to_path(out)).process()
    assert isinstance(caught.value.cause, LookupError)
    assert caught.value.processor_position == 2
    assert contents(out) == before
    assert list(tmp_path.iterdir()) == [out]


def test_an_error_without_an_old_output_leaves_nothing(tmp_path: Path) -> None:
    def broken(row: dict[str, Any]) -> None:
        if row["id"] == 9_000:
            raise LookupError

    rows = [{"id": number} for number in range(10_000)]
    with pytest.raises(ProcessorError):
        Flow(rows, broken, dump_to_path(tmp_path / "a/b/out")).process()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interrupt_leaves_the_old_output(tmp_path: Path, interrupt: type) -> None:
    before = old_output(tmp_path)

    def interrupted(row: dict[str, Any]) -> None:
        if row["id"] == 9_000:
            raise interrupt

    rows = [{"id": number} for number in range(10_000)]
    with pytest.raises(interrupt):
        Flow(rows, interrupted, dump_to_path(tmp_path)).process()
    assert contents(tmp_path) == before


def test_rows_that_nobody_read_to_their_end_are_not_dumped(tmp_path: Path) -> None:
    before = old_output(tmp_path)
    rows = [{"id": number} for number in range(10_000)]
    stream = Flow(rows, dump_to_path(tmp_path)).datastream()
    assert next(iter(next(iter(stream.res_iter)))) == {"id": 0}
    stream.res_iter.close()
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, (130, -signal.SIGINT)), (signal.SIGTERM, (143,))]
)
def test_a_signal_in_the_middle_leaves_the_old_output(
    tmp_path: Path, number: int, code: tuple[int, ...]
) -> None:
    out = tmp_path / "out"
    before = old_output(out)
    with start(out, "new", 20_000, 60) as process:
        wait_for_the_middle(out, process)
        process.send_signal(number)
        assert process.wait(timeout=20) in code
    assert contents(out) == before
    run(out, "new")
    assert tags(out) == {"new"}


def test_a_second_signal_while_cleaning_does_not_break_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = old_output(out)
    with start(out, "new", 20_000, 60) as process:
        wait_for_the_middle(out, process)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) != 0
    assert visible(contents(out)) == before
    run(out, "new")
    assert tags(out) == {"new"}
    assert contents(out) == visible(contents(out))


def test_a_killed_run_leaves_the_old_output_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = old_output(out)
    with start(out, "new", 20_000, 60) as process:
        wait_for_the_middle(out, process)
        process.kill()
        assert process.wait(timeout=20) == -signal.SIGKILL
    found = contents(out)
    assert visible(found) == before
    assert len(found) > len(before), "the killed run had staged files"
    for path in out.iterdir():
        if path.name.startswith(".dataflows-"):
            assert path.stat().st_mode & 0o077 == 0, "only this user may read what is staged"
    assert tags(out) == {"old"}
    run(out, "newer")
    assert tags(out) == {"newer"}
    assert sorted(contents(out)) == ["datapackage.json", "res_1.csv", "res_2.csv"]


def test_nothing_of_a_running_dump_is_visible(tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = old_output(out)
    with start(out, "new", 20_000, 1) as process:
        wait_for_the_middle(out, process)
        assert visible(contents(out)) == before
        assert process.wait(timeout=60) == 0
    assert tags(out) == {"new"}


def pulled(numbers: list[int]) -> Iterator[dict[str, Any]]:
    for number in range(20_000):
        numbers.append(number)
        yield {"id": number}


def refusal_of(folder: Path, numbers: list[int]) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(pulled(numbers), dump_to_path(str(folder))).process()
    return str(caught.value).replace(str(folder), "<out>")


def test_an_output_folder_that_is_a_file_is_refused_before_the_rows(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    numbers: list[int] = []
    lines = refusal_of(tmp_path / "out", numbers).splitlines()
    assert lines[0].startswith("cannot ")
    assert "<out>" in lines[0]
    assert lines[-1] == "  fix: name a path that is a folder, or where nothing is yet."
    assert len(numbers) <= 101, "only what the package phase looks at was pulled"
    assert contents(tmp_path) == {"out": b"mine"}


@pytest.mark.platform
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, which nobody may write")
def test_a_folder_that_may_not_be_written_is_refused_before_the_rows() -> None:
    numbers: list[int] = []
    lines = refusal_of(Path("/proc/self/out"), numbers).splitlines()
    assert lines[0].startswith("cannot make the folder '<out>': ")
    assert lines[0].endswith("; what was in '<out>' before is untouched")
    assert len(numbers) <= 101


def test_a_limit_on_the_size_of_files_leaves_the_old_output(tmp_path: Path) -> None:
    out = tmp_path / "out"
    before = old_output(out)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with start(out, "new", 60_000, 0, preexec_fn=limited) as process:
        _, text = process.communicate(timeout=60)
        assert process.returncode == 1
    assert "cannot write" in text
    assert str(out) in text
    assert "  fix: raise the limit on the size of files, or dump fewer rows." in text
    assert contents(out) == before


@pytest.mark.platform
@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare, to mount a small disk")
def test_a_full_disk_leaves_the_old_output(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(JOB)
    disk = tmp_path / "disk"
    disk.mkdir()
    commands = (
        f"mount -t tmpfs -o size=4m tmpfs {disk} || exit 77; "
        f"{sys.executable} {script} old {disk}/out 8000 0 || exit 1; "
        f"md5sum {disk}/out/*; "
        f"{sys.executable} {script} new {disk}/out 60000 0; echo code $?; "
        f"md5sum {disk}/out/*; ls -A {disk}/out"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", commands],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    if done.returncode == 77 or "unshare failed" in done.stderr or "not permitted" in done.stderr:
        pytest.skip("needs a system that lets a user mount a small disk")
    before, _, after = done.stdout.partition("code 1\n")
    assert len(before.splitlines()) == 3, done.stderr
    assert after == before + "datapackage.json\nres_1.csv\nres_2.csv\n"
    assert "no space left on device" in done.stderr
    assert "  fix: make room on the disk of " in done.stderr
