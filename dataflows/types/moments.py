"""The type datetime: formats, ISO 8601 as it comes, microseconds in Arrow."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.types.layout import ISO_DATE, ISO_MOMENTS, Layout
from dataflows.types.temporal import TemporalCodec, held_by_python, read_all, zoneless

__all__ = ["DatetimeCodec"]

_FIRST_MOMENT = datetime.datetime(1, 1, 1)  # noqa: DTZ001 - our datetimes have no zone
_MATCHES_ISO = re.compile(ISO_MOMENTS.pattern).fullmatch
_ISO_CHARACTERS = frozenset("0123456789-:.,+TZtz ")
_LENGTH_TO_SECONDS = 19


class DatetimeCodec(TemporalCodec):
    """Moments, to the microsecond.

    Unlike the reference, the default format takes ISO 8601 as it comes: T or a blank between
    date and time, Z or not, fractions of a second, an offset. A text with an offset gives a
    datetime with a zone; Z gives one without, as the reference does.
    """

    kind = "a datetime"
    form = " (ISO 8601)"
    arrow_type = pa.timestamp("us")
    exact = frozenset({datetime.datetime})
    default_format = "%Y-%m-%dT%H:%M:%SZ"
    parts = frozenset("YymdHMS")
    usual_formats = (
        "%Y-%m-%d %H:%M",
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M",
        "%d.%m.%Y %H:%M:%S",
        "%d.%m.%Y %H:%M",
        ISO_DATE,
    )

    def parse(self, value: Any) -> Any:
        """Return a datetime."""
        if isinstance(value, datetime.datetime):
            return value
        if isinstance(value, str):
            return self._read_text(value)
        raise TypeError

    def _default_layout(self) -> Layout:
        return ISO_MOMENTS

    def _from_datetime(self, moment: datetime.datetime) -> datetime.datetime:
        return moment

    def _read(self, text: str) -> Any:
        if self.format == "default":
            moment = _read_iso(text)
            if moment is not None:
                return moment
        return super()._read(text)

    def keeps(self, text: str) -> bool:
        """Return whether a text has exactly the format, or is ISO 8601 without an offset."""
        if self.format != "default":
            return super().keeps(text)
        moment = _read_iso(text)
        return moment is not None and _MATCHES_ISO(text) is not None

    def _all_fit(self, text: pa.StringArray) -> bool:
        layout = self._layout
        if layout is None or not layout.fits(text):
            return False
        try:
            first = pc.min(layout.datetimes(text).cast(pa.timestamp("us"))).as_py()
        except (pa.ArrowInvalid, OverflowError):  # no such day; the year 0
            return False
        return first is None or first >= _FIRST_MOMENT

    def adopt(self, array: pa.Array) -> pa.Array | None:
        """Accept moments without a zone; nanoseconds, which Python has not, are cut."""
        if pa.types.is_timestamp(array.type) and array.type.tz is None:
            moments = array.cast(pa.timestamp("us"), safe=array.type.unit != "ns")
            return held_by_python(moments)
        return None

    def text_to_arrow(self, text: pa.StringArray) -> pa.Array:
        """Return microseconds."""
        if self._layout is None:
            return super().text_to_arrow(text)
        return self._layout.datetimes(text).cast(pa.timestamp("us"))

    def arrow_to_values(self, array: pa.Array) -> list[Any]:
        """Return datetimes without a zone."""
        return read_all(datetime.datetime.fromisoformat, array.cast(pa.string()))

    def values_to_arrow(self, values: list[Any]) -> pa.Array:
        """Return microseconds; the zone of a datetime would be lost."""
        return super().values_to_arrow(zoneless(values))

    def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
        """Return YYYY-MM-DDTHH:MM:SS; the same array if it has no other."""
        if self._layout is None:
            return super().text_to_plain(text)
        text = self._layout.datetimes(text)
        extent = pc.min_max(pc.binary_length(text))
        if extent["max"].as_py() not in (None, _LENGTH_TO_SECONDS):
            text = pc.utf8_slice_codeunits(text, 0, _LENGTH_TO_SECONDS)
        if pc.any(pc.match_substring(text, " ")).as_py():
            text = pc.replace_substring(text, " ", "T")
        return text

    def arrow_to_plain(self, array: pa.Array) -> pa.StringArray:
        """Return YYYY-MM-DDTHH:MM:SS."""
        text = pc.utf8_slice_codeunits(array.cast(pa.string()), 0, _LENGTH_TO_SECONDS)
        return pc.replace_substring(text, " ", "T")


def _read_iso(text: str) -> datetime.datetime | None:
    """Return the moment of ISO 8601 with date and time, or None."""
    if not _ISO_CHARACTERS.issuperset(text) or text[10:11] not in ("T", " ", "t"):
        return None
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=None) if text[-1] in "Zz" else moment
