from __future__ import annotations

import datetime
import io
import json
from decimal import Decimal
from typing import Any

import isodate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataflows.helpers import extended_json
from dataflows.helpers.extended_json import CommonJSONDecoder, CommonJSONEncoder, ejson

WEST = datetime.timezone(datetime.timedelta(hours=-5), "EST")
TEXTS: list[tuple[Any, str]] = [
    (Decimal("1.50"), '{"type{decimal}": "1.50"}'),
    (datetime.date(1, 2, 3), '{"type{date}": "0001-02-03"}'),
    (datetime.time(10, 11, 12), '{"type{time}": "10:11:12"}'),
    (datetime.time(10, 11, 12, 5), '{"type{time}": "10:11:12.000005"}'),
    (
        datetime.datetime(2026, 1, 31, 10, 11, 12),  # noqa: DTZ001 - naive is meant
        '{"type{datetime}": ["2026-01-31T10:11:12", null, null]}',
    ),
    (
        datetime.datetime(2026, 1, 31, 10, 11, 12, 345, WEST),
        '{"type{datetime}": ["2026-01-31T10:11:12.000345", -18000, "EST"]}',
    ),
    (
        datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC),
        '{"type{datetime}": ["2026-01-31T00:00:00", 0, "UTC"]}',
    ),
    (datetime.timedelta(days=1, hours=2), '{"type{duration}": "P1DT2H"}'),
    (isodate.Duration(years=1, days=2), '{"type{duration}": "P1Y2D"}'),
    ({1}, '{"type{set}": [1]}'),
    ({"a": [Decimal(1), None, "x"]}, '{"a": [{"type{decimal}": "1"}, null, "x"]}'),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=lambda one: str(one)[:30])
def test_a_value_has_its_text_and_comes_back(value: Any, text: str) -> None:
    assert ejson.dumps(value) == text
    found = ejson.loads(text)
    assert (found, type(found)) == (value, type(value))


def _is_one_moment(moment: datetime.datetime) -> bool:
    """Tell whether the clock showed this once: others equal nothing of another zone (PEP 495)."""
    return moment.utcoffset() == moment.replace(fold=not moment.fold).utcoffset()


@given(
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(allow_nan=False),
            st.text(),
            st.decimals(allow_nan=False),
            st.dates(),
            st.times(),
            st.datetimes(),
            st.datetimes(timezones=st.timezones()).filter(_is_one_moment),
            st.timedeltas(),
            st.sets(st.integers(), max_size=3),
        ),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=3), inner, min_size=2, max_size=3)
        ),
        max_leaves=5,
    )
)
def test_values_come_back_equal(value: Any) -> None:
    assert ejson.loads(ejson.dumps(value)) == value


def test_what_0_5_12_wrote_is_read() -> None:
    text = '{"type{datetime}": ["2026-01-31T10:11:12", 3600, "CET"]}'
    found = ejson.loads(text)
    assert found.isoformat() == "2026-01-31T10:11:12+01:00"
    assert found.tzname() == "CET"


def test_the_options_are_those_of_json() -> None:
    assert ejson.dumps({"b": 1, "a": Decimal(2)}, sort_keys=True, indent=0) == (
        '{\n"a": {\n"type{decimal}": "2"\n},\n"b": 1\n}'
    )
    assert json.dumps(Decimal(1), cls=CommonJSONEncoder) == '{"type{decimal}": "1"}'
    assert json.loads('{"type{decimal}": "1"}', cls=CommonJSONDecoder) == Decimal(1)


def test_files_are_written_and_read() -> None:
    file = io.StringIO()
    ejson.dump([Decimal(1)], file)
    assert ejson.load(io.StringIO(file.getvalue())) == [Decimal(1)]


def test_an_object_without_a_tag_is_refused() -> None:
    with pytest.raises(TypeError, match="Object of type bytes is not JSON serializable"):
        ejson.dumps(b"x")


def test_an_object_of_json_that_only_looks_like_a_tag_stays_one() -> None:
    assert ejson.loads('{"type{unknown}": 1}') == {"type{unknown}": 1}
    assert ejson.loads('{"type{decimal}": "1", "b": 2}') == {"type{decimal}": "1", "b": 2}


@pytest.mark.parametrize("text", ['{"type{decimal}": "x"}', '{"type{datetime}": [1, 2]}'])
def test_a_tag_with_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ejson.loads(text)


def test_the_formats_write_and_read_every_date() -> None:
    for year in (1, 987, 2026):
        moment = datetime.datetime(year, 2, 3, 4, 5, 6)  # noqa: DTZ001 - naive is meant
        for kind, part in (("DATE", moment.date()), ("TIME", moment.time()), ("DATETIME", moment)):
            text = part.strftime(getattr(extended_json, f"{kind}_F_FORMAT"))
            format = getattr(extended_json, f"{kind}_P_FORMAT")
            read = datetime.datetime.strptime(text, format)  # noqa: DTZ007 - naive is meant
            own = {"DATE": read.date(), "TIME": read.time(), "DATETIME": read}[kind]
            assert own == part
            assert format == getattr(extended_json, f"{kind}_FORMAT")
