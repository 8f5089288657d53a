from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.spill import row_store
from dataflows.spill.row_store import RowStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def inverted(places: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Sort by position, in memory, and give the rows in small batches."""
    table = pa.Table.from_batches(list(places)).sort_by("position").combine_chunks()
    yield from table.to_batches(max_chunksize=3)


def in_order(batches: list[list[Any]], order: list[list[int]]) -> list[Any]:
    store = RowStore()
    try:
        for texts in batches:
            store.add(pa.record_batch({"text": pa.array(texts, pa.string())}))
        positions = (pa.array(some, pa.int64()) for some in order)
        found = store.in_order(positions, inverted)
        return [text for rows in found for text in rows.column("text").to_pylist()]
    finally:
        store.close()


TEXTS = st.lists(st.lists(st.text(max_size=3) | st.none(), max_size=5), max_size=8)


@pytest.mark.parametrize("memory_bytes", [1, 40, 200, 1 << 20])
@pytest.mark.parametrize("most_parts", [1, 3, 512])
def test_rows_come_in_any_order_wherever_they_wait(
    memory_bytes: int, most_parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_store, "MEMORY_BYTES", memory_bytes)
    monkeypatch.setattr(row_store, "_MOST_PARTS", most_parts)
    monkeypatch.setattr(row_store, "_ROWS_OUT", 4)

    @settings(max_examples=30)
    @given(TEXTS, st.randoms(use_true_random=False), st.integers(1, 6))
    def check(batches: list[list[Any]], random: Any, size: int) -> None:
        every = [text for texts in batches for text in texts]
        order = list(range(len(every)))
        random.shuffle(order)
        parts = [order[start : start + size] for start in range(0, len(order), size)]
        assert in_order(batches, parts) == [every[position] for position in order]

    check()


def test_wide_rows_come_a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_store, "_BYTES_OUT", 1000)
    for memory_bytes, sizes in ((1600, [3, 2, 3, 2]), (1 << 20, [3, 3, 3, 1])):
        monkeypatch.setattr(row_store, "MEMORY_BYTES", memory_bytes)
        store = RowStore()
        store.add(pa.record_batch({"text": ["x" * 296] * 10}))
        order = iter([pa.array(range(10), pa.int64())])
        assert [rows.num_rows for rows in store.in_order(order, inverted)] == sizes
        store.close()


def test_closing_twice_does_no_harm() -> None:
    store = RowStore()
    store.add(pa.record_batch({"a": [1]}))
    store.close()
    store.close()


FULL_DISK = """
import resource, signal
from dataflows import Flow, sort_rows

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
rows = ({"a": -n, "b": f"{n:05000}"} for n in range(20_000))
try:
    Flow(rows, sort_rows("a")).process()
except Exception as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sets no limit on the size of files")
def test_a_full_disk_is_told_with_what_to_do_and_nothing_is_left(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        capture_output=True,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        check=True,
    )
    assert done.stdout == (
        "rows that must wait cannot be kept on the disk of the temporary folder"
        f" {str(tmp_path)!r}: file too large\n"
        "  at processor 2 of 2: sort_rows('a')\n"
        "     resource 'res_1'\n"
        "  fix: make room there, or set the environment variable TMPDIR to a folder with more"
        " room.\n"
    )
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
