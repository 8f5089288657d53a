"""DataStreamProcessor: the class that scripts of 0.5.12 subclass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from dataflows.errors import ProcessorError
from dataflows.flow import Flow
from dataflows.resource_rows import DataStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dataflows.package import Package, ResourceWrapper

__all__ = ["DataStream", "DataStreamProcessor"]


class DataStreamProcessor:
    """A processor as a class: override what it should do.

    `process_datapackage` is called in the package phase; in the data phase `process_resources` is,
    which calls `process_resource` for each resource, which calls `process_row` for each row. What
    is put into ``self.stats`` is in the stats of the flow.

    Examples:
        >>> from dataflows import DataStreamProcessor, Flow
        >>> class Shout(DataStreamProcessor):
        ...     def process_row(self, row):
        ...         row["city"] = row["city"].upper()
        ...         return row
        >>> Flow([{"city": "Rome"}], Shout()).results()[0]
        [[{'city': 'ROME'}]]
    """

    def __init__(self) -> None:
        self.stats: dict[str, Any] = {}
        self.source: DataStreamProcessor | None = None
        self.datapackage: Package | None = None
        self.position: int | None = None

    def process_datapackage(self, dp: Package) -> Package:
        """Change the package, or make another; return it."""
        return dp

    def process_resources(self, resources: Iterable[ResourceWrapper]) -> Iterator[Any]:
        """Yield an iterator of rows for each resource of the package."""
        for resource in resources:
            yield self.process_resource(resource)

    def process_resource(self, resource: ResourceWrapper) -> Iterator[dict[str, Any]]:
        """Yield the rows of one resource."""
        for row in resource:
            yield self.process_row(row)

    def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the row that goes on."""
        return row

    def get_iterator(self, datastream: DataStream) -> Callable[[], Iterable[Any]]:
        """Return what gives the resources in the data phase; `process_resources` by default."""
        return lambda: self.process_resources(datastream.res_iter)

    def process_stream(
        self, package: Package, resources: Iterable[ResourceWrapper], stats: list[dict[str, Any]]
    ) -> Iterable[Any]:
        """Return what this processor makes of the resources of a run: for the engine."""
        return self.get_iterator(DataStream(package, resources, stats))()

    def raise_exception(self, cause: BaseException) -> NoReturn:
        """Raise an error as one of this processor.

        Raises:
            ProcessorError: Always.
        """
        raise ProcessorError(
            cause,
            processor_name=type(self).__name__,
            processor_object=self,
            processor_position=self.position,
        ) from cause

    def __call__(
        self, source: DataStreamProcessor | None = None, position: int | None = None
    ) -> DataStreamProcessor:
        """Bind the processor to what comes before it; return it."""
        self.source, self.position = source, position
        return self

    def _flow(self) -> Flow:
        links: list[DataStreamProcessor] = [self]
        while links[0].source is not None:
            links.insert(0, links[0].source)
        return Flow(*links)

    def process(self) -> tuple[Package, dict[str, Any]]:
        """Run the processor, after its sources, as a flow."""
        return self._flow().process()

    def results(
        self, on_error: Callable[..., Any] | None = None
    ) -> tuple[list[list[dict[str, Any]]], Package, dict[str, Any]]:
        """Run the processor, after its sources, as a flow; return the rows."""
        return self._flow().results(on_error=on_error)

    def _process(self) -> DataStream:
        return self._flow().datastream()
