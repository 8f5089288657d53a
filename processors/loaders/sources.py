"""sources: several sources, one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.chain import describe_chain
from dataflows.errors import ArgumentError
from dataflows.flow import Flow
from dataflows.package import Package
from dataflows.processor import Hooks, processor
from dataflows.stages import Batches, open_stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.streams import Stream

__all__ = ["sources"]

_GENERATED_NAME = re.compile(r"res_[0-9]+")


@processor
def sources(*sources: Any) -> Hooks:
    """Add the resources of several sources.

    Each source is a flow of its own that starts from nothing, and runs when its rows are asked for.

    Schema: that of each source; names like ``res_1``, which nobody chose, are numbered on.
    Rows: those of each source, after the ones that are there.
    Memory: one batch.

    Args:
        *sources: Lists of rows, loaders, flows: what may stand at the start of a `Flow`.

    Raises:
        ArgumentError: There is no source.
        LinkError: One of them is no source.

    Examples:
        >>> from dataflows import Flow, sources
        >>> flow = Flow(sources([{"city": "Rome"}], Flow([{"size": 1}], lambda row: None)))
        >>> data, package, stats = flow.results()
        >>> data, package.resource_names
        ([[{'city': 'Rome'}], [{'size': 1}]], ['res_1', 'res_2'])
    """
    if not sources:
        raise ArgumentError("sources has no source", fix="write sources([{…}], load('data.csv')).")
    flows = [Flow(source) for source in sources]

    def package(package: Package, step: Step) -> None:
        for flow in flows:
            steps = step.inner_steps(flow.chain())
            step.inner.append(steps)
            _add(package, describe_chain(steps, Package()))

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        yield from streams
        position = len(step.source.resources)
        for steps in step.inner:
            for _, batches in open_stages(steps, ()):
                name = step.package.resources[position].name
                position += 1
                yield Batches(_counted(batches, name, step))
            for inner in steps:
                inner.account.check(inner.steps)

    return Hooks(package=package, resources=resources)


def _add(package: Package, made: Package) -> None:
    """Add the resources and the metadata of one source to the package."""
    descriptor = made.copy().descriptor
    for resource in descriptor.pop("resources"):
        taken = {str(one.get("name")) for one in package.descriptor["resources"]}
        name = str(resource.get("name"))
        if name in taken and _GENERATED_NAME.fullmatch(name):
            number = len(taken) + 1
            while f"res_{number}" in taken:
                number += 1
            resource["name"] = f"res_{number}"
            if resource.get("path") == f"{name}.csv":
                resource["path"] = f"res_{number}.csv"
        package.descriptor["resources"].append(resource)
    package.descriptor.update(descriptor)


def _counted(batches: Iterator[Batch], name: str, step: Step) -> Iterator[Batch]:
    """Pass the batches on, and book their rows as added."""
    tally = step.account.tally_of(name)
    for batch in batches:
        tally.added += batch.length
        yield batch
