"""The two phases of a semi-join and an anti-join: rows that have a match, or have none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processors.groups.grouping import Grouping
from dataflows.processors.groups.key_spec import KeySpec, alike, kinds_of_both
from dataflows.processors.joins.joining import Index
from dataflows.processors.joins.source_rows import read_source, without_resources
from dataflows.processors.joins.two_resources import ordered_pair
from dataflows.stages import Batches
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["Matching"]


class Matching:
    """Keeps the rows of a target by whether their key is one of the source's.

    Args:
        source: The name of the source.
        source_key: Its key, as it was given.
        target: The name of the target.
        target_key: Its key, as it was given.
        keep: Whether to keep those that have a match, or those that have none.
        delete: Whether the source ends here.

    Raises:
        ArgumentError: A key is none, or the keys have not the same number of fields.
    """

    def __init__(
        self,
        source: str,
        source_key: str | Sequence[str],
        target: str,
        target_key: str | Sequence[str],
        *,
        keep: bool,
        delete: bool,
    ) -> None:
        self._source, self._target = source, target
        self._keys = alike(KeySpec.read(source_key), KeySpec.read(target_key))
        self._keep = keep
        self._delete = delete

    def package(self, package: Package, step: Step) -> None:
        """Check the keys; take the source out, where it is to end here."""
        source, target = ordered_pair(package, self._source, self._target)
        source_key, target_key = self._keys
        source_key.check(source)
        target_key.check(target)
        step.state["kinds"] = kinds_of_both(source_key, source, target_key, target)
        if self._delete:
            package.descriptor["resources"] = without_resources(package, self._source)

    def resources(self, streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        """Gather the keys of the source, then keep rows of the target by them."""
        kinds = step.state["kinds"]
        grouping: Grouping | None = None
        for stream in streams:
            if stream.resource.name == self._source:
                key = self._keys[0].bound(stream.resource, kinds)
                codecs = codecs_of(stream.resource)
                grouping = Grouping(key, [], codecs, step.run, missing_keys=False)
                yield from read_source(stream, grouping.take_in, delete=self._delete)
            elif stream.resource.name == self._target and grouping is not None:
                key = self._keys[1].bound(stream.resource, kinds)
                yield Batches(self._kept(stream, Index(grouping, key, [], step.run)))
            else:
                yield stream

    def _kept(self, stream: Stream, index: Index) -> Iterator[Batch]:
        for batch, found in index.matches(stream):
            kept = batch.filter([(group is not None) is self._keep for group in found.groups])
            stream.tally.filtered += batch.length - kept.length
            yield kept
