"""Stream: the batches of one resource at one step, and the way from rows to batches."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.errors import CastError, Place, RowError, shorten
from dataflows.on_error import Failure, check_policy, settle
from dataflows.package import clone
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from dataflows.accounts import Tally
    from dataflows.chain import Run, Step
    from dataflows.package import Resource
    from dataflows.types import Codec

__all__ = ["MOST_ROWS", "Stream", "batches_of_rows", "codecs_of", "rows_of_their_own"]

MOST_ROWS = 8192
"""Rows in a batch made of a user's rows: more gains nothing and costs memory."""

_PATIENCE_SECONDS = 0.005
_FAST_BATCHES = 8


def codecs_of(resource: Resource, names: Iterable[str] | None = None) -> dict[str, Codec]:
    """Return the codec of each field of a resource, or of those in `names`."""
    schema = resource.fields
    missing = schema.missing_values
    fields = schema.descriptor["fields"]
    wanted = None if names is None else set(names)
    return {
        field["name"]: codec_for(field, missing)
        for field in fields
        if wanted is None or field["name"] in wanted
    }


class Stream:
    """The batches of one resource as they come into a step.

    Args:
        resource: The resource as it comes in.
        target: The resource as it leaves the step.
        batches: The batches.
        step: The step.
        tally: Takes the account of this resource at this step.
        run: The run.

    A processor iterates over it, once. `policy` is what it does with rows that do not fit; `retype`
    says how a field gets another type where it is not by `set_type`: called with its name and the
    options, as in ``"type='string'"``.
    """

    __slots__ = (
        "_batch",
        "_batches",
        "_left",
        "policy",
        "resource",
        "retype",
        "run",
        "seen",
        "step",
        "tally",
        "target",
    )

    def __init__(
        self,
        resource: Resource,
        target: Resource,
        batches: Iterator[Batch],
        step: Step,
        tally: Tally,
        run: Run,
    ) -> None:
        self.resource = resource
        self.target = target
        self.step = step
        self.tally = tally
        self.run = run
        self.policy: Any = None
        self.retype: Callable[[str | None, str], str] | None = None
        self.seen = 0
        self._batches = batches
        self._batch: Batch | None = None
        self._left: Any = None

    def __iter__(self) -> Iterator[Batch]:
        """Pull the batches; each counts as gone in when it is handed over."""
        for batch in self._batches:
            self.tally.rows_in += batch.length
            yield batch
            self.seen += batch.length

    def untouched(self) -> Iterator[Batch]:
        """Return the batches as they come, uncounted: the step only lets them through."""
        return self._batches

    def rows(self) -> Generator[dict[str, Any], None, None]:
        """Pull the rows, as dicts that the caller may change; each counts when it is taken."""
        self.step.reading = self
        for batch in self._batches:
            rows = batch.rows()
            left = iter(rows)
            self._batch, self._left = batch, left
            try:
                yield from left
            finally:
                taken = len(rows) - left.__length_hint__()  # type: ignore[attr-defined]  # every list iterator has it
                self.tally.rows_in += taken
                self.seen += taken

    def last_row(self) -> int | None:
        """Return the number of the row that `rows` handed out last; None before the first."""
        if self._batch is None:
            return None
        taken = self._batch.length - self._left.__length_hint__()
        return self._batch.number(taken - 1) if taken else None

    def cast(
        self,
        batch: Batch,
        codecs: Mapping[str, Codec],
        *,
        from_source: bool = False,
        came_in: bool = False,
        also: Mapping[str, Codec] | None = None,
    ) -> Batch:
        """Return the batch with these fields cast; what does not fit goes where `policy` says.

        Args:
            batch: The batch.
            codecs: The type wanted for each field.
            from_source: Read the text of the source again, where no step has changed it.
            came_in: The values are as an earlier step gave them: an error looks for that step.
            also: For some fields another type, which is tried for values that do not fit the first.
        """
        same: dict[str, Column] = {}
        other: dict[str, Column] = {}
        failures: dict[str, list[Failure]] = {}
        for name, codec in codecs.items():
            column = batch.column(name)
            result, errors = column.cast(codec, from_source=from_source)
            if result is None or result is column:
                continue
            if errors and also is not None and name in also:
                result, errors = _cast_again(result, errors, also[name])
            (same if result.holds(column) else other)[name] = result
            if errors:
                failures[name] = errors
                for _, _, error in errors if came_in else ():
                    error.came_in = True  # type: ignore[attr-defined]  # a CastError has it
        if failures:
            return settle(batch, {**same, **other}, failures, self)
        if same:
            batch.recheck(same)
        if other:
            batch.set_columns(other)
        return batch

    def reject(self, entry: dict[str, Any]) -> None:
        """Put a row among the rejected ones of this step."""
        self.run.rejected_rows(self.step, self.policy).add(entry)

    def use_policy(self, on_error: Any) -> None:
        """Set what is done with rows that do not fit."""
        self.policy = check_policy(on_error)


def _cast_again(
    column: Column, errors: list[Failure], codec: Codec
) -> tuple[Column, list[Failure]]:
    """Return a column with what another type takes of the misfits, and the errors left."""
    values = list(column.values)
    left: list[Failure] = []
    for index, value, error in errors:
        try:
            values[index] = codec.cast(value)
        except CastError:
            left.append((index, value, error))
    again = Column(column.codec, values=values, source=column.source)
    return again, left


def batches_of_rows(rows: Iterable[Any], names: list[str], first_row: int = 1) -> Iterator[Batch]:
    """Gather a user's rows into batches, which grow only while the source is fast.

    A row is copied when it comes, for its maker may go on to change or reuse it. A source that
    takes its time gets batches of one row, so that the row is seen downstream before the next is
    asked for.

    Raises:
        RowError: Something that is not a row.
    """
    size, chunk, number, streak = 1, [], first_row, 0
    started = perf_counter()
    for row in rows:
        if type(row) is dict:
            chunk.append(row.copy())
        else:
            chunk.append(_as_row(row, number + len(chunk)))
        if len(chunk) < size and perf_counter() - started < _PATIENCE_SECONDS:
            continue
        if perf_counter() - started >= _PATIENCE_SECONDS:
            size, streak = max(1, len(chunk) // 2), 0
        else:
            streak += 1
            size = min(size * 2, MOST_ROWS) if streak > _FAST_BATCHES else size
        yield Batch.from_rows(chunk, names, number)
        number += len(chunk)
        chunk = []
        started = perf_counter()
    if chunk:
        yield Batch.from_rows(chunk, names, number)


def rows_of_their_own(rows: Iterable[Any], codecs: Mapping[str, Codec]) -> Iterable[Any]:
    """Return rows that share no list or dict with their maker, who may go on to change them."""
    mutable = [name for name, codec in codecs.items() if codec.mutable]
    return (_with_own_values(row, mutable) for row in rows) if mutable else rows


def _with_own_values(row: Any, names: list[str]) -> Any:
    if type(row) is not dict:
        return row
    copied = row.copy()
    for name in names:
        value = copied.get(name)
        if type(value) in (list, dict):
            copied[name] = clone(value)
    return copied


def _as_row(row: Any, number: int) -> dict[str, Any]:
    if hasattr(row, "keys") and hasattr(row, "__getitem__"):
        return {key: row[key] for key in row.keys()}  # noqa: SIM118 - whatever is a mapping, not only Mapping
    what = f"a row is not a dict but {shorten(row)}"
    raise RowError(what, where=Place(row=number), fix="yield one dict a row.")
