"""Parquet and Arrow files as tables."""

from __future__ import annotations

import datetime
import json
import resource
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows import Flow, load, select_fields
from dataflows.errors import ProcessorError, SourceLoadError
from dataflows.processors.formats.arrow_reader import ArrowTable
from dataflows.processors.formats.parquet_reader import ParquetTable

if TYPE_CHECKING:
    from pathlib import Path

READERS = {"parquet": ParquetTable, "arrow": ArrowTable, "arrows": ArrowTable}


def written(folder: Path, table: pa.Table, format_: str, name: str = "t") -> str:
    """Write a table with pyarrow alone, as any other tool would, and return its path."""
    path = folder / f"{name}.{format_}"
    if format_ == "parquet":
        pq.write_table(table, path, row_group_size=3)
    else:
        make = pa.ipc.new_stream if format_ == "arrows" else pa.ipc.new_file
        with path.open("wb") as file, make(file, table.schema) as sink:
            sink.write_table(table, max_chunksize=3)
    return str(path)


def loaded(path: str, **options: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the rows that load gives, and the type of each field."""
    rows, package, _ = Flow(load(path, **options)).results()
    fields = package.descriptor["resources"][0]["schema"]["fields"]
    return rows[0], {one["name"]: one["type"] for one in fields}


def error_of(path: str, folder: Path, **options: Any) -> str:
    """Return the whole text of what is wrong, the folder left out."""
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path, **options)).results()
    return str(caught.value).replace(str(folder), "<folder>")


@pytest.mark.parametrize("format_", READERS)
def test_the_types_are_those_of_the_file(tmp_path: Path, format_: str) -> None:
    day, moment = datetime.date(2020, 2, 29), datetime.datetime(2020, 1, 2, 3, 4, 5, 6)  # noqa: DTZ001 - it has none
    zoned = moment.replace(tzinfo=datetime.UTC)
    table = pa.table(
        {
            "i": pa.array([1, None], pa.int32()),
            "u": pa.array([2**64 - 1, None], pa.uint64()),
            "n": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
            "f": pa.array([0.1, None], pa.float64()),
            "f4": pa.array([0.1, None], pa.float32()),
            "s": pa.array(["01", None], pa.large_string()),
            "c": pa.array(["x", None]).dictionary_encode(),
            "b": pa.array([True, None]),
            "d": pa.array([day, None], pa.date32()),
            "t": pa.array([datetime.time(1, 2, 3), None], pa.time32("s")),
            "m": pa.array([moment, None], pa.timestamp("ns")),
            "z": pa.array([zoned, None], pa.timestamp("us", "UTC")),
            "l": pa.array([[1, 2], None]),
            "o": pa.array([{"k": "v"}, None]),
            "x": pa.array([b"\x00\xff", None]),
        }
    )
    rows, types = loaded(written(tmp_path, table, format_))
    assert types == {
        "i": "integer",
        "u": "integer",
        "n": "number",
        "f": "number",
        "f4": "number",
        "s": "string",
        "c": "string",
        "b": "boolean",
        "d": "date",
        "t": "time",
        "m": "datetime",
        "z": "datetime",
        "l": "array",
        "o": "object",
        "x": "string",
    }
    assert rows == [
        {
            "i": 1,
            "u": 2**64 - 1,
            "n": Decimal("1.50"),
            "f": Decimal("0.1"),
            "f4": Decimal("0.1"),
            "s": "01",
            "c": "x",
            "b": True,
            "d": day,
            "t": datetime.time(1, 2, 3),
            "m": moment,
            "z": zoned,
            "l": [1, 2],
            "o": {"k": "v"},
            "x": "AP8=",
        },
        dict.fromkeys(types),
    ]


@pytest.mark.parametrize("format_", READERS)
@pytest.mark.parametrize("limit", [1, 3, 4, 7, 100])
def test_no_more_rows_than_the_limit_are_read(tmp_path: Path, format_: str, limit: int) -> None:
    path = written(tmp_path, pa.table({"a": list(range(8))}), format_)
    found = READERS[format_](path, format_, {})
    cells = [cell for (column,), _ in found.chunks(limit) for cell in column.to_pylist()]
    assert cells == list(range(8))[:limit]


@pytest.mark.parametrize("format_", READERS)
def test_a_file_without_rows_has_its_fields(tmp_path: Path, format_: str) -> None:
    table = pa.table({"a": pa.array([], pa.int8()), "b": pa.array([], pa.string())})
    assert loaded(written(tmp_path, table, format_)) == ([], {"a": "integer", "b": "string"})


@pytest.mark.parametrize("format_", READERS)
def test_the_columns_that_are_wanted_alone_are_read(tmp_path: Path, format_: str) -> None:
    path = written(tmp_path, pa.table({"a": [1], "b": ["x"], "a.b": [2.5]}), format_)
    found = READERS[format_](path, format_, {})
    found.select([2, 0])
    assert found.names == ["a.b", "a"]
    assert [[column.to_pylist() for column in cells] for cells, _ in found.chunks(None)] == [
        [["2.5"], [1]]
    ]
    fields = [{"name": "b", "type": "string"}, {"name": "a", "type": "number"}]
    rows, _ = loaded(path, override_schema={"fields": fields})
    assert rows == [{"b": "x", "a": Decimal(1)}]


def test_other_steps_follow(tmp_path: Path) -> None:
    path = written(tmp_path, pa.table({"a": [1, 2], "b": ["x", "y"]}), "parquet")
    assert Flow(load(path), select_fields(["b"])).results()[0] == [[{"b": "x"}, {"b": "y"}]]


@pytest.mark.parametrize("format_", READERS)
@pytest.mark.parametrize("part", [0, 0.5, 0.95])
def test_a_broken_file_is_refused(tmp_path: Path, format_: str, part: float) -> None:
    path = written(tmp_path, pa.table({"a": list(range(1000))}), format_)
    data = (tmp_path / f"t.{format_}").read_bytes()
    (tmp_path / f"t.{format_}").write_bytes(data[: int(len(data) * part)])
    found = error_of(path, tmp_path)
    title = "Parquet" if format_ == "parquet" else "Arrow"
    assert f"<folder>/t.{format_}: not a whole {title} file" in found
    assert "fix: check that it was written to its end, or say what it is: format='csv'." in found


@pytest.mark.parametrize("format_", READERS)
def test_no_broken_file_ends_the_process(tmp_path: Path, format_: str) -> None:
    table = pa.table(
        {
            "i": list(range(50)),
            "s": [f"x{number}" for number in range(50)],
            "l": [[1, 2]] * 50,
            "c": pa.array(["p", "q"] * 25).dictionary_encode(),
        }
    )
    path = written(tmp_path, table, format_)
    code = (
        "import random, sys\n"
        "from dataflows import Flow, load\n"
        "from dataflows.errors import DataflowsException\n"
        "path, numbers = sys.argv[1], random.Random(7)\n"
        "whole = open(path, 'rb').read()\n"
        "for _ in range(150):\n"
        "    data = bytearray(whole)\n"
        "    for _ in range(numbers.choice([1, 2, 5])):\n"
        "        data[numbers.randrange(len(data))] = numbers.randrange(256)\n"
        "    with open(path, 'wb') as file:\n"
        "        file.write(data)\n"
        "    try:\n"
        "        Flow(load(path)).results()\n"
        "    except DataflowsException:\n"
        "        pass\n"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))

    done = subprocess.run(
        [sys.executable, "-c", code, path],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limit,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_option_that_means_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, pa.table({"a": [1]}), "parquet")
    monkeypatch.chdir(tmp_path)
    found = error_of("t.parquet", tmp_path, delimiter=";")
    assert found == (
        "Failed to load source 't.parquet' and options {'delimiter': ';'}:"
        " Parquet has no option 'delimiter'\n"
        "  at processor 1 of 1: load('t.parquet', delimiter=';')\n"
        "  fix: leave it out: the file itself tells how it is written."
    )


def test_a_file_that_changed_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, pa.table({"a": [1]}), "parquet")
    found = ParquetTable(path, "parquet", {})
    written(tmp_path, pa.table({"b": [1]}), "parquet")
    with pytest.raises(SourceLoadError) as caught:
        list(found.chunks(None))
    assert caught.value.what.replace(str(tmp_path), "") == (
        "/t.parquet: the file has other columns than when it was looked at"
    )


@pytest.mark.parametrize("note", [b"{", b"[1]", b'{"field": 3}', b'{"field": {}, "arrow": "x"}'])
def test_metadata_that_are_not_ours_mean_nothing(tmp_path: Path, note: bytes) -> None:
    field = pa.field("a", pa.int64(), metadata={b"dataflows:field": note})
    path = written(tmp_path, pa.table({"a": [1]}).cast(pa.schema([field])), "parquet")
    assert loaded(path) == ([{"a": 1}], {"a": "integer"})


def test_a_package_without_a_schema_has_the_types_of_the_file(tmp_path: Path) -> None:
    written(tmp_path, pa.table({"a": ["1"], "b": [2]}), "parquet")
    descriptor = {"name": "p", "resources": [{"name": "t", "path": "t.parquet", "schema": {}}]}
    (tmp_path / "datapackage.json").write_text(json.dumps(descriptor))
    rows, types = loaded(str(tmp_path / "datapackage.json"))
    assert (rows, types) == ([{"a": "1", "b": 2}], {"a": "string", "b": "integer"})


def test_what_is_inside_of_cells_is_plain(tmp_path: Path) -> None:
    pairs = pa.map_(pa.string(), pa.list_(pa.binary()))
    kind = pa.struct([("m", pairs), ("x", pa.int8())])
    cells = [{"m": [("k", [b"\x00", None])], "x": 1}, None, {"m": None, "x": None}]
    table = pa.table({"o": pa.array(cells, kind), "m": pa.array([[("a", [])], None, []], pairs)})
    rows, types = loaded(written(tmp_path, table, "parquet"))
    assert types == {"o": "object", "m": "object"}
    assert rows == [
        {"o": {"m": {"k": ["AA==", None]}, "x": 1}, "m": {"a": []}},
        {"o": None, "m": None},
        {"o": {"m": None, "x": None}, "m": {}},
    ]


def test_equal_names_can_be_numbered(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"])
    rows, types = loaded(written(tmp_path, table, "parquet"), deduplicate_headers=True)
    assert types == {"a (1)": "integer", "a (2)": "string"}
    assert rows == [{"a (1)": 1, "a (2)": "x"}]
