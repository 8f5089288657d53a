"""Splitting: one stream to several resources, of which all but the first have to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.errors import FlowError
from dataflows.expressions import compile_expression
from dataflows.processors.arguments.field_values import read_value
from dataflows.processors.computing.evaluation import mask_of
from dataflows.processors.passing.passage import Passage
from dataflows.rowwise import value_work
from dataflows.spill.spool import Spool
from dataflows.stages import Batches
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Resource
    from dataflows.streams import Stream

    Routes = Callable[[Batch], list[int]]

__all__ = ["Splitting", "values_of"]

_NOWHERE = -1


def values_of(resource: Resource, targets: dict[str, list[Any]], by: str) -> dict[Any, int]:
    """Return for each value of a field the number of the target that its rows go to.

    Raises:
        FlowError: The field can have no such value, or two targets have the same.
    """
    if codec_for(resource.fields.field(by)).mutable:
        what = f"the values of the field {by!r} cannot tell where rows go: they can be changed"
        raise FlowError(what, fix="leave by= out, and give a condition for each resource.")
    routes: dict[Any, int] = {}
    names = list(targets)
    for number, (name, values) in enumerate(targets.items()):
        for given in values:
            value = read_value(resource.fields, by, given)
            if routes.setdefault(value, number) != number:
                what = f"rows with {by}={value!r} would go to {names[routes[value]]!r}"
                raise FlowError(f"{what} and to {name!r}", fix="name each value once.")
    return routes


class Splitting:
    """Sends each row of a stream to one of several targets.

    Args:
        stream: The stream.
        step: The step.
        targets: For the name of each target its condition, or its values.
        by: The field with the values.
        rest: The name of the target for what fits nowhere.
    """

    def __init__(
        self,
        stream: Stream,
        step: Step,
        targets: dict[str, Any],
        by: str | None,
        rest: str | None,
    ) -> None:
        self._stream = stream
        self._names = [*targets, *([] if rest is None else [rest])]
        self._tallies = [step.account.tally_of(name) for name in self._names]
        self._rest = _NOWHERE if rest is None else len(targets)
        self._routes = (
            self._by_conditions(list(targets.values()))
            if by is None
            else self._by_values(values_of(stream.resource, targets, by), by)
        )
        self._spools = [Spool(codecs_of(stream.resource)) for _ in self._names[1:]]
        step.run.opened += self._spools

    def resources(self) -> Iterator[Batches]:
        """Yield the targets, in their order."""
        passage = Passage(self._stream, self._send)
        yield Batches(self._counted(passage.batches(), 0))
        passage.finish()
        for number, spool in enumerate(self._spools, 1):
            yield Batches(self._counted(spool, number))

    def _counted(self, batches: Any, number: int) -> Iterator[Batch]:
        for batch in batches:
            self._tallies[number].rows_in += batch.length
            yield batch

    def _send(self, batch: Batch) -> Batch:
        """Put the rows of the other targets aside; return those of the first."""
        routes = self._routes(batch)
        for number, spool in enumerate(self._spools, 1):
            part = batch.filter([route == number for route in routes])
            if part.length:
                spool.write(part)
        # Each row is in the account of its target; those of none are left out of the source.
        nowhere = routes.count(_NOWHERE)
        self._stream.tally.rows_in -= batch.length - nowhere
        self._stream.tally.filtered += nowhere
        return batch.filter([route == 0 for route in routes])

    def _by_values(self, numbers: dict[Any, int], by: str) -> Routes:
        codecs = codecs_of(self._stream.resource, [by])
        rest = self._rest

        def routes(batch: Batch) -> list[int]:
            column, errors = batch.column(by).cast(codecs[by])
            values = batch.column(by).values if column is None or errors else column.values
            return [numbers.get(value, rest) for value in values]

        return routes

    def _by_conditions(self, conditions: list[Any]) -> Routes:
        masks = [self._mask(condition) for condition in conditions]
        rest = self._rest

        def routes(batch: Batch) -> list[int]:
            found = [mask(batch) for mask in masks]
            return [
                next((number for number, true in enumerate(row) if true), rest)
                for row in zip(*found, strict=True)
            ]

        return routes

    def _mask(self, condition: Any) -> Callable[[Batch], list[Any]]:
        stream = self._stream
        if not isinstance(condition, str):
            return value_work(condition, stream)
        expression = compile_expression(condition)
        codecs = codecs_of(stream.resource, expression.names)

        def mask(batch: Batch) -> list[Any]:
            found = mask_of(expression, batch, codecs, stream)
            return list(found.to_pylist()) if isinstance(found, pa.Array) else list(found)

        return mask
