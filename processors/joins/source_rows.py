"""What joins do with the rows of their source: read them all, and let them go on or end there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.processors.passing.passage import Passage
from dataflows.processors.passing.stacked import mutable_fields, with_own_values
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.package import Package
    from dataflows.streams import Stream

__all__ = ["read_source", "without_resources"]


def read_source(
    stream: Stream, look: Callable[[Batch], None], *, delete: bool
) -> Iterator[Batches]:
    """Look at all rows of a stream; hand them on too, where it is not to end here.

    Args:
        stream: The stream.
        look: Called with each batch, in their order.
        delete: Whether the rows end here: then they count as filtered.

    Returns:
        What the `resources` hook has to yield for this stream: one item, or none.
    """
    if delete:
        # Read by itself: a `Passage` would hold the rows for outputs that come after this.
        with stream.step.blamed(stream.resource.name):
            for batch in stream:
                look(batch)
                stream.tally.filtered += batch.length
        return
    # Of rows that go on, later steps may change the lists and dicts.
    mutable = mutable_fields(stream)

    def passed(batch: Batch) -> Batch:
        look(with_own_values(batch.copy(), mutable) if mutable else batch)
        return batch

    passage = Passage(stream, passed)
    yield Batches(passage.batches())
    with stream.step.blamed(stream.resource.name):
        passage.finish()


def without_resources(package: Package, *names: str) -> list[dict[str, Any]]:
    """Return the descriptors of a package's resources but for those of these names.

    Examples:
        >>> from dataflows.package import Package
        >>> package = Package({"resources": [{"name": "a"}, {"name": "b"}]})
        >>> [one["name"] for one in without_resources(package, "a")]
        ['b']
    """
    return [one for one in package.descriptor["resources"] if one.get("name") not in names]
