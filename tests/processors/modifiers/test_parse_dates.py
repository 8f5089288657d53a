from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, ProcessorError
from dataflows.flow import Flow
from dataflows.on_error import clear, drop, ignore, rejects
from dataflows.processors.modifiers.parse_dates import parse_dates
from processor_contract import VIEWS, Watched

DAY = datetime.date(2026, 3, 1)


def parsed(*values: Any, type: str = "string", view: str = "rows", **options: Any) -> list[Any]:
    source = Watched([{"a": value} for value in values], view, 9, types={"a": type}).link()
    step = parse_dates("a", options.pop("formats", None), **options)
    return [row["a"] for row in Flow(source, step).results()[0][0]]


def moments(*values: Any, type: str = "string", **options: Any) -> list[Any]:
    source = Watched([{"a": value} for value in values], types={"a": type}).link()
    step = parse_dates("a", type="datetime", **options)
    return [row["a"] for row in Flow(source, step).results()[0][0]]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01", "20260301", "2026-W09-7", "2026/3/1", "2026.03.01", " 2026-03-01 "),
        *("1 March 2026", "01-Mar-2026", "1. mar 2026", "1st of March, 2026", "Sun, 1 Mar 2026"),
        *("March 1, 2026", "Mar 1 2026", "MARCH 1ST, 2026", "2026-Mar-01", "2026 March 1"),
        *("2026-03-01 00:00:00", "2026-03-01T00:00:00Z", "March 1, 2026 12:00 am"),
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert parsed(text) == [DAY]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01T17:05", "2026-03-01 17:05:00", "20260301T170500", "2026/3/1 17:05"),
        *("1 March 2026 5:05 pm", "Mar 1, 2026 at 5:05 P.M.", "1.3.2026, 17:05:00.000"),
        "2026-03-01T17:05:00Z",
    ],
)
def test_a_moment_is_read_however_it_is_written(text: str) -> None:
    assert moments(text, formats="day_first") == [datetime.datetime(2026, 3, 1, 17, 5)]  # noqa: DTZ001 - no zone is written


@pytest.mark.parametrize("view", VIEWS)
def test_forms_may_stand_side_by_side_with_gaps_between(view: str) -> None:
    assert parsed("2026-03-01", None, "1/3/2026", view=view, formats="day_first") == [
        DAY,
        None,
        DAY,
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_what_can_mean_two_days_is_refused(view: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        parsed("25/12/2026", "02.02.2026", "01/02/2026", view=view)
    assert str(caught.value) == (
        "'01/02/2026' can be 1 February 2026 or 2 January 2026\n"
        "  in {'a': '01/02/2026'}\n"
        "  at processor 2 of 2: parse_dates('a', None)\n"
        "     resource 'data', row 3, field 'a'\n"
        "  fix: say formats='day_first' or formats='month_first', or handle such rows with"
        " on_error=rejects()."
    )


def test_the_order_can_be_said() -> None:
    assert parsed("01/02/2026", formats="day_first") == [datetime.date(2026, 2, 1)]
    assert parsed("01/02/2026", formats="month_first") == [datetime.date(2026, 1, 2)]
    assert parsed("12/25/2026") == [datetime.date(2026, 12, 25)]


@pytest.mark.parametrize(
    ("text", "formats", "what", "fix"),
    [
        (
            "12/25/2026",
            "day_first",
            "'12/25/2026' is not a date that is written as 'day_first'",
            "add its format to formats=",
        ),
        (
            "01/02/26",
            None,
            "'01/02/26' has a year of two digits",
            "say how it is written, such as formats='%d/%m/%y'",
        ),
        (
            "31/02/2026",
            None,
            "'31/02/2026' is not a date in any of the usual ways to write one",
            "say how it is written, such as formats='%Y/%j'",
        ),
        (
            "2026-03-01 10:30",
            None,
            "'2026-03-01 10:30:00' has a time, which a date cannot hold",
            "say type='datetime'",
        ),
    ],
)
def test_what_cannot_be_read_says_why(text: str, formats: Any, what: str, fix: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        parsed(text, formats=formats)
    assert caught.value.what == f"{what}\n  in {{'a': {text!r}}}"
    assert caught.value.fix == f"{fix}, or handle such rows with on_error=rejects()"


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "2026", "2026-13-01", "1 Foo 2026", "2026-03-01x10:00", "2026-03-0110:00"),
        *(
            "13:00 pm",
            "1 March 2026 13:00 pm",
            "1 March 2026 25:00",
            "2026-02-30",
            "\uff101/13/2026",
        ),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parsed(text, on_error=clear) == [None]


def test_formats_are_tried_in_their_order_and_read_nothing_else() -> None:
    formats = ["%d.%m.%y", "%m/%d/%y", "%Y"]
    found = parsed("01.02.26", "01/02/26", "2026", formats=formats)
    assert found == [
        datetime.date(2026, 2, 1),
        datetime.date(2026, 1, 2),
        datetime.date(2026, 1, 1),
    ]
    assert parsed("2026-03-01", formats=formats, on_error=clear) == [None]
    assert parsed("1.3.26", "1 March 2026", formats=["%d.%m.%y", "day_first"]) == [DAY, DAY]


def test_a_text_that_cannot_be_read_can_be_handled() -> None:
    assert parsed("x", "2026-03-01", on_error=drop) == [DAY]
    source = Watched([{"a": "x"}], types={"a": "string"}).link()
    flow = Flow(source, parse_dates("a", on_error=ignore))
    assert flow.results(on_error=None)[0] == [[{"a": "x"}]]
    data, _, _ = Flow(source, parse_dates("a", on_error=rejects())).results()
    assert [(row["field"], row["value"]) for row in data[1]] == [("a", "x")]


def test_an_offset_stays_as_it_is_written() -> None:
    found = moments("2026-03-01T10:00+01:00", "1 Mar 2026 10:00 -0230", "2026-03-01T10:00:00Z")
    assert [moment.isoformat() for moment in found] == [
        "2026-03-01T10:00:00+01:00",
        "2026-03-01T10:00:00-02:30",
        "2026-03-01T10:00:00",
    ]


def test_with_a_zone_all_moments_are_in_it() -> None:
    found = moments(
        *("2026-07-01T10:00", "2026-07-01T10:00Z", "1 Jul 2026 10:00 UTC"),
        timezone="Europe/Rome",
    )
    assert [moment.isoformat() for moment in found] == [
        "2026-07-01T10:00:00+02:00",
        "2026-07-01T12:00:00+02:00",
        "2026-07-01T12:00:00+02:00",
    ]
    with pytest.raises(ProcessorError) as caught:
        moments("0001-01-01T00:00+05:00", timezone="UTC")
    assert caught.value.what.startswith(
        "'0001-01-01 00:00:00+05:00' is outside of the years 1 to 9999 in the zone UTC"
    )


@pytest.mark.parametrize("view", VIEWS)
def test_dates_stay_and_become_midnights(view: str) -> None:
    assert parsed(DAY, None, type="date", view=view, formats="month_first") == [DAY, None]
    source = Watched([{"a": DAY}], view, types={"a": "date"}).link()
    found = Flow(source, parse_dates("a", type="datetime")).results()[0]
    assert found == [[{"a": datetime.datetime(2026, 3, 1)}]]  # noqa: DTZ001 - the same


@pytest.mark.parametrize("view", VIEWS)
def test_numbers_are_read_by_their_digits(view: str) -> None:
    assert parsed(20260301, type="integer", view=view) == [DAY]
    assert parsed(2026, type="integer", view=view, formats="%Y") == [datetime.date(2026, 1, 1)]


def test_the_schema_says_so() -> None:
    _, package, _ = Flow([{"a": "2026-03-01"}], parse_dates("a")).results()
    assert package.descriptor["resources"][0]["schema"]["fields"] == [
        {"name": "a", "type": "date", "format": "default"}
    ]


def test_no_rows_and_a_resource_without_the_field() -> None:
    source = Watched([], types={"a": "string"}).link()
    assert Flow(source, [{"c": "x"}], parse_dates("a")).results()[0] == [[], [{"c": "x"}]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"type": "time"},
            ("type='time' is none of 'date', 'datetime'\n  fix: did you mean type='datetime'?"),
        ),
        (
            {"formats": "dayfirst"},
            (
                "there is no format 'dayfirst'\n"
                "  fix: did you mean 'day_first'? The named formats here are: day_first,"
                " month_first. Or write one of strptime, such as '%d.%m.%Y'."
            ),
        ),
        (
            {"formats": "%Q"},
            (
                "'%Q' is no format of dates: 'Q' is a bad directive in format '%Q'\n"
                "  fix: use the directives of strptime, such as '%d.%m.%Y'."
            ),
        ),
        (
            {"timezone": "Europe/Roma", "type": "datetime"},
            (
                "there is no time zone 'Europe/Roma'\n"
                "  fix: give a name of the IANA database, such as 'UTC' or 'Europe/Rome'."
            ),
        ),
        ({"timezone": "UTC"}, "a date has no time zone\n  fix: say type='datetime'."),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        parse_dates("a", **options)
    assert str(caught.value) == message


def test_an_unknown_field_is_refused_before_the_first_row() -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"day": "x"}], parse_dates("dya")).datastream()
    assert str(caught.value) == (
        "no field named 'dya'\n"
        "  at processor 2 of 2: parse_dates('dya')\n"
        "  fix: did you mean 'day'? The fields here are: day."
    )


WRITTEN = {
    "%Y-%m-%d": None,
    "%d/%m/%Y": "day_first",
    "%m-%d-%Y": "month_first",
    "%d %B %Y": None,
    "%b %d, %Y": None,
    "%A, %d. %b %Y": None,
    "%Y/%m/%d": None,
}


@given(
    days=st.lists(st.dates(datetime.date(1000, 1, 1)) | st.none(), max_size=6),
    written=st.sampled_from(sorted(WRITTEN)),
    view=st.sampled_from(VIEWS),
)
def test_a_day_that_was_written_is_read_back(
    days: list[datetime.date | None], written: str, view: str
) -> None:
    texts = [None if day is None else day.strftime(written) for day in days]
    assert parsed(*texts, view=view, formats=WRITTEN[written]) == days
