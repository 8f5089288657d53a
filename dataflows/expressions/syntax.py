"""What may stand in an expression: a part of Python that reaches nothing but the row."""

from __future__ import annotations

import ast
import datetime
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, nearest
from dataflows.expressions.codegen import FUNCTIONS, compile_value, field_index
from dataflows.expressions.refusals import (
    DEEPEST,
    OPERATORS,
    OTHERWISE,
    REFUSED,
    TOO_DEEP,
    lines_of,
    parse,
    plain,
    refusal,
    source_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ATTRIBUTES", "METHODS", "Syntax", "read"]

_LONGEST = 50_000

# The methods of texts that change nothing and read nothing else, with the least and most arguments.
METHODS: Mapping[str, tuple[int, int]] = {
    "lower": (0, 0),
    "upper": (0, 0),
    "title": (0, 0),
    "strip": (0, 1),
    "lstrip": (0, 1),
    "rstrip": (0, 1),
    "startswith": (1, 3),
    "endswith": (1, 3),
    "replace": (2, 2),
    "split": (0, 2),
}

# The parts of dates, times and durations.
_ASKING_FOR_NONE = {
    **dict.fromkeys(("isnull", "isna", "is_null", "is_none"), "is None"),
    **dict.fromkeys(("notnull", "notna", "is_not_null"), "is not None"),
}
ATTRIBUTES = ("year", "month", "day", "hour", "minute", "second", "days")

_FOLDED = (bool, int, str, float, Decimal, datetime.date, type(None))


@dataclass(frozen=True, slots=True)
class Syntax:
    """An expression that has been read and found harmless.

    In `tree`, field number i is the name ``_f{i}`` and constant number i the name ``_c{i}``;
    every other name is a function of `FUNCTIONS`. The nodes keep their places in `text`.
    """

    text: str
    tree: ast.expr
    names: tuple[str, ...]
    optional: frozenset[str]
    constants: tuple[Any, ...]


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Name) and node.id.startswith("_c")
    )


@dataclass
class _Reader:
    """Checks a syntax tree node by node and rewrites its names."""

    text: str
    names: list[str] = field(default_factory=list)
    always: set[str] = field(default_factory=set)
    constants: list[Any] = field(default_factory=list)

    def refusal(self, node: ast.expr, what: str, fix: str) -> ArgumentError:
        return refusal(self.text, what, fix, node)

    def read(self, node: ast.expr, depth: int) -> ast.expr:
        if depth > DEEPEST:
            raise self.refusal(node, *TOO_DEEP)
        depth += 1
        new: ast.expr
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name():
                return self.name(node)
            case ast.BoolOp(op=bool_op, values=values):
                new = ast.BoolOp(bool_op, [self.read(value, depth) for value in values])
            case ast.UnaryOp():
                new = self.unary(node, depth)
            case ast.BinOp():
                new = self.binary(node, depth)
            case ast.Compare():
                new = self.compare(node, depth)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                new = ast.IfExp(*(self.read(part, depth) for part in (test, body, orelse)))
            case ast.Call():
                new = self.call(node, depth)
            case ast.Attribute():
                new = self.attribute(node, depth)
            case ast.Subscript():
                new = self.subscript(node, depth)
            case _:
                kind, fix = REFUSED.get(type(node), ("this part of Python", OTHERWISE))
                raise self.refusal(node, f"{kind} cannot stand in an expression", fix)
        return ast.copy_location(new, node)

    def constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if isinstance(value, float):
            # The digits as they were written: 1.10 stays Decimal('1.10').
            try:
                return self.keep(Decimal(source_of(self.text, node)), node)
            except InvalidOperation:
                what = "the exponent of this number is too large"
                raise self.refusal(node, what, "write a smaller one") from None
        if value is None or isinstance(value, (bool, int, str)):
            return ast.copy_location(ast.Constant(value), node)
        kinds = {bytes: "bytes", complex: "a complex number"}
        kind = kinds.get(type(value), "an ellipsis")
        raise self.refusal(
            node, f"{kind} cannot stand in an expression", "write a number or a text"
        )

    def keep(self, value: Any, node: ast.expr) -> ast.expr:
        self.constants.append(value)
        return ast.copy_location(ast.Name(f"_c{len(self.constants) - 1}", ast.Load()), node)

    def field(self, name: str, node: ast.expr, *, always: bool = True) -> ast.expr:
        if name not in self.names:
            self.names.append(name)
        if always:
            self.always.add(name)
        return ast.copy_location(ast.Name(f"_f{self.names.index(name)}", ast.Load()), node)

    def name(self, node: ast.Name) -> ast.expr:
        # The name as written: Python's own form of it (NFKC) may not be that of the field.
        name = source_of(self.text, node)
        if name == "row":
            fix = 'take a field from it, such as row["name"]'
            raise self.refusal(node, "the whole row cannot stand in an expression", fix)
        if name.startswith("__") and name.endswith("__"):
            fix = f"write row[{name!r}] for a field of that name"
            raise self.refusal(node, f"{name!r} is a name of Python's own", fix)
        return self.field(name, node)

    def unary(self, node: ast.UnaryOp, depth: int) -> ast.expr:
        if type(node.op) in OPERATORS:
            raise self.operator_refusal(node, node.op)
        return self.folded(node, ast.UnaryOp(node.op, self.read(node.operand, depth)))

    def binary(self, node: ast.BinOp, depth: int) -> ast.expr:
        if type(node.op) in OPERATORS:
            raise self.operator_refusal(node, node.op)
        left, right = self.read(node.left, depth), self.read(node.right, depth)
        return self.folded(node, ast.BinOp(left, node.op, right))

    def operator_refusal(self, node: ast.expr, operator: ast.AST) -> ArgumentError:
        sign, fix = OPERATORS[type(operator)]
        return self.refusal(node, f"the operator {sign} cannot stand in an expression", fix)

    def folded(self, node: ast.expr, new: ast.expr) -> ast.expr:
        """Evaluate what holds no field, so that what must fail fails here."""
        new = ast.copy_location(new, node)
        if not all(map(_is_constant, _operands(new))):
            return new
        try:
            value = compile_value(new, 0, self.constants)()
        except Exception as error:
            what = f"this fails on every row: {plain(error)}"
            raise self.refusal(node, what, "correct it, or leave it out") from error
        return self.keep(value, node) if isinstance(value, _FOLDED) else new

    def compare(self, node: ast.Compare, depth: int) -> ast.expr:
        operands = [self.read(node.left, depth)]
        for operator, operand in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)):
                if isinstance(operand, ast.Constant) and self.is_in_brackets(operand):
                    shown = source_of(self.text, operand)
                    fix = f"write [{shown}] for a list of one"
                    raise self.refusal(operand, f"({shown}) is {shown} alone, not a list", fix)
                operands.append(self.collection(operand, depth))
                continue
            operands.append(self.read(operand, depth))
            if isinstance(operator, (ast.Is, ast.IsNot)):
                self.check_identity(node, operator, operand, operands[-2])
        return ast.Compare(operands[0], node.ops, operands[1:])

    def named(self, node: ast.expr) -> ast.expr:
        """Keep a constant under a name, where Python would warn of the literal."""
        if isinstance(node, ast.Constant) and node.value is not None:
            return self.keep(node.value, node)
        return node

    def check_identity(
        self, node: ast.expr, operator: ast.AST, operand: ast.expr, before: ast.expr
    ) -> None:
        if _is_constant(before):
            value = self.value_of(before)
            if value is not None:
                kind = "text" if isinstance(value, str) else "value"
                what = f"{value!r} is a {kind} here, not a field, and never None"
                raise self.refusal(
                    node, what, f"write row[{str(value)!r}] for a field of that name"
                )
        if isinstance(operand, ast.Constant) and (
            operand.value is None or isinstance(operand.value, bool)
        ):
            return
        if isinstance(operand, ast.Name) and source_of(self.text, operand).casefold() == "null":
            raise self.refusal(operand, "there is no null in Python", "write None")
        sign, right = ("is", "==") if isinstance(operator, ast.Is) else ("is not", "!=")
        raise self.refusal(node, f"`{sign}` asks only for None here", f"write {right} for `{sign}`")

    def collection(self, node: ast.expr, depth: int) -> ast.expr:
        if not isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return self.read(node, depth)
        items = [self.read(item, depth) for item in node.elts]
        if all(map(_is_constant, items)):
            values = [self.value_of(item) for item in items]
            return self.keep(
                frozenset(values) if isinstance(node, ast.Set) else tuple(values), node
            )
        if isinstance(node, ast.Set):
            return ast.copy_location(ast.Set(items), node)
        return ast.copy_location(ast.Tuple(items, ast.Load()), node)

    def is_in_brackets(self, node: ast.Constant) -> bool:
        line = lines_of(self.text)[node.lineno - 1].encode()
        before, after = line[: node.col_offset], line[node.end_col_offset :]
        return before.rstrip().endswith(b"(") and after.lstrip().startswith(b")")

    def value_of(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        assert isinstance(node, ast.Name)
        return self.constants[int(node.id[2:])]

    def call(self, node: ast.Call, depth: int) -> ast.expr:
        if node.keywords:
            raise self.refusal(
                node, "an argument with a name cannot stand here", "give it by position"
            )
        match node.func:
            case ast.Name():
                return self.function_call(node, source_of(self.text, node.func), depth)
            case ast.Attribute(value=ast.Name(id="row"), attr="get"):
                return self.row_get(node)
            case ast.Attribute(value=value, attr=method):
                if method in ATTRIBUTES:
                    fix = f"write .{method} without brackets"
                    raise self.refusal(node, f"{method!r} is not a method", fix)
                if method not in METHODS:
                    asks = _ASKING_FOR_NONE.get(method)
                    shown = source_of(self.text, value)
                    fix = nearest(method, METHODS, "methods")
                    fix = f"write: {shown} {asks}" if asks else fix
                    raise self.refusal(node, f"no method named {method!r} here", fix)
                self.check_count(node, f".{method}()", METHODS[method])
                text = self.read(value, depth)
                if method in ("startswith", "endswith"):
                    arguments = [self.collection(item, depth) for item in node.args]
                else:
                    arguments = [self.read(item, depth) for item in node.args]
                return self.folded(
                    node, ast.Call(ast.Attribute(text, method, ast.Load()), arguments, [])
                )
            case _:
                raise self.refusal(node, "only functions with a name can be called", OTHERWISE)

    def function_call(self, node: ast.Call, name: str, depth: int) -> ast.expr:
        if name not in FUNCTIONS:
            if name in METHODS:
                fix = f"it is a method of a text: write name.{name}()"
            elif name in ATTRIBUTES:
                fix = f"write it behind the value: {self.shown(node)}.{name}"
            else:
                fix = nearest(name, FUNCTIONS, "functions")
            raise self.refusal(node, f"no function named {name!r} here", fix)
        _, least, most = FUNCTIONS[name]
        self.check_count(node, f"{name}()", (least, most))
        arguments = [self.read(item, depth) for item in node.args]
        return self.folded(node, ast.Call(ast.Name(name, ast.Load()), arguments, []))

    def shown(self, node: ast.Call) -> str:
        return source_of(self.text, node.args[0]) if node.args else "day"

    def check_count(self, node: ast.Call, name: str, counts: tuple[int, int]) -> None:
        least, most = counts
        if least <= len(node.args) <= most:
            return
        wanted = f"{least}" if least == most else f"{least} to {most}"
        if (least, most) == (2, 255):
            wanted = "at least 2"
        what = f"{name} takes {wanted} argument{'' if wanted == '1' else 's'}, got {len(node.args)}"
        raise self.refusal(node, what, f"give it {wanted}")

    def row_get(self, node: ast.Call) -> ast.expr:
        match node.args:
            case [ast.Constant(value=str(name))]:
                return self.field(name, node, always=False)
            case [ast.Constant(value=str(name)), default]:
                # The field is there in every row: Python would never take the default.
                shown = source_of(self.text, default)
                fix = f"write: row[{name!r}] if row[{name!r}] is not None else {shown}"
                raise self.refusal(
                    node, "row.get() with a default never gives the default here", fix
                )
            case _:
                fix = 'write row.get("name")'
                raise self.refusal(node, "row.get() takes the name of a field, as a text", fix)

    def attribute(self, node: ast.Attribute, depth: int) -> ast.expr:
        name = node.attr
        if isinstance(node.value, ast.Name) and node.value.id == "row":
            raise self.refusal(node, "fields are not attributes of the row", f"write row[{name!r}]")
        if name in METHODS:
            raise self.refusal(node, f"{name!r} is a method", f"write .{name}()")
        if name not in ATTRIBUTES:
            raise self.refusal(
                node, f"no attribute named {name!r} here", nearest(name, ATTRIBUTES, "attributes")
            )
        return ast.Attribute(self.read(node.value, depth), name, ast.Load())

    def subscript(self, node: ast.Subscript, depth: int) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "row":
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                return self.field(node.slice.value, node)
            fix = 'write row["name"]'
            raise self.refusal(node, "row[...] takes the name of a field, as a text", fix)
        value = self.named(self.read(node.value, depth))
        if not isinstance(node.slice, ast.Slice):
            return ast.Subscript(value, self.read(node.slice, depth), ast.Load())
        bounds = [
            None if bound is None else self.read(bound, depth)
            for bound in (node.slice.lower, node.slice.upper, node.slice.step)
        ]
        return ast.Subscript(value, ast.Slice(*bounds), ast.Load())


def _operands(node: ast.expr) -> Iterable[ast.expr]:
    """Yield the parts of a node that have values."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Attribute(value=value):
                yield value
            case ast.Name(id=name) if name in FUNCTIONS and field_index(child) is None:
                continue
            case ast.expr():
                yield child


def read(text: str) -> Syntax:
    """Read an expression and check that it reaches nothing but the row.

    Raises:
        ArgumentError: It is not Python, or uses more of Python than an expression may.
    """
    text = text.strip()
    if not text:
        raise ArgumentError("the expression is empty", fix="write one, such as qty > 2.")
    if len(text) > _LONGEST:
        what = f"the expression has {len(text):,} characters; {_LONGEST:,} are the most"
        raise ArgumentError(what, fix="give a Python function of the row.")
    reader = _Reader(text)
    tree = reader.read(parse(text), 0)
    names = tuple(reader.names)
    optional = frozenset(names) - reader.always
    return Syntax(text, tree, names, optional, tuple(reader.constants))
