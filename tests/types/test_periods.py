from __future__ import annotations

from datetime import timedelta

import isodate
import pyarrow as pa

from dataflows.types import codec_for
from dataflows.types.periods import yearmonth

YEAR = codec_for({"type": "year"})
YEARMONTH = codec_for({"type": "yearmonth"})
DURATION = codec_for({"type": "duration"})


def test_years_are_integers_and_written_with_four_digits() -> None:
    text = pa.array(["0079", None, "2020"])
    assert YEAR.cast_text(text).text is text
    assert YEAR.text_to_values(text) == [79, None, 2020]
    assert YEAR.text_to_plain(text) is text
    assert YEAR.values_to_plain([79, None, 2020]).equals(text)
    assert YEAR.arrow_to_plain(pa.array([79, None, 2020])).equals(text)


def test_years_outside_of_four_digits_are_refused() -> None:
    assert [raw for _, raw, _ in YEAR.cast_values([-1, 0, 9999, 10_000]).errors] == [-1, 10_000]
    cast = YEAR.cast_arrow(pa.array([2020, -1]))
    assert cast.values == [2020, None]
    assert [error.what for _, _, error in cast.errors] == ["-1 is not a year (four digits)"]
    small = pa.array([2020, None], pa.int16())
    assert YEAR.cast_arrow(small).arrow.equals(pa.array([2020, None]))


def test_months_are_pairs() -> None:
    text = pa.array(["2020-02", None])
    assert YEARMONTH.cast_text(text).text is text
    assert YEARMONTH.text_to_values(text) == [yearmonth(2020, 2), None]
    assert repr(YEARMONTH.cast("2020-02")) == "yearmonth(year=2020, month=2)"
    assert YEARMONTH.cast_values([(2020, 2), ["79", 1], (1,)]).values == [
        (2020, 2),
        ("79", 1),
        None,
    ]
    assert YEARMONTH.values_to_plain([yearmonth(79, 2), None]).to_pylist() == ["0079-02", None]


def test_months_of_another_spelling_are_accepted_but_not_kept() -> None:
    assert YEARMONTH.cast_text(pa.array(["2020-2", "2020-12"])).values == [(2020, 2), (2020, 12)]


def test_durations_are_kept_and_written_as_they_were_read() -> None:
    text = pa.array(["PT36H", "P1Y2M", None])
    assert DURATION.cast_text(text).text is text
    values = DURATION.text_to_values(text)
    assert values == [timedelta(hours=36), isodate.Duration(years=1, months=2), None]
    assert DURATION.text_to_plain(text) is text
    assert DURATION.values_to_plain(values).to_pylist() == ["P1DT12H", "P1Y2M", None]
    assert DURATION.cast_values(values).values == values


def test_arrow_durations_are_durations() -> None:
    for unit in ("s", "us", "ns"):
        array = pa.array([timedelta(hours=1), None], pa.duration(unit))
        assert DURATION.cast_arrow(array).values == [timedelta(hours=1), None]
