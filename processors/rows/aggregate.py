"""aggregate: one row for each group of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.groups.aggregate_calls import check_named, read_call
from dataflows.processors.groups.aggregates import aggregate_named
from dataflows.processors.groups.grouping import Grouping, SortedGrouping
from dataflows.processors.groups.key_spec import KeySpec
from dataflows.processors.joins.joining import JoinedField, joined_fields
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.package import Resource
    from dataflows.processors.groups.grouping import Groups
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["aggregate"]


@processor
def aggregate(
    by: str | Sequence[str],
    fields: Mapping[str, Any],
    resources: Resources = None,
    *,
    is_sorted: bool = False,
) -> Hooks:
    """Group rows, and compute sums, counts and other aggregates of each group.

    Other tools call this group by, or a summary.

    Schema: the fields of `by`, as they are, then those of `fields`.
    Rows: one for each group, in the order in which the first rows of the groups came.
    Memory: the groups; many spill to disk. With `is_sorted` one group.

    Args:
        by: The field, or the list of fields, whose values make a group. Rows without a value there
            are a group too. With an empty list all rows are one group.
        fields: For each new field what it holds, such as ``"sum(amount)"``, ``"count"`` (of rows),
            or ``{"aggregate": "sum", "name": "amount"}``. The aggregates: ``count``,
            ``count_distinct``, ``sum``, ``avg``, ``median``, ``min``, ``max``, ``mode``,
            ``stddev``, ``variance``, ``first``, ``last``, ``any``, ``set``, ``array``,
            ``counters``. Missing values do not count.
        resources: The resources whose rows are gathered; all by default.
        is_sorted: The rows come in the order of their groups: each goes out when the next begins.
            Rows in another order are an error.

    Raises:
        ArgumentError: The fields are none of these.
        UnknownFieldError: There is no such field.
        FlowError: There is no such aggregate, it does not fit the field (the sum of texts), or a
            new field is named as one of `by`.
        RowError: With `is_sorted`, a row that is not in order.

    Examples:
        >>> from dataflows import Flow, aggregate
        >>> sales = [
        ...     {"city": "Rome", "amount": 3},
        ...     {"city": "Oslo", "amount": 5},
        ...     {"city": "Rome", "amount": 4},
        ... ]
        >>> Flow(sales, aggregate("city", {"total": "sum(amount)", "sales": "count"})).results()[0]
        [[{'city': 'Rome', 'total': 7, 'sales': 2}, {'city': 'Oslo', 'total': 5, 'sales': 1}]]
    """
    key = KeySpec([]) if not isinstance(by, str) and not by else KeySpec.read(by)
    if key.template is not None:
        what = f"aggregate takes fields to group by, got the text {shorten(by)}"
        raise ArgumentError(what, fix="name the fields: aggregate(['city', 'year'], …).")
    given = {name: _read(name, options) for name, options in _mapping(fields).items()}

    def made(resource: Resource) -> list[JoinedField]:
        check_named(given, resource)
        return [joined_fields({name: options}, resource)[0] for name, options in given.items()]

    def schema(resource: Resource) -> None:
        key.check(resource)
        twice = [name for name in given if name in key.fields]
        if twice:
            what = f"{twice[0]!r} is grouped by and is to be a new field too"
            raise FlowError(what, fix="give the new field another name.")
        schema = resource.fields.descriptor
        present = {field["name"]: field for field in schema["fields"]}
        new = [field.descriptor for field in made(resource)]
        schema["fields"] = [*(present[name] for name in key.fields), *new]
        schema.pop("primaryKey", None)

    def batches(stream: Stream) -> Iterator[Batch]:
        kind = SortedGrouping if is_sorted else Grouping
        grouping = kind(
            key.bound(stream.resource),
            [field.wanted for field in made(stream.resource)],
            codecs_of(stream.resource),
            stream.run,
            missing_keys=True,
        )
        names = [*key.fields, *given]
        for groups in grouping.of(stream):
            stream.tally.added += groups.length
            yield _batch(groups, names)
        stream.tally.filtered += stream.tally.rows_in

    return Hooks(schema=schema, batches=batches, select=resources)


def _batch(groups: Groups, names: list[str]) -> Batch:
    lists = [*groups.keys, *groups.results]
    columns = {name: Column(values=values) for name, values in zip(names, lists, strict=True)}
    return Batch(columns, groups.length)


def _mapping(fields: Any) -> Mapping[str, Any]:
    if not isinstance(fields, Mapping) or not fields:
        what = f"the fields of aggregate are a dict, got {shorten(fields)}"
        raise ArgumentError(what, fix="write for instance {'total': 'sum(amount)'}.")
    return fields


def _read(name: str, options: Any) -> dict[str, Any]:
    if isinstance(options, str):
        call = read_call(options)
        if call is not None:
            aggregate_named(call["aggregate"])
            return call
    elif isinstance(options, Mapping) and {"aggregate"} <= set(options) <= {"aggregate", "name"}:
        aggregate_named(options["aggregate"])
        return dict(options)
    what = f"the field {name!r} of aggregate cannot be made of {shorten(options)}"
    raise ArgumentError(what, fix="write for instance 'sum(amount)' or 'count'.")
