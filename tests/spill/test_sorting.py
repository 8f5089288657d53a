from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows.batch import Batch
from dataflows.chain import Run
from dataflows.column import Column
from dataflows.spill import row_store
from dataflows.spill.sorting import sorted_batches
from dataflows.types import codec_for
from exact_values import same, values

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY = codec_for({"type": "any"}, ())
NUMBER = codec_for({"type": "number"}, ())


def run_of(
    batches: list[tuple[Batch, list[int | None]]], codecs: dict[str, Any], order: str
) -> Iterator[Batch]:
    run = Run([])
    keyed = ((batch, [pa.array(keys, pa.int64())]) for batch, keys in batches)
    try:
        yield from sorted_batches(keyed, ["key_0"], order, codecs, run)
    finally:
        run.close()


@pytest.mark.parametrize("memory_bytes", [1, 1 << 20])
def test_rows_keep_their_values_keys_without_a_field_and_numbers(
    memory_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_store, "MEMORY_BYTES", memory_bytes)

    @settings(max_examples=30)
    @given(st.lists(st.lists(st.tuples(st.integers(0, 3) | st.none(), values())), max_size=3))
    def check(parts: list[list[tuple[int | None, Any]]]) -> None:
        batches, expected, number = [], [], 10
        for part in parts:
            rows = [{"a": value, "more": [value]} for _, value in part]
            batch = Batch.from_rows(rows, ["a"], number)
            batches.append((batch, [key for key, _ in part]))
            expected += [
                (key is None, key, at, value) for at, (key, value) in enumerate(part, number)
            ]
            number += len(part) + 5
        expected.sort(key=lambda one: (one[0], one[1] or 0))
        found = [
            (batch.number(index), row)
            for batch in run_of(batches, {"a": ANY}, "key_0 NULLS LAST")
            for index, row in enumerate(batch.rows())
        ]
        assert [number for number, _ in found] == [one[2] for one in expected]
        for (_, row), (*_, value) in zip(found, expected, strict=True):
            assert same(row, {"a": value, "more": [value]})

    check()


def test_what_nobody_looked_at_stays_text() -> None:
    text = pa.array(["1.50", "01.5", None])
    batch = Batch({"a": Column(NUMBER, text=text, source=text)}, 3)
    (found,) = run_of([(batch, [2, 1, 3])], {"a": NUMBER}, "key_0")
    column = found.column("a")
    assert column.text is not None
    assert column.text.to_pylist() == ["01.5", "1.50", None]


def test_without_an_order_the_rows_come_as_they_were() -> None:
    batch = Batch({"a": Column(values=[2, 1])}, 2)
    (found,) = run_of([(batch, [1, 0])], {"a": ANY}, "")
    assert found.rows() == [{"a": 2}, {"a": 1}]


def test_no_rows_give_none() -> None:
    assert list(run_of([], {"a": ANY}, "key_0")) == []
    empty = Batch({"a": Column(values=[])}, 0)
    assert [batch.rows() for batch in run_of([(empty, [])], {"a": ANY}, "key_0")] == []
