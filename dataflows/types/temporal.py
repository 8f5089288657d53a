"""The types date and time, and what they share with datetime: formats, days in Arrow."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import FlowError
from dataflows.types.cast import NotColumnar
from dataflows.types.codec import Codec
from dataflows.types.layout import ISO_DATE, ISO_TIME, Layout, flaw_of, layout_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DateCodec", "TemporalCodec", "TimeCodec", "held_by_python", "read_all", "zoneless"]

_REMEMBERED = 16_384
_FIRST_DAY = datetime.date.min
_EPOCH_DAY = "1970-01-01"
_EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()


class TemporalCodec(Codec):
    """What date, time and datetime share: formats, and a memory of the texts read last."""

    default_format: ClassVar[str]
    parts: ClassVar[frozenset[str]]
    usual_formats: ClassVar[tuple[str, ...]] = ()

    def _prepare(self) -> None:
        given = self.format
        self._strptime_format = given.replace("fmt:", "") if given is not None else None
        self._layout = None
        if given == "default":
            self._strptime_format = self.default_format
            self._layout = self._default_layout()
        elif self._strptime_format is not None and given != "any":
            flaw = flaw_of(self._strptime_format)
            if flaw:
                fix = f"use the directives of strptime, such as {self.default_format!r}"
                raise FlowError(f"{given!r} is no format of {self.kind}: {flaw}", fix=fix)
            layout = layout_of(self._strptime_format)
            if layout is not None and self.parts.intersection(of for of, _ in layout.places):
                self._layout = layout
        self._read_text: Callable[[str], Any] = lru_cache(_REMEMBERED)(self._read)

    def _default_layout(self) -> Layout | None:
        return layout_of(self.default_format)

    def _from_datetime(self, moment: datetime.datetime) -> Any:
        raise NotImplementedError

    def _read(self, text: str) -> Any:
        if self.format == "any":
            from dateutil.parser import parse  # type: ignore[import-untyped] # it ships no types

            return self._from_datetime(parse(text))
        if self._strptime_format is None:
            raise ValueError
        moment = datetime.datetime.strptime(text, self._strptime_format)  # noqa: DTZ007 - as it is
        return self._from_datetime(moment)

    def keeps(self, text: str) -> bool:
        """Return whether a text has exactly the format, zeros and all.

        What is written with the format again would tell it, too, but for years before 1000,
        in which strftime writes less than four digits on some systems.
        """
        if self._strptime_format is None or self.format == "any":
            return False
        if self._layout is not None and not re.fullmatch(self._layout.pattern, text):
            return False
        try:
            value = self._read_text(text)
            return self._layout is not None or value.strftime(self._strptime_format) == text
        except (ValueError, OverflowError):
            return False

    def advise(self, value: Any) -> str | None:
        """Return a usual format that the text has."""
        if not isinstance(value, str):
            return None
        for usual in self.usual_formats:
            layout = layout_of(usual)
            laid_out = layout is not None and re.fullmatch(layout.pattern, value) is not None
            if laid_out and usual != self._strptime_format and _is_read(value, usual):
                return f"say how it is written: set_type(..., type={self.type!r}, format={usual!r})"
        return None

    def fitting(self, text: pa.StringArray) -> pa.BooleanArray | None:
        """Return which cells have exactly the format."""
        if self._layout is None:
            return super().fitting(text)
        if self._all_fit(text):
            return None
        matching = self._layout.matching(text).fill_null(fill_value=True)
        rest = pc.if_else(matching, text, pa.scalar(None, pa.string()))
        if self._all_fit(rest):
            return matching
        return super().fitting(text)

    def _all_fit(self, text: pa.StringArray) -> bool:
        raise NotImplementedError

    def text_to_values(self, text: pa.StringArray) -> list[Any]:
        """Return Python values, through Arrow where the format has a layout."""
        if self._layout is not None:
            try:
                return self.arrow_to_values(self.text_to_arrow(text))
            except NotColumnar:
                pass
        read = self._read_text
        return [None if cell is None else read(cell) for cell in text.to_pylist()]

    def values_to_plain(self, values: list[Any]) -> pa.StringArray:
        """Return ISO 8601, through Arrow where it holds the values."""
        try:
            return self.arrow_to_plain(self.values_to_arrow(values))
        except NotColumnar:
            return super().values_to_plain(values)


class DateCodec(TemporalCodec):
    """Days of the Gregorian calendar, from year 1 to 9999."""

    kind = "a date"
    form = " (YYYY-MM-DD)"
    arrow_type = pa.date32()
    exact = frozenset({datetime.date})
    default_format = ISO_DATE
    parts = frozenset("Yymd")
    usual_formats = (ISO_DATE, "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y%m%d")

    def parse(self, value: Any) -> Any:
        """Return a date; a datetime must be midnight."""
        if isinstance(value, str):
            return self._read_text(value)
        if isinstance(value, datetime.datetime):
            if value.hour or value.minute or value.second:
                raise ValueError
            return value.date()
        if isinstance(value, datetime.date):
            return value
        raise TypeError

    def _from_datetime(self, moment: datetime.datetime) -> datetime.date:
        return moment.date()

    def _all_fit(self, text: pa.StringArray) -> bool:
        layout = self._layout
        if layout is None or not layout.fits(text):
            return False
        try:
            first = pc.min(layout.dates(text).cast(pa.date32())).as_py()
        except (pa.ArrowInvalid, OverflowError):  # no such day; the year 0
            return False
        return first is None or first >= _FIRST_DAY

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept days, and moments that are midnight."""
        kind = array.type
        if pa.types.is_date(kind):
            return held_by_python(array.cast(pa.date32()))
        if pa.types.is_timestamp(kind) and kind.tz is None:
            days = array.cast(pa.date32())
            seconds = array.cast(pa.timestamp("s"), safe=False)
            midnight = pc.equal(days.cast(pa.timestamp("s")), seconds)
            return held_by_python(days) if pc.all(midnight).as_py() is not False else None
        return None

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return days."""
        if self._layout is None:
            return super().text_to_arrow(text)
        return self._layout.dates(text).cast(pa.date32())

    def arrow_to_values(self, array: pa.Array) -> list[Any]:
        """Return dates; each day is made once."""
        return list(map(_DAYS.__getitem__, array.cast(pa.int32()).to_pylist()))

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return YYYY-MM-DD; the same array if the format is that."""
        if self._layout is None:
            return super().text_to_plain(text)
        return self._layout.dates(text)

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return YYYY-MM-DD."""
        return array.cast(pa.string())


class TimeCodec(TemporalCodec):
    """Times of a day, to the microsecond."""

    kind = "a time"
    form = " (HH:MM:SS)"
    arrow_type = pa.time64("us")
    exact = frozenset({datetime.time})
    default_format = ISO_TIME
    parts = frozenset("HMS")
    usual_formats = (ISO_TIME, "%H:%M", "%H%M%S")

    def parse(self, value: Any) -> Any:
        """Return a time."""
        if isinstance(value, datetime.time):
            return value
        if isinstance(value, str):
            return self._read_text(value)
        raise TypeError

    def _from_datetime(self, moment: datetime.datetime) -> datetime.time:
        return moment.time()

    def _all_fit(self, text: pa.StringArray) -> bool:
        return self._layout is not None and self._layout.fits(text)

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept times of all units."""
        if pa.types.is_time(array.type):
            return array.cast(pa.time64("us"), safe=False)
        return None

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return microseconds of the day."""
        if self._layout is None:
            return super().text_to_arrow(text)
        # Arrow reads no times: each goes with a date, which is then dropped.
        moments = pc.binary_join_element_wise(_EPOCH_DAY, self._layout.times(text), "T")
        return moments.cast(pa.timestamp("us")).cast(pa.time64("us"))

    def arrow_to_values(self, array: pa.Array) -> list[Any]:
        """Return times."""
        return read_all(datetime.time.fromisoformat, array.cast(pa.string()))

    def values_to_arrow(self, values: list[Any]) -> pa.Array:
        """Return microseconds of the day; Arrow has no time with a zone."""
        return super().values_to_arrow(zoneless(values))

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return HH:MM:SS; the same array if the format is that."""
        if self._layout is None:
            return super().text_to_plain(text)
        return self._layout.times(text)

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return HH:MM:SS."""
        return pc.utf8_slice_codeunits(array.cast(pa.string()), 0, 8)


def _is_read(text: str, format: str) -> bool:
    try:
        datetime.datetime.strptime(text, format)  # noqa: DTZ007 - only tried
    except ValueError:
        return False
    return True


class _Days(dict[int | None, datetime.date | None]):
    """Days since 1970 to dates: each is made once, the last 65,536 are remembered."""

    def __missing__(self, day: int | None) -> datetime.date | None:
        if len(self) > 65_536:
            self.clear()
        date = None if day is None else datetime.date.fromordinal(day + _EPOCH_ORDINAL)
        self[day] = date
        return date


_DAYS = _Days()


def held_by_python(array: pa.Array) -> pa.Array | None:
    """Return the array, or None if a date of it is outside of the years 1 to 9999."""
    try:
        pc.min_max(array).as_py()
    except (OverflowError, ValueError):
        return None
    return array


def read_all(read: Callable[[str], Any], text: pa.StringArray) -> list[Any]:
    """Return what is read from each cell; None for null."""
    if text.null_count:
        return [None if cell is None else read(cell) for cell in text.to_pylist()]
    return list(map(read, text.to_pylist()))


def zoneless(values: list[Any]) -> list[Any]:
    """Return the values.

    Raises:
        NotColumnar: One of them has a zone, which Arrow would drop.
    """
    if any(getattr(value, "tzinfo", None) is not None for value in values):
        message = "a zone"
        raise NotColumnar(message)
    return values
