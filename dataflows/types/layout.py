"""Formats of dates and times: how a text is laid out, as C can check and read it."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ISO_DATE", "ISO_DATETIME", "ISO_MOMENTS", "ISO_TIME", "Layout", "flaw_of", "layout_of"]

_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2}
_PATTERNS = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "(?:0[1-9]|1[0-2])",
    "d": "(?:0[1-9]|[12][0-9]|3[01])",
    "H": "(?:[01][0-9]|2[0-3])",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
}
_ABSENT = {"Y": "1900", "m": "01", "d": "01", "H": "00", "M": "00", "S": "00"}
_FIRST_YEAR_OF_1900 = "69"  # POSIX: 69 to 99 are of the twentieth century

ISO_DATE = "%Y-%m-%d"
ISO_TIME = "%H:%M:%S"
ISO_DATETIME = "%Y-%m-%dT%H:%M:%S"

_ISO_MOMENT = (
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[T ]"
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?Z?$"
)
_LENGTH_OF_DATE = 10
_LENGTH_TO_SECONDS = 19
_LENGTH_TO_MICROSECONDS = 26


@dataclass(frozen=True)
class Layout:
    """A format in which every part stands at a place of its own.

    Attributes:
        format: The format, in the directives of `strptime`.
        pattern: What a text of it matches; days of short months are not looked at.
        places: Where each directive stands.
    """

    format: str
    pattern: str
    places: tuple[tuple[str, int], ...]

    def matching(self, text: pa.StringArray) -> pa.BooleanArray:
        """Return which cells match the pattern; null for null."""
        return pc.match_substring_regex(text, self.pattern)

    def fits(self, text: pa.StringArray) -> bool:
        """Return whether all cells match the pattern.

        That there is such a day is for the one to find who reads them, which is strict: what
        Arrow reads of ISO 8601 is wider than a format, but in ten characters it finds a date
        only, and in nineteen a date and time. There the pattern, which is slower, says no more.
        """
        extent = pc.min_max(pc.binary_length(text))
        length = extent["min"].as_py()
        if length is not None and length == extent["max"].as_py() and self._is_told(length, text):
            return True
        return pc.all(self.matching(text)).as_py() is not False

    def _is_told(self, length: int, text: pa.StringArray) -> bool:
        """Return whether cells of this length that Arrow reads match the pattern."""
        if self.format == ISO_DATE:
            return length == _LENGTH_OF_DATE
        if self.format != ISO_DATETIME or length != _LENGTH_TO_SECONDS:
            return False
        return not pc.any(pc.match_substring(text, " ")).as_py()

    def dates(self, text: pa.StringArray) -> pa.StringArray:
        """Return the dates of matching cells as YYYY-MM-DD."""
        if self.format == ISO_DATE:
            return text
        if self.format.startswith(ISO_DATE):
            return pc.utf8_slice_codeunits(text, 0, 10)
        return pc.binary_join_element_wise(*(self._part(text, of) for of in "Ymd"), "-")

    def times(self, text: pa.StringArray) -> pa.StringArray:
        """Return the times of matching cells as HH:MM:SS."""
        if self.format == ISO_TIME:
            return text
        return pc.binary_join_element_wise(*(self._part(text, of) for of in "HMS"), ":")

    def datetimes(self, text: pa.StringArray) -> pa.StringArray:
        """Return the moments of matching cells as YYYY-MM-DDTHH:MM:SS."""
        if self.format == ISO_DATETIME:
            return text
        return pc.binary_join_element_wise(self.dates(text), self.times(text), "T")

    def _part(self, text: pa.StringArray, directive: str) -> pa.StringArray | str:
        places = dict(self.places)
        if directive in places:
            start = places[directive]
            return pc.utf8_slice_codeunits(text, start, start + _WIDTHS[directive])
        if directive == "Y" and "y" in places:
            short = self._part(text, "y")
            century = pc.if_else(pc.greater_equal(short, _FIRST_YEAR_OF_1900), "19", "20")
            return pc.binary_join_element_wise(century, short, "")
        return _ABSENT[directive]


class _IsoMoments(Layout):
    """ISO 8601 without an offset: it is read as it stands, but for Z and for nanoseconds."""

    def _is_told(self, length: int, text: pa.StringArray) -> bool:
        if length == _LENGTH_TO_SECONDS + 1:
            return bool(pc.all(pc.ends_with(text, "Z")).as_py())
        return length == _LENGTH_TO_SECONDS

    def datetimes(self, text: pa.StringArray) -> pa.StringArray:
        if pc.any(pc.ends_with(text, "Z")).as_py():
            text = pc.utf8_rtrim(text, "Z")
        if (pc.max(pc.binary_length(text)).as_py() or 0) > _LENGTH_TO_MICROSECONDS:
            text = pc.utf8_slice_codeunits(text, 0, _LENGTH_TO_MICROSECONDS)
        return text


ISO_MOMENTS = _IsoMoments("", _ISO_MOMENT, ())


@lru_cache(maxsize=256)
def layout_of(format: str) -> Layout | None:
    """Return the layout of a format, or None if a part of it has no one width or place.

    Examples:
        >>> layout_of("%d/%m/%Y").places
        (('d', 0), ('m', 3), ('Y', 6))
        >>> layout_of("%d %B") is None
        True
    """
    pattern, position, places = "", 0, []
    parts = iter(format)
    for char in parts:
        directive = next(parts, "") if char == "%" else "%"
        if directive == "%":
            pattern += re.escape(char)
            position += 1
        elif directive in _WIDTHS:
            pattern += _PATTERNS[directive]
            places.append((directive, position))
            position += _WIDTHS[directive]
        else:
            return None
    found = {directive for directive, _ in places}
    if len(found) < len(places) or {"Y", "y"} <= found or not found:
        return None
    return Layout(format, f"^{pattern}$", tuple(places))


def flaw_of(format: str) -> str | None:
    """Return what makes a format unusable for any text, if something does.

    Examples:
        >>> flaw_of("%Y-%Q")
        "'Q' is a bad directive in format '%Y-%Q'"
        >>> flaw_of("%Y") is None
        True
    """
    try:
        with warnings.catch_warnings():
            # Python 3.13 warns of formats without a year, which are of no matter here.
            warnings.simplefilter("ignore", DeprecationWarning)
            datetime.strptime("", format)  # noqa: DTZ007 - nothing is read
    except ValueError as error:
        message = str(error)
        return message if "directive" in message or "stray" in message else None
    except re.error as error:
        return str(error)
    return None
