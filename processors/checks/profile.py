"""profile: what the values of each field are like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.errors import ArgumentError, FlowError
from dataflows.processor import Hooks, processor
from dataflows.processors.checks.field_profile import FIELDS, FieldProfile
from dataflows.processors.checks.profile_text import profile_text
from dataflows.processors.passing.passage import Passage
from dataflows.stages import Batches
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["profile"]


@processor
def profile(
    *,
    name: str = "{resource}_profile",
    top: int = 5,
    show: bool = False,
    resources: Resources = None,
) -> Hooks:
    """Describe the values of every field, in a resource of its own.

    The new resource has a row for each field: ``field`` and ``type``; ``rows``, of which so many
    ``missing`` and ``invalid`` (they do not fit the type); ``distinct`` values; ``min``,
    ``lower_quartile``, ``median``, ``upper_quartile`` and ``max``, as they would be written (each
    is a value that is there); the ``mean`` of numbers; the characters of the ``shortest`` and the
    ``longest`` text; the ``top`` values with their counts; and a ``histogram`` of numbers and dates
    between the least and the greatest. All numbers are exact.

    Schema: unchanged; the new resource stands after the one that it tells of.
    Rows: all, in their order; then one for each field.
    Memory: the distinct values of each field, at most 100,000; spills to disk.

    Args:
        name: The name of the new resource; ``{resource}`` stands for that of the other.
        top: How many of the most frequent values are named.
        show: Whether the profile is printed, too.
        resources: The resources to profile; all by default.

    Raises:
        ArgumentError: The name is no text, or `top` is no number.
        FlowError: There is a resource of this name already.

    Examples:
        >>> from dataflows import Flow, profile
        >>> rows = [{"city": "Rome", "qty": 3}, {"city": "Oslo", "qty": None}]
        >>> fields = Flow(rows, profile(top=1)).results()[0][1]
        >>> [(one["field"], one["missing"], one["distinct"], one["max"]) for one in fields]
        [('city', 0, 2, 'Rome'), ('qty', 1, 1, '3')]
        >>> fields[1]["mean"], fields[1]["top"]
        (Decimal('3'), [{'value': '3', 'count': 1}])
    """
    _check(name, top)

    def package(package: Package, step: Step) -> None:
        made = []
        taken = {str(one.get("name")) for one in package.descriptor["resources"]}
        for descriptor in package.descriptor["resources"]:
            made.append(descriptor)
            if descriptor["name"] in step.selected:
                new = name.format(resource=descriptor["name"])
                if new in taken:
                    what = f"there is a resource named {new!r} already"
                    raise FlowError(what, fix="give the profile another name: name='…'.")
                taken.add(new)
                made.append(_descriptor(new))
        package.descriptor["resources"] = made

    def resources_(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        for stream in streams:
            if stream.resource.name not in step.selected:
                yield stream
                continue
            fields = [
                FieldProfile(field, codec, step.run)
                for field, codec in codecs_of(stream.resource).items()
            ]
            passage = Passage(stream, _taken_by(fields))
            yield Batches(passage.batches())
            passage.finish()
            rows = [field.row(top) for field in fields]
            if show:
                print(profile_text(stream.resource.name, rows))  # noqa: T201 - it prints
            step.account.tally_of(name.format(resource=stream.resource.name)).added += len(rows)
            yield Batches(iter([Batch.from_rows(rows, list(FIELDS))]))

    return Hooks(package=package, resources=resources_, select=resources)


def _taken_by(fields: list[FieldProfile]) -> Any:
    def look(batch: Batch) -> Batch:
        for field in fields:
            field.take(batch)
        return batch

    return look


def _check(name: Any, top: Any) -> None:
    try:
        name.format(resource="")
    except (AttributeError, KeyError, IndexError, ValueError) as error:
        what = f"the name of a profile is a text, in which {{resource}} may stand, got {name!r}"
        raise ArgumentError(what, fix="write for instance name='{resource}_fields'.") from error
    if isinstance(top, bool) or not isinstance(top, int) or top < 0:
        what = f"top must be a number of values, 0 or more, got {top!r}"
        raise ArgumentError(what, fix="write for instance top=5.")


def _descriptor(name: str) -> dict[str, Any]:
    fields = [{"name": one, "type": type_, "format": "default"} for one, type_ in FIELDS.items()]
    return {
        "name": name,
        "path": f"{name}.csv",
        "profile": "tabular-data-resource",
        "schema": {"fields": fields, "missingValues": [""]},
    }
