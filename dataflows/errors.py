"""The errors of dataflows: what is wrong, where, and how to fix it.

::

    DataflowsException
    ├── ArgumentError (ValueError)       at the call: an option that cannot be
    │   └── SignatureError (TypeError)   an option that there is not, or one that is left out
    ├── FlowError (ValueError)           in the package phase: before any row moves
    │   ├── UnknownFieldError (KeyError)
    │   ├── UnknownResourceError (KeyError)
    │   └── LinkError (TypeError)        something in a Flow that is not a processor
    ├── SourceLoadError                  a source that cannot be opened or read
    ├── RowError (ValueError)            while rows stream
    │   ├── CastError                    a value that does not fit its type or constraint
    │   └── ValidationError              … raised by an ``on_error`` policy, with the row
    ├── BudgetError                      more rejected rows than a policy allows
    ├── AccountError                     a step whose rows do not add up
    ├── OutputError (OSError)            an output that cannot be written
    ├── UnknownNameError (AttributeError)    a name that `dataflows` does not have
    ├── UnknownImportError (ImportError)     the same, in an import
    └── ProcessorError                   any of these, or an error of a user's function, with its
    processor
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from dataflows.functions import describe_function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "AccountError",
    "ArgumentError",
    "BudgetError",
    "CastError",
    "DataflowsException",
    "FlowError",
    "LinkError",
    "OutputError",
    "Place",
    "ProcessorError",
    "RowError",
    "SignatureError",
    "SourceLoadError",
    "UnknownFieldError",
    "UnknownImportError",
    "UnknownNameError",
    "UnknownResourceError",
    "ValidationError",
    "closest",
    "nearest",
    "shorten",
]

_LONGEST_VALUE = 120
_MOST_NAMES = 20
_ALIKE = 0.6
_FUNCTION = re.compile(r"<function (?:[\w.<>]+\.)?(\w+|<lambda>) at 0x[0-9a-f]+>")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened; what is not known is None. Positions and rows count from 1.

    `inside` are the steps around the step, such as ``processor 2 of 3: sources(load)``, the nearest
    first; `function` is that of the functions given to the step in which it happened.
    """

    step: str | None = None
    position: int | None = None
    steps: int | None = None
    resource: str | None = None
    row: int | None = None
    field: str | None = None
    source: str | None = None
    inside: tuple[str, ...] | None = None
    function: str | None = None

    def within(self, outer: Place) -> Place:
        """Return this place, completed by what `outer` knows."""
        missing = {
            name: getattr(outer, name)
            for name in self.__slots__
            if getattr(self, name) is None and getattr(outer, name) is not None
        }
        return replace(self, **missing)

    @property
    def in_flow(self) -> str:
        """The step with its position in its own flow."""
        of = f" of {self.steps}" if self.steps else ""
        return f"processor {self.position}{of}: {self.step}"

    def lines(self) -> list[str]:
        """Return the lines that tell a person this place."""
        lines = []
        if self.step is not None:
            lines.append(f"  at {self.in_flow}")
            lines += [f"     inside {outer}" for outer in self.inside or ()]
        if self.function is not None:
            lines.append(f"     in {self.function}")
        details = []
        if self.resource is not None:
            details.append(f"resource {self.resource!r}")
        if self.row is not None:
            details.append(f"row {self.row:,}")
        if self.field is not None:
            details.append(f"field {self.field!r}")
        if details:
            lines.append("     " + ", ".join(details))
        if self.source is not None:
            lines.append(f"     {self.source}")
        return lines


class DataflowsException(Exception):  # noqa: N818 - the name that users of 0.5.12 catch
    """Any error that dataflows itself raises.

    Args:
        what: What is wrong: present tense, lower case, the value with its ``repr``.
        where: The place, as far as it is known; the engine completes it.
        fix: One imperative sentence: what to do about it.

    Examples:
        >>> print(DataflowsException("no field named 'a'", fix="write 'b'"))
        no field named 'a'
          fix: write 'b'.
    """

    def __init__(self, what: str, *, where: Place | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where or Place()
        self.fix = fix

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error go from one process to another."""
        return _rebuilt, (type(self), self.what, self.__dict__)

    def __str__(self) -> str:
        """Return what, where and the fix, a line or more each."""
        lines = [self.what, *self.where.lines()]
        if self.fix:
            stop = "" if self.fix.endswith((".", "?", "!", "…")) else "."
            lines.append(f"  fix: {self.fix}{stop}")
        return "\n".join(lines)


class ArgumentError(DataflowsException, ValueError):
    """A processor was called with an option that it cannot take."""


class SignatureError(ArgumentError, TypeError):
    """A processor was called with arguments that it does not take, or without one that it needs."""


class FlowError(DataflowsException, ValueError):
    """The chain cannot run as it stands; found before any row moved."""


class UnknownFieldError(FlowError, KeyError):
    """A processor names a field that is not in the schema."""


class UnknownResourceError(FlowError, KeyError):
    """A processor names a resource that is not in the package."""


class LinkError(FlowError, TypeError):
    """Something stands in a Flow that is neither a processor nor a source."""


class SourceLoadError(DataflowsException):
    """A source cannot be opened, or breaks while it is read."""

    def __str__(self) -> str:
        """Return what is wrong, on one line: scripts compare its end."""
        return self.what


class RowError(DataflowsException, ValueError):
    """Something is wrong with one row.

    `came_in` tells that the step that met the value has not made it.
    """

    came_in: bool = False


class CastError(RowError):
    """A value does not fit the type or a constraint of its field.

    `errors` is always empty: one value has one reason. It is there because 0.5.12 has it.
    """

    errors: tuple[Exception, ...] = ()


class ValidationError(RowError):
    """A row was refused by a check, and the policy is to raise.

    Carries `resource_name`, `row` (a dict), `index` (of the row, from 0) and `cast_error`.
    """

    def __init__(
        self, resource_name: str, row: dict[str, Any], index: int, cast_error: Exception | None
    ) -> None:
        self.resource_name = resource_name
        self.row = row
        self.index = index
        self.cast_error = cast_error
        what = "the row does not satisfy the condition"
        where, fix = Place(), None
        if isinstance(cast_error, DataflowsException):
            what, where, fix = cast_error.what, cast_error.where, cast_error.fix
        elif cast_error is not None:
            what = str(cast_error)
        where = where.within(Place(resource=resource_name, row=index + 1))
        super().__init__(f"{what}\n  in {shorten(row)}", where=where, fix=fix)


class BudgetError(RowError):
    """More rows were rejected than the policy allows."""


class AccountError(DataflowsException):
    """The rows that went into a step and those that came out do not add up."""


class OutputError(DataflowsException, OSError):
    """An output cannot be written; what was there before is untouched."""

    def __init__(self, what: str, *, where: Place | None = None, fix: str | None = None) -> None:
        DataflowsException.__init__(self, what, where=where, fix=fix)


class UnknownNameError(DataflowsException, AttributeError):
    """The package has no processor, and nothing else, of that name."""


class UnknownImportError(DataflowsException, ImportError):
    """A name that the package does not have, or a library that is not installed."""


class ProcessorError(DataflowsException):
    """An error, with the processor in which it happened.

    Args:
        cause: The original exception; also ``__cause__``.
        processor_name: The processor's name.
        processor_object: The processor itself.
        processor_position: Its position in its own Flow, counted from 1.
        where: The whole place: the step as written, resource, row and field where known.
        fix: What to do about an error of a user's function, where that can be told.
    """

    def __init__(
        self,
        cause: BaseException,
        *,
        processor_name: str,
        processor_object: Any,
        processor_position: int | None,
        where: Place | None = None,
        fix: str | None = None,
    ) -> None:
        self.cause = cause
        self.processor_name = processor_name
        self.processor_object = processor_object
        self.processor_position = processor_position
        place = where or Place()
        if isinstance(cause, DataflowsException):
            what, fix = cause.what, cause.fix or fix
            place = cause.where.within(place)
        else:
            what = f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
        if place.step is None:
            place = place.within(Place(step=processor_name, position=processor_position))
        super().__init__(what, where=place, fix=fix)
        self.__cause__ = cause

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error go to another process; the processor, which cannot, goes as its call."""
        state = {**self.__dict__, "processor_object": repr(self.processor_object)}
        return _rebuilt, (type(self), self.what, state)


def _rebuilt(
    kind: type[DataflowsException], what: str, state: dict[str, Any]
) -> DataflowsException:
    error = kind.__new__(kind, what)
    error.__dict__.update(state)
    error.__cause__ = state.get("cause")
    return error


def nearest(
    name: object,
    candidates: Iterable[str],
    kind: str = "fields",
    elsewhere: Mapping[str, str] | None = None,
) -> str:
    """Return the sentence that offers the nearest of the names that would be right.

    Args:
        name: The wrong name.
        candidates: The right ones.
        kind: What they are names of.
        elsewhere: What other tools call some of them.

    Examples:
        >>> nearest("cuontry", ["city", "country"])
        "did you mean 'country'? The fields here are: city, country."
        >>> nearest("x", [])
        'there are no fields here.'
        >>> nearest("mean", ["median", "avg"], "aggregates", {"mean": "avg"})
        "did you mean 'avg'? The aggregates here are: median, avg."
    """
    names = list(candidates)
    if not names:
        return f"there are no {kind} here."
    close = (elsewhere or {}).get(str(name).casefold())
    if close not in names:
        close = closest(name, names)
    shown = ", ".join(map(str, names[:_MOST_NAMES]))
    if len(names) > _MOST_NAMES:
        shown += f", … ({len(names)} in all)"
    start = "the" if close is None else f"did you mean {close!r}? The"
    return f"{start} {kind} here are: {shown}."


def closest(name: object, candidates: Sequence[str]) -> str | None:
    """Return the one of the names that may have been meant, if any.

    That two names of files have the same ending makes them no more alike.

    Examples:
        >>> closest("cuontry", ["city", "country"]), closest("CITY", ["city"]), closest("x", ["y"])
        ('country', 'city', None)
        >>> closest("slaes.csv", ["a.csv", "sales.csv"]), closest("b.csv", ["a.csv"])
        ('sales.csv', None)
    """
    stem, dot, ending = str(name).rpartition(".")
    for close in difflib.get_close_matches(str(name), candidates, n=3, cutoff=_ALIKE):
        other = close.removesuffix(f"{dot}{ending}")
        if not stem or other == close or difflib.get_close_matches(stem, [other], 1, _ALIKE):
            return close
    folded = {str(candidate).casefold(): candidate for candidate in candidates}
    return folded.get(str(name).casefold())


def shorten(value: object, most: int = _LONGEST_VALUE) -> str:
    """Return the ``repr`` of a value, cut in its middle to `most` characters.

    A function is shown by its name, not by its address.
    """
    if isinstance(value, (FunctionType, MethodType)):
        return describe_function(value)
    if isinstance(value, (str, bytes)) and len(value) > most:
        half = most // 2 - 10
        cut = value[:half], value[-half:]
        return f"{cut[0]!r} … {cut[1]!r} ({len(value):,} characters)"
    text = _FUNCTION.sub(r"\1", repr(value))
    if len(text) <= most:
        return text
    half = most // 2 - 2
    return f"{text[:half]} … {text[-half:]}"
