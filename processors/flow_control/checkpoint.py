"""checkpoint: rows kept on disk, so that the next run begins there."""

from __future__ import annotations

import os
from copy import copy
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.errors import ArgumentError, FlowError
from dataflows.flow import Flow
from dataflows.package import clone
from dataflows.processor import Hooks, Processor, call_text
from dataflows.processors.added_rows import added
from dataflows.processors.flow_control.checkpoint_store import (
    MANIFEST,
    CheckpointWriter,
    StoredCheckpoint,
    find_stored,
)
from dataflows.selectors import Resources, check_resources
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["checkpoint"]


class checkpoint(Flow):  # noqa: N801 - it stands in a flow as the functions do, and scripts subclass it
    """Keep the rows that come here, and begin here the next time.

    The first run saves what the links before it in its `Flow` give. Later runs read that, and do
    not touch those links at all: remove the folder when they are to run again. A checkpoint is
    whole or absent: it is saved when the last row has passed, and one that was damaged, or is of
    another version, is made anew, with a warning. Two runs at once do not disturb each other.

    Schema: unchanged.
    Rows: unchanged: every value comes back equal and of the same type, in the same order.
    Memory: one batch.

    Args:
        checkpoint_name: The name of its folder.
        checkpoint_path: The folder in which that is.
        steps: More links (one or a list), which run after those before the checkpoint and are
            saved with them.
        resources: Which resources are saved; by default all. The others run every time, and so
            does the package phase of the links before.

    Attributes:
        checkpoint_path: The folder of the checkpoint.
        filename: The file in it that is written last.

    Raises:
        ArgumentError: A name that is no text, or a selector that cannot be.
        FlowError: There is nothing before it, and nothing saved.
        OutputError: The folder cannot be written.
        RowError: A value of a type that cannot be stored exactly, such as an object of a class of
            one's own.

    Examples:
        >>> import tempfile
        >>> from dataflows import Flow, checkpoint
        >>> folder = tempfile.mkdtemp()
        >>> def slow(row):
        ...     print("slow")
        ...     row["a"] += 1
        >>> flow = Flow([{"a": 1}], slow, checkpoint("letters", folder))
        >>> _ = flow.process()  # doctest: +ELLIPSIS
        saving checkpoint to: ...letters
        slow
        checkpoint saved: letters
        >>> flow.results()[0]  # doctest: +ELLIPSIS
        using checkpoint data from ...letters
        [[{'a': 2}]]
    """

    def __init__(
        self,
        checkpoint_name: str,
        checkpoint_path: str | os.PathLike[str] = ".checkpoints",
        steps: Any = None,
        resources: Resources = None,
    ) -> None:
        given: Any = checkpoint_name
        if not isinstance(given, (str, os.PathLike)) or not os.fspath(given):
            what = f"the name of a checkpoint must be a text that is not empty, got {given!r}"
            raise ArgumentError(what, fix="write for instance checkpoint('sales').")
        links: Sequence[Any] = () if steps is None else [steps]
        if isinstance(steps, (list, tuple)) and not any(hasattr(one, "keys") for one in steps):
            links = steps
        super().__init__(*links)
        options = {"steps": steps, "resources": resources}
        place = [] if checkpoint_path == ".checkpoints" else [checkpoint_path]
        shown = {name: value for name, value in options.items() if value is not None}
        self._label = call_text("checkpoint", [checkpoint_name, *place], shown)
        self._before: list[Any] = []
        self._span = 1
        check_resources(resources)
        self._resources = list(resources) if isinstance(resources, tuple) else resources
        self.checkpoint_path = os.path.join(checkpoint_path, checkpoint_name)  # noqa: PTH118 - it keeps './' as 0.5.12 does
        self.filename = os.path.join(self.checkpoint_path, MANIFEST)  # noqa: PTH118 - the same

    def __repr__(self) -> str:
        """Show the call."""
        return self._label

    def exists(self) -> bool:
        """Tell whether there is a checkpoint, whole and of this version: the next run uses it."""
        return find_stored(self.checkpoint_path, self._resources) is not None

    def handle_flow_checkpoint(self, parent_chain: list[Any]) -> list[Any]:
        """Take over the links that stand before it in a `Flow`, which calls this."""
        bound = copy(self)
        bound._before = list(parent_chain)  # noqa: SLF001 - its own class
        bound._span = 1 + sum(map(_span, parent_chain))  # noqa: SLF001 - the same
        return [bound]

    def chain(self) -> Iterator[tuple[Processor, int, int]]:
        """Yield what runs: see `Flow.chain`. What is saved is looked at now, for this run."""
        stored = find_stored(self.checkpoint_path, self._resources)
        if stored is None or self._resources is not None:
            position = 0
            for link in self._before:
                position += _span(link)
                if isinstance(link, Flow):
                    yield from link.chain()
                else:
                    yield link, position, self._span
            yield from super().chain()
        if stored is None:
            hooks = _saving(self.checkpoint_path, self._resources)
        elif self._resources is None:
            hooks = _reading(self.checkpoint_path, stored)
        else:
            hooks = _replacing(self.checkpoint_path, stored)
        yield Processor("checkpoint", hooks, self._label), self._span, self._span


def _span(link: Any) -> int:
    """Return how many links of a flow a link stands for, with those that it has taken over."""
    return link._span if isinstance(link, checkpoint) else 1  # noqa: SLF001 - its own class


def _saving(folder: str, selector: Resources) -> Hooks:
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


def _reading(folder: str, stored: StoredCheckpoint) -> Hooks:
    def package(package: Package, step: Step) -> None:  # noqa: ARG001 - the hook has it
        package.descriptor = clone(stored.descriptor)

    def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:  # noqa: ARG001 - what comes is not wanted
        made = _stored_batches(folder, stored, step)
        yield from made.values()

    return Hooks(package=package, resources=resources)


def _replacing(folder: str, stored: StoredCheckpoint) -> Hooks:
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
