"""Parameters from the command line: `key=value`, typed as the signature of a function says."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.cli.report import CallError
from dataflows.errors import nearest
from dataflows.wording import with_article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["needed_parameters", "read_settings"]

_TRUE, _FALSE = ("true", "yes", "1", "on"), ("false", "no", "0", "off")


def needed_parameters(function: Any) -> set[str]:
    """Return the names of the parameters without a default; of what is no function, none."""
    if not callable(function):
        return set()
    return {
        name
        for name, one in inspect.signature(function).parameters.items()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    }


def read_settings(
    function: Callable[..., Any], settings: Iterable[str], script: Path
) -> dict[str, Any]:
    """Return the arguments of a function from texts.

    Args:
        function: Its annotations, or else the types of its defaults, say what the texts become.
        settings: Each `key=value`.
        script: The file that it stands in, for messages.

    Raises:
        CallError: A text is no `key=value`, the function has no such parameter or one that it
            needs is missing, or a value is not of its type.

    Examples:
        >>> from decimal import Decimal
        >>> def flow(year: int, rate: Decimal = Decimal(1), draft=False): ...
        >>> read_settings(flow, ["year=2020", "draft=yes"], Path("sales.py"))
        {'year': 2020, 'draft': True}
    """
    parameters = inspect.signature(function).parameters
    named = [
        name
        for name, one in parameters.items()
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
    ]
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    call = f"{getattr(function, '__name__', 'flow')}() in {str(script)!r}"
    hints = _hints_of(function)
    arguments: dict[str, Any] = {}
    for setting in settings:
        name, sign, text = setting.partition("=")
        name = name.strip()
        if not sign or not name:
            raise CallError(
                f"--set takes a name and a value, got {setting!r}",
                fix=f"write --set {name or 'name'}=value.",
            )
        if name not in named and not takes_any:
            fix = nearest(name, named, "parameters") if named else f"leave out --set {name}."
            raise CallError(f"{call} has no parameter {name!r}", fix=fix)
        if name in arguments:
            raise CallError(f"{name!r} is set twice", fix="leave out one of the two.")
        parameter = parameters.get(name)
        arguments[name] = _typed(name, text, hints.get(name, _type_of_default(parameter)))
    needed = needed_parameters(function)
    missing = [name for name in parameters if name in needed and name not in arguments]
    if missing:
        raise CallError(
            f"{call} needs {' and '.join(map(repr, missing))}",
            fix="add " + " ".join(f"--set {name}=…" for name in missing) + ".",
        )
    return arguments


def _hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return what the parameters are, as far as it can be known: each annotation by itself."""
    written = inspect.unwrap(function)
    # A type that a script imports only for type checkers is known by its name.
    names = {one.__name__: one for one in _READERS} | getattr(written, "__globals__", {})
    hints: dict[str, Any] = {}
    for name, annotation in getattr(written, "__annotations__", {}).items():
        one = types.SimpleNamespace(__annotations__={name: annotation})
        with suppress(NameError, TypeError, SyntaxError):
            hints |= typing.get_type_hints(one, names)
    return hints


def _type_of_default(parameter: inspect.Parameter | None) -> Any:
    if parameter is None or parameter.default in (None, inspect.Parameter.empty):
        return str
    kind = type(parameter.default)
    if kind in _SEVERAL.values() and parameter.default:
        return types.GenericAlias(kind, type(next(iter(parameter.default))))
    return kind


def _typed(name: str, text: str, hint: Any) -> Any:
    """Return the value that a text means for a type."""
    choices = _choices_of(hint)
    if choices is not None:
        if text not in choices:
            what = f"{name} is one of {', '.join(choices)}, got {text!r}"
            raise CallError(what, fix=nearest(text, choices, "values"))
        return choices[text]
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _of_union(name, text, typing.get_args(hint))
    if (origin or hint) in _SEVERAL:
        item = next(iter(typing.get_args(hint)), str)
        made = [_typed(name, part.strip(), item) for part in text.split(",") if part.strip()]
        return _SEVERAL[origin or hint](made)
    kind = origin or hint
    if not isinstance(kind, type) or kind in (str, object, Any):
        return text
    try:
        return _READERS.get(kind, kind)(text)
    except Exception:  # noqa: BLE001 - a type of a script may raise anything
        what = f"{name} is {with_article(_WORDS.get(kind, kind.__name__))}, got {text!r}"
        fix = "let the function take a text, and make it of that."
        if kind in _EXAMPLES:
            fix = f"write for instance --set {name}={_EXAMPLES[kind]}."
        raise CallError(what, fix=fix) from None


def _of_union(name: str, text: str, members: tuple[Any, ...]) -> Any:
    """Return the value for the first member of a union that takes the text."""
    if type(None) in members and text in ("", "None", "null"):
        return None
    *others, last = [one for one in members if one is not type(None)]
    for member in others:
        try:
            return _typed(name, text, member)
        except CallError:
            continue
    return _typed(name, text, last)


def _choices_of(hint: Any) -> dict[str, Any] | None:
    if typing.get_origin(hint) is typing.Literal:
        return {str(one): one for one in typing.get_args(hint)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {member.name: member for member in hint}
    return None


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE + _FALSE:
        raise ValueError(text)
    return word in _TRUE


_SEVERAL: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
    collections.abc.Iterable: list,
    collections.abc.Collection: list,
}
_READERS: dict[Any, Callable[[str], Any]] = {
    bool: _boolean,
    int: int,
    float: float,
    Decimal: Decimal,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    time: time.fromisoformat,
    Path: Path,
}
_WORDS = {bool: "boolean", int: "integer", float: "number", Decimal: "number"}
_WORDS |= {date: "date", datetime: "datetime", time: "time", Path: "path"}
_EXAMPLES = {bool: "true", int: "3", float: "0.5", Decimal: "0.5", date: "2020-12-31"}
_EXAMPLES |= {datetime: "2020-12-31T23:59:00", time: "23:59", Path: "data.csv"}
