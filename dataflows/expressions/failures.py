"""Why a row failed: the part that did, with its values, and what to write instead."""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeGuard

from dataflows.errors import nearest, shorten
from dataflows.expressions.codegen import compile_value, field_index
from dataflows.expressions.kinds import SIGNS
from dataflows.expressions.refusals import plain, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dataflows.expressions.syntax import Syntax

__all__ = ["explain"]

_SIGNS: Mapping[type[ast.AST], str] = {**SIGNS, ast.In: "in", ast.NotIn: "not in"}


def explain(syntax: Syntax, error: Exception, row: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is wrong with a row that failed, and how to fix it."""
    absent = [name for name in syntax.names if name not in row]
    if absent:
        return f"no field named {absent[0]!r}", nearest(absent[0], row)
    return _Failure(syntax, row).explain(error)


class _Failure:
    def __init__(self, syntax: Syntax, row: Mapping[str, Any]) -> None:
        self._syntax = syntax
        self._values = [row[name] for name in syntax.names]

    def _value(self, node: ast.expr) -> Any:
        count = len(self._syntax.names)
        return compile_value(node, count, self._syntax.constants)(*self._values)

    def _source(self, node: ast.AST) -> str:
        return source_of(self._syntax.text, node)

    def explain(self, error: Exception) -> tuple[str, str]:
        node, error = self._guilty(self._syntax.tree, error)
        missing = [
            operand
            for operand in _operands(node)
            if not isinstance(operand, ast.Constant) and self._value(operand) is None
        ]
        shown = self._shown(node)
        if missing and isinstance(error, (TypeError, AttributeError)):
            return self._explain_missing(node, missing, shown)
        if self._divides_by_zero(node):
            return self._explain_division(node, shown)
        if isinstance(error, TypeError) and isinstance(node, (ast.BinOp, ast.Compare)):
            return self._explain_types(node, shown)
        return f"cannot compute {shown}: {plain(error)}", "correct the value before this step"

    def _guilty(self, node: ast.expr, error: Exception) -> tuple[ast.expr, Exception]:
        """Return the innermost part that fails, and how, in the order in which Python runs them."""
        for part in self._parts_run(node):
            try:
                self._value(part)
            except Exception as inner:  # noqa: BLE001 - to find it is what this is for
                return self._guilty(part, inner)
        return node, error

    def _parts_run(self, node: ast.expr) -> Iterator[ast.expr]:
        match node:
            case ast.BoolOp(op=operator, values=values):
                for value in values:
                    yield value
                    if bool(self._value(value)) is isinstance(operator, ast.Or):
                        return
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield test
                yield body if self._value(test) else orelse
            case ast.Compare(left=left, ops=operators, comparators=others) if len(others) > 1:
                for operator_, other in zip(operators, others, strict=True):
                    link = ast.copy_location(ast.Compare(left, [operator_], [other]), node)
                    link.end_lineno, link.end_col_offset = other.end_lineno, other.end_col_offset
                    link.lineno, link.col_offset = left.lineno, left.col_offset
                    yield link
                    if not self._value(link):
                        return
                    left = other
            case _:
                yield from _operands(node)

    def _shown(self, node: ast.expr) -> str:  # noqa: PLR0911 - a case for each kind
        """Return the failing part with its values in place of its fields."""
        match node:
            case ast.BinOp(left=left, op=operator, right=right):
                return f"{self._repr(left)} {_SIGNS[type(operator)]} {self._repr(right)}"
            case ast.Compare(left=left, ops=[operator_], comparators=[right]):
                return f"{self._repr(left)} {_SIGNS.get(type(operator_), '==')} {self._repr(right)}"
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"-{self._repr(operand)}"
            case ast.Call(func=ast.Attribute(value=value, attr=method), args=arguments):
                inside = ", ".join(self._repr(argument) for argument in arguments)
                return f"{self._repr(value)}.{method}({inside})"
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return f"{function}({', '.join(self._repr(argument) for argument in arguments)})"
            case ast.Attribute(value=value, attr=part):
                return f"{self._repr(value)}.{part}"
            case _:
                return self._source(node)

    def _repr(self, node: ast.expr) -> str:
        value = self._value(node)
        # A number as it was written in the data: 1.50 says more than Decimal('1.50').
        return str(value) if isinstance(value, Decimal) else shorten(value)

    def _explain_missing(
        self, node: ast.expr, missing: list[ast.expr], shown: str
    ) -> tuple[str, str]:
        names = list(dict.fromkeys(map(self._name, missing)))
        sources = list(dict.fromkeys(self._source(part) for part in missing))
        verb = "compare" if isinstance(node, ast.Compare) else "compute"
        are = "is" if len(names) == 1 else "are"
        what = f"cannot {verb} {shown}: {' and '.join(map(repr, names))} {are} missing"
        present = " and ".join(
            f"({source}) is not None"
            if " " in source and source[-1] != "]"
            else f"{source} is not None"
            for source in sources
        )
        own = self._source(node)
        if isinstance(node, ast.Compare):
            return what, f"write: {present} and {own}"
        return what, f"write: {own} if {present} else None"

    def _name(self, node: ast.expr) -> str:
        index = field_index(node)
        return self._source(node) if index is None else self._syntax.names[index]

    def _divides_by_zero(self, node: ast.expr) -> TypeGuard[ast.BinOp]:
        return (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod))
            and self._value(node.right) == 0
        )

    def _explain_division(self, node: ast.BinOp, shown: str) -> tuple[str, str]:
        divisor, own = self._source(node.right), self._source(node)
        what = f"cannot compute {shown}: {divisor!r} is 0"
        return what, f"write: {own} if {divisor} != 0 else None"

    def _explain_types(self, node: ast.BinOp | ast.Compare, shown: str) -> tuple[str, str]:
        operands = list(_operands(node))
        kinds = [type(self._value(operand)).__name__ for operand in operands]
        verb = "compare" if isinstance(node, ast.Compare) else "compute"
        what = f"cannot {verb} {shown}: {' and '.join(kinds)} do not go together"
        for operand, kind in zip(operands, kinds, strict=True):
            if kind in ("str", "float") and {"int", "Decimal", "float"} & (set(kinds) - {kind}):
                source = self._source(operand)
                return what, f"write Decimal({source}) for {source}"
        return what, "give both the same type: set_type(...)"


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of a node that have values, in the order in which Python runs them."""
    match node:
        case ast.Compare(left=left, comparators=others):
            yield left
            for other in others:
                yield from other.elts if isinstance(other, (ast.Tuple, ast.Set)) else [other]
        case ast.Call(func=ast.Attribute(value=value), args=arguments):
            yield value
            yield from arguments
        case ast.Call(args=arguments):
            yield from arguments
        case ast.Subscript(value=value, slice=ast.Slice() as bounds):
            yield value
            parts = (bounds.lower, bounds.upper, bounds.step)
            yield from (part for part in parts if part is not None)
        case _:
            yield from (
                child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)
            )
