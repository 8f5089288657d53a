from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dataflows.expressions import compile_expression


def test_the_same_text_gives_the_same_expression() -> None:
    assert compile_expression("qty > 2") is compile_expression("qty > 2")
    assert repr(compile_expression("qty > 2")) == "Expression('qty > 2')"


def test_rows_without_fields_repeat_the_constant() -> None:
    assert compile_expression("1 + 1").rows([], 3) == [2, 2, 2]


def test_rows_raise_the_error_of_the_first_row_that_fails() -> None:
    expression = compile_expression("10 / a + b")
    lists: list[list[Any]] = [[1, 0, "x"], [1, None, 3]]
    with pytest.raises(ZeroDivisionError):
        expression.rows(lists, 3)
    assert expression.failed_at(lists, 3) == 1
    assert expression.failed_at([[1, 2], [3, 4]], 2) is None


def test_row_get_reads_a_field_that_need_not_be_there() -> None:
    assert compile_expression("row.get('x') is None").row({}) is True
    with pytest.raises(KeyError, match="'x'"):
        compile_expression("row.get('x') is None or x > 1").row({})


def test_conditions_stop_where_python_stops() -> None:
    expression = compile_expression("qty is not None and qty > 2")
    assert expression.rows([[None, 3, 1]], 3) == [False, True, False]
    assert compile_expression("name or 'none'").rows([["a", "", None]], 3) == ["a", "none", "none"]


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("x * y", ("ab", 10**9), "the result would be longer than 10,000,000"),
        ("y * x", ([1], 10**9), "the result would be longer than 10,000,000"),
        ("x * 7000 * y", ("ab", 7000), "the result would be longer than 10,000,000"),
        ("str(x) * y", (1, 10**9), "the result would be longer than 10,000,000"),
        ("x ** y", (10, 10**9), "the power would have more than 65,536 bits"),
        ("x ** y ** y", (9, 9), "the power would have more than 65,536 bits"),
        ("int(x)", (Decimal("1e999999"),), "the integer would have more than 4,300 digits"),
        ("round(x)", (Decimal("-1e999999"),), "the integer would have more than 4,300 digits"),
        ("round(x, y)", (5, -(10**9)), "cannot round to more than 4,300 digits"),
        (
            "x.replace('', y)",
            ("a" * 5000, "b" * 5000),
            "the result would be longer than 10,000,000",
        ),
    ],
)
def test_one_row_cannot_ask_for_a_giant(text: str, values: tuple[Any, ...], message: str) -> None:
    expression = compile_expression(text)
    with pytest.raises(ValueError, match=f"^{message}$"):
        expression.row(dict(zip("xy", values, strict=False)))
    with pytest.raises(ValueError, match=f"^{message}$"):
        expression.rows([[value] for _, value in zip(expression.names, values, strict=False)], 1)


def test_percent_divides_and_never_formats() -> None:
    expression = compile_expression("x % y")
    assert expression.rows([[7, Decimal("7.5")], [4, 2]], 2) == [3, Decimal("1.5")]
    with pytest.raises(TypeError, match=r"^% divides numbers here; it does not format text$"):
        expression.rows([["%1000000000d"], [5]], 1)


def test_small_powers_and_repeated_texts_are_computed() -> None:
    assert compile_expression("x ** 2 + 2 ** x").row({"x": 10}) == 1124
    assert compile_expression("x ** y").row({"x": 1, "y": 10**12}) == 1
    assert compile_expression("x * 3 + '-'.replace('-', x)").row({"x": "ab"}) == "abababab"


def test_a_list_is_made_anew_for_every_row() -> None:
    first, second = compile_expression("'a b'.split()").rows([], 2)
    assert first == second == ["a", "b"]
    assert first is not second
