"""DateReader: dates and moments, read from texts in the ways that people write them."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DAY_FIRST", "MONTH_FIRST", "ZULU", "DateReader", "Misread"]

DAY_FIRST = "day_first"
MONTH_FIRST = "month_first"
ZULU = datetime.timezone(datetime.timedelta(), "Z")
"""The zone of a text that ends with Z, which is not that of one with +00:00."""

_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_MONTHS = {name.lower()[:letters]: n for n, name in enumerate(_NAMES, 1) for letters in (3, 9)}
_MONTHS["sept"] = 9

_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<year>\d{4})"
_TIME = (
    r"(?:(?:\s*,\s*|\s+at\s+|\s+|T)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?(?:\s*(?P<half>[ap])\.?m\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)


def _pattern(date: str) -> re.Pattern[str]:
    return re.compile(_WEEKDAY + date + _TIME, re.IGNORECASE | re.ASCII)


_YEAR_FIRST = _pattern(rf"{_YEAR}(?P<sign>[./-])(?P<second_part>\d{{1,2}})(?P=sign){_DAY}")
_YEAR_LAST = _pattern(
    rf"(?P<first_part>\d{{1,2}})(?P<sign>[./-])(?P<second_part>\d{{1,2}})(?P=sign){_YEAR}"
)
_IN_WORDS = (
    _pattern(rf"{_DAY}(?:\s+of)?[\s.-]+{_MONTH},?[\s.-]*{_YEAR}"),
    _pattern(rf"{_MONTH}\s*{_DAY},?\s+{_YEAR}"),
    _pattern(rf"{_YEAR}[\s.-]+{_MONTH}[\s.-]+{_DAY}"),
)
_ISO = re.compile(
    r"(?:\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d(?:-?\d)?)(?:[Tt ][\d:.,]+(?:[Zz]|[+-][\d:]+)?)?",
    re.ASCII,
)
_SHORT_YEAR = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d{2}\b", re.ASCII)


class Misread(NamedTuple):
    """Why a text cannot be read, and what to do about it."""

    what: str
    fix: str


class DateReader:
    """Reads texts.

    Args:
        formats: Formats of ``strptime``, `DAY_FIRST` or `MONTH_FIRST`, tried in their order; none
            is whatever can mean one day only.

    Examples:
        >>> read = DateReader([]).read
        >>> read("25/12/2026"), read("March 3, 2026 at 5:30 pm")
        (datetime.datetime(2026, 12, 25, 0, 0), datetime.datetime(2026, 3, 3, 17, 30))
        >>> read("1/2/2026").what
        "'1/2/2026' can be 1 February 2026 or 2 January 2026"
    """

    def __init__(self, formats: Sequence[str]) -> None:
        self._formats = formats

    def read(self, text: str) -> datetime.datetime | Misread:
        """Return the moment that a text means, midnight for a day alone."""
        stripped = text.strip()
        if not self._formats:
            return _read_freely(stripped, None) or _misread(text)
        for format in self._formats:
            if format in (DAY_FIRST, MONTH_FIRST):
                found = _read_freely(stripped, format)
            else:
                found = _read_strictly(stripped, format)
            if found is not None:
                return found
        formats = " or ".join(map(repr, self._formats))
        what = f"{text!r} is not a date that is written as {formats}"
        return Misread(what, "add its format to formats=")


def _misread(text: str) -> Misread:
    if _SHORT_YEAR.search(text):
        fix = "say how it is written, such as formats='%d/%m/%y'"
        return Misread(f"{text!r} has a year of two digits", fix)
    what = f"{text!r} is not a date in any of the usual ways to write one"
    return Misread(what, "say how it is written, such as formats='%Y/%j'")


def _read_strictly(text: str, format: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, format)  # noqa: DTZ007 - a zone only where one is written
    except ValueError:
        return None


def _read_freely(text: str, order: str | None) -> datetime.datetime | Misread | None:
    """Return what a text means without a format, or that it means two days."""
    if _ISO.fullmatch(text):
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment.replace(tzinfo=ZULU) if text[-1] in "Zz" else moment
    match = _YEAR_LAST.fullmatch(text)
    if match is not None:
        return _year_last(match, order)
    match = _YEAR_FIRST.fullmatch(text)
    if match is not None:
        return _moment(match, int(match["second_part"]), int(match["day"]))
    for pattern in _IN_WORDS:
        match = pattern.fullmatch(text)
        if match is not None:
            return _moment(match, _MONTHS[match["month"].lower()], int(match["day"]))
    return None


def _year_last(match: re.Match[str], order: str | None) -> datetime.datetime | Misread | None:
    first, second = int(match["first_part"]), int(match["second_part"])
    day_first = None if order == MONTH_FIRST else _moment(match, second, first)
    month_first = None if order == DAY_FIRST else _moment(match, first, second)
    if day_first is None or month_first is None or day_first == month_first:
        return day_first or month_first
    what = f"{match[0]!r} can be {_in_words(day_first)} or {_in_words(month_first)}"
    return Misread(what, f"say formats={DAY_FIRST!r} or formats={MONTH_FIRST!r}")


def _in_words(day: datetime.datetime) -> str:
    return f"{day.day} {_NAMES[day.month - 1]} {day.year}"


def _moment(match: re.Match[str], month: int, day: int) -> datetime.datetime | None:
    """Return the moment, or None if there is no such day or time."""
    hour = int(match["hour"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    microsecond = int((match["fraction"] or "").ljust(6, "0")[:6])
    clock = (hour, int(match["minute"] or 0), int(match["second"] or 0), microsecond)
    try:
        moment = datetime.datetime(int(match["year"]), month, day, *clock)  # noqa: DTZ001 - a zone only where one is written
    except ValueError:
        return None
    return moment.replace(tzinfo=_zone(match["zone"]))


def _zone(text: str | None) -> datetime.timezone | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return ZULU if text in "Zz" else datetime.UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return datetime.timezone(datetime.timedelta(minutes=-minutes if text[0] == "-" else minutes))
