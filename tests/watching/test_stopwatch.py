from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, head, join
from dataflows.accounts import Account
from dataflows.watching.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAP = 0.05


def slow_row(row: dict[str, Any]) -> None:
    time.sleep(NAP)


def slow_rows(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        time.sleep(NAP)
        yield row


def slow_package(package: Any) -> Iterator[Any]:
    yield package.pkg
    for rows in package:
        time.sleep(NAP)
        yield rows


@pytest.mark.parametrize("slow", [slow_row, slow_rows, slow_package])
def test_the_time_is_that_of_the_step_that_took_it(slow: Any) -> None:
    def quick(row: dict[str, Any]) -> None:
        row["a"] += 1

    result = Flow([{"a": 1}], quick, slow, quick, head(5)).run()
    times = [account.seconds for account in result.accounts]
    assert times[2] >= NAP
    assert sum(times) - times[2] < NAP
    assert sum(times) <= result.seconds


def test_a_slow_source_and_a_slow_source_of_a_join_are_blamed() -> None:
    def rows() -> Iterator[dict[str, Any]]:
        for number in range(2):
            time.sleep(NAP)
            yield {"a": number}

    flow = Flow([{"a": 1, "b": 2}], rows(), join("res_1", ["a"], "res_2", ["a"], {}))
    result = flow.run()
    times = [account.seconds for account in result.accounts]
    assert times[1] >= 2 * NAP
    assert sum(times) <= result.seconds


def test_the_package_phase_counts_too() -> None:
    def package(package: Any) -> Iterator[Any]:
        time.sleep(NAP)
        yield package.pkg
        yield from package

    assert Flow([{"a": 1}], package).run().accounts[1].seconds >= NAP


def test_it_rings_while_a_step_holds_all_rows_back() -> None:
    rung = []
    watch = Stopwatch()
    account = Account("sort", 1)
    watch.ring_every(0.0, lambda: rung.append(account.seconds))
    for _ in range(3):
        watch.leave(watch.enter(account))
    assert len(rung) == 6
    watch.ring_every(60, rung.clear)
    watch.leave(watch.enter(account))
    assert len(rung) == 6
