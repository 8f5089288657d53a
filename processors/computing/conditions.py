"""Conditions that rows must satisfy: how errors show them, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError
from dataflows.expressions import compile_expression
from dataflows.functions import describe_function
from dataflows.processors.arguments.field_patterns import field_types
from dataflows.processors.computing.evaluation import checked_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["check_condition", "condition_text"]

_COMPARED = {"string": "{} != ''", "integer": "{} > 0", "number": "{} > 0"}


def condition_text(condition: Callable[..., Any] | str) -> str:
    """Return how an error shows a condition.

    Examples:
        >>> condition_text("qty > 2"), condition_text(bool)
        ("'qty > 2'", 'bool (class of builtins)')
    """
    return repr(condition) if isinstance(condition, str) else describe_function(condition)


def check_condition(
    condition: str, schema: Mapping[str, Any], alternative: str | None = None
) -> None:
    """Check that an expression can be a condition for the rows of a schema.

    Args:
        condition: The expression.
        schema: The descriptor of the schema.
        alternative: What else could have been meant by the name of a field, ``{}`` in its place.

    Raises:
        UnknownFieldError: It names a field that is not there.
        FlowError: Types clash in it, or it is no more than the name of a field.

    Examples:
        >>> schema = {"fields": [{"name": "qty", "type": "integer"}]}
        >>> check_condition("qty > 2", schema)
        >>> check_condition("qty", schema)
        Traceback (most recent call last):
        dataflows.errors.FlowError: 'qty' is a field of the type 'integer', not a condition
          fix: write an expression such as 'qty > 0'.
    """
    types = field_types(dict(schema))
    checked_type(compile_expression(condition), types)
    name = condition.strip()
    if types.get(name, "boolean") in ("boolean", "any"):
        return
    what = f"{name!r} is a field of the type {types[name]!r}, not a condition"
    example = _COMPARED.get(types[name], "{} is not None").format(name)
    start = f"write {alternative.format(repr(name))}, or" if alternative else "write"
    raise FlowError(what, fix=f"{start} an expression such as {example!r}.")
