"""WindowCall: a window function as users write it, such as ``lag(amount, 1)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, nearest, shorten
from dataflows.processors.groups.aggregates import OTHER_NAMES
from dataflows.processors.rows.window_functions import WINDOW_FUNCTIONS, WindowFunction

if TYPE_CHECKING:
    from dataflows.processors.rows.window_states import WindowState
    from dataflows.schema import Schema

__all__ = ["WindowCall"]

_CALL = re.compile(
    r"""\s*(?P<name>\w+)\s*\(\s*
    (?:(?P<quote>['"])(?P<quoted>[^'"]+)(?P=quote)|(?P<plain>[^'",()]*?))\s*
    (?:,\s*(?P<rows>[^,()]*?)\s*)?\)\s*""",
    re.VERBOSE,
)
# What other tools call some of the functions.
_ELSEWHERE = {
    **OTHER_NAMES,
    **{f"rolling_{one}": f"moving_{one}" for one in ("sum", "min", "max")},
    **dict.fromkeys(("rolling_mean", "rolling_avg", "moving_mean"), "moving_avg"),
    **dict.fromkeys(("cumulative_sum", "running_total", "cum_sum"), "cumsum"),
    "cummean": "cumavg",
    "shift": "lag",
    "ratio_to_report": "share",
    "first_value": "first",
    "last_value": "last",
}


@dataclass(frozen=True)
class WindowCall:
    """A field, and the function that gives its values.

    Args:
        target: The name of the field.
        function: The function.
        field: The field that it is computed of, if any.
        rows: The number of rows, if it has one.

    Examples:
        >>> call = WindowCall.read("before", "lag(unit price, 2)")
        >>> call.function.name, call.field, call.rows
        ('lag', 'unit price', 2)
    """

    target: str
    function: WindowFunction
    field: str | None
    rows: int

    @classmethod
    def read(cls, target: str, text: Any) -> WindowCall:
        """Return the call that a text says.

        Raises:
            ArgumentError: It says none.
        """
        match = _CALL.fullmatch(_with_brackets(text)) if isinstance(text, str) else None
        if match is None:
            what = f"the field {target!r} is not given as a function, but as {shorten(text)}"
            fix = (
                "write for instance 'cumsum(amount)'; put a name with commas or brackets in quotes."
            )
            if isinstance(text, str) and text.strip() in WINDOW_FUNCTIONS:
                fix = f"say what it is computed of: {_example(WINDOW_FUNCTIONS[text.strip()])}."
            raise ArgumentError(what, fix=fix)
        name = match["name"]
        if name not in WINDOW_FUNCTIONS:
            what = f"there is no window function named {name!r}"
            fix = nearest(name, list(WINDOW_FUNCTIONS), "functions", _ELSEWHERE)
            raise ArgumentError(what, fix=fix)
        function = WINDOW_FUNCTIONS[name]
        field = match["quoted"] or match["plain"] or None
        if (function.field == "must" and field is None) or (function.field == "no" and field):
            what = f"{text!r} {'names no field' if field is None else 'takes no field'}"
            raise ArgumentError(what, fix=f"write {_example(function)}.")
        return cls(target, function, field, _rows(text, function, match["rows"]))

    def descriptor(self, schema: Schema) -> dict[str, Any]:
        """Return the descriptor of the field.

        Raises:
            UnknownFieldError: The schema has not the field that it is computed of.
            FlowError: The function cannot be computed of values of its type.
        """
        field = None if self.field is None else schema.field(self.field)
        return self.function.descriptor(field, self.target)

    def state(self) -> WindowState:
        """Return the state for a group of rows."""
        return self.function.make(self.rows)


def _with_brackets(text: str) -> str:
    """Return a function that needs no field as a call, where only its name is given."""
    function = WINDOW_FUNCTIONS.get(text.strip())
    return text if function is None or function.field == "must" else f"{function.name}()"


def _rows(text: str, function: WindowFunction, given: str | None) -> int:
    if given is None and function.rows != 0:
        return function.rows or 0
    if given is None or function.rows is None:
        what = f"{text!r} {'names no' if given is None else 'takes no'} number of rows"
        raise ArgumentError(what, fix=f"write {_example(function)}.")
    if not (given.isascii() and given.isdigit() and int(given)):
        what = f"the number of rows in {text!r} is not a number from 1 on"
        raise ArgumentError(what, fix=f"write for instance {_example(function)}.")
    return int(given)


def _example(function: WindowFunction) -> str:
    field = "" if function.field == "no" else "amount"
    rows = "" if function.rows is None else f", {function.rows or 3}"
    return repr(f"{function.name}({field}{rows})")
