"""What a processor is: its name, the call that made it, and its hooks for the two phases."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast
from weakref import WeakSet

from dataflows.errors import ArgumentError, SignatureError, nearest, shorten
from dataflows.on_error import check_policy
from dataflows.selectors import Resources, check_resources
from dataflows.tracebacks import cutting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Resource
    from dataflows.streams import Stream

__all__ = ["Hooks", "Processor", "constructor", "processor"]

Arguments = ParamSpec("Arguments")
Initializer = TypeVar("Initializer", bound="Callable[..., None]")

_LONGEST_ARGUMENT = 60
# What other tools call some of the options.
_ELSEWHERE = {
    **dict.fromkeys(("ascending", "descending", "desc"), "reverse"),
    **dict.fromkeys(("columns", "cols", "column_names"), "fields"),
    **dict.fromkeys(("how", "kind"), "mode"),
    **dict.fromkeys(("subset", "on"), "key"),
    **dict.fromkeys(("n", "limit", "nrows"), "count"),
    "na_position": "missing",
    "nulls": "missing",
    "partition_by": "by",
    "order_by": "order",
}
_WITH_A_NAME = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
_BY_NAME = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
_MAKERS: WeakSet[Callable[..., Processor]] = WeakSet()


class _Hidden:
    """Stands for a secret wherever a call is shown."""

    def __repr__(self) -> str:
        return "…"


_HIDDEN = _Hidden()


@dataclass(slots=True)
class Hooks:
    """What a processor does; every hook is optional.

    In the package phase, in this order:

    Args:
        package: Called with the `Package` (its own copy), to change ``package.descriptor``.
        schema: Called with each selected `Resource`, to change its descriptor.

    In the data phase one of these, called for each selected resource; no state may outlive the
    call:

    Args:
        batch: Called once with the `Stream`; returns the function that is applied to each batch,
            one in, one out.
        batches: Called with the `Stream`; yields batches.
        row: Called with each row: returns None, a dict, or an iterable of dicts.
        rows: Called with a `ResourceWrapper`; returns an iterable of rows.
        resources: Called with all streams; yields one (stream, batches) or iterator a resource.
            Sees every resource, selected or not.

    And:

    Args:
        functions: Functions of the user's that get rows: `Flow.check` compares their code with the
            schema.
        select: Which resources the processor is for.
        on_error: The policy for rows that do not fit.
        drains: Whether it must see all rows even when nobody downstream asks for them.
        watches: Whether it only shows somebody what passes: a look at the first rows leaves it out.
        is_of_a_user: Whether `resources` runs a user's code, which may do anything to the rows.
        secrets: Names of keyword arguments that are neither shown nor kept as attributes.

    Examples:
        >>> from dataflows import Flow
        >>> from dataflows.processor import Hooks, processor
        >>> @processor
        ... def first(count):
        ...     def rows(rows):
        ...         for _, row in zip(range(count), rows):
        ...             yield row
        ...     return Hooks(rows=rows)
        >>> Flow([{"a": 1}, {"a": 2}], first(1)).results()[0]
        [[{'a': 1}]]
    """

    package: Callable[[Package, Step], None] | None = None
    schema: Callable[[Resource], None] | None = None
    batch: Callable[[Stream], Callable[[Batch], Batch]] | None = None
    batches: Callable[[Stream], Iterator[Batch]] | None = None
    row: Callable[[dict[str, Any]], Any] | None = None
    rows: Callable[[Any], Iterable[dict[str, Any]]] | None = None
    resources: Callable[[Iterator[Stream], Step], Iterator[Any]] | None = None
    select: Resources = None
    on_error: Any = None
    drains: bool = False
    watches: bool = False
    is_of_a_user: bool = False
    functions: tuple[Callable[..., Any], ...] = ()
    secrets: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what can be checked at the call."""
        check_resources(self.select)
        if self.on_error is not None:
            check_policy(self.on_error)


class Processor:
    """A link of a chain, ready to stand in a Flow; it holds no state of a run.

    Args:
        name: How errors and accounts call it.
        hooks: What it does.
        label: How it was written, for people; the name by default.
    """

    def __init__(self, name: str, hooks: Hooks, label: str | None = None) -> None:
        self.name = name
        self.hooks = hooks
        self.label = name if label is None else label

    def __getattr__(self, name: str) -> Any:
        """Return an argument of the call, as an attribute: ``load('x.csv').load_source``."""
        if name != "hooks" and name in self.hooks.attributes:
            return self.hooks.attributes[name]
        what = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(what)

    def __repr__(self) -> str:
        """Show the call."""
        return self.label


def processor(function: Callable[Arguments, Hooks]) -> Callable[Arguments, Processor]:
    """Make a function that returns `Hooks` into a processor, which keeps the call that made it.

    Examples:
        >>> from dataflows import Flow
        >>> from dataflows.processor import Hooks, processor
        >>> @processor
        ... def shout(field):
        ...     def row(row):
        ...         row[field] = row[field].upper()
        ...     return Hooks(row=row)
        >>> shout("city")
        shout('city')
        >>> Flow([{"city": "Rome"}], shout("city")).results()[0]
        [[{'city': 'ROME'}]]
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Processor:
        with cutting():
            bound = _bound(function.__name__, signature, args, kwargs)
            hooks = function(*args, **kwargs)
        bound.apply_defaults()
        shown = {key: _HIDDEN if key in hooks.secrets else value for key, value in kwargs.items()}
        made = Processor(function.__name__, hooks, call_text(function.__name__, args, shown))
        known = {key: value for key, value in bound.arguments.items() if key not in hooks.secrets}
        hooks.attributes = {**known, **hooks.attributes}
        return made

    def refuse(_: tuple[Any, ...]) -> tuple[Any, ...]:
        what = f"{function.__name__} is a function: no class can be derived from it"
        with cutting():
            raise SignatureError(what, fix=f"write a function that returns {function.__name__}(…).")

    vars(call)["__mro_entries__"] = refuse  # Python asks it for the bases of a class
    vars(call)["__signature__"] = signature.replace(return_annotation="Processor")
    _MAKERS.add(call)
    return call


def constructor(function: Initializer) -> Initializer:
    """Make the ``__init__`` of a class tell wrong arguments as processors that are functions do.

    Examples:
        >>> class first(Processor):
        ...     @constructor
        ...     def __init__(self, count):
        ...         super().__init__("first", Hooks())
        >>> first(cuont=1)
        Traceback (most recent call last):
        dataflows.errors.SignatureError: first has no option 'cuont'
          fix: did you mean 'count'? The options here are: count.
    """
    _, *parameters = inspect.signature(function).parameters.values()
    signature = inspect.Signature(parameters)

    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        with cutting():
            _bound(type(self).__name__, signature, args, kwargs)
            function(self, *args, **kwargs)

    return cast("Initializer", call)


def _bound(
    name: str, signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> inspect.BoundArguments:
    """Return the arguments of a call.

    Raises:
        ArgumentError: They are not those that it takes.
    """
    kinds = {one.kind for one in signature.parameters.values()}
    if args and kinds and kinds <= _BY_NAME:
        what = f"{name} takes each argument by its name, got {shorten(args[0])}"
        fix = f"write {name}(name=value), with the name of each."
        if isinstance(args[0], dict):
            fix = f"write ** before the dict: {name}(**{shorten(args[0])})."
        raise ArgumentError(what, fix=fix)
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as error:
        raise _wrong_call(name, signature, kwargs, str(error)) from None


def _wrong_call(
    name: str, signature: inspect.Signature, given: Mapping[str, Any], reason: str
) -> SignatureError:
    """Return the error for arguments that a processor does not take."""
    taken = [one.name for one in signature.parameters.values() if one.kind in _WITH_A_NAME]
    unknown = next((one for one in given if one not in taken), None)
    takes_any = any(one.kind is one.VAR_KEYWORD for one in signature.parameters.values())
    if unknown is not None and not takes_any:
        what = f"{name} has no option {unknown!r}"
        return SignatureError(what, fix=nearest(unknown, taken, "options", _ELSEWHERE))
    plain = [
        one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()
    ]
    shown = signature.replace(parameters=plain, return_annotation=inspect.Signature.empty)
    return SignatureError(f"{name} cannot be called so: {reason}", fix=f"call it as {name}{shown}.")


def example_call(function: Callable[..., Any]) -> str | None:
    """Return how one calls a function that makes a processor; None for any other function.

    Examples:
        >>> @processor
        ... def first(count=10):
        ...     return Hooks()
        >>> example_call(first), example_call(len)
        ('first(10)', None)
    """
    if function not in _MAKERS:
        return None
    defaults = [one.default for one in inspect.signature(function).parameters.values()]
    if inspect.Parameter.empty in defaults:
        return f"{function.__name__}(…)"
    first = repr(defaults[0]) if defaults and defaults[0] is not None else ""
    return f"{function.__name__}({first})"


def call_text(name: str, args: Iterable[Any], kwargs: dict[str, Any]) -> str:
    """Return a call as one would write it, long arguments cut.

    Examples:
        >>> call_text("fill_down", ["country"], {"resources": -1})
        "fill_down('country', resources=-1)"
        >>> call_text("split_rows", [{"large": max}], {})
        "split_rows({'large': max})"
    """
    shown = [_short(value) for value in args]
    shown += [f"{key}={_short(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(shown)})"


def _of_items(value: Any) -> str:
    """Return what is shown of a list or dict: a function in it has a name, not an address."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_short(item)}' for key, item in value.items())}}}"
    items = ", ".join(map(_short, value))
    if isinstance(value, list):
        return f"[{items}]"
    return f"({items},)" if len(value) == 1 else f"({items})"


def _short(value: Any) -> str:
    if isinstance(value, PathLike):
        value = str(value)
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    if hasattr(value, "__arrow_c_stream__") or isinstance(value, (bytes, bytearray)):
        return type(value).__name__
    text = _of_items(value) if type(value) in (dict, list, tuple) else repr(value)
    if text.startswith("<") or "\n" in text:
        return type(value).__name__
    half = _LONGEST_ARGUMENT // 2
    return text if len(text) <= _LONGEST_ARGUMENT else f"{text[:half]}…{text[-half:]}"
