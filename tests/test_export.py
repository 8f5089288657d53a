"""Flows as Arrow tables and data frames."""

from __future__ import annotations

import datetime
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import Flow, rejects, set_type
from dataflows.errors import ProcessorError, UnknownResourceError

if TYPE_CHECKING:
    from pathlib import Path

UTC = datetime.UTC
NAIVE = datetime.datetime.fromisoformat("2020-01-02T03:04:05.000006")


def column(*values: Any, **field: Any) -> pa.ChunkedArray:
    """Return the only column of a flow of these values."""
    links = [set_type("a", **field)] if field else []
    return Flow([{"a": value} for value in values], *links).to_arrow().column("a")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None], pa.int64()),
        ([True, None], pa.bool_()),
        (["x", None], pa.string()),
        ([Decimal("1.50"), Decimal("22.25")], pa.decimal128(4, 2)),
        ([datetime.date(2020, 1, 2), None], pa.date32()),
        ([NAIVE, None], pa.timestamp("us")),
        ([datetime.datetime(2020, 1, 2, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
        ([datetime.timedelta(1, 2, 3), None], pa.duration("us")),
        ([datetime.time(1, 2, 3, 4)], pa.time64("us")),
    ],
    ids=lambda value: str(value).replace(" ", "")[:30],
)
def test_what_arrow_has_exactly_keeps_its_type_and_value(
    values: list[Any], kind: pa.DataType
) -> None:
    made = column(*values)
    assert made.type == kind
    assert made.to_pylist() == values


def test_numbers_take_the_digits_that_all_of_them_need() -> None:
    made = column(Decimal("1.5"), Decimal("1234.0625"), None, Decimal("-0.000"))
    assert made.type == pa.decimal128(8, 4)
    assert made.to_pylist() == [Decimal("1.5"), Decimal("1234.0625"), None, Decimal(0)]


def test_numbers_of_more_than_38_digits_become_decimal256_and_then_text() -> None:
    assert column(Decimal("1e40"), Decimal("0.5")).type == pa.decimal256(42, 1)
    made = column(Decimal("1e80"), Decimal("0.5"))
    assert (made.type, made.to_pylist()) == (pa.string(), ["1E+80", "0.5"])


def test_integers_past_64_bits_stay_exact() -> None:
    assert column(1, 2**64).type == pa.decimal128(20, 0)
    made = column(1, 10**100)
    assert (made.type, made.to_pylist()) == (pa.string(), ["1", "1" + "0" * 100])


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=None), min_size=1))
@settings(max_examples=60)
def test_every_finite_number_is_exact(numbers: list[Decimal]) -> None:
    made = [Decimal(number) for number in column(*numbers).to_pylist()]
    assert made == numbers


def test_nested_and_mixed_values_become_text() -> None:
    assert column({"é": [1]}, None).to_pylist() == ['{"é": [1]}', None]
    assert column([1, "x"]).to_pylist() == ['[1, "x"]']
    assert column(1, "x", datetime.date(2020, 1, 2), [1]).to_pylist() == [
        *("1", "x", "2020-01-02", "[1]")
    ]
    mixed = column(NAIVE, datetime.datetime(2020, 1, 2, tzinfo=UTC))
    assert mixed.to_pylist() == ["2020-01-02T03:04:05.000006", "2020-01-02T00:00:00+00:00"]
    months = column("P1M", "P1D", type="duration")
    assert months.to_pylist() == ["P1M", "P1D"]
    assert column("4.9, 52.4", type="geopoint").to_pylist() == ["4.9, 52.4"]


def test_batches_whose_types_differ_are_united() -> None:
    def source() -> Any:
        yield {"a": 0, "n": Decimal(0), "x": "text"}
        yield from ({"a": number, "n": Decimal(number), "x": 1} for number in range(1, 30_000))
        yield {"a": 2**65, "n": Decimal("0.125"), "x": 1.5}

    table = Flow(source()).to_arrow()
    assert table.schema.field("a").type == pa.decimal128(20, 0)
    assert table.schema.field("n").type == pa.decimal128(8, 3)
    assert table.schema.field("x").type == pa.string()
    assert table.slice(30_000).to_pylist() == [{"a": 2**65, "n": Decimal("0.125"), "x": "1.5"}]
    assert table.num_rows == 30_001


def test_columns_without_values_keep_their_types() -> None:
    fields = {"i": "integer", "n": "number", "d": "date", "o": "object", "u": "duration"}
    steps = [set_type(name, type=kind) for name, kind in fields.items()]
    kinds = {
        "i": pa.int64(),
        "n": pa.decimal128(38, 0),
        "d": pa.date32(),
        "o": pa.string(),
        "u": pa.duration("us"),
    }
    for number in (1, 3):
        table = Flow([dict.fromkeys(fields)] * number, *steps).to_arrow()
        assert dict(zip(table.column_names, table.schema.types, strict=True)) == kinds
        assert table.to_pylist() == [dict.fromkeys(fields)] * number
    empty = Flow([dict.fromkeys(fields)], *steps, lambda row: []).to_arrow()
    assert (empty.num_rows, empty.schema) == (0, table.schema)


@pytest.mark.parametrize("value", ["NaN", "-Infinity"])
def test_a_number_that_is_none_is_refused_with_its_row(value: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        column(Decimal(1), Decimal(value))
    assert str(caught.value) == (
        f"Decimal('{value}') has no form in an Arrow decimal\n"
        "  at processor 2 of 2: to_arrow()\n"
        "     resource 'res_1', row 2, field 'a'\n"
        "  fix: make it a missing value (None), or give the field another type, before to_arrow()."
    )


def test_a_resource_is_chosen_by_name_or_position() -> None:
    flow = Flow([{"a": 1}], [{"b": 2}])
    assert flow.to_arrow("res_2").to_pylist() == [{"b": 2}]
    assert flow.to_arrow(0).to_pylist() == [{"a": 1}]
    assert flow.to_arrow(-1).to_pylist() == [{"b": 2}]


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        (
            None,
            """one resource was expected, there are 2
  fix: name one: the resources here are: res_1, res_2.""",
        ),
        (
            "res1",
            """no resource is named 'res1'
  fix: did you mean 'res_1'? The resources here are: res_1, res_2.""",
        ),
        (
            2,
            "no resource at position 2: there are 2\n  fix: the resources here are: res_1, res_2.",
        ),
    ],
)
def test_a_resource_that_is_not_there_is_refused_before_any_row(
    resource: str | int | None, text: str
) -> None:
    seen: list[dict[str, Any]] = []

    def watch(row: dict[str, Any]) -> None:
        seen.append(row)

    with pytest.raises(UnknownResourceError) as caught:
        Flow([{"a": 1}], [{"b": 2}], watch).to_arrow(resource)
    assert str(caught.value) == text
    assert seen == []


def test_rejected_rows_are_not_in_the_way_and_can_be_named() -> None:
    flow = Flow([{"a": "1"}, {"a": "x"}], set_type("a", type="integer", on_error=rejects()))
    assert flow.to_arrow().to_pylist() == [{"a": 1}]
    assert flow.to_arrow("rejects").column("value").to_pylist() == ["x"]


def test_data_frames_are_made_and_taken() -> None:
    import duckdb
    import pandas as pd
    import polars as pl

    rows = [{"a": 1, "n": Decimal("1.5"), "t": "x"}, {"a": None, "n": None, "t": None}]
    flow = Flow(rows)
    frame = flow.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert Flow(frame).results()[0] == [rows]
    polars_frame = flow.to_polars()
    assert isinstance(polars_frame, pl.DataFrame)
    assert polars_frame.to_dicts() == rows
    assert Flow(polars_frame).results()[0] == [rows]
    assert pa.table(flow).to_pylist() == rows
    assert pa.RecordBatchReader.from_stream(flow).read_all().to_pylist() == rows
    with duckdb.connect() as connection:
        relation = connection.sql("select 1 as a, 1.5 as n, 'x' as t")
        assert Flow(relation).results()[0] == [[{"a": 1, "n": Decimal("1.5"), "t": "x"}]]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_not_installed_is_named_before_any_row_moves(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    rows = iter([{"a": 1}])
    with pytest.raises(ImportError) as raised:
        getattr(Flow(rows), f"to_{library}")()
    assert str(raised.value) == (
        f"to_{library}() needs the package {library}\n"
        f"  fix: install it: pip install 'dataflows[{library}]'."
    )
    assert next(rows) == {"a": 1}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_library_that_is_installed_but_broken_tells_why_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, library: str
) -> None:
    text = "raise ImportError('numpy 3 or newer is needed')\n"
    (tmp_path / f"{library}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, library, raising=False)
    with pytest.raises(ImportError) as raised:
        getattr(Flow([{"a": 1}]), f"to_{library}")()
    assert str(raised.value) == "numpy 3 or newer is needed"
