"""duplicate: a resource once more, under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError
from dataflows.package import Package, clone, unique_name
from dataflows.processor import Hooks, processor
from dataflows.processors.passing.added_rows import added
from dataflows.selectors import select_resources
from dataflows.spill.spool import Spool, SpoolReader
from dataflows.stages import Batches
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.streams import Stream

__all__ = ["duplicate"]


@processor
def duplicate(
    source: str | None = None,
    target_name: str | None = None,
    target_path: str | None = None,
    batch_size: int = 1000,  # noqa: ARG001 - scripts of 0.5.12 give it
    duplicate_to_end: bool = False,
) -> Hooks:
    """Add a copy of a resource.

    What later steps do to the one is not seen in the other.

    Schema: that of the source.
    Rows: those of the source, in the same order.
    Memory: some megabytes; more rows than that wait in a temporary file.

    Args:
        source: The name of the resource; by default the first.
        target_name: The name of the copy; by default that of the source with ``_copy`` after it.
        target_path: The path of the copy, for dumpers; by default its name with ``.csv``.
        batch_size: Has no effect; it is there for flows that were written for 0.5.12.
        duplicate_to_end: Put the copy after all resources, and not right after its source.

    Raises:
        ArgumentError: A name or path that is no text, or an empty one.
        UnknownResourceError: There is no such resource.
        FlowError: There is a resource of the target's name already, or the disk has no room.

    Examples:
        >>> from dataflows import Flow, duplicate, update_resource
        >>> rows = [{"city": "Rome"}, {"city": "Oslo"}]
        >>> data, package, _ = Flow(rows, duplicate(target_name="cities")).results()
        >>> package.resource_names
        ['res_1', 'cities']
        >>> data[1]
        [{'city': 'Rome'}, {'city': 'Oslo'}]
    """
    texts: dict[str, Any] = {
        "source": source,
        "target_name": target_name,
        "target_path": target_path,
    }
    for option, value in texts.items():
        if value is not None and not (isinstance(value, str) and value):
            what = f"{option} must be a text that is not empty, got {value!r}"
            raise ArgumentError(what, fix=f"write for instance {option}='sales'.")

    def package(package: Package, step: Step) -> None:
        (name,) = select_resources(0 if source is None else [source], package)
        descriptors = package.descriptor["resources"]
        names = [str(one.get("name")) for one in descriptors]
        copied = clone(descriptors[names.index(name)])
        free = unique_name(f"{name}_copy", names)
        copied["name"] = free if target_name is None else target_name
        if copied["name"] in names:
            what = f"there is a resource named {copied['name']!r} already"
            raise FlowError(what, fix="give the copy another name: target_name='…'.")
        copied["path"] = f"{copied['name']}.csv" if target_path is None else target_path
        position = len(names) if duplicate_to_end else names.index(name) + 1
        descriptors.insert(position, copied)
        step.state["names"] = name, copied["name"]

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        name, copy_name = step.state["names"]
        waiting = []
        for stream in streams:
            if stream.resource.name != name:
                yield stream
                continue
            spool = Spool(codecs_of(stream.resource))
            step.run.opened.append(spool)
            batches = iter(stream)
            yield Batches(_branch(batches, spool))
            copy = Batches(added(_branch(batches, spool), copy_name, step))
            if duplicate_to_end:
                waiting.append(copy)
            else:
                yield copy
        yield from waiting

    return Hooks(package=package, resources=resources)


def _branch(batches: Iterator[Batch], spool: Spool) -> Iterator[Batch]:
    """Yield what is in the spool, then what else comes, which goes into it for the others."""
    reader = SpoolReader(spool)
    while True:
        batch = reader.read()
        if batch is None:
            batch = next(batches, None)
            if batch is None:
                return
            spool.write(batch)
            reader.skip()
        yield batch
