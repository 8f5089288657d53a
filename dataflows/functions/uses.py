"""What the code of one function does with the row that it is given, helpers left open."""

from __future__ import annotations

import ast
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dataflows.functions.syntax import FunctionNode, function_syntax

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FunctionType

__all__ = ["Call", "EscapeError", "Uses", "own_uses"]

# A function that looks at frames can see the row without naming it. Meeting one of these names is
# enough to give whole rows: a false alarm costs speed, a miss would cost the truth.
_INTROSPECTION_NAMES = frozenset(
    {
        *("breakpoint", "dir", "eval", "exec", "globals", "locals", "vars"),
        *("_current_frames", "_getframe", "currentframe", "set_trace"),
        *("bdb", "gc", "inspect", "ipdb", "pdb"),
    },
)
_INTROSPECTION_ATTRIBUTES = frozenset(
    {
        *("_current_frames", "_getframe", "currentframe", "set_trace"),
        *("f_back", "f_locals", "gi_frame", "tb_frame", "get_objects", "get_referrers"),
        *("eval", "query"),  # of pandas: they read the caller's variables
    },
)


class EscapeError(Exception):
    """The row is used in a way that cannot be followed."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that passes the row on: ``helper(row)``, ``module.helper(2, row)``.

    Attributes:
        path: The names that lead to what is called.
        position: The row's position among the arguments.
        line: The line of the call.
        is_value: Whether the function goes on with what the call returns.
        is_returned: Whether the function returns what the call returns.
    """

    path: tuple[str, ...]
    position: int
    line: int
    is_value: bool
    is_returned: bool


@dataclass(slots=True)
class Uses:
    """What one function does with the row.

    Attributes:
        reads: The fields whose value or presence it looks at.
        writes: The fields that it sets or deletes.
        deletes: The fields that it deletes.
        lines: The line of the first use of each field.
        calls: The calls to which it passes the row.
        outer_names: The names that it looks up outside of itself.
        returns_row: Whether it may return the row.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    deletes: set[str] = field(default_factory=set)
    lines: dict[str, int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    outer_names: set[str] = field(default_factory=set)
    returns_row: bool = False


_known: weakref.WeakKeyDictionary[CodeType, dict[int, Uses | None]] = weakref.WeakKeyDictionary()


def own_uses(function: FunctionType, index: int) -> Uses | None:
    """Return what a function's own code does with one parameter; None when the row escapes.

    Args:
        function: A plain function.
        index: The place of the parameter among the function's variables.

    Examples:
        >>> def clean(row):
        ...     row["city"] = row["city"].strip()
        ...     return check(row)
        >>> uses = own_uses(clean, 0)
        >>> uses.reads, uses.writes, uses.calls[0].path, uses.calls[0].is_returned
        ({'city'}, {'city'}, ('check',), True)
    """
    known = _known.setdefault(function.__code__, {})
    if index not in known:
        known[index] = _read(function, index)
    return known[index]


def _read(function: FunctionType, index: int) -> Uses | None:
    node = function_syntax(function)
    if node is None:
        return None
    variables = function.__code__.co_varnames
    reader = _Reader(variables[index], {*variables, *function.__code__.co_cellvars})
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if names[index] != reader.row:
        return None  # a private name, which its class has mangled
    try:
        reader.read(node)
    except (EscapeError, RecursionError):
        return None
    return reader.uses


class _Reader(ast.NodeVisitor):
    """Walks the syntax of a function: notes the plain uses of the row, raises at any other."""

    def __init__(self, row: str, variables: set[str]) -> None:
        self.row = row
        self.uses = Uses()
        self.bound = variables
        self.loaded: set[str] = set()

    def read(self, function: FunctionNode) -> None:
        """Walk the body. What stands in the function's head runs before there is a row."""
        if isinstance(function, ast.Lambda):
            self.visit_returned(function.body)
        else:
            for statement in function.body:
                self.visit(statement)
        # A private name in a class is looked up under another name than it is written.
        self.uses.outer_names = {
            name for name in self.loaded - self.bound if name[:2] != "__" or name[-2:] == "__"
        }

    def visit(self, node: ast.AST) -> None:
        """Visit any node. Any mention of the row that no method below expects is an escape."""
        self.check_names(node)
        if _mentions(node, self.row):
            raise EscapeError
        super().visit(node)

    def check_names(self, node: ast.AST) -> None:
        """Note the names that a node binds or looks up; refuse those that look at frames."""
        if isinstance(node, ast.Attribute) and node.attr in _INTROSPECTION_ATTRIBUTES:
            raise EscapeError
        for name in _names(node):
            if name in _INTROSPECTION_NAMES:
                raise EscapeError
            is_loaded = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            (self.loaded if is_loaded else self.bound).add(name)

    def note(self, key: ast.expr, *kinds: set[str]) -> None:
        """Note a use of the field that a constant names; any other key is an escape."""
        if not (isinstance(key, ast.Constant) and type(key.value) is str):
            raise EscapeError
        for kind in kinds:
            kind.add(key.value)
        line = self.uses.lines.get(key.value, key.lineno)
        self.uses.lines[key.value] = min(line, key.lineno)

    def is_row(self, node: ast.AST) -> bool:
        """Tell whether a node is the row itself."""
        return isinstance(node, ast.Name) and node.id == self.row

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Note ``row["x"]``, looked at, stored to or deleted."""
        uses = self.uses
        if not self.is_row(node.value):
            self.generic_visit(node)
        elif isinstance(node.ctx, ast.Load):
            self.note(node.slice, uses.reads)
        elif isinstance(node.ctx, ast.Store):
            self.note(node.slice, uses.writes)
        else:
            self.note(node.slice, uses.reads, uses.writes, uses.deletes)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Note that ``row["x"] += 1`` reads, too."""
        if isinstance(node.target, ast.Subscript) and self.is_row(node.target.value):
            self.note(node.target.slice, self.uses.reads)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Note ``"x" in row`` and ``"x" not in row``."""
        is_membership = len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn)
        if is_membership and self.is_row(node.comparators[0]):
            self.note(node.left, self.uses.reads)
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """Visit a call whose value the function goes on with."""
        self.visit_any_call(node, is_value=True)

    def visit_Expr(self, node: ast.Expr) -> None:
        """Visit an expression whose value nobody sees."""
        if isinstance(node.value, ast.Call):
            self.visit_any_call(node.value)
        else:
            self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        """Visit ``return``, with a value or none."""
        if node.value is not None:
            self.visit_returned(node.value)

    def visit_returned(self, node: ast.expr) -> None:
        """Visit an expression that the function returns: this one may be the row."""
        if self.is_row(node):
            self.uses.returns_row = True
        elif isinstance(node, ast.IfExp):
            self.visit(node.test)
            self.visit_returned(node.body)
            self.visit_returned(node.orelse)
        elif isinstance(node, ast.BoolOp):
            for operand in node.values[:-1]:
                self.visit(operand)
            self.visit_returned(node.values[-1])
        elif isinstance(node, ast.Call):
            self.visit_any_call(node, is_returned=True)
        else:
            self.visit(node)

    def visit_any_call(
        self, node: ast.Call, *, is_value: bool = False, is_returned: bool = False
    ) -> None:
        """Visit a call: of a method of the row, of a helper that gets the row, or any other."""
        if isinstance(node.func, ast.Attribute) and self.is_row(node.func.value):
            self.visit_row_method(node, node.func.attr)
            return
        self.visit(node.func)
        for position, argument in enumerate(node.args):
            if not self.is_row(argument):
                self.visit(argument)
                continue
            path = _dotted(node.func)
            if not path or any(isinstance(each, ast.Starred) for each in node.args[:position]):
                raise EscapeError
            self.uses.calls.append(Call(path, position, node.lineno, is_value, is_returned))
        for keyword in node.keywords:
            self.visit(keyword)

    def visit_row_method(self, node: ast.Call, method: str) -> None:
        """Note ``row.get("x", default)`` and ``row.setdefault("x", default)``."""
        if method not in {"get", "setdefault"} or len(node.args) not in {1, 2} or node.keywords:
            raise EscapeError
        self.note(node.args[0], self.uses.reads)
        if method == "setdefault":
            self.note(node.args[0], self.uses.writes)
        for default in node.args[1:]:
            self.visit(default)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Visit a function inside the function: its head runs here, its body is its own."""
        head = [*node.decorator_list, *_head(node.args), *filter(None, [node.returns])]
        self.visit_inner(node.args, head, [*node.body, *getattr(node, "type_params", ())])

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Visit an ``async def`` inside the function."""
        head = [*node.decorator_list, *_head(node.args), *filter(None, [node.returns])]
        self.visit_inner(node.args, head, [*node.body, *getattr(node, "type_params", ())])

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Visit a lambda inside the function."""
        self.visit_inner(node.args, _head(node.args), [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Visit a class inside the function: it must not mention the row at all."""
        self.visit_inner(None, [], ast.iter_child_nodes(node))

    def visit_inner(
        self, own: ast.arguments | None, head: Iterable[ast.AST], body: Iterable[ast.AST]
    ) -> None:
        """Visit another scope, which must not capture the row; it may have one of its own."""
        for node in head:
            self.visit(node)
        has_own_row = own is not None and any(
            _mentions(node, self.row) for node in ast.walk(own) if isinstance(node, ast.arg)
        )
        for part in body:
            for node in ast.walk(part):
                self.check_names(node)
                if not has_own_row and _mentions(node, self.row):
                    raise EscapeError


def _head(arguments: ast.arguments) -> list[ast.expr]:
    """Return what is evaluated where a function is defined: its defaults and annotations."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += filter(None, [arguments.vararg, arguments.kwarg])
    annotations = [each.annotation for each in every]
    return list(filter(None, [*arguments.defaults, *arguments.kw_defaults, *annotations]))


def _dotted(node: ast.expr) -> tuple[str, ...]:
    """Return the names of ``name`` or ``module.name``; none for any other expression."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return (*owner, node.attr) if owner else ()
    return ()


def _names(node: ast.AST) -> list[str]:
    """Return the variables that a node itself names, wherever its kind has them."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    # An import binds the first part of a dotted name; handlers, patterns, functions, classes and
    # type parameters bind a name that is a plain string.
    values = [getattr(node, attribute, None) for attribute in ("name", "asname", "rest", "module")]
    return [value.partition(".")[0] for value in values if isinstance(value, str)]


def _mentions(node: ast.AST, name: str) -> bool:
    return name in _names(node)
