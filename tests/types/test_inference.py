from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import UserDict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tableschema import Field

from dataflows.types import codec_for
from dataflows.types.inference import Against, infer_field, infer_native, infer_schema

MIDNIGHT = datetime.fromisoformat("2020-01-01")
TEN_O_CLOCK = datetime.fromisoformat("2020-01-01T10:00:00")
DIGITS = st.text("0123456789", min_size=1, max_size=9)
KINDS: list[st.SearchStrategy[str]] = [
    st.integers().map(str),
    DIGITS,
    st.tuples(st.sampled_from(["", "-", "+", " "]), DIGITS).map("".join),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.floats().map(str),
    st.from_regex(r"\A[0-9]{1,3}([.,_][0-9]{1,3}){1,2}\Z"),
    st.from_regex(r"\A[0-9]{1,2}[eE][+-]?[0-9]{1,2}\Z"),
    st.from_regex(r"\A-?[0-9]{0,3}\.[0-9]{0,3}, ?-?[0-9]{1,3}\.[0-9]{0,3}\Z"),
    st.dates().map(str),
    st.tuples(st.sampled_from("/.-"), st.lists(st.integers(1, 31), min_size=3, max_size=3)).map(
        lambda drawn: drawn[0].join(map(str, drawn[1]))
    ),
    st.dates().flatmap(
        lambda day: st.sampled_from(
            ["%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%d-%m-%y", "%Y/%m/%d", "%d.%m.%Y", "%d.%m.%y"]
        ).map(day.strftime)
    ),
    st.datetimes().map(str),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")),
    st.times().map(str),
    st.times().map(lambda moment: moment.strftime("%H:%M:%S")),
    st.from_regex(r"\AP[0-9]{0,2}[YMWD]?(T[0-9]{0,2}[HMS]?)?\Z"),
    st.sampled_from(
        ["true", "True", "FALSE", "0", "1", "yes", "no", "NaN", "nan", "inf", "n/a", "", "٣", "½"]
    ),
    st.sampled_from(["[]", "[1, 2]", "{}", '{"a": 1}', '{"a": 1, "a": 2}', "[1", '{"type": "x"}']),
    st.text(max_size=5),
]
TEXTS = st.one_of(KINDS)
# Columns of one kind, and columns of one kind with some of another.
COLUMNS = st.lists(TEXTS, max_size=4) | st.lists(
    st.sampled_from(range(len(KINDS))), min_size=1, max_size=2, unique=True
).flatmap(
    lambda kinds: st.lists(st.one_of([KINDS[kind] for kind in kinds]), min_size=1, max_size=6)
)


class Pair(NamedTuple):
    first: int
    second: int


def type_of(*values: Any) -> str:
    return str(infer_field("a", values).descriptor["type"])


def format_of(*values: Any) -> tuple[str, str]:
    descriptor = infer_field("a", values).descriptor
    return descriptor["type"], descriptor["format"]


def takes(descriptor: dict[str, Any], value: Any) -> bool:
    """Tell whether our codec and the reference take a value; our datetimes are wider."""
    codec_for(descriptor).cast(value)
    if descriptor["type"] == "datetime" and isinstance(value, str):
        return True
    return bool(Field(descriptor).test_value(value))


def gives_back(descriptor: dict[str, Any], text: str) -> bool:
    """Tell whether what the text is cast to is written as the same text, or is equal to it."""
    type_, format_ = descriptor["type"], descriptor["format"]
    if type_ in ("string", "datetime"):
        return True
    value = Field(descriptor).cast_value(text)
    if type_ == "number" and value.is_finite() and "e" not in text.lower():
        return f"{value:f}" == text.replace("-.", "-0.") or f"{value:f}" == f"0{text}"
    if type_ == "date":
        return _numbers(value.strftime(format_)) == _numbers(text)
    return type_ not in ("integer", "boolean") or str(value).lower() == text.lower()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.replace("/", "-").replace(".", "-").split("-")]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "0"], ("integer", "default")),
        (["-12", "0", "999999999999999999999"], ("integer", "default")),
        (["1" * 30], ("integer", "default")),
        (["2019", "2020"], ("integer", "default")),
        (["20200101", "20201231"], ("integer", "default")),
        (["195411"], ("integer", "default")),
        (["1.5", "-0.25", "3", ".5", "-0"], ("number", "default")),
        (["NaN"], ("number", "default")),
        (["1", "NaN", "-inf"], ("number", "default")),
        (["1e5", "2.5"], ("number", "default")),
        (["1.5e-7"], ("number", "default")),
        (["true", "False", "TRUE"], ("boolean", "default")),
        (["2020-01-31", "1999-1-5"], ("date", "%Y-%m-%d")),
        (["13/02/2020", "01/02/2020"], ("date", "%d/%m/%Y")),
        (["01/02/2020"], ("date", "%d/%m/%Y")),
        (["01/25/2020", "01/02/2020"], ("date", "%m/%d/%Y")),
        (["13/02/20"], ("date", "%d/%m/%y")),
        (["1/22/20"], ("date", "%m/%d/%y")),
        (["13-02-20"], ("date", "%d-%m-%y")),
        (["2020/02/13"], ("date", "%Y/%m/%d")),
        (["13.2.2020"], ("date", "%d.%m.%Y")),
        (["13.02.20"], ("date", "%d.%m.%y")),
        (["29/02/2020"], ("date", "%d/%m/%Y")),
        (["29/02/00", "29/02/96"], ("date", "%d/%m/%y")),
        (["2020-01-01T10:11:12", "2020-01-01 10:11:12.5"], ("datetime", "default")),
        (["2020-01-01T10:11:12Z", "2020-01-01T10:11:12"], ("datetime", "default")),
        (["2020-01-01T10:11:12+02:00", "2020-07-01T10:11:12.123+01:00"], ("datetime", "default")),
        (["10:11:12", "23:59:59"], ("time", "default")),
        (["P1Y2M", "PT1.5S", "P3W"], ("duration", "default")),
        (["12.50,-7.25", "180.00, 90.00"], ("geopoint", "default")),
        (["[1, 2]", "[]"], ("array", "default")),
        (['{"a": 1}', '{"type": "Point", "coordinates": [1, 2]}'], ("object", "default")),
        (['{"type": "Point", "coordinates": [1, 2]}'], ("geojson", "default")),
    ],
)
def test_the_most_specific_type_that_takes_every_value(
    values: list[str], expected: tuple[str, str]
) -> None:
    assert format_of(*values) == expected


@pytest.mark.parametrize(
    "values",
    [
        ["01234", "90210"],
        ["-01"],
        ["007.5", "1.5"],
        ["+49"],
        ["1_000"],
        [" 5"],
        ["5\n"],
        ["٣"],
        ["1" * 31],
        ["5."],
        ["1e5", "2e7"],
        ["1e5", "12"],
        ["nan"],
        ["1,5", "2,25"],
        ["1, 2"],
        ["12.50,7.25"],
        ["12.5,7.5", "13.5,8.5"],
        ["48.85,182.35", "1.25,2.25"],
        ["48.85,92.35", "1.25,2.25"],
        ["1.2.13", "10.11.12.13"],
        ["1.2.13"],
        ["3-1-10"],
        ["99.99.99"],
        ["2020-13-01"],
        ["29/02/2021"],
        ["01/25/2020", "25/01/2020"],
        ["2020-01-01T10:11:12.1234567"],
        ["2020-01-01T10:11:12", "2020-01-01T10:11:12+02:00"],
        ["2020-02-30T10:11:12"],
        ["24:00:00"],
        ["9:05:00"],
        ["P", "PT"],
        ["P1"],
        ["P1DT"],
        ["P1D2Y"],
        ["[1", "{"],
        ['{"a": 1, "a": 2}'],
        ["[" * 100_000 + "]" * 100_000],
        ["true", "1"],
        ["yes", "no"],
        ["1", ""[:0], "x"],
    ],
)
def test_what_could_not_be_written_back_stays_text(values: list[str]) -> None:
    assert format_of(*values) == ("string", "default")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, None], "integer"),
        ([True, None], "boolean"),
        ([1, 2.5], "number"),
        ([1.0, Decimal(2)], "integer"),
        ([Decimal("1.5"), float("nan"), float("inf")], "number"),
        ([1e300], "number"),
        ([Decimal("sNaN")], "number"),
        ([True, 1], "any"),
        ([1, "x"], "any"),
        ([1, "2"], "integer"),
        ([1, "02"], "any"),
        ([1.5, "2"], "number"),
        (["x", None], "string"),
        (["1", None], "integer"),
        ([datetime(2020, 1, 1, 10, tzinfo=UTC)], "datetime"),
        ([MIDNIGHT, TEN_O_CLOCK], "datetime"),
        ([date(2020, 1, 1), "2020-01-02"], "date"),
        ([date(2020, 1, 1), MIDNIGHT], "date"),
        ([date(2020, 1, 1), TEN_O_CLOCK], "any"),
        ([time(10)], "time"),
        ([timedelta(1)], "duration"),
        ([[1], (2, 3)], "array"),
        ([[1.25, 2.25], [3.25, 4.25]], "array"),
        ([{"a": 1}, {}], "object"),
        ([{"type": "Point", "coordinates": [1, 2]}], "geojson"),
        ([{"a": 1}, [1]], "any"),
        ([b"x"], "any"),
        ([{1}], "any"),
        ([UserDict()], "any"),
        ([Pair(1, 2)], "array"),
    ],
)
def test_python_values_have_the_most_specific_type_that_takes_all(
    values: list[Any], expected: str
) -> None:
    assert type_of(*values) == expected


@pytest.mark.parametrize("values", [[], [None], ["", None, ""], ["n/a", ""]])
def test_without_values_a_column_is_text(values: list[Any]) -> None:
    inference = infer_field("a", values, missing_values=["", "n/a"])
    assert inference.descriptor == {"name": "a", "type": "string", "format": "default"}
    assert (inference.seen, inference.missing) == (0, len(values))


def test_missing_values_do_not_count() -> None:
    inference = infer_field("a", ["1", "-", "", None, "2"], missing_values=["", "-"])
    assert inference.descriptor["type"] == "integer"
    assert (inference.seen, inference.missing) == (2, 3)


def test_a_missing_value_is_a_text_and_hides_no_python_value() -> None:
    assert infer_field("a", [0, {"b": 1}], missing_values=["0"]).seen == 2


def test_strip_looks_at_texts_without_the_blanks_around_them() -> None:
    assert infer_field("a", [" 5 ", "\t6", " "], strip=True).descriptor["type"] == "integer"


def test_the_values_that_speak_against_a_type_are_kept_with_their_rows() -> None:
    values = [str(number) for number in range(100)]
    values[10] = values[30] = "n/a"
    values[20] = "-"
    inference = infer_field("a", values)
    assert inference.descriptor["type"] == "string"
    assert inference.against == (
        Against("integer", "default", 3, 100, 2, (("n/a", 11), ("-", 21))),
    )
    assert (
        str(inference.against[0])
        == "3 of 100 values are not whole numbers: 'n/a' (row 11), '-' (row 21)"
    )


def test_row_numbers_of_the_caller_are_shown() -> None:
    inference = infer_field("a", ["true", "x", "false"], row_numbers=[7, 8, None])
    assert str(inference.against[0]) == "1 of 3 values is not true or false: 'x' (row 8)"
    inference = infer_field("a", ["true", "x", "false"], row_numbers=[7, None, 9])
    assert str(inference.against[0]) == "1 of 3 values is not true or false: 'x'"


def test_numbers_say_which_values_are_not_whole() -> None:
    inference = infer_field("a", ["1", "2", "3.5", "4"])
    assert [str(against) for against in inference.against] == [
        "1 of 4 values is not a whole number: '3.5' (row 3)"
    ]


def test_month_first_says_which_values_have_no_such_month() -> None:
    inference = infer_field("a", ["01/02/2020", "01/25/2020", "03/04/2020"])
    assert inference.descriptor["format"] == "%m/%d/%Y"
    assert [str(against) for against in inference.against] == [
        "1 of 3 values is not a date like %d/%m/%Y: '01/25/2020' (row 2)"
    ]
    assert inference.notes == ()


def test_only_the_first_few_different_values_are_shown() -> None:
    values = ["1"] * 10 + list("abcdefg")
    assert str(infer_field("a", values).against[0]) == (
        "7 of 17 values are not whole numbers: 'a' (row 11), 'b' (row 12), 'c' (row 13), "
        "'d' (row 14), 'e' (row 15), … (7 different ones)"
    )


def test_a_long_value_is_shortened_where_it_speaks_against() -> None:
    against = infer_field("a", ["1", "2", "x" * 1000]).against[0]
    assert len(str(against)) < 150


def test_a_type_that_few_values_fit_is_no_runner_up() -> None:
    assert infer_field("a", ["1", "b", "c"]).against == ()
    assert infer_field("a", ["2020-13-01", "2020-14-01", "2020-01-01"]).against == ()


@pytest.mark.parametrize(
    ("values", "notes", "suggestion"),
    [
        (
            ["01/02/2020", "03/04/2020"],
            ("day and month order is ambiguous: read as day/month; every value fits both",),
            {"type": "date", "format": "%m/%d/%Y"},
        ),
        (
            ["01/02/20", "03/04/20"],
            (
                "day and month order is ambiguous: read as day/month; every value fits both",
                "years of two digits: read as 1969 to 2068",
            ),
            {"type": "date", "format": "%m/%d/%y"},
        ),
        (["13/02/2020"], (), None),
        (["01234", "5"], ("leading zeros: kept as text",), None),
        (["+1", "2"], ("plus signs: kept as text",), None),
        (["1_000"], ("underscores between digits: kept as text",), None),
        (["1" * 31], ("more than 30 digits: kept as text",), None),
        (["1" * 19], ("more than 18 digits: exact here, too long for most databases",), None),
        (["1e5"], ("values like '1e5' and none with a decimal point: kept as text",), None),
        (["NaN", "1"], ("'NaN' is read as a number, not as a missing value",), None),
        (["1.25,2.25", "3.25,4.25"], ("read as longitude, latitude",), None),
        (
            ["20200131", "19991231"],
            ("digits only, though every value could be a date like %Y%m%d",),
            {"type": "date", "format": "%Y%m%d"},
        ),
        (["20200131", "20201331"], (), None),
        (
            ["2020-01-01T10:11:12.1234567"],
            ("more than six decimals of a second: kept as text",),
            None,
        ),
        (
            ["2020-01-01T10:11:12Z", "2020-01-01T10:11:12+02:00"],
            ("some times have a UTC offset and some have none: kept as text",),
            None,
        ),
        (
            ["1,50", "12,25", "7"],
            ("numbers with a comma: kept as text",),
            {"type": "number", "decimalChar": ","},
        ),
        (["2,2", "10"], ("numbers with a comma: kept as text",), None),
        (
            ["1.234,56", "7,25"],
            ("numbers with a comma: kept as text",),
            {"type": "number", "decimalChar": ",", "groupChar": "."},
        ),
        (
            ["1,234", "12,345,678", "9"],
            ("numbers with a comma: kept as text",),
            {"type": "number", "groupChar": ","},
        ),
        (
            ["1,234.56", "9.5"],
            ("numbers with a comma: kept as text",),
            {"type": "number", "groupChar": ","},
        ),
        (["13-02-2020"], (), {"type": "date", "format": "%d-%m-%Y"}),
        (["02-13-2020"], (), {"type": "date", "format": "%m-%d-%Y"}),
        (["13-13-2020"], (), None),
        (
            ["No", "Yes", "No"],
            (),
            {"type": "boolean", "trueValues": ["Yes"], "falseValues": ["No"]},
        ),
        (["yes", "maybe"], (), None),
        (["nein", "ja"], (), {"type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]}),
        (["12'345.67", "7.5"], (), {"type": "number", "groupChar": "'"}),
        (
            ["12\u202f345,67", "-7,5"],
            (),
            {"type": "number", "groupChar": "\u202f", "decimalChar": ","},
        ),
        (["12 345", "12'345"], (), None),
        (["1", "7 345 12"], (), None),
        (["$1.50", "$12"], (), {"type": "number", "bareNumber": False}),
        (["$1,250.50", "$12"], (), {"type": "number", "bareNumber": False, "groupChar": ","}),
        (["1,50 €", "12 €"], (), {"type": "number", "bareNumber": False, "decimalChar": ","}),
        (["EUR 5", "EUR 6"], (), {"type": "number", "bareNumber": False}),
        (["0.5%", "12%"], (), {"type": "number", "bareNumber": False}),
        (["-5%", "12%"], (), None),
        (["5 €", "5 $"], (), None),
        (["5,5 €", "1,250 €"], (), None),
        (["SKU 5", "SKU 6"], (), None),
    ],
)
def test_what_a_person_should_know_is_noted(
    values: list[str], notes: tuple[str, ...], suggestion: dict[str, Any] | None
) -> None:
    inference = infer_field("a", values)
    assert inference.notes == notes
    assert inference.suggestion == suggestion
    if suggestion:
        assert all(Field({"name": "a", **suggestion}).test_value(value) for value in values)


def test_a_schema_has_the_keys_of_table_schema() -> None:
    schema, inferences = infer_schema(
        ["id", "day", "lacking"],
        [["1", "2020-01-31"], ["n/a", "2020-02-01", "", "surplus"]],
        missing_values=["", "n/a"],
    )
    assert schema == {
        "fields": [
            {"name": "id", "type": "integer", "format": "default"},
            {"name": "day", "type": "date", "format": "%Y-%m-%d"},
            {"name": "lacking", "type": "string", "format": "default"},
        ],
        "missingValues": ["", "n/a"],
    }
    assert [(inference.seen, inference.missing) for inference in inferences] == [
        (1, 1),
        (2, 0),
        (0, 2),
    ]


def test_a_table_without_rows_has_text_columns() -> None:
    schema, _ = infer_schema(["a", "b"], [])
    assert [field["type"] for field in schema["fields"]] == ["string", "string"]


def test_rows_from_further_on_weaken_a_type() -> None:
    schema, inferences = infer_schema(["a"], [["1"], ["2"]], spread=[["3"], ["x"]])
    assert schema["fields"][0]["type"] == "string"
    assert str(inferences[0].against[0]) == "1 of 4 values is not a whole number: 'x'"


def test_rows_from_further_on_never_make_text_something_else() -> None:
    schema, _ = infer_schema(["a"], [["1e5"], ["2e5"]], spread=[["1.5"]])
    assert schema["fields"][0]["type"] == "string"


def test_rows_from_further_on_type_a_column_that_begins_without_values() -> None:
    schema, _ = infer_schema(["a"], [[""], [None]], spread=[["1"]])
    assert schema["fields"][0]["type"] == "integer"


def test_rows_from_further_on_settle_the_order_of_day_and_month() -> None:
    schema, _ = infer_schema(["a"], [["01/02/2020"]], spread=[["01/25/2020"]])
    assert schema["fields"][0]["format"] == "%m/%d/%Y"


def test_python_rows_are_typed_by_python_types_alone() -> None:
    class Text(str):
        __slots__ = ()

    rows: list[list[Any]] = [
        ["1", 1, 1.5, True, [1], {}, MIDNIGHT, date(2020, 1, 1), 1, None, time(1)],
        [Text(), None, Decimal(1), False, (1,), {}, MIDNIGHT, None, 1.5, None, None],
    ]
    names = [f"f{number}" for number in range(len(rows[0]))]
    schema = infer_native(names, rows)
    assert schema["missingValues"] == [""]
    assert [(field["type"], field["format"]) for field in schema["fields"]] == [
        (type_, "default")
        for type_ in (
            "string",
            "integer",
            "number",
            "boolean",
            "array",
            "object",
            "datetime",
            "date",
            "any",
            "any",
            "any",
        )
    ]


def test_python_rows_of_two_kinds_are_any() -> None:
    for pair in ([1, True], [1, "1"], [MIDNIGHT, date(2020, 1, 1)], [timedelta(1)]):
        schema = infer_native(["a"], [[value] for value in pair])
        assert schema["fields"][0]["type"] == "any"


@settings(max_examples=500)
@given(COLUMNS)
def test_every_text_casts_and_comes_back_as_it_was(values: list[str]) -> None:
    descriptor = infer_field("a", values).descriptor
    for value in values:
        if value != "":
            assert takes(descriptor, value), (descriptor, value)
            assert gives_back(descriptor, value), (descriptor, value)


@settings(max_examples=500)
@given(COLUMNS, COLUMNS)
def test_more_rows_can_only_weaken_a_type(head: list[str], tail: list[str]) -> None:
    rows, spread = [[value] for value in head], [[value] for value in tail]
    alone = infer_schema(["a"], rows)[0]["fields"][0]
    both = infer_schema(["a"], rows, spread=spread)[0]["fields"][0]
    assert all(takes(both, value) for value in head + tail if value)
    if any(head) and alone["type"] == "string":
        assert both == alone
    weaker = {
        "integer": {"integer", "number", "string"},
        "geojson": {"geojson", "object", "string"},
    }
    if any(head):
        assert both["type"] in weaker.get(alone["type"], {alone["type"], "string"})


@given(
    st.lists(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.decimals()
        | st.dates()
        | st.datetimes()
        | st.times()
        | st.timedeltas()
        | st.lists(st.integers(), max_size=2)
        | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
        | TEXTS,
        max_size=3,
    )
)
def test_every_python_value_casts(values: list[Any]) -> None:
    descriptor = infer_field("a", values).descriptor
    for value in values:
        if value not in ("", None):
            assert takes(descriptor, value), (descriptor, value)


POSITIONS = st.lists(st.integers(-90, 90) | st.booleans(), min_size=1, max_size=3)
GEOMETRIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "X"]
        ),
    },
    optional={
        "coordinates": st.recursive(POSITIONS, lambda inner: st.lists(inner, max_size=4)),
        "bbox": st.lists(st.integers(), min_size=4, max_size=4),
    },
)
FEATURES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": st.sampled_from(["Feature", "x"])},
    optional={
        "geometry": GEOMETRIES | st.none(),
        "properties": st.just({}) | st.none() | st.just([]),
    },
)


@given(
    GEOMETRIES
    | FEATURES
    | st.fixed_dictionaries(
        {"type": st.just("FeatureCollection"), "features": st.lists(FEATURES, max_size=2)}
    )
    | st.fixed_dictionaries(
        {"type": st.just("GeometryCollection"), "geometries": st.lists(GEOMETRIES, max_size=2)}
    )
)
def test_geojson_is_what_the_reference_takes(value: dict[str, Any]) -> None:
    is_geojson = Field({"name": "a", "type": "geojson"}).test_value(value)
    assert type_of(value) == ("geojson" if is_geojson else "object")


def test_typing_texts_does_not_load_the_reference() -> None:
    code = (
        "import sys; from dataflows.types.inference import infer_field;"
        "infer_field('a', ['1', 'x', '2020-01-01', '[1]']);"
        "print(sorted({'tableschema', 'tabulator', 'datapackage', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("covid/worldwide-aggregate.csv", "date integer integer integer number"),
        ("population/data/population.csv", "string string integer integer"),
        ("world-cities/world-cities.csv", "string string string integer"),
    ],
)
def test_real_tables_have_the_types_a_person_would_give(path: str, expected: str) -> None:
    folder = os.environ.get("DATAFLOWS_REAL_DATA")
    if not folder:
        pytest.skip("DATAFLOWS_REAL_DATA names no folder of real data")
    with (Path(folder) / path).open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    schema, _ = infer_schema(names, rows)
    assert " ".join(field["type"] for field in schema["fields"]) == expected
