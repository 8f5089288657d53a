"""The flows that the text of a script defines, as far as they can be told without running it."""

from __future__ import annotations

import ast

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
    functions = {*functions_returning_flow(source), _DEFAULT_NAME}
    names = []
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef):
            names += [statement.name] if statement.name in functions else []
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            is_flow = _says_flow(statement.value.func)
            names += [one.id for one in statement.targets if is_flow and isinstance(one, ast.Name)]
    return list(dict.fromkeys(names))


def functions_returning_flow(source: bytes) -> set[str]:
    """Return the names of the functions that say `-> Flow`, or return a call of `Flow`.

    Args:
        source: The text of the script.
    """
    functions = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]
    return {
        function.name
        for function in functions
        if (function.returns is not None and _says_flow(function.returns))
        or any(
            isinstance(node, ast.Return)
            and isinstance(node.value, ast.Call)
            and _says_flow(node.value.func)
            for node in ast.walk(function)
        )
    }


def _says_flow(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.split(".")[-1] == "Flow"
    return "Flow" in (getattr(node, "id", None), getattr(node, "attr", None))
