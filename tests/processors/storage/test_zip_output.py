"""A zip as an output: the old one or the new one, whole, whatever happens at whatever point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dataflows.errors import OutputError
from dataflows.processors.storage.zip_output import StagedZip

CRASH = Path(__file__).parents[2] / "crash"
ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def points(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Return what came of a fault at each point of a run (see `tests/crash`)."""
    done = subprocess.run(
        [sys.executable, str(CRASH / "crash_points.py"), str(folder), kind, "zip_job"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    results: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(results) > 10
    for result in results:
        assert result["seen"] in {"OLD", "NEW"}, result
        assert (result["next_state"], result["next_left"]) == ("NEW", []), result
        assert result["status"] != 2, result
        assert result["status"] != 0 or result["seen"] == "NEW", result
        assert set(result["left"]) <= {".data.zip.dataflows"}, result
    return results


@pytest.mark.parametrize("kind", ["kill", "kill-twice"])
def test_a_run_killed_at_any_point_leaves_the_old_zip_or_the_new(
    quick_path: Path, kind: str
) -> None:
    states = [result["seen"] for result in points(quick_path, kind)]
    assert states == sorted(states, reverse=True)
    assert set(states) == {"OLD", "NEW"}


@pytest.mark.parametrize("kind", ["ENOSPC", "EIO"])
def test_one_refusal_at_any_point_leaves_the_old_zip_or_does_not_matter(
    quick_path: Path, kind: str
) -> None:
    for result in points(quick_path, kind):
        if result["status"] == 1:
            assert (result["seen"], result["left"]) == ("OLD", []), result
            assert "before is untouched\n  fix: " in result["message"], result
            assert str(quick_path / "out/data.zip") in result["message"], result
        else:
            assert (result["status"], result["seen"]) == (0, "NEW"), result


def test_a_disk_that_fails_for_good_leaves_the_old_zip_or_the_new(quick_path: Path) -> None:
    points(quick_path, "EIO-always")


@pytest.mark.parametrize("kind", ["interrupt", "interrupt-twice"])
def test_an_interrupt_at_any_line_leaves_the_old_zip_or_the_new(
    quick_path: Path, kind: str
) -> None:
    points(quick_path, kind)


def write(path: Path, files: dict[str, bytes], **options: Any) -> None:
    staged = StagedZip(path, **options)
    staged.open()
    try:
        for name, content in files.items():
            with staged.create(name) as file:
                file.write(content)
        staged.prepare()
        staged.commit()
    finally:
        staged.abort()


def test_equal_files_make_equal_zips_spooled_or_not(tmp_path: Path) -> None:
    files = {"b.csv": b"id\r\n" * 9999, "deep/a.csv": b"", "datapackage.json": b"{}"}
    write(tmp_path / "a.zip", files)
    write(tmp_path / "b.zip", files, spooled=True)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == list(files)
        assert archive.testzip() is None
    assert names(tmp_path) == ["a.zip", "b.zip"]


def test_a_link_in_its_place_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "dear.zip").write_bytes(b"dear")
    (tmp_path / "a.zip").symlink_to("dear.zip")
    write(tmp_path / "a.zip", {"a": b"1"})
    assert (tmp_path / "dear.zip").read_bytes() == b"dear"
    assert not (tmp_path / "a.zip").is_symlink()


def test_its_permissions_are_those_of_new_files(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write(tmp_path / "a.zip", {"a": b"1"})
    assert (tmp_path / "a.zip").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("path", ["../a.csv", "/etc/a.csv", "~/a.csv", "c:\\a.csv", ""])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutputError, match="cannot write to the path"):
        write(tmp_path / "a.zip", {path: b"1"})
    assert names(tmp_path) == []


def test_two_members_of_one_path_are_refused(tmp_path: Path) -> None:
    staged = StagedZip(tmp_path / "a.zip", spooled=True)
    staged.open()
    staged.create("a.csv")
    with pytest.raises(OutputError, match=r"two files of one output have the path 'a\.csv'"):
        staged.create("./a.csv")
    staged.create("b.csv")
    with pytest.raises(OutputError, match=r"two files of one output have the path 'a\.csv'"):
        staged.rename("b.csv", "a.csv")
    staged.abort()
    staged.abort()
    assert names(tmp_path) == []


def test_a_second_run_waits_then_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    first = StagedZip(path)
    first.open()
    other = StagedZip(tmp_path / "b.zip")
    other.open()
    other.abort()
    with pytest.raises(OutputError) as caught:
        StagedZip(path, lock_timeout_seconds=0.1).open()
    assert str(caught.value).replace(str(path), "ZIP") == (
        f"'ZIP' is being written by this process ({os.getpid()}) (waited 0.1 seconds)\n"
        "  fix: dump to two folders, or end the one before the other begins."
    )
    with first.create("a") as file:
        file.write(b"1")
    first.prepare()
    first.commit()
    write(path, {"a": b"1"})
    assert names(tmp_path) == ["a.zip"]


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").mkdir()
    with pytest.raises(OutputError) as caught:
        StagedZip(tmp_path / "a.zip").open()
    assert str(caught.value).replace(str(tmp_path), "TMP") == (
        "cannot write the zip 'TMP/a.zip': a folder has that name\n"
        "  fix: name the file itself, such as 'out/data.zip'."
    )


def test_a_link_in_the_place_of_its_work_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dear").mkdir()
    (tmp_path / "dear/file").touch()
    (tmp_path / ".a.zip.dataflows").symlink_to("dear")
    with pytest.raises(OutputError, match="is a link\n  fix: remove it"):
        StagedZip(tmp_path / "a.zip").open()
    assert names(tmp_path / "dear") == ["file"]
