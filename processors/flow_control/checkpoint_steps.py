"""What a checkpoint does in a run: save the rows, or give those that were saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.errors import FlowError
from dataflows.package import clone
from dataflows.processor import Hooks
from dataflows.processors.flow_control.checkpoint_writer import CheckpointWriter
from dataflows.processors.passing.added_rows import added
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.processors.flow_control.checkpoint_store import StoredCheckpoint
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["reading", "replacing", "saving"]


def saving(folder: str, selector: Resources) -> Hooks:
    """Return what saves the rows as they pass."""

    def package(package: Package, step: Step) -> None:
        if not package.descriptor["resources"]:
            what = f"there is no checkpoint in {folder!r}, and nothing before it to make one from"
            raise FlowError(what, fix="put a source before it, such as load('data.csv').")
        names = package.resource_names
        if selector is not None:
            names = [name for name in names if name in step.selected]
        step.state["writer"] = CheckpointWriter(folder, selector, names, step)
        step.state["names"] = set(names)
        step.run.opened.append(step.state["writer"])

    def batches(stream: Stream) -> Iterator[Batch]:
        if stream.resource.name not in stream.step.state["names"]:
            return iter(stream)
        writer: CheckpointWriter = stream.step.state["writer"]
        return writer.write(stream)

    return Hooks(package=package, batches=batches, select=selector, drains=True)


def reading(folder: str, stored: StoredCheckpoint) -> Hooks:
    """Return what gives the stored package in the place of whatever comes."""

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the hook has it
        package.descriptor = clone(stored.descriptor)

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:  # noqa: ARG001 - what comes is not wanted
        made = _stored_batches(folder, stored, step)
        yield from made.values()

    return Hooks(package=package, resources=resources)


def replacing(folder: str, stored: StoredCheckpoint) -> Hooks:
    """Return what gives the stored resources in the place of those of their names."""
    known = {one["name"]: one for one in stored.descriptor["resources"]}

    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the hook has it
        names = package.resource_names
        for name in known:
            if name not in names:
                what = f"the checkpoint in {folder!r} has a resource {name!r}, the flow has none"
                fix = (
                    f"remove the checkpoint, or name a resource that is there: {', '.join(names)}."
                )
                raise FlowError(what, fix=fix)
        package.descriptor["resources"] = [
            clone(known.get(one["name"], one)) for one in package.descriptor["resources"]
        ]

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        made = _stored_batches(folder, stored, step)
        for stream in streams:
            yield made.get(stream.resource.name, stream)

    return Hooks(package=package, resources=resources)


def _stored_batches(folder: str, stored: StoredCheckpoint, step: Step) -> dict[str, Batches]:
    """Return the rows of all stored resources, each from a file that is open from now on."""
    print(f"using checkpoint data from {folder}")  # noqa: T201 - as 0.5.12 does
    made = {}
    for one in stored.resources:
        try:
            file = pa.OSFile(str(one.path))
        except FileNotFoundError as error:
            what = f"another run has replaced the checkpoint in {folder!r} since this one began"
            raise FlowError(what, fix="run again.") from error
        step.run.opened.append(file)
        made[one.name] = Batches(added(one.batches(file), one.name, step))
    return made
