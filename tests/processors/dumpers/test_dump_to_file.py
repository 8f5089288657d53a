"""What dump_to_file writes, and that the former file stays until the new one is whole."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_file, filter_rows, load, rejects, set_type, update_resource
from dataflows.errors import ArgumentError, ProcessorError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": None}]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def files() -> list[str]:
    return sorted(path.as_posix() for path in Path().rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "name",
    [
        *("a.csv", "a.tsv", "a.json", "a.ndjson", "a.xlsx", "a.parquet", "a.arrow", "a.feather"),
        *("a.csv.gz", "a.ndjson.zst", "new/folder/A.CSV"),
    ],
)
def test_one_file_is_written_and_reads_back_equal(name: str) -> None:
    stats = Flow(ROWS, dump_to_file(name)).process()[1]
    assert files() == [name]
    assert Flow(load(name)).results()[0] == [ROWS]
    assert (stats["count_of_rows"], stats["bytes"]) == (2, Path(name).stat().st_size)


def test_a_path_object_and_a_format_are_taken(here: Path) -> None:
    Flow(ROWS, dump_to_file(here / "rows.txt", format="csv", options={"delimiter": ";"})).process()
    assert Path("rows.txt").read_text(encoding="utf-8") == "id;city\n1;Rome\n2;\n"


def test_an_open_file_gets_the_bytes_and_stays_open() -> None:
    file = io.BytesIO()
    Flow(ROWS, dump_to_file(file)).process()
    Flow(ROWS, dump_to_file(file, format="ndjson")).process()
    assert file.getvalue().decode() == (
        'id,city\r\n1,Rome\r\n2,\r\n{"id": 1, "city": "Rome"}\n{"id": 2, "city": null}\n'
    )


def test_no_rows_make_a_file_with_a_header() -> None:
    Flow(ROWS, filter_rows("id > 2"), dump_to_file("a.csv")).process()
    assert Path("a.csv").read_text(encoding="utf-8") == "id,city\n"


def test_several_resources_are_the_sheets_of_an_excel_file() -> None:
    Flow(ROWS, [{"x": 5}], update_resource(1, name="more"), dump_to_file("a.xlsx")).process()
    assert Flow(load("a.xlsx", sheet="more")).results()[0] == [[{"x": 5}]]
    assert Flow(load("a.xlsx", sheet="res_1")).results()[0] == [ROWS]


def test_one_of_several_resources_is_chosen_and_the_others_pass() -> None:
    flow = Flow(ROWS, [{"x": 5}], dump_to_file("a.csv", resources="res_2"))
    assert flow.results()[0] == [ROWS, [{"x": 5}]]
    assert Path("a.csv").read_text(encoding="utf-8") == "x\n5\n"


def test_rejected_rows_are_not_in_the_file() -> None:
    rows = [{"n": "1"}, {"n": "x"}]
    Flow(rows, set_type("n", type="integer", on_error=rejects()), dump_to_file("a.csv")).process()
    assert Path("a.csv").read_text(encoding="utf-8") == "n\n1\n"


def failing() -> Iterator[dict[str, Any]]:
    yield from ROWS
    raise OSError("the line is dead")


@pytest.mark.parametrize("before", [None, "what was there"])
def test_a_flow_that_fails_leaves_what_was_there(before: str | None) -> None:
    if before is not None:
        Path("a.csv").write_text(before, encoding="utf-8")
    with pytest.raises(ProcessorError):
        Flow(failing(), dump_to_file("a.csv")).process()
    assert everything() == ([] if before is None else ["a.csv"])
    assert before is None or Path("a.csv").read_text(encoding="utf-8") == before


def test_the_file_that_is_read_can_be_written() -> None:
    Flow(ROWS, dump_to_file("a.csv")).process()
    Flow(load("a.csv"), filter_rows("id == 1"), dump_to_file("a.csv")).process()
    assert Path("a.csv").read_text(encoding="utf-8") == "id,city\n1,Rome\n"


def test_a_file_that_stands_there_as_it_would_be_written_keeps_its_time() -> None:
    Flow(ROWS, dump_to_file("a.csv")).process()
    os.utime("a.csv", (1_000_000_000, 1_000_000_000))
    Flow(ROWS, dump_to_file("a.csv")).process()
    assert (Path("a.csv").stat().st_mtime, everything()) == (1_000_000_000, ["a.csv"])


def test_two_runs_write_two_files_of_one_folder_at_once() -> None:
    meeting = threading.Barrier(2, timeout=20)

    def waiting() -> Iterator[dict[str, Any]]:
        yield ROWS[0]
        meeting.wait()
        yield ROWS[1]

    flows = [Flow(waiting(), dump_to_file(name)) for name in ("a.csv", "b.csv")]
    threads = [threading.Thread(target=flow.process) for flow in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert files() == ["a.csv", "b.csv"]
    assert (
        Path("a.csv").read_bytes() == Path("b.csv").read_bytes() == b"id,city\r\n1,Rome\r\n2,\r\n"
    )


def test_what_a_killed_run_left_is_removed() -> None:
    Path(".a.csv.dataflows").mkdir()
    Path(".a.csv.dataflows/new").write_text("half", encoding="utf-8")
    Flow(ROWS, dump_to_file("a.csv")).process()
    assert everything() == ["a.csv"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: dump_to_file("a.cvs"),
            "no format is written to files that end in 'cvs': 'a.cvs'\n  fix: did you mean 'csv'?",
        ),
        (lambda: dump_to_file("a"), "no format is written to files without an ending: 'a'\n"),
        (
            lambda: dump_to_file(3),
            (
                "out_file is the path of a file, or a file open for bytes, got 3\n"
                "  fix: write for instance dump_to_file('cities.csv')."
            ),
        ),
        (
            lambda: dump_to_file("s3://bucket/a.csv?key=secret"),
            (
                "dump_to_file writes to this machine, not to 's3://bucket/a.csv?***'\n"
                "  fix: use dump_to_s3 or dump_to_sql for other places."
            ),
        ),
        (
            lambda: dump_to_file("a.csv", partition_by="id"),
            (
                "dump_to_file takes no partition_by: it writes one file\n"
                "  fix: use dump_to_path for several."
            ),
        ),
        (lambda: dump_to_file("a.csv", formt="csv"), "dump_to_file has no option 'formt'\n"),
    ],
)
def test_a_wrong_call_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value).startswith(message)


def test_several_resources_for_one_file_are_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, ROWS, dump_to_file("a.csv")).datastream()
    assert str(caught.value) == (
        "there are 2 resources for one file: res_1, res_2\n"
        "  at processor 3 of 3: dump_to_file('a.csv')\n"
        "  fix: choose one: resources='res_1'; or write all with dump_to_path."
    )


def test_a_folder_in_the_place_of_the_file_is_refused() -> None:
    Path("a.csv").mkdir()
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, dump_to_file("a.csv")).process()
    assert str(caught.value) == (
        "cannot write the file 'a.csv': a folder has that name\n"
        "  at processor 2 of 2: dump_to_file('a.csv')\n"
        "     resource 'res_1'\n"
        "  fix: name the file itself, such as 'out/data.csv'."
    )


def test_two_steps_cannot_write_one_file() -> None:
    with pytest.raises(ProcessorError, match="two steps of this flow write into"):
        Flow(ROWS, dump_to_file("a.csv"), dump_to_file("./a.csv")).datastream()
