"""What a user's function reads and writes, from its code; its parameters; how messages name it."""

from __future__ import annotations

import functools
import inspect
import sys
from dataclasses import dataclass, field
from pathlib import PurePath
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from dataflows.functions.uses import EscapeError, Uses, own_uses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Usage", "describe_function", "field_usage", "parameters"]

# Whatever name a function has for one of these, it may see the row without naming it.
_INTROSPECTION_MODULES = frozenset({"bdb", "gc", "inspect", "ipdb", "pdb"})
_INTROSPECTION_FUNCTIONS = (
    *(breakpoint, dir, eval, exec, globals, locals, vars),
    sys._getframe,  # noqa: SLF001 - not called: looked for in what a function uses
)
_DEEPEST_CALL = 8


@dataclass(frozen=True, slots=True)
class Usage:
    """The fields of a row that a function may touch.

    A function that is called with a dict of just the `reads` does what it would do with the whole
    row: a field that it deletes counts as read too, because its absence would be noticed.

    Attributes:
        reads: The fields whose value or presence the function may look at.
        writes: The fields that it may set or delete.
        deletes: The fields that it may delete.
        lines: The line of the first use of each field, in the file of the function. A use inside
            a helper from another file has the line of the call.
        returns_row: Whether the function may return the row itself. A caller that takes the
            returned value for anything but "this row" has to give whole rows then.
    """

    reads: frozenset[str]
    writes: frozenset[str]
    deletes: frozenset[str]
    lines: Mapping[str, int] = field(hash=False)
    returns_row: bool = False


def field_usage(function: Callable[..., Any], parameter: str | int = 0) -> Usage | None:
    """Return the fields that a function uses of the row it is given, or None for all of them.

    The answer is exact or it is None. It is None when the row escapes: anything is done with it
    but ``row["x"]``, ``row.get("x")``, ``row.setdefault("x", ...)``, ``"x" in row``, storing or
    deleting ``row["x"]``, returning it, or passing it on to a plain function of which the same is
    true. It is None too when the function's source cannot be had, or is not what the function was
    compiled from. Only something that the function calls and that searches the frames of its
    callers could still see which fields a row lacks.

    Args:
        function: A function, lambda, bound method, partial, or object with a ``__call__``.
        parameter: The parameter that receives the row: its name, or its position in a call.

    Examples:
        >>> def total(row):
        ...     row["total"] = row["amount"] * row["qty"]
        >>> usage = field_usage(total)
        >>> sorted(usage.reads), sorted(usage.writes), usage.lines["total"]
        (['amount', 'qty'], ['total'], 2)
        >>> field_usage(lambda row: print(row)) is None
        True
    """
    target = _target(function, parameter)
    if target is None:
        return None
    try:
        return _Resolver().usage(*target)
    except EscapeError:
        return None


def parameters(function: Callable[..., Any]) -> list[str]:
    """Return the names of the parameters that a callable takes by position.

    The parameters of a wrapper made with ``functools.wraps`` are those of what it wraps.
    A builtin that does not tell has none.

    Examples:
        >>> parameters(lambda row, *rest, key=None: row)
        ['row']
        >>> parameters(functools.partial(lambda rate, row: row, 2))
        ['row']
        >>> parameters(dict)
        []
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    positional = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return [name for name, each in signature.parameters.items() if each.kind in positional]


def describe_function(function: object) -> str:
    """Return how messages name a function: what it is called, its file's name and its line.

    Examples:
        >>> describe_function(len)
        'len (built-in)'
        >>> describe_function(functools.partial(len))
        'partial of len (built-in)'
        >>> describe_function(Usage)
        'Usage (class of dataflows.functions.usage)'
    """
    if type(function) is functools.partial:
        return f"partial of {describe_function(function.func)}"
    function = _unwrapped(function)
    if isinstance(function, MethodType):
        function = function.__func__
    if isinstance(function, FunctionType):
        return f"{_short_name(function)} ({_file_and_line(function)})"
    if isinstance(function, type):
        return f"{_short_name(function)} (class of {function.__module__})"
    kind = type(function)
    call = _python_call(kind)
    if call is not None:
        return f"{_short_name(kind)} object ({_file_and_line(call)})"
    if inspect.isroutine(function):
        return f"{_short_name(function)} (built-in)"
    return f"{_short_name(kind)} object (of {kind.__module__})"


def _target(function: object, parameter: str | int) -> tuple[FunctionType, int] | None:
    """Return the plain function that a call runs, and where the parameter is in its variables."""
    bound, keywords = 0, set[str]()
    while type(function) is not FunctionType:
        if type(function) is functools.partial:
            if any(type(value).__name__ == "_PlaceholderType" for value in function.args):
                return None
            bound += len(function.args)
            keywords |= function.keywords.keys()
            function = function.func
        elif type(function) is MethodType:
            bound += 1
            function = function.__func__
        else:
            function = _python_call(type(function))
            if function is None:
                return None
            bound += 1
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if isinstance(parameter, str):
        index = names.index(parameter) if parameter in names else -1
    else:
        index = parameter + bound if parameter + bound < code.co_argcount else -1
    if index < bound or names[index] in keywords:
        return None
    return function, index


def _python_call(kind: type) -> FunctionType | None:
    """Return the ``__call__`` that a class defines in Python, as a plain method."""
    for base in kind.__mro__:
        if "__call__" in vars(base):
            call = vars(base)["__call__"]
            return call if type(call) is FunctionType else None
    return None


def _unwrapped(function: object) -> object:
    seen = set()
    while id(function) not in seen and "__wrapped__" in getattr(function, "__dict__", ()):
        seen.add(id(function))
        function = function.__wrapped__  # type: ignore[attr-defined]  # looked up above
    return function


def _short_name(named: object) -> str:
    name = getattr(named, "__qualname__", None) or getattr(named, "__name__", "")
    return str(name).rpartition("<locals>.")[2]


def _file_and_line(function: FunctionType) -> str:
    code = function.__code__
    return f"{_file_name(code.co_filename)}, line {code.co_firstlineno}"


def _file_name(file: str) -> str:
    """Return how a file is called; a cell of a notebook as Jupyter calls it: `Cell In[3]`."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    # From IPython 8 on; None for what is not a cell.
    cell_of = getattr(getattr(shell, "compile", None), "format_code_name", lambda _: None)
    return " ".join(cell_of(file) or [PurePath(file).name])


@dataclass(slots=True)
class _Resolver:
    """Adds up what a function and its helpers use. Helpers are what their names mean right now."""

    met: dict[tuple[FunctionType, int], Usage | None] = field(default_factory=dict)

    def usage(self, function: FunctionType, index: int, depth: int = 0) -> Usage:
        """Return the usage of one function, or raise when the row escapes from it."""
        self.met[function, index] = None
        own = own_uses(function, index)
        if own is None or any(_sees_frames(_value(function, name)) for name in own.outer_names):
            raise EscapeError
        reads, writes, deletes = set(own.reads), set(own.writes), set(own.deletes)
        lines, returns_row = dict(own.lines), own.returns_row
        for call in own.calls:
            target = _target(_helper(function, call.path, own), call.position)
            if target is None or depth == _DEEPEST_CALL:
                raise EscapeError
            inner = self.met[target] if target in self.met else self.usage(*target, depth + 1)
            # A helper that is still being looked at (None) calls itself: its fields are counted
            # where it was met first, but it may return the row for all that is known here.
            if call.is_value and (inner is None or inner.returns_row):
                raise EscapeError
            if call.is_returned and (inner is None or inner.returns_row):
                returns_row = True
            if inner is None:
                continue
            reads |= inner.reads
            writes |= inner.writes
            deletes |= inner.deletes
            same_file = target[0].__code__.co_filename == function.__code__.co_filename
            for name, line in inner.lines.items():
                lines.setdefault(name, line if same_file else call.line)
        usage = Usage(frozenset(reads), frozenset(writes), frozenset(deletes), lines, returns_row)
        self.met[function, index] = usage
        return usage


def _value(function: FunctionType, name: str) -> object:
    """Return what a name that a function does not bind means now, builtins left out."""
    free = function.__code__.co_freevars
    if name not in free:
        return function.__globals__.get(name)
    cells = function.__closure__ or ()
    try:
        return cells[free.index(name)].cell_contents
    except ValueError:  # not bound yet
        return None


def _helper(function: FunctionType, path: tuple[str, ...], own: Uses) -> object:
    """Return what a call such as ``helper(row)`` or ``module.helper(row)`` calls, or None."""
    if path[0] not in own.outer_names:
        return None
    value = _value(function, path[0])
    for name in path[1:]:
        value = vars(value).get(name) if type(value) is ModuleType else None
    return value


def _sees_frames(value: object) -> bool:
    if isinstance(value, ModuleType):
        return value.__name__ in _INTROSPECTION_MODULES
    if isinstance(value, FunctionType):
        return value.__module__ in _INTROSPECTION_MODULES
    return any(value is function for function in _INTROSPECTION_FUNCTIONS)
