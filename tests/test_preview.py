from __future__ import annotations

import copy
import json
import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows.errors import ArgumentError, UnknownResourceError
from dataflows.flow import Flow
from dataflows.on_error import rejects
from dataflows.processors.dumpers.dump_to_path import dump_to_path
from dataflows.processors.dumpers.dump_to_sql import dump_to_sql
from dataflows.processors.dumpers.dump_to_zip import dump_to_zip
from dataflows.processors.dumpers.dumper_base import DumperBase
from dataflows.processors.flow_control.checkpoint import checkpoint
from dataflows.processors.flow_control.finalizer import finalizer
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.rows.sort_rows import sort_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CITIES = [
    {"city": "Rome", "size": Decimal("1285.3")},
    {"city": "Oslo", "size": None},
    {"city": "北京", "size": Decimal(6336)},
]


def test_head_returns_rows_that_print_as_a_table() -> None:
    rows = Flow(CITIES).head()
    assert list(rows) == CITIES
    assert repr(rows) == (
        "#  city      size\n"
        "   string  number\n"
        "─  ──────  ──────\n"
        "1  Rome    1285.3\n"
        "2  Oslo         ∅\n"
        "3  北京      6336"
    )
    assert rows.schema.field_names == ["city", "size"]
    assert repr(rows[1:2]).splitlines()[-1] == "1  Oslo         ∅"
    assert rows[2]["city"] == "北京"


def test_head_of_no_rows_has_a_schema() -> None:
    rows = Flow(CITIES).head(0)
    assert rows == []
    assert repr(rows) == "#  city      size\n   string  number\n─  ──────  ──────"


def test_rows_without_fields_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert [repr(Flow(rows).head()) for rows in ([], [{}])] == ["no fields", "no fields"]
    Flow([]).show()
    assert capsys.readouterr().out == "res_1: 0 rows\nno fields\n"


def test_head_asks_the_source_for_no_more_than_it_needs() -> None:
    pulled = []

    def source() -> Iterator[dict[str, Any]]:
        for number in range(1_000_000):
            pulled.append(number)
            yield {"a": number}

    assert Flow(source()).head(3) == [{"a": 0}, {"a": 1}, {"a": 2}]
    # The types are inferred from the first rows, which are asked for before.
    assert len(pulled) <= 1_001


def test_head_of_one_resource_does_not_run_the_others() -> None:
    def fail(row: dict[str, Any]) -> None:
        if "b" in row:
            raise ValueError

    assert Flow([{"a": 1}], [{"b": 2}], fail).head(resource="res_1") == [{"a": 1}]
    assert Flow([{"a": 1}], [{"b": 2}]).head(resource=1) == [{"b": 2}]


def test_one_of_several_resources_has_to_be_named() -> None:
    with pytest.raises(UnknownResourceError) as caught:
        Flow([{"a": 1}], [{"b": 2}]).head()
    assert str(caught.value) == (
        "one resource was expected, there are 2\n"
        "  fix: name one: the resources here are: res_1, res_2."
    )


@pytest.mark.parametrize("count", [-1, True, "3", None, 2.0])
def test_a_number_of_rows_that_is_none_is_refused(count: Any) -> None:
    with pytest.raises(ArgumentError, match="must be a number of rows, 0 or more, got"):
        Flow(CITIES).head(count)
    with pytest.raises(ArgumentError, match="must be a number of rows, 0 or more, got"):
        Flow(CITIES).show(count)


def test_show_prints_each_resource(capsys: pytest.CaptureFixture[str]) -> None:
    Flow([{"a": 1}, {"a": 2}, {"a": 3}], [{"b": "x\ny\x1b[31m"}]).show(2)
    assert capsys.readouterr().out == (
        "res_1: first 2 rows\n"
        "#        a\n"
        "   integer\n"
        "─  ───────\n"
        "1        1\n"
        "2        2\n"
        "res_2: 1 row\n"
        "#  b\n"
        "   string\n"
        "─  ────────────\n"
        "1  x\\ny\\x1b[31m\n"
    )


def test_steps_that_see_all_rows_do_so() -> None:
    rows = [{"a": number % 7} for number in range(20_000)]
    assert Flow(rows, sort_rows("a", reverse=True)).head(2) == [{"a": 6}, {"a": 6}]


def test_rejected_rows_are_left_out() -> None:
    rows = [{"a": "1"}, {"a": "x"}, {"a": "3"}]
    flow = Flow(rows, set_type("a", type="integer", on_error=rejects()))
    assert flow.head(5) == [{"a": 1}, {"a": 3}]


class Writer(DumperBase):
    """A dumper as users write it."""

    def __init__(self, written: list[Any]) -> None:
        super().__init__()
        self.written = written

    def process_resource(self, resource: Any) -> Iterator[dict[str, Any]]:
        for row in resource:
            self.written.append(row)
            yield row

    def finalize(self) -> None:
        self.written.append("end")


@pytest.mark.parametrize("count", [1, 100])
def test_nothing_is_written(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    database = tmp_path / "there.db"
    sqlite3.connect(database).close()
    before = sorted(tmp_path.rglob("*"))
    written: list[Any] = []
    flow = Flow(
        CITIES,
        dump_to_path("out"),
        dump_to_zip("out.zip"),
        dump_to_sql({"cities": {"resource-name": "res_1"}}, engine=f"sqlite:///{database}"),
        Writer(written),
        checkpoint("here"),
        finalizer(lambda: written.append("finalized")),
    )
    assert list(flow.head(count)) == CITIES[:count]
    flow.show(count)
    assert written == []
    assert [path for path in sorted(tmp_path.rglob("*")) if path.is_file()] == [
        path for path in before if path.is_file()
    ]
    assert database.stat().st_size == 0


def test_to_be_printed_reads_nothing() -> None:
    def source() -> Iterator[dict[str, Any]]:
        raise AssertionError
        yield {}

    flow = Flow(source(), Flow([{"<b>": 1}]))
    assert repr(flow).splitlines()[2:] == ["  Flow(", "    list of rows,", "  ),", ")"]
    assert "<li><b>Flow</b> of 1 step" in flow._repr_html_()


def test_rows_show_themselves_in_a_notebook() -> None:
    rows = Flow([{"<script>": "<img src=x onerror=alert(1)>", "n": None}]).head()
    html = rows._repr_html_()
    assert "<img" not in html
    assert "<script" not in html
    assert html.splitlines()[-3:] == [
        (
            '<tr><td class="df-n df-t">1</td><td>&lt;img src=x onerror=alert(1)&gt;</td>'
            '<td class="df-0">∅</td></tr>'
        ),
        "</tbody>",
        "</table>",
    ]


def test_rows_are_a_list_wherever_one_is_wanted() -> None:
    rows = Flow([{"a": 1}, {"a": 2}]).head()
    again = copy.deepcopy(rows)
    assert again == rows == [{"a": 1}, {"a": 2}]
    assert repr(again) == repr(rows)
    assert json.dumps(rows) == '[{"a": 1}, {"a": 2}]'
    assert Flow(rows).results()[0] == [[{"a": 1}, {"a": 2}]]
