"""The types year, yearmonth and duration."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.types.cast import NotColumnar
from dataflows.types.codec import Codec

__all__ = ["DurationCodec", "YearCodec", "YearmonthCodec", "yearmonth"]

_YEAR = r"^[0-9]{4}$"
_YEARMONTH = r"^[0-9]{4}-(?:0[1-9]|1[0-2])$"
_DURATION = re.compile(r"P[0-9YMWDTHS.]*[0-9][YMWDTHS.]*")
_LAST_YEAR = 9999
_DIGITS_OF_YEAR = 4


class YearCodec(Codec):
    """Years from 0 to 9999, as integers."""

    kind = "a year"
    form = " (four digits)"
    arrow_type = pa.int64()
    exact = frozenset({int})

    def parse(self, value: Any) -> Any:
        """Return the year."""
        year = value
        if isinstance(value, str):
            if len(value) != _DIGITS_OF_YEAR:
                raise ValueError
            year = int(value)
        elif not isinstance(value, int):
            raise TypeError
        if not 0 <= year <= _LAST_YEAR:
            raise ValueError
        return year

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells are four digits."""
        fits = pc.match_substring_regex(text, _YEAR)
        return None if pc.all(fits).as_py() else fits.fill_null(fill_value=True)

    def _accept(self, values: list[Any], types: set[type]) -> list[Any] | None:
        accepted = super()._accept(values, types)
        if accepted is None:
            return None
        years = accepted if type(None) not in types else [v for v in accepted if v is not None]
        return accepted if not years or 0 <= min(years) <= max(years) <= _LAST_YEAR else None

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept integers of four digits."""
        if not pa.types.is_integer(array.type):
            return None
        years = array.cast(pa.int64())
        extent = pc.min_max(years)
        first, last = extent["min"].as_py(), extent["max"].as_py()
        return years if first is None or 0 <= first <= last <= _LAST_YEAR else None

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return ints."""
        return list(text.cast(pa.int64()).to_pylist())

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return 64-bit integers."""
        return text.cast(pa.int64())

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the array itself."""
        return text

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return four digits."""
        return pc.utf8_lpad(array.cast(pa.string()), _DIGITS_OF_YEAR, "0")

    def values_to_plain(self, values: list[Any]) -> pa.StringArray:
        """Return four digits."""
        try:
            return self.arrow_to_plain(self.values_to_arrow(values))
        except NotColumnar:
            return super().values_to_plain(values)


class yearmonth(NamedTuple):  # noqa: N801 - its repr is that of the reference
    """A month of a year."""

    year: Any
    month: Any


class YearmonthCodec(Codec):
    """Months, as pairs of year and month."""

    kind = "a yearmonth"
    form = " (YYYY-MM)"
    exact = frozenset({yearmonth})

    def parse(self, value: Any) -> Any:
        """Return the pair."""
        if isinstance(value, (tuple, list)):
            return yearmonth(*value)
        if not isinstance(value, str):
            raise TypeError
        year, month = map(int, value.split("-"))
        if not 1 <= month <= 12:
            raise ValueError
        return yearmonth(year, month)

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells are YYYY-MM."""
        fits = pc.match_substring_regex(text, _YEARMONTH)
        return None if pc.all(fits).as_py() else fits.fill_null(fill_value=True)

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the array itself."""
        return text


class DurationCodec(Codec):
    """ISO 8601 durations: timedelta, or isodate's Duration where there are years or months."""

    kind = "a duration"
    form = " (ISO 8601)"
    exact = frozenset({datetime.timedelta})

    def parse(self, value: Any) -> Any:
        """Return the duration."""
        if isinstance(value, str):
            return _read_duration(value)
        if isinstance(value, datetime.timedelta) or _is_duration(value):
            return value
        raise TypeError

    def keeps(self, text: str) -> bool:
        """Return whether a text is a duration of digits and capital letters."""
        try:
            return _DURATION.fullmatch(text) is not None and _read_duration(text) is not None
        except (ValueError, ArithmeticError):
            return False

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return the array itself: durations are written as they were read."""
        return text


@lru_cache(maxsize=4096)
def _read_duration(text: str) -> Any:
    import isodate  # type: ignore[import-untyped] # it ships no types

    return isodate.parse_duration(text)


def _is_duration(value: Any) -> bool:
    import isodate

    return isinstance(value, isodate.Duration)
