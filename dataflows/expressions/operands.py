"""What an expression works on in columns: Arrow arrays and constants, and their kinds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.types import NotColumnar

__all__ = [
    "FAILURES",
    "WIDEST",
    "Constant",
    "Operand",
    "as_array",
    "kind_of",
    "truth",
    "unified",
    "without_nulls",
]

WIDEST = 38

# What says that a batch has to be computed row by row, from us or from Arrow itself: an overflow,
# a kernel that is not there, a text with a lone surrogate.
FAILURES = (NotColumnar, pa.ArrowException, OverflowError, UnicodeEncodeError)


@dataclass(frozen=True, slots=True)
class Constant:
    """One value for every row."""

    value: Any


Operand: TypeAlias = "pa.Array | Constant"

_CONSTANT_KINDS = {
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    Decimal: "decimal",
    datetime.date: "date",
    datetime.datetime: "datetime",
    type(None): "none",
}
_ARROW_TYPES = {
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "float": pa.float64(),
    "string": pa.string(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "none": pa.null(),
}
_KINDS = {arrow_type: kind for kind, arrow_type in _ARROW_TYPES.items()}


def kind_of(operand: Operand) -> str:
    """Return the kind of an operand's values; the same kind is the same Python type.

    Raises:
        NotColumnar: The values are of no kind that is computed in columns.
    """
    if isinstance(operand, Constant):
        kind = _CONSTANT_KINDS.get(type(operand.value))
    elif pa.types.is_decimal128(operand.type):
        kind = "decimal" if operand.type.scale >= 0 else None
    else:
        kind = _KINDS.get(operand.type)
    if kind is None:
        shown = operand.value if isinstance(operand, Constant) else operand.type
        raise NotColumnar(f"{shown!s} is of no kind that is computed in columns")
    return kind


def decimal_scalar(value: Decimal | int) -> pa.Scalar:
    """Return a number as an Arrow decimal with just its own digits.

    Raises:
        NotColumnar: Arrow does not hold it, with its exponent and the sign of its zero.
    """
    number = Decimal(value)
    if not number.is_finite() or (number.is_zero() and number.is_signed()):
        raise NotColumnar(f"Arrow has no decimal {number}")
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if exponent > 0 or max(len(digits), -exponent) > WIDEST:
        raise NotColumnar(f"Arrow does not hold the digits of {number}")
    return pa.scalar(number, pa.decimal128(max(len(digits), -exponent), -exponent))


def scalar_of(constant: Constant) -> pa.Scalar:
    """Return a constant as an Arrow scalar of the type that columns of its kind have."""
    kind = kind_of(constant)
    if kind == "decimal":
        return decimal_scalar(constant.value)
    return pa.scalar(constant.value, _ARROW_TYPES[kind])


def as_array(operand: Operand, length: int) -> pa.Array:
    """Return an operand as an array, a constant repeated."""
    if isinstance(operand, Constant):
        return pa.repeat(scalar_of(operand), length)
    return operand


def without_nulls(operand: Operand) -> str:
    """Return the kind of an operand, of which no value may be missing.

    Raises:
        NotColumnar: One is missing, and Python would fail at its row.
    """
    kind = kind_of(operand)
    if kind == "none" or (isinstance(operand, pa.Array) and operand.null_count):
        raise NotColumnar("a value is missing")
    return kind


def truth(operand: Operand, length: int) -> pa.BooleanArray:
    """Return where Python takes the values as true, without nulls."""
    kind = kind_of(operand)
    if isinstance(operand, Constant):
        return pa.repeat(pa.scalar(bool(operand.value)), length)
    if kind == "boolean":
        mask = operand
    elif kind in ("date", "datetime"):
        return pc.is_valid(operand)
    elif kind == "string":
        mask = pc.not_equal(operand, "")
    elif kind == "decimal":
        mask = pc.not_equal(operand, pa.scalar(Decimal(0), operand.type))
    else:
        mask = pc.not_equal(operand, pa.scalar(0, operand.type))
    return pc.fill_null(mask, fill_value=False) if mask.null_count else mask


def unified(left: Operand, right: Operand) -> tuple[pa.Array | pa.Scalar, pa.Array | pa.Scalar]:
    """Return two operands as Arrow data of one type, so that each row may take either.

    Raises:
        NotColumnar: The Python types or the exponents of the values would differ.
    """
    kinds = {kind_of(left), kind_of(right)} - {"none"}
    if len(kinds) > 1:
        raise NotColumnar("the two values are of different kinds")
    data = [scalar_of(side) if isinstance(side, Constant) else side for side in (left, right)]
    typed = [item.type for item in data if not pa.types.is_null(item.type)]
    if not typed:
        return data[0], data[1]
    common = typed[0]
    if kinds == {"decimal"}:
        if len({item.scale for item in typed}) > 1:
            raise NotColumnar("the two numbers have different digits after the point")
        common = pa.decimal128(max(item.precision for item in typed), common.scale)
    retyped = [_retyped(item, common) for item in data]
    return retyped[0], retyped[1]


def _retyped(item: pa.Array | pa.Scalar, common: pa.DataType) -> pa.Array | pa.Scalar:
    """Return data in a type that holds the same values."""
    if item.type == common:
        return item
    if isinstance(item, pa.Scalar):
        return pa.scalar(item.as_py(), common)
    return item.view(common)
