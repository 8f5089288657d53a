from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.processors.modifiers.fill_missing import fill_missing
from dataflows.processors.modifiers.gap_runs import DownFill, UpFill
from dataflows.processors.modifiers.set_type import set_type
from dataflows.processors.rows.filter_rows import filter_rows
from dataflows.types import codec_for
from processor_contract import VIEWS, Watched


def rows_of(*links: Any) -> list[dict[str, Any]]:
    return Flow(*links).results()[0][0]


def filled(
    *values: Any, type: str = "integer", view: str = "rows", size: int = 2, step: Any
) -> list[Any]:
    source = Watched([{"a": value} for value in values], view, size, types={"a": type}).link()
    return [row["a"] for row in rows_of(source, step)]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("type", "there", "value", "made"),
    [
        ("integer", 1, "7", 7),
        ("number", Decimal("1.50"), 0, Decimal(0)),
        ("string", "x", "?", "?"),
        ("date", datetime.date(2026, 1, 1), "2000-01-31", datetime.date(2000, 1, 31)),
        ("boolean", True, False, False),
        ("array", [1], [], []),
    ],
)
def test_a_value_fills_the_gaps(view: str, type: str, there: Any, value: Any, made: Any) -> None:
    step = fill_missing("a", value)
    assert filled(there, None, type=type, view=view, step=step) == [there, made]


def test_every_field_may_have_its_own_value() -> None:
    rows = [{"a": 1, "b": "x", "c": 2}, {"a": None, "b": None, "c": None}]
    assert rows_of(rows, fill_missing({"a": 0, "[bc]": "5"})) == [
        {"a": 1, "b": "x", "c": 2},
        {"a": 0, "b": "5", "c": 5},
    ]


def test_without_names_a_value_fills_the_fields_of_its_type() -> None:
    rows = [{"a": 1, "b": "x", "c": 1.5, "d": True}, dict.fromkeys("abcd")]
    assert rows_of(rows, fill_missing(value=0))[1] == {
        "a": 0,
        "b": None,
        "c": Decimal(0),
        "d": None,
    }
    assert rows_of(rows, fill_missing(value="0"))[1] == {"a": None, "b": "0", "c": None, "d": None}


def test_texts_that_stand_for_a_missing_value_are_gaps_too() -> None:
    def empty(row: dict[str, Any]) -> None:
        row["a"] = ""

    assert rows_of([{"a": "x"}], empty, fill_missing("a", "?")) == [{"a": "?"}]


def test_each_gap_gets_a_list_of_its_own() -> None:
    def change(row: dict[str, Any]) -> None:
        row["a"].append(row["n"])

    rows = [{"n": n, "a": [0] if n == 1 else None} for n in (1, 2, 3)]
    for step in (fill_missing("a", [0]), fill_missing("a", method="down")):
        found = rows_of(rows, step, change)
        assert [row["a"] for row in found] == [[0, 1], [0, 2], [0, 3]]
    rows.reverse()
    found = rows_of(rows, fill_missing("a", method="up"), change)
    assert [row["a"] for row in found] == [[0, 3], [0, 2], [0, 1]]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("size", [1, 2, 9])
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"method": "down"}, [None, 1, 1, 1, 2, 2]),
        ({"method": "down", "limit": 1}, [None, 1, 1, None, 2, 2]),
        ({"method": "up"}, [1, 1, 2, 2, 2, None]),
        ({"method": "up", "limit": 1}, [1, 1, None, 2, 2, None]),
    ],
)
def test_values_go_down_and_up_over_batches(
    view: str, size: int, options: dict[str, Any], wanted: list[Any]
) -> None:
    step = fill_missing("a", **options)
    assert filled(None, 1, None, None, 2, None, view=view, size=size, step=step) == wanted


@pytest.mark.parametrize("size", [1, 2, 9])
@pytest.mark.parametrize(
    ("method", "wanted"), [("down", [1, None, 1, 2, 2, 1]), ("up", [1, 2, None, 2, None, None])]
)
def test_values_go_only_between_rows_of_a_group(size: int, method: str, wanted: list[Any]) -> None:
    groups, values = "xyxyyx", [1, None, None, 2, None, None]
    rows = [{"g": g, "a": a} for g, a in zip(groups, values, strict=True)]
    source = Watched(rows, size=size, types={"g": "string", "a": "integer"}).link()
    found = rows_of(source, fill_missing(method=method, by="g"))
    assert [row["a"] for row in found] == wanted
    assert [row["g"] for row in found] == list(groups)


def test_values_go_right_and_left_in_a_row() -> None:
    rows = [{"x": "s", "a": 1, "b": None, "c": None, "d": 4}]
    names = ["a", "b", "c", "d"]
    for options, wanted in (
        ({"method": "right"}, [1, 1, 1, 4]),
        ({"method": "left"}, [1, 4, 4, 4]),
        ({"method": "right", "limit": 1}, [1, 1, None, 4]),
        ({"method": "left", "limit": 1}, [1, None, 4, 4]),
    ):
        types = {"x": "string", **dict.fromkeys(names, "integer")}
        for view in VIEWS:
            source = Watched(rows, view, types=types).link()
            assert rows_of(source, fill_missing(names, **options)) == [
                {"x": "s", **dict(zip(names, wanted, strict=True))}
            ]


def test_the_text_of_other_cells_and_of_neighbours_stays() -> None:
    codec = codec_for({"type": "number"})
    down = DownFill(codec, None)
    column = Column(codec, text=pa.array(["1.50", None, "007.0"]))
    assert down.apply(column).text.to_pylist() == ["1.50", "1.50", "007.0"]
    again = Column(codec, text=pa.array([None, "2"]))
    assert down.apply(again).text.to_pylist() == ["007.0", "2"]
    assert down.apply(Column(codec, values=[None])).values == [Decimal(2)]


def test_the_filled_text_is_what_a_later_set_type_reads() -> None:
    source = Watched([{"a": 7}, {"a": None}], "text", types={"a": "integer"}).link()
    flow = Flow(source, fill_missing("a", 0), set_type("a", type="string"))
    assert flow.results()[0] == [[{"a": "7"}, {"a": "0"}]]


def test_up_lets_go_of_a_row_as_soon_as_its_gaps_are_closed() -> None:
    pulled = []

    def source() -> Any:
        for value in (1, None, None, 4, 5):
            pulled.append(value)
            yield Batch.from_rows([{"a": value}], ["a"])

    up = UpFill({"a": codec_for({"type": "integer"})}, [], None).batches(source())
    found = [(batch.rows()[0]["a"], len(pulled)) for batch in up]
    assert found == [(1, 1), (4, 4), (4, 4), (4, 4), (5, 5)]


def test_with_a_limit_up_waits_no_longer_than_that() -> None:
    pulled = []

    def source() -> Any:
        for value in (None, None, None, None):
            pulled.append(value)
            yield Batch.from_rows([{"a": value}], ["a"])

    up = UpFill({"a": codec_for({"type": "integer"})}, [], 2).batches(source())
    assert [len(pulled) for _ in up] == [3, 4, 4, 4]


@pytest.mark.parametrize("method", ["down", "up"])
def test_later_errors_name_the_row_of_the_source(method: str) -> None:
    def fail(row: dict[str, Any]) -> None:
        if row["n"] == 4:
            raise ValueError(row["a"])

    rows = [{"n": n, "a": None if n in (1, 3) else n} for n in range(1, 6)]
    source = Watched(rows, size=3, types={"n": "integer", "a": "integer"}).link()
    step = fill_missing("a", method=method)
    with pytest.raises(ProcessorError) as caught:
        Flow(source, filter_rows("n > 1"), step, fail).process()
    assert (caught.value.where.row, str(caught.value.cause)) == (4, "4")


def test_no_rows_and_a_resource_without_the_field() -> None:
    for options in ({"value": 1}, {"method": "down"}, {"method": "up"}, {"method": "right"}):
        source = Watched([], types={"a": "integer"}).link()
        found = Flow(source, [{"c": 1}], fill_missing("a", **options)).results()[0]
        assert found == [[], [{"c": 1}]]


EXAMPLE = "write for instance fill_missing('qty', 0) or fill_missing('country', method='down')."


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [
        ({}, "no value and no method is given", EXAMPLE),
        ({"fields": {"a": 1}, "value": 2}, "a value is given twice", EXAMPLE),
        ({"value": 1, "method": "down"}, "a value and a method are given", EXAMPLE),
        (
            {"method": "dwon"},
            "method='dwon' is none of 'down', 'up', 'right', 'left'",
            "did you mean method='down'?",
        ),
        (
            {"method": "ffill"},
            "method='ffill' is none of 'down', 'up', 'right', 'left'",
            "write method='down'.",
        ),
        (
            {"value": 1, "by": "a"},
            "by= goes with method='down' and method='up' only",
            "leave it out.",
        ),
        ({"value": 1, "limit": 1}, "limit= goes with a method only", "leave it out."),
        (
            {"method": "up", "limit": 0},
            "limit must be 1 or more, got 0",
            "leave it out to fill every gap.",
        ),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(
    options: dict[str, Any], what: str, fix: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        fill_missing(**options)
    assert str(caught.value) == f"{what}\n  fix: {fix}"


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            fill_missing("a", "x"),
            (
                "the field 'a' (integer) cannot hold 'x': 'x' is not an integer\n"
                "  at processor 2 of 2: fill_missing('a', 'x')\n"
                "     resource 'res_1'\n"
                "  fix: give a value of the type 'integer'."
            ),
        ),
        (
            fill_missing("aa", 1),
            (
                "no field named 'aa'\n"
                "  at processor 2 of 2: fill_missing('aa', 1)\n"
                "  fix: did you mean 'a'? The fields here are: a, b."
            ),
        ),
        (
            fill_missing("a", method="down", by="bb"),
            (
                "no field named 'bb'\n"
                "  at processor 2 of 2: fill_missing('a', method='down', by='bb')\n"
                "     resource 'res_1'\n"
                "  fix: did you mean 'b'? The fields here are: a, b."
            ),
        ),
        (
            fill_missing(["a", "b"], method="right"),
            (
                "the fields 'a' and 'b' do not have the same type\n"
                "  at processor 2 of 2: fill_missing(['a', 'b'], method='right')\n"
                "     resource 'res_1'\n"
                "  fix: name fields of one type, or set_type before this."
            ),
        ),
        (
            fill_missing(value=True),
            (
                "no field can hold True\n"
                "  at processor 2 of 2: fill_missing(value=True)\n"
                "  fix: name the fields that are to be filled."
            ),
        ),
    ],
)
def test_a_mistake_is_refused_before_the_first_row(step: Any, message: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1, "b": "x"}], step).datastream()
    assert str(caught.value) == message


def test_equal_numbers_are_of_one_group_whatever_type_python_has_for_them() -> None:
    keys = [1, 1.0, Decimal("1.00"), True, "1", 0.5, Decimal("0.5"), float("nan"), Decimal("NaN")]
    rows = [{"g": key, "a": None} for key in keys]
    rows[0]["a"], rows[3]["a"], rows[5]["a"], rows[7]["a"] = 1, 2, 3, 4
    links = [rows, set_type("g", type="any"), fill_missing("a", method="down", by="g")]
    (found,), _, _ = Flow(*links).results()
    assert [row["a"] for row in found] == [1, 1, 1, 2, None, 3, 3, 4, 4]


def by_hand(values: list[Any], groups: list[Any], limit: int | None) -> list[Any]:
    """Fill down the plain way."""
    last: dict[Any, Any] = {}
    made = []
    for value, group in zip(values, groups, strict=True):
        given, used = last.get(group, (None, 0))
        if value is None and (limit is None or used < limit):
            made.append(given)
        else:
            made.append(value)
        last[group] = (given, used + 1) if value is None else (value, 0)
    return made


@given(
    cells=st.lists(st.tuples(st.sampled_from("xy"), st.none() | st.integers(0, 9)), max_size=12),
    limit=st.none() | st.integers(1, 3),
    size=st.integers(1, 5),
    view=st.sampled_from(VIEWS),
    by=st.booleans(),
)
def test_it_fills_as_one_would_by_hand(
    cells: list[tuple[str, int | None]], limit: int | None, size: int, view: str, by: bool
) -> None:
    rows = [{"g": group, "a": value} for group, value in cells]
    groups = [row["g"] if by else None for row in rows]
    values = [row["a"] for row in rows]
    options: dict[str, Any] = {"limit": limit, "by": "g" if by else None}
    for method, wanted in (
        ("down", by_hand(values, groups, limit)),
        ("up", by_hand(values[::-1], groups[::-1], limit)[::-1]),
    ):
        source = Watched(rows, view, size, types={"g": "string", "a": "integer"}).link()
        found = rows_of(source, fill_missing("a", method=method, **options))
        assert [row["a"] for row in found] == wanted
