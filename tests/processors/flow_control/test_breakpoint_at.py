from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.flow_control.breakpoint_at import breakpoint_at
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.processors.rows.sort_rows import sort_rows
from processor_contract import VIEWS, Watched
from terminal import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {"city": "Rome", "qty": 1},
    {"city": "Oslo", "qty": 4},
    {"city": None, "qty": None},
    {"city": "Lima", "qty": 4},
]


class Debugger:
    """Takes the place of the debugger, and keeps what is at hand where it stands."""

    def __init__(self) -> None:
        self.stops: list[dict[str, Any]] = []

    def __call__(self) -> None:
        self.stops.append(dict(sys._getframe(1).f_locals))

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [stop["row"] for stop in self.stops]


@pytest.fixture
def debugger(monkeypatch: pytest.MonkeyPatch) -> Debugger:
    made = Debugger()
    monkeypatch.setattr(sys, "breakpointhook", made)
    return made


def test_it_stops_at_the_row_of_a_number(debugger: Debugger) -> None:
    assert Flow(ROWS, breakpoint_at(2)).results()[0] == [ROWS]
    assert debugger.rows == [ROWS[1]]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("where", ["n > 2", lambda row: row["n"] > 2])
def test_it_stops_where_a_condition_is_true(debugger: Debugger, view: str, where: Any) -> None:
    rows = [{"n": n} for n in (1, 3, 2, 5)]
    watched = Watched(rows, view, types={"n": "integer"})
    assert Flow(watched.link(), breakpoint_at(where=where)).results()[0] == [rows]
    assert debugger.rows == [{"n": 3}, {"n": 5}]


QUIT = """\
from dataflows import Flow, breakpoint_at, dump_to_path


def total(row):
    HERE
    row["a"] += 1


Flow([{"a": 1}, {"a": 2}], STEP, dump_to_path("out")).process()
"""


@pytest.mark.parametrize(
    ("here", "step"), [("breakpoint()", "total"), ("pass", "breakpoint_at(2), total")]
)
def test_who_quits_the_debugger_is_told_of_no_error_of_a_step(
    tmp_path: Path, here: str, step: str
) -> None:
    script = QUIT.replace("HERE", here).replace("STEP", step)
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        input="q\n",
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert (done.returncode, lines.count("bdb.BdbQuit")) == (1, 1)
    assert "ProcessorError" not in done.stderr
    assert [line for line in lines if "/dataflows/" in line or "/processors/" in line] == []
    assert not (tmp_path / "out").exists()


def test_a_number_and_a_condition_stop_once_where_both_hold(debugger: Debugger) -> None:
    Flow(ROWS, breakpoint_at(2, where="city == 'Oslo' or city == 'Lima'")).process()
    assert debugger.rows == [ROWS[1], ROWS[3]]


def test_the_number_is_the_one_that_errors_tell(debugger: Debugger) -> None:
    def fail(row: dict[str, Any]) -> None:
        if row["city"] == "Lima":
            raise ValueError

    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, filter_rows("qty == 4"), fail).process()
    number = caught.value.where.row
    assert number == 4
    Flow(ROWS, filter_rows("qty == 4"), breakpoint_at(number), fail, sort_rows("city"))
    with pytest.raises(ProcessorError):
        Flow(ROWS, filter_rows("qty == 4"), breakpoint_at(number), fail).process()
    assert debugger.rows == [ROWS[3]]


def test_the_schema_and_the_package_are_at_hand(debugger: Debugger) -> None:
    Flow(ROWS, breakpoint_at(1)).process()
    (stop,) = debugger.stops
    assert sorted(stop) == ["package", "row", "schema"]
    assert stop["schema"].field_names == ["city", "qty"]
    assert stop["package"].resource_names == ["res_1"]


def test_what_is_changed_in_the_debugger_is_not_in_the_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def change() -> None:
        sys._getframe(1).f_locals["row"]["qty"] = 100

    monkeypatch.setattr(sys, "breakpointhook", change)
    assert Flow(ROWS, breakpoint_at(1)).results()[0] == [ROWS]


def test_only_the_resources_that_are_named_stop(debugger: Debugger) -> None:
    Flow([{"a": 1}], [{"a": 2}], breakpoint_at(1, resources="res_2")).process()
    assert debugger.rows == [{"a": 2}]


@pytest.mark.parametrize("rows", [[], [{"a": None}]])
def test_no_rows_and_missing_values_do_not_stop(
    debugger: Debugger, rows: list[dict[str, Any]]
) -> None:
    Flow(rows, breakpoint_at(2, where=lambda row: row["a"])).process()
    assert debugger.rows == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            breakpoint_at,
            (
                "no row is given at which to stop\n"
                "  fix: write breakpoint_at(1000), or breakpoint_at(where='…')."
            ),
        ),
        (
            lambda: breakpoint_at(0),
            (
                "row is the number of a row, counted from 1, got 0\n"
                "  fix: write for instance breakpoint_at(1000)."
            ),
        ),
        (
            lambda: breakpoint_at("qty > 2"),  # type: ignore[arg-type]  # what is tested
            (
                "row is the number of a row, counted from 1, got 'qty > 2'\n"
                "  fix: write for instance breakpoint_at(1000)."
            ),
        ),
        (
            lambda: breakpoint_at(where=5),  # type: ignore[arg-type]  # the same
            (
                "where is a function or an expression, got 5\n"
                "  fix: write for instance breakpoint_at(where='qty > 2')."
            ),
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value) == message


def test_an_unknown_field_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(ROWS, breakpoint_at(where="qyt > 2")).check()
    assert str(caught.value) == (
        "no field named 'qyt'\n"
        "  at processor 2 of 2: breakpoint_at(where='qyt > 2')\n"
        "     resource 'res_1'\n"
        "  fix: did you mean 'qty'? The fields here are: city, qty."
    )


@given(st.lists(st.integers()), st.integers(1, 5), st.integers(1, 3))
def test_it_stops_once_for_every_such_row(values: list[int], number: int, size: int) -> None:
    made, kept = Debugger(), sys.breakpointhook
    rows = [{"n": n} for n in values]
    watched = Watched(rows, size=size, types={"n": "integer"})
    sys.breakpointhook = made
    try:
        assert Flow(watched.link(), breakpoint_at(number)).results()[0] == [rows]
    finally:
        sys.breakpointhook = kept
    assert made.rows == rows[number - 1 : number]


_SCRIPT = """
from dataflows import Flow, breakpoint_at
rows, package, stats = Flow([{"a": 1}, {"a": 2}], breakpoint_at(2)).results(progress=True)
print("rows:", rows)
"""


def test_pythons_debugger_stands_where_the_row_is(tmp_path: Path) -> None:
    typed = "p row, schema.field_names, package.resource_names\nc\n"
    session = on_terminal([sys.executable, "-c", _SCRIPT], tmp_path, typed=typed)
    assert session.code == 0
    assert "({'a': 2}, ['a'], ['res_1'])\n" in session.shown
    assert "rows: [[{'a': 1}, {'a': 2}]]\n" in session.shown


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    session = on_terminal([sys.executable, "-c", _SCRIPT], tmp_path, PYTHONBREAKPOINT="0")
    assert (session.code, session.raw) == (0, "rows: [[{'a': 1}, {'a': 2}]]\n")
