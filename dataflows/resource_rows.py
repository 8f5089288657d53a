"""DataStream and ResourceRows: a run whose rows, as dicts, move when somebody asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.chain import closing_streams
from dataflows.package import ResourceWrapper
from dataflows.tracebacks import cutting, short_traceback

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.package import Package, Resource

__all__ = ["DataStream", "ResourceRows"]


class DataStream:
    """A flow after its package phase; rows move when `res_iter` is read.

    Args:
        dp: The package.
        res_iter: Gives one `ResourceWrapper` a resource.
        stats: What the processors report, in the order of the chain; complete when all rows have
            been read.

    Examples:
        >>> from dataflows import Flow
        >>> stream = Flow([{"a": 1}], [{"b": 2}]).datastream()
        >>> stream.dp.resource_names
        ['res_1', 'res_2']
        >>> [list(resource) for resource in stream.res_iter]
        [[{'a': 1}], [{'b': 2}]]
    """

    def __init__(
        self,
        dp: Package | None = None,
        res_iter: Iterable[ResourceWrapper] | None = None,
        stats: list[dict[str, Any]] | None = None,
    ) -> None:
        self.dp = dp
        self.res_iter = res_iter if res_iter is not None else ()
        self.stats = stats if stats is not None else []

    def merge_stats(self) -> dict[str, Any]:
        """Return what the processors report in one dict; of equal keys the last counts."""
        merged: dict[str, Any] = {}
        for stats in self.stats:
            merged.update(stats)
        return merged

    def _process(self) -> DataStream:
        return self

    def __repr__(self) -> str:
        """Show the names of the resources."""
        return f"DataStream({', '.join(self.dp.resource_names if self.dp is not None else ())})"


class ResourceRows:
    """The resources of a stream, with their rows as dicts.

    Whoever holds the rows of one holds the run; an error ends it at once.
    """

    def __init__(self, streams: Generator[tuple[Resource, Iterator[Batch]], None, None]) -> None:
        self._streams = streams

    def __iter__(self) -> ResourceRows:
        return self

    @short_traceback
    def __next__(self) -> ResourceWrapper:
        resource, batches = next(self._streams)
        return ResourceWrapper(resource, self._rows(batches))

    def _rows(self, batches: Iterator[Batch]) -> Iterator[dict[str, Any]]:
        with cutting():
            try:
                for batch in batches:
                    yield from batch.rows()
            except GeneratorExit:
                raise
            except BaseException:
                with closing_streams(self._streams):
                    raise

    def close(self) -> None:
        """End the run."""
        self._streams.close()
