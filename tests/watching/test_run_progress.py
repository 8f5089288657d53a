from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import sys
import time
import zipfile
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows.accounts import Account
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.flow_control.progress import progress
from dataflows.processors.loaders.load import load
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.processors.rows.sort_rows import sort_rows
from dataflows.watching import progress_views
from dataflows.watching.progress_text import state_told
from dataflows.watching.progress_views import LineView, NotebookView, TerminalView
from dataflows.watching.run_progress import RunState, state_of
from http_server import serving
from terminal import on_terminal, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dataflows.chain import Run


@pytest.fixture
def at_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_views, "SECONDS_OF_A_LINE", 0.0)


def timeless(text: str) -> list[str]:
    """Return the lines with what the clock says replaced."""
    text = re.sub(r"[\d,.]+ rows/s", "# rows/s", text)
    return re.sub(r"[\d.]+ s\b", "# s", text).splitlines()


def state(read: int | None = 250, total: int | None = 1000, at: str = "load('a.csv')") -> RunState:
    account = Account("load('a.csv')", 1, seconds=0.5)
    tally = account.tally("a")
    tally.added = tally.rows_out = 3000
    return RunState(3000, 1.5, read, total, at, [account, Account("later", 2)])


@pytest.mark.usefixtures("at_every_batch")
@pytest.mark.parametrize("method", ["process", "run", "results"])
def test_elsewhere_than_on_a_terminal_lines_are_written_to_standard_error(
    method: str, capsys: pytest.CaptureFixture[str]
) -> None:
    getattr(Flow([{"a": 1}, {"a": 2}], filter_rows("a > 1")), method)(progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    lines = timeless(err)
    assert lines[0] == "progress: 0 rows, # rows/s, at list of rows"
    assert "progress: 2 rows, # rows/s, at list of rows" in lines
    assert lines[-1] == "progress: 2 rows in # s, # rows/s"


@pytest.mark.usefixtures("at_every_batch")
@pytest.mark.parametrize("wanted", [False, None])
def test_nothing_is_shown_that_is_not_wanted(
    wanted: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    Flow([{"a": 1}]).process(progress=wanted)
    assert capsys.readouterr() == ("", "")


def test_what_is_soon_over_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Flow([{"a": 1}]).process(progress=True)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("at_every_batch")
def test_each_step_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Flow([{"a": 1}, {"a": 2}], filter_rows("a > 1")).process(progress="steps")
    assert timeless(capsys.readouterr().err)[-3:] == [
        "progress: 2 rows in # s, # rows/s",
        "  1. list of rows: 0 rows in, 2 added, 2 out, # s",
        "  2. filter_rows('a > 1'): 2 rows in, 1 out, 1 filtered, # s",
    ]


@pytest.mark.usefixtures("at_every_batch")
def test_an_error_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(row: dict[str, Any]) -> None:
        raise ValueError

    with pytest.raises(ProcessorError):
        Flow([{"a": 1}], fail).process(progress=True)
    assert timeless(capsys.readouterr().err)[-1] == (
        "progress: stopped after 1 row in # s, # rows/s"
    )


@pytest.mark.usefixtures("at_every_batch")
def test_it_is_told_while_a_sort_holds_all_rows_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Flow(({"n": -n} for n in range(30_000)), sort_rows("n")).process(progress="steps")
    err = capsys.readouterr().err
    held = re.findall(r"sort_rows\('n'\): ([\d,]+) rows in, 0 out", err)
    assert len(held) > 2
    assert "sort_rows('n'): 30,000 rows in, 30,000 out" in err


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


@pytest.mark.usefixtures("at_every_batch")
def test_a_run_goes_on_where_nobody_sees_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Closed())
    assert Flow([{"a": 1}, {"a": 2}]).results(progress=True)[0] == [[{"a": 1}, {"a": 2}]]


@pytest.mark.parametrize("slow", ["rows", "row"])
def test_the_step_that_takes_the_time_is_named(
    slow: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        for n in range(300):
            time.sleep(0.004 if slow == "rows" else 0)
            yield {"n": n}

    def row(row: dict[str, Any]) -> None:
        time.sleep(0.004 if slow == "row" else 0)

    monkeypatch.setattr(progress_views, "SECONDS_OF_A_LINE", 0.01)
    Flow(rows(), row, filter_rows("n > 1")).process(progress=True)
    *lines, _ = capsys.readouterr().err.splitlines()
    name = "generator rows of rows" if slow == "rows" else "row (test_run_progress.py"
    # Another step may be at work for a while where the machine is busy.
    assert sum(f"at {name}" in line for line in lines) > len(lines) / 2 > 1


def test_a_wrong_kind_of_progress_is_refused_before_anything_runs() -> None:
    def never(row: dict[str, Any]) -> None:
        pytest.fail("it ran")

    with pytest.raises(ArgumentError) as caught:
        Flow([{"a": 1}], never).process(progress="bars")
    assert str(caught.value) == (
        "progress is True, False or 'steps', got 'bars'\n"
        "  fix: write progress=True, or progress='steps'."
    )


# Sources


def measured(*links: Any) -> list[tuple[int | None, int | None]]:
    """Return what was read of the sources after the package phase, at each batch, at the end."""
    found: list[tuple[int | None, int | None]] = []
    runs: list[Run] = []

    def note(run: Run) -> None:
        made = state_of(run, 1.0)
        if not found or found[-1] != (made.bytes_read, made.bytes_total):
            found.append((made.bytes_read, made.bytes_total))

    def ready(run: Run) -> None:
        runs.append(run)
        note(run)
        run.watch.ring_every(0, lambda: note(run))

    Flow(*links).run(ready=ready)
    note(runs[0])
    return found


def text_of(rows: int) -> bytes:
    return b"id,city\n" + b"".join(b"%d,Rome\n" % number for number in range(rows))


def test_the_bytes_of_local_files_are_counted(tmp_path: Path) -> None:
    data = text_of(200_000)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(data)
    found = measured(load(str(tmp_path / "*.csv")))
    assert found[0] == (0, 2 * len(data))
    assert found[-1] == (2 * len(data), 2 * len(data))
    assert len(found) > 2
    assert found == sorted(found)


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst", "zip"])
def test_of_a_compressed_file_the_compressed_bytes_are_counted(tmp_path: Path, ending: str) -> None:
    path, data = tmp_path / f"a.csv.{ending}", text_of(300_000)
    if ending == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", data)
            size = archive.getinfo("a.csv").compress_size
    else:
        path.write_bytes(
            bytes(pa.compress(data, "zstd", asbytes=True))
            if ending == "zst"
            else {"gz": gzip, "bz2": bz2, "xz": lzma}[ending].compress(data)  # type: ignore[attr-defined]  # each has it
        )
        size = path.stat().st_size
    found = measured(load(str(path)))
    assert {total for _, total in found} == {size}
    assert found[-1] == (size, size)


def test_a_parquet_file_is_counted_by_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": range(50_000)}), path, row_group_size=10_000)
    size = path.stat().st_size
    found = measured(load(str(path)))
    assert found[:2] == [(0, size), (size // 5, size)]
    assert found[-1] == (size, size)


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_so_is_an_arrow_file(tmp_path: Path, kind: str) -> None:
    path, table = tmp_path / "a.arrow", pa.table({"n": range(50_000)})
    make = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with path.open("wb") as file, make(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=10_000)
    size = path.stat().st_size
    found = measured(load(str(path)))
    assert (found[0], found[-1]) == ((0, size), (size, size))
    assert len(found) >= 5


def test_a_package_tells_the_bytes_of_its_files(tmp_path: Path) -> None:
    rows = ({"n": n} for n in range(50_000))
    Flow(rows, dump_to_path(str(tmp_path))).process()
    size = (tmp_path / "res_1.csv").stat().st_size
    found = measured(load(str(tmp_path / "datapackage.json")))
    assert (found[0], found[-1]) == ((0, size), (size, size))


def test_a_file_on_the_web_is_counted_as_it_arrives(tmp_path: Path) -> None:
    data = text_of(300_000)
    with serving() as server:
        server.put("/a.csv", data)
        found = measured(load(f"{server.url}/a.csv"))
    assert 0 < (found[0][0] or 0) < len(data)
    assert {total for _, total in found} == {len(data)}
    assert found[-1] == (len(data), len(data))


def test_of_some_sources_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text_of(3))
    assert measured([{"a": 1}]) == [(None, None)]
    assert measured(load(str(path), limit_rows=2)) == [(None, None)]
    assert measured(load(({"resources": [{"name": "a"}]}, [[{"a": 1}]]))) == [(None, None)]
    both = measured(load(str(path)), load(({"resources": [{"name": "b"}]}, [[{"a": 1}]])))
    assert both[-1] == (path.stat().st_size, None)


# Views


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        (state(), "3,000 rows, 250 B of 1.0 kB (25%), 4 s left, 2,000 rows/s"),
        (state(1000), "3,000 rows, 1.0 kB of 1.0 kB (100%), 2,000 rows/s, at load('a.csv')"),
        (state(250, None), "3,000 rows, 250 B, 2,000 rows/s, at load('a.csv')"),
        (state(None, None, "a\x1b[2J"), r"3,000 rows, 2,000 rows/s, at a\x1b[2J"),
        (state(None, None, ""), "3,000 rows, 2,000 rows/s"),
    ],
)
def test_a_line_tells_what_is_known(shown: RunState, line: str) -> None:
    file = io.StringIO()
    LineView(file).show(shown)
    assert file.getvalue() == f"progress: {line}\n"


def test_without_a_console_nothing_is_written() -> None:
    view = LineView(None)
    view.show(state())
    view.end(state(), stopped=False)


_SLOW = """
import time
from dataflows import Flow
def rows():
    for n in range(8):
        time.sleep(0.05)
        yield {"n": n}
def tell(row):
    if row["n"] == 3:
        print("half way", flush=True)
Flow(rows(), tell).process(progress=PROGRESS)
"""


def slow(progress: object) -> list[str]:
    return [sys.executable, "-c", _SLOW.replace("PROGRESS", repr(progress))]


def test_on_a_terminal_a_bar_ends_in_one_line(tmp_path: Path) -> None:
    session = on_terminal(slow(progress=True), tmp_path)
    assert session.code == 0
    shown = session.raw
    assert "━" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    *_, last = shown.split("\x1b[2K")
    assert timeless(last) == ["8 rows in # s, # rows/s"]
    assert "half way\n" in session.shown


def test_output_that_is_piped_stays_whole_beside_a_bar(tmp_path: Path) -> None:
    session = on_terminal(slow(progress=True), tmp_path, piped_output=True)
    assert session.output == "half way\n"
    assert "half way" not in session.raw


def test_a_narrow_terminal_without_colour_or_utf8_shows_as_much_as_fits(tmp_path: Path) -> None:
    variables = {"NO_COLOR": "1", "PYTHONIOENCODING": "ascii:backslashreplace", "PYTHONUTF8": "0"}
    session = on_terminal(slow("steps"), tmp_path, columns=40, **variables)
    assert session.code == 0
    shown = session.raw
    assert shown.isascii()
    assert not re.search(r"\x1b\[[\d;]*m", shown)
    frames, _, _ = shown.rpartition("\x1b[?25h")
    drawn = [plain(line) for line in re.split(r"\x1b\[2K|[\r\n]", frames) if plain(line)]
    assert re.fullmatch(r"\d rows, at generator rows of rows", drawn[0])
    assert {len(line) <= 40 for line in drawn} == {True}


@pytest.mark.parametrize(
    ("read", "width", "told"),
    [
        (250, 67, "3,000 rows, 250 B of 1.0 kB (25%), 4 s left, 2,000 rows/s"),
        (250, 50, "3,000 rows, 250 B of 1.0 kB (25%), 4 s left"),
        (250, 40, "3,000 rows, 25%, 4 s left"),
        (1000, 60, "3,000 rows, 1.0 kB of 1.0 kB (100%), at load('a.csv')"),
        (1000, 40, "3,000 rows, at load('a.csv')"),
        (1000, 20, "3,000 rows, at load('a.csv')"),
        (None, 67, "3,000 rows, 2,000 rows/s, at load('a.csv')"),
        (None, 40, "3,000 rows, at load('a.csv')"),
    ],
)
def test_what_matters_most_is_told_where_there_is_little_room(
    read: int | None, width: int, told: str
) -> None:
    assert state_told(state(read, None if read is None else 1000), width) == told


class Handle:
    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []

    def update(self, data: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(data)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Handle]:
    """Stand for IPython, which the tests do not need: its shell and its display."""
    handle = Handle()
    shell = ModuleType("IPython")
    shell.get_ipython = type("Shell", (), {"kernel": object()})  # type: ignore[attr-defined]  # made here
    screen = ModuleType("IPython.display")

    def display(data: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert (raw, display_id) == (True, True)
        handle.shown.append(data)
        return handle

    screen.display = display  # type: ignore[attr-defined]  # made here
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", screen)
    monkeypatch.setattr(progress_views, "_SECONDS_OF_A_CELL", 0.0)
    return handle


def test_in_a_notebook_one_display_is_brought_up_to_date(
    notebook: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    Flow([{"a": 1}]).process(progress=True)
    assert capsys.readouterr() == ("", "")
    assert '<progress max="1"></progress> ' in notebook.shown[0]["text/html"]
    assert timeless(notebook.shown[-1]["text/html"]) == ["<div>1 row in # s, # rows/s</div>"]
    assert timeless(notebook.shown[-1]["text/plain"]) == ["1 row in # s, # rows/s"]


def test_the_step_progress_shows_its_bar_in_the_cell_as_well(
    notebook: Handle, capsys: pytest.CaptureFixture[str]
) -> None:
    Flow([{"a": 1}], progress(0, total=2)).process()
    assert capsys.readouterr() == ("", "")
    assert [timeless(one["text/html"]) for one in notebook.shown] == [
        [
            (
                '<div><progress max="1" value="0.5000"></progress> '
                "res_1: 1 of 2 rows (50%), # rows/s, # s left</div>"
            )
        ],
        ["<div>res_1: 1 row in # s, # rows/s</div>"],
    ]


def test_a_cell_shows_the_share_and_the_steps_escaped(notebook: Handle) -> None:
    view = NotebookView(per_step=True)
    shown = state()
    shown.accounts[0].step = "load('<a>.csv')"
    view.show(shown)
    assert notebook.shown == [
        {
            "text/plain": "3,000 rows, 250 B of 1.0 kB (25%), 4 s left, 2,000 rows/s\n"
            "  1. load('<a>.csv'): 0 rows in, 3,000 added, 3,000 out, 0.500 s",
            "text/html": '<div><progress max="1" value="0.2500"></progress> '
            "3,000 rows, 250 B of 1.0 kB (25%), 4 s left, 2,000 rows/s</div><pre>  1. "
            "load(&#x27;&lt;a&gt;.csv&#x27;): 0 rows in, 3,000 added, 3,000 out, 0.500 s</pre>",
        }
    ]


@pytest.mark.parametrize("make", [LineView, TerminalView])
def test_what_was_not_shown_is_not_ended(make: Callable[..., Any]) -> None:
    file = io.StringIO()
    make(file).end(state(), stopped=False)
    assert file.getvalue() == ""
