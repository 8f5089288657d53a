"""Hypothesis strategies: fields of all types, the texts of cells, and Python values."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

TYPES = (
    *("any", "string", "integer", "number", "boolean", "date", "time", "datetime"),
    *("year", "yearmonth", "duration", "array", "object", "geopoint", "geojson"),
)

FIELDS: tuple[dict[str, Any], ...] = (
    *({"type": type} for type in TYPES),
    *({"type": "string", "format": format} for format in ("uri", "email", "uuid", "binary", "x")),
    {"type": "integer", "bareNumber": False},
    {"type": "number", "bareNumber": False},
    {"type": "number", "decimalChar": ","},
    {"type": "number", "decimalChar": ",", "groupChar": "."},
    {"type": "number", "groupChar": ","},
    {"type": "number", "groupChar": " "},
    {"type": "number", "decimalChar": ",", "groupChar": "'", "bareNumber": False},
    {"type": "number", "decimalChar": "e"},
    {"type": "boolean", "trueValues": ["yes", "Y", " padded "], "falseValues": ["no", "N", "0"]},
    {"type": "boolean", "trueValues": ["True"], "falseValues": ["False"]},
    {"type": "boolean", "trueValues": ["1", 1], "falseValues": ["1", "False", "True", 0]},
    *(
        {"type": "date", "format": format}
        for format in (
            *(
                "%Y-%m-%d",
                "%d/%m/%Y",
                "%m/%d/%y",
                "%Y%m%d",
                "%d.%m.%Y",
                "%d %B %Y",
                "%j %Y",
                "%m%%%Y",
            ),
            *("%Y-%m-%dT%H:%M:%S", "%H:%M", "any", "fmt:%d/%m/%Y"),
        )
    ),
    *(
        {"type": "time", "format": format}
        for format in ("%H:%M:%S", "%H:%M", "%I:%M %p", "%Y %S", "%S", "any", None)
    ),
    *(
        {"type": "datetime", "format": format}
        for format in (
            *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d/%m/%Y %H:%M", "%y%m%d%H%M%S"),
            *("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z", "any", None),
        )
    ),
    {"type": "geopoint", "format": "array"},
    {"type": "geopoint", "format": "object"},
    {"type": "geojson", "format": "topojson"},
)

AWKWARD = (
    *(
        "",
        " ",
        "5",
        " 5 ",
        "+5",
        "-5",
        "-0",
        "007",
        "1_000",
        "1 000",
        "1,000",
        "1.000,5",
        "1'000,5",
    ),
    *(
        "٣",
        "5\n",
        "\t5",
        "1e5",
        "1E-3",
        "1e999999",
        "1e9999999",
        "1e99999999999999999999",
        ".5",
        "5.",
    ),
    *(
        ".",
        "1.50",
        "-0.00",
        "NaN",
        "-NaN",
        "sNaN",
        "inf",
        "-Infinity",
        "0x1A",
        "5%",
        "$5",
        "$-5.00",
    ),
    *("9" * 18, "9" * 19, "-" + "9" * 25, "9" * 40, "0" * 40 + ".5", "9" * 4300, "9" * 4301),
    *("true", "True ", "tRuE", "TRUE", "1", "0", "no", "Y", "N", "padded", "yes"),
    *(
        "2020-01-01",
        "2020-1-1",
        "2020-02-29",
        "2019-02-29",
        "0001-01-01",
        "0000-01-01",
        "9999-12-31",
    ),
    *(
        "2020-13-01",
        "٢٠٢٠-01-01",
        "2020-01-01 ",
        "20200101",
        "01/02/2020",
        "1/2/2020",
        "30/02/2020",
    ),
    *(
        "01/02/20",
        "01/02/69",
        "01/02/68",
        "1 March 2020",
        "01 March 2020",
        "01 march 2020",
        "060 2020",
    ),
    *("01%2020", "2020-01-01T10:11:12", "2020-01-01T10:11:12Z", "2020-1-1T1:1:1Z", "24:00:00"),
    *("2020-01-01t10:11:12z", "2020-02-30T10:11:12Z", "2020-01-01T10:11:60Z", "01/02/2020 10:11"),
    *("2020-01-01 10:11:12.5", "200101101112", "2020-01-01T10:11:12+0100", "10:11:12", "10:11"),
    *(
        "1:2:3",
        "10:11:60",
        "07:30 PM",
        "2020 07",
        "07",
        "1970-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ),
    *(
        "2020",
        "0000",
        " 123",
        "-123",
        "1_23",
        "2020-01",
        "2020-1",
        "2020-13",
        "-1-2",
        "5-6",
        "2020-٣",
    ),
    *("P1D", "PT36H", "P1Y2M", "p1d", "P", "PT", "-P1D", "P1.5D", "P1W", "P0001-02-03T04:05:06"),
    *(
        "[]",
        "[1, 2]",
        "[1,2]",
        "[NaN]",
        "[1.10]",
        "{}",
        '{"a": 1}',
        '{"a": NaN}',
        "[1",
        "null",
        '"a"',
    ),
    *("[" * 5000, '{"lon": 1, "lat": 2}', '{"lon": "1", "lat": "2"}', '{"lon": 1}', "[181, 0]"),
    *(
        "1,2",
        "1, 2",
        " 1 , 2 ",
        "180,90",
        "181,0",
        "0,-91",
        "1,2,3",
        "a,b",
        "NaN,1",
        "1e1,2",
        "1.50,2.5",
    ),
    *('{"type": "Point", "coordinates": [1, 2]}', '{"type": "Point"}', '{"type": "Nothing"}'),
    *(
        "http://example.com",
        "//example.com",
        "a@b.cd",
        "a@b",
        "ü@ä.ö",
        "YWJj",
        "YWJ",
        "x" * 200,
        "é",
    ),
    *("0e3edd3e-3a0f-4b6f-9d3a-1f2f3a4b5c6d", "0e3edd3e", "n/a", "-", "NA", "\x00", "a\nb", "🌍"),
)

DIGITS_AND_SIGNS = "0123456789+-.,eE_ /:TZ%"


def texts() -> st.SearchStrategy[str]:
    """Cells as files have them, awkward ones above all."""
    return st.one_of(
        st.sampled_from(AWKWARD),
        st.text(DIGITS_AND_SIGNS, max_size=12),
        st.text(max_size=6),
        st.integers().map(str),
        st.decimals().map(str),
        st.booleans().map(str),
        st.dates().map(str),
        st.times().map(str),
        st.datetimes().map(lambda moment: moment.isoformat()[:19] + "Z"),
        st.lists(st.integers(), max_size=2).map(json.dumps),
    )


def fitting_texts(field: dict[str, Any]) -> st.SearchStrategy[str]:
    """Cells that often fit a field, spelt as its format has it."""
    type, format = field["type"], field.get("format", "default")
    dates = st.datetimes().map(lambda moment: moment.replace(microsecond=0))
    if format not in ("default", "any", None) and type in ("date", "time", "datetime"):
        return dates.map(lambda moment: moment.strftime(format.replace("fmt:", "")))
    if type == "number":
        point, group = field.get("decimalChar", "."), field.get("groupChar", "")
        return st.decimals(-(10**7), 10**7, places=2).map(
            lambda number: f"{number:,}".translate({ord(","): group, ord("."): point})
        )
    plain: dict[str, st.SearchStrategy[str]] = {
        "integer": st.integers(-(10**20), 10**20).map(str),
        "boolean": st.sampled_from(["true", "false", "True", "False", "yes", "no", "1", "0"]),
        "date": st.dates().map(str),
        "time": dates.map(lambda moment: moment.time().isoformat()),
        "datetime": dates.map(lambda moment: moment.isoformat() + "Z"),
        "year": st.integers(0, 9999).map("{:04d}".format),
        "yearmonth": st.dates().map(lambda date: date.isoformat()[:7]),
        "duration": st.sampled_from(["P1D", "PT36H", "P1Y2M", "P1.5D", "P1W", "PT0S"]),
        "array": st.lists(st.integers() | st.text(max_size=3), max_size=3).map(json.dumps),
        "object": st.dictionaries(st.text(max_size=2), st.floats(), max_size=3).map(json.dumps),
        "geopoint": st.tuples(st.integers(-180, 180), st.integers(-90, 90)).map(
            "{0[0]}.5,{0[1]}".format
        ),
        "geojson": st.sampled_from(['{"type": "Point", "coordinates": [1.5, 2]}', "{}"]),
    }
    return plain.get(type, st.text(max_size=5))


def columns(field: dict[str, Any], max_size: int = 12) -> st.SearchStrategy[list[str | None]]:
    """Columns of text for a field: some fit wholly, some hold anything."""
    fitting = fitting_texts(field)
    return st.one_of(
        st.lists(fitting, max_size=max_size),
        st.lists(st.none() | fitting, max_size=max_size),
        st.lists(st.none() | fitting | texts(), max_size=max_size),
    )


def natives() -> st.SearchStrategy[Any]:
    """Python values, as a row function or a database gives them."""
    zones = st.sampled_from([datetime.UTC, datetime.timezone(datetime.timedelta(hours=-5))])
    scalars = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-5, 12_000),
        st.floats(),
        st.integers(-3, 3).map(float),
        st.decimals(),
        st.sampled_from([Decimal("1E+40"), Decimal("5.00"), Decimal("-0"), Decimal("sNaN"), 2**70]),
        st.dates(),
        # Without a zone a fold says nothing, and neither text nor Arrow has one.
        (st.times() | st.datetimes()).map(lambda time: time.replace(fold=0)),
        st.dates().map(lambda date: datetime.datetime(date.year, date.month, date.day)),  # noqa: DTZ001 - naive is meant
        st.datetimes(timezones=zones),
        st.timedeltas(),
        st.binary(max_size=2),
        texts(),
    )
    return st.one_of(
        scalars,
        st.lists(st.integers(-200, 200), max_size=3),
        st.lists(st.integers(-200, 200), max_size=3).map(tuple),
        st.dictionaries(st.sampled_from(["lon", "lat", "type"]), st.integers(-9, 9), max_size=2),
        st.just({"type": "Point", "coordinates": [1, 2]}),
    )
