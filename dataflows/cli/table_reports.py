"""The tables of a source, looked at: their first rows, and what the values of each field are."""

from __future__ import annotations

import math
from copy import deepcopy
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataflows.chain import closing_streams
from dataflows.cli.report import CallError
from dataflows.errors import nearest
from dataflows.preview import previewed
from dataflows.showing.table_report import TableReport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Run
    from dataflows.flow import Flow
    from dataflows.package import Resource

__all__ = ["json_value", "table_reports"]

_TOP = 5
"""How many of the most frequent values are named."""
_EXACT = 1 << 53


def table_reports(
    flow: Flow, *, resource: str | None, rows: int, most: int | None, profiles: bool
) -> list[TableReport]:
    """Return what is to be seen of the tables of a flow; nothing is written.

    Args:
        flow: The flow.
        resource: The name of the only one that is wanted.
        rows: How many rows to show of each.
        most: How many rows to look at; None for all.
        profiles: Whether to tell what the values of each field are.

    Raises:
        CallError: There is no resource of that name.
        ProcessorError: The source cannot be read.
    """
    reports = []
    with previewed(flow.chain()) as run:
        names = run.package.resource_names
        if resource is not None and resource not in names:
            what = f"no table is named {resource!r}"
            raise CallError(what, fix=nearest(resource, names, "tables"))
        wanted = most if profiles else rows
        with closing_streams(run.stream()) as streams:
            for one, batches in islice(streams, len(names)):
                if resource is None or one.name == resource:
                    reports.append(_report(run, one, batches, rows, wanted, profiles=profiles))
                if one.name == resource:
                    break
    return reports


def _report(
    run: Run,
    resource: Resource,
    batches: Iterator[Batch],
    rows: int,
    most: int | None,
    *,
    profiles: bool,
) -> TableReport:
    from dataflows.processors.checks.field_profile import FieldProfile
    from dataflows.streams import codecs_of

    report = TableReport(resource.name, resource.fields)
    fields = [
        FieldProfile(name, codec, run) for name, codec in codecs_of(resource).items() if profiles
    ]
    for batch in batches:
        left = batch.length if most is None else most - report.seen
        if left < batch.length:
            report.is_whole = False
        kept = batch.slice(0, min(left, batch.length))
        shown = kept.slice(0, max(0, min(kept.length, rows - len(report.rows))))
        report.rows += deepcopy(shown.rows())
        for field in fields:
            field.take(kept)
        report.seen += kept.length
        if not report.is_whole:
            break
    if report.is_whole:
        report.notes = dict(run.steps[0].account.tally_of(resource.name).notes)
    found = [field.row(_TOP) for field in fields]
    report.profile = {str(one["field"]): one for one in found}
    return report


def json_value(value: Any) -> Any:
    """Return a value as JSON has it: what it has no form for is text.

    Examples:
        >>> json_value([Decimal("1.50"), Decimal("0.1234567890123456789"), None])
        [1.5, '0.1234567890123456789', None]
    """
    if isinstance(value, dict):
        return {str(key): json_value(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(one) for one in value]
    if isinstance(value, Decimal):
        return _json_number(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _json_number(value: Decimal) -> int | float | str:
    if value.is_finite() and value == value.to_integral_value() and abs(value) < _EXACT:
        return int(value)
    number = float(value)
    return number if math.isfinite(number) and Decimal(repr(number)) == value else str(value)
