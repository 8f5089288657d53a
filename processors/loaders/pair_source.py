"""A pair (descriptor, iterables of rows) as a source."""

from __future__ import annotations

from inspect import isgenerator
from typing import TYPE_CHECKING, Any

from dataflows.errors import FlowError, SourceLoadError
from dataflows.package import Package, clone
from dataflows.selectors import select_resources
from dataflows.stages import Batches
from dataflows.streams import Stream, batches_of_rows, codecs_of
from dataflows.watching.run_progress import SourceProgress, unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Resource
    from dataflows.processors.loaders.table_source import Options

__all__ = ["Pair", "open_pair"]


class Pair:
    """The resources of a pair.

    Args:
        rows: For each resource of the descriptor, in its order: an iterable of rows.
        wanted: For each, whether it is selected.
        names: The names of the selected resources.
        options: The options of `load`.
    """

    def __init__(self, rows: Any, wanted: list[bool], names: list[str], options: Options) -> None:
        self.names = names
        self._rows = rows
        self._wanted = wanted
        self._options = options

    def progress(self) -> list[SourceProgress]:
        """Return that nobody knows how far the iterables have been read."""
        return [SourceProgress(", ".join(self.names), unmeasured)]

    def read(self, step: Step, targets: Iterator[Resource]) -> Iterator[Any]:
        """Yield the batches of each selected resource.

        Raises:
            FlowError: There are more or fewer iterables than resources, or one has been read.
        """
        iterables = iter(self._rows)
        for number, wanted in enumerate(self._wanted, 1):
            rows = next(iterables, None)
            if rows is None:
                what = f"the pair has rows for {number - 1} of its {len(self._wanted)} resources"
                raise FlowError(what, fix="give one iterable for each resource of the descriptor.")
            if isgenerator(rows) and rows.gi_frame is None:
                what = "the rows of the pair have been read already"
                raise FlowError(what, fix="run the flow once, or give lists of rows.")
            if wanted:
                yield Batches(self._batches(rows, step, next(targets)))
        if next(iterables, None) is not None:
            what = f"the pair has rows for more than its {len(self._wanted)} resources"
            raise FlowError(what, fix="give one iterable for each resource of the descriptor.")

    def _batches(self, rows: Any, step: Step, target: Resource) -> Iterator[Batch]:
        stream = Stream(
            target, target, iter(()), step, step.account.tally_of(target.name), step.run
        )
        stream.use_policy(step.hooks.on_error)
        codecs = codecs_of(target)
        limit = self._options.limit_rows
        for batch in batches_of_rows(rows, target.fields.field_names):
            room = batch.length if limit is None else min(batch.length, limit - stream.seen)
            part = batch if room == batch.length else batch.slice(0, room)
            stream.tally.added += part.length
            yield part if self._options.cast == "nothing" else stream.cast(part, codecs)
            stream.seen += part.length
            if limit is not None and stream.seen >= limit:
                return


def open_pair(source: tuple[Any, ...], options: Options, package: Package) -> Pair:
    """Add the selected resources of a pair to the package.

    Raises:
        SourceLoadError: It is no such pair.
    """
    if len(source) != 2 or not hasattr(source[0], "keys"):
        what = "a tuple as a source must be a pair (descriptor, iterables of rows)"
        fix = "give the datapackage descriptor and one iterable for each of its resources."
        raise SourceLoadError(what, fix=fix)
    given = Package(dict(source[0]))
    selected = select_resources(options.resources, given)
    wanted = [resource.name in selected for resource in given.resources]
    package.descriptor["resources"] += [
        clone(resource.descriptor) for resource in given.resources if resource.name in selected
    ]
    names = [resource.name for resource in given.resources if resource.name in selected]
    return Pair(source[1], wanted, names, options)
