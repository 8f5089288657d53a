"""From a user's rows to batches and back: how large, how soon, and with which numbers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows import Flow, filter_rows, set_type, streams
from dataflows.errors import ProcessorError, RowError
from dataflows.streams import MOST_ROWS, batches_of_rows, codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Clock:
    """Stands in the place of `perf_counter`: time passes only when a source waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def sizes(waits: Iterable[float]) -> list[int]:
    """Return the sizes of the batches of a source that waits so long before each row."""
    clock = Clock()

    def source() -> Iterator[dict[str, Any]]:
        for wait in waits:
            clock.now += wait
            yield {"a": 1}

    with patch.object(streams, "perf_counter", clock):
        return [batch.length for batch in batches_of_rows(source(), ["a"])]


def test_batches_grow_while_the_source_is_fast() -> None:
    made = sizes([0.0] * 100_000)
    assert made[:9] == [1] * 9
    assert sorted(made[:-1]) == made[:-1]
    assert max(made) == MOST_ROWS
    assert sum(made) == 100_000


def test_a_slow_source_gets_batches_of_one_row() -> None:
    assert sizes([1.0] * 50) == [1] * 50


def test_batches_shrink_when_a_fast_source_becomes_slow() -> None:
    made = sizes([0.0] * 20_000 + [1.0] * 50)
    assert max(made) > 1000
    assert made[-45:] == [1] * 45


def test_no_batch_waits_for_rows_that_take_their_time() -> None:
    """Each row after the wait comes with what was gathered before it, and nothing after it."""
    made = sizes(([0.0] * 999 + [1.0]) * 10)
    assert sum(made) == 10_000
    clock = Clock()
    seen: list[tuple[float, float]] = []

    def source() -> Iterator[dict[str, Any]]:
        for number in range(5000):
            clock.now += 0.0005 if number % 100 else 0.02
            yield {"at": clock.now}

    with patch.object(streams, "perf_counter", clock):
        for batch in batches_of_rows(source(), ["at"]):
            seen += [(row["at"], clock.now) for row in batch.rows()]
    assert max(later - at for at, later in seen) < 0.03


@given(st.lists(st.sampled_from([0.0, 0.001, 0.01]), max_size=200), st.integers(1, 50))
def test_no_row_is_lost_or_moved_whatever_the_pace(waits: list[float], first: int) -> None:
    clock = Clock()

    def source() -> Iterator[dict[str, Any]]:
        for number, wait in enumerate(waits):
            clock.now += wait
            yield {"n": number + first}

    with patch.object(streams, "perf_counter", clock):
        made = list(batches_of_rows(source(), ["n"], first))
    assert [row["n"] for batch in made for row in batch.rows()] == list(
        range(first, first + len(waits))
    )
    for batch in made:
        assert [batch.number(index) for index in range(batch.length)] == [
            row["n"] for row in batch.rows()
        ]


def test_a_live_source_is_seen_row_by_row_through_every_kind_of_step() -> None:
    events: list[tuple[str, int]] = []

    def source() -> Iterator[dict[str, Any]]:
        for number in range(6):
            time.sleep(0.06)
            events.append(("made", number))
            yield {"n": number}

    def see(row: dict[str, Any]) -> None:
        events.append(("seen", row["n"]))

    def rows(rows: Any) -> Any:
        yield from rows

    def package(package: Any) -> Any:
        yield package.pkg
        for resource in package:
            yield (row for row in resource)

    steps = [rows, package, set_type("n", type="integer"), filter_rows("n >= 0"), see]
    Flow(source(), *steps).process()
    # The schema takes two rows; from then on, each is seen before the next is made.
    assert events == [
        *(("made", 0), ("made", 1), ("seen", 0), ("seen", 1)),
        *((kind, number) for number in range(2, 6) for kind in ("made", "seen")),
    ]


def test_rows_are_copied_as_they_come() -> None:
    def source() -> Iterator[dict[str, Any]]:
        row: dict[str, Any] = {}
        for number in range(30):
            row["n"] = number
            yield row

    made = list(batches_of_rows(source(), ["n"]))
    assert [row["n"] for batch in made for row in batch.rows()] == list(range(30))


def test_any_mapping_is_a_row() -> None:
    class Record:
        def keys(self) -> list[str]:
            return ["a"]

        def __getitem__(self, key: str) -> str:
            return key * 2

    made = list(batches_of_rows([Record()], ["a"]))
    assert made[0].rows() == [{"a": "aa"}]


@pytest.mark.parametrize("wrong", [1, None, "text", ["a"], ("a", 1)], ids=repr)
def test_what_is_no_row_is_refused_with_its_number(wrong: Any) -> None:
    with pytest.raises(RowError) as caught:
        list(batches_of_rows([{"a": 1}] * 20 + [wrong], ["a"], 5))
    assert str(caught.value) == (
        f"a row is not a dict but {wrong!r}\n     row 25\n  fix: yield one dict a row."
    )


def test_codecs_are_those_of_the_schema() -> None:
    _, package, _ = Flow([{"a": 1, "b": "x"}]).results()
    codecs = codecs_of(package.resources[0])
    assert {name: codec.type for name, codec in codecs.items()} == {"a": "integer", "b": "string"}
    assert list(codecs_of(package.resources[0], ["b"])) == ["b"]


def test_a_rows_function_that_fails_is_told_with_its_row() -> None:
    def fail(rows: Any) -> Any:
        for row in rows:
            if row["n"] == 2000:
                raise ZeroDivisionError
            yield row

    source = ({"n": number} for number in range(1, 5000))
    with pytest.raises(ProcessorError) as caught:
        Flow(source, filter_rows("n % 2 == 0"), fail).process()
    assert (caught.value.where.row, caught.value.processor_position) == (2000, 3)


def test_the_index_that_a_policy_sees_counts_the_rows_of_its_step() -> None:
    seen = []

    def policy(resource_name: str, row: dict[str, Any], index: int, error: Any) -> bool:
        seen.append((resource_name, row["n"], index))
        return True

    texts = ({"n": str(number) if number % 1000 else "x"} for number in range(1, 3001))
    Flow(
        texts,
        filter_rows("n != '7'"),
        set_type("n", type="integer", on_error=policy),
    ).process()
    assert seen == [("res_1", "x", 998), ("res_1", "x", 1998), ("res_1", "x", 2998)]
