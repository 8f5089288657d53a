"""What add_computed_field is told to compute: read from its arguments, checked, and typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, nearest, shorten
from dataflows.expressions import compile_expression
from dataflows.package import clone
from dataflows.processors.arguments.field_patterns import field_types
from dataflows.processors.computing.evaluation import checked_type
from dataflows.processors.computing.operations import AGGREGATES, names_in_format
from dataflows.processors.groups.aggregates import OTHER_NAMES
from dataflows.selectors import no_such_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dataflows.expressions import Expression

__all__ = ["Computed", "read_specs"]

_OPERATIONS = (*AGGREGATES, "join", "format", "constant")
_KEYWORDS = ("target", "operation", "source", "with", "with_", "expression")
_COMPUTABLE = ("any", "boolean", "integer", "number", "year")
_WITH_SOURCES = (*AGGREGATES, "join")
_EXAMPLE = "write for instance add_computed_field('total', 'amount * qty')."
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Computed:
    """One field to compute.

    Args:
        target: Its descriptor, without a type where that follows from the rest.
        operation: The name of an operation, or a function of the row; None for an expression.
        sources: The fields it is computed from.
        option: What ``with`` says.
        expression: The expression.

    Examples:
        >>> spec = read_specs(("total", "amount * qty"), {})[0]
        >>> fields = [{"name": "amount", "type": "number"}, {"name": "qty", "type": "integer"}]
        >>> spec.describe({"fields": fields})
        {'name': 'total', 'type': 'number'}
    """

    target: dict[str, Any]
    operation: str | Callable[[dict[str, Any]], Any] | None
    sources: list[str]
    option: Any
    expression: Expression | None

    @property
    def name(self) -> str:
        """The name of the field."""
        return str(self.target["name"])

    def describe(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the field's descriptor, in a schema as it stands before it.

        Raises:
            UnknownFieldError: A source is not there.
            FlowError: The types of the sources cannot be computed with.
        """
        types = field_types(schema)
        for name in self.sources:
            if name not in types:
                raise no_such_field(name, list(types))
        if self.expression is not None:
            found = checked_type(self.expression, types)
        else:
            found = self._type(types)
        return {"name": self.name, "type": found, **clone(self.target)}

    def _type(self, types: Mapping[str, str]) -> str:
        kinds = [types[name] for name in self.sources]
        if self.operation in ("sum", "avg", "multiply"):
            for name, kind in zip(self.sources, kinds, strict=True):
                if kind not in _COMPUTABLE:
                    what = f"cannot compute the {self.operation} of the field {name!r} ({kind})"
                    raise FlowError(
                        what, fix=f"make it a number first: set_type({name!r}, type='number')."
                    )
        if self.operation in ("join", "format"):
            return "string"
        if not kinds or callable(self.operation) or "any" in kinds:
            return "any"
        if self.operation == "avg" or "number" in kinds:
            return "number"
        if kinds[0] == "boolean" and self.operation in ("sum", "multiply"):
            return "integer"
        return kinds[0]


def read_specs(args: tuple[Any, ...], keywords: dict[str, Any]) -> list[Computed]:
    """Return what add_computed_field was asked for, in whichever way.

    Raises:
        ArgumentError: Something is missing, unknown or too much.

    Examples:
        >>> read_specs(({"target": "a", "operation": "constant", "with": 1},), {})[0].name
        'a'
    """
    if len(args) == 1 and not keywords:
        specs = [args[0]] if hasattr(args[0], "keys") else args[0]
        if not isinstance(specs, (list, tuple)) or not specs:
            what = f"a field and what computes it are needed, got {shorten(args[0])}"
            raise ArgumentError(what, fix=_EXAMPLE)
    elif len(args) == 2 and not keywords:
        by = "operation" if callable(args[1]) else "expression"
        specs = [{"target": args[0], by: args[1]}]
    elif not args and keywords:
        specs = [keywords]
    else:
        given = f"{len(args)} arguments and {len(keywords)} keywords"
        what = (
            f"a target and what computes it, keywords, or a list of dicts are needed: got {given}"
        )
        raise ArgumentError(what, fix=_EXAMPLE)
    return [_read(spec) for spec in specs]


def _read(spec: Any) -> Computed:
    if not hasattr(spec, "keys"):
        what = f"one of the fields to compute is not a dict: {shorten(spec)}"
        raise ArgumentError(
            what, fix="write {'target': …, 'operation': …, 'source': […]} for each."
        )
    for key in spec:
        if key not in _KEYWORDS:
            raise ArgumentError(
                f"there is no keyword {key!r}", fix=nearest(key, _KEYWORDS, "keywords")
            )
    target = _target(spec.get("target"))
    option = spec.get("with", spec.get("with_", _NOTHING))
    operation, text = spec.get("operation"), spec.get("expression")
    source = spec.get("source") or []
    sources = [source] if isinstance(source, str) else list(source)
    if (operation is None) == (text is None):
        what = f"an operation or an expression is needed for {target['name']!r}"
        raise ArgumentError(what, fix=f"give one of them: {_EXAMPLE}")
    if text is not None:
        return Computed(target, None, [], None, compile_expression(text))
    if not callable(operation):
        _check(operation, sources, option)
    if operation == "format":
        sources = names_in_format(option)
    elif callable(operation) or operation == "constant":
        sources = []
    option = None if option is _NOTHING else option
    return Computed(target, operation, sources, option, None)


def _target(target: Any) -> dict[str, Any]:
    if isinstance(target, str) and target:
        return {"name": target}
    if hasattr(target, "keys") and isinstance(target.get("name"), str):
        return dict(clone(dict(target)))
    what = f"target is the name or the descriptor of a field, got {shorten(target)}"
    raise ArgumentError(
        what, fix="write for instance target='total' or target={'name': 'total', 'type': 'number'}."
    )


def _check(operation: Any, sources: list[str], option: Any) -> None:
    if operation not in _OPERATIONS:
        what = f"there is no operation {operation!r}"
        raise ArgumentError(what, fix=nearest(operation, _OPERATIONS, "operations", OTHER_NAMES))
    if operation in _WITH_SOURCES and not sources:
        what = f"the operation {operation!r} needs fields to compute from"
        raise ArgumentError(what, fix="name them: source=['a', 'b'].")
    if operation not in AGGREGATES and option is _NOTHING:
        what = f"the operation {operation!r} needs with_="
        raise ArgumentError(what, fix=f"give {_MEANING[operation]}.")
    if operation in ("join", "format") and not isinstance(option, str):
        what = f"with_ must be a text for the operation {operation!r}, got {shorten(option)}"
        raise ArgumentError(what, fix=f"give {_MEANING[operation]}.")
    if operation == "format":
        try:
            names_in_format(option)
        except ValueError as error:
            what = f"{option!r} is not a format: {error}"
            raise ArgumentError(what, fix="write for instance with_='{first} {last}'.") from error


_MEANING = {
    "join": "the text between the values: with_=', '",
    "format": "the format: with_='{first} {last}'",
    "constant": "the value: with_=1",
}
