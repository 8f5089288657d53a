from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.flow_control.progress import progress
from processor_contract import Watched

if TYPE_CHECKING:
    from collections.abc import Callable


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def numbers(count: int, size: int = 1) -> Watched:
    return Watched([{"n": n} for n in range(count)], size=size, types={"n": "integer"})


def lines(file: io.StringIO) -> list[str]:
    """Return the lines with what the clock says replaced."""
    text = re.sub(r"[\d,.]+ (rows/s|s\b)", r"# \1", file.getvalue())
    return text.splitlines()


def test_elsewhere_than_on_a_terminal_it_writes_lines() -> None:
    file = io.StringIO()
    watched = numbers(3, size=2)
    assert Flow(watched.link(), progress(0, file=file)).results()[0][0] == watched.rows
    assert lines(file) == [
        "data: 2 rows, # rows/s",
        "data: 3 rows, # rows/s",
        "data: 3 rows in # s, # rows/s",
    ]


def test_a_total_tells_what_is_left() -> None:
    file = io.StringIO()
    watched = numbers(5, size=2)
    Flow(watched.link(), progress(0, total=4, file=file)).process()
    assert lines(file) == [
        "data: 2 of 4 rows (50%), # rows/s, # s left",
        "data: 4 of 4 rows (100%), # rows/s, # s left",
        "data: 5 of 4 rows (125%), # rows/s",
        "data: 5 rows in # s, # rows/s",
    ]


def test_it_writes_from_time_to_time() -> None:
    file = io.StringIO()
    Flow(numbers(30).link(), lambda row: time.sleep(0.01), progress(0.1, file=file)).process()
    *during, end = lines(file)
    assert 1 <= len(during) <= 4
    assert end == "data: 30 rows in # s, # rows/s"


def test_what_is_soon_over_shows_nothing() -> None:
    for file in (io.StringIO(), Terminal()):
        Flow([{"a": 1}], [], progress(file=file)).process()
        assert file.getvalue() == ""


def test_it_writes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    Flow([{"a": 1}], progress(0)).process()
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0][:14]) == ("", "res_1: 1 row, ")


def test_on_a_terminal_it_is_a_bar() -> None:
    file = Terminal()
    Flow(numbers(3).link(), progress(0, total=3, file=file)).process()
    shown = re.sub(r"\x1b\[[\d;?]*\w", "", file.getvalue())
    assert "data" in shown
    assert "2 of 3 rows (67%), " in shown
    assert "3 of 3 rows (100%), " in shown
    assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h")


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_an_error_ends_it(kind: type[io.StringIO]) -> None:
    def fail(row: dict[str, Any]) -> None:
        if row["n"] == 2:
            raise ValueError

    file = kind()
    with pytest.raises(ProcessorError):
        Flow(numbers(4).link(), progress(0, file=file), fail).process()
    if kind is Terminal:
        assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h") == 1
    else:
        assert lines(file)[-1] == "data: stopped after 3 rows in # s, # rows/s"


def test_each_resource_has_its_own_and_others_none() -> None:
    file = io.StringIO()
    step = progress(0, file=file, resources=["res_1", "res_3"])
    Flow([{"a": 1}], [{"a": 1}], [{"a": 1}], step).process()
    assert [line.split(":")[0] for line in lines(file)] == ["res_1"] * 2 + ["res_3"] * 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: progress(-1),
            "every_seconds is a number of seconds, got -1\n  fix: write for instance progress(5).",
        ),
        (
            lambda: progress("1"),  # type: ignore[arg-type]  # what is tested
            "every_seconds is a number of seconds, got '1'\n  fix: write for instance progress(5).",
        ),
        (
            lambda: progress(total=1.5),  # type: ignore[arg-type]  # the same
            "total is a number of rows, got 1.5\n  fix: give the number of rows, or leave it out.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value) == message


@given(st.lists(st.integers() | st.none()), st.integers(1, 4))
def test_the_rows_pass_and_are_counted(values: list[int | None], size: int) -> None:
    file = io.StringIO()
    watched = Watched([{"n": n} for n in values], size=size, types={"n": "integer"})
    assert Flow(watched.link(), progress(0, file=file)).results()[0][0] == watched.rows
    if values:
        count = "1 row" if len(values) == 1 else f"{len(values)} rows"
        assert lines(file)[-1] == f"data: {count} in # s, # rows/s"
    else:
        assert file.getvalue() == ""
