"""Row functions on batches: dicts of as few fields as the function uses, and what it returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from dataflows.errors import Place, ProcessorError, RowError, nearest, shorten
from dataflows.functions import field_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.functions import Usage
    from dataflows.package import Resource
    from dataflows.processor import Hooks
    from dataflows.streams import Stream

__all__ = ["narrow", "row_work", "rows_at_once", "value_work"]

_MUTABLE_TYPES = ("any", "array", "object", "geojson", "geopoint")

_WHOLE_ROWS = 2048
_NARROW_ROWS = 4096

narrow = True
"""Whether a function is given only the fields that it uses; the tests hold both ways together."""


def usage_of(function: Callable[..., Any]) -> Usage | None:
    """Return what a function uses of its row, None when it must have whole rows.

    A column cannot tell a field that a row has lost from one without a value, so what deletes gets
    whole rows.
    """
    usage = field_usage(function) if narrow else None
    return None if usage is None or usage.deletes else usage


def rows_at_once(steps: Iterable[Hooks]) -> int | None:
    """Return how many rows a run of steps is given at once, None for as many as come.

    Dicts that stay in the processor's cache from one function to the next are worth smaller
    batches: a fifth of the time with whole rows, a thirtieth with few fields (measured on rows of
    nine fields). Columns alone are better off with larger ones.
    """
    most = None
    for hooks in steps:
        for function in (*hooks.functions, *([hooks.row] if hooks.row is not None else [])):
            if usage_of(function) is None:
                return _WHOLE_ROWS
            most = _NARROW_ROWS
    return most


def row_work(function: Callable[[dict[str, Any]], Any], stream: Stream) -> Callable[[Batch], Batch]:
    """Return what a row function does to a batch.

    Args:
        function: Returns None (the row goes on, as it may have changed it), a dict (which takes the
            row's place) or an iterable of dicts (any number of rows).
        stream: The stream it is called for.
    """
    usage = usage_of(function)
    touched = None if usage is None else usage.writes | mutable_fields(usage.reads, stream.resource)

    def work(batch: Batch) -> Batch:
        left = iter(_rows_for(batch, usage))
        try:
            results = [
                made if made is None or made is row else taken(made)
                for row in left
                for made in (function(row),)
            ]
        except Exception as cause:  # noqa: BLE001 - it is raised again
            fail_at_row(cause, batch, _position(left, batch), stream)
        batch.touch(touched)
        if results.count(None) == len(results):
            return batch
        own = batch.held_rows() or []
        if all(map(_is_own, results, own)):
            return batch
        return replaced(results, own, batch, stream)

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
    touched = None if usage is None else usage.writes | mutable_fields(usage.reads, stream.resource)

    def work(batch: Batch) -> list[Any]:
        left = iter(_rows_for(batch, usage))
        try:
            values = [function(row) for row in left]
        except Exception as cause:  # noqa: BLE001 - it is raised again
            fail_at_row(cause, batch, _position(left, batch), stream)
        if touched is None or touched:
            batch.touch(touched)
        return values

    return work


def _rows_for(batch: Batch, usage: Usage | None) -> list[dict[str, Any]]:
    if usage is None:
        return batch.rows()
    return batch.rows_of(usage.reads, usage.writes - usage.reads)


def _position(left: Any, batch: Batch) -> int:
    """Return the index of the row that an iterator over the rows of a batch handed out last."""
    return batch.length - int(left.__length_hint__()) - 1


def fail_at_row(
    cause: Exception, batch: Batch, index: int, stream: Stream, function: str | None = None
) -> NoReturn:
    """Raise the error for a user's function that raised at a row.

    Args:
        cause: What it raised.
        batch: The batch with the row.
        index: The index of the row in it.
        stream: The stream that the function is called for.
        function: What messages call it, where the traceback does not tell.

    Raises:
        ProcessorError: Always.
    """
    place = Place(resource=stream.resource.name, row=batch.number(index), function=function)
    fix = None
    if isinstance(cause, KeyError) and len(cause.args) == 1 and cause.args[0] not in batch.names:
        fix = nearest(cause.args[0], batch.names)
    elif isinstance(cause, TypeError) and "NoneType" in str(cause):
        empty = [
            name
            for name, value in batch.row(index).items()
            if value is None and name in batch.names
        ]
        fix = (
            f"missing values are None, here in {', '.join(map(repr, empty))}: test for them."
            if empty
            else None
        )
    if not isinstance(cause, (RowError, ProcessorError)):
        cause.add_note(f"in row {batch.number(index):,}: {shorten(batch.row(index), 400)}")
    stream.step.fail(cause, place, fix)


def mutable_fields(names: Iterable[str], resource: Resource) -> set[str]:
    """Return those of the fields whose values can be changed in place."""
    types = {field.name: field.type for field in resource.fields.fields}
    return {name for name in names if types.get(name) in _MUTABLE_TYPES}


def _is_own(result: Any, row: dict[str, Any]) -> bool:
    return result is None or result is row


def replaced(results: list[Any], own: list[dict[str, Any]], batch: Batch, stream: Stream) -> Batch:
    """Return the batch of the rows that a function gave in the place of its `own`."""
    given_rows = [
        whole if result is None or result is row else result
        for result, row, whole in zip(results, own, batch.rows(), strict=True)
    ]
    if list not in set(map(type, given_rows)):
        return batch.replaced(given_rows, batch.numbering(range(batch.length)))
    rows: list[dict[str, Any]] = []
    origins: list[int] = []
    for index, given in enumerate(given_rows):
        made = given if type(given) is list else [given]
        rows += made
        origins += [index] * len(made)
    used = len(set(origins))
    stream.tally.filtered += batch.length - used
    stream.tally.added += len(origins) - used
    return batch.replaced(rows, batch.numbering(origins))


def taken(result: Any) -> dict[str, Any] | list[dict[str, Any]]:
    """Return copies of the rows that a function gave: it may go on to change or reuse them.

    Raises:
        RowError: It gave something else.
    """
    if isinstance(result, dict):
        return dict(result)
    if hasattr(result, "keys"):
        return {key: result[key] for key in result.keys()}  # noqa: SIM118 - any mapping
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
