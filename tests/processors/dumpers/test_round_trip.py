"""What is dumped reads back equal: every type, in every format, untouched or made by a function."""

from __future__ import annotations

import datetime
import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import isodate
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dataflows import Flow, dump_to_path, load

few = settings(max_examples=25, phases=(Phase.explicit, Phase.generate))

# A carriage return alone in JSON is like any other character; NUL and surrogates no text holds.
texts = st.text(
    st.one_of(
        st.sampled_from(list('",;\r\n\t\\ é中😀=')),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=12,
)
numbers = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [Decimal("1." + "123456789" * 3 + "12"), Decimal("9" * 30), Decimal("-0.000"), Decimal("1E+3")]
)
days = st.dates() | st.sampled_from([datetime.date(1, 1, 1), datetime.date(9999, 12, 31)])
times = st.times().map(lambda time: time.replace(microsecond=0, fold=0))
moments = st.datetimes().map(lambda moment: moment.replace(microsecond=0, fold=0))
coordinates = st.decimals(-90, 90, places=3)
nested = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda items: st.lists(items, max_size=2) | st.dictionaries(texts, items, max_size=2),
    max_leaves=4,
)
points = st.tuples(coordinates, coordinates).map(
    lambda point: {"type": "Point", "coordinates": [float(one) for one in point]}
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": texts.filter(bool),
    "integer": st.integers() | st.sampled_from([2**63, -(10**40)]),
    "number": numbers,
    "boolean": st.booleans(),
    "date": days,
    "time": times,
    "datetime": moments,
    "year": st.integers(0, 9999),
    "yearmonth": st.tuples(st.integers(1, 9999), st.integers(1, 12)),
    "duration": st.timedeltas(
        datetime.timedelta(), datetime.timedelta(9999)
    ).map(lambda delta: delta - datetime.timedelta(microseconds=delta.microseconds)),
    "array": st.lists(nested, max_size=3),
    "object": st.dictionaries(texts, nested, max_size=3),
    "geopoint": st.tuples(coordinates, coordinates),
    "geojson": points,
    "any": texts.filter(bool),
}  # fmt: skip
FIELDS = [{"name": name, "type": name, "format": "default"} for name in VALUES]
DESCRIPTOR = {
    "name": "t",
    "path": "t.csv",
    "profile": "tabular-data-resource",
    "schema": {"fields": FIELDS, "missingValues": [""]},
}
rows = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    min_size=1,
    max_size=4,
)


def dumped(descriptor: dict[str, Any], data: Any, folder: str, **options: Any) -> Any:
    """Dump rows, load them again and return them."""
    pair = {"resources": [descriptor]}, [data]
    Flow(load(pair), dump_to_path(folder, **options)).process()
    path = Path(folder, "datapackage.json")
    return Flow(load(path, strip=False)).results()[0][0]


@pytest.mark.parametrize("format_", ["csv", "json", "ndjson"])
@few
@given(data=rows)
def test_every_type_reads_back_equal(format_: str, data: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert dumped(DESCRIPTOR, data, f"{folder}/a", format=format_) == data
        # What was read and is written again, untouched, is the same file.
        again = load(f"{folder}/a/datapackage.json", strip=False)
        Flow(again, dump_to_path(f"{folder}/b", format=format_)).process()
        name = f"t.{format_}"
        assert Path(folder, "b", name).read_bytes() == Path(folder, "a", name).read_bytes()
        assert Flow(load(f"{folder}/b/datapackage.json", strip=False)).results()[0][0] == data


@few
@given(data=rows)
def test_every_type_goes_from_csv_to_json_and_back(data: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert dumped(DESCRIPTOR, data, f"{folder}/a") == data
        first = load(f"{folder}/a/datapackage.json", strip=False)
        Flow(first, dump_to_path(f"{folder}/b", format="json")).process()
        second = load(f"{folder}/b/datapackage.json", strip=False)
        Flow(second, dump_to_path(f"{folder}/c")).process()
        assert Path(folder, "c/t.csv").read_bytes() == Path(folder, "a/t.csv").read_bytes()


@few
@given(data=st.lists(st.fixed_dictionaries({"a": st.none() | st.just("") | texts}), min_size=1))
def test_with_missing_values_of_ones_own_nothing_and_the_empty_text_differ(
    data: list[dict[str, Any]],
) -> None:
    schema = {
        "fields": [{"name": "a", "type": "string", "format": "default"}],
        "missingValues": ["n,a"],
    }
    descriptor = {**DESCRIPTOR, "schema": schema}
    for format_ in ("csv", "json", "ndjson"):
        with tempfile.TemporaryDirectory() as folder:
            assert dumped(descriptor, data, folder, format=format_) == data


def test_missing_values_of_typed_fields_are_written_as_their_text() -> None:
    schema = {
        "fields": [
            {"name": name, "type": name, "format": "default"} for name in ("integer", "date")
        ],
        "missingValues": ["-", "n/a"],
    }
    data = [{"integer": None, "date": None}, {"integer": 1, "date": datetime.date(2020, 1, 2)}]
    with tempfile.TemporaryDirectory() as folder:
        assert dumped({**DESCRIPTOR, "schema": schema}, data, folder) == data
        assert Path(folder, "t.csv").read_text() == "integer,date\n-,-\n1,2020-01-02\n"


def test_microseconds_and_zones_are_left_out_as_ever() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=-5))
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, 678901, zone)
    plain = moment.replace(microsecond=0, tzinfo=None)
    descriptor = {
        **DESCRIPTOR,
        "schema": {"fields": [{"name": "at", "type": "datetime", "format": "default"}]},
    }
    for format_ in ("csv", "json"):
        with tempfile.TemporaryDirectory() as folder:
            assert dumped(descriptor, [{"at": moment}], folder, format=format_) == [{"at": plain}]


def test_durations_of_months_and_fractions_read_back() -> None:
    values = [isodate.parse_duration(text) for text in ("P1Y2M3D", "PT0.5S", "P1W", "PT36H")]
    descriptor = {
        **DESCRIPTOR,
        "schema": {"fields": [{"name": "d", "type": "duration", "format": "default"}]},
    }
    data = [{"d": value} for value in values]
    for format_ in ("csv", "json"):
        with tempfile.TemporaryDirectory() as folder:
            assert dumped(descriptor, data, folder, format=format_) == data


def test_what_json_writes_is_json_of_the_right_kinds() -> None:
    data = [
        {
            "integer": 10**20,
            "number": Decimal("12345678901234567.89"),
            "boolean": True,
            "date": datetime.date(1, 2, 3),
            "geopoint": (Decimal("4.50"), Decimal(-1)),
            "yearmonth": (2020, 3),
            "object": {"n": Decimal("1.5"), "d": datetime.date(2020, 1, 2)},
            "string": "é\u2028",
            "duration": datetime.timedelta(1),
        }
    ]
    fields = [field for field in FIELDS if field["name"] in data[0]]
    descriptor = {**DESCRIPTOR, "schema": {"fields": fields}}
    with tempfile.TemporaryDirectory() as folder:
        dumped(descriptor, data, folder, format="json")
        text = Path(folder, "t.json").read_text(encoding="ascii")
    assert json.loads(text, parse_float=Decimal) == [
        {
            "boolean": True,
            "date": "0001-02-03",
            "duration": "P1D",
            "geopoint": [Decimal("4.50"), -1],
            "integer": 10**20,
            "number": Decimal("12345678901234567.89"),
            "object": {"n": Decimal("1.5"), "d": "2020-01-02"},
            "string": "é\u2028",
            "yearmonth": "2020-03",
        }
    ]
    assert text.startswith('[{"boolean": true, "date": "0001-02-03", "duration": ')
