"""Checking: the rows of a flow against what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import Place, RowError
from dataflows.on_error import Rejects, check_budget, clear, settle
from dataflows.processors.checks.foreign_keys import KnownKeys
from dataflows.processors.checks.unique_keys import UniqueKeys
from dataflows.processors.passing.passage import Passage
from dataflows.stages import Batches
from dataflows.streams import codecs_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.on_error import Failure
    from dataflows.processors.checks.expectations import Check, Expectation
    from dataflows.processors.checks.foreign_keys import ForeignKey
    from dataflows.streams import Stream

__all__ = ["Checking"]


@dataclass(frozen=True)
class Checking:
    """What `assert_rows` does with the rows.

    Args:
        expected: The expectations about fields and rows.
        keys: The foreign keys.
        unique: The fields whose values, together, are in one row only; what other expectations
            take out does not count.
        count: The least and the most rows.
    """

    expected: list[Expectation]
    keys: list[ForeignKey]
    unique: tuple[str, ...]
    count: tuple[int, int | None] | None

    def batches(self, stream: Stream) -> Iterator[Batch]:
        """Yield the rows of one resource that are as expected."""
        checks = [(_blamed(one.names), one.open(stream)) for one in self.expected]
        return self._checked(stream, stream, checks)

    def resources(self, streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        """Yield the resources, those with foreign keys after the ones that they refer to."""
        known: dict[str, KnownKeys] = {}
        for key in self.keys:
            known.setdefault(key.resource, KnownKeys()).keys[key.reference] = set()
        for stream in streams:
            name = stream.resource.name
            passage = Passage(stream, known[name].collect(stream)) if name in known else None
            incoming: Iterable[Batch] = passage.batches() if passage else stream
            if name in step.selected:
                checks = [(_blamed(one.names), one.open(stream)) for one in self.expected]
                checks += [
                    (_blamed(key.names), key.check_against(known[key.resource], stream))
                    for key in self.keys
                    if key.resource != name
                ]
                yield Batches(self._checked(stream, incoming, checks, ends=True))
            elif passage:
                yield Batches(incoming)
            else:
                yield stream
            if passage:
                passage.finish()

    def _checked(
        self,
        stream: Stream,
        incoming: Iterable[Batch],
        checks: list[tuple[str | None, Check]],
        *,
        ends: bool = False,
    ) -> Iterator[Batch]:
        batches = self._looked_at(stream, incoming, checks)
        if self.unique:
            field = _blamed(self.unique)
            batches = UniqueKeys(self.unique, stream).settled(
                batches,
                lambda batch, failures: _settled(batch, {field: failures}, stream),
            )
        yield from batches
        if ends and isinstance(stream.policy, Rejects):
            check_budget(stream, 0, stream.seen, at_end=True)

    def _looked_at(
        self, stream: Stream, incoming: Iterable[Batch], checks: list[tuple[str | None, Check]]
    ) -> Iterator[Batch]:
        names = {name for one in (*self.expected, *self.keys) for name in one.names}
        codecs = codecs_of(stream.resource, names.union(self.unique))
        rows = 0
        for batch in incoming:
            rows += batch.length
            self._check_count(rows, stream, at_end=False)
            fitting = stream.cast(batch, codecs, came_in=True)
            failures: dict[str | None, list[Failure]] = {}
            for name, check in checks:
                failures[name] = failures.get(name, []) + check(fitting)
            yield _settled(fitting, failures, stream)
        self._check_count(rows, stream, at_end=True)

    def _check_count(self, rows: int, stream: Stream, *, at_end: bool) -> None:
        if self.count is None:
            return
        least, most = self.count
        where = Place(resource=stream.resource.name)
        fix = "correct the source, or expect another number: row_count=(least, most)."
        if most is not None and rows > most:
            raise RowError(f"there are more rows than {most:,}", where=where, fix=fix)
        if at_end and rows < least:
            what = f"there {'is' if rows == 1 else 'are'} {counted(rows, 'row')}"
            raise RowError(f"{what}, fewer than {least:,}", where=where, fix=fix)


def _blamed(names: tuple[str, ...]) -> str | None:
    """Return the field whose values are to blame; None where it is the row."""
    return names[0] if len(names) == 1 else None


def _settled(batch: Batch, found: dict[str | None, list[Failure]], stream: Stream) -> Batch:
    failures = {name: some for name, some in found.items() if some}
    if not failures:
        return batch
    if stream.policy is not clear:
        return settle(batch, {}, failures, stream)
    columns: dict[str, Column] = {}
    of_rows = {index for index, _, _ in failures.pop(None, [])}
    for name, some in failures.items():
        values = list(batch.column(str(name)).values)
        for index, _, _ in some:
            values[index] = None
        columns[str(name)] = Column(values=values)
    batch.set_columns(columns)
    stream.tally.rejected += len(of_rows)
    return batch.filter([index not in of_rows for index in range(batch.length)])
