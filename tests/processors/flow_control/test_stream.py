from __future__ import annotations

import datetime
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.flow_control.stream import stream
from dataflows.processors.flow_control.unstream import unstream
from processor_contract import ROWS, VIEWS, Watched

if TYPE_CHECKING:
    from pathlib import Path

LETTERS = [{"a": 1}, {"a": 2}]
OTHERS = [{"b": "é", "c": 2.5}]
DESCRIPTOR = {
    "profile": "data-package",
    "resources": [
        {
            "name": "res_1",
            "path": "res_1.csv",
            "profile": "tabular-data-resource",
            "schema": {
                "fields": [{"format": "default", "name": "a", "type": "integer"}],
                "missingValues": [""],
            },
        }
    ],
}


class Kept(io.StringIO):
    """A file whose text is kept when it is closed."""

    text = ""

    def close(self) -> None:
        self.text = self.getvalue()
        super().close()


def test_the_lines_are_the_descriptor_the_rows_and_an_empty_line() -> None:
    file = Kept()
    data = Flow(LETTERS, stream(file)).results()[0]
    assert data == [LETTERS]
    first, *lines = file.text.split("\n")
    assert first == json.dumps(DESCRIPTOR, sort_keys=True)
    assert lines == ['{"a": 1}', '{"a": 2}', "", ""]


def test_values_have_their_tags_and_the_text_is_ascii() -> None:
    file = Kept()
    Flow(OTHERS, stream(file)).process()
    assert file.text.split("\n")[1:] == ['{"b": "\\u00e9", "c": {"type{decimal}": "2.5"}}', "", ""]


def test_an_empty_package_is_one_line(tmp_path: Path) -> None:
    def nothing(package: Any) -> Any:
        yield package.pkg

    Flow(nothing, stream(tmp_path / "x")).process()
    assert (tmp_path / "x").read_text() == '{"profile": "data-package", "resources": []}\n'


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_the_rows_is_written_alike(view: str, tmp_path: Path) -> None:
    Flow(Watched(ROWS, view).link(), stream(tmp_path / "x")).process()
    assert Flow(unstream(tmp_path / "x")).results(on_error=None)[0] == [ROWS]


def test_a_path_without_a_folder_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WEAKNESSES C: FileNotFoundError."""
    monkeypatch.chdir(tmp_path)
    Flow(LETTERS, stream("x.ndjson")).process()
    assert os.listdir() == ["x.ndjson"]  # noqa: PTH208 - names are enough
    Flow(LETTERS, stream("new/folder/x.ndjson")).process()
    assert [path.name for path in (tmp_path / "new/folder").iterdir()] == ["x.ndjson"]


def test_a_failed_run_leaves_the_former_file(tmp_path: Path) -> None:
    def fail(row: dict[str, Any]) -> None:
        raise ValueError

    (tmp_path / "x").write_text("before")
    with pytest.raises(ProcessorError):
        Flow(LETTERS, stream(tmp_path / "x"), fail).process()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"x": "before"}


def test_the_standard_output_is_written_and_stays_open() -> None:
    """WEAKNESSES C: it was closed."""
    code = (
        "from dataflows import Flow, stream\n"
        "Flow([{'a': 1}], stream()).process()\n"
        "print('still open')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[1:] == ['{"a": 1}', "", "still open", ""]


def test_a_binary_file_is_written(tmp_path: Path) -> None:
    file = (tmp_path / "x").open("wb")
    Flow(LETTERS, stream(file)).process()
    assert file.closed
    assert Flow(unstream(tmp_path / "x")).results()[0] == [LETTERS]


def test_lines_are_seen_before_the_next_row_is_asked_for() -> None:
    file = io.StringIO()
    source = Watched(ROWS, size=1)
    resources = Flow(source.link(), stream(file)).datastream().res_iter
    rows = iter(next(resources))
    next(rows)
    assert source.pulled == 1
    assert len(file.getvalue().splitlines()) == 2
    resources.close()
    assert source.closed


def test_resources_are_written_in_their_order_whichever_is_asked_for_first() -> None:
    file = Kept()
    made = Flow(LETTERS, [{"b": 1}, {"b": 2}], stream(file)).datastream()
    first, second = next(made.res_iter), next(made.res_iter)
    one = iter(first)
    assert next(one) == {"a": 1}
    assert list(second) == [{"b": 1}, {"b": 2}]
    assert list(one) == [{"a": 2}]
    assert list(made.res_iter) == []
    assert file.text.split("\n")[1:] == [
        *('{"a": 1}', '{"a": 2}', ""),
        *('{"b": 1}', '{"b": 2}', "", ""),
    ]


def test_all_rows_are_written_though_a_later_step_asks_for_few(tmp_path: Path) -> None:
    def first(rows: Any) -> Any:
        yield next(iter(rows))

    sources = [Watched(ROWS, size=1, name=name).link() for name in ("one", "two")]
    data = Flow(*sources, stream(tmp_path / "x"), first).results(on_error=None)[0]
    assert data == [ROWS[:1], ROWS[:1]]
    assert Flow(unstream(tmp_path / "x")).results(on_error=None)[0] == [ROWS, ROWS]


def test_it_runs_twice(tmp_path: Path) -> None:
    flow = Flow(LETTERS, stream(tmp_path / "x"))
    for _ in range(2):
        assert flow.results()[0] == [LETTERS]
        assert Flow(unstream(tmp_path / "x")).results()[0] == [LETTERS]


def test_the_account_balances(tmp_path: Path) -> None:
    account = Flow(Watched(ROWS).link(), stream(tmp_path / "x")).run().accounts[1]
    assert (account.rows_in, account.added, account.rows_out) == (5, 0, 5)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False),
    st.text(),
    st.dates(),
    st.datetimes(timezones=st.just(datetime.timezone(datetime.timedelta(hours=-5)))),
    st.timedeltas(),
    st.lists(st.integers(), max_size=2),
)


@given(st.lists(CELLS, max_size=5))
def test_what_is_written_is_read(cells: list[Any]) -> None:
    rows = [{"a": cell, "n": number} for number, cell in enumerate(cells)]
    file = Kept()
    source = Watched(rows, types={"a": "any", "n": "integer"})
    Flow(source.link(), stream(file)).process()
    data, package, _ = Flow(unstream(io.StringIO(file.text))).results(on_error=None)
    assert data == [rows]
    assert package.resource_names == ["data"]


def test_a_value_without_a_form_in_json_is_told_with_its_place(tmp_path: Path) -> None:
    def odd(row: dict[str, Any]) -> None:
        if row["a"] == 2:
            row["a"] = b"x"

    with pytest.raises(ProcessorError) as caught:
        Flow(LETTERS, odd, step := stream(tmp_path / "x")).process()
    assert str(caught.value) == (
        "the value b'x' has no form in JSON: Object of type bytes is not JSON serializable\n"
        f"  at processor 3 of 3: {step!r}\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: make it a text or a number, or leave the field out: delete_fields([…])."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a file")
    with pytest.raises(ProcessorError) as caught:
        Flow(LETTERS, stream(tmp_path / "x" / "y")).process()
    assert "cannot write" in caught.value.what


def test_what_cannot_be_written_to_is_refused() -> None:
    with pytest.raises(ArgumentError) as caught:
        stream(3)  # type: ignore[arg-type] # what is tested
    assert str(caught.value) == (
        "stream writes to a path or to an open file, got 3\n"
        "  fix: write for instance stream('sales.ndjson')."
    )


def test_numbers_keep_their_digits() -> None:
    file = Kept()
    source = Watched([{"a": Decimal("12345678901234567.89")}], types={"a": "number"})
    Flow(source.link(), stream(file)).process()
    assert file.text.split("\n")[1] == '{"a": {"type{decimal}": "12345678901234567.89"}}'
