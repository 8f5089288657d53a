"""my_step: a processor as a class, which sees the package and all rows, and keeps count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.datastream import DataStreamProcessor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.package import Package

__all__ = ["my_step"]


class my_step(DataStreamProcessor):  # noqa: N801 - it reads as a verb, as every processor does
    """Number the rows of all resources from one on.

    Schema: with the field.
    Rows: one for one, in their order.
    Memory: one row.

    Args:
        field: The name of the field.

    Examples:
        >>> from dataflows import Flow
        >>> rows, package, stats = Flow([{"city": "Rome"}], my_step("place")).results()
        >>> rows, stats["numbered"]
        ([[{'city': 'Rome', 'place': 1}]], 1)
    """

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def process_datapackage(self, dp: Package) -> Package:
        """Add the field to every schema, before any row moves."""
        for resource in dp.descriptor["resources"]:
            resource["schema"]["fields"].append({"name": self.field, "type": "integer"})
        return dp

    def process_resources(self, resources: Iterable[Any]) -> Iterator[Any]:
        """Begin to count with each run: a flow can run twice."""
        self.stats["numbered"] = 0
        return super().process_resources(resources)

    def process_row(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the row that goes on."""
        self.stats["numbered"] += 1
        row[self.field] = self.stats["numbered"]
        return row
