"""sort_rows: the rows in the order of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.processor import Hooks, processor
from dataflows.processors.groups.sort_key import SortKey
from dataflows.spill.sorting import sorted_batches
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["sort_rows"]


@processor
def sort_rows(
    key: str | Sequence[str] | Callable[[dict[str, Any]], Any],
    resources: Resources = None,
    reverse: bool | Sequence[bool] = False,
    batch_size: int = 1000,  # noqa: ARG001 - scripts of 0.5.12 give it; nothing depends on it now
    *,
    missing: str = "last",
) -> Hooks:
    """Sort the rows by a key.

    Values are compared as values: numbers by size, however long they are, dates by time, texts
    character by character. Of several fields the first counts most. Arrays are
    compared item by item, objects key by key and value by value, in the order of the keys.

    Other tools call this order by.

    Schema: unchanged.
    Rows: all; those with equal keys stay in the order they had, with `reverse` too.
    Memory: all rows; spills to disk.

    Args:
        key: A field's name, a list of names, a text such as ``"{city}{day}"`` that names them, or
            a function that is called with the row and returns what to sort by: a number, a text, a
            date, or a tuple of such, in which a missing value is the smallest. Where it returns
            values of several kinds, all numbers come before all texts, and those before all dates.
            With a format, as in ``"{age:02}"``, a field is sorted by the text that this gives.
        resources: The resources to sort; all by default.
        reverse: Sort from the largest to the smallest; a list says so for each field.
        batch_size: Not used any more.
        missing: Where rows without a value for the key go, ``"last"`` or ``"first"``; the same
            with `reverse`.

    Raises:
        ArgumentError: The key is none of these, or `reverse` is a list of another length.
        UnknownFieldError: There is no such field.
        RowError: A value does not fit its field, or has no order.
        FlowError: The disk for temporary files is full.

    Examples:
        >>> from dataflows import Flow, sort_rows
        >>> rows = [{"city": "Rome", "n": 2}, {"city": "Oslo", "n": 10}, {"city": "Bonn", "n": 2}]
        >>> [row["city"] for row in Flow(rows, sort_rows("n")).results()[0][0]]
        ['Rome', 'Bonn', 'Oslo']
        >>> flow = Flow(rows, sort_rows(["n", "city"], reverse=[True, False]))
        >>> [row["city"] for row in flow.results()[0][0]]
        ['Oslo', 'Bonn', 'Rome']
    """
    sort_key = SortKey(key, reverse)
    check_one_of("missing", missing, ("first", "last"))

    def schema(resource: Resource) -> None:
        sort_key.parts(resource)

    def batches(stream: Stream) -> Iterator[Batch]:
        bound = sort_key.bound(stream)
        keyed = ((batch, bound.arrays(batch)) for batch in stream)
        order = bound.order(missing_first=missing == "first")
        codecs = codecs_of(stream.resource)
        yield from sorted_batches(keyed, bound.names, order, codecs, stream.run)

    functions = (key,) if callable(key) else ()
    return Hooks(schema=schema, batches=batches, select=resources, functions=functions)
