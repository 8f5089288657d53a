"""add_row_number: a field that counts the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import ArgumentError, FlowError
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.modifiers.chosen_fields import check_name
from dataflows.processors.modifiers.row_groups import groups_of
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from dataflows.batch import Batch
    from dataflows.package import Resource
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["add_row_number"]


@processor
def add_row_number(
    name: str = "row_number",
    *,
    start: int = 1,
    step: int = 1,
    by: Iterable[str] | str | None = None,
    first: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Add a field that numbers the rows.

    Each resource is numbered on its own. What counts are the rows as they come to this step: after
    a filter there are no gaps.

    Schema: a new integer field, the first one.
    Rows: all, in their order.
    Memory: one batch; with `by` a number for each group.

    Args:
        name: The name of the field.
        start: The number of the first row.
        step: What is added from one row to the next; it may be negative.
        by: Fields: the rows of each group of equal values are numbered on their own, wherever they
            stand. Without it all rows are one group.
        first: Whether the field comes first; False puts it last.
        resources: The resources to number; all by default.

    Raises:
        ArgumentError: The name is not a text, or a number not an integer.
        UnknownFieldError: A field of `by` is not there.
        FlowError: There is a field of that name already.

    Examples:
        >>> from dataflows import Flow, add_row_number
        >>> rows = [{"city": "Rome"}, {"city": "Oslo"}, {"city": "Rome"}]
        >>> Flow(rows, add_row_number()).results()[0][0][:2]
        [{'row_number': 1, 'city': 'Rome'}, {'row_number': 2, 'city': 'Oslo'}]
        >>> Flow(rows, add_row_number("visit", by="city", first=False)).results()[0][0][2]
        {'city': 'Rome', 'visit': 2}
    """
    check_name(name, "add_row_number('line')")
    _check_integer("start", start)
    _check_integer("step", step)
    keys = [] if by is None else check_patterns(by, regex=False)

    def schema(resource: Resource) -> None:
        fields = resource.fields
        if name in fields.field_names:
            what = f"there is a field named {name!r} already"
            fix = f"choose another name: add_row_number({name + '_2'!r})."
            raise FlowError(what, fix=fix)
        for key in keys:
            fields.field(key)
        field = {"name": name, "type": "integer", "format": "default"}
        fields.descriptor["fields"].insert(0 if first else len(fields.descriptor["fields"]), field)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        codec = codecs_of(stream.target, [name])[name]
        following: dict[Hashable, int] = {}

        def work(batch: Batch) -> Batch:
            if keys:
                numbers = []
                for group in groups_of(batch, keys):
                    number = following.get(group, start)
                    following[group] = number + step
                    numbers.append(number)
            else:
                number = following.get((), start)
                following[()] = number + step * batch.length
                numbers = [number + step * index for index in range(batch.length)]
            batch.set_columns({name: Column(codec, values=numbers)})
            return batch

        return work

    return Hooks(schema=schema, batch=batch, select=resources)


def _check_integer(option: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        what = f"{option} must be an integer, got {value!r}"
        raise ArgumentError(what, fix=f"write for instance add_row_number({option}=10).")
