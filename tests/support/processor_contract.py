"""A source that is watched, and gives its rows in every view that rows can have."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows import rowwise
from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.flow import Flow
from dataflows.iterables import add_source
from dataflows.processor import Hooks, Processor
from dataflows.processors.computing import evaluation, operations
from dataflows.streams import codecs_of
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.streams import Stream
    from dataflows.types import Codec

TYPES = {
    "n": "integer",
    "amount": "number",
    "city": "string",
    "day": "date",
    "ok": "boolean",
    "tags": "array",
}
ROWS: list[dict[str, Any]] = [
    {"n": 1, "amount": Decimal("1.50"), "city": "Rome", "day": datetime.date(2026, 1, 2)},
    {"n": -7, "amount": Decimal("0.25"), "city": "Oslo", "day": datetime.date(1999, 12, 31)},
    {"n": 3, "amount": Decimal(40), "city": "a, b", "day": datetime.date(2000, 2, 29)},
    {"n": 3, "amount": Decimal("1.50"), "city": "Rome", "day": datetime.date(2026, 1, 2)},
    {"n": 2**70, "amount": Decimal("-0.125"), "city": "Malmö", "day": datetime.date(2026, 5, 1)},
]
for _index, _row in enumerate(ROWS):
    _row |= {"ok": _index % 2 == 0, "tags": [_index]}
VIEWS = ("rows", "values", "text", "arrow")


class Watched:
    """A source of the same rows in one of the views, which tells how many it has handed out."""

    def __init__(
        self,
        rows: list[dict[str, Any]],
        view: str = "rows",
        size: int = 2,
        name: str = "data",
        types: dict[str, str] | None = None,
    ) -> None:
        self.rows, self.view, self.size, self.name = rows, view, size, name
        self.types = TYPES if types is None else types
        self.pulled = 0
        self.closed = False

    def link(self) -> Processor:
        """Return the processor."""

        def package(package: Package, step: Step) -> None:
            fields = [{"name": name, "type": type_} for name, type_ in self.types.items()]
            package.descriptor["resources"].append(
                {
                    "name": self.name,
                    "path": f"{self.name}.csv",
                    "profile": "tabular-data-resource",
                    "schema": {"fields": fields},
                }
            )

        def resources(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
            return add_source(streams, step, self._batches)

        return Processor("watched", Hooks(package=package, resources=resources))

    def _batches(self, stream: Stream) -> Iterator[Batch]:
        try:
            for start in range(0, len(self.rows), self.size):
                part = [dict(row) for row in self.rows[start : start + self.size]]
                self.pulled += len(part)
                stream.tally.added += len(part)
                yield self._batch(part, start + 1, codecs_of(stream.target))
        finally:
            self.closed = True

    def _batch(self, rows: list[dict[str, Any]], first: int, codecs: dict[str, Codec]) -> Batch:
        if self.view == "rows":
            return Batch.from_rows(rows, list(codecs), first)
        columns = {name: self._column(rows, name, codec) for name, codec in codecs.items()}
        return Batch(columns, len(rows), first)

    def _column(self, rows: list[dict[str, Any]], name: str, codec: Codec) -> Column:
        values = [row.get(name) for row in rows]
        if self.view == "values":
            return Column(codec, values=values)
        if self.view == "arrow":
            try:
                return Column(codec, arrow=codec.values_to_arrow(values))
            except NotColumnar:
                return Column(codec, values=values)
        text = codec.values_to_plain(values)
        assert isinstance(text, pa.Array)
        return Column.of_cast(codec, codec.cast_text(codec.missing_to_null(text)), text)


def result_of(step: Processor, *sources: Watched) -> list[list[dict[str, Any]]]:
    """Return the rows of every resource after a step, as they are."""
    links = [source.link() for source in sources]
    return Flow(*links, step).results(on_error=None)[0]


def forced_to_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what makes processors fast: narrow rows, and expressions on columns."""

    def refuse(*arguments: Any) -> Any:
        reason = "the test says so"
        raise NotColumnar(reason)

    monkeypatch.setattr(rowwise, "narrow", False)
    monkeypatch.setattr(evaluation, "arrays_of", refuse)
    monkeypatch.setattr(operations, "arrays_of", refuse)
