"""The rows before and after one step of a flow, read without writing anything."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Literal

from dataflows.chain import closing_streams
from dataflows.chain_link import ChainLink
from dataflows.cli.report import CallError
from dataflows.preview import previewed
from dataflows.processor import Hooks, Processor
from dataflows.showing.row_changes import RowChanges, SeenRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.batch import Batch
    from dataflows.chain import Run
    from dataflows.flow import Flow
    from dataflows.streams import Stream

__all__ = ["StepRows", "find_step", "steps_text"]

_AHEAD = 20
"""How many times the rows that are told of are looked at before a step that may leave some out."""


class StepRows:
    """What one step of a flow does to rows.

    Args:
        flow: The flow.
        index: Which of the links of its chain the step is, from 0.
        count: How many rows are wanted.

    `changes` are the resources, also after an error: as far as rows were seen.
    """

    def __init__(self, flow: Flow, index: int, count: int) -> None:
        self._links = list(flow.chain())[: index + 1]
        self._count = count
        self._before: dict[str, SeenRows] = {}
        self._after: dict[str, SeenRows] = {}
        hooks = self._links[-1].processor.hooks
        self._is_rowwise = hooks.batch is not None or hooks.row is not None
        self._is_of_rows = hooks.rows is not None
        self._has_failed = True

    @property
    def changes(self) -> list[RowChanges]:
        """The resources, with their rows before and after the step."""
        manner: Literal["number", "place", "likeness"] = "likeness"
        if self._is_rowwise:
            manner = "number"
        elif self._is_of_rows:
            manner = "place"
        most = None if self._is_rowwise else self._count
        names = dict.fromkeys([*self._before, *self._after])
        after = {
            name: seen for name, seen in self._after.items() if seen.rows or not self._has_failed
        }
        return [
            RowChanges(name, self._before.get(name), after.get(name), manner, most)
            for name in names
        ]

    def read(self) -> None:
        """Run the flow until there are enough rows.

        Raises:
            ProcessorError: What goes wrong on the way.
        """
        step = self._links[-1]
        taps = [
            ChainLink(tap, step.position, step.steps)
            for tap in (self._before_tap(), self._after_tap())
        ]
        with previewed([*self._links[:-1], taps[0], step, taps[1]]) as run:
            with closing_streams(run.stream()) as streams:
                # Never drawn to its end: that would complete the run.
                for _, (_, batches) in zip(run.package.resources, streams, strict=False):
                    for _ in batches:
                        pass
            self._forget_others(run)
        self._has_failed = False

    def _forget_others(self, run: Run) -> None:
        """Leave out the resources that the step is not for, where it is for some."""
        step = next(one for one in run.steps if one.processor is self._links[-1].processor)
        if step.hooks.select is None:
            return
        for name in [*self._before]:
            if name not in step.selected and name in self._after:
                del self._before[name], self._after[name]

    def _before_tap(self) -> Processor:
        """Return what keeps the rows before the step, and ends them where each row stands alone."""
        most = self._count if self._is_rowwise else self._count * _AHEAD

        def batches(stream: Stream) -> Iterator[Batch]:
            found = self._before[stream.resource.name] = SeenRows(stream.resource.fields)
            for batch in stream:
                kept = _keep(batch, found, most)
                if not self._is_rowwise:
                    yield batch
                    continue
                stream.tally.filtered += batch.length - kept.length
                yield kept
                if len(found.rows) >= most:
                    return

        return Processor("debug", Hooks(batches=batches))

    def _after_tap(self) -> Processor:
        """Return what keeps the rows after the step, and asks for no more when it has enough."""
        most = None if self._is_rowwise else self._count * _AHEAD

        def batches(stream: Stream) -> Iterator[Batch]:
            found = self._after[stream.resource.name] = SeenRows(stream.resource.fields)
            for batch in stream:
                _keep(batch, found, most)
                yield batch
                if not self._is_rowwise and len(found.rows) >= self._count:
                    return

        return Processor("debug", Hooks(batches=batches))


def _keep(batch: Batch, found: SeenRows, most: int | None) -> Batch:
    """Add rows to those that were seen, up to a number; return the part that was added."""
    left = batch.length if most is None else most - len(found.rows)
    kept = batch.slice(0, max(0, min(left, batch.length)))
    found.rows += deepcopy(kept.rows())
    found.numbers += [kept.number(index) for index in range(kept.length)]
    return kept


def find_step(links: Sequence[ChainLink], wanted: str) -> int:
    """Return which link of a chain is meant.

    Args:
        links: The links.
        wanted: The number of a step, as 2 or 4.2, or a part of how it was written.

    Raises:
        CallError: There is no such step, or there are several.
    """
    numbers = [link.number for link in links]
    if wanted == "-1":
        return len(links) - 1
    if re.fullmatch(r"-?[\d.]+", wanted):
        if wanted not in numbers:
            what = f"there is no step {wanted}"
            raise CallError(what, fix=f"choose one of these: {steps_text(links)}.")
        return numbers.index(wanted)
    labels = [link.processor.label for link in links]
    found = [index for index, label in enumerate(labels) if label == wanted]
    found = found or [index for index, label in enumerate(labels) if _first_word(label) == wanted]
    found = found or [index for index, label in enumerate(labels) if wanted in label]
    if not found:
        what = f"no step is written as {wanted!r}"
        raise CallError(what, fix=f"choose one of these: {steps_text(links)}.")
    if len(found) > 1:
        what = f"there are {len(found)} steps with {wanted!r}"
        chosen = steps_text([links[index] for index in found])
        raise CallError(what, fix=f"give the number of one, or more of it: {chosen}.")
    return found[0]


def _first_word(label: str) -> str:
    """Return the name of the processor or the function."""
    return label.partition("(")[0].strip()


def steps_text(links: Sequence[ChainLink]) -> str:
    """Return the steps with their numbers."""
    return "; ".join(f"{link.number} {link.processor.label}" for link in links)
