"""What dump_to_zip writes, and that the former zip stays until the new one is whole."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import (
    Flow,
    dump_to_path,
    dump_to_zip,
    filter_rows,
    load,
    rejects,
    set_type,
    update_resource,
)
from dataflows.errors import ArgumentError, ProcessorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": None}]

JOB = """
import sys, time
from pathlib import Path
from dataflows import Flow, dump_to_zip

def rows(wait):
    for number in range(60_000):
        if number == 30_000:
            Path(sys.argv[1]).with_suffix(".mid").touch()
            time.sleep(wait)
        yield {"id": number, "text": f"{number * 2654435761 % 2**32:x}" * 10}

Flow(rows(0), rows(float(sys.argv[2])), dump_to_zip(sys.argv[1])).process()
"""


def start(path: Path, wait: float, **options: Any) -> Any:
    command = [sys.executable, "-c", JOB, str(path), str(wait)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(*links: Any) -> list[list[dict[str, Any]]]:
    return Flow(*links).results(on_error=None)[0]


def error_of(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


def old_zip(path: Path) -> bytes:
    Flow([{"tag": "old"}], dump_to_zip(path)).process()
    return path.read_bytes()


def test_the_members_are_the_files_that_dump_to_path_writes(tmp_path: Path) -> None:
    links = [ROWS, update_resource(-1, path="deep/a.csv"), [{"x": "é"}]]
    zip_stats = Flow(*links, dump_to_zip(tmp_path / "out.zip")).process()[1]
    path_stats = Flow(*links, dump_to_path(tmp_path / "out")).process()[1]
    assert zip_stats == path_stats
    found = members(tmp_path / "out.zip")
    assert list(found) == ["deep/a.csv", "res_2.csv", "datapackage.json"]
    for name, data in found.items():
        assert data == (tmp_path / "out" / name).read_bytes()
    assert rows_of(load(tmp_path / "out.zip", format="datapackage")) == [ROWS, [{"x": "é"}]]


@pytest.mark.parametrize(
    "format_", ["csv", "tsv", "json", "ndjson", "xlsx", "parquet", "arrow", "feather"]
)
def test_every_format_reads_back(tmp_path: Path, format_: str) -> None:
    path = tmp_path / "out.zip"
    Flow(ROWS, dump_to_zip(path, format=format_)).process()
    assert list(members(path)) == [f"res_1.{format_}", "datapackage.json"]
    assert rows_of(load(path, format="datapackage")) == [ROWS]


def test_the_options_of_dump_to_path_hold(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    options = {
        "add_filehash_to_path": True,
        "pretty_descriptor": False,
        "counters": {"resource-bytes": None},
        "options": {"delimiter": ";"},
    }
    Flow(ROWS, dump_to_zip(path, **options)).process()
    found = members(path)
    descriptor = json.loads(found["datapackage.json"])
    (described,) = descriptor["resources"]
    assert list(found) == [f"{described['hash']}/res_1.csv", "datapackage.json"]
    assert described["path"] == f"{described['hash']}/res_1.csv"
    assert found[described["path"]] == b"id;city\r\n1;Rome\r\n2;\r\n"
    assert b"\n" not in found["datapackage.json"]
    assert "bytes" not in described
    assert rows_of(load(path, format="datapackage")) == [ROWS]


def test_the_file_is_closed_after_the_run(tmp_path: Path) -> None:
    step = dump_to_zip(tmp_path / "out.zip")
    seen: list[bool] = []

    def look(row: dict[str, Any]) -> None:
        seen.append(step.out_file.closed)

    Flow(ROWS, step, look).process()
    assert (set(seen), step.out_file.closed) == ({False}, True)
    assert members(step.out_file)
    assert repr(dump_to_zip("out.zip")) == "dump_to_zip('out.zip')"


def test_an_empty_package_is_a_zip(tmp_path: Path) -> None:
    Flow(dump_to_zip(tmp_path / "out.zip")).process()
    assert list(members(tmp_path / "out.zip")) == ["datapackage.json"]


def test_the_rows_go_on(tmp_path: Path) -> None:
    assert rows_of(ROWS, dump_to_zip(tmp_path / "out.zip"), filter_rows("id > 1")) == [ROWS[1:]]


def test_rejected_rows_are_a_member(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    dump = dump_to_zip(path, validator_options={"on_error": rejects()})
    rows = [{"id": "1"}, {"id": "x"}]
    Flow(rows, set_type("id", type="string"), dump).process()
    assert "datapackage.json" in members(path)


def test_an_unknown_option_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError) as caught:
        dump_to_zip("out.zip", formt="csv")
    assert str(caught.value).splitlines()[0] == "dump_to_zip has no option 'formt'"
    assert "did you mean 'format'?" in str(caught.value)


@pytest.mark.parametrize("given", [None, 3, "", ["out.zip"]])
def test_what_is_no_path_is_refused_at_the_call(given: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        dump_to_zip(given)
    assert str(caught.value) == (
        f"out_file is the path of a zip, got {given!r}\n"
        "  fix: write for instance dump_to_zip('out.zip')."
    )


def test_two_dumps_into_one_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    text = error_of(ROWS, dump_to_zip(path), dump_to_zip(path))
    assert "two steps of this flow write into" in text
    assert list(tmp_path.iterdir()) == []


def test_two_zips_beside_each_other_are_none_of_each_others_business(tmp_path: Path) -> None:
    flow = Flow(ROWS, dump_to_zip(tmp_path / "a.zip"), dump_to_zip(tmp_path / "b.zip"))
    flow.process()
    assert members(tmp_path / "a.zip") == members(tmp_path / "b.zip")


def test_building_a_flow_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    before = old_zip(path)
    Flow(ROWS, dump_to_zip(path)).check()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_flow_may_load_the_zip_that_it_writes_and_run_twice(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    Flow([{"n": 1}], dump_to_zip(path)).process()

    def next_number(row: dict[str, Any]) -> None:
        row["n"] += 1

    flow = Flow(load(path, format="datapackage"), next_number, dump_to_zip(path))
    flow.process()
    flow.process()
    assert rows_of(load(path, format="datapackage")) == [[{"n": 3}]]


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, GeneratorExit])
@pytest.mark.parametrize("hashed", [False, True])
def test_what_stops_a_run_leaves_the_old_zip(tmp_path: Path, error: type, hashed: bool) -> None:
    path = tmp_path / "out.zip"
    before = old_zip(path)

    def broken() -> Iterator[dict[str, Any]]:
        for number in range(40_000):
            yield {"id": number}
        raise error

    with pytest.raises((ProcessorError, error)):
        Flow(ROWS, broken(), dump_to_zip(path, add_filehash_to_path=hashed)).process()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_without_an_old_zip_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield {"id": 1}
        raise LookupError

    error_of(broken(), dump_to_zip(tmp_path / "deep/down/out.zip"))
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_the_old_zip_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    before = old_zip(path)
    with start(path, 60) as process:
        end = time.monotonic() + 60
        while not path.with_suffix(".mid").exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        process.kill()
        assert process.wait(timeout=20) == -signal.SIGKILL
    assert path.read_bytes() == before
    work = tmp_path / ".out.zip.dataflows"
    assert work.stat().st_mode & 0o077 == 0, "only this user may read what is staged"
    Flow([{"tag": "new"}], dump_to_zip(path)).process()
    assert rows_of(load(path, format="datapackage")) == [[{"tag": "new"}]]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.mid", "out.zip"]


def test_a_limit_on_the_size_of_files_leaves_the_old_zip(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    before = old_zip(path)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    with start(path, 0, preexec_fn=limited) as process:
        _, text = process.communicate(timeout=60)
        assert process.returncode == 1
    assert f"cannot write {str(path)!r}: file too large" in text
    assert "  fix: raise the limit on the size of files, or dump fewer rows." in text
    assert "Exception ignored" not in text
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.mid", "out.zip"]
