from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.iterables import add_source
from dataflows.on_error import rejects
from dataflows.processor import Hooks, Processor
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.flow_control import checkpoint_store
from dataflows.processors.flow_control.checkpoint import checkpoint
from dataflows.processors.loaders.load import load
from dataflows.processors.modifiers.set_type import set_type
from exact_values import AWKWARD_VALUES, same, values
from processor_contract import ROWS, VIEWS, Watched
from strategies import FIELDS, columns

if TYPE_CHECKING:
    from dataflows.package import Package

LETTERS = [{"a": 1}, {"a": 2}]
OTHERS = [{"b": "x"}]


class Counted:
    """A step that counts the rows that it sees."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, row: dict[str, Any]) -> None:
        self.rows += 1


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "kept")


def kept(folder: str) -> Path:
    return Path(folder, "x")


def test_the_second_run_begins_at_the_checkpoint(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """WEAKNESSES C: a flow with a checkpoint ran once."""
    before, after = Counted(), Counted()
    flow = Flow(LETTERS, OTHERS, before, checkpoint("x", folder), after)
    first = flow.results()
    assert (before.rows, after.rows) == (3, 3)
    assert capsys.readouterr().out == (
        f"saving checkpoint to: {kept(folder)}\ncheckpoint saved: x\n"
    )
    second = flow.results()
    assert (before.rows, after.rows) == (3, 6)
    assert capsys.readouterr().out == f"using checkpoint data from {kept(folder)}\n"
    assert second[0] == first[0] == [LETTERS, OTHERS]
    assert second[1].descriptor == first[1].descriptor


def test_what_stands_before_a_saved_checkpoint_is_not_even_described(folder: str) -> None:
    source = {"path": "missing"}

    def described(package: Any) -> Any:
        source["seen"] = "yes"
        yield package.pkg
        yield from package

    flow = Flow(LETTERS, described, checkpoint("x", folder))
    flow.process()
    del source["seen"]
    assert flow.results()[0] == [LETTERS]
    missing = Flow(load("no/such/file.csv"), described, checkpoint("x", folder))
    assert missing.results()[0] == [LETTERS]
    assert source == {"path": "missing"}


def test_a_saved_checkpoint_works_as_the_only_link(folder: str) -> None:
    Flow(LETTERS, checkpoint("x", folder)).process()
    assert Flow(checkpoint("x", folder)).results()[0] == [LETTERS]
    assert checkpoint("x", folder).results()[0] == [LETTERS]
    assert Flow(Flow(OTHERS), Flow(checkpoint("x", folder))).results()[0] == [LETTERS]


def test_a_checkpoint_of_nothing_is_refused(folder: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(step := checkpoint("x", folder)).process()
    assert str(caught.value) == (
        f"there is no checkpoint in {str(kept(folder))!r}, and nothing before it to make one from\n"
        f"  at processor 1 of 1: {step!r}\n"
        "  fix: put a source before it, such as load('data.csv')."
    )


def test_of_several_checkpoints_the_last_that_exists_counts(folder: str) -> None:
    first, second, third = Counted(), Counted(), Counted()
    flow = Flow(LETTERS, first, checkpoint("1", folder), second, checkpoint("2", folder), third)
    flow.process()
    flow.process()
    assert (first.rows, second.rows, third.rows) == (2, 2, 4)
    shutil.rmtree(Path(folder, "2"))
    flow.process()
    assert (first.rows, second.rows, third.rows) == (2, 4, 6)
    shutil.rmtree(Path(folder, "1"))
    flow.process()
    assert (first.rows, second.rows, third.rows) == (2, 4, 8)


def test_errors_tell_the_positions_that_the_links_were_written_at(folder: str) -> None:
    def fail(row: dict[str, Any]) -> None:
        raise ValueError(row["a"])

    def nothing(row: dict[str, Any]) -> None: ...

    def position(*links: Any) -> int | None:
        with pytest.raises(ProcessorError) as caught:
            Flow(*links).process()
        return caught.value.processor_position

    one, two = checkpoint("1", folder), checkpoint("2", folder)
    assert position(LETTERS, nothing, fail, one, nothing, two, nothing) == 3
    assert position(LETTERS, nothing, nothing, one, fail, two, nothing) == 5
    assert position(LETTERS, nothing, nothing, one, nothing, two, fail) == 7
    assert position(LETTERS, nothing, nothing, one, nothing, two, fail) == 7


def test_steps_run_after_the_links_before_it_and_are_saved_with_them(folder: str) -> None:
    """WEAKNESSES C: they ran before."""

    def double(row: dict[str, Any]) -> None:
        row["a"] *= 2

    def add(row: dict[str, Any]) -> None:
        row["a"] += 1

    for name, steps in (("list", [double, add]), ("flow", Flow(double, add)), ("one", double)):
        flow = Flow(LETTERS, add, checkpoint(name, folder, steps=steps))
        expected = [[{"a": 4}, {"a": 6}]] if name == "one" else [[{"a": 5}, {"a": 7}]]
        assert flow.results()[0] == expected
        assert flow.results()[0] == expected
    assert Flow(checkpoint("rows", folder, steps=LETTERS)).results()[0] == [LETTERS]


def test_only_the_chosen_resources_are_saved_the_others_run_every_time(folder: str) -> None:
    """WEAKNESSES C: `resources` was ignored."""
    seen: list[str] = []

    def watch(rows: Any) -> Any:
        for row in rows:
            seen.append(rows.res.name)
            yield row

    flow = Flow(LETTERS, OTHERS, watch, checkpoint("x", folder, resources="res_1"))
    assert flow.results()[0] == [LETTERS, OTHERS]
    assert seen == ["res_1", "res_1", "res_2"]
    assert flow.results()[0] == [LETTERS, OTHERS]
    assert seen[3:] == ["res_2"]
    assert [path.name[:2] for path in kept(folder).glob("*.arrow")] == ["1-"]


def test_a_saved_resource_that_the_flow_has_no_more_is_told(folder: str) -> None:
    step = checkpoint("x", folder, resources=["res_2"])
    Flow(LETTERS, OTHERS, step).process()
    with pytest.raises(ProcessorError) as caught:
        Flow(LETTERS, step).process()
    assert str(caught.value) == (
        f"the checkpoint in {str(kept(folder))!r} has a resource 'res_2', the flow has none\n"
        f"  at processor 2 of 2: {step!r}\n"
        "  fix: remove the checkpoint, or name a resource that is there: res_1."
    )


def test_a_checkpoint_for_other_resources_is_made_anew(folder: str) -> None:
    Flow(LETTERS, OTHERS, checkpoint("x", folder, resources="res_1")).process()
    with pytest.warns(UserWarning, match="it was made with resources='res_1', this is") as caught:
        assert Flow(LETTERS, OTHERS, checkpoint("x", folder)).results()[0] == [LETTERS, OTHERS]
    assert str(caught[0].message) == (
        f"the checkpoint in {str(kept(folder))!r} is not used, but made anew:"
        " it was made with resources='res_1', this is resources=None"
    )
    assert len(list(kept(folder).glob("*.arrow"))) == 2


def test_rejected_rows_are_saved_too(folder: str) -> None:
    rows = [{"a": "1"}, {"a": "x"}]
    flow = Flow(rows, set_type("a", type="integer", on_error=rejects()), checkpoint("x", folder))
    first, second = flow.results()[0], flow.results()[0]
    assert first == second
    assert (first[0], first[1][0]["value"]) == ([{"a": 1}], "x")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_view_of_the_rows_comes_back(view: str, size: int, folder: str) -> None:
    flow = Flow(Watched(ROWS, view, size).link(), checkpoint("x", folder))
    assert flow.results(on_error=None)[0] == [ROWS]
    assert flow.results(on_error=None)[0] == [ROWS]


def source_of(columns: dict[str, Column], fields: list[dict[str, Any]]) -> Processor:
    """Return a source of one batch."""

    def package(package: Package, step: Any) -> None:
        resource = {"name": "r", "path": "r.csv", "profile": "tabular-data-resource"}
        package.descriptor["resources"].append({**resource, "schema": {"fields": fields}})

    def batches(stream: Any) -> Any:
        length = len(next(iter(columns.values())))
        stream.tally.added += length
        yield Batch(dict(columns), length)

    def resources(streams: Any, step: Any) -> Any:
        return add_source(streams, step, batches)

    return Processor("source", Hooks(package=package, resources=resources))


slowly = settings(max_examples=40)


@slowly
@given(st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.just(field), columns(field))))
def test_every_type_comes_back_as_it_was_cast(
    case: tuple[dict[str, Any], list[str | None]],
) -> None:
    from dataflows.types import codec_for

    field, cells = case
    codec = codec_for(field)
    cast = codec.cast_values(cells)
    column = Column.of_cast(codec, cast)
    with tempfile.TemporaryDirectory() as folder:
        source = source_of({"a": column}, [{"name": "a", **field}])
        flow = Flow(source, checkpoint("x", folder))
        first = flow.results(on_error=None)[0]
        second = flow.results(on_error=None)[0]
    assert same(second, first)
    assert same([row["a"] for row in second[0]], column.values)


@slowly
@given(st.lists(values() | st.sampled_from(AWKWARD_VALUES), min_size=1, max_size=6))
def test_every_value_comes_back(found: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = source_of({"a": Column(values=found)}, [{"name": "a", "type": "any"}])
        flow = Flow(source, checkpoint("x", folder))
        flow.process()
        assert same([row["a"] for row in flow.results(on_error=None)[0][0]], found)


def test_moments_keep_their_microseconds_and_their_offset(folder: str) -> None:
    """WEAKNESSES A7, RELIABILITY C23: microseconds were dropped, 12:00−05:00 became 12:00+19:00."""
    zone = datetime.timezone(datetime.timedelta(hours=-5))
    moment = datetime.datetime(2026, 1, 2, 12, 0, 0, 123456, zone)
    flow = Flow([{"a": moment}], checkpoint("x", folder))
    flow.process()
    ((row,),) = flow.results(on_error=None)[0]
    assert repr(row["a"]) == repr(moment)


def test_no_rows_come_back_as_no_rows(folder: str) -> None:
    flow = Flow(Watched([]).link(), checkpoint("x", folder))
    assert flow.results()[0] == [[]]
    assert flow.results()[0] == [[]]


def test_row_numbers_come_back(folder: str) -> None:
    rows = [{"a": "1"}, {"a": "0"}, {"a": "x"}]

    def without_0(rows: Any) -> Any:
        yield from rows

    flow = Flow(
        rows, without_0, checkpoint("x", folder), set_type("a", type="integer", on_error=rejects())
    )
    for _ in range(2):
        assert flow.results()[0][1][0]["row_number"] == 3


def test_a_live_source_stays_live(folder: str) -> None:
    source = Watched(ROWS, size=1)
    resources = Flow(source.link(), checkpoint("x", folder)).datastream().res_iter
    next(iter(next(resources)))
    assert source.pulled == 1
    resources.close()
    assert source.closed


def test_an_aborted_run_leaves_nothing(folder: str) -> None:
    def fail(row: dict[str, Any]) -> None:
        if row["n"] == 3:
            raise ValueError

    flow = Flow(Watched(ROWS, size=1).link(), checkpoint("x", folder), fail)
    with pytest.raises(ProcessorError):
        flow.process()
    assert not os.path.exists(folder)  # noqa: PTH110 - a text is at hand
    assert not checkpoint("x", folder).exists()


def test_an_aborted_run_leaves_what_was_there(folder: str) -> None:
    Flow(LETTERS, checkpoint("x", folder)).process()
    before = {path.name: path.read_bytes() for path in kept(folder).iterdir()}

    def fail(row: dict[str, Any]) -> None:
        raise ValueError

    with pytest.raises(ProcessorError), pytest.warns(UserWarning, match="is not used"):
        Flow(LETTERS, fail, checkpoint("x", folder, resources="res_1")).process()
    assert {path.name: path.read_bytes() for path in kept(folder).iterdir()} == before


def test_all_rows_are_saved_though_a_later_step_asks_for_few(folder: str) -> None:
    def first(rows: Any) -> Any:
        yield next(iter(rows))

    flow = Flow(Watched(ROWS, size=1).link(), checkpoint("x", folder), first)
    assert flow.results(on_error=None)[0] == [ROWS[:1]]
    assert Flow(checkpoint("x", folder)).results(on_error=None)[0] == [ROWS]


def test_the_accounts_balance(folder: str) -> None:
    flow = Flow(LETTERS, checkpoint("x", folder))
    saved, read = flow.run().accounts[-1], flow.run().accounts[-1]
    assert (saved.rows_in, saved.added, saved.rows_out) == (2, 0, 2)
    assert (read.rows_in, read.added, read.rows_out) == (0, 2, 2)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_this_user_can_read_it(folder: str) -> None:
    """RELIABILITY F11."""
    Flow(LETTERS, checkpoint("x", folder)).process()
    modes = {path.name[-4:]: stat.S_IMODE(path.stat().st_mode) for path in kept(folder).iterdir()}
    assert modes == {"rrow": 0o600, "json": 0o600}
    assert stat.S_IMODE(kept(folder).stat().st_mode) == 0o700


def test_the_attributes_say_where_it_is(folder: str) -> None:
    step = checkpoint("x", folder)
    assert step.checkpoint_path == os.path.join(folder, "x")  # noqa: PTH118 - as 0.5.12 does
    assert step.filename == os.path.join(folder, "x", "manifest.json")  # noqa: PTH118 - the same
    assert not step.exists()
    Flow(LETTERS, step).process()
    assert step.exists()
    os.remove(step.filename)  # noqa: PTH107 - as scripts do
    assert not step.exists()
    assert checkpoint("y").checkpoint_path == os.path.join(".checkpoints", "y")  # noqa: PTH118 - the same


ROWS_OF_FILE = [{"n": number, "text": f"row {number}"} for number in range(1000)]


def test_one_that_is_cut_short_anywhere_is_made_anew(folder: str) -> None:
    """RELIABILITY E4: fewer rows came, without an error."""
    Flow(ROWS_OF_FILE, checkpoint("x", folder)).process()
    for path in kept(folder).iterdir():
        content = path.read_bytes()
        for size in {0, 1, len(content) // 2, len(content) - 1, *range(8, len(content), 1024)}:
            path.write_bytes(content[:size])
            with pytest.warns(UserWarning, match="is not used, but made anew"):
                assert not checkpoint("x", folder).exists()
        path.write_bytes(content)
    assert checkpoint("x", folder).exists()


def test_one_in_which_any_byte_is_changed_is_made_anew(folder: str) -> None:
    Flow(LETTERS, checkpoint("x", folder)).process()
    for path in kept(folder).iterdir():
        content = path.read_bytes()
        for place in range(0, len(content), 7):
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.warns(UserWarning, match="is not used, but made anew"):
                assert not checkpoint("x", folder).exists()
        path.write_bytes(content)
    assert checkpoint("x", folder).exists()


def test_a_damaged_one_is_replaced_with_a_warning(folder: str) -> None:
    flow = Flow(LETTERS, checkpoint("x", folder))
    flow.process()
    (path,) = kept(folder).glob("*.arrow")
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.warns(UserWarning, match="is not used") as caught:
        assert flow.results()[0] == [LETTERS]
    assert str(caught[0].message) == (
        f"the checkpoint in {str(kept(folder))!r} is not used, but made anew:"
        f" {path.name!r} has {size - 1:,} bytes, not {size:,}"
    )
    assert not path.exists()
    assert flow.results()[0] == [LETTERS]


def test_one_of_another_version_is_made_anew(folder: str) -> None:
    Flow(LETTERS, checkpoint("x", folder)).process()
    manifest = Path(checkpoint("x", folder).filename)
    found = json.loads(manifest.read_text(encoding="ascii"))
    manifest.write_text(json.dumps({**found, "version": 2}), encoding="ascii")
    with pytest.warns(UserWarning, match="it has the format version 2, this is 1"):
        assert not checkpoint("x", folder).exists()


def test_nothing_of_a_checkpoint_is_unpickled(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """RELIABILITY E9."""
    Flow(LETTERS, checkpoint("x", folder)).process()
    manifest = Path(checkpoint("x", folder).filename)
    found = json.loads(manifest.read_text(encoding="ascii"))
    found["package"]["title"] = {"$pickle": "gARLAS4="}
    monkeypatch.setattr(checkpoint_store, "digest_of", lambda manifest: found["blake2b"])
    manifest.write_text(json.dumps(found), encoding="ascii")
    with pytest.warns(UserWarning, match=r"'\$pickle' is no kind of value that may stand here"):
        assert not checkpoint("x", folder).exists()


def test_a_value_that_cannot_be_stored_is_told_with_its_place(folder: str) -> None:
    def odd(row: dict[str, Any]) -> None:
        row["a"] = OrderedDict(x=row["a"]) if row["a"] == 2 else row["a"]

    with pytest.raises(ProcessorError) as caught:
        Flow(LETTERS, odd, step := checkpoint("x", folder)).process()
    assert str(caught.value) == (
        f"the value {OrderedDict(x=2)!r} cannot be stored exactly: its type is"
        " collections.OrderedDict\n"
        f"  at processor 3 of 3: {step!r}\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: make it a value of a type of Python's own,"
        " such as a list, a dict, a str or a number."
    )


def test_of_two_runs_at_once_one_saves_and_both_have_their_rows(folder: str) -> None:
    """RELIABILITY E1: their lines were mixed in one file."""
    other = Flow(Watched(ROWS, size=1).link(), checkpoint("x", folder)).datastream().res_iter
    rows = iter(next(other))
    found = [next(rows)]
    with pytest.warns(UserWarning, match="the checkpoint is not saved: .* is being written by"):
        mine = Flow(Watched(ROWS).link(), checkpoint("x", folder)).results(on_error=None)[0]
    assert mine == [ROWS]
    assert not kept(folder).joinpath("manifest.json").exists()
    assert [*found, *rows] == ROWS
    assert Flow(checkpoint("x", folder)).results(on_error=None)[0] == [ROWS]
    other.close()


def test_one_that_is_replaced_while_it_is_read_is_read_to_its_end(folder: str) -> None:
    Flow(Watched(ROWS, size=1).link(), checkpoint("x", folder)).process()
    resources = Flow(checkpoint("x", folder)).datastream().res_iter
    rows = iter(next(resources))
    manifest = Path(checkpoint("x", folder).filename)
    manifest.unlink()
    thread = threading.Thread(
        target=Flow(LETTERS, checkpoint("x", folder)).process, name="another run"
    )
    thread.start()
    thread.join()
    assert list(rows) == ROWS
    resources.close()
    assert Flow(checkpoint("x", folder)).results()[0] == [LETTERS]


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_name_must_be_a_text(name: Any) -> None:
    with pytest.raises(ArgumentError) as caught:
        checkpoint(name)
    assert str(caught.value) == (
        f"the name of a checkpoint must be a text that is not empty, got {name!r}\n"
        "  fix: write for instance checkpoint('sales')."
    )


def test_a_selector_must_be_one() -> None:
    with pytest.raises(ArgumentError, match="resources must be None, a regular expression"):
        checkpoint("x", resources=2.5)  # type: ignore[arg-type] # what is tested


def test_the_call_is_shown(folder: str) -> None:
    flow = Flow(LETTERS, checkpoint("x", steps=[set_type("a", type="number")], resources=0))
    assert repr(flow) == (
        "Flow(\n  list of rows,\n"
        "  checkpoint('x', steps=[set_type('a', type='number')], resources=0),\n)"
    )


class Own(Flow):
    """A checkpoint of one's own, as scripts of 0.5.12 have them."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Any] = []

    def handle_flow_checkpoint(self, parent_chain: list[Any]) -> list[Any]:
        self.taken = parent_chain
        return [self]

    def chain(self) -> Any:
        return Flow(*self.taken, lambda row: row.update(a=row["a"] * 100)).chain()


def test_a_link_of_ones_own_may_take_over_the_links_before_it() -> None:
    own = Own()
    flow = Flow(LETTERS, lambda row: row.update(a=row["a"] + 1), own, set_type("a", type="number"))
    assert flow.results()[0] == [[{"a": Decimal(200)}, {"a": Decimal(300)}]]
    assert len(own.taken) == 2


def test_an_error_of_its_own_steps_is_placed_in_it(folder: str) -> None:
    step = checkpoint("x", folder, steps=[set_type("b"), set_type("a")])
    with pytest.raises(ProcessorError) as caught:
        Flow(LETTERS, step).check()
    assert str(caught.value) == (
        "no field named 'b'\n"
        "  at processor 1 of 2: set_type('b')\n"
        f"     inside processor 2 of 2: {step!r}\n"
        "  fix: the fields here are: a."
    )


def test_an_interrupted_run_leaves_nothing(folder: str) -> None:
    def interrupt(row: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Flow(LETTERS, checkpoint("x", folder), interrupt).process()
    assert not Path(folder).exists()


KILLED = """
import os, sys
from dataflows import Flow, checkpoint

def kill(row):
    os._exit(9)

Flow([{"a": 1}], checkpoint("x", sys.argv[1]), kill).process()
"""


def test_a_run_that_is_killed_leaves_no_checkpoint_and_the_next_one_cleans_up(folder: str) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, folder], check=False)
    assert done.returncode == 9
    assert not checkpoint("x", folder).exists()
    assert Flow(LETTERS, checkpoint("x", folder)).results()[0] == [LETTERS]
    assert sorted(path.suffix for path in kept(folder).iterdir()) == [".arrow", ".json"]


FULL_DISK = """
import resource, signal, sys
from dataflows import Flow, checkpoint

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
rows = ({"a": f"{number}-{number ** 9}" * 9} for number in range(20_000))
try:
    Flow(rows, checkpoint("x", sys.argv[1])).process()
except Exception as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sets no limit on the size of files")
def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, "kept"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    saving, what, *_, fix = done.stdout.splitlines()
    assert saving == "saving checkpoint to: kept/x"
    assert re.fullmatch(
        r"cannot write 'kept/x/1-\w+.arrow': file too large; what was in 'kept/x' before is"
        r" untouched",
        what,
    )
    assert fix == "  fix: raise the limit on the size of files, or dump fewer rows."
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_real_tables_are_dumped_alike_from_a_checkpoint(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.environ.get("DATAFLOWS_REAL_DATA")
    if not data:
        pytest.skip("DATAFLOWS_REAL_DATA names no folder of real data")
    monkeypatch.chdir(tmp_path)
    tables = sorted(Path(data).rglob("*.csv"))
    assert tables
    for number, path in enumerate(tables):
        dumped = []
        for way in ([], [checkpoint(str(number), folder)], [checkpoint(str(number), folder)]):
            Flow(load(str(path), name="rows"), *way, dump_to_path("out")).process()
            dumped.append({one.name: one.read_bytes() for one in Path("out").iterdir()})
        assert dumped[1:] == dumped[:1] * 2
