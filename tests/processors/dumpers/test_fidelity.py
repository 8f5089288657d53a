"""A value comes back equal, or is refused, or what is cut of it is counted: any format (C23)."""

from __future__ import annotations

import datetime
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from dataflows import Flow, dump_to_path, dump_to_zip, load
from dataflows.errors import ProcessorError

FORMATS = ("csv", "tsv", "json", "ndjson", "geojson", "xlsx", "parquet", "arrow", "zip")
NOTHING_IS_CUT = ("parquet", "arrow")
ZONES = st.sampled_from(
    [None, datetime.UTC]
    + [datetime.timezone(datetime.timedelta(hours=hours)) for hours in (-5, 14)]
    + [datetime.timezone(datetime.timedelta(hours=5, minutes=45))]
)
EDGES = [
    datetime.datetime.fromisoformat(text)
    for text in ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "2020-02-29T23:59:59")
]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "datetime": (st.datetimes(timezones=ZONES) | st.sampled_from(EDGES)).map(
        lambda moment: moment.replace(fold=0)
    ),
    "time": st.times(timezones=ZONES).map(lambda time: time.replace(fold=0)),
    "date": st.dates() | st.sampled_from([datetime.date.min, datetime.date.max]),
    "number": st.decimals()
    | st.decimals(allow_nan=False, allow_infinity=False, places=15)
    | st.sampled_from([Decimal("1." + "1234567890" * 3), Decimal("9" * 38), Decimal("1E-40")]),
    "integer": st.integers(-(10**40), 10**40),
    "string": st.text(max_size=6) | st.sampled_from(["", "None", "NaN", "1e5", "00501", "True"]),
    "boolean": st.booleans(),
    "duration": st.timedeltas(datetime.timedelta(0), datetime.timedelta(10**5)),
    "year": st.integers(0, 9999),
}
columns = st.sampled_from(sorted(VALUES)).flatmap(
    lambda type_: st.tuples(
        st.just(type_), st.lists(st.none() | VALUES[type_], min_size=1, max_size=4)
    )
)


def shown(value: Any) -> Any:
    """Return a value that is equal to another if, and only if, that is the same."""
    if isinstance(value, Decimal) and value.is_nan():
        return "not a number"
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        # The same moment; which offset it had, not every format knows.
        return "a moment", value
    return value


def cut(value: Any, format_: str) -> Any:
    """Return what a text file holds of a moment or time, and a sheet."""
    if not isinstance(value, (datetime.datetime, datetime.time)):
        return value
    if format_ != "xlsx":
        return value.replace(microsecond=0, tzinfo=None)
    if isinstance(value, datetime.time):
        value = value.replace(tzinfo=None)
    elif value.tzinfo is not None or value.date() < datetime.date(1900, 3, 1):
        return value  # a sheet has it as text
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=25, phases=(Phase.explicit, Phase.generate))
@given(column=columns)
def test_values_come_back_equal_or_are_refused_or_cut_and_counted(
    format_: str, column: tuple[str, list[Any]]
) -> None:
    type_, values = column
    fields = [{"name": "i", "type": "integer"}, {"name": "v", "type": type_}]
    schema = {"fields": fields, "missingValues": ["(missing)"]}
    rows = [{"i": number, "v": value} for number, value in enumerate(values)]
    source = load(({"resources": [{"name": "t", "path": "t.csv", "schema": schema}]}, [rows]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.zip" if format_ == "zip" else "datapackage.json")
        dump = dump_to_zip(path) if format_ == "zip" else dump_to_path(folder, format=format_)
        refusal = ""
        try:
            notes = Flow(source, dump).run().accounts[-1].notes
        except ProcessorError as error:
            refusal = str(error)
        if refusal:
            assert type_ in ("number", "string"), refusal
            assert "\n  fix: " in refusal
            return
        found = Flow(load(path, format="datapackage", strip=False)).results()[0][0]
    got = [shown(row["v"]) for row in found]
    if got != [shown(value) for value in values]:
        assert notes, (values, got)
        assert format_ not in NOTHING_IS_CUT
        assert got == [shown(cut(value, format_)) for value in values]
