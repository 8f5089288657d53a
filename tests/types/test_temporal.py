from __future__ import annotations

import datetime
from datetime import UTC, date, time, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import CastError, FlowError
from dataflows.types import NotColumnar, codec_for

DATE = codec_for({"type": "date"})
TIME = codec_for({"type": "time"})
DATETIME = codec_for({"type": "datetime"})


def moment(*parts: int, zone: datetime.tzinfo | None = None) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=zone)  # type: ignore[arg-type, misc] # year to microsecond


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2020-01-02T10:11:12Z", moment(2020, 1, 2, 10, 11, 12)),
        ("2020-01-02T10:11:12", moment(2020, 1, 2, 10, 11, 12)),
        ("2020-01-02 10:11:12", moment(2020, 1, 2, 10, 11, 12)),
        ("2020-01-02 10:11:12.5Z", moment(2020, 1, 2, 10, 11, 12, 500_000)),
        ("2020-01-02T10:11:12.123456789", moment(2020, 1, 2, 10, 11, 12, 123_456)),
        ("2020-01-02T10:11", moment(2020, 1, 2, 10, 11)),
        ("2020-01-02T10:11:12+00:00", moment(2020, 1, 2, 10, 11, 12, zone=UTC)),
        (
            "2020-01-02T10:11:12.5-05:00",
            moment(2020, 1, 2, 10, 11, 12, 500_000, zone=timezone(timedelta(hours=-5))),
        ),
        ("2020-1-2T1:1:2Z", moment(2020, 1, 2, 1, 1, 2)),
    ],
)
def test_datetimes_take_iso_8601_as_it_comes(text: str, value: datetime.datetime) -> None:
    assert DATETIME.cast(text) == value
    assert DATETIME.cast(text).tzinfo == value.tzinfo
    cast = DATETIME.cast_text(pa.array([text, None]))
    assert (cast.values or DATETIME.text_to_values(cast.text)) == [value, None]


@pytest.mark.parametrize(
    "text", ["2020-01-02", "10:11:12", "2020-01-02T", "20200102T101112", "now"]
)
def test_what_is_no_moment_is_no_datetime(text: str) -> None:
    with pytest.raises(CastError):
        DATETIME.cast(text)
    assert [raw for _, raw, _ in DATETIME.cast_text(pa.array([text])).errors] == [text]


def test_iso_datetimes_without_an_offset_are_kept_to_the_character() -> None:
    text = pa.array(
        ["2020-01-02T10:11:12Z", "2020-01-02 10:11:12.123456789", "2020-01-02T10:11:12"]
    )
    assert DATETIME.cast_text(text).text is text
    assert DATETIME.text_to_arrow(text).to_pylist() == [
        moment(2020, 1, 2, 10, 11, 12),
        moment(2020, 1, 2, 10, 11, 12, 123_456),
        moment(2020, 1, 2, 10, 11, 12),
    ]
    assert DATETIME.text_to_plain(text).to_pylist() == ["2020-01-02T10:11:12"] * 3


def test_a_zone_keeps_a_datetime_out_of_arrow() -> None:
    values = [moment(2020, 1, 2, 10, 0, zone=UTC), moment(2020, 1, 2, 10, 0)]
    with pytest.raises(NotColumnar):
        DATETIME.values_to_arrow(values)
    assert DATETIME.values_to_plain(values).to_pylist() == ["2020-01-02T10:00:00"] * 2
    with pytest.raises(NotColumnar):
        TIME.values_to_arrow([time(10, tzinfo=UTC)])


@pytest.mark.parametrize("cell", ["2019-02-29", "0000-01-01", "2020-1-1", "2020-01-01 ", "bad"])
def test_one_odd_date_does_not_take_the_text_from_the_others(cell: str) -> None:
    cast = DATE.cast_text(pa.array(["2020-02-29", cell, None, "0001-01-01", "9999-12-31"]))
    if cell == "2020-1-1":
        days = [date(2020, 2, 29), date(2020, 1, 1), None, date(1, 1, 1), date(9999, 12, 31)]
        assert cast.values == days
        assert cast.errors == []
    else:
        kept = ["2020-02-29", None, None, "0001-01-01", "9999-12-31"]
        assert cast.text.to_pylist() == kept
        assert [(index, raw) for index, raw, _ in cast.errors] == [(1, cell)]


@given(st.lists(st.none() | st.dates()))
def test_dates_go_into_all_views_and_come_back(days: list[date | None]) -> None:
    text = pa.array([day and day.isoformat() for day in days], pa.string())
    arrow = DATE.text_to_arrow(text)
    assert DATE.arrow_to_values(arrow) == DATE.text_to_values(text) == days
    assert DATE.arrow_to_plain(arrow).equals(text)
    assert DATE.values_to_plain(days).equals(text)


def test_the_memory_of_days_is_bounded() -> None:
    from dataflows.types import temporal

    days = pa.array(range(100_000), pa.int32()).cast(pa.date32())
    assert DATE.arrow_to_values(days)[-1] == date(1970, 1, 1) + timedelta(days=99_999)
    assert len(temporal._DAYS) < 70_000


def test_arrow_dates_and_moments_at_midnight_are_dates() -> None:
    midnight = pa.array([moment(2020, 1, 2), None, moment(1969, 1, 2)])
    assert DATE.cast_arrow(midnight).arrow.to_pylist() == [date(2020, 1, 2), None, date(1969, 1, 2)]
    assert DATE.cast_arrow(pa.array([date(2020, 1, 2)], pa.date64())).arrow.to_pylist() == [
        date(2020, 1, 2)
    ]
    cast = DATE.cast_arrow(pa.array([moment(2020, 1, 2), moment(2020, 1, 2, 3)]))
    assert cast.values == [date(2020, 1, 2), None]
    assert [raw for _, raw, _ in cast.errors] == [moment(2020, 1, 2, 3)]


def test_arrow_dates_that_python_cannot_hold_are_refused_by_their_text() -> None:
    days = pa.array([2_932_897, 0], pa.int32()).cast(pa.date32())
    cast = DATE.cast_arrow(days)
    assert cast.values == [None, date(1970, 1, 1)]
    assert [(index, raw) for index, raw, _ in cast.errors] == [(0, "10000-01-01")]
    moments = pa.array([2_932_897 * 86_400, 0]).cast(pa.timestamp("s"))
    cast = DATETIME.cast_arrow(moments)
    assert cast.values == [None, moment(1970, 1, 1)]
    assert [(index, raw) for index, raw, _ in cast.errors] == [(0, "10000-01-01 00:00:00")]


def test_arrow_moments_of_any_unit_are_datetimes() -> None:
    value = moment(2020, 1, 2, 3, 4, 5)
    for unit in ("s", "ms", "us", "ns"):
        array = pa.array([value, None], pa.timestamp(unit))
        assert DATETIME.cast_arrow(array).arrow.equals(array.cast(pa.timestamp("us")))
    cut = pa.array([1_999], pa.int64()).cast(pa.timestamp("ns"))
    assert DATETIME.cast_arrow(cut).arrow.to_pylist() == [moment(1970, 1, 1, 0, 0, 0, 1)]
    zoned = pa.array([value], pa.timestamp("ns", "UTC"))
    assert DATETIME.cast_arrow(zoned).values == [value.replace(tzinfo=UTC)]
    times = pa.array([time(1, 2, 3)], pa.time32("s"))
    assert TIME.cast_arrow(times).arrow.equals(times.cast(pa.time64("us")))


@pytest.mark.parametrize(
    ("type", "format", "cell", "plain"),
    [
        ("date", "%d/%m/%Y", "02/01/2020", "2020-01-02"),
        ("date", "%d/%m/%y", "02/01/69", "1969-01-02"),
        ("date", "%d/%m/%y", "02/01/68", "2068-01-02"),
        ("date", "%Y%m%d", "20200102", "2020-01-02"),
        ("date", "%m|%Y", "01|2020", "2020-01-01"),
        ("date", "%d %B %Y", "02 January 2020", "2020-01-02"),
        ("date", "fmt:%d.%m.%Y", "02.01.2020", "2020-01-02"),
        ("date", "%d日%m月%Y", "02日01月2020", "2020-01-02"),
        ("time", "%H:%M", "10:11", "10:11:00"),
        ("time", "%I:%M %p", "07:30 PM", "19:30:00"),
        ("datetime", "%d/%m/%Y %H:%M", "02/01/2020 10:11", "2020-01-02T10:11:00"),
        ("datetime", "%Y-%m-%dT%H:%M:%S", "2020-01-02T10:11:12", "2020-01-02T10:11:12"),
        ("datetime", "%Y-%m-%d %H:%M:%S.%f", "2020-01-02 10:11:12.500000", "2020-01-02T10:11:12"),
    ],
)
def test_text_of_a_format_is_kept_and_written_plainly(
    type: str, format: str, cell: str, plain: str
) -> None:
    codec = codec_for({"type": type, "format": format})
    text = pa.array([cell, None])
    assert codec.cast_text(text).text is text
    assert codec.text_to_values(text) == [codec.cast(cell), None]
    assert codec.text_to_plain(text).to_pylist() == [plain, None]


def test_text_in_the_format_of_dumps_is_written_as_the_same_array() -> None:
    for type, format, cell in (
        ("date", "%Y-%m-%d", "2020-01-02"),
        ("time", "%H:%M:%S", "10:11:12"),
        ("datetime", "%Y-%m-%dT%H:%M:%S", "2020-01-02T10:11:12"),
    ):
        text = pa.array([cell, None])
        assert codec_for({"type": type, "format": format}).text_to_plain(text) is text


@pytest.mark.parametrize(
    ("field", "value", "fix"),
    [
        ({"type": "date"}, "25/01/2020", "format='%d/%m/%Y'"),
        ({"type": "date"}, "01/25/2020", "format='%m/%d/%Y'"),
        ({"type": "date", "format": "%d/%m/%Y"}, "2020-01-25", "format='%Y-%m-%d'"),
        ({"type": "datetime"}, "25/01/2020 10:11", "format='%d/%m/%Y %H:%M'"),
        ({"type": "time"}, "10:11", "format='%H:%M'"),
    ],
)
def test_the_fix_names_the_format_that_a_text_has(
    field: dict[str, str], value: str, fix: str
) -> None:
    with pytest.raises(CastError) as caught:
        codec_for(field).cast(value)
    change = f"say how it is written: set_type(..., type={field['type']!r}, {fix})"
    assert caught.value.fix == f"{change}, or handle such rows with on_error=rejects()"


def test_an_error_names_a_format_that_is_not_the_default() -> None:
    with pytest.raises(CastError) as caught:
        codec_for({"type": "date", "format": "%d/%m/%Y"}).cast("soon")
    assert caught.value.what == "'soon' is not a date with the format '%d/%m/%Y'"


@pytest.mark.parametrize(
    ("format", "flaw"),
    [
        ("%Y-%Q", "'Q' is a bad directive in format '%Y-%Q'"),
        ("%d %d", "redefinition of group name 'd' as group 2; was group 1 at position 40"),
    ],
)
def test_a_format_that_no_text_has_is_refused_before_any_row(format: str, flaw: str) -> None:
    with pytest.raises(FlowError) as caught:
        codec_for({"type": "date", "format": format})
    assert caught.value.what.startswith(f"{format!r} is no format of a date: {flaw[:30]}")
    assert caught.value.fix == "use the directives of strptime, such as '%Y-%m-%d'"
