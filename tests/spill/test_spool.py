from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.spill.spool import Backlog, Spool, SpoolReader
from dataflows.types import codec_for
from exact_values import same, values

if TYPE_CHECKING:
    from pathlib import Path

ANY = codec_for({"type": "any"})
STRING = codec_for({"type": "string"})
IN_MEMORY_AND_ON_DISK = pytest.mark.parametrize("memory_bytes", [0, 5000, 1 << 20])


def batch_of(*cells: Any) -> Batch:
    return Batch({"a": Column(values=list(cells))}, len(cells))


def cells_of(batches: Any) -> list[list[Any]]:
    return [batch.column("a").values for batch in batches]


@IN_MEMORY_AND_ON_DISK
def test_batches_come_back_in_their_order_as_often_as_wanted(memory_bytes: int) -> None:
    spool = Spool({"a": ANY}, memory_bytes=memory_bytes)
    written = [[number, "é", None] for number in range(20)]
    for cells in written:
        spool.write(batch_of(*cells))
    assert cells_of(spool) == written
    assert cells_of(spool) == written
    spool.close()


@IN_MEMORY_AND_ON_DISK
def test_two_readers_follow_what_is_being_written(memory_bytes: int) -> None:
    spool = Spool({"a": ANY}, memory_bytes=memory_bytes)
    first, second = SpoolReader(spool), SpoolReader(spool)
    assert first.read() is None
    for number in range(6):
        spool.write(batch_of(number))
        assert cells_of([first.read()]) == [[number]]
        assert first.read() is None
    assert cells_of([second.read(), second.read()]) == [[0], [1]]
    spool.write(batch_of(6))
    second.skip()
    assert second.read() is None
    assert cells_of([first.read()]) == [[6]]
    spool.close()


def test_an_empty_spool_has_no_batches() -> None:
    assert cells_of(Spool({"a": ANY})) == []


def test_a_text_comes_back_as_it_is_with_its_row_numbers() -> None:
    text = pa.array(["x", "y"])
    spool = Spool({"a": STRING}, memory_bytes=0)
    spool.write(Batch({"a": Column(STRING, text=text, source=text)}, 2, first_row=7))
    (batch,) = spool
    column = batch.column("a")
    assert (column.codec, column.text, column.text is column.source) == (STRING, text, True)
    assert (batch.number(0), batch.number(1)) == (7, 8)
    spool.close()


def test_what_is_done_to_the_rows_later_is_not_seen() -> None:
    spool = Spool({"a": ANY})
    row = {"a": [1]}
    spool.write(Batch.from_rows([row], ["a"]))
    row["a"].append(2)
    (batch,) = spool
    batch.rows()[0]["a"].append(3)
    assert cells_of(spool) == [[[1]]]


@given(st.lists(st.lists(values(), max_size=3), max_size=4), st.sampled_from([0, 5000, 1 << 20]))
def test_every_value_comes_back(parts: list[list[Any]], memory_bytes: int) -> None:
    spool = Spool({"a": ANY}, memory_bytes=memory_bytes)
    for cells in parts:
        spool.write(batch_of(*cells))
    assert same(cells_of(spool), parts)
    spool.close()


class Own:
    pass


def test_an_object_of_any_type_comes_back() -> None:
    spool = Spool({"a": ANY})
    spool.write(batch_of(Own()))
    assert isinstance(cells_of(spool)[0][0], Own)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no files without a name")
def test_the_file_is_private_and_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool({"a": ANY}, memory_bytes=0)
    spool.write(batch_of(1))
    assert list(tmp_path.iterdir()) == []
    file: Any = spool._file
    assert stat.S_IMODE(os.fstat(file.fileno()).st_mode) == 0o600
    spool.close()
    assert file.closed
    spool.close()


FULL_DISK = """
import resource, signal, sys
from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import FlowError
from dataflows.spill.spool import Spool
from dataflows.types import codec_for

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
spool = Spool({"a": codec_for({"type": "any"})}, memory_bytes=0)
try:
    for _ in range(100):
        spool.write(Batch({"a": Column(values=["x" * 10_000])}, 1))
except FlowError as error:
    print(error)
spool.close()
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sets no limit on the size of files")
def test_a_full_disk_is_told_with_what_to_do_and_nothing_is_left(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == (
        "rows that must wait cannot be kept on the disk of the temporary folder"
        f" {str(tmp_path)!r}: file too large\n"
        "  fix: make room there, or set the environment variable TMPDIR to a folder with more"
        " room.\n"
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_backlog_is_read_to_its_end_before_anybody_asks() -> None:
    read = []

    def batches() -> Any:
        for number in range(4):
            read.append(number)
            yield batch_of(number)

    backlog = Backlog(batches(), {"a": ANY})
    found = iter(backlog)
    assert cells_of([next(found)]) == [[0]]
    assert read == [0]
    backlog.finish()
    backlog.finish()
    assert read == [0, 1, 2, 3]
    assert cells_of(found) == [[1], [2], [3]]
    backlog.close()


def test_a_backlog_that_was_read_has_nothing_to_finish() -> None:
    backlog = Backlog(iter([batch_of(1)]), {"a": ANY})
    assert cells_of(backlog) == [[1]]
    backlog.finish()
    assert cells_of(backlog) == []
    backlog.close()
