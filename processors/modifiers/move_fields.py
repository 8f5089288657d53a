"""move_fields: another order of the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.errors import ArgumentError, FlowError
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.modifiers.chosen_fields import chosen, edit_chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package, Schema
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["move_fields"]


@processor
def move_fields(
    fields: Iterable[str] | str,
    *,
    before: str | None = None,
    after: str | None = None,
    first: bool = False,
    last: bool = False,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Move fields to another position.

    Schema: the same fields, in another order.
    Rows: all, in their order.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name; they will stand in this
            order, and within one pattern in the order they had.
        before: The name of the field before which they go.
        after: The name of the field behind which they go.
        first: Whether they go to the start.
        last: Whether they go to the end.
        regex: Whether `fields` are regular expressions; False takes them as they are written.
        resources: The resources to change; all by default. One may lack the fields.

    Raises:
        ArgumentError: Not one of `before`, `after`, `first` and `last` is given, but none or more.
        UnknownFieldError: A name means no field in any of the resources, or `before` or `after` is
            not in one of those with the fields.
        FlowError: A field would have to stand beside itself.

    Examples:
        >>> from dataflows import Flow, move_fields
        >>> rows = [{"a": 1, "b": 2, "c": 3}]
        >>> Flow(rows, move_fields("c", before="b")).results()[0]
        [[{'a': 1, 'c': 3, 'b': 2}]]
    """
    patterns = check_patterns(fields, regex=regex)
    places = {
        "before": before is not None,
        "after": after is not None,
        "first": first,
        "last": last,
    }
    given = [name for name, there in places.items() if there]
    if len(given) != 1:
        what = f"{' and '.join(given)} are given" if given else "no place is given"
        raise ArgumentError(what, fix="give one of before='…', after='…', first=True, last=True.")
    beside = before if before is not None else after

    def package(package: Package, step: Step) -> None:
        def edit(schema: Schema) -> None:
            names = schema.field_names
            moved = chosen(patterns, names, regex=regex)
            known = {field["name"]: field for field in schema.descriptor["fields"]}
            left = [name for name in names if name not in moved]
            place = 0 if first else len(left)
            if beside is not None:
                schema.field(beside)
                if beside in moved:
                    what = f"the field {beside!r} cannot go beside itself"
                    raise FlowError(what, fix="leave it out of the fields to move.")
                place = left.index(beside) + (after is not None)
            order = [*left[:place], *moved, *left[place:]]
            schema.descriptor["fields"] = [known[name] for name in order]

        edit_chosen(package, step, patterns, edit, regex=regex)

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = stream.target.fields.field_names

        def work(batch: Batch) -> Batch:
            batch.arrange(names)
            return batch

        return work

    return Hooks(package=package, batch=batch, select=resources)
