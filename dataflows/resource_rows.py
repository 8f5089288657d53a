"""ResourceRows: the resources of a run, with their rows as dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.chain import closing_streams
from dataflows.package import ResourceWrapper
from dataflows.tracebacks import cutting, short_traceback

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dataflows.batch import Batch
    from dataflows.package import Resource

__all__ = ["ResourceRows"]


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
