from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given

from dataflows.errors import ArgumentError, FlowError
from dataflows.expressions import compile_expression

from .expression_strategies import expressions, tables

TYPES = {
    "s": "string",
    "i": "integer",
    "n": "number",
    "b": "boolean",
    "d": "date",
    "w": "datetime",
    "h": "time",
    "x": "array",
    "y": "year",
}


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("n + 1", "number"),
        ("i * i - y", "integer"),
        ("i + 1.5", "number"),
        ("i / 2", "number"),
        ("i / 2 * i", "number"),
        ("i // 2 % 3", "integer"),
        ("i ** 2", "integer"),
        ("i ** i", "any"),
        ("-n", "number"),
        ("b + b", "integer"),
        ("s + 'x'", "string"),
        ("s * 3", "string"),
        ("d - d", "duration"),
        ("(d - d).days", "integer"),
        ("d + (d - d)", "date"),
        ("w.hour + d.year + h.minute", "integer"),
        ("i > 2 and s != 'x'", "boolean"),
        ("i == 'x'", "boolean"),
        ("s in ('a', 'b')", "boolean"),
        ("not x", "boolean"),
        ("s or 'none'", "string"),
        ("s or 1", "any"),
        ("i if b else n", "number"),
        ("None if i == 0 else i", "integer"),
        ("None", "any"),
        ("x", "any"),
        ("x + 1", "any"),
        ("x.lower()", "any"),
        ("unknown", "any"),
        ("len(x)", "integer"),
        ("round(n, 2)", "number"),
        ("round(n)", "integer"),
        ("abs(n)", "number"),
        ("min(i, n)", "number"),
        ("min(i, x)", "any"),
        ("s.strip().lower()", "string"),
        ("s.startswith('a')", "boolean"),
        ("s.split(',')", "any"),
        ("s[:2]", "string"),
        ("str(i)", "string"),
        ("float(s)", "number"),
        ("date(y, 1, 1)", "date"),
    ],
)
def test_the_type_of_the_result_is_known_before_any_row(text: str, type_: str) -> None:
    assert compile_expression(text).result_type(TYPES) == type_


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        (
            "s * s",
            "cannot compute a text * a text, in 's * s'",
            "set_type('s', type='number') before this, or write Decimal(s)",
        ),
        (
            "n + s",
            "cannot compute a number + a text, in 'n + s'",
            "set_type('s', type='number') before this, or write Decimal(s)",
        ),
        (
            "i > 0 and s > 2",
            "cannot compare a text > an integer, in 's > 2'",
            "set_type('s', type='number') before this, or write Decimal(s)",
        ),
        (
            "n > 'a'",
            "cannot compare a number > a text, in \"n > 'a'\"",
            "use a number in place of 'a', such as 1",
        ),
        (
            "i - 'NaN'",
            "cannot compute an integer - a text, in \"i - 'NaN'\"",
            "use a number in place of 'NaN', such as 1",
        ),
        (
            "n > '1.5'",
            "cannot compare a number > a text, in \"n > '1.5'\"",
            "write Decimal('1.5')",
        ),
        (
            "d > '2020-01-01'",
            "cannot compare a date > a text, in \"d > '2020-01-01'\"",
            "write the date as date(2020, 12, 31)",
        ),
        (
            "d > s",
            "cannot compare a date > a text, in 'd > s'",
            "set_type('s', type='date') before this",
        ),
        (
            "d > w",
            "cannot compare a date > a datetime, in 'd > w'",
            "compare their parts: .year, .month and .day",
        ),
        (
            "i / 2 * 1.5",
            "cannot compute a float * a number, in 'i / 2 * 1.5'",
            "divide exactly: Decimal(i) / 2",
        ),
        (
            "float(i) * n",
            "cannot compute a float * a number, in 'float(i) * n'",
            "make the float exact: Decimal(float(i))",
        ),
        (
            "-s",
            "cannot negate a text, in '-s'",
            "set_type('s', type='number') before this, or write Decimal(s)",
        ),
        ("None > i", "cannot compare None > an integer, in 'None > i'", "leave None out"),
        ("1 in i", "cannot look for a value in an integer, in '1 in i'", "write == to compare"),
        (
            "len(i)",
            "an integer has no length, in 'len(i)'",
            "write len(str(i)) for the length of its text",
        ),
        (
            "i.lower()",
            "an integer has no .lower(), in 'i.lower()'",
            "make it a text first: str(i).lower()",
        ),
        ("d.hour", "a date has no .hour, in 'd.hour'", "it has: year, month, day"),
        ("s.year", "a text has no .year, in 's.year'", "set_type('s', type='date') before this"),
        (
            "max(i, s)",
            "cannot compare an integer with a text, in 'max(i, s)'",
            "give values of one type",
        ),
    ],
)
def test_a_clash_of_types_is_an_error_before_any_row(text: str, what: str, fix: str) -> None:
    with pytest.raises(FlowError) as raised:
        compile_expression(text).result_type(TYPES)
    assert str(raised.value) == f"{what}\n  fix: {fix}."


KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float, Decimal),
    "boolean": (bool,),
    "date": (datetime.date,),
    "datetime": (datetime.datetime,),
    "duration": (datetime.timedelta,),
}


@given(expressions, tables())
def test_values_are_of_the_type_that_was_told(text: str, table: dict[str, Any]) -> None:
    types = {"i": "integer", "j": "integer", "n": "number", "m": "number", "s": "string"}
    types |= {"t": "string", "b": "boolean", "d": "date", "w": "datetime"}
    try:
        expression = compile_expression(text)
    except ArgumentError:
        assume(False)
    lists = [table[name][0] for name in expression.names]
    try:
        values = expression.rows(lists, len(table["i"][0]))
    except Exception:  # noqa: BLE001 - a row that fails has no type
        return
    try:
        type_ = expression.result_type(types)
    except FlowError:
        # It clashes on the rows that all conditions let through; here there was none.
        return
    for value in values:
        assert value is None or type_ == "any" or isinstance(value, KINDS[type_])
