"""Which of the functions that a step was given an error came from."""

from __future__ import annotations

import functools
import os
from inspect import unwrap
from pathlib import Path
from traceback import walk_tb
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from dataflows.functions.usage import describe_function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

__all__ = ["raised_in"]

_DEEPEST = 4
_OURS = str(Path(__file__).parents[1]) + os.sep
"""Where the functions stand that users give but did not write, such as policies."""


def raised_in(cause: BaseException, given: Iterable[Any]) -> str | None:
    """Return how messages name the function in which an error was raised, None for none of these.

    Args:
        cause: The error.
        given: Functions, and lists and dicts with functions in them, beside anything else.

    Examples:
        >>> def half(number):
        ...     return number / "2"
        >>> try:
        ...     half(3)
        ... except TypeError as error:
        ...     raised_in(error, [5, {"make": half}]).partition(" ")[0]
        'half'
    """
    by_code = {code: function for function in _functions(given) for code in _codes(function)}
    if not by_code:
        return None
    frames = [frame.f_code for frame, _ in walk_tb(cause.__traceback__)]
    found = next((by_code[code] for code in reversed(frames) if code in by_code), None)
    return None if found is None else describe_function(found)


def _functions(given: Iterable[Any], depth: int = 0) -> Iterator[Any]:
    for one in given:
        if isinstance(one, dict):
            inner: Iterable[Any] = one.values()
        elif isinstance(one, (list, tuple)):
            inner = one
        else:
            if callable(one):
                yield one
            continue
        if depth < _DEEPEST:
            yield from _functions(inner, depth + 1)


def _codes(function: Any) -> Iterator[CodeType]:
    """Yield the code that a call runs, where it is Python's."""
    while isinstance(function, functools.partial):
        function = function.func
    plain = _unwrapped(function)
    if isinstance(plain, MethodType):
        plain = plain.__func__
    if not isinstance(plain, FunctionType):
        plain = getattr(type(plain), "__call__", None)  # noqa: B004 - the function itself is wanted
    if isinstance(plain, FunctionType) and not plain.__code__.co_filename.startswith(_OURS):
        yield plain.__code__


def _unwrapped(function: Any) -> Any:
    try:
        return unwrap(function)
    except ValueError:  # it leads back to itself
        return function
