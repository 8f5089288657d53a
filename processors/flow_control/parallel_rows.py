"""ParallelRows: the batches of a resource, whose rows worker processes go through, in order."""

from __future__ import annotations

import pickle
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from dataflows.batch import ABSENT, Batch
from dataflows.column import Column
from dataflows.errors import Place
from dataflows.functions import describe_function
from dataflows.processors.flow_control.row_parcel import pack, unpack
from dataflows.processors.flow_control.worker import RowTask
from dataflows.rowwise import fail_at_row, mutable_fields, replaced, usage_of, value_work
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from dataflows.processors.flow_control.workers import Reply, Workers
    from dataflows.streams import Stream

    RowFunction = Callable[[dict[str, Any]], Any]

__all__ = ["ParallelRows"]

_SECONDS_AT_ONCE = 0.1
_MOST_ROWS = 8192
_PARCELS_A_WORKER = 2


class _Part(NamedTuple):
    """Rows on their way; `chosen` are those that a worker has, None for all of them."""

    batch: Batch
    chosen: list[int] | None
    future: Future[Reply] | None


class ParallelRows:
    """The rows of one stream, after a function that worker processes call with each.

    Rows go in parcels that take a worker about a tenth of a second, so that a slow function gets
    single rows and a fast one thousands.

    Args:
        function: The function.
        predicate: Tells which rows it is for; None: all.
        stream: The stream.
        workers: The worker processes.
    """

    def __init__(
        self,
        function: RowFunction,
        predicate: RowFunction | None,
        stream: Stream,
        workers: Workers,
    ) -> None:
        self.stream = stream
        self.workers = workers
        self.label = describe_function(function)
        usage = usage_of(function)
        fields = stream.resource.fields.field_names
        if usage is None:
            self.task = RowTask(None, frozenset(), None)
            self.used: frozenset[str] | None = None
        else:
            mutable = mutable_fields(usage.reads, stream.resource)
            self.task = RowTask(usage.reads, usage.writes, usage.writes | mutable)
            self.used = usage.reads | usage.writes
        names = [name for name in fields if self.used is None or name in self.used]
        self.codecs = {name: codecs_of(stream.resource, names)[name] for name in names}
        self.chosen_of = None if predicate is None else value_work(predicate, stream)
        self.parts: deque[_Part] = deque()
        self.seconds_a_row: float | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches, in the order in which their rows came."""
        asked = perf_counter()
        for batch in self.stream:
            seconds = (perf_counter() - asked) / max(1, batch.length)
            yield from self._send(batch)
            # Where the source is slower than the function, nobody gains by working ahead: what
            # there is goes on before more is asked for.
            if self.seconds_a_row is None or seconds > self.seconds_a_row:
                yield from self._rest()
            asked = perf_counter()
        yield from self._rest()

    def _send(self, batch: Batch) -> Iterator[Batch]:
        """Give the rows to workers; yield what is ready, or has to be before there is room."""
        places: Sequence[int] = range(batch.length)
        if self.chosen_of is not None:
            values = self.chosen_of(batch)
            places = [place for place, value in enumerate(values) if value]
        start = done = 0
        while start < batch.length:
            wanted = done + self._rows_at_once()
            stop = places[wanted - 1] + 1 if wanted < len(places) else batch.length
            chosen = [place - start for place in places[done:wanted]]
            part = batch if stop - start == batch.length else batch.slice(start, stop)
            self.parts.append(self._sent(part, chosen))
            start, done = stop, wanted
            if self.seconds_a_row is None:
                yield from self._rest()  # the first parcel tells how large the others may be
            while self.parts and (len(self.parts) >= self._most() or self._is_ready(self.parts[0])):
                yield self._next()

    def _rows_at_once(self) -> int:
        if self.seconds_a_row is None:
            return 1
        return max(1, min(_MOST_ROWS, int(_SECONDS_AT_ONCE / max(self.seconds_a_row, 1e-9))))

    def _most(self) -> int:
        return _PARCELS_A_WORKER * self.workers.most

    def _is_ready(self, part: _Part) -> bool:
        return part.future is None or part.future.done()

    def _rest(self) -> Iterator[Batch]:
        while self.parts:
            yield self._next()

    def _sent(self, batch: Batch, places: list[int]) -> _Part:
        """Send the rows at these places on their way, the others with them."""
        if not places:
            return _Part(batch, places, None)
        chosen = None if len(places) == batch.length else places
        columns = dict(zip(batch.names, batch.columns(), strict=True))
        columns = {name: columns[name] for name in self.codecs}
        sent = Batch(columns, batch.length, extras=self._sent_extras(batch))
        sent.set_numbers(batch.numbers())
        if chosen is not None:
            sent = sent.take(chosen)
        rows = f"row {batch.number(places[0]):,}"
        if len(places) > 1:
            rows = f"rows {rows[4:]} to {batch.number(places[-1]):,}"
        name = self.stream.resource.name
        packed = pack(sent, self.codecs)
        return _Part(batch, chosen, self.workers.submit(self.task, packed, name, rows))

    def _sent_extras(self, batch: Batch) -> dict[str, list[Any]]:
        if self.used is None:
            return dict(batch.extras)
        return {name: values for name, values in batch.extras.items() if name in self.used}

    def _next(self) -> Batch:
        """Wait for the first part; return its rows as they are now."""
        batch, chosen, future = self.parts.popleft()
        if future is None:
            return batch
        answer, packed = self.workers.result(future)
        if answer.failure is not None:
            self._fail(batch, chosen, answer.failure)
        rows = batch.length if chosen is None else len(chosen)
        self.seconds_a_row = answer.seconds / rows
        made = unpack(packed)
        if answer.changed:
            columns = {name: made.column(name) for name in answer.changed}
            if chosen is not None:
                columns = {
                    name: _spread(batch.column(name), column, chosen)
                    for name, column in columns.items()
                }
            batch.set_columns(columns)
        places = range(batch.length) if chosen is None else chosen
        for name in self._sent_extras(batch).keys() | made.extras.keys():
            values = made.extras.get(name) or [ABSENT] * rows
            batch.set_extra(name, dict(zip(places, values, strict=True)))
        if answer.results is None:
            return batch
        results = [None] * batch.length
        for place, result in zip(places, answer.results, strict=True):
            results[place] = result
        return replaced(results, batch.rows(), batch, self.stream)

    def _fail(
        self,
        batch: Batch,
        chosen: list[int] | None,
        failure: tuple[int, bytes | None, str, str, str],
    ) -> NoReturn:
        """Raise the error for a row at which the function raised, or that cannot travel."""
        index, packed, kind, text, trace = failure
        cause = _error_of(packed, kind, text)
        cause.add_note(f"in a worker process:\n{trace}")
        if index < 0:
            self.stream.step.fail(cause, Place(resource=self.stream.resource.name))
        place = index if chosen is None else chosen[index]
        fail_at_row(cause, batch, place, self.stream, self.label)


def _spread(column: Column, made: Column, places: list[int]) -> Column:
    """Return a column with other values in some places."""
    values = list(column.values)
    for place, value in zip(places, made.values, strict=True):
        values[place] = value
    return Column(values=values)


def _error_of(packed: bytes | None, kind: str, text: str) -> Exception:
    """Return the error of a worker; one that cannot travel is stood in for by its name and text."""
    if packed is not None:
        try:
            error = pickle.loads(packed)  # noqa: S301 - from a process of our own
        except Exception:  # noqa: BLE001 - whatever it is, its name and text are known
            error = None
        if isinstance(error, Exception):
            return error
    stand_in: type[Exception] = type(kind, (Exception,), {})
    return stand_in(text)
