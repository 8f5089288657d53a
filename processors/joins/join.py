"""join: fields of one resource brought into another, by a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.processor import Hooks, processor
from dataflows.processors.groups.key_spec import KeySpec, alike
from dataflows.processors.joins.two_resources import Join
from dataflows.telling import warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["join"]

_MODES = ("half-outer", "inner", "full-outer")
_LEFT = "write mode='half-outer': that is the left join, which keeps every row of the target."
_FULL = "write mode='full-outer': it keeps the rows of both resources."
_OTHER_NAMES = {
    "left": _LEFT,
    "left-outer": _LEFT,
    "outer": _FULL,
    "full": _FULL,
    "right": "swap the source and the target, and write mode='half-outer'.",
    "anti": "use anti_join, which keeps the rows that match nothing.",
    "semi": "use semi_join, which keeps the rows that match.",
    "cross": "use cross_join, which pairs each row with each.",
}


@processor
def join(
    source_name: str,
    source_key: str | Sequence[str],
    target_name: str,
    target_key: str | Sequence[str],
    fields: Mapping[str, Any] | Sequence[str] = (),
    full: bool | None = None,
    mode: str = "half-outer",
    source_delete: bool = True,
) -> Hooks:
    """Copy fields from one resource into another, where their keys are equal.

    The rows of the source are gathered by their key; of each group, every field holds an aggregate.

    Other tools call this a left join or a merge.

    Schema: the target gets the fields, first those named as fields of the source, in its order;
        then the others, in the order of the alphabet.
    Rows: those of the target, in their order; with ``mode="inner"`` only those that match, with
        ``mode="full-outer"`` then one for each group of the source that none has matched, in the
        order of the keys.
    Memory: the groups of the source; many spill to disk.

    Args:
        source_name: The resource that fields are taken from; it stands before the target.
        source_key: Its key: a field, a list of fields, or a text such as ``"{city}-{year}"``; ``#``
            is the number of the row, from 1.
        target_name: The resource that gets them.
        target_key: Its key, with as many fields. Keys are compared as values: 1 is 1.0, and is not
            ``"1"``. A row without a value in its key matches nothing, as in SQL.
        fields: For each field of the target ``{"name": …, "aggregate": …}``, or the same as a text,
            such as ``"sum(amount)"`` or the name of a field. The name is that of the field of the
            source, by default the same; the aggregate what becomes of several values: ``any`` (the
            last; the default), ``first``, ``last``, ``sum``, ``avg``, ``median``, ``min``, ``max``,
            ``mode``, ``stddev``, ``variance``, ``count`` (rows; with a name, values),
            ``count_distinct``, ``set``, ``array``, ``counters``. Missing values do not count.
            ``"*"`` stands for all fields of the source that are not named.
        full: Deprecated: True is ``mode="half-outer"``, False is ``mode="inner"``.
        mode: Which rows come out.
        source_delete: Whether the source ends here; else it goes on, as it was.

    A field that the target has already keeps its value in a row that matches nothing.

    Raises:
        ArgumentError: The mode, a key or the fields are none of these.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: There is no such field.
        FlowError: The source stands after the target, the keys can never be equal, or an aggregate
            does not fit its field.

    Examples:
        >>> from dataflows import Flow, join, update_resource
        >>> sales = [{"city": "Rome", "amount": 3}, {"city": "Rome", "amount": 4}]
        >>> cities = [{"name": "Rome"}, {"name": "Oslo"}]
        >>> step = join("res_1", "city", "res_2", "name", {"total": "sum(amount)"})
        >>> Flow(sales, cities, step).results()[0]
        [[{'name': 'Rome', 'total': 7}, {'name': 'Oslo', 'total': None}]]
    """
    if full is not None:
        warn("full= is deprecated: use mode=")
        mode = "half-outer" if full else "inner"
    check_one_of("mode", mode, _MODES, _OTHER_NAMES)
    keys = alike(KeySpec.read(source_key), KeySpec.read(target_key))
    made = Join(source_name, keys[0], target_name, keys[1], fields, mode, delete=source_delete)
    return Hooks(package=made.package, resources=made.resources)
