"""What files do not hold of moments and times is told, and can be written all the same."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load, set_type

if TYPE_CHECKING:
    from pathlib import Path

WEST = datetime.timezone(datetime.timedelta(hours=-5))
WHOLE = datetime.datetime.fromisoformat("2020-01-02T03:04:05")
ROWS = [
    {"at": WHOLE, "clock": datetime.time(1, 2, 3)},
    {"at": WHOLE.replace(microsecond=678_000), "clock": datetime.time(1, 2, 3, 4)},
    {"at": WHOLE.replace(microsecond=1), "clock": None},
    {"at": None, "clock": datetime.time(1, 2, 3, 5000)},
    {"at": WHOLE.replace(tzinfo=WEST), "clock": datetime.time(1, 2, 3)},
]
CLOCK = set_type("clock", type="time")
FRACTIONS = "fractions of a second, cut"
OFFSETS = "UTC offsets, left out"


def notes(*links: Any) -> dict[str, int]:
    return Flow(*links).run().accounts[-1].notes


@pytest.mark.parametrize("format_", ["csv", "tsv", "json", "ndjson", "geojson"])
def test_cut_fractions_and_offsets_are_counted(tmp_path: Path, format_: str) -> None:
    counted = {FRACTIONS: 4, OFFSETS: 1}
    assert notes(ROWS, CLOCK, dump_to_path(tmp_path, format=format_)) == counted


def test_a_sheet_holds_milliseconds_and_offsets(tmp_path: Path) -> None:
    assert notes(ROWS, CLOCK, dump_to_path(tmp_path, format="xlsx")) == {FRACTIONS: 2}
    loaded = Flow(load(tmp_path / "datapackage.json")).results()[0][0]
    assert loaded[1]["at"] == WHOLE.replace(microsecond=678_000)
    assert loaded[4]["at"] == WHOLE.replace(tzinfo=WEST)


def test_a_time_in_a_sheet_has_no_offset_and_loads_again(tmp_path: Path) -> None:
    rows = [{"clock": datetime.time(1, 2, 3, tzinfo=WEST)}, {"clock": datetime.time(4)}]
    assert notes(rows, CLOCK, dump_to_path(tmp_path, format="xlsx")) == {OFFSETS: 1}
    loaded = Flow(load(tmp_path / "datapackage.json")).results()[0][0]
    assert loaded == [{"clock": datetime.time(1, 2, 3)}, {"clock": datetime.time(4)}]


@pytest.mark.parametrize("format_", ["parquet", "arrow"])
def test_a_typed_file_holds_all(tmp_path: Path, format_: str) -> None:
    assert notes(ROWS, CLOCK, dump_to_path(tmp_path, format=format_)) == {}
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][0] == ROWS


def test_a_zip_counts_them_too(tmp_path: Path) -> None:
    assert notes(ROWS, CLOCK, dump_to_zip(tmp_path / "a.zip")) == {FRACTIONS: 4, OFFSETS: 1}


def test_columns_of_arrow_and_of_text_are_counted(tmp_path: Path) -> None:
    moments = [WHOLE, WHOLE.replace(microsecond=1), None, WHOLE.replace(year=1, microsecond=9)]
    times = [datetime.time(1), None, datetime.time(1, microsecond=7), None]
    table = pa.table(
        {"at": pa.array(moments, pa.timestamp("us")), "clock": pa.array(times, pa.time64("us"))}
    )
    assert notes(table, dump_to_path(tmp_path / "a")) == {FRACTIONS: 3}
    (tmp_path / "b.csv").write_text(
        "at\n2020-01-02T03:04:05Z\n2020-01-02T03:04:05.000\n2020-01-02T03:04:05.25\n"
        "2020-01-02 03:04:05-05:00\n"
    )
    texts = load(tmp_path / "b.csv"), set_type("at", type="datetime", format="default")
    assert notes(*texts, dump_to_path(tmp_path / "b")) == {FRACTIONS: 1, OFFSETS: 1}


def test_whole_seconds_are_no_news(tmp_path: Path) -> None:
    assert notes([{"at": WHOLE, "clock": datetime.time(1)}], CLOCK, dump_to_path(tmp_path)) == {}


@pytest.mark.parametrize("format_", ["csv", "json", "ndjson"])
def test_a_pattern_of_ones_own_keeps_all_of_it(tmp_path: Path, format_: str) -> None:
    at = WHOLE.replace(microsecond=678_901, tzinfo=WEST)
    dump = dump_to_path(tmp_path, format=format_, temporal_format_property="outputFormat")
    pattern = set_type("at", type="datetime", outputFormat="%Y-%m-%dT%H:%M:%S.%f%z")
    assert notes([{"at": at}], pattern, dump) == {}
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][0] == [{"at": at}]
