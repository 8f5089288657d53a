"""deduplicate: the first row of each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.errors import ArgumentError
from dataflows.processor import Hooks, processor
from dataflows.processors.groups.key_spec import KeySpec
from dataflows.processors.groups.seen_keys import SeenKeys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["deduplicate"]


@processor
def deduplicate(
    resources: Resources = None,
    *,
    key: str | Sequence[str] | None = None,
) -> Hooks:
    """Remove duplicates: keep the first row of each key.

    Keys are compared as values; a missing value equals a missing value here.

    Other tools call this dedupe, distinct, or dropping duplicates.

    Schema: unchanged.
    Rows: the first of each key, in their order. They stream as they come; once there are more keys
        than memory is to hold, those with new keys come at the end.
    Memory: all keys; many spill to disk, with the rows that come after them.

    Args:
        resources: The resources to go through; all by default.
        key: The field, or the list of fields, whose values a row must not share with an earlier
            one; by default the schema's primary key, and a resource without one passes as it is.
            With ``"*"`` whole rows are compared.

    Raises:
        ArgumentError: The key is none of these.
        UnknownFieldError: There is no such field.

    Examples:
        >>> from dataflows import Flow, deduplicate
        >>> rows = [{"city": "Rome", "n": 1}, {"city": "Oslo", "n": 2}, {"city": "Rome", "n": 3}]
        >>> Flow(rows, deduplicate(key="city")).results()[0]
        [[{'city': 'Rome', 'n': 1}, {'city': 'Oslo', 'n': 2}]]
    """
    spec = None if key is None or key == "*" else KeySpec.read(key)
    if spec is not None and spec.template is not None:
        what = f"deduplicate takes fields, got the text {key!r}"
        raise ArgumentError(what, fix="name the fields: deduplicate(key=['city', 'year']).")

    def fields(resource: Resource) -> KeySpec:
        if key == "*":
            return KeySpec(resource.fields.field_names)
        return KeySpec(resource.fields.primary_key) if spec is None else spec

    def schema(resource: Resource) -> None:
        fields(resource).check(resource)

    def batches(stream: Stream) -> Iterator[Batch]:
        wanted = fields(stream.resource)
        if not wanted.fields:
            yield from stream
            return
        seen = SeenKeys(wanted.bound(stream.resource), stream)
        for batch in stream:
            new = seen.new_rows(batch)
            stream.tally.filtered += batch.length - new.length
            yield new
        for batch in seen.later_rows():
            stream.tally.filtered -= batch.length
            yield batch

    return Hooks(schema=schema, batches=batches, select=resources)
