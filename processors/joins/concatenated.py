"""Concatenated: the batches of several resources, one after the other, with common fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from dataflows.column import Column
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.streams import Stream

__all__ = ["Concatenated"]


class Concatenated:
    """The streams of several resources as one.

    Args:
        first: The first of them.
        streams: Gives the others.
        targets: The field of the result for each name that a resource may have.
        step: The step.
        name: The name of the result.
    """

    def __init__(
        self,
        first: Stream,
        streams: Iterator[Stream],
        targets: dict[str, str],
        step: Step,
        name: str,
    ) -> None:
        self._taken = [first]
        self._streams = streams
        self._targets = targets
        self._count = len(step.selected)
        self._tally = step.account.tally_of(name)
        result = step.package.get_resource(name) or first.resource
        self._codecs = codecs_of(result)

    def batches(self) -> Iterator[Batch]:
        """Yield the rows of all the resources."""
        for number in range(self._count):
            if number == len(self._taken):
                self._taken.append(next(self._streams))
            stream = self._taken[number]
            stream.tally = self._tally
            work = self._work(stream)
            for batch in stream:
                yield work(batch)

    def ask_for_the_rest(self) -> None:
        """Take in the streams that nobody asked for yet; somebody may, after the others."""
        while len(self._taken) < self._count:
            self._taken.append(next(self._streams))

    def _work(self, stream: Stream) -> Callable[[Batch], Batch]:
        names = list(self._codecs)
        sources: dict[str, list[str]] = {name: [] for name in names}
        for name in stream.resource.fields.field_names:
            if name in self._targets:
                sources[self._targets[name]].append(name)
        several = {name: found for name, found in sources.items() if len(found) > 1}
        first = [found[0] if found else None for found in sources.values()]
        present = {name: self._codecs[name] for name, found in sources.items() if found}

        def work(batch: Batch) -> Batch:
            merged = {
                name: _last_known([batch.column(source) for source in found])
                for name, found in several.items()
            }
            batch.arrange(names, first)
            batch.extras = {}
            batch.set_columns(merged)
            return stream.cast(batch, present)

        return work


def _last_known(columns: list[Column]) -> Column:
    """Return for each row the last value that is not missing."""
    texts = [column.text for column in columns]
    if all(text is not None for text in texts) and len({column.codec for column in columns}) == 1:
        return Column(columns[0].codec, text=pc.coalesce(*reversed(texts)))
    return Column(
        values=[
            next((value for value in reversed(values) if value is not None), None)
            for values in zip(*(column.values for column in columns), strict=True)
        ]
    )
