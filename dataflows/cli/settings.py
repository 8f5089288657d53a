"""Parameters from the command line: `key=value`, typed as the signature of a function says."""

from __future__ import annotations

import inspect
import types
import typing
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
    if not inspect.isfunction(function):
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
                f"--set takes a name and a value, got {setting!r}", fix="write --set name=value."
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
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError):  # a name that only type checkers import
        return {}


def _type_of_default(parameter: inspect.Parameter | None) -> Any:
    if parameter is None or parameter.default in (None, inspect.Parameter.empty):
        return str
    return type(parameter.default)


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
    if (origin or hint) in (list, tuple, set):
        item = next(iter(typing.get_args(hint)), str)
        made = [_typed(name, part.strip(), item) for part in text.split(",") if part.strip()]
        return (origin or hint)(made)
    try:
        return _READERS.get(hint, str)(text)
    except (ValueError, ArithmeticError):
        what = f"{name} is {with_article(_WORDS[hint])}, got {text!r}"
        raise CallError(what, fix=f"write for instance --set {name}={_EXAMPLES[hint]}.") from None


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
