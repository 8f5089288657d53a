"""pivot: rows to fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.package import clone
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns, follow_keys
from dataflows.processors.groups.aggregates import AGGREGATES, OTHER_NAMES
from dataflows.processors.modifiers.chosen_fields import check_name
from dataflows.processors.rows.pivoting import Pivoting, cell_descriptor, named_values
from dataflows.selectors import no_such_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.package import Resource, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["pivot"]

_EXAMPLE = "pivot('year', 'size', [1990, 2000], by='city')"


@processor
def pivot(
    field: str,
    value: str,
    names: Iterable[Any] | Mapping[Any, str],
    *,
    by: Iterable[str] | str | None = None,
    aggregate: str | None = None,
    default: Any = None,
    others: str = "error",
    resources: Resources = None,
) -> Hooks:
    """Turn rows into fields, from long to wide.

    Each value of a field becomes a field of its own, which holds what stood beside it. `unpivot`
    is the way back.

    Other tools call this a pivot table, or reshaping from long to wide; `unpivot` and then `pivot`
    transpose a table.

    Schema: the fields of `by`, then one field for each name, of the type of the values or of what
        the aggregate gives. A primary key becomes the fields of `by`.
    Rows: one for each group, in the order of their first rows.
    Memory: the rows that are made; spills to disk.

    Args:
        field: The field whose values become fields.
        value: The field whose values these fields hold.
        names: The values of `field` that become fields, in their order, since the fields must be
            known before the first row; or a dict with the name of the field for each value. A text
            is read as the type of `field`; None stands for a missing value.
        by: The fields in which the rows of a group are equal; by default all others. A missing
            value is equal to a missing value.
        aggregate: What becomes of several rows that fall into one cell: ``"sum"``, ``"first"``,
            ``"max"``, ``"array"`` … By default they are an error.
        default: What a cell holds for which there is no value; nothing by default.
        others: What becomes of a row whose value of `field` is not listed: ``"error"``, or
            ``"drop"`` to leave it out.
        resources: The resources to pivot; all by default.

    Raises:
        ArgumentError: An argument is not what it must be.
        UnknownFieldError: There is no such field.
        FlowError: A name does not fit the type of `field`, the aggregate that of the values, or
            two fields would have the same name.
        RowError: A value is not listed, or two rows fall into one cell without an aggregate.

    Examples:
        >>> from dataflows import Flow, pivot
        >>> rows = [
        ...     {"city": "Rome", "year": 1990, "size": 3},
        ...     {"city": "Rome", "year": 2000, "size": 4},
        ...     {"city": "Oslo", "year": 2000, "size": 7},
        ... ]
        >>> step = pivot("year", "size", {1990: "then", 2000: "now"}, by="city")
        >>> Flow(rows, step).results()[0]
        [[{'city': 'Rome', 'then': 3, 'now': 4}, {'city': 'Oslo', 'then': None, 'now': 7}]]
        >>> sums = pivot("city", "size", ["Rome", "Oslo"], by=[], aggregate="sum")
        >>> Flow(rows, sums).results()[0]
        [[{'Rome': 7, 'Oslo': 7}]]
    """
    check_name(field, _EXAMPLE)
    check_name(value, _EXAMPLE)
    wanted = _check_names(names)
    keys = None if by is None else check_patterns(by, regex=False)
    _check_distinct(field, value, keys)
    if aggregate is not None:
        hints = {name: f"did you mean aggregate={ours!r}?" for name, ours in OTHER_NAMES.items()}
        check_one_of("aggregate", aggregate, list(AGGREGATES), hints)
    check_one_of("others", others, ["error", "drop"])

    def schema(resource: Resource) -> None:
        schema = resource.fields
        kept = _keys(schema, field, value, keys)
        named_values(schema, field, wanted)
        made = [
            cell_descriptor(schema, value, name, aggregate, default) for name in wanted.values()
        ]
        for name in wanted.values():
            if name in kept:
                what = f"there would be two fields named {name!r}"
                fix = "give the new one another name: names={…: 'other'}."
                raise FlowError(what, fix=fix)
        had_key = bool(schema.primary_key)
        follow_keys(schema.descriptor, lambda name: name if name in kept else None)
        schema.descriptor["fields"] = [clone(schema.field(name)) for name in kept] + made
        schema.descriptor.pop("primaryKey", None)
        if had_key and kept:
            schema.descriptor["primaryKey"] = kept

    def batches(stream: Stream) -> Iterator[Batch]:
        kept = _keys(stream.resource.fields, field, value, keys)
        pivoting = Pivoting(field, value, wanted, kept, stream)
        return pivoting.batches(aggregate, default, drops=others == "drop")

    return Hooks(schema=schema, batches=batches, select=resources)


def _check_names(names: Any) -> dict[Any, str]:
    """Return the name of the field for each value."""
    if isinstance(names, str) or not hasattr(names, "__iter__"):
        what = f"names= lists the values that become fields, got {shorten(names)}"
        raise ArgumentError(what, fix=f"write for instance {_EXAMPLE}.")
    try:
        wanted = dict(names) if hasattr(names, "items") else {one: _name(one) for one in names}
    except TypeError as error:
        what = f"a value of names= cannot be the key of a dict: {error}"
        raise ArgumentError(what, fix="list texts, numbers, dates or booleans.") from error
    if not wanted:
        what = "names= is empty: there would be no field"
        raise ArgumentError(what, fix="list the values that become fields.")
    seen = set()
    for name in wanted.values():
        check_name(name, "names={1990: 'size_1990'}")
        if name in seen:
            what = f"names= gives two values the name {name!r}"
            raise ArgumentError(what, fix="give each field a name of its own.")
        seen.add(name)
    return wanted


def _name(value: Any) -> str:
    if value is None:
        what = "names= lists None, which has no name"
        raise ArgumentError(what, fix="name its field: names={None: 'unknown', …}.")
    return str(value)


def _check_distinct(field: str, value: str, keys: list[str] | None) -> None:
    if field == value:
        what = f"the names and the values would both come from {field!r}"
        raise ArgumentError(what, fix="name the field with the values second.")
    for name in keys or ():
        if name in (field, value):
            what = f"by= names {name!r}, which is taken apart"
            raise ArgumentError(what, fix="leave it out of by=.")


def _keys(schema: Schema, field: str, value: str, keys: list[str] | None) -> list[str]:
    """Return the fields of the key, all others by default."""
    names = schema.field_names
    for name in (field, value, *(keys or ())):
        if name not in names:
            raise no_such_field(name, names)
    if keys is not None:
        return list(dict.fromkeys(keys))
    return [name for name in names if name not in (field, value)]
