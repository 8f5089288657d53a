from __future__ import annotations

import datetime
import decimal
import re
import warnings
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings

from dataflows.errors import ArgumentError
from dataflows.expressions import compile_expression
from dataflows.types import NotColumnar

from .expression_strategies import expressions, tables


def shown(values: list[Any]) -> list[tuple[type, str]]:
    """Tell values apart by type, exponent and sign of zero, not only by equality."""
    return [(type(value), repr(value)) for value in values]


def in_python(text: str, table: dict[str, Any], length: int) -> list[Any]:
    """Evaluate an expression row by row as plain Python whose literals are Decimals."""
    exact = re.sub(r"(?<![\w'])(\d+\.\d+|\d+e\d+)", r"Decimal('\1')", text)
    namespace = {"Decimal": Decimal, "date": datetime.date, "datetime": datetime.datetime}
    with warnings.catch_warnings(action="ignore"):  # Python warns of '-3 is None'
        code = compile(exact, "<test>", "eval")
    return [
        eval(code, namespace, {name: cells[at] for name, (cells, _) in table.items()})  # noqa: S307 - the texts are made here
        for at in range(length)
    ]


def outcome(function: Any, *arguments: Any) -> Any:
    try:
        return shown(function(*arguments))
    except Exception as error:  # noqa: BLE001 - the type of any of them is the outcome
        return type(error)


@settings(max_examples=400, deadline=None)
@given(expressions, tables())
@example("(i * n)", {"i": ([0], pa.array([0])), "n": ([Decimal(-1)], pa.array([Decimal(-1)]))})
def test_columns_and_rows_mean_what_python_means(text: str, table: dict[str, Any]) -> None:
    length = len(table["i"][0])
    try:
        expression = compile_expression(text)
    except ArgumentError:
        assume(False)
    lists = [table[name][0] for name in expression.names]
    arrays = [table[name][1] for name in expression.names]

    expected = outcome(in_python, text, table, length)
    assert outcome(expression.rows, lists, length) == expected
    try:
        columns = expression.columns(arrays, length)
    except NotColumnar:
        pass
    else:
        assert shown(columns.to_pylist()) == expected
    try:
        mask = expression.mask(arrays, length)
    except NotColumnar:
        return
    assert mask.type == pa.bool_()
    assert mask.null_count == 0
    assert mask.to_pylist() == list(map(bool, in_python(text, table, length)))


COLUMNS: dict[str, list[Any]] = {
    "qty": [1, 2, 3],
    "gap": [1, None, 3],
    "ok": [True, None, False],
    "amount": [Decimal("1.50"), Decimal("2.00"), Decimal("-3.25")],
    "fine": [Decimal("0.001"), Decimal("10.000"), Decimal("0.125")],
    "city": ["Paris", "Città", ""],
    "note": [None, "x", "y"],
    "code": [" DE-1", "FR-22", "A"],
    "day": [datetime.date(2020, 2, 29), None, datetime.date(1969, 12, 31)],
    "date": [datetime.date(2020, 2, 29), datetime.date(2021, 1, 1), datetime.date(1, 1, 1)],
    "at": [
        datetime.datetime(2020, 1, 1, 2, 3, 4),  # noqa: DTZ001 - naive, as Table Schema has them
        datetime.datetime(1960, 1, 1, 23, 59, 59, 5),  # noqa: DTZ001 - the same
        datetime.datetime(1, 1, 1),  # noqa: DTZ001 - the same
    ],
}

IN_COLUMNS = [
    "qty > 2 and city != 'Paris'",
    "amount * qty",
    "amount * 1.190 + fine - 2",
    "fine * amount * qty",
    "-amount",
    "abs(amount) > 1.505",
    "round(amount * 1.19, 2)",
    "round(amount, 0)",
    "round(amount, 4)",
    "amount == 2 or amount in (1.5, -3.250, None, 'x')",
    "1e1 > amount",
    "amount < fine",
    "amount == qty",
    "qty in (1, 2.0, True, 'x', 10 ** 30)",
    "qty / 2",
    "qty / 2 > 0.5",
    "qty // 2 + qty % 2",
    "-qty * 3",
    "1 < qty <= 2.5",
    "qty == True",
    "qty == city",
    "gap != note",
    "gap == gap",
    "gap is not None and gap > 2",
    "gap is None or gap * 2 > 2",
    "gap * 2 if gap is not None else None",
    "gap * 2 if gap else qty if qty > 1 else 0",
    "None if note == 'x' else note",
    "note or 'none'",
    "note and city",
    "not note",
    "ok is True",
    "ok == False",
    "ok or ok",
    "bool(city)",
    "city + '-' + code",
    "len(city)",
    "city < code",
    "code.strip().lower()",
    "code.lstrip(' D') + code.rstrip('12')",
    "code.startswith('FR') or code.endswith('1')",
    "code.replace('-', '')",
    "code[:2] + code[3:]",
    "'-' in code",
    "'-' not in code",
    "city in {'Paris', 'Rome'}",
    "min(qty, 2) + max(qty, 2)",
    "min(amount, 1.75)",
    "max(city, code)",
    "str(qty) + city",
    "Decimal(qty) + 0.5",
    "int(qty > 1)",
    "date.year + date.month + date.day",
    "at.year * 10000 + at.hour * 100 + at.minute + at.second",
    "date > date(2020, 2, 28)",
    "day == date(2020, 2, 29)",
    "day in (date(2020, 2, 29), None)",
    "at < datetime(1969, 1, 1)",
    "'many' if qty > 1 else 'one'",
    "3",
    "None",
    "1.50",
    "qty",
]


def columns_of(names: tuple[str, ...]) -> tuple[list[list[Any]], list[pa.Array]]:
    return [COLUMNS[name] for name in names], [pa.array(COLUMNS[name]) for name in names]


@pytest.mark.parametrize("text", IN_COLUMNS)
def test_everyday_expressions_run_on_columns(text: str) -> None:
    expression = compile_expression(text)
    lists, arrays = columns_of(expression.names)
    rows = expression.rows(lists, 3)
    assert shown(expression.columns(arrays, 3).to_pylist()) == shown(rows)
    assert expression.mask(arrays, 3).to_pylist() == list(map(bool, rows))


@pytest.mark.parametrize("text", IN_COLUMNS)
def test_slices_and_empty_arrays_run_on_columns(text: str) -> None:
    expression = compile_expression(text)
    lists, arrays = columns_of(expression.names)
    for start, stop in ((1, 3), (0, 0)):
        length = stop - start
        sliced = [array.slice(start, length) for array in arrays]
        expected = expression.rows([cells[start:stop] for cells in lists], length)
        assert shown(expression.columns(sliced, length).to_pylist()) == shown(expected)
        assert expression.mask(sliced, length).to_pylist() == list(map(bool, expected))


@pytest.mark.parametrize(
    "text",
    [
        "gap > 2",
        "gap + 1",
        "note + 'x'",
        "note.lower()",
        "gap > 2 and qty > 2",
        "amount * 0",
        "amount / 2",
        "amount % 2",
        "qty ** 2",
        "-qty // 2",
        "qty / (qty - 1)",
        "qty + 9223372036854775807",
        "amount * 1234567890123456789012345678.9",
        "amount + 1e3",
        "round(fine, 2) - round(-fine, 2)",
        "amount if qty > 1 else qty",
        "amount if qty > 1 else fine",
        "qty > 1 and amount",
        "city.upper()",
        "code.title()",
        "code[-1]",
        "city * 2",
        "date == at",
        "date - date",
        "city > 1",
        "qty in (amount, 2)",
        "float(qty)",
    ],
)
def test_what_could_differ_is_left_to_rows(text: str) -> None:
    expression = compile_expression(text)
    with pytest.raises(NotColumnar):
        expression.columns(columns_of(expression.names)[1], 3)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([1.5]),
        pa.array([1], pa.int32()),
        pa.array(["a"], pa.large_string()),
        pa.array([0], pa.timestamp("us", "UTC")),
        pa.array([0], pa.timestamp("ms")),
        pa.array([[1]]),
        pa.chunked_array([[1]]),
        pa.array([Decimal(1000)], pa.decimal128(3, -3)),
    ],
    ids=lambda array: str(array.type),
)
def test_columns_of_other_kinds_are_left_to_rows(array: pa.Array) -> None:
    for text in ("x", "x == 1", "x or 1"):
        with pytest.raises(NotColumnar):
            compile_expression(text).columns([array], 1)


def test_a_column_of_nothing_but_missing_values_is_none() -> None:
    expression = compile_expression("x is None and x != 'a' and x not in ('a', 'b') and not x")
    assert expression.columns([pa.nulls(2)], 2).to_pylist() == [True, True]
    assert compile_expression("x or 'none'").columns([pa.nulls(1)], 1).to_pylist() == ["none"]


def test_a_sum_of_many_digits_is_exact_up_to_those_of_the_context() -> None:
    most = [Decimal("9999999999999999999999999.99"), Decimal("-1.00")]
    array = pa.array(most, pa.decimal128(38, 2))
    for text in ("x + 1", "x - 0.01", "x * 9"):
        expression = compile_expression(text)
        try:
            columns = expression.columns([array], 2).to_pylist()
        except NotColumnar:
            continue
        assert shown(columns) == shown(expression.rows([most], 2))
    assert compile_expression("x + 1").columns([array], 2).to_pylist() == [
        Decimal("10000000000000000000000000.99"),
        Decimal("0.00"),
    ]


@pytest.mark.parametrize(
    ("text", "options"),
    [("x * 1.111", {"prec": 3}), ("round(x, 1)", {"rounding": decimal.ROUND_FLOOR})],
)
def test_the_decimal_context_of_the_caller_is_minded(text: str, options: dict[str, Any]) -> None:
    expression = compile_expression(text)
    values = [Decimal("1.15"), Decimal("2.27")]
    with decimal.localcontext(**options):
        rows = expression.rows([values], 2)
        with pytest.raises(NotColumnar):
            expression.columns([pa.array(values)], 2)
    assert shown(rows) != shown(expression.rows([values], 2))


def test_deeply_nested_conditions_take_no_time() -> None:
    text = "x"
    for _ in range(40):
        text = f"(1 + {text} if x is not None and x > 1 else 0)"
    expression = compile_expression(text)
    array = pa.array([None, 1, 2])
    assert expression.columns([array], 3).to_pylist() == expression.rows([[None, 1, 2]], 3)
