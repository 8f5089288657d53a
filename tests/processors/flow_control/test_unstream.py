from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError, SourceLoadError
from dataflows.flow import Flow
from dataflows.processors.flow_control.stream import stream
from dataflows.processors.flow_control.unstream import unstream
from dataflows.types.geo import geopoint
from dataflows.types.periods import yearmonth
from processor_contract import ROWS, Watched

if TYPE_CHECKING:
    from pathlib import Path

FIX = (
    "  fix: write it again with stream(): whatever wrote it was interrupted,"
    " or it is no such stream."
)


def header(*types: str) -> str:
    """Return the first line for resources of one field each."""
    resources = [
        {"name": f"r{number}", "schema": {"fields": [{"name": "a", "type": type}]}}
        for number, type in enumerate(types, 1)
    ]
    return json.dumps({"resources": resources}) + "\n"


TWO = header("integer", "number") + '{"a": 1}\n{"a": 2}\n\n{"a": {"type{decimal}": "1.50"}}\n\n'
DATA = [[{"a": 1}, {"a": 2}], [{"a": Decimal("1.50")}]]


def error_of(text: str | bytes) -> str:
    file = io.BytesIO(text) if isinstance(text, bytes) else io.StringIO(text)
    with pytest.raises(ProcessorError) as caught:
        Flow(unstream(file)).results()
    assert isinstance(caught.value.cause, SourceLoadError)
    return str(caught.value)


def test_the_resources_come_one_after_the_other() -> None:
    data, package, _ = Flow(unstream(io.StringIO(TWO))).results()
    assert data == DATA
    assert package.resource_names == ["r1", "r2"]


def test_it_takes_the_place_of_what_is_there() -> None:
    source = Watched(ROWS)
    data, package, _ = Flow(source.link(), unstream(io.StringIO(TWO))).results()
    assert (data, package.resource_names) == (DATA, ["r1", "r2"])
    assert source.pulled == 0


def test_a_path_is_read_as_often_as_wanted(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(TWO)
    flow = Flow(unstream(tmp_path / "x"))
    assert flow.results()[0] == flow.results()[0] == DATA
    flow.check()
    assert Flow(unstream(str(tmp_path / "x"))).results()[0] == DATA


def test_an_open_file_is_read_again_where_it_can_be() -> None:
    file = io.StringIO(f"before\n{TWO}")
    file.readline()
    flow = Flow(unstream(file))
    assert flow.results()[0] == flow.results()[0] == DATA


def test_the_standard_input_is_read_line_by_line_and_once(tmp_path: Path) -> None:
    code = (
        "from dataflows import Flow, unstream\n"
        "flow = Flow(unstream())\n"
        "flow.check()\n"
        "print(flow.results()[0])\n"
        "try:\n"
        "    flow.results()\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=TWO, capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        f"{DATA}\n"
        "the stream is empty, or has been read already\n"
        "  at processor 1 of 1: unstream()\n"
        "  fix: give it the lines that stream() writes.\n"
    )


def test_bytes_are_read() -> None:
    assert Flow(unstream(io.BytesIO(TWO.encode()))).results()[0] == DATA


def test_lines_that_end_as_on_windows_are_read() -> None:
    assert Flow(unstream(io.StringIO(TWO.replace("\n", "\r\n"), newline=""))).results()[0] == DATA


def test_pairs_are_what_they_were() -> None:
    text = header("geopoint", "yearmonth") + '{"a": [1, 2]}\n{"a": null}\n\n{"a": [2026, 1]}\n\n'
    data = Flow(unstream(io.StringIO(text))).results(on_error=None)[0]
    assert data == [[{"a": geopoint(1, 2)}, {"a": None}], [{"a": yearmonth(2026, 1)}]]
    assert [type(rows[0]["a"]) for rows in data] == [geopoint, yearmonth]
    odd = header("geopoint") + '{"a": [1]}\n\n'
    assert Flow(unstream(io.StringIO(odd))).results(on_error=None)[0] == [[{"a": [1]}]]


def test_rows_are_seen_before_the_next_line_is_there() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as lines, os.fdopen(writing, "w") as other:
        other.write(header("integer") + '{"a": 1}\n')
        other.flush()
        resources = Flow(unstream(lines)).datastream().res_iter
        rows = iter(next(resources))
        assert next(rows) == {"a": 1}
        other.write('{"a": 2}\n\n')
        other.flush()
        assert list(rows) == [{"a": 2}]
        assert list(resources) == []


def test_resources_are_read_in_their_order_whichever_is_asked_for_first() -> None:
    made = Flow(unstream(io.StringIO(TWO))).datastream()
    first, second = next(made.res_iter), next(made.res_iter)
    assert list(second) == DATA[1]
    assert list(first) == DATA[0]


def test_a_resource_that_nobody_asks_for_is_passed_by(tmp_path: Path) -> None:
    def last(package: Any) -> Any:
        package.pkg.remove_resource("r1")
        yield package.pkg
        _, second = package
        yield second

    assert Flow(unstream(io.StringIO(TWO)), last).results()[0] == DATA[1:]


def test_no_rows_are_no_rows() -> None:
    assert Flow(unstream(io.StringIO(header("integer") + "\n"))).results()[0] == [[]]
    assert Flow(unstream(io.StringIO(header()))).results()[0] == []


def test_the_account_balances() -> None:
    account = Flow(unstream(io.StringIO(TWO))).run().accounts[0]
    assert (account.rows_in, account.added, account.rows_out) == (0, 3, 3)


@given(st.integers(0, len(TWO) - 1))
def test_one_that_was_cut_anywhere_is_an_error_and_never_fewer_rows(size: int) -> None:
    """RELIABILITY E4: the end of the file was the end of the resource."""
    with pytest.raises(ProcessorError):
        Flow(unstream(io.StringIO(TWO[:size]))).results()


def test_one_that_ends_between_two_rows_is_told() -> None:
    assert error_of(header("integer") + '{"a": 1}\n') == (
        "the stream ends within the resource 'r1', after 1 row\n"
        "  at processor 1 of 1: unstream(StringIO)\n"
        "     resource 'r1'\n"
        f"{FIX}"
    )


def test_a_torn_line_is_told() -> None:
    assert error_of(header("integer") + '{"a": 1}\n{"a": ') == (
        "line 3 of the stream is torn, or no JSON: Expecting value: line 1 column 7 (char 6)\n"
        "  at processor 1 of 1: unstream(StringIO)\n"
        "     resource 'r1'\n"
        f"{FIX}"
    )


def test_a_line_that_is_no_row_is_told() -> None:
    assert error_of(header("integer") + "[1]\n").startswith(
        "line 2 of the stream is no object: [1]\n"
    )


def test_something_else_is_told() -> None:
    assert error_of('{"a": 1}\n') == (
        "line 1 of the stream is not the descriptor of a package: {'a': 1}\n"
        "  at processor 1 of 1: unstream(StringIO)\n"
        f"{FIX}"
    )
    assert error_of("").startswith("the stream is empty, or has been read already\n")
    assert error_of(b"\xff\n").startswith("the stream is no text: 'utf-8' codec can't decode byte")


def test_a_path_that_is_not_there_is_told_in_the_package_phase(tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    with pytest.raises(ProcessorError) as caught:
        Flow(step := unstream(path)).datastream()
    assert str(caught.value) == (
        f"{path!r} cannot be opened: No such file or directory\n"
        f"  at processor 1 of 1: {step!r}\n"
        "  fix: check the path."
    )


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(ArgumentError) as caught:
        unstream(3)  # type: ignore[arg-type] # what is tested
    assert str(caught.value) == (
        "unstream reads a path or an open file, got 3\n"
        "  fix: write for instance unstream('sales.ndjson')."
    )


def test_what_is_streamed_through_a_pipe_is_the_same(tmp_path: Path) -> None:
    writer = "from dataflows import Flow, stream; Flow([{'a': 1.5}], stream()).process()"
    reader = "from dataflows import Flow, unstream; print(Flow(unstream()).results()[0])"
    done = subprocess.run(  # noqa: S602 - a pipe of two programs
        f'"{sys.executable}" -c "{writer}" | "{sys.executable}" -c "{reader}"',
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[[{'a': Decimal('1.5')}]]\n"


def test_a_file_that_is_replaced_before_its_rows_are_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(TWO)
    resources = Flow(unstream(tmp_path / "x")).datastream().res_iter
    (tmp_path / "x").write_text(header("string") + "\n")
    with pytest.raises(ProcessorError) as caught:
        next(resources)
    assert caught.value.what == f"{str(tmp_path / 'x')!r} was changed since this run began"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_with_a_name_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x")
    writer = threading.Thread(target=(tmp_path / "x").write_text, args=[TWO])
    writer.start()
    assert Flow(unstream(tmp_path / "x")).results()[0] == DATA
    writer.join()


def test_a_file_of_a_run_that_ended_early_is_closed(tmp_path: Path) -> None:
    Flow(Watched(ROWS).link(), stream(tmp_path / "x")).process()
    resources = Flow(unstream(tmp_path / "x")).datastream().res_iter
    next(iter(next(resources)))
    resources.close()
