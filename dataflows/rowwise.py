"""Row functions on batches: dicts of as few fields as the function uses, and what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import Place, ProcessorError, RowError, nearest, shorten
from dataflows.functions import field_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.functions import Usage
    from dataflows.package import Resource
    from dataflows.stream import Stream

__all__ = ["call_on_rows", "narrow", "row_work", "value_work"]

_MUTABLE_TYPES = ("any", "array", "object", "geojson", "geopoint")

narrow = True
"""Whether a function is given only the fields that it uses; the tests hold both ways together."""


def usage_of(function: Callable[..., Any]) -> Usage | None:
    """Return what a function uses of its row, None when it must have whole rows."""
    return field_usage(function) if narrow else None


def row_work(function: Callable[[dict[str, Any]], Any], stream: Stream) -> Callable[[Batch], Batch]:
    """Return what a row function does to a batch.

    Args:
        function: Returns None (the row goes on, as it may have changed it), a dict (which takes the row's
            place) or an iterable of dicts (any number of rows).
        stream: The stream it is called for.
    """
    usage = usage_of(function)
    touched = None if usage is None else usage.writes | _mutable(usage.reads, stream.resource)
    tally = stream.tally

    def work(batch: Batch) -> Batch:
        results = call_on_rows(function, batch, usage, stream)
        batch.touch(touched)
        if results.count(None) == len(results):
            return batch
        rows, origins = _replacements(results, batch, stream)
        if origins is None:
            return batch if rows is None else batch.replaced(rows, batch.numbering(range(batch.length)))
        given = len(set(origins))
        tally.filtered += batch.length - given
        tally.added += len(origins) - given
        return batch.replaced(rows or [], batch.numbering(origins))

    return work


def value_work(
    function: Callable[[dict[str, Any]], Any], stream: Stream
) -> Callable[[Batch], list[Any]]:
    """Return what gives, for a batch, the value of a function for each row.

    Args:
        function: Called with each row; what it changes in the row is kept.
        stream: The stream it is called for.
    """
    usage = usage_of(function)
    if usage is not None and usage.returns_row:
        usage = None  # the value is the row itself, so it must be a whole one
    touched = None if usage is None else usage.writes | _mutable(usage.reads, stream.resource)

    def work(batch: Batch) -> list[Any]:
        values = call_on_rows(function, batch, usage, stream)
        if touched is None or touched:
            batch.touch(touched)
        return values

    return work


def call_on_rows(
    function: Callable[[dict[str, Any]], Any], batch: Batch, usage: Usage | None, stream: Stream
) -> list[Any]:
    """Call a function on each row of a batch; return what it returned.

    Raises:
        ProcessorError: The function raised: with the row's number, and the row.
    """
    rows = batch.rows() if usage is None else batch.rows_of(usage.reads | usage.writes)
    left = iter(rows)
    try:
        results = list(map(function, left))
    except Exception as cause:
        index = len(rows) - left.__length_hint__() - 1
        raise row_failure(cause, batch, index, stream) from cause
    if len(results) != len(rows):
        # `map` takes a StopIteration out of the function for its own end.
        cause = RuntimeError("the function raised StopIteration")
        raise row_failure(cause, batch, len(results), stream) from cause
    return results


def row_failure(cause: Exception, batch: Batch, index: int, stream: Stream) -> ProcessorError:
    """Return the error for a user's function that raised at a row."""
    place = Place(resource=stream.resource.name, row=batch.number(index))
    fix = None
    if isinstance(cause, KeyError) and len(cause.args) == 1 and cause.args[0] not in batch.names:
        fix = nearest(cause.args[0], batch.names)
    elif isinstance(cause, TypeError) and "NoneType" in str(cause):
        empty = [name for name, value in batch.row(index).items() if value is None]
        fix = f"missing values are None, here in {', '.join(map(repr, empty))}: test for them." if empty else None
    if not isinstance(cause, (RowError, ProcessorError)):
        cause.add_note(f"in row {batch.number(index):,}: {shorten(batch.row(index), 400)}")
    return stream.step.error(cause, place, fix)


def _mutable(names: Iterable[str], resource: Resource) -> set[str]:
    types = {field.name: field.type for field in resource.fields.fields}
    return {name for name in names if types.get(name) in _MUTABLE_TYPES}


def _replacements(
    results: list[Any], batch: Batch, stream: Stream
) -> tuple[list[dict[str, Any]] | None, list[int] | None]:
    """Return the rows that a function's results stand for, and, where it is not one for one, the row each came from."""
    own = batch.held_rows() or []
    if all(r is None or r is o for r, o in zip(results, own, strict=True)):
        return None, None
    whole = batch.rows()
    if set(map(type, results)) <= {dict, type(None)}:
        merged = zip(results, own, whole, strict=True)
        return [row if r is None or r is o else r for r, o, row in merged], None
    rows: list[dict[str, Any]] = []
    origins: list[int] = []
    for index, result in enumerate(results):
        try:
            made = _rows_of(None if result is own[index] else result, whole[index])
        except Exception as cause:
            raise row_failure(cause, batch, index, stream) from cause
        rows += made
        origins += [index] * len(made)
    if origins == list(range(batch.length)):
        return rows, None
    return rows, origins


def _rows_of(result: Any, row: dict[str, Any]) -> list[dict[str, Any]]:
    if result is None:
        return [row]
    if isinstance(result, dict):
        return [result]
    if hasattr(result, "keys"):
        return [{key: result[key] for key in result.keys()}]  # noqa: SIM118 - any mapping
    if isinstance(result, (str, bytes)) or not hasattr(result, "__iter__"):
        what = f"the row function returned {shorten(result)}"
        raise RowError(what, fix="return None, a dict, or an iterable of dicts.")
    made = []
    for item in result:
        if not isinstance(item, dict):
            what = f"the row function returned rows of which one is {shorten(item)}"
            raise RowError(what, fix="return None, a dict, or an iterable of dicts.")
        made.append(dict(item))
    return made
