from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.commit import Commit, HashingWriter, StagedFolder, recover
from dataflows.commit.disk import confined, output_error
from dataflows.errors import OutputError

CRASH = Path(__file__).parent / "crash"
sys.path.insert(0, str(CRASH))
from crash_job import check, leftovers, run  # noqa: E402 - a folder of its own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JOB = str(CRASH / "crash_job.py")
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to change the user"
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that holds the old output."""
    run(tmp_path / "out", "old")
    return tmp_path / "out"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write(folder: Path, files: dict[str, bytes], remove: set[str] | None = None) -> None:
    staged = StagedFolder(folder)
    staged.remove = remove or set()
    staged.open()
    for path, content in files.items():
        staged.create(path).write(content)
    staged.prepare()
    staged.commit()


def started(*arguments: str) -> subprocess.Popen[str]:
    """Start the job, and wait until it has written all and not yet committed."""
    job = subprocess.Popen(
        [sys.executable, JOB, *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert job.stdout is not None
    assert job.stdout.readline() == "waits\n"
    return job


def message(error: pytest.ExceptionInfo[OutputError], folder: Path) -> str:
    return str(error.value).replace(str(folder), "OUT")


# Faults at every point, injected in the process itself


def points(folder: Path, kind: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(CRASH / "crash_points.py"), str(folder), kind],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def assert_sound(results: list[dict[str, Any]]) -> None:
    """What holds whatever happens: old or new, whole; and the next run leaves nothing else."""
    assert len(results) > 40
    for result in results:
        assert result["state"] in {"OLD", "NEW"}, result
        assert result["seen"] == result["state"] or result["recovered"], result
        assert (result["next_state"], result["next_left"]) == ("NEW", []), result
        assert result["status"] != 2, result
        assert result["status"] != 0 or result["state"] == "NEW", result
        assert all(name.startswith(".dataflows") for name in result["left"]), result


@pytest.mark.parametrize("kind", ["kill", "kill-twice"])
def test_a_run_killed_at_any_point_leaves_the_old_output_or_the_new(
    quick_path: Path, kind: str
) -> None:
    results = points(quick_path, kind)
    assert_sound(results)
    states = [result["state"] for result in results]
    # There is one point before which the output is the old one, and after which it is the new one.
    assert states == sorted(states, reverse=True)
    assert set(states) == {"OLD", "NEW"}


@pytest.mark.parametrize("kind", ["ENOSPC", "EIO"])
def test_one_refusal_at_any_point_fails_with_the_old_output_or_does_not_matter(
    quick_path: Path, kind: str
) -> None:
    results = points(quick_path, kind)
    assert_sound(results)
    for result in results:
        if result["status"] == 1:
            assert (result["seen"], result["left"]) == ("OLD", []), result
            assert not result["folder_left"], result
            assert "before is untouched\n  fix: " in result["message"], result
            assert str(quick_path / "out") in result["message"], result
        else:
            assert (result["status"], result["seen"]) == (0, "NEW"), result


def test_a_disk_that_fails_for_good_leaves_what_the_next_run_finishes(quick_path: Path) -> None:
    results = points(quick_path, "EIO-always")
    assert_sound(results)
    for result in results:
        if result["seen"] != result["state"]:
            assert "either finishes what was begun" in result["message"], result


def test_an_interrupt_at_any_line_leaves_the_old_output_or_the_new(quick_path: Path) -> None:
    results = points(quick_path, "interrupt")
    assert_sound(results)
    for result in results:
        assert (result["status"], result["recovered"]) == (130, False), result
        # Only one that comes while the commit is already tidying up leaves something to tidy.
        assert result["seen"] == "NEW" or result["left"] == [], result


def test_a_second_interrupt_while_the_first_is_cleaned_up_does_no_harm(quick_path: Path) -> None:
    assert_sound(points(quick_path, "interrupt-twice"))


# The same from outside, with strace

CHANGING_CALLS = """
    openat mkdir mkdirat rename renameat renameat2 link linkat unlink unlinkat rmdir fsync
    write pwrite64 chmod fchmod fchmodat ftruncate
"""
TRACED = ",".join(f"?{name}" for name in CHANGING_CALLS.split())


def strace(log: Path, folder: Path, *options: str) -> int:
    command = ["strace", "-f", "-y", "-qq", "-o", str(log), "-e", f"trace={TRACED}", *options]
    return subprocess.run(
        [*command, sys.executable, JOB, str(folder), "new"],
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    ).returncode


def calls(log: Path, folder: Path) -> list[tuple[str, int, str]]:
    """Return the calls that change the folder: name, which call of this name, the whole line."""
    counts: dict[str, int] = {}
    found = []
    for line in log.read_text().splitlines():
        if matched := re.match(r"\d+ +(\w+)\(", line):
            name = matched[1]
            counts[name] = counts.get(name, 0) + 1
            if str(folder) in line and (name != "openat" or "O_CREAT" in line):
                found.append((name, counts[name], line))
    return found


@pytest.mark.platform
@needs_strace
@pytest.mark.parametrize("fault", ["signal=KILL", "error=ENOSPC"])
def test_a_fault_at_any_system_call_leaves_the_old_output_or_the_new(
    out: Path, tmp_path: Path, fault: str
) -> None:
    shutil.copytree(out, tmp_path / "first" / "out")
    strace(tmp_path / "log", tmp_path / "first" / "out")
    to_try = calls(tmp_path / "log", tmp_path / "first")
    if fault != "signal=KILL":
        to_try = [call for call in to_try if call[0] in {"write", "openat", "fsync"}]
    assert len(to_try) > 20

    def try_call(number: int) -> None:
        name, count, _ = to_try[number]
        folder = tmp_path / str(number) / "out"
        shutil.copytree(out, folder)
        log = tmp_path / f"{number}.log"
        status = strace(log, folder, "-e", f"inject={name}:{fault}:when={count}")
        assert "INJECTED" in log.read_text() or status not in {0, 1}, name
        recover(folder)
        state = check(folder)
        assert state in {"OLD", "NEW"}, (name, count, state)
        assert status != 0 or state == "NEW", (name, count)
        assert status != 1 or (state, leftovers(folder)) == ("OLD", []), (name, count)
        run(folder, "new")
        assert (check(folder), leftovers(folder)) == ("NEW", [])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(try_call, range(len(to_try))))


@pytest.mark.platform
@needs_strace
def test_all_is_synced_before_it_is_renamed_and_the_descriptor_comes_last(
    out: Path, tmp_path: Path
) -> None:
    assert strace(tmp_path / "log", out) == 0
    events = []
    for name, _, line in calls(tmp_path / "log", out):
        short = re.sub(r"\.dataflows-[0-9a-f]{12}", "STAGING", line.replace(str(out), "OUT"))
        if name == "fsync":
            events.append("sync " + re.findall(r"<(.*?)>", short)[0])
        elif name.startswith("rename"):
            events.append("move {} to {}".format(*re.findall(r'"(.*?)"', short)))
    assert events == [
        "sync OUT/STAGING/new-1",
        "sync OUT/STAGING/new-2",
        "sync OUT/STAGING/new-3",
        "sync OUT/STAGING/new-4",
        "sync OUT/STAGING/journal",
        "sync OUT/STAGING",
        "sync OUT",
        "move OUT/STAGING/journal to OUT/.dataflows-commit.json",
        "sync OUT",
        "move OUT/STAGING/new-2 to OUT/a.csv",
        "move OUT/STAGING/new-3 to OUT/b.csv",
        "move OUT/STAGING/new-4 to OUT/new-only/c.csv",
        "move OUT/STAGING/new-1 to OUT/datapackage.json",
        "move OUT/old-only/c.csv to OUT/STAGING/gone-0",
        "sync OUT",
        "sync OUT/new-only",
        "sync OUT/old-only",
    ]


# Two runs, signals, disks


def test_a_second_run_is_refused_while_the_first_one_writes(out: Path) -> None:
    job = started(str(out), "new", "60")
    try:
        with pytest.raises(OutputError) as error:
            run(out, "old", lock_timeout_seconds=0.1)
        host = os.uname().nodename
        assert message(error, out) == (
            f"'OUT' is being written by the process {job.pid} on {host!r} (waited 0.1 seconds)\n"
            "  fix: wait until it has ended, or dump to another folder."
        )
        assert check(out) == "OLD"
    finally:
        job.kill()
        job.communicate()


def test_a_run_in_the_same_process_is_refused_too(out: Path) -> None:
    first = StagedFolder(out)
    first.open()
    with pytest.raises(OutputError) as error:
        StagedFolder(out, lock_timeout_seconds=0).open()
    assert message(error, out) == (
        f"'OUT' is being written by this process ({os.getpid()}) (waited 0 seconds)\n"
        "  fix: dump to two folders, or end the one before the other begins."
    )
    first.abort()
    assert leftovers(out) == []


def test_a_second_run_waits_for_the_first_one(out: Path) -> None:
    job = started(str(out), "new", "0.3")
    run(out, "old", lock_timeout_seconds=20)
    assert job.communicate() == ("", "")
    assert (job.returncode, check(out), leftovers(out)) == (0, "OLD", [])


def test_many_runs_at_once_never_mix(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def write_many(tag: str) -> None:
        try:
            for _ in range(15):
                run(tmp_path / "out", tag, lock_timeout_seconds=30)
                time.sleep(0.001)
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=write_many, args=(tag,)) for tag in ("old", "new", "old")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert check(tmp_path / "out") in {"OLD", "NEW"}
    assert leftovers(tmp_path / "out") == []


def test_a_killed_holder_lets_go_at_once(out: Path) -> None:
    job = started(str(out), "new", "60")
    job.kill()
    job.communicate()
    assert leftovers(out) != []
    run(out, "new", lock_timeout_seconds=0)
    assert (check(out), leftovers(out)) == ("NEW", [])


@pytest.mark.parametrize("signals", [1, 2])
def test_control_c_leaves_the_old_output_and_nothing_else(out: Path, signals: int) -> None:
    job = started(str(out), "new", "60")
    begun = time.monotonic()
    for _ in range(signals):
        job.send_signal(signal.SIGINT)
        time.sleep(0.05)
    _, error = job.communicate(timeout=10)
    assert time.monotonic() - begun < 2
    assert error.splitlines()[-1] == "KeyboardInterrupt"
    assert check(out) == "OLD"
    if signals == 1:
        assert leftovers(out) == []
    run(out, "new")
    assert (check(out), leftovers(out)) == ("NEW", [])


def run_in(out: Path, code: str, rows: int) -> subprocess.CompletedProcess[str]:
    """Run the job in a process of its own, after some code, and print the error it meets."""
    script = (
        f"import sys\nsys.path.insert(0, {str(CRASH)!r})\n"
        "import crash_job, pathlib, filelock\n"
        "from dataflows.errors import OutputError\n"
        f"{code}\n"
        "try:\n"
        f"    crash_job.run(pathlib.Path({str(out)!r}), 'new', rows={rows})\n"
        "except OutputError as error:\n"
        "    sys.exit(str(error))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**ENVIRONMENT, "TMPDIR": str(out / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_written_into_the_temporary_folder(out: Path) -> None:
    done = run_in(out, "", 400)
    assert (done.returncode, done.stderr, check(out)) == (0, "", "NEW")


def test_a_file_past_the_size_limit_leaves_the_old_output(out: Path) -> None:
    limit = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))"
    done = run_in(out, limit, 4000)
    assert done.stderr.replace(str(out), "OUT") == (
        "cannot write 'OUT/a.csv': file too large; what was in 'OUT' before is untouched\n"
        "  fix: raise the limit on the size of files, or dump fewer rows.\n"
    )
    assert (done.returncode, check(out), leftovers(out)) == (1, "OLD", [])


@pytest.mark.platform
@needs_root
def test_a_full_disk_leaves_the_old_output(out: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("needs to mount a small disk")
    try:
        shutil.copytree(out, disk / "out")
        done = run_in(disk / "out", "", 20_000)
        text = re.sub(r"[\d,]+ bytes", "N bytes", done.stderr.replace(str(disk), "DISK"))
        assert text == (
            "cannot write 'DISK/out/a.csv': no space left on device; "
            "what was in 'DISK/out' before is untouched\n"
            "  fix: make room on the disk of 'DISK/out': N bytes are free.\n"
        )
        assert (done.returncode, check(disk / "out"), leftovers(disk / "out")) == (1, "OLD", [])
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def read_only(out: Path) -> Path:
    """The old output in a folder in which this user may not write."""
    out.chmod(0o555)
    if os.geteuid() == 0:
        # Pytest's folders are closed to other users.
        for folder in (out.parent, *out.parent.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o055)
    return out


@pytest.mark.platform
def test_a_read_only_folder_is_refused_before_the_first_row(read_only: Path) -> None:
    code = "import os\nif os.geteuid() == 0: os.setuid(65534)\n"
    code += f"from dataflows.commit import recover\nassert recover({str(read_only)!r}) is False"
    done = run_in(read_only, code, 10)
    assert done.stderr.replace(str(read_only), "OUT") == (
        "cannot lock 'OUT': permission denied; what was in 'OUT' before is untouched\n"
        "  fix: let this user write in 'OUT' and close the programs that hold its files open, "
        "or name another folder.\n"
    )
    assert (check(read_only), leftovers(read_only)) == ("OLD", [])


# Folders and paths


def test_nothing_happens_before_open(tmp_path: Path) -> None:
    staged = StagedFolder(tmp_path / "out")
    staged.abort()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    with pytest.raises(OutputError) as error:
        StagedFolder(out).open()
    assert message(error, out) == (
        "cannot make the folder 'OUT': file exists; what was in 'OUT' before is untouched\n"
        "  fix: name a path that is a folder, or where nothing is yet."
    )
    assert out.read_text() == "mine"


def test_what_the_system_refuses_has_a_fix_that_names_it() -> None:
    gone = FileNotFoundError(errno.ENOENT, "No such file or directory", "out/x")
    assert str(output_error(gone, "make the folder 'out'", "out")) == (
        "cannot make the folder 'out': no such file or directory;"
        " what was in 'out' before is untouched\n"
        "  fix: name a folder that can be made, and stays, in the place of 'out'."
    )
    full = OSError(errno.ENOTEMPTY, "Directory not empty", "out/x", None, "out/y")
    assert output_error(full, "move 'x'", "out").fix == "remove the folder 'out/y', then run again."
    odd = OSError(errno.ELOOP, "Too many levels of symbolic links", "out/x")
    assert output_error(odd, "move 'x'", "out").fix == "see to 'out/x', then run again."


def test_the_folder_behind_a_link_is_written(out: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(out)
    run(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (check(out), leftovers(out)) == ("NEW", [])


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "mine").write_text("mine")
    (out / "a.csv").symlink_to(tmp_path / "mine")
    write(out, {"a.csv": b"new"})
    assert not (out / "a.csv").is_symlink()
    assert (files_of(out), (tmp_path / "mine").read_text()) == ({"a.csv": b"new"}, "mine")


def test_abort_removes_the_folders_that_were_made(tmp_path: Path) -> None:
    staged = StagedFolder(tmp_path / "outer" / "out")
    staged.open()
    staged.create("a.csv").write(b"a")
    staged.prepare()
    staged.abort()
    staged.abort()
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_of_the_output_stay(out: Path) -> None:
    write(out, {"a.csv": b"1"}, remove={"a.csv", "b.csv", "../x", "old-only", "no such file"})
    assert sorted(files_of(out)) == ["a.csv", "datapackage.json", "old-only/c.csv"]


def test_a_removed_path_outside_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    write(tmp_path / "out", {"a.csv": b"1"}, remove={"../mine", str(tmp_path / "mine")})
    assert files_of(tmp_path) == {"mine": b"mine", "out/a.csv": b"1"}


def test_a_discarded_file_is_not_part_of_the_output(tmp_path: Path) -> None:
    staged = StagedFolder(tmp_path)
    staged.open()
    staged.create("a.csv").write(b"a")
    staged.create("b.csv").write(b"b")
    staged.discard("./a.csv")
    with pytest.raises(OutputError, match=re.escape("there is no new file 'a.csv' in ")):
        staged.discard("a.csv")
    staged.prepare()
    staged.commit()
    assert files_of(tmp_path) == {"b.csv": b"b"}


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    staged = StagedFolder(tmp_path)
    staged.open()
    staged.create("a.txt", binary=False).write("é\n\r\n")
    staged.prepare()
    staged.commit()
    assert files_of(tmp_path) == {"a.txt": b"\xc3\xa9\n\r\n"}


def test_only_this_user_reads_what_is_staged(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        staged = StagedFolder(tmp_path / "out")
        staged.open()
        staged.create("a.csv").write(b"a")
        [folder] = [path for path in (tmp_path / "out").iterdir() if path.is_dir()]
        modes = [oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())]
        staged.prepare()
        staged.commit()
    finally:
        os.umask(before)
    assert modes == ["0o700", "0o600"]
    assert oct((tmp_path / "out/a.csv").stat().st_mode & 0o777) == "0o640"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "it is empty"),
        (".", "it is empty"),
        ("a\0b", "it has a NUL character in it"),
        ("/etc/passwd", "it is absolute"),
        ("\\\\host\\share", "it is absolute"),
        ("C:\\a.csv", "it names a drive"),
        ("c:a.csv", "it names a drive"),
        ("~/a.csv", "it starts with '~'"),
        ("../a.csv", "it has '..' in it"),
        ("data/../../a.csv", "it has '..' in it"),
        ("data\\..\\a.csv", "it has '..' in it"),
        ("data/", "it names a folder"),
        ("./.dataflows.lock", "'.dataflows…' is the commit's own"),
    ],
)
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str, reason: str) -> None:
    staged = StagedFolder(tmp_path)
    staged.open()
    with pytest.raises(OutputError) as error:
        staged.create(path)
    staged.abort()
    assert str(error.value) == (
        f"cannot write to the path {path!r}: {reason}\n"
        "  fix: give the file a path inside the folder, such as 'data/rows.csv'."
    )


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "data").symlink_to(tmp_path)
    with pytest.raises(OutputError) as error:
        confined(tmp_path / "out", "data/a.csv")
    assert error.value.what == (
        f"cannot write to the path 'data/a.csv': a link on its way leads to {str(tmp_path)!r}"
    )


def test_names_of_devices_are_refused_on_windows_only(tmp_path: Path) -> None:
    assert confined(tmp_path, "con.csv", windows=False) == "con.csv"
    with pytest.raises(OutputError, match=re.escape("Windows keeps ['con.csv'] for devices")):
        confined(tmp_path, "con.csv", windows=True)


@given(st.text(st.sampled_from("ab./\\~:\0")))
def test_a_path_that_is_let_through_stays_inside(path: str) -> None:
    folder = Path("/no such folder")
    try:
        plain = confined(folder, path, windows=False)
    except OutputError:
        return
    assert os.path.normpath(folder / path) == os.path.normpath(folder / plain)
    assert os.path.normpath(folder / path).startswith(str(folder) + "/")


def test_what_stands_in_the_way_is_refused_before_the_first_row(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    staged = StagedFolder(tmp_path)
    staged.open()
    staged.create("a.csv")
    messages = []
    for path in ("./a.csv", "folder", "file/a.csv"):
        with pytest.raises(OutputError) as error:
            staged.create(path)
        messages.append(message(error, tmp_path))
    staged.abort()
    own = "give each resource a path of its own."
    other = "give the resource another path, or move away what stands there."
    assert messages == [
        f"two files of one output have the path 'a.csv'\n  fix: {own}",
        f"cannot put a file at 'OUT/folder': a folder has that name\n  fix: {other}",
        f"cannot put a file at 'OUT/file/a.csv': 'file' on its way is a file\n  fix: {other}",
    ]


def test_a_failing_move_puts_the_former_files_back(out: Path) -> None:
    staged = StagedFolder(out)
    staged.open()
    staged.create("a.csv").write(b"new")
    staged.create("b.csv").write(b"new")
    staged.prepare()
    # As a file that another program holds open on Windows: no move onto it succeeds.
    (out / "b.csv").unlink()
    (out / "b.csv").mkdir()
    with pytest.raises(OutputError) as error:
        staged.commit()
    (out / "b.csv").rmdir()
    assert message(error, out).splitlines()[0] == (
        "cannot put the new files in place in 'OUT': is a directory ('OUT/b.csv'); "
        "what was in 'OUT' before is untouched"
    )
    assert (out / "a.csv").read_bytes().endswith(b"old\n")
    assert leftovers(out) == []


# Recovery


def test_recover_does_nothing_where_nothing_is_left(out: Path) -> None:
    before = out.stat().st_mtime_ns
    assert recover(out) is False
    assert recover(out / "a.csv") is False
    assert out.stat().st_mtime_ns == before


STAGING = ".dataflows-0123456789ab"


def plant(folder: Path, files: list[list[str]], removed: list[str], version: int = 1) -> None:
    """Make a folder look as if a run had been killed there."""
    (folder / STAGING).mkdir(parents=True)
    entries = {"version": version, "staging": STAGING, "files": files, "removed": removed}
    (folder / ".dataflows-commit.json").write_text(json.dumps(entries))


def test_recover_finishes_what_the_journal_says(tmp_path: Path) -> None:
    plant(tmp_path, [["new-1", "a/b.csv"], ["new-2", "done.csv"]], ["gone.csv", "never.csv"])
    (tmp_path / STAGING / "new-1").write_text("1")
    (tmp_path / "done.csv").write_text("2")
    (tmp_path / "gone.csv").touch()
    assert recover(tmp_path) is True
    assert files_of(tmp_path) == {"a/b.csv": b"1", "done.csv": b"2"}
    assert leftovers(tmp_path) == []


def test_a_journal_without_its_staging_folder_removes_nothing(tmp_path: Path) -> None:
    plant(tmp_path, [], ["a.csv"])
    (tmp_path / STAGING).rmdir()
    (tmp_path / "a.csv").touch()
    assert recover(tmp_path) is True
    assert files_of(tmp_path) == {"a.csv": b""}


@pytest.mark.parametrize(
    ("files", "removed"),
    [
        ([["new-1", "../a.csv"]], []),
        ([["new-1", "/etc/a.csv"]], []),
        ([["../new-1", "a.csv"]], []),
        ([["new-link", "a.csv"]], []),
        ([["new-7", "a"], ["new-1", "a/b.csv"]], []),
        ([["new-8", "a"], ["new-1", "a/b.csv"]], []),
        ([], ["../mine"]),
        ([[]], []),
    ],
)
def test_a_planted_journal_moves_nothing_out_of_its_folder(
    tmp_path: Path, files: list[list[str]], removed: list[str]
) -> None:
    folder = tmp_path / "out"
    plant(folder, files, removed)
    (tmp_path / "mine").touch()
    (folder / STAGING / "new-1").touch()
    (folder / STAGING / "new-7").symlink_to(tmp_path)
    (folder / STAGING / "new-8").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError):
        recover(folder)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", ["", "[]", "{", '{"version": 2}', "[" * 100_000])
def test_a_journal_of_somebody_else_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / ".dataflows-commit.json").write_text(content)
    with pytest.raises(OutputError) as error:
        StagedFolder(tmp_path).open()
    assert message(error, tmp_path) == (
        "'OUT/.dataflows-commit.json' is not the journal of a commit that this version can finish\n"
        "  fix: remove it if nothing of yours wrote it; else finish with the newer version."
    )
    assert leftovers(tmp_path) == [".dataflows-commit.json"]


# The sinks of one run


class RecordingSink:
    def __init__(self, name: str, log: list[str], fails: set[str]) -> None:
        self.name = name
        self.log = log
        self.fails = fails

    def __str__(self) -> str:
        return f"sink {self.name}"

    def _do(self, what: str) -> None:
        self.log.append(f"{what} {self.name}")
        if self.log[-1] in self.fails:
            raise OutputError(f"cannot {self.log[-1]}", fix="repair it.")

    def prepare(self) -> None:
        self._do("prepare")

    def commit(self) -> None:
        self._do("commit")

    def abort(self) -> None:
        self._do("abort")


@pytest.mark.parametrize(
    ("fails", "log", "text"),
    [
        ([], "prepare a, prepare b, prepare c, commit a, commit b, commit c", ""),
        (
            ["prepare b", "abort b"],
            "prepare a, prepare b, abort c, abort b, abort a",
            "cannot prepare b\n  fix: repair it.",
        ),
        (
            ["commit a"],
            "prepare a, prepare b, prepare c, commit a, abort c, abort b, abort a",
            "cannot commit a\n  fix: repair it.",
        ),
        (
            ["commit b"],
            "prepare a, prepare b, prepare c, commit a, commit b, abort b, commit c",
            (
                "not all outputs are new. New: sink a, sink c. As before: sink b: cannot commit b\n"
                "  fix: repair it.\n  fix: do what the message says, then run again."
            ),
        ),
    ],
)
def test_all_sinks_prepare_before_any_commits(fails: list[str], log: str, text: str) -> None:
    done: list[str] = []
    commit = Commit()
    for name in "abc":
        commit.add(RecordingSink(name, done, set(fails)))
    try:
        commit.finish()
        shown = ""
    except OutputError as error:
        shown = str(error)
    commit.abort()
    assert (", ".join(done), shown) == (log, text)


@pytest.mark.parametrize(
    ("fails", "blamed"), [("prepare b", "b"), ("commit a", "a"), ("commit b", "b")]
)
def test_the_errors_of_a_sink_are_raised_where_it_was_added(fails: str, blamed: str) -> None:
    seen: list[str] = []

    @contextmanager
    def noting(name: str) -> Iterator[None]:
        try:
            yield
        except OutputError as error:
            seen.append(f"{name}: {error.what}")
            raise

    commit = Commit()
    for name in "abc":
        commit.add(RecordingSink(name, [], {fails}), partial(noting, name))
    with pytest.raises(OutputError) as caught:
        commit.finish()
    assert seen == [f"{blamed}: {caught.value.what}"]


# The hashing writer


def hashed(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class Kept(io.BytesIO):
    """Keeps its content beyond its end."""

    content = b""

    def close(self) -> None:
        if not self.closed:
            self.content = self.getvalue()
        super().close()


@given(st.lists(st.tuples(st.binary(max_size=9), st.integers(1, 60_000)), max_size=12))
def test_what_is_hashed_is_what_is_written(pieces: list[tuple[bytes, int]]) -> None:
    file = Kept()
    blocks = [piece * times for piece, times in pieces]
    with HashingWriter(file) as writer:
        for block in blocks:
            assert writer.write(block) == len(block)
    content = b"".join(blocks)
    assert file.content == content
    assert (writer.bytes_written, writer.digest()) == (len(content), hashed(content))


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, lambda data: memoryview(data)[::2]])
def test_what_the_caller_changes_later_is_not_written(make: Callable[[bytes], Any]) -> None:
    file = Kept()
    data = make(b"ab" * 10)
    expected = bytes(data)
    with HashingWriter(file) as writer:
        writer.write(data)
        if isinstance(data, bytearray):
            data[:] = b"x" * len(data)
    assert file.content == expected


def test_a_small_file_starts_no_thread() -> None:
    before = threading.active_count()
    writer = HashingWriter(io.BytesIO())
    writer.write(b"a" * 1000)
    assert threading.active_count() == before
    writer.write(b"a" * 1_000_000)
    assert threading.active_count() == before + 1
    writer.close()
    writer.close()
    assert threading.active_count() == before
    with pytest.raises(ValueError, match="write to a closed writer"):
        writer.write(b"a")


INTERRUPTED = """
import io, random, signal
from dataflows.commit import HashingWriter

class Interrupted(BaseException): ...

def interrupt(*_):
    raise Interrupted

random.seed(4)
signal.signal(signal.SIGVTALRM, interrupt)
for _ in range(100):
    writer = HashingWriter(io.BytesIO())
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, random.uniform(0.0005, 0.006))
        while True:
            writer._pieces = [b"a"]
            writer._hand_over()
    except Interrupted:
        pass
    writer.abort()
"""


def test_a_signal_at_any_moment_lets_it_end() -> None:
    subprocess.run([sys.executable, "-c", INTERRUPTED], check=True, timeout=60, env=ENVIRONMENT)


class Refusing(io.BytesIO):
    def write(self, data: object, /) -> int:
        raise OutputError("the disk is full")


def test_a_refused_write_is_raised_by_the_next_one_and_by_close() -> None:
    file = Refusing()
    before = threading.active_count()
    writer = HashingWriter(file)

    def write_on() -> None:
        for _ in range(1000):
            writer.write(b"a" * 1_000_000)
            time.sleep(0.001)

    with pytest.raises(OutputError, match="the disk is full"):
        write_on()
    with pytest.raises(OutputError, match="the disk is full"):
        writer.close()
    assert (file.closed, threading.active_count()) == (True, before)


def test_an_error_in_the_block_drops_what_waits() -> None:
    file = Kept()
    before = threading.active_count()

    def write_and_fail() -> None:
        with HashingWriter(file) as writer:
            writer.write(b"a" * 1_000_000)
            writer.write(b"b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert (file.closed, threading.active_count()) == (True, before)
    assert b"b" not in file.content


def test_the_commit_loads_no_lock_before_it_is_opened() -> None:
    code = "import sys, dataflows.commit; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"filelock", "hashlib", "socket"} & set(loaded) == set()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_private_output_can_be_read_by_this_user_only(tmp_path: Path) -> None:
    staged = StagedFolder(tmp_path / "out", private=True)
    staged.open()
    with staged.create("a/b.csv") as file:
        file.write(b"x")
    staged.prepare()
    staged.commit()
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "out/a/b.csv").stat().st_mode & 0o777 == 0o600
