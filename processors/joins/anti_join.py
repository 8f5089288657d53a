"""anti_join: rows whose key another resource has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.processor import Hooks, processor
from dataflows.processors.joins.matching import Matching

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["anti_join"]


@processor
def anti_join(
    source_name: str,
    source_key: str | Sequence[str],
    target_name: str,
    target_key: str | Sequence[str],
    source_delete: bool = True,
) -> Hooks:
    """Keep the rows with keys that another resource does not have.

    `semi_join` keeps the others.

    Schema: unchanged.
    Rows: those of the target that have no match, in their order.
    Memory: the different keys of the source; many spill to disk.

    Args:
        source_name: The resource whose keys are looked at; it stands before the target.
        source_key: Its key: a field, a list of fields, or a text such as ``"{city}-{year}"``; ``#``
            is the number of the row, from 1.
        target_name: The resource whose rows are kept or left out.
        target_key: Its key, with as many fields. Keys are compared as values: 1 is 1.0, and is not
            ``"1"``. A row without a value in its key matches nothing, and is kept.
        source_delete: Whether the source ends here; else it goes on, as it was.

    Raises:
        ArgumentError: A key is none of these, or the keys have not the same number of fields.
        UnknownResourceError: There is no such resource.
        UnknownFieldError: There is no such field.
        FlowError: The source stands after the target, or the keys can never be equal.

    Examples:
        >>> from dataflows import Flow, anti_join
        >>> sales = [{"city": "Rome", "amount": 3}, {"city": "Rome", "amount": 4}]
        >>> cities = [{"name": "Rome"}, {"name": "Oslo"}]
        >>> Flow(sales, cities, anti_join("res_1", "city", "res_2", "name")).results()[0]
        [[{'name': 'Oslo'}]]
    """
    made = Matching(
        source_name, source_key, target_name, target_key, keep=False, delete=source_delete
    )
    return Hooks(package=made.package, resources=made.resources)
