"""The classes that scripts of 0.5.12 subclass to write somewhere of their own."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import (
    Flow,
    dump_to_path,
    dump_to_sql,
    dump_to_zip,
    head,
    load,
    set_type,
    update_resource,
)
from dataflows.errors import ArgumentError, ProcessorError
from dataflows.processors.dumpers.dumper_base import DumperBase
from dataflows.processors.dumpers.file_dumper import FileDumper
from dataflows.processors.dumpers.formats import (
    CSVFormat,
    ExcelFormat,
    FileFormat,
    GeoJSONFormat,
    JSONFormat,
)
from dataflows.processors.dumpers.to_path import PathDumper
from dataflows.processors.dumpers.to_sql import SQLDumper
from dataflows.processors.dumpers.to_zip import ZipDumper

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [
    {
        "i": 1,
        "n": Decimal("1.50"),
        "t": "=1+1",
        "d": datetime.date(2020, 1, 2),
        "at": datetime.datetime(2020, 1, 2, 3, 4, 5),  # noqa: DTZ001 - as files have it
        "b": True,
        "a": [1, "é"],
        "o": {"x": None},
    },
    dict.fromkeys(("i", "n", "t", "d", "at", "b", "a", "o")),
]
NO_COUNTERS = dict.fromkeys(
    ["datapackage-bytes", "datapackage-hash", "resource-bytes", "resource-hash"]
)


class Kept(FileDumper):
    """Keeps the files in memory, and the order of all that is called."""

    def __init__(self, options: dict[str, Any] | None = None) -> None:
        super().__init__(options or {})
        self.calls: list[str] = []
        self.files: dict[str, bytes] = {}

    def initialize(self) -> None:
        self.calls.append("initialize")

    def process_resource(self, resource: Any) -> Iterator[dict[str, Any]]:
        self.calls.append(f"process_resource {resource.res.name}")
        yield from super().process_resource(resource)

    def rows_processor(self, resource: Any, writer: Any, temp_file: Any) -> Iterator[Any]:
        self.calls.append(f"rows_processor {type(writer).__name__} {temp_file.mode}")
        yield from super().rows_processor(resource, writer, temp_file)

    def handle_datapackage(self) -> None:
        self.calls.append("handle_datapackage")
        super().handle_datapackage()

    def finalize(self) -> None:
        self.calls.append("finalize")

    def write_file_to_output(self, filename: str, path: str) -> str:
        self.calls.append(f"write {path}")
        self.files[path] = Path(filename).read_bytes()
        return path


def test_the_methods_of_a_dumper_of_ones_own_are_called_in_their_order() -> None:
    dumper = Kept()

    def after(rows: Any) -> Iterator[Any]:
        for row in rows:
            dumper.calls.append(f"row {row}")
            yield row

    _, stats = Flow([{"a": 1}], [{"c": "x"}], dumper, after).process()
    assert dumper.calls == [
        "initialize",
        "process_resource res_1",
        "rows_processor CSVFormat w+",
        "row {'a': 1}",
        "process_resource res_2",
        "rows_processor CSVFormat w+",
        "row {'c': 'x'}",
        "handle_datapackage",
        "write ./res_1.csv",
        "write ./res_2.csv",
        "write datapackage.json",
        "finalize",
    ]
    found = json.loads(dumper.files.pop("datapackage.json"))
    assert dumper.files == {"./res_1.csv": b"a\r\n1\r\n", "./res_2.csv": b"c\r\nx\r\n"}
    assert [(one["bytes"], one["count_of_rows"]) for one in found["resources"]] == [(6, 1), (6, 1)]
    assert (stats["count_of_rows"], found["bytes"], stats["hash"]) == (2, 12, found["hash"])


def test_nothing_is_put_out_when_a_later_step_fails() -> None:
    dumper = Kept()

    def fails(rows: Any) -> Iterator[Any]:
        yield from rows
        if rows.res.name == "res_2":
            message = "at the end"
            raise ValueError(message)

    with pytest.raises(ProcessorError, match="at the end"):
        Flow([{"a": 1}], [{"a": 2}], dumper, fails).process()
    assert dumper.files == {}
    assert dumper._folder is None


def test_a_failure_of_ones_own_output_is_that_of_the_step(tmp_path: Path) -> None:
    class Refuses(FileDumper):
        def write_file_to_output(self, filename: str, path: str) -> None:
            raise OSError(28, "No space left")

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], dump_to_path(tmp_path / "out"), Refuses({})).process()
    assert isinstance(caught.value.cause, OSError)
    assert caught.value.processor_name == "Refuses"
    assert not (tmp_path / "out" / "datapackage.json").exists()


def test_rows_that_nobody_asks_for_are_written() -> None:
    dumper = Kept()
    rows = Flow([{"a": n} for n in range(5000)], dumper, head(2)).results()[0]
    assert rows == [[{"a": 0}, {"a": 1}]]
    assert dumper.files["./res_1.csv"].count(b"\n") == 5001


def test_a_flow_with_a_dumper_of_ones_own_runs_twice() -> None:
    dumper = Kept()
    flow = Flow([{"a": 1}], dumper)
    flow.process()
    first = dict(dumper.files)
    flow.process()
    assert dumper.files == first


def test_a_key_without_a_field_is_refused() -> None:
    def extra(row: Any) -> None:
        row["b"] = 2

    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], extra, Kept()).process()
    assert "the row has a key 'b' that is not in the schema: its value 2 would be lost" in str(
        caught.value.cause
    )


def test_hashes_and_options_of_a_dumper_of_ones_own() -> None:
    dumper = Kept(
        {
            "add_filehash_to_path": True,
            "format": "json",
            "counters": {"resource-bytes": "stats.size", "resource-hash": None},
            "pretty_descriptor": False,
            "bucket": "an option of the subclass",
        }
    )
    Flow([{"a": 1}], update_resource(None, path="data/x.csv"), dumper).process()
    digest = hashlib.md5(b'[{"a": 1}]', usedforsecurity=False).hexdigest()
    assert list(dumper.files) == [f"./data/{digest}/x.json", "datapackage.json"]
    (found,) = json.loads(dumper.files["datapackage.json"])["resources"]
    assert found["stats"] == {"size": 10}
    assert "hash" not in found
    assert f"./{found['path']}" in dumper.files


@pytest.mark.parametrize(
    ("name", "format_class"),
    [
        ("csv", CSVFormat),
        ("json", JSONFormat),
        ("geojson", GeoJSONFormat),
        ("xlsx", ExcelFormat),
    ],
)
def test_a_format_row_by_row_is_that_by_columns(
    tmp_path: Path, name: str, format_class: type[FileFormat]
) -> None:
    mine = type("Mine", (format_class,), {})
    options: dict[str, Any] = {"format": name, "counters": NO_COUNTERS}
    Flow(ROWS, dump_to_path(tmp_path / "own", **options)).process()
    formatters = {name: mine}
    Flow(ROWS, dump_to_path(tmp_path / "mine", file_formatters=formatters, **options)).process()
    Flow(ROWS, PathDumper(tmp_path / "class", **options)).process()
    own = (tmp_path / "own" / "datapackage.json").read_bytes()
    for other in ("mine", "class"):
        assert (tmp_path / other / "datapackage.json").read_bytes() == own
        found = Flow(load(tmp_path / other / "datapackage.json")).results()[0]
        assert found == [ROWS]
    if name in ("csv", "json"):
        file = f"res_1.{name}"
        assert (tmp_path / "mine" / file).read_bytes() == (tmp_path / "own" / file).read_bytes()


def test_options_of_the_writer_reach_a_format_of_ones_own(tmp_path: Path) -> None:
    class Yes(CSVFormat):
        SERIALIZERS = {**CSVFormat.SERIALIZERS, "boolean": {True: "yes", False: "no"}.get}  # noqa: RUF012 - as scripts write it

    dump = dump_to_path(
        tmp_path, file_formatters={"csv": Yes}, options={"delimiter": ";"}, use_titles=True
    )
    Flow([{"a": True, "b": 1}], dump).process()
    assert (tmp_path / "res_1.csv").read_bytes() == b"a;b\r\nyes;1\r\n"
    (found,) = json.loads((tmp_path / "datapackage.json").read_text())["resources"]
    assert found["dialect"]["delimiter"] == ";"


def test_a_place_is_the_geometry(tmp_path: Path) -> None:
    rows = [{"at": "4.9, 52", "city": "A"}, {"at": None, "city": "B"}]
    dump = dump_to_path(tmp_path, format="geojson", file_formatters={"geojson": GeoJSONFormat})
    Flow(rows, set_type("at", type="geopoint"), dump).process()
    found = json.loads((tmp_path / "res_1.geojson").read_text())
    assert [(one["geometry"], one["properties"]) for one in found["features"]] == [
        ({"type": "Point", "coordinates": [4.9, 52.0]}, {"city": "A"}),
        (None, {"city": "B"}),
    ]


def test_a_workbook_keeps_its_other_sheets(tmp_path: Path) -> None:
    for sheet in ("one", "two"):
        options = {"sheetname": sheet, "update_existing": str(tmp_path / "res_1.xlsx")}
        formatters = {"xlsx": ExcelFormat}
        dump = dump_to_path(tmp_path, format="xlsx", options=options, file_formatters=formatters)
        Flow([{"a": sheet}], dump).process()
    found = [Flow(load(tmp_path / "res_1.xlsx", sheet=n)).results()[0] for n in ("one", "two")]
    assert found == [[[{"a": "one"}]], [[{"a": "two"}]]]


def test_a_folder_holds_the_new_output_or_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    Flow([{"a": 1}], [{"b": 1}], PathDumper(out)).process()
    before = {one.name: one.read_bytes() for one in out.iterdir()}

    class Breaks(PathDumper):
        def write_file_to_output(self, filename: str, path: str) -> Any:
            if path == "datapackage.json":
                message = "before the end"
                raise OSError(message)
            return super().write_file_to_output(filename, path)

    with pytest.raises(ProcessorError, match="before the end"):
        Flow([{"a": 2}], Breaks(out)).process()
    assert {one.name: one.read_bytes() for one in out.iterdir() if one.is_file()} == before
    Flow([{"a": 3}], PathDumper(out)).process()
    assert sorted(one.name for one in out.iterdir()) == ["datapackage.json", "res_1.csv"]
    assert Flow(load(out / "datapackage.json")).results()[0] == [[{"a": 3}]]


def test_a_zip_of_a_class_is_that_of_the_function(tmp_path: Path) -> None:
    dumper = ZipDumper(tmp_path / "class.zip")
    Flow(ROWS, dumper).process()
    Flow(ROWS, dump_to_zip(tmp_path / "own.zip")).process()
    assert dumper.out_file.closed
    one, two = (zipfile.ZipFile(tmp_path / name) for name in ("class.zip", "own.zip"))
    with one, two:
        assert one.namelist() == two.namelist()
        assert [one.read(n) for n in one.namelist()] == [two.read(n) for n in two.namelist()]


def test_a_dumper_of_no_files_at_all() -> None:
    class Sums(DumperBase):
        total = 0

        def process_resource(self, resource: Any) -> Iterator[dict[str, Any]]:
            for row in resource:
                self.total += row["a"]
                yield row

    dumper = Sums()
    _, stats = Flow([{"a": 1}, {"a": 2}], dumper).process()
    assert dumper.total == 3
    assert (stats["count_of_rows"], stats["bytes"]) == (2, None)


def test_helpers_of_dumpers() -> None:
    obj: dict[str, Any] = {}
    DumperBase.set_attr(obj, "a.b", 3)
    DumperBase.inc_attr(obj, "a.b", 4)
    DumperBase.inc_attr(obj, "c", 1)
    DumperBase.set_attr(obj, None, 1)
    assert obj == {"a": {"b": 7}, "c": 1}
    assert DumperBase.get_attr(obj, "a.x") is None
    assert DumperBase.get_attr(obj, None, 5) == 5
    found = FileDumper.hash_handler(io.BytesIO(b"abc")).hexdigest()
    assert found == "900150983cd24fb0d6963f7d28e17f72"


def test_sql_dumper_is_dump_to_sql() -> None:
    assert SQLDumper is dump_to_sql


def test_what_cannot_be_is_said_at_the_call(tmp_path: Path) -> None:
    with pytest.raises(
        ArgumentError, match="PathDumper has no class that writes the format 'parquet'"
    ):
        PathDumper(tmp_path, format="parquet")
    with pytest.raises(ArgumentError, match="PathDumper has no option 'formt'"):
        PathDumper(tmp_path, formt="csv")
    with pytest.raises(ArgumentError, match="out_file is the path of a zip"):
        ZipDumper(None)
    with pytest.raises(ArgumentError, match="out_path is the path of a folder"):
        PathDumper(3)
    with pytest.raises(ProcessorError, match="two steps of this flow write into"):
        Flow([{"a": 1}], PathDumper(tmp_path), dump_to_path(tmp_path)).process()


def test_the_functions_can_be_extended_as_classes(tmp_path: Path) -> None:
    written = []

    class Told(dump_to_path):  # type: ignore[misc,valid-type] # a function, which has a class
        def write_file_to_output(self, filename: str, path: str) -> Any:
            written.append(path)
            return super().write_file_to_output(filename, path)

    class Zipped(dump_to_zip):  # type: ignore[misc,valid-type] # a function, which has a class
        pass

    Flow([{"a": 1}], Told(tmp_path / "out"), Zipped(tmp_path / "out.zip")).process()
    assert written == ["./res_1.csv", "datapackage.json"]
    assert issubclass(Told, PathDumper)
    assert Flow(load(tmp_path / "out.zip", format="datapackage")).results()[0] == [[{"a": 1}]]
