"""An expression as Python code: what it may call, and the guards that keep one row small."""

from __future__ import annotations

import ast
import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "FUNCTIONS",
    "LONGEST_TEXT",
    "compile_row",
    "compile_rows",
    "compile_value",
    "field_index",
    "only_numbers",
    "product_fields",
]

LONGEST_TEXT = 10_000_000
_MOST_BITS = 65_536
_MOST_DIGITS = 4_300  # Python's own limit for integers that become text

# Of these, neither `*` nor `%` makes anything that grows without measure.
_NUMBERS = frozenset({int, Decimal, float, bool, type(None)})
_NUMERIC_FUNCTIONS = frozenset({"len", "abs", "round", "int", "Decimal", "float", "bool"})


def _times(left: Any, right: Any) -> Any:
    for text, count in ((left, right), (right, left)):
        if (
            isinstance(text, (str, bytes, bytearray, list, tuple))
            and isinstance(count, int)
            and len(text) * count > LONGEST_TEXT
        ):
            raise ValueError(f"the result would be longer than {LONGEST_TEXT:,}")
    return left * right


def _modulo(left: Any, right: Any) -> Any:
    if isinstance(left, (str, bytes, bytearray)):
        raise TypeError("% divides numbers here; it does not format text")
    return left % right


def _power(left: Any, right: Any) -> Any:
    if (
        isinstance(left, int)
        and isinstance(right, int)
        and abs(left) > 1
        and right > 0
        and left.bit_length() * right > _MOST_BITS
    ):
        raise ValueError(f"the power would have more than {_MOST_BITS:,} bits")
    return left**right


def _replace(text: Any, old: Any, new: Any) -> Any:
    if isinstance(text, str) and isinstance(old, str) and isinstance(new, str):
        longer = len(new) - len(old)
        if longer > 0 and len(text) + text.count(old) * longer > LONGEST_TEXT:
            raise ValueError(f"the result would be longer than {LONGEST_TEXT:,}")
    return text.replace(old, new)


def _integer(value: Any) -> int:
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() >= _MOST_DIGITS:
        raise ValueError(f"the integer would have more than {_MOST_DIGITS:,} digits")
    return int(value)


def _round(value: Any, *digits: Any) -> Any:
    if not digits or digits[0] is None:
        if isinstance(value, Decimal) and value.is_finite() and value.adjusted() >= _MOST_DIGITS:
            raise ValueError(f"the integer would have more than {_MOST_DIGITS:,} digits")
    elif isinstance(digits[0], int) and abs(digits[0]) > _MOST_DIGITS:
        raise ValueError(f"cannot round to more than {_MOST_DIGITS:,} digits")
    return round(value, *digits)


# What an expression may call, with the least and the most arguments.
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int, int]] = {
    "len": (len, 1, 1),
    "abs": (abs, 1, 1),
    "min": (min, 2, 255),
    "max": (max, 2, 255),
    "round": (_round, 1, 2),
    "int": (_integer, 1, 1),
    "str": (str, 1, 1),
    "Decimal": (Decimal, 1, 1),
    "float": (float, 1, 1),
    "bool": (bool, 1, 1),
    "date": (datetime.date, 3, 3),
    "datetime": (datetime.datetime, 3, 7),
}

_NAMESPACE: Mapping[str, Any] = {
    "__builtins__": {},
    "_times": _times,
    "_modulo": _modulo,
    "_power": _power,
    "_replace": _replace,
    "_zip": zip,
    "_range": range,
    **{name: function for name, (function, _, _) in FUNCTIONS.items()},
}

_GUARDED_OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Mult: "_times",
    ast.Mod: "_modulo",
    ast.Pow: "_power",
}


def field_index(node: ast.AST) -> int | None:
    """Return which field a node of a syntax tree reads, None when it is not a field."""
    if isinstance(node, ast.Name) and node.id.startswith("_f"):
        return int(node.id[2:])
    return None


def _is_numeric(node: ast.AST) -> bool:
    """Tell whether a node gives a number whenever the fields in it do."""
    match node:
        case ast.Name():
            return field_index(node) is not None
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.BinOp(left=left, right=right):
            return _is_numeric(left) and _is_numeric(right)
        case ast.UnaryOp(operand=operand):
            return _is_numeric(operand)
        case ast.Call(func=ast.Name(id=name)):
            return name in _NUMERIC_FUNCTIONS
        case _:
            return False


class _Coder(ast.NodeTransformer):
    """Puts calls of the guards where a result could grow without measure.

    With `numeric`, every field is known to hold numbers, and products of fields need no guard.
    `constants` are Decimals and dates: multiplied with anything, they repeat nothing.
    """

    def __init__(self, constants: Sequence[Any], *, numeric: bool) -> None:
        self._numeric = numeric
        self._constants = constants

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        guard = _GUARDED_OPERATORS.get(type(node.op))
        needless = not isinstance(node.op, ast.Pow) and (
            (self._numeric and _is_numeric(node.left) and _is_numeric(node.right))
            or self._is_harmless(node.left)
            or (isinstance(node.op, ast.Mult) and self._is_harmless(node.right))
        )
        changed = self.generic_visit(node)
        assert isinstance(changed, ast.BinOp)
        if guard is None or needless:
            return changed
        return ast.Call(ast.Name(guard, ast.Load()), [changed.left, changed.right], [])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        changed = self.generic_visit(node)
        assert isinstance(changed, ast.Call)
        match changed.func:
            case ast.Attribute(value=value, attr="replace"):
                return ast.Call(ast.Name("_replace", ast.Load()), [value, *changed.args], [])
            case _:
                return changed

    def _is_harmless(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name) and node.id.startswith("_c"):
            return isinstance(self._constants[int(node.id[2:])], Decimal)
        return False


class _RowReader(ast.NodeTransformer):
    """Reads fields from ``row`` where the syntax tree names them."""

    def __init__(self, names: Sequence[str], optional: frozenset[str]) -> None:
        self._names = names
        self._optional = optional

    def visit_Name(self, node: ast.Name) -> ast.expr:
        index = field_index(node)
        if index is None:
            return node
        row, name = ast.Name("row", ast.Load()), self._names[index]
        if name in self._optional:
            return ast.Call(ast.Attribute(row, "get", ast.Load()), [ast.Constant(name)], [])
        return ast.Subscript(row, ast.Constant(name), ast.Load())


def _copied(node: ast.expr) -> ast.expr:
    """Copy a tree, so that the transformers may change the copy."""
    fields: dict[str, Any] = {
        name: [_copied(item) if isinstance(item, ast.expr) else item for item in value]
        if isinstance(value, list)
        else _copied(value)
        if isinstance(value, ast.expr)
        else value
        for name, value in ast.iter_fields(node)
    }
    copy = type(node)(**fields)
    return ast.copy_location(copy, node)


def _function(
    arguments: Sequence[str], body: ast.expr, constants: Sequence[Any]
) -> Callable[..., Any]:
    signature = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(name) for name in arguments],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(signature, body)))
    namespace = {**_NAMESPACE, **{f"_c{index}": value for index, value in enumerate(constants)}}
    code = compile(tree, "<expression>", "eval")
    # The tree was built node by node from an allowed few, and the namespace has no builtins.
    function: Callable[..., Any] = eval(code, namespace)  # noqa: S307 - as said above
    return function


def compile_value(tree: ast.expr, count: int, constants: Sequence[Any]) -> Callable[..., Any]:
    """Return the function that evaluates a tree on the values of its `count` fields."""
    body = _Coder(constants, numeric=False).visit(_copied(tree))
    return _function([f"_f{index}" for index in range(count)], body, constants)


def compile_row(
    tree: ast.expr, names: Sequence[str], optional: frozenset[str], constants: Sequence[Any]
) -> Callable[[Mapping[str, Any]], Any]:
    """Return the function that evaluates a tree on one row."""
    body = _Coder(constants, numeric=False).visit(_copied(tree))
    return _function(["row"], _RowReader(names, optional).visit(body), constants)


def compile_rows(
    tree: ast.expr, count: int, constants: Sequence[Any], *, numeric: bool
) -> Callable[[Sequence[list[Any]], int], list[Any]]:
    """Return the function that evaluates a tree on lists of values, in one comprehension."""
    body = _Coder(constants, numeric=numeric).visit(_copied(tree))
    lists = ast.Name("lists", ast.Load())
    target: ast.expr
    source: ast.expr
    if count == 0:
        target = ast.Name("_", ast.Store())
        source = ast.Call(ast.Name("_range", ast.Load()), [ast.Name("length", ast.Load())], [])
    elif count == 1:
        target = ast.Name("_f0", ast.Store())
        source = ast.Subscript(lists, ast.Constant(0), ast.Load())
    else:
        target = ast.Tuple(
            [ast.Name(f"_f{index}", ast.Store()) for index in range(count)], ast.Store()
        )
        source = ast.Call(ast.Name("_zip", ast.Load()), [ast.Starred(lists, ast.Load())], [])
    loop = ast.comprehension(target, source, [], 0)
    return _function(["lists", "length"], ast.ListComp(body, [loop]), constants)


def product_fields(tree: ast.expr) -> frozenset[int]:
    """Return the fields whose products need no guard while these fields hold only numbers."""
    products = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Mult, ast.Mod))
        and _is_numeric(node.left)
        and _is_numeric(node.right)
    ]
    indexes = {field_index(node) for product in products for node in ast.walk(product)}
    return frozenset(index for index in indexes if index is not None)


def only_numbers(values: list[Any]) -> bool:
    """Tell whether a list holds nothing but numbers and None."""
    return _NUMBERS.issuperset(map(type, values))
