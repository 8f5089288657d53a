"""The flows that the text of a script defines, as far as they can be told without running it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

__all__ = ["flow_names", "functions_returning_flow"]

_DEFAULT_NAME = "flow"


def flow_names(source: bytes) -> list[str]:
    r"""Return the names of the flows that a script seems to have.

    Args:
        source: The text of the script.

    Raises:
        SyntaxError: It is not Python.

    Examples:
        >>> flow_names(b"sales = Flow(load('sales.csv'))\ndef total(row): ...")
        ['sales']
    """
    script = ast.parse(source)
    makers = _makers(script)
    names = []
    for statement in script.body:
        if isinstance(statement, ast.FunctionDef) and not statement.name.startswith("_"):
            names += [statement.name] if statement.name in {*makers, _DEFAULT_NAME} else []
        else:
            names += _given_names(statement, makers)
    return list(dict.fromkeys(names))


def functions_returning_flow(source: bytes) -> set[str]:
    r"""Return the names of the functions that say `-> Flow`, or return what is made as one.

    Args:
        source: The text of the script.

    Examples:
        >>> source = b"def a():\n  f = Flow()\n  return f\ndef b(): return a()"
        >>> sorted(functions_returning_flow(source))
        ['a', 'b']
    """
    script = ast.parse(source)
    functions = {one.name for one in script.body if isinstance(one, ast.FunctionDef)}
    return {name for name in functions & _makers(script) if not name.startswith("_")}


def _makers(script: ast.Module) -> set[str]:
    """Return the names of what gives a Flow when it is called: classes and functions."""
    makers = {"Flow"}
    while True:
        found = {
            one.name
            for one in script.body
            if (
                isinstance(one, ast.ClassDef)
                and any(_name_of(base) in makers for base in one.bases)
            )
            or (isinstance(one, ast.FunctionDef) and _returns_flow(one, makers))
        }
        if found <= makers:
            return makers
        makers |= found


def _returns_flow(function: ast.FunctionDef, makers: AbstractSet[str]) -> bool:
    if function.returns is not None and _name_of(function.returns) in makers:
        return True
    inside = list(_inside(function))
    names = {name for node in inside for name in _given_names(node, makers)}
    return any(
        isinstance(node, ast.Return)
        and (
            _is_made(node.value, makers)
            or (isinstance(node.value, ast.Name) and node.value.id in names)
        )
        for node in inside
    )


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below one, without those of inner functions: they return for themselves."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _inside(child)


def _given_names(node: ast.AST, makers: AbstractSet[str]) -> list[str]:
    """Return the names that a statement gives to a Flow."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not _is_made(node.value, makers):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [one.id for one in targets if isinstance(one, ast.Name)]


def _is_made(value: ast.expr | None, makers: AbstractSet[str]) -> bool:
    return isinstance(value, ast.Call) and _name_of(value.func) in makers


def _name_of(node: ast.expr) -> str:
    """Return the name that stands last: `d.Flow`, also as a text, is `Flow`."""
    if isinstance(node, ast.Constant):
        return str(node.value).rpartition(".")[2]
    return str(getattr(node, "id", None) or getattr(node, "attr", None))
