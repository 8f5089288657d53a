"""window: fields that are computed of a row and the rows around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.groups.sort_key import SortKey
from dataflows.processors.modifiers.chosen_fields import check_name
from dataflows.processors.rows.window_call import WindowCall
from dataflows.processors.rows.windowing import Windowing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["window"]

_EXAMPLE = "window({'total': 'cumsum(amount)'}, by='city')"


@processor
def window(
    fields: Mapping[str, str],
    *,
    by: Iterable[str] | str | None = None,
    order: Iterable[str] | str | None = None,
    reverse: bool | Sequence[bool] = False,
    resources: Resources = None,
) -> Hooks:
    """Add running totals, ranks, values of other rows, and totals of groups.

    Missing values do not count in sums, means, the smallest and the largest.

    Other tools call this window functions: ``OVER (PARTITION BY … ORDER BY …)``.

    Schema: the new fields come last.
    Rows: all, in the order in which they come, whatever `order` says.
    Memory: all rows; spills to disk. Functions that look back, without `order`: one batch, and what
        they keep of each group.

    Args:
        fields: For each new field a function:
            ``row_number()``, ``rank()``, ``dense_rank()``: the number or the place of the row
            (without brackets, too);
            ``lag(field)``, ``lead(field)``, ``diff(field)``: the value of the row before, of the
            row after, and the value less that before, or ``lag(field, n)``: `n` rows away;
            ``cumsum``, ``cumavg``, ``cummin``, ``cummax``: of all rows so far, this one included;
            ``moving_sum(field, n)``, ``moving_avg``, ``moving_min``, ``moving_max``: of the last
            `n` rows, this one included;
            ``share(field)``: the value divided by the sum of its group;
            ``sum(field)``, ``avg``, ``count()`` and the other aggregates: of the whole group.
        by: Fields: the rows of each group of equal values are computed on their own, wherever they
            stand; missing values are equal. Without it all rows are one group.
        order: The fields by which the rows of a group are ordered before anything is computed, rows
            that lack a value last; by default they are in the order in which they come.
        reverse: Order from the largest to the smallest; a list says so for each field of `order`.
        resources: The resources to change; all by default.

    Raises:
        ArgumentError: A function is not known or not written as it must be, or ranks are asked for
            without an order.
        UnknownFieldError: There is no such field.
        FlowError: There is a field of the new name already, or a function cannot be computed of the
            type of its field.
        RowError: A value does not fit its field.

    Examples:
        >>> from dataflows import Flow, window
        >>> rows = [{"city": "Rome", "n": 2}, {"city": "Oslo", "n": 5}, {"city": "Rome", "n": 4}]
        >>> fields = {"total": "cumsum(n)", "before": "lag(n)"}
        >>> Flow(rows, window(fields, by="city")).results()[0][0][2]
        {'city': 'Rome', 'n': 4, 'total': 6, 'before': 2}
        >>> step = window({"place": "rank()"}, order="n", reverse=True)
        >>> [row["place"] for row in Flow(rows, step).results()[0][0]]
        [3, 1, 2]
    """
    given: Any = fields
    if not hasattr(given, "items") or not given:
        what = f"the fields are a dict of names and functions, got {shorten(fields)}"
        raise ArgumentError(what, fix=f"write for instance {_EXAMPLE}.")
    calls = [WindowCall.read(check_name(name, _EXAMPLE), text) for name, text in given.items()]
    keys = [] if by is None else check_patterns(by, regex=False)
    ordering = [] if order is None else check_patterns(order, regex=False)
    sort_key = SortKey(ordering, reverse) if ordering else None
    if sort_key is None:
        _check_unordered(calls, reverse)

    def schema(resource: Resource) -> None:
        schema = resource.fields
        for name in (*keys, *(sort_key.fields if sort_key else ())):
            schema.field(name)
        made = [call.descriptor(schema) for call in calls]
        for call in calls:
            if call.target in schema.field_names:
                what = f"there is a field named {call.target!r} already"
                raise FlowError(what, fix="choose another name, or delete_fields before this.")
        schema.descriptor["fields"] += made

    def batches(stream: Stream) -> Iterator[Batch]:
        return Windowing(calls, keys, sort_key, stream).batches()

    return Hooks(schema=schema, batches=batches, select=resources)


def _check_unordered(calls: list[WindowCall], reverse: Any) -> None:
    for call in calls:
        if call.function.by_order:
            what = f"{call.function.name!r} is computed of an order, and there is none"
            raise ArgumentError(what, fix="name the fields that it is about: order='amount'.")
    if reverse is not False:
        what = "reverse= goes with order= only"
        raise ArgumentError(what, fix="leave it out, or name the fields: order='amount'.")
