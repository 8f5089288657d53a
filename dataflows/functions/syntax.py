"""The syntax tree of a function, proven to be the one that it was compiled from."""

from __future__ import annotations
import __future__

import ast
import functools
import inspect
import linecache
import warnings
from dataclasses import dataclass
from types import CodeType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from types import FunctionType

__all__ = ["FunctionNode", "function_syntax"]

FunctionNode: TypeAlias = ast.FunctionDef | ast.Lambda


def function_syntax(function: FunctionType) -> FunctionNode | None:
    """Return the syntax tree of a function, or None where it cannot be had for certain.

    The source is compiled again, and the code at the function's place has to be the function's
    code to the last constant: an edited file, a changed tree (an import hook) or a wrong file of
    the same name give None. So does ``async def``.

    Examples:
        >>> def double(row):
        ...     row["a"] *= 2
        >>> type(function_syntax(double)).__name__
        'FunctionDef'
        >>> exec("def unknown(row): pass")
        >>> function_syntax(unknown) is None
        True
    """
    code = function.__code__
    text = _source(function)
    if not text:
        return None
    file = _compiled(code.co_filename, text, code.co_flags & __future__.annotations.compiler_flag)
    if file is None:
        return None
    fingerprint = _fingerprint(code)
    place = code.co_firstlineno, code.co_name
    if all(_fingerprint(other) != fingerprint for other in file.codes.get(place, ())):
        return None
    nodes = file.nodes.get(place, [])
    return nodes[0] if len(nodes) == 1 else _around(nodes, code)


@dataclass(frozen=True, slots=True)
class _File:
    """A source file's functions, as code and as syntax, by first line and name."""

    codes: dict[tuple[int, str], list[CodeType]]
    nodes: dict[tuple[int, str], list[FunctionNode]]


def _source(function: FunctionType) -> str:
    filename = function.__code__.co_filename
    # Through the module, not by imported names: doctest and IPython put their own in there.
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, function.__globals__)
    if not lines and filename.startswith("<"):
        try:
            lines = list(inspect.findsource(function)[0])
        except (OSError, TypeError, IndexError):
            return ""
    return "".join(lines)


@functools.lru_cache(maxsize=4)
def _compiled(filename: str, text: str, flags: int) -> _File | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename)
            module = compile(tree, filename, "exec", flags, dont_inherit=True)
            file = _File({}, {})
            for code in _codes(module):
                file.codes.setdefault((code.co_firstlineno, code.co_name), []).append(code)
            for node in ast.walk(tree):
                if isinstance(node, ast.Lambda):
                    file.nodes.setdefault((node.lineno, "<lambda>"), []).append(node)
                elif isinstance(node, ast.FunctionDef):
                    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                    file.nodes.setdefault((first, node.name), []).append(node)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return file


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _fingerprint(constant: object) -> Hashable:
    """Return what tells a constant from any other: 1, 1.0 and True differ, as do codes."""
    if isinstance(constant, CodeType):
        return (
            constant.co_name,
            constant.co_code,
            tuple(map(_fingerprint, constant.co_consts)),
            constant.co_names,
            constant.co_varnames,
            constant.co_freevars,
            constant.co_cellvars,
            constant.co_argcount,
            constant.co_posonlyargcount,
            constant.co_kwonlyargcount,
            constant.co_flags,
            constant.co_firstlineno,
            constant.co_linetable,
            constant.co_exceptiontable,
        )
    if isinstance(constant, tuple):
        return (tuple, *map(_fingerprint, constant))
    if isinstance(constant, frozenset):
        return (frozenset, frozenset(map(_fingerprint, constant)))
    return (type(constant), repr(constant))


def _around(nodes: list[FunctionNode], code: CodeType) -> FunctionNode | None:
    """Return the one of several lambdas on a line that holds all the places of the code.

    It is the innermost that does: what a lambda runs to make another one is outside of that.
    """
    places = [
        ((line, column), (end_line, end_column))
        for line, end_line, column, end_column in code.co_positions()
        if line is not None and end_line is not None and column is not None and end_column
    ]
    if not places:
        return None
    start, end = min(places)[0], max(end for _, end in places)
    holding = [
        node
        for node in nodes
        if isinstance(node, ast.Lambda)
        and _start(node.body) <= start
        and end <= (node.body.end_lineno or 0, node.body.end_col_offset or 0)
    ]
    return max(holding, key=lambda node: _start(node.body), default=None)


def _start(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset
