"""join_with_self: one row for each key of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.processor import Hooks, processor
from dataflows.processors.groups.aggregate_calls import with_calls
from dataflows.processors.groups.grouping import Grouping
from dataflows.processors.groups.key_spec import KeySpec
from dataflows.processors.joins.joining import joined_fields, read_fields
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflows.package import Resource
    from dataflows.streams import Stream

__all__ = ["join_with_self"]


@processor
def join_with_self(
    resource_name: str,
    join_key: str | Sequence[str],
    fields: Mapping[str, Any] | Sequence[str],
) -> Hooks:
    """Combine rows that share a key into one row.

    It is what `aggregate` does, in the words of `join`.

    Schema: the fields given here: first those named as fields of the resource, in its order.
    Rows: one for each key, in the order in which the first rows of the keys came.
    Memory: the groups; many spill to disk.

    Args:
        resource_name: The resource.
        join_key: Its key, as for `join`. Rows without a value in it are a group too.
        fields: The fields of the new rows, as for `join`: ``{"total": "sum(amount)"}``.

    Raises:
        ArgumentError: The key or the fields are none of these.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: There is no such field.
        FlowError: There is no such aggregate, or it does not fit its field.

    Examples:
        >>> from dataflows import Flow, join_with_self
        >>> rows = [{"city": "Rome", "n": 1}, {"city": "Oslo", "n": 2}, {"city": "Rome", "n": 3}]
        >>> fields = {"city": None, "most": {"name": "n", "aggregate": "max"}}
        >>> Flow(rows, join_with_self("res_1", ["city"], fields)).results()[0]
        [[{'city': 'Rome', 'most': 3}, {'city': 'Oslo', 'most': 2}]]
    """
    key = KeySpec.read(join_key)
    given = read_fields(fields)

    def schema(resource: Resource) -> None:
        key.check(resource)
        made = joined_fields(with_calls(given, resource), resource)
        resource.fields.descriptor["fields"] = [dict(field.descriptor) for field in made]
        resource.fields.descriptor.pop("primaryKey", None)

    def batches(stream: Stream) -> Iterator[Batch]:
        made = joined_fields(with_calls(given, stream.resource), stream.resource)
        wanted = [field.wanted for field in made]
        grouping = Grouping(
            key.bound(stream.resource),
            wanted,
            codecs_of(stream.resource),
            stream.run,
            missing_keys=True,
        )
        for groups in grouping.of(stream):
            stream.tally.added += groups.length
            pairs = zip(made, groups.results, strict=True)
            columns = {field.name: Column(values=values) for field, values in pairs}
            yield Batch(columns, groups.length)
        stream.tally.filtered += stream.tally.rows_in

    return Hooks(schema=schema, batches=batches, select=[resource_name])
