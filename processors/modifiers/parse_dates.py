"""parse_dates: texts as dates or moments."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dataflows.choices import check_one_of
from dataflows.column import Column
from dataflows.errors import ArgumentError, CastError, nearest
from dataflows.on_error import check_policy, settle
from dataflows.processor import Hooks, processor
from dataflows.processors.arguments.field_patterns import check_patterns
from dataflows.processors.arguments.listed import listed
from dataflows.processors.modifiers.chosen_fields import (
    as_it_is,
    chosen,
    retyping,
)
from dataflows.processors.modifiers.date_reader import (
    DAY_FIRST,
    MONTH_FIRST,
    ZULU,
    DateReader,
    Misread,
)
from dataflows.processors.modifiers.field_texts import map_texts
from dataflows.streams import codecs_of
from dataflows.types.layout import flaw_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.on_error import Failure
    from dataflows.selectors import Resources
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["parse_dates"]


@processor
def parse_dates(
    fields: Iterable[str] | str,
    formats: Iterable[str] | str | None = None,
    *,
    type: str = "date",
    timezone: str | None = None,
    on_error: Any = None,
    regex: bool = True,
    resources: Resources = None,
) -> Hooks:
    """Parse texts as dates or datetimes, however they are written.

    Without `formats` these are read, in one field side by side: ISO 8601 (``2026-03-01``,
    ``2026-03-01T10:30:00+01:00``), the year first (``2026/3/1``), the year last (``25.12.2026``),
    and months in English (``1 March 2026``, ``Mar 1, 2026 5:30 pm``). What can mean two days, such
    as ``01/02/2026``, is refused until you say which part is first. Years have four digits.

    Schema: the fields become dates or datetimes.
    Rows: all, in their order, except those that `on_error` removes.
    Memory: one batch.

    Args:
        fields: Names, or regular expressions that must match a whole name. Values that are dates
            or datetimes already stay.
        formats: ``"day_first"`` or ``"month_first"``; or a format of ``strptime`` such as
            ``"%d.%m.%y"``, which reads nothing else; or a list of these, tried in their order.
        type: ``"date"``, which takes a time of midnight only, or ``"datetime"``.
        timezone: A zone such as ``"Europe/Rome"``: datetimes without an offset are of this zone,
            and those with one are converted to it. Without it an offset stays as it is written, and
            Z, as elsewhere in the library, says nothing.
        on_error: What to do with what cannot be read: `raise_exception` (the default), `drop`,
            `ignore`, `clear`, `rejects()` or a function.
        regex: Whether the names are regular expressions; False takes them as they are written.
        resources: The resources to change; all by default. One may lack the fields.

    Raises:
        ArgumentError: There is no such type or zone, or a format is none.
        UnknownFieldError: A name means no field in any of the resources.
        ValidationError: A text cannot be read, or means two days, and `on_error` is to raise.

    Examples:
        >>> from dataflows import Flow, parse_dates
        >>> rows = [{"day": "2026-03-01"}, {"day": "March 2, 2026"}, {"day": "3/3/2026"}]
        >>> [row["day"].isoformat() for row in Flow(rows, parse_dates("day")).results()[0][0]]
        ['2026-03-01', '2026-03-02', '2026-03-03']
        >>> rows = [{"day": "01/02/2026"}]
        >>> Flow(rows, parse_dates("day", "day_first")).results()[0]
        [[{'day': datetime.date(2026, 2, 1)}]]
    """
    patterns = check_patterns(fields, regex=regex)
    check_policy(on_error)
    check_one_of("type", type, ("date", "datetime"))
    convert = _converter(_checked_formats(formats), type, _zone(timezone, type))

    def batch(stream: Stream) -> Callable[[Batch], Batch]:
        names = chosen(patterns, stream.resource.fields.field_names, regex=regex)
        if not names:
            return as_it_is
        before = codecs_of(stream.resource, names)
        after = codecs_of(stream.target, names)

        def work(batch: Batch) -> Batch:
            columns: dict[str, Column] = {}
            failures: dict[str, list[Failure]] = {}
            for name in names:
                made, failed = _converted(batch.column(name), before[name], convert)
                columns[name] = Column(values=made)
                if failed:
                    failures[name] = failed
            if failures:
                return settle(batch, columns, failures, stream)
            batch.set_columns(columns)
            return stream.cast(batch, after)

        return work

    return Hooks(
        package=retyping(patterns, type, regex=regex),
        batch=batch,
        select=resources,
        on_error=on_error,
    )


def _converter(
    formats: list[str], type: str, zone: datetime.tzinfo | None
) -> Callable[[Any], datetime.date | Misread]:
    read = DateReader(formats).read

    def convert(value: Any) -> datetime.date | Misread:
        if not isinstance(value, datetime.date):
            value = read(str(value))
        if isinstance(value, Misread):
            return value
        return _day(value) if type == "date" else _moment(value, zone)

    return convert


def _converted(
    column: Column, codec: Codec, convert: Callable[[Any], Any]
) -> tuple[list[Any], list[Failure]]:
    """Return what each value is read as: its text, but for what is a date already."""
    if codec.type in ("date", "datetime") or (column.text is None and column.source is None):
        texts = {value for value in column.values if type(value) is str}
        known = {t: None if t in codec.missing_texts else convert(t) for t in texts}
        made = [
            known[v] if type(v) is str else None if v is None else convert(v) for v in column.values
        ]
    else:
        made = map_texts(column, codec, convert)
    failures: list[Failure] = []
    for index, value in enumerate(made):
        if isinstance(value, Misread):
            failures.append((index, column.values[index], _error(value)))
            made[index] = None
    return made, failures


def _checked_formats(formats: Any) -> list[str]:
    every = [] if formats is None else listed(formats)
    for format in every:
        if format in (DAY_FIRST, MONTH_FIRST):
            continue
        if not isinstance(format, str) or "%" not in format:
            what = f"there is no format {format!r}"
            fix = nearest(format, [DAY_FIRST, MONTH_FIRST], "named formats")
            raise ArgumentError(what, fix=f"{fix} Or write one of strptime, such as '%d.%m.%Y'.")
        flaw = flaw_of(format)
        if flaw:
            what = f"{format!r} is no format of dates: {flaw}"
            raise ArgumentError(what, fix="use the directives of strptime, such as '%d.%m.%Y'.")
    return every


def _zone(name: Any, type: str) -> datetime.tzinfo | None:
    if name is None:
        return None
    if type == "date":
        raise ArgumentError("a date has no time zone", fix="say type='datetime'.")
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, TypeError, ValueError) as error:
        what = f"there is no time zone {name!r}"
        fix = "give a name of the IANA database, such as 'UTC' or 'Europe/Rome'."
        raise ArgumentError(what, fix=fix) from error


def _day(value: datetime.date) -> datetime.date | Misread:
    if not isinstance(value, datetime.datetime):
        return value
    if value.time() != datetime.time():
        what = f"{value.isoformat(' ')!r} has a time, which a date cannot hold"
        return Misread(what, "say type='datetime'")
    return value.date()


def _moment(value: datetime.date, zone: datetime.tzinfo | None) -> datetime.datetime | Misread:
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime.combine(value, datetime.time())
    if zone is None:
        return value.replace(tzinfo=None) if value.tzinfo is ZULU else value
    if value.tzinfo is None:
        return value.replace(tzinfo=zone)
    try:
        return value.astimezone(zone)
    except OverflowError:
        what = f"{value.isoformat(' ')!r} is outside of the years 1 to 9999 in the zone {zone}"
        return Misread(what, "leave timezone= out")


def _error(misread: Misread) -> CastError:
    return CastError(
        misread.what, fix=f"{misread.fix}, or handle such rows with on_error=rejects()"
    )
