"""Aggregates as users write them: ``sum(amount)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.errors import UnknownFieldError, nearest
from dataflows.processors.groups.aggregates import AGGREGATES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.package import Resource

__all__ = ["check_named", "read_call", "with_calls"]

_CALL = re.compile(r"(?P<aggregate>\w+)(\((?P<field>.*)\))?", re.DOTALL)


def read_call(text: str) -> dict[str, str] | None:
    """Return the aggregate that a text says, and its field; None when it says none.

    Examples:
        >>> read_call("sum(amount)"), read_call("count"), read_call("a - b")
        ({'aggregate': 'sum', 'name': 'amount'}, {'aggregate': 'count'}, None)
        >>> read_call("count(*)")
        {'aggregate': 'count'}
    """
    call = _CALL.fullmatch(text)
    if call is None:
        return None
    aggregate, field = call["aggregate"], call["field"]
    if not field or (aggregate == "count" and field == "*"):
        return {"aggregate": aggregate}
    return {"aggregate": aggregate, "name": field}


def with_calls(fields: Mapping[str, dict[str, Any]], source: Resource) -> dict[str, dict[str, Any]]:
    """Return the fields of a join, with what ``sum(amount)`` means in the place of that text.

    Where the source has a field of that name, it means the field.

    Raises:
        UnknownFieldError: An aggregate names no field.
    """
    names = source.fields.field_names
    read = {}
    for target, given in fields.items():
        name = given.get("name")
        call = None if name is None or name in names or len(given) > 1 else read_call(name)
        if call is not None and call["aggregate"] in AGGREGATES:
            if "(" not in str(name):
                what = f"no field named {name!r}"
                fix = f"write {_example(name, source)} for the aggregate; {nearest('', names)}"
                raise UnknownFieldError(what, fix=fix)
            read[target] = call
        else:
            read[target] = given
    check_named(read, source)
    return read


def check_named(fields: Mapping[str, Mapping[str, Any]], source: Resource) -> None:
    """Check that each aggregate is of a field: the one that it names, or that of the same name.

    Raises:
        UnknownFieldError: One is not.
    """
    for target, options in fields.items():
        aggregate = options.get("aggregate")
        if aggregate in (None, "count") or options.get("name") is not None or target == "*":
            continue
        if target not in source.fields.field_names:
            what = f"the field {target!r} is to be the aggregate {aggregate!r} of no field"
            raise UnknownFieldError(what, fix=f"name one, such as {_example(aggregate, source)}.")


def _example(aggregate: Any, source: Resource) -> str:
    """Return the call of an aggregate with a field of the source that it can be made of."""
    if aggregate == "count":
        return repr("count()")
    fields: Sequence[Any] = source.fields.fields
    fitting = [one.name for one in fields if AGGREGATES[aggregate].fits(one.type)]
    return repr(f"{aggregate}({(fitting or ['amount'])[-1]})")
