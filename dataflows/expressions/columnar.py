"""Runs an expression on Arrow arrays, where that gives the very values that rows would give."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.expressions import exact
from dataflows.expressions.codegen import field_index
from dataflows.expressions.operands import (
    FAILURES,
    Constant,
    Operand,
    as_array,
    kind_of,
    truth,
    unified,
    without_nulls,
)
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dataflows.expressions.syntax import Syntax

__all__ = ["Evaluation"]

# What str.strip() takes away: Unicode's white space and the four separators of ASCII.
_WHITE_SPACE = "".join(map(chr, (*range(0x09, 0x0E), *range(0x1C, 0x21), 0x85, 0xA0, 0x1680))) + (
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_MOST_BYTES = 10_000_000

_DATE_PARTS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "year": pc.year,
    "month": pc.month,
    "day": pc.day,
}
_TIME_PARTS: dict[str, Callable[[pa.Array], pa.Array]] = {
    "hour": pc.hour,
    "minute": pc.minute,
    "second": pc.second,
}
_STRIPS: dict[str, Callable[..., pa.Array]] = {
    "strip": pc.utf8_trim,
    "lstrip": pc.utf8_ltrim,
    "rstrip": pc.utf8_rtrim,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, values: value in values,
    ast.NotIn: lambda value, values: value not in values,
}


class Evaluation:
    """One run of an expression over columns.

    Where a part fails on rows that Python would not evaluate (``qty is not None and qty > 2``), it
    is run again on the others alone. `strict` runs do not: they are the first try of such a part,
    so that deeply nested conditions cost a run for each level and not two to the power of it.
    """

    __slots__ = ("_arrays", "_length", "_select", "_strict", "_syntax")

    def __init__(
        self,
        syntax: Syntax,
        arrays: Sequence[pa.Array],
        length: int,
        *,
        strict: bool = False,
        select: pa.BooleanArray | None = None,
    ) -> None:
        self._syntax = syntax
        self._arrays = list(arrays)
        self._length = length
        self._strict = strict
        self._select = select

    def result(self) -> pa.Array:
        """Return the value of the expression for every row."""
        try:
            return as_array(self.value(self._syntax.tree), self._length)
        except FAILURES as error:
            raise NotColumnar(str(error)) from error

    def mask(self) -> pa.BooleanArray:
        """Return where Python takes the value of the expression as true."""
        try:
            return self.truth_of(self._syntax.tree)
        except FAILURES as error:
            raise NotColumnar(str(error)) from error

    def _where(self, select: pa.BooleanArray) -> Evaluation:
        """Return the evaluation of the selected rows alone."""
        chosen = select.true_count
        if self._select is not None:
            select = pc.replace_with_mask(self._select, self._select, select)
        return Evaluation(self._syntax, self._arrays, chosen, select=select)

    def _tried(self) -> Evaluation:
        return Evaluation(
            self._syntax, self._arrays, self._length, strict=True, select=self._select
        )

    def _field(self, index: int) -> Operand:
        array = self._arrays[index]
        if not isinstance(array, pa.Array) or pa.types.is_floating(array.type):
            raise NotColumnar("the column is of no kind that is computed in columns")
        if self._select is not None:
            array = array.filter(self._select)
        return Constant(None) if pa.types.is_null(array.type) else array

    def value(self, node: ast.expr) -> Operand:  # noqa: C901, PLR0911, PLR0912 - a case for each kind
        """Return the value of a part of the expression for every row."""
        match node:
            case ast.Constant(value=value):
                return Constant(value)
            case ast.Name(id=name):
                index = field_index(node)
                if index is None:
                    return Constant(self._syntax.constants[int(name[2:])])
                operand = self._field(index)
                kind_of(operand)
                return operand
            case ast.BoolOp():
                return self._chosen_operand(node)
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return self.truth_of(node)
            case ast.UnaryOp(operand=operand_node):
                return exact.negative(_array(self.value(operand_node)))
            case ast.BinOp(left=left, op=operator, right=right):
                sides = self.value(left), self.value(right)
                _array(*sides)
                return exact.arithmetic(operator, *sides)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                select = self.truth_of(test)
                return self._merged(select, body, orelse)
            case ast.Call(func=ast.Attribute(value=text, attr=method), args=arguments):
                return self._method(method, self.value(text), arguments)
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self._function(function, arguments)
            case ast.Attribute(value=value_node, attr=part):
                return _part(_array(self.value(value_node)), part)
            case ast.Subscript(value=value_node, slice=ast.Slice() as bounds):
                return _sliced(_array(self.value(value_node)), bounds)
            case _:
                raise NotColumnar("this part of the expression is computed row by row")

    def truth_of(self, node: ast.expr) -> pa.BooleanArray:
        """Return where Python takes the value of a part as true."""
        match node:
            case ast.BoolOp(op=operator, values=[first, *others]):
                mask = self.truth_of(first)
                for other in others:
                    mask = self._both_true(operator, mask, other)
                return mask
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return pc.invert(self.truth_of(operand))
            case ast.Compare(left=left, ops=operators, comparators=[first, *others]):
                mask = self._compared(operators[0], left, first)
                before = first
                for operator_, after in zip(operators[1:], others, strict=True):
                    link = ast.Compare(before, [operator_], [after])
                    mask = self._both_true(ast.And(), mask, link)
                    before = after
                return mask
            case _:
                return truth(self.value(node), self._length)

    def _both_true(
        self, operator: ast.boolop, mask: pa.BooleanArray, node: ast.expr
    ) -> pa.BooleanArray:
        """Return the truth of `mask` and, or or, `node`, which sees only the rows it decides."""
        conjunction = isinstance(operator, ast.And)
        try:
            other = self._tried().truth_of(node)
        except FAILURES:
            if self._strict:
                raise
            select = mask if conjunction else pc.invert(mask)
            other = self._where(select).truth_of(node)
            return pc.replace_with_mask(mask, select, other)
        return pc.and_(mask, other) if conjunction else pc.or_(mask, other)

    def _chosen_operand(self, node: ast.BoolOp) -> Operand:
        """Return what ``a or b`` gives: one of the operands, not only its truth."""
        value = self.value(node.values[0])
        for other in node.values[1:]:
            mask = truth(value, self._length)
            select = mask if isinstance(node.op, ast.And) else pc.invert(mask)
            value = self._merged(select, other, value)
        return value

    def _merged(
        self, select: pa.BooleanArray, body: ast.expr, orelse: ast.expr | Operand
    ) -> Operand:
        """Return the values of `body` where selected, of `orelse` elsewhere."""
        try:
            tried = self._tried()
            sides = tried.value(body), tried.side(orelse)
            return pc.if_else(select, *unified(*sides))
        except FAILURES:
            if self._strict:
                raise
        rest = pc.invert(select)
        if not select.true_count:
            return self.side(orelse)
        if not rest.true_count:
            return self.value(body)
        first = self._where(select).value(body)
        second = self._where(rest).side(orelse, rest)
        left, right = unified(first, second)
        merged = pa.nulls(self._length, left.type)
        for mask, side in ((select, left), (rest, right)):
            merged = pc.replace_with_mask(merged, mask, side)
        return merged

    def side(self, other: ast.expr | Operand, select: pa.BooleanArray | None = None) -> Operand:
        """Return the value of a node, or the selected ones of values that are there already."""
        if isinstance(other, ast.expr):
            return self.value(other)
        if isinstance(other, Constant) or select is None:
            return other
        return other.filter(select)

    def _compared(self, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> pa.BooleanArray:
        if isinstance(operator, (ast.Is, ast.IsNot)):
            return self._identity(operator, left, right)
        first, second = self.value(left), self._in_or_value(operator, right)
        if isinstance(first, Constant) and isinstance(second, Constant):
            same = _compared_constants(operator, first.value, second.value)
            return pa.repeat(pa.scalar(same), self._length)
        if isinstance(operator, (ast.In, ast.NotIn)):
            found = self._contained(first, second)
            return found if isinstance(operator, ast.In) else pc.invert(found)
        return exact.compare(operator, first, second, self._length)

    def _in_or_value(self, operator: ast.cmpop, node: ast.expr) -> Operand:
        if isinstance(operator, (ast.In, ast.NotIn)) and isinstance(node, ast.Tuple):
            raise NotColumnar("a field is looked for among fields")
        return self.value(node)

    def _identity(self, operator: ast.cmpop, left: ast.expr, right: ast.expr) -> pa.BooleanArray:
        assert isinstance(right, ast.Constant)
        index = field_index(left)
        operand = self._field(index) if index is not None else self.value(left)
        if right.value is None:
            if isinstance(operand, Constant):
                same = pa.repeat(pa.scalar(operand.value is None), self._length)
            else:
                same = pc.is_null(operand)
        elif kind_of(operand) == "boolean" and isinstance(operand, pa.Array):
            same = exact.compare(ast.Eq(), operand, Constant(right.value), self._length)
        else:
            raise NotColumnar("only booleans can be True or False")
        return same if isinstance(operator, ast.Is) else pc.invert(same)

    def _contained(self, needle: Operand, among: Operand) -> pa.BooleanArray:
        if isinstance(among, Constant) and isinstance(among.value, (tuple, frozenset)):
            return exact.member(_array(needle), among.value)
        if (
            isinstance(among, Constant)
            or without_nulls(among) != "string"
            or not isinstance(needle, Constant)
            or not isinstance(needle.value, str)
        ):
            raise NotColumnar("only a constant text is looked for in texts")
        return pc.match_substring(among, needle.value)

    def _function(self, name: str, nodes: list[ast.expr]) -> Operand:  # noqa: PLR0911 - one each
        if name == "bool":
            return self.truth_of(nodes[0])
        operands = [self.value(node) for node in nodes]
        kinds = [without_nulls(operand) for operand in operands]
        array = _array(*operands)
        match name, kinds:
            case "len", ["string"]:
                return pc.utf8_length(array).cast(pa.int64())
            case "abs", ["integer"]:
                return pc.abs_checked(array)
            case "abs", ["decimal"] if array.type.precision <= exact.exact_digits():
                return pc.abs(array)
            case (("min" | "max"), [kind, *_]) if kind not in ("boolean", "float"):
                return _least(name, operands)
            case (("int" | "round"), ["integer"]):
                return array
            case "round", ["decimal", "integer"] if isinstance(operands[1], Constant):
                return exact.rounded(array, operands[1].value)
            case "int", ["boolean"]:
                return array.cast(pa.int64())
            case ("str", ["string"]) | ("Decimal", ["decimal"]):
                return array
            case "str", ["integer"]:
                return array.cast(pa.string())
            case "Decimal", ["integer"]:
                return array.cast(pa.decimal128(19, 0))
            case _:
                raise NotColumnar(f"{name}() is computed row by row")

    def _method(self, name: str, text: Operand, nodes: list[ast.expr]) -> pa.Array:
        array = _array(text)
        if without_nulls(array) != "string":
            raise NotColumnar("the value is no text")
        arguments = [self.value(node) for node in nodes]
        values = [operand.value for operand in arguments if isinstance(operand, Constant)]
        if len(values) < len(arguments):
            raise NotColumnar("an argument is not the same for every row")
        match name, values:
            case (("lower" | "upper"), []):
                # Past ASCII, the tables of Arrow and of Python differ.
                if not pc.all(pc.string_is_ascii(array)).as_py() and len(array):
                    raise NotColumnar("a text is not ASCII")
                return pc.ascii_lower(array) if name == "lower" else pc.ascii_upper(array)
            case (("strip" | "lstrip" | "rstrip"), ([] | [None])):
                return _STRIPS[name](array, _WHITE_SPACE)
            case (("strip" | "lstrip" | "rstrip"), [str(characters)]) if characters:
                return _STRIPS[name](array, characters)
            case (("startswith" | "endswith"), [str(pattern)]):
                return (pc.starts_with if name == "startswith" else pc.ends_with)(array, pattern)
            case "replace", [str(old), str(new)] if old:
                longest = array.nbytes * (1 + len(new.encode()))
                if len(new) > len(old) and longest > _MOST_BYTES:
                    raise NotColumnar("a text could become too long")
                return pc.replace_substring(array, pattern=old, replacement=new)
            case _:
                raise NotColumnar(f".{name}() is computed row by row")


def _array(*operands: Operand) -> pa.Array:
    """Return the first operand that is a column."""
    for operand in operands:
        if isinstance(operand, pa.Array):
            return operand
    raise NotColumnar("constants are computed once, row by row")


def _compared_constants(operator_: ast.cmpop, left: Any, right: Any) -> bool:
    try:
        return bool(_COMPARISONS[type(operator_)](left, right))
    except TypeError as error:
        raise NotColumnar(str(error)) from error


def _least(name: str, operands: list[Operand]) -> pa.Array:
    first = operands[0]
    for operand in operands[1:]:
        unified(first, operand)
    data: list[Any] = [unified(operand, _array(*operands))[0] for operand in operands]
    kernel = pc.min_element_wise if name == "min" else pc.max_element_wise
    return kernel(*data, skip_nulls=False)


def _part(array: pa.Array, part: str) -> pa.Array:
    kind = without_nulls(array)
    kernel = _DATE_PARTS.get(part) or (_TIME_PARTS.get(part) if kind == "datetime" else None)
    if kernel is None or kind not in ("date", "datetime"):
        raise NotColumnar(f".{part} is read row by row")
    return kernel(array)


def _sliced(array: pa.Array, bounds: ast.Slice) -> pa.Array:
    if without_nulls(array) != "string" or bounds.step is not None:
        raise NotColumnar("the slice is taken row by row")
    ends = []
    for bound in (bounds.lower, bounds.upper):
        value = bound.value if isinstance(bound, ast.Constant) else None
        if bound is not None and (type(value) is not int or not 0 <= value < 2**31):
            raise NotColumnar("the slice is taken row by row")
        ends.append(value)
    start, stop = ends[0] or 0, ends[1]
    return (
        pc.utf8_slice_codeunits(array, start, stop)
        if stop != 0
        else pc.utf8_slice_codeunits(array, 0, 0)
    )
