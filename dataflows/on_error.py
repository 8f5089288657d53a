"""What becomes of a row that does not fit: the ``on_error`` policies.

`raise_exception`, `drop`, `ignore`, `clear` and `rejects` are ready; any callable with the
signature ``(resource_name, row, index, error)`` or ``(resource_name, row, index, error, field)``
will do as well: what is true keeps the row.
"""

from __future__ import annotations

import json
import tempfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dataflows.errors import (
    ArgumentError,
    BudgetError,
    DataflowsException,
    Place,
    ValidationError,
    shorten,
)
from dataflows.wording import counted, fitted_fix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dataflows.batch import Batch
    from dataflows.column import Column
    from dataflows.package import Field
    from dataflows.streams import Stream

__all__ = [
    "Rejects",
    "check_policy",
    "clear",
    "drop",
    "ignore",
    "raise_exception",
    "rejects",
    "settle",
]

Failure = tuple[int, Any, Exception]

_SPOOLED_BYTES = 1 << 20
_RATE_FROM_ROWS = 1000
_MOST_REJECTS = 1000
_MOST_VALUE_CHARACTERS = 1000


def raise_exception(
    resource_name: str, row: dict[str, Any], index: int, error: Exception | None
) -> bool:
    """Stop the flow at the first row that does not fit: the default.

    Raises:
        ValidationError: Always.
    """
    raise ValidationError(resource_name, row, index, error)


def ignore(resource_name: str, row: dict[str, Any], index: int, error: Exception | None) -> bool:  # noqa: ARG001 - the signature of a policy
    """Keep the row, with the value as it is."""
    return True


def drop(resource_name: str, row: dict[str, Any], index: int, error: Exception | None) -> bool:  # noqa: ARG001 - the signature of a policy
    """Leave the row out; it is counted as rejected."""
    return False


def clear(
    resource_name: str,  # noqa: ARG001 - the signature of a policy
    row: dict[str, Any],
    index: int,  # noqa: ARG001 - the same
    error: Exception | None,  # noqa: ARG001 - the same
    field: Field | None = None,
) -> bool:
    """Keep the row, with a missing value in the place of what does not fit."""
    if field is None:
        return False
    row[field.name] = None
    return True


class Rejects:
    """The policy that `rejects` returns."""

    def __init__(self, max_rows: int | None, max_rate: float | None, name: str) -> None:
        self.max_rows = max_rows
        self.max_rate = max_rate
        self.name = name

    def __repr__(self) -> str:
        """Show the call."""
        options = []
        if self.max_rows is not None:
            options.append(f"max_rows={self.max_rows!r}")
        if self.max_rate is not None:
            options.append(f"max_rate={self.max_rate!r}")
        if self.name != "rejects":
            options.append(f"name={self.name!r}")
        return f"rejects({', '.join(options)})"

    def descriptor(self) -> dict[str, Any]:
        """Return the descriptor of the resource that the rejected rows go to."""
        types = {
            "resource": "string",
            "processor": "string",
            "position": "integer",
            "row_number": "integer",
            "field": "string",
            "value": "string",
            "reason": "string",
            "row": "object",
        }
        fields = [
            {"name": name, "type": type_, "format": "default"} for name, type_ in types.items()
        ]
        return {
            "name": self.name,
            "path": f"{self.name}.csv",
            "profile": "tabular-data-resource",
            "schema": {"fields": fields, "missingValues": [""]},
            "dataflows:rejects": True,
        }


def rejects(
    *, max_rows: int | None = None, max_rate: float | None = None, name: str = "rejects"
) -> Rejects:
    """Send rows that do not fit to a resource of their own, at the end of the package.

    Its fields: ``resource``, ``processor``, ``position``, ``row_number`` (from 1), ``field``,
    ``value``, ``reason`` and ``row`` (the whole row as an object). Selectors pass it by unless it
    is named; dumpers write it.

    Args:
        max_rows: The flow fails when more rows than this are rejected at one step; without it, any
            number may.
        max_rate: The flow fails when more than this part of a resource's rows (0.01 is one in a
            hundred) is rejected at one step; looked at from the 1,000th row on, and at the end.
        name: The name of the resource.

    Raises:
        ArgumentError: A budget that cannot be, or a name that is no text.

    Examples:
        >>> from dataflows import Flow, rejects, set_type
        >>> rows = [{"qty": "1"}, {"qty": "n/a"}]
        >>> flow = Flow(rows, set_type("qty", type="integer", on_error=rejects(max_rows=10)))
        >>> data, package, stats = flow.results()
        >>> data[0]
        [{'qty': 1}]
        >>> data[1][0]["row_number"], data[1][0]["field"], data[1][0]["value"]
        (2, 'qty', 'n/a')
    """
    if max_rows is not None and not (_is_number(max_rows, int) and max_rows >= 0):
        what = f"max_rows must be a number, 0 or more, got {shorten(max_rows)}"
        raise ArgumentError(what, fix="give the number of rows that may be rejected.")
    rate: Any = max_rate
    if rate is not None and not (_is_number(rate, int, float, Decimal) and 0 <= rate <= 1):
        what = f"max_rate must be a number from 0 to 1, got {shorten(max_rate)}"
        raise ArgumentError(what, fix="give a part of the rows: 0.01 is one in a hundred.")
    given: Any = name
    if not isinstance(given, str) or not given:
        what = f"name must be that of a resource, got {shorten(given)}"
        raise ArgumentError(what, fix="write for instance rejects(name='bad_rows').")
    return Rejects(max_rows, max_rate, name)


def _is_number(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def check_policy(on_error: Any) -> Any:
    """Return the policy, `raise_exception` for None.

    Raises:
        ArgumentError: It cannot be called.
    """
    if on_error is None:
        return raise_exception
    if isinstance(on_error, Rejects) or callable(on_error):
        return on_error
    what = f"on_error must be a policy, got {on_error!r}"
    fix = (
        "use raise_exception, drop, ignore, clear, rejects() or a function"
        " (resource_name, row, index, error)."
    )
    raise ArgumentError(what, fix=fix)


class RejectedRows:
    """The rows that one step rejects in one run: in memory while few, then in a temporary file.

    `count` is how many they are, `first` the first thousand.
    """

    def __init__(self, policy: Rejects) -> None:
        self.policy = policy
        self.count = 0
        self.first: list[dict[str, Any]] = []
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by `close`
            _SPOOLED_BYTES, "w+", encoding="utf-8", newline="\n"
        )

    def add(self, entry: dict[str, Any]) -> None:
        """Take in a row that this step rejects."""
        self.count += 1
        if self.count <= _MOST_REJECTS:
            self.first.append(entry)
        self.hand_on(entry)

    def hand_on(self, entry: dict[str, Any]) -> None:
        """Take in a row that an earlier step rejected into the same resource."""
        self._file.write(json.dumps(entry, default=str, ensure_ascii=True) + "\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Give the rows back, once, in the order they came."""
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()


def settle(
    batch: Batch,
    columns: dict[str, Column],
    failures: Mapping[str | None, list[Failure]] | Mapping[str, list[Failure]],
    stream: Stream,
) -> Batch:
    """Apply the stream's policy to the values that did not fit.

    Args:
        batch: The batch before the cast.
        columns: Its columns after the cast; None stands where a value did not fit.
        failures: For each field: (index, value, error) of those; for None, those that are about
            the row.
        stream: Knows the policy, the place, and takes the account.

    Returns:
        The batch with the new columns, without the rows that the policy took out.
    """
    policy = stream.policy
    order = {name: number for number, name in enumerate(failures)}
    found = [
        (index, order[name], name, value, error)
        for name, errors in failures.items()
        for index, value, error in errors
    ]
    found.sort(key=lambda entry: entry[:2])
    for index, _, name, _, error in found:
        if isinstance(error, DataflowsException):
            error.where = error.where.within(Place(row=batch.number(index), field=name))
            if error.fix:
                error.fix = fitted_fix(error.fix, name, stream)
    if policy is raise_exception or policy is None:
        index, _, _, _, error = found[0]
        raise_exception(stream.resource.name, batch.row(index), stream.seen + index, error)
    dropped: set[int] = set()
    if policy is drop:
        dropped = {entry[0] for entry in found}
    elif isinstance(policy, Rejects):
        dropped = _reject(batch, found, stream)
    elif policy is not clear:
        dropped = _ask(batch, columns, found, stream)
    for name, errors in failures.items():
        if name is not None and name in columns:
            columns[name].forget_source([index for index, _, _ in errors])
    batch.set_columns(columns)
    if dropped:
        stream.tally.rejected += len(dropped)
        batch = batch.filter([index not in dropped for index in range(batch.length)])
    return batch


def _reject(batch: Batch, found: list[tuple[Any, ...]], stream: Stream) -> set[int]:
    dropped: set[int] = set()
    for index, _, name, value, error in found:
        if index in dropped:
            continue
        dropped.add(index)
        stream.reject(
            {
                "resource": stream.resource.name,
                "processor": stream.step.label,
                "position": stream.step.position,
                "row_number": batch.number(index),
                "field": name,
                "value": None if value is None else str(value)[:_MOST_VALUE_CHARACTERS],
                "reason": getattr(error, "what", str(error)),
                "row": {key: _plain(item) for key, item in batch.row(index).items()},
            }
        )
    check_budget(stream, len(dropped), stream.seen + batch.length)
    return dropped


def check_budget(stream: Stream, more: int, seen: int, *, at_end: bool = False) -> None:
    """Fail when more rows were rejected than the policy allows.

    Raises:
        BudgetError: With the counts and what to change.
    """
    policy = stream.policy
    rejected = stream.tally.rejected + more
    if policy.max_rows is not None and rejected > policy.max_rows:
        were = "was" if rejected == 1 else "were"
        what = f"{counted(rejected, 'row')} {were} rejected, more than max_rows={policy.max_rows}"
        raise BudgetError(
            what, fix="correct the data or allow more: the reasons are in the rejected rows."
        )
    enough = seen >= _RATE_FROM_ROWS or at_end
    if policy.max_rate is not None and seen and enough and rejected > policy.max_rate * seen:
        what = f"{rejected:,} of {seen:,} rows were rejected, more than max_rate={policy.max_rate}"
        raise BudgetError(
            what, fix="correct the data or allow more: the reasons are in the rejected rows."
        )


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def takes_field(policy: Callable[..., Any]) -> bool:
    """Tell whether a policy of one's own takes the field as its fifth argument."""
    from dataflows.functions import parameters

    return len(parameters(policy)) > 4


def _ask(
    batch: Batch, columns: dict[str, Column], found: list[tuple[Any, ...]], stream: Stream
) -> set[int]:
    """Ask a policy of the user's, row by row; what it changes in a row goes into `columns`."""
    from dataflows.column import Column

    policy = stream.policy
    five = policy is not ignore and takes_field(policy)
    fields = {field.name: field for field in stream.target.fields.fields}
    values = {name: list(column.values) for name, column in columns.items()}
    by_row: dict[int, list[tuple[str | None, Any, Exception]]] = {}
    for index, _, name, value, error in found:
        by_row.setdefault(index, []).append((name, value, error))
    dropped: set[int] = set()
    rows: dict[int, dict[str, Any]] = {}
    others: dict[str, dict[int, Any]] = {}
    for index, reasons in by_row.items():
        before = batch.row(index)
        row = rows[index] = dict(before)
        row.update({name: items[index] for name, items in values.items()})
        row.update({name: before.get(name) for name, _, _ in reasons if name is not None})
        for name, _, error in reasons:
            arguments = [stream.resource.name, row, stream.seen + index, error]
            arguments += [fields.get(name or "")] if five else []
            try:
                kept = policy(*arguments)
            except Exception as cause:  # noqa: BLE001 - it is raised again
                place = Place(resource=stream.resource.name, row=batch.number(index), field=name)
                stream.step.fail(cause, place)
            if not kept:
                dropped.add(index)
        for name in before.keys() | row.keys():
            if name not in values and row.get(name) is not before.get(name):
                others.setdefault(name, {})[index] = row.get(name)
    changed = set()
    for index, row in rows.items():
        for name, items in values.items():
            if items[index] is not row.get(name):
                items[index] = row.get(name)
                changed.add(name)
    for name in changed:
        columns[name] = Column(values=values[name])
    _change_others(batch, columns, others)
    return dropped


def _change_others(
    batch: Batch, columns: dict[str, Column], others: dict[str, dict[int, Any]]
) -> None:
    """Take over what a policy set in a row beside the fields that were cast."""
    from dataflows.column import Column

    for name, by_index in others.items():
        if name in batch.names:
            values = list(batch.column(name).values)
            for index, value in by_index.items():
                values[index] = value
            columns[name] = Column(values=values)
        else:
            batch.set_extra(name, by_index)
