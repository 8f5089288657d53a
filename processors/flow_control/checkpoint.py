"""checkpoint: rows kept on disk, so that the next run begins there."""

from __future__ import annotations

import os
from copy import copy
from typing import TYPE_CHECKING, Any

from dataflows.chain_link import ChainLink
from dataflows.errors import ArgumentError, Place
from dataflows.flow import Flow
from dataflows.processor import Processor, call_text, constructor
from dataflows.processors.arguments.folder_argument import folder_argument
from dataflows.processors.flow_control.checkpoint_steps import reading, replacing, saving
from dataflows.processors.flow_control.checkpoint_store import MANIFEST, find_stored
from dataflows.selectors import Resources, check_resources

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["checkpoint"]


class checkpoint(Flow):  # noqa: N801 - it stands in a flow as the functions do, and scripts subclass it
    """Store the rows, and start from the stored ones the next time.

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

    @constructor
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
        example = "checkpoint('sales', 'checkpoints')"
        folder = folder_argument("checkpoint_path", checkpoint_path, example)
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
        self.checkpoint_path = os.path.join(folder, checkpoint_name)  # noqa: PTH118 - it keeps './' as 0.5.12 does
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

    def chain(self) -> Iterator[ChainLink]:
        """Yield what runs: see `Flow.chain`. What is saved is looked at now, for this run."""
        stored = find_stored(self.checkpoint_path, self._resources)
        if stored is None or self._resources is not None:
            position = 0
            for link in self._before:
                position += _span(link)
                if isinstance(link, Flow):
                    yield from link.chain()
                else:
                    yield ChainLink(link, position, self._span)
            own = Place(self._label, self._span, self._span).in_flow
            yield from (link.within(own, outer=(self._span,)) for link in super().chain())
        if stored is None:
            hooks = saving(self.checkpoint_path, self._resources)
        elif self._resources is None:
            hooks = reading(self.checkpoint_path, stored)
        else:
            hooks = replacing(self.checkpoint_path, stored)
        yield ChainLink(Processor("checkpoint", hooks, self._label), self._span, self._span)


def _span(link: Any) -> int:
    """Return how many links of a flow a link stands for, with those that it has taken over."""
    return link._span if isinstance(link, checkpoint) else 1  # noqa: SLF001 - its own class
