from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given

from dataflows.errors import ArgumentError
from dataflows.expressions import compile_expression

from .expression_strategies import expressions, tables


def explained(text: str, row: dict[str, Any]) -> tuple[str, str]:
    expression = compile_expression(text)
    with pytest.raises(Exception) as raised:
        expression.row(row)
    assert isinstance(raised.value, Exception)
    return expression.explain_failure(raised.value, row)


@pytest.mark.parametrize(
    ("text", "row", "what", "fix"),
    [
        (
            "city == 'Paris' and qty > 2",
            {"qty": None, "city": "Paris"},
            "cannot compare None > 2: 'qty' is missing",
            "write: qty is not None and qty > 2",
        ),
        (
            "amount * qty",
            {"amount": Decimal("1.50"), "qty": None},
            "cannot compute 1.50 * None: 'qty' is missing",
            "write: amount * qty if qty is not None else None",
        ),
        (
            "amount * qty",
            {"amount": None, "qty": None},
            "cannot compute None * None: 'amount' and 'qty' are missing",
            "write: amount * qty if amount is not None and qty is not None else None",
        ),
        (
            "row['unit price'] > 1",
            {"unit price": None},
            "cannot compare None > 1: 'unit price' is missing",
            "write: row['unit price'] is not None and row['unit price'] > 1",
        ),
        (
            "1 < a < b",
            {"a": 2, "b": None},
            "cannot compare 2 < None: 'b' is missing",
            "write: b is not None and a < b",
        ),
        (
            "'x' if name.lower() == 'y' else 'z'",
            {"name": None},
            "cannot compute None.lower(): 'name' is missing",
            "write: name.lower() if name is not None else None",
        ),
        (
            "(a if b else c) > 3",
            {"a": 1, "b": False, "c": None},
            "cannot compare None > 3: 'a if b else c' is missing",
            "write: (a if b else c) is not None and (a if b else c) > 3",
        ),
        (
            "1 + a / b",
            {"a": 1, "b": 0},
            "cannot compute 1 / 0: 'b' is 0",
            "write: a / b if b != 0 else None",
        ),
        (
            "a % b",
            {"a": Decimal(0), "b": Decimal("0.0")},
            "cannot compute 0 % 0.0: 'b' is 0",
            "write: a % b if b != 0 else None",
        ),
        (
            "a > 2",
            {"a": "x"},
            "cannot compare 'x' > 2: str and int do not go together",
            "write Decimal(a) for a",
        ),
        (
            "Decimal(a) + 1",
            {"a": "1,5"},
            "cannot compute Decimal('1,5'): this is not a number",
            "correct the value before this step",
        ),
        (
            "a.year",
            {"a": 3},
            "cannot compute 3.year: 'int' object has no attribute 'year'",
            "correct the value before this step",
        ),
        (
            "a ** b",
            {"a": 10, "b": 10**9},
            "cannot compute 10 ** 1000000000: the power would have more than 65,536 bits",
            "correct the value before this step",
        ),
        (
            "cuontry == 'x'",
            {"country": "x"},
            "no field named 'cuontry'",
            "did you mean 'country'? The fields here are: country.",
        ),
    ],
)
def test_a_failure_is_told_with_its_values_and_the_fix(
    text: str, row: dict[str, Any], what: str, fix: str
) -> None:
    assert explained(text, row) == (what, fix)


def test_the_fix_for_a_missing_value_works() -> None:
    for text in ("qty > 2", "amount * qty", "(a or qty) < 3", "-qty", "abs(qty)", "1 + (2 + qty)"):
        row = {"qty": None, "amount": 2, "a": None}
        _, fix = explained(text, row)
        assert not compile_expression(fix.removeprefix("write: ")).row(row)


@given(expressions, tables())
def test_every_failure_can_be_told(text: str, table: dict[str, Any]) -> None:
    try:
        expression = compile_expression(text)
    except ArgumentError:
        assume(False)
    for at in range(len(table["i"][0])):
        row = {name: cells[at] for name, (cells, _) in table.items()}
        try:
            expression.row(row)
        except Exception as error:  # noqa: BLE001 - whatever the row raises
            what, fix = expression.explain_failure(error, row)
            assert what.startswith("cannot ")
            assert fix
