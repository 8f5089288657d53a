from __future__ import annotations

import os
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from command_calls import dataflows
from dataflows.errors import ProcessorError
from dataflows.flow import Flow
from dataflows.processor import Hooks, Processor
from dataflows.processors.modifiers.set_type import set_type
from dataflows.tracebacks import keep_all_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCRIPT = """\
from dataflows import Flow


def half(number):
    return number / 0


def total(row):
    row["a"] = half(row["a"])


Flow([{"a": 1}], total).METHOD
"""
SHORT = """\
Traceback (most recent call last):
  File "FOLDER/script.py", line 9, in total
    row["a"] = half(row["a"])
  File "FOLDER/script.py", line 5, in half
    return number / 0
ZeroDivisionError: division by zero
in row 1: {'a': 1}

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "FOLDER/script.py", line 12, in <module>
    Flow([{"a": 1}], total).METHOD
  File "FOLDER/script.py", line 9, in total
    row["a"] = half(row["a"])
  File "FOLDER/script.py", line 5, in half
    return number / 0
dataflows.errors.ProcessorError: ZeroDivisionError: division by zero
  at processor 2 of 2: total (script.py, line 8)
     resource 'res_1', row 1
"""


def run(
    folder: Path, script: str, *options: str, typed: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(script, encoding="utf-8")
    return subprocess.run(
        [sys.executable, *options, str(folder / "script.py")],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        # Which signs Python puts below a line differs from version to version.
        env={**os.environ, "PYTHONNODEBUGRANGES": "1", **variables},
    )


@pytest.mark.parametrize("method", ["process()", "run()", "results()"])
def test_a_script_shows_the_users_lines_and_none_of_the_engine(tmp_path: Path, method: str) -> None:
    done = run(tmp_path, SCRIPT.replace("METHOD", method))
    expected = SHORT.replace("METHOD", method).replace("FOLDER", str(tmp_path))
    assert done.stderr == expected


def test_in_debug_mode_every_frame_is_shown(tmp_path: Path) -> None:
    script = SCRIPT.replace("METHOD", "process()")
    done = run(tmp_path, script, DATAFLOWS_DEBUG="1")
    assert "rowwise.py" in done.stderr
    assert "flow.py" in done.stderr
    assert run(tmp_path, script, DATAFLOWS_DEBUG="0").stderr.count("File ") == 5


def test_a_command_shows_no_traceback_but_the_whole_one_where_it_is_asked_for(
    tmp_path: Path,
) -> None:
    text = "from dataflows import Flow\nflow = Flow([{'a': 1}], lambda row: row['b'])\n"
    (tmp_path / "flow.py").write_text(text, encoding="utf-8")
    done = dataflows(tmp_path, "run", "flow.py")
    assert (done.returncode, done.stderr) == (
        1,
        (
            "error: KeyError: 'b'\n"
            "  at processor 2 of 2: <lambda> (flow.py, line 2)\n"
            "     resource 'res_1', row 1\n"
            "  fix: the fields here are: a.\n"
        ),
    )
    whole = dataflows(tmp_path, "run", "flow.py", "--debug")
    assert (whole.returncode, "rowwise.py" in whole.stderr) == (1, True)


def test_a_command_tells_nothing_that_acts_on_a_terminal(tmp_path: Path) -> None:
    text = "from dataflows import Flow\nraise ValueError('x\\x1b[2J\\r' + 'y' * 5000)\n"
    (tmp_path / "flow.py").write_text(text, encoding="utf-8")
    first = dataflows(tmp_path, "run", "flow.py").stderr.split("\n")[0]
    told = "error: ValueError: x\\x1b[2J\\r"
    assert first == f"{told}{'y' * (1000 - len(told))} … {'y' * 1000}"


def test_the_debugger_stands_in_the_users_function(tmp_path: Path) -> None:
    typed = "p number\nup\np row\nq\nq\n"
    script = SCRIPT.replace("METHOD", "process()")
    done = run(tmp_path, script, "-m", "pdb", "-c", "continue", typed=typed)
    assert "(Pdb) 1\n" in done.stdout
    assert "(Pdb) {'a': 1}\n" in done.stdout


def frames(error: BaseException | None) -> list[str]:
    return [] if error is None else [one.name for one in traceback.extract_tb(error.__traceback__)]


def rows(rows: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {"a": row["b"]}


def package(package: Any) -> Iterator[Any]:
    raise ValueError("no")
    yield package


def items() -> Iterator[dict[str, Any]]:
    yield {"a": 1}
    raise ValueError("no")


@pytest.mark.parametrize(
    ("links", "name"), [([[{"a": 1}], rows], "rows"), ([package], "package"), ([items()], "items")]
)
def test_every_kind_of_function_is_where_it_begins(links: list[Any], name: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    assert frames(caught.value.cause) == [name]
    assert frames(caught.value)[-1:] == [name]
    assert "call" not in frames(caught.value)


def test_rows_that_are_asked_for_one_by_one_are_cut_as_well() -> None:
    def ask() -> None:
        for resource in Flow([{"a": 1}], lambda row: row["b"]).datastream().res_iter:
            list(resource)

    with pytest.raises(ProcessorError) as caught:
        ask()
    assert frames(caught.value)[-2:] == ["ask", "<lambda>"]


def test_what_the_users_function_calls_in_turn_stays() -> None:
    def inner(row: dict[str, Any]) -> None:
        Flow([{"a": 1}], lambda row: row["b"]).process()

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], inner).process()
    assert frames(caught.value.cause)[-1] == "<lambda>"
    assert "inner" in frames(caught.value)
    assert caught.value.__cause__ is caught.value.cause


def test_an_error_that_says_it_all_has_no_frames_of_the_engine() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": "x"}], set_type("a", type="integer")).process()
    assert caught.value.__cause__ is caught.value.cause
    assert frames(caught.value.cause) == []
    assert len(frames(caught.value)) == 1


def test_a_mistake_of_the_engine_keeps_all_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise AssertionError

    monkeypatch.setitem(broken.__globals__, "__name__", "dataflows.engine")
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], Processor("broken", Hooks(package=broken))).process()
    assert frames(caught.value.cause)[-1] == "broken"
    assert len(frames(caught.value)) > 3


def test_frames_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAFLOWS_DEBUG", "")
    keep_all_frames()
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], lambda row: row["b"]).process()
    assert len(frames(caught.value.cause)) > 1


@pytest.mark.parametrize(
    "call",
    [
        lambda flow: flow.check(),
        lambda flow: flow.to_arrow(),
        lambda flow: flow.datastream(),
        lambda flow: flow.head(),
    ],
)
def test_the_package_phase_is_cut_as_well(call: Callable[[Flow], Any]) -> None:
    with pytest.raises(ProcessorError) as caught:
        call(Flow(package))
    assert frames(caught.value)[-1] == "package"
    assert "describe" not in frames(caught.value)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            "Flow('x.csv')",
            (
                "dataflows.errors.LinkError: the text 'x.csv' stands in the flow\n"
                "  fix: load it: load('x.csv').\n"
            ),
        ),
        (
            "head(-1)",
            (
                "dataflows.errors.ArgumentError: count must be a number of rows, 0 or more, got"
                " -1\n"
                "  fix: write for instance count=10.\n"
            ),
        ),
        (
            "head(limit=1)",
            (
                "dataflows.errors.SignatureError: head has no option 'limit'\n"
                "  fix: did you mean 'count'? The options here are: count, skip, resources.\n"
            ),
        ),
        (
            "load('x.csv', infer_strategy='ful')",
            (
                "dataflows.errors.ArgumentError: infer_strategy='ful' is none of 'full', 'pytypes',"
                " 'strings'\n"
                "  fix: did you mean infer_strategy='full'?\n"
            ),
        ),
        (
            "checkpoint('')",
            (
                "dataflows.errors.ArgumentError: the name of a checkpoint must be a text that is"
                " not empty, got ''\n"
                "  fix: write for instance checkpoint('sales').\n"
            ),
        ),
        (
            "from dataflows import set_tpe",
            (
                "dataflows.errors.UnknownImportError: cannot import name 'set_tpe' from"
                " 'dataflows'\n"
                "  fix: did you mean 'set_type'? dataflows.__all__ has the names,"
                " `dataflows processors` says what they do.\n"
            ),
        ),
        (
            "Flow().head()",
            (
                "dataflows.errors.FlowError: the flow is empty\n"
                "  fix: give it a source, such as load('data.csv') or a list of dicts.\n"
            ),
        ),
    ],
)
def test_a_mistake_in_a_call_shows_the_line_of_the_call_and_no_more(
    tmp_path: Path, call: str, text: str
) -> None:
    done = run(tmp_path, f"from dataflows import Flow, checkpoint, head, load\n{call}\n")
    assert done.stderr == (
        "Traceback (most recent call last):\n"
        f'  File "{tmp_path}/script.py", line 2, in <module>\n'
        f"    {call}\n"
        f"{text}"
    )


def test_an_error_of_ours_in_a_users_processor_keeps_the_users_frame(tmp_path: Path) -> None:
    script = """\
from dataflows.errors import ArgumentError
from dataflows.processor import processor


@processor
def mine(count):
    raise ArgumentError("it cannot be")


mine(1)
"""
    assert run(tmp_path, script).stderr == (
        "Traceback (most recent call last):\n"
        f'  File "{tmp_path}/script.py", line 10, in <module>\n'
        "    mine(1)\n"
        f'  File "{tmp_path}/script.py", line 7, in mine\n'
        '    raise ArgumentError("it cannot be")\n'
        "dataflows.errors.ArgumentError: it cannot be\n"
    )


def test_an_error_of_a_worker_process_has_no_frames_of_the_engine(tmp_path: Path) -> None:
    script = "from dataflows import Flow, parallelize\n" + SCRIPT.replace(
        "total).METHOD", "parallelize(total, 1)).process()"
    )
    assert (
        run(tmp_path, script).stderr
        == f"""\
ZeroDivisionError: division by zero
in a worker process:
Traceback (most recent call last):
  File "{tmp_path}/script.py", line 10, in total
    row["a"] = half(row["a"])
  File "{tmp_path}/script.py", line 6, in half
    return number / 0
ZeroDivisionError: division by zero

in row 1: {{'a': 1}}

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "{tmp_path}/script.py", line 13, in <module>
    Flow([{{"a": 1}}], parallelize(total, 1)).process()
dataflows.errors.ProcessorError: ZeroDivisionError: division by zero
  at processor 2 of 2: parallelize(total, 1)
     in total (script.py, line 9)
     resource 'res_1', row 1
"""
    )


def test_what_a_message_explains_is_not_printed_above_it(tmp_path: Path) -> None:
    script = """\
from dataflows import Flow, add_computed_field

Flow([{"a": 0}], add_computed_field("b", "1 / a")).process()
"""
    what = "cannot compute 1 / 0: 'a' is 0"
    assert (
        run(tmp_path, script).stderr
        == f"""\
dataflows.errors.RowError: {what}
     resource 'res_1', row 1
  fix: write: 1 / a if a != 0 else None.

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "{tmp_path}/script.py", line 3, in <module>
    Flow([{{"a": 0}}], add_computed_field("b", "1 / a")).process()
dataflows.errors.ProcessorError: {what}
  at processor 2 of 2: add_computed_field('b', '1 / a')
     resource 'res_1', row 1
  fix: write: 1 / a if a != 0 else None.
"""
    )


@pytest.mark.parametrize("method", ["to_pandas", "to_polars", "show", "explain"])
def test_what_calls_another_method_is_cut_once_more(method: str) -> None:
    function = package if method == "explain" else rows
    with pytest.raises(ProcessorError) as caught:
        getattr(Flow([{"a": 1}], function), method)()
    assert frames(caught.value)[1:] == [function.__name__]


def test_a_flow_that_fails_inside_a_users_function_shows_where_that_ran_it() -> None:
    def inner(row: dict[str, Any]) -> None:
        Flow([{"a": "x"}], set_type("a", type="integer")).process()

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], inner).process()
    assert frames(caught.value)[1:] == ["inner"]


def test_what_says_the_same_is_said_once_above_an_error(tmp_path: Path) -> None:
    script = "from dataflows import Flow, load\nFlow(load('nope.csv')).process()\n"
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    lines = done.stderr.splitlines()
    assert sum("No such file or directory" in line for line in lines) == 2
    assert lines[-1] == "  fix: check the path; it starts at the current folder."
