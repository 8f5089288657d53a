"""Arithmetic and comparisons of columns with the very results of Python's own."""

from __future__ import annotations

import ast
import decimal
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.expressions.operands import (
    WIDEST,
    Constant,
    Operand,
    decimal_scalar,
    kind_of,
    scalar_of,
    without_nulls,
)
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["arithmetic", "compare", "exact_digits", "member", "negative", "rounded"]

_NUMERIC = frozenset({"boolean", "integer", "decimal"})
_INT64_DIGITS = 19
_FLOAT_INTEGERS = 2**53  # up to here every integer is a float, so that dividing rounds once
_MOST_DIGITS = 28

_COMPARISONS = {
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
}
_CHECKED = {ast.Add: pc.add_checked, ast.Sub: pc.subtract_checked, ast.Mult: pc.multiply_checked}


def exact_digits() -> int:
    """Return how many digits a decimal result may have and still be exact.

    Raises:
        NotColumnar: The rounding of the decimal context is not the usual one.
    """
    context = decimal.getcontext()
    if context.rounding != decimal.ROUND_HALF_EVEN:
        raise NotColumnar("the decimal context rounds in its own way")
    return min(context.prec, _MOST_DIGITS)


def compare(operator: ast.cmpop, left: Operand, right: Operand, length: int) -> pa.BooleanArray:
    """Return what ``==``, ``<`` and their like give for two operands, one of them an array."""
    kernel = _COMPARISONS[type(operator)]
    equality = isinstance(operator, (ast.Eq, ast.NotEq))
    if not equality:
        without_nulls(left), without_nulls(right)
    kinds = kind_of(left), kind_of(right)
    if "none" in kinds:
        array = right if isinstance(left, Constant) else left
        return pc.is_null(array) if isinstance(operator, ast.Eq) else pc.is_valid(array)
    if kinds[0] != kinds[1] and not _NUMERIC.issuperset(kinds):
        if "float" in kinds:
            left, right = _with_float(left, right)
        elif not equality or {"date", "datetime"} == set(kinds):
            raise NotColumnar("values of different kinds are compared")
        else:
            return pa.repeat(pa.scalar(isinstance(operator, ast.NotEq)), length)
    elif "decimal" in kinds:
        left, right = _decimals_to_compare(left, right)
    else:
        left, right = _integers(left), _integers(right)
    result = kernel(_datum(left), _datum(right))
    if not result.null_count:
        return result
    # None equals None and nothing else.
    result = pc.fill_null(result, isinstance(operator, ast.NotEq))
    if isinstance(left, Constant) or isinstance(right, Constant):
        return result
    both = pc.and_(pc.is_null(left), pc.is_null(right))
    return pc.or_(result, both) if isinstance(operator, ast.Eq) else pc.and_not(result, both)


def _datum(operand: Any) -> pa.Array | pa.Scalar:
    return scalar_of(operand) if isinstance(operand, Constant) else operand


def _integers(operand: Operand) -> Operand:
    """Return booleans as the integers that they are in Python, all else as it is."""
    if kind_of(operand) != "boolean":
        return operand
    if isinstance(operand, Constant):
        return Constant(int(operand.value))
    return operand.cast(pa.int64())


def _with_float(left: Operand, right: Operand) -> tuple[Operand, Operand]:
    """Return two numbers as floats where that changes neither."""
    sides: list[Operand] = []
    for side in (left, right):
        if kind_of(side) == "float":
            sides.append(side)
            continue
        if not isinstance(side, Constant) or kind_of(side) not in _NUMERIC:
            raise NotColumnar("a float is compared with what is none")
        value = float(side.value)
        if Decimal(value) != side.value:
            raise NotColumnar(f"{side.value!r} is no float")
        sides.append(Constant(value))
    return sides[0], sides[1]


def _decimals_to_compare(left: Operand, right: Operand) -> tuple[Any, Any]:
    """Return two numbers, one of them decimal, as Arrow decimals that compare without loss."""
    sides = [_as_decimal_data(side) for side in (left, right)]
    scales = {side.type.scale for side in sides}
    if len(scales) > 1:
        scale = max(scales)
        # A constant such as 2 takes the scale of its column; the column stays as it is.
        sides = [
            pa.scalar(side.as_py(), pa.decimal128(WIDEST, scale))
            if isinstance(side, pa.Scalar) and side.type.scale < scale
            else side
            for side in sides
        ]
    if len({side.type.scale for side in sides}) > 1:
        return sides[0], sides[1]
    widest = pa.decimal128(WIDEST, sides[0].type.scale)
    sides = [
        pa.scalar(side.as_py(), widest) if isinstance(side, pa.Scalar) else side.view(widest)
        for side in sides
    ]
    return sides[0], sides[1]


def _as_decimal_data(operand: Operand) -> pa.Array | pa.Scalar:
    operand = _integers(operand)
    if isinstance(operand, Constant):
        value = operand.value
        if isinstance(value, Decimal) and value.is_finite() and not value.is_zero():
            # Comparing asks for the number only: 1E+3 is 1000.
            shift = value.as_tuple().exponent
            if isinstance(shift, int) and shift > 0 and value.adjusted() < WIDEST:
                value = int(value)
        return decimal_scalar(value)
    if kind_of(operand) == "integer":
        return operand.cast(pa.decimal128(_INT64_DIGITS, 0))
    return operand


def member(operand: pa.Array, values: Collection[Any]) -> pa.BooleanArray:
    """Return where a column's value equals one of some constants."""
    kind = kind_of(operand)
    has_none = any(value is None for value in values)
    if kind == "float" or any(isinstance(value, float) for value in values):
        raise NotColumnar("floats are looked for")
    if kind in _NUMERIC:
        array, wanted = _numbers_wanted(operand, kind, values)
    else:
        array = operand
        wanted = [value for value in values if kind_of(Constant(value)) == kind]
    result = pc.is_in(array, value_set=pa.array(wanted, array.type))
    return pc.or_(result, pc.is_null(operand)) if has_none else result


def _numbers_wanted(
    operand: pa.Array, kind: str, values: Collection[Any]
) -> tuple[pa.Array, list[Any]]:
    numbers = [
        Decimal(value)
        for value in values
        if isinstance(value, (int, Decimal)) and Decimal(value).is_finite()
    ]
    if kind != "decimal":
        array = _integers(operand)
        whole = [number for number in numbers if number == number.to_integral_value()]
        return array, [int(number) for number in whole if -(2**63) <= number < 2**63]
    # A number with more digits than the column has equals none of its values.
    fitting = []
    for number in numbers:
        try:
            pa.scalar(number, operand.type)
        except pa.ArrowException:
            continue
        fitting.append(number)
    return operand, fitting


def arithmetic(operator: ast.operator, left: Operand, right: Operand) -> pa.Array:
    """Return what ``+``, ``*`` and their like give for two operands, one of them an array.

    Raises:
        NotColumnar: The result could be another than Python's, or Python would fail.
    """
    kinds = without_nulls(left), without_nulls(right)
    if kinds == ("string", "string") and isinstance(operator, ast.Add):
        return pc.binary_join_element_wise(_datum(left), _datum(right), "")
    if not _NUMERIC.issuperset(kinds):
        raise NotColumnar("no numbers are computed with")
    left, right = _integers(left), _integers(right)
    if "decimal" in kinds:
        return _decimal_arithmetic(operator, left, right)
    checked = _CHECKED.get(type(operator))
    if checked is not None:
        return checked(_datum(left), _datum(right))
    if isinstance(operator, ast.Div):
        return _true_division(left, right)
    if isinstance(operator, (ast.FloorDiv, ast.Mod)):
        return _floor_division(left, right, remainder=isinstance(operator, ast.Mod))
    raise NotColumnar("powers are computed row by row")


def _range(operand: Any) -> tuple[int, int]:
    """Return the least and the greatest unscaled value; of no values, 0 and 0."""
    if isinstance(operand, Constant):
        return operand.value, operand.value
    ends = [operand.as_py()] * 2 if isinstance(operand, pa.Scalar) else _ends(operand)
    scale = operand.type.scale if pa.types.is_decimal128(operand.type) else 0
    numbers = [0 if end is None else _unscaled(end, scale) for end in ends]
    return numbers[0], numbers[1]


def _ends(array: pa.Array) -> list[Any]:
    ends = pc.min_max(array)
    return [ends["min"].as_py(), ends["max"].as_py()]


def _unscaled(number: int | Decimal, scale: int) -> int:
    if isinstance(number, int):
        return number
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    value: int = int("".join(map(str, digits))) * 10 ** (scale + exponent)
    return -value if sign else value


def _true_division(left: Operand, right: Operand) -> pa.Array:
    ranges = _range(left), _range(right)
    if any(max(-low, high) >= _FLOAT_INTEGERS for low, high in ranges):
        raise NotColumnar("an integer is past what floats hold")
    divisor = _datum(right).cast(pa.float64())
    zero = pc.equal(divisor, pa.scalar(0.0))
    if zero.as_py() if isinstance(zero, pa.Scalar) else pc.any(zero).as_py():
        raise NotColumnar("a divisor is 0")
    return pc.divide(_datum(left).cast(pa.float64()), divisor)


def _floor_division(left: Operand, right: Operand, *, remainder: bool) -> pa.Array:
    # Arrow cuts towards zero and Python rounds down: they agree where nothing is negative.
    if _range(left)[0] < 0 or _range(right)[0] <= 0:
        raise NotColumnar("a number is negative, or a divisor is 0")
    dividend, divisor = _datum(left), _datum(right)
    quotient = pc.divide_checked(dividend, divisor)
    return pc.subtract(dividend, pc.multiply(quotient, divisor)) if remainder else quotient


def _digits(number: int) -> int:
    return len(str(abs(number)))


def _tight(data: pa.Array | pa.Scalar) -> tuple[pa.Array | pa.Scalar, int]:
    """Return decimals in the narrowest type that holds them, and the greatest unscaled size."""
    low, high = _range(data)
    size = max(-low, high)
    if isinstance(data, pa.Scalar):
        return data, size
    return data.view(pa.decimal128(_digits(size), data.type.scale)), size


def _decimal_arithmetic(operator: ast.operator, left: Operand, right: Operand) -> pa.Array:
    most = exact_digits()
    first, second = _as_decimal_data_of(left), _as_decimal_data_of(right)
    if isinstance(operator, ast.Mult):
        if first.type.precision + second.type.precision > most:
            (first, size), (second, other) = _tight(first), _tight(second)
            if _digits(size * other) > most:
                raise NotColumnar("a product has more digits than are exact")
        product = pc.multiply(first, second)
        _refuse_negative_zero(product, first, second)
        return product
    if not isinstance(operator, (ast.Add, ast.Sub)):
        raise NotColumnar("decimals are divided row by row")
    scale = max(first.type.scale, second.type.scale)
    whole = max(side.type.precision - side.type.scale for side in (first, second))
    if whole + scale + 1 > most:
        (first, size), (second, other) = _tight(first), _tight(second)
        sizes = size * 10 ** (scale - first.type.scale) + other * 10 ** (scale - second.type.scale)
        if _digits(sizes) > most:
            raise NotColumnar("a sum has more digits than are exact")
    kernel = pc.add if isinstance(operator, ast.Add) else pc.subtract
    return kernel(first, second)


def _as_decimal_data_of(operand: Operand) -> pa.Array | pa.Scalar:
    """Return a number as an Arrow decimal with the digits that it is computed with."""
    if isinstance(operand, Constant):
        return decimal_scalar(operand.value)
    if kind_of(operand) == "decimal":
        return operand
    low, high = _range(operand)
    whole = operand.cast(pa.decimal128(_INT64_DIGITS, 0))
    return whole.view(pa.decimal128(_digits(max(-low, high)), 0))


def _refuse_negative_zero(product: Any, left: Any, right: Any) -> None:
    """Refuse a product of zero and a negative number: Python's is -0, and Arrow has none."""
    zero = pc.equal(product, pa.scalar(Decimal(0), product.type))
    if not pc.any(zero).as_py():
        return
    negative = [pc.less(side, pa.scalar(Decimal(0), side.type)) for side in (left, right)]
    if pc.any(pc.and_(zero, pc.or_(*negative))).as_py():
        raise NotColumnar("a product is the negative zero")


def negative(operand: pa.Array) -> pa.Array:
    """Return what unary minus gives for a column."""
    kind = without_nulls(operand)
    if kind == "decimal" and operand.type.precision <= exact_digits():
        return pc.negate(operand)
    if kind in ("integer", "boolean"):
        return pc.negate_checked(_integers(operand))
    raise NotColumnar("no number is negated")


def rounded(operand: pa.Array, digits: int) -> pa.Array:
    """Return what ``round(x, digits)`` gives for a column of decimals."""
    if without_nulls(operand) != "decimal" or digits < 0:
        raise NotColumnar("no decimal is rounded to digits after the point")
    scale, precision = operand.type.scale, operand.type.precision
    whole = precision - scale
    if max(whole, 0) + 1 + max(digits, scale) > exact_digits():
        operand, _ = _tight(operand)
        whole = operand.type.precision - scale
        if max(whole, 0) + 1 + max(digits, scale) > exact_digits():
            raise NotColumnar("a number has more digits than are exact")
    room = operand.view(pa.decimal128(WIDEST, scale))
    result_type = pa.decimal128(max(whole, 0) + 1 + digits, digits)
    if digits >= scale:
        return room.cast(result_type)
    result = pc.round(room, ndigits=digits, round_mode="half_to_even")
    zero = pa.scalar(Decimal(0), room.type)
    if pc.any(pc.and_(pc.equal(result, zero), pc.less(room, zero))).as_py():
        raise NotColumnar("a number is rounded to the negative zero")
    return result.cast(result_type)
