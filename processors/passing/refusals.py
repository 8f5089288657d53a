"""What becomes of rows that a condition refuses: `on_error` without a value to blame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import Place, ValidationError, shorten
from dataflows.on_error import (
    Rejects,
    check_budget,
    clear,
    drop,
    ignore,
    raise_exception,
    takes_field,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.batch import Batch
    from dataflows.streams import Stream

__all__ = ["refuse_rows"]

_MOST_VALUE_CHARACTERS = 1000


def refuse_rows(
    batch: Batch, refused: Sequence[int], stream: Stream, condition: str, field: str | None
) -> Batch:
    """Return the batch without the rows that the stream's policy takes out.

    Args:
        batch: The rows.
        refused: The indices of those that do not satisfy a condition.
        stream: Knows the policy, and takes the account.
        condition: How the condition is shown.
        field: The field whose value was looked at, where it was one.

    Raises:
        ValidationError: The policy is to raise.
        BudgetError: The policy allows no more rejected rows.

    Examples:
        >>> from types import SimpleNamespace
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"a": 1}, {"a": 2}], ["a"])
        >>> stream = SimpleNamespace(policy=drop, tally=SimpleNamespace(rejected=0))
        >>> refuse_rows(batch, [0], stream, "'a > 1'", None).rows(), stream.tally.rejected
        ([{'a': 2}], 1)
    """
    policy = stream.policy
    if not refused or policy is ignore:
        return batch
    if policy is raise_exception:
        raise _error(batch, refused[0], stream, condition, field)
    dropped = set(refused)
    if isinstance(policy, Rejects):
        for index in refused:
            stream.reject(_entry(batch, index, stream, condition, field))
        check_budget(stream, len(refused), stream.seen + batch.length)
    elif policy not in (drop, clear):
        dropped = _asked(policy, batch, refused, stream)
    if not dropped:
        return batch
    stream.tally.rejected += len(dropped)
    return batch.filter([index not in dropped for index in range(batch.length)])


def _asked(policy: Any, batch: Batch, refused: Sequence[int], stream: Stream) -> set[int]:
    """Ask a policy of the user's; what it changes in a row is kept."""
    more = (None,) if takes_field(policy) else ()
    rows = batch.rows()
    name = stream.resource.name
    dropped = {i for i in refused if not policy(name, rows[i], stream.seen + i, None, *more)}
    batch.touch()
    return dropped


def _reason(row: dict[str, Any], condition: str, field: str | None) -> str:
    subject = "the row" if field is None else shorten(row.get(field))
    return f"{subject} does not satisfy {condition}"


def _error(
    batch: Batch, index: int, stream: Stream, condition: str, field: str | None
) -> ValidationError:
    name, row = stream.resource.name, batch.row(index)
    error = ValidationError(name, row, stream.seen + index, None)
    error.what = f"{_reason(row, condition, field)}\n  in {shorten(row)}"
    error.where = Place(resource=name, row=batch.number(index), field=field)
    error.fix = "correct the row, or handle such rows with on_error=rejects()"
    return error


def _entry(
    batch: Batch, index: int, stream: Stream, condition: str, field: str | None
) -> dict[str, Any]:
    row = batch.row(index)
    value = None if field is None else row.get(field)
    return {
        "resource": stream.resource.name,
        "processor": stream.step.label,
        "position": stream.step.position,
        "row_number": batch.number(index),
        "field": field,
        "value": None if value is None else str(value)[:_MOST_VALUE_CHARACTERS],
        "reason": _reason(row, condition, field),
        "row": {key: _plain(item) for key, item in row.items()},
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
