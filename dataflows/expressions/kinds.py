"""What type the values of an expression have, and the clashes that are known before any row."""

from __future__ import annotations

import ast
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from dataflows.errors import FlowError
from dataflows.expressions.codegen import field_index
from dataflows.expressions.refusals import source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.expressions.syntax import Syntax

__all__ = ["SIGNS", "result_type"]

# A kind is a Python type: the Table Schema types, with `float` (what dividing integers gives) and
# `none` beside them. `any` is what cannot be told.
_FIELD_KINDS = {
    "string": "string",
    "integer": "integer",
    "year": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "duration": "duration",
}
_RESULT_TYPES = {"float": "number", "none": "any"}

_NUMBERS = frozenset({"boolean", "integer", "number", "float"})
_SPOKEN = {
    "string": "a text",
    "integer": "an integer",
    "number": "a number",
    "float": "a float",
    "boolean": "a boolean",
    "date": "a date",
    "datetime": "a datetime",
    "time": "a time",
    "duration": "a duration",
    "none": "None",
}
SIGNS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ORDERINGS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)

# What else two kinds may do than compute as numbers: (left, sign, right) and the kind it gives.
_ARITHMETIC = {
    ("string", "+", "string"): "string",
    ("string", "*", "integer"): "string",
    ("string", "*", "boolean"): "string",
    ("integer", "*", "string"): "string",
    ("boolean", "*", "string"): "string",
    ("date", "-", "date"): "duration",
    ("datetime", "-", "datetime"): "duration",
    ("date", "+", "duration"): "date",
    ("duration", "+", "date"): "date",
    ("date", "-", "duration"): "date",
    ("datetime", "+", "duration"): "datetime",
    ("duration", "+", "datetime"): "datetime",
    ("datetime", "-", "duration"): "datetime",
}
_PARTS = {
    "date": ("year", "month", "day"),
    "datetime": ("year", "month", "day", "hour", "minute", "second"),
    "time": ("hour", "minute", "second"),
    "duration": ("days",),
}
_FUNCTION_RESULTS = {
    "len": "integer",
    "int": "integer",
    "str": "string",
    "Decimal": "number",
    "float": "float",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
}
_METHOD_RESULTS = {"startswith": "boolean", "endswith": "boolean", "split": "any"}


def result_type(syntax: Syntax, types: Mapping[str, str]) -> str:
    """Return the Table Schema type of an expression's values, ``any`` where it cannot be told.

    Raises:
        FlowError: Two types clash, so that no row could be computed.
    """
    kind = _Kinds(syntax, types).of(syntax.tree)
    return _RESULT_TYPES.get(kind, kind)


def _joined(kinds: list[str]) -> str:
    """Return the kind of a value that is of one of several kinds."""
    some = set(kinds) - {"none"}
    if len(some) == 1:
        return some.pop()
    if some and some <= {"integer", "number", "float"}:
        return "number"
    return "any" if some else "none"


class _Kinds:
    def __init__(self, syntax: Syntax, types: Mapping[str, str]) -> None:
        self._syntax = syntax
        self._types = types

    def of(self, node: ast.expr) -> str:  # noqa: C901, PLR0911, PLR0912 - a case for each kind
        match node:
            case ast.Constant(value=value):
                return _kind_of_value(value)
            case ast.Name(id=name):
                index = field_index(node)
                if index is None:
                    return _kind_of_value(self._syntax.constants[int(name[2:])])
                type_ = self._types.get(self._syntax.names[index], "any")
                return _FIELD_KINDS.get(type_, "any")
            case ast.BoolOp(values=values):
                return _joined([self.of(value) for value in values])
            case ast.Compare():
                return self._compared(node)
            case ast.UnaryOp(op=operator, operand=operand):
                kind = self.of(operand)
                if isinstance(operator, ast.Not):
                    return "boolean"
                return self._number(node, operand, kind, "negate")
            case ast.BinOp():
                return self._computed(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.of(test)
                return _joined([self.of(body), self.of(orelse)])
            case ast.Call(func=ast.Attribute(value=text, attr=method), args=arguments):
                return self._method(node, text, method, arguments)
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self._function(node, function, arguments)
            case ast.Attribute(value=value_node, attr=part):
                return self._part(node, value_node, part)
            case ast.Subscript(value=value_node):
                return "string" if self.of(value_node) == "string" else "any"
            case _:
                return "any"

    def _clash(self, node: ast.AST, what: str, fix: str) -> FlowError:
        return FlowError(f"{what}, in {source_of(self._syntax.text, node)!r}", fix=fix)

    def _number(self, node: ast.expr, operand: ast.expr, kind: str, verb: str) -> str:
        if kind in _NUMBERS or kind in ("any", "duration"):
            return "integer" if kind == "boolean" else kind
        raise self._clash(node, f"cannot {verb} {_SPOKEN[kind]}", self._as_number(operand, kind))

    def _compared(self, node: ast.Compare) -> str:
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            kinds = self.of(left), self.of(right)
            if isinstance(operator, _ORDERINGS):
                self._check_order(node, operator, (left, right), kinds)
            elif isinstance(operator, (ast.In, ast.NotIn)) and kinds[1] in {*_NUMBERS, *_PARTS}:
                what = f"cannot look for a value in {_SPOKEN[kinds[1]]}"
                raise self._clash(node, what, "write == to compare")
            left = right
        return "boolean"

    def _check_order(
        self,
        node: ast.Compare,
        operator: ast.cmpop,
        sides: tuple[ast.expr, ast.expr],
        kinds: tuple[str, str],
    ) -> None:
        left, right = kinds
        if "any" in kinds or (left == right != "none") or _NUMBERS.issuperset(kinds):
            return
        what = f"cannot compare {_SPOKEN[left]} {SIGNS[type(operator)]} {_SPOKEN[right]}"
        raise self._clash(node, what, self._fix(sides, kinds))

    def _computed(self, node: ast.BinOp) -> str:  # noqa: PLR0911 - the rules, one by one
        left, right = self.of(node.left), self.of(node.right)
        if "any" in (left, right):
            return "any"
        sign = SIGNS[type(node.op)]
        if (left, sign, right) in _ARITHMETIC:
            return _ARITHMETIC[left, sign, right]
        what = f"cannot compute {_SPOKEN[left]} {sign} {_SPOKEN[right]}"
        if left not in _NUMBERS or right not in _NUMBERS:
            if "duration" in (left, right):
                return "any"
            raise self._clash(node, what, self._fix((node.left, node.right), (left, right)))
        if {left, right} == {"float", "number"}:
            side = node.left if left == "float" else node.right
            shown = source_of(self._syntax.text, side)
            if isinstance(side, ast.BinOp) and isinstance(side.op, ast.Div):
                divided = source_of(self._syntax.text, side.left)
                divisor = source_of(self._syntax.text, side.right)
                fix = f"divide exactly: Decimal({divided}) / {divisor}"
            else:
                fix = f"make the float exact: Decimal({shown})"
            raise self._clash(node, what, fix)
        if "float" in (left, right):
            return "float"
        if "number" in (left, right):
            return "number"
        if sign == "/":
            return "float"
        # An integer to a negative power is a float.
        return "any" if sign == "**" and not _is_natural(node.right) else "integer"

    def _fix(self, sides: tuple[ast.expr, ast.expr], kinds: tuple[str, str]) -> str:  # noqa: PLR0911 - the same
        if kinds == ("string", "string"):
            side = sides[1] if field_index(sides[0]) is None else sides[0]
            return self._as_number(side, "string")
        for side, kind, other in zip(sides, kinds, reversed(kinds), strict=True):
            if kind == "none":
                return "leave None out"
            if kind == "string" and other in _NUMBERS:
                return self._as_number(side, kind)
            if kind == "string" and other == "date":
                if isinstance(side, ast.Constant):
                    return "write the date as date(2020, 12, 31)"
                return self._as_type(side, "date") or "compare a text with a text"
            if kind == "string" and other == "datetime":
                return "write the datetime as datetime(2020, 12, 31, 23, 59)"
            if kind == "date" and other == "datetime":
                return "compare their parts: .year, .month and .day"
        return "give both sides the same type: set_type(...)"

    def _as_number(self, node: ast.expr, kind: str) -> str:
        shown = source_of(self._syntax.text, node)
        if kind != "string":
            return f"use a number in place of {shown}"
        if isinstance(node, ast.Constant) and not _is_number_text(node.value):
            return f"use a number in place of {shown}, such as 1"
        change = self._as_type(node, "number")
        return f"{change}, or write Decimal({shown})" if change else f"write Decimal({shown})"

    def _as_type(self, node: ast.expr, type_: str) -> str | None:
        index = field_index(node)
        if index is None:
            return None
        return f"set_type({self._syntax.names[index]!r}, type={type_!r}) before this"

    def _function(self, node: ast.Call, name: str, nodes: list[ast.expr]) -> str:
        kinds = [self.of(argument) for argument in nodes]
        if name == "len" and kinds[0] not in ("string", "any"):
            shown = source_of(self._syntax.text, nodes[0])
            what = f"{_SPOKEN[kinds[0]]} has no length"
            raise self._clash(node, what, f"write len(str({shown})) for the length of its text")
        if name in ("abs", "round"):
            verb = "take the size of" if name == "abs" else "round"
            kind = self._number(node, nodes[0], kinds[0], verb)
            if name == "abs" or kind == "any":
                return kind
            return kind if len(nodes) > 1 else "integer"
        if name in ("min", "max"):
            known = set(kinds) - {"any"}
            if len(known) > 1 and not known <= _NUMBERS:
                first, second = list(dict.fromkeys(kind for kind in kinds if kind in known))[:2]
                what = f"cannot compare {_SPOKEN[first]} with {_SPOKEN[second]}"
                raise self._clash(node, what, "give values of one type")
            return _joined(kinds) if "any" not in kinds else "any"
        return _FUNCTION_RESULTS[name]

    def _method(
        self, node: ast.Call, text: ast.expr, method: str, arguments: list[ast.expr]
    ) -> str:
        kind = self.of(text)
        for argument in arguments:
            self.of(argument)
        if kind not in ("string", "any"):
            shown = source_of(self._syntax.text, text)
            what = f"{_SPOKEN[kind]} has no .{method}()"
            raise self._clash(node, what, f"make it a text first: str({shown}).{method}()")
        return _METHOD_RESULTS.get(method, "string" if kind == "string" else "any")

    def _part(self, node: ast.Attribute, value: ast.expr, part: str) -> str:
        kind = self.of(value)
        if kind == "any":
            return "any"
        if part in _PARTS.get(kind, ()):
            return "integer"
        fix = f"it has: {', '.join(_PARTS[kind])}" if kind in _PARTS else None
        if kind == "string":
            fix = self._as_type(value, "date") or "take the part of a date field"
        raise self._clash(node, f"{_SPOKEN[kind]} has no .{part}", fix or "leave it out")


def _kind_of_value(value: object) -> str:
    kinds = {
        "bool": "boolean",
        "int": "integer",
        "str": "string",
        "Decimal": "number",
        "float": "float",
        "date": "date",
        "datetime": "datetime",
        "timedelta": "duration",
        "NoneType": "none",
    }
    return kinds.get(type(value).__name__, "any")


def _is_number_text(value: object) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _is_natural(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int)
