"""One workbook of all resources, a sheet each: what is written, and what loads back."""

from __future__ import annotations

import datetime
import json
import zipfile
from typing import TYPE_CHECKING, Any

import frictionless
import openpyxl
import pytest

from dataflows import (
    Flow,
    dump_to_path,
    dump_to_zip,
    load,
    rejects,
    set_type,
    update_resource,
)
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

TABLES: list[list[dict[str, Any]]] = [
    [{"id": 1, "day": datetime.date(2020, 1, 2)}, {"id": 2, "day": None}],
    [{"city": "São Paulo"}],
    [{"size": 3}],
]
BOOK = {"format": "xlsx", "options": {"workbook": "data/book.xlsx"}}


def error_of(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value).partition("\n  at ")[0]


def test_every_resource_is_a_sheet_and_loads_back(tmp_path: Path) -> None:
    _, stats = Flow(*TABLES, dump_to_path(tmp_path, **BOOK)).process()
    book = tmp_path / "data/book.xlsx"
    assert openpyxl.load_workbook(book).sheetnames == ["res_1", "res_2", "res_3"]
    descriptor = json.loads((tmp_path / "datapackage.json").read_text())
    found = [
        (one["path"], one["dialect"]["sheet"], one["count_of_rows"], one["bytes"])
        for one in descriptor["resources"]
    ]
    size = book.stat().st_size
    assert found == [
        ("data/book.xlsx", name, rows, size)
        for name, rows in (("res_1", 2), ("res_2", 1), ("res_3", 1))
    ]
    assert (descriptor["count_of_rows"], descriptor["bytes"]) == (4, size)
    assert stats["count_of_rows"] == 4
    assert Flow(load(tmp_path / "datapackage.json")).results()[0] == TABLES
    assert Flow(load(book, sheet="res_2")).results()[0] == [TABLES[1]]


def test_another_program_finds_the_sheets_of_the_package(tmp_path: Path) -> None:
    Flow(*TABLES, dump_to_path(tmp_path, **BOOK)).process()
    assert frictionless.validate(str(tmp_path / "datapackage.json")).valid


def test_in_a_zip_with_the_hash_in_its_path_and_equal_each_time(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        path = tmp_path / name
        Flow(*TABLES, dump_to_zip(path, add_filehash_to_path=True, **BOOK)).process()
        assert len(zipfile.ZipFile(path).namelist()) == 2
        assert Flow(load(path, format="datapackage")).results()[0] == TABLES
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_beside_files_of_other_formats(tmp_path: Path) -> None:
    options = {"force_format": False, "options": BOOK["options"]}
    names = ("a.xlsx", "b.csv", "c.xlsx")
    paths = [update_resource(number, path=name) for number, name in enumerate(names)]
    target = tmp_path / "out.zip"
    Flow(*TABLES, *paths, dump_to_zip(target, **options)).process()
    members = set(zipfile.ZipFile(target).namelist())
    assert members == {"data/book.xlsx", "b.csv", "datapackage.json"}
    assert Flow(load(target, format="datapackage")).results()[0] == TABLES


def test_rejected_rows_are_the_last_sheet(tmp_path: Path) -> None:
    rows = [{"a": "1"}, {"a": "x"}]
    step = set_type("a", resources="res_1", type="integer", on_error=rejects())
    Flow(rows, [{"b": 1}], step, dump_to_path(tmp_path, **BOOK)).process()
    names = openpyxl.load_workbook(tmp_path / "data/book.xlsx").sheetnames
    assert names[:2] == ["res_1", "res_2"]
    assert len(names) == 3
    assert Flow(load(tmp_path / "datapackage.json")).results()[0][:2] == [[{"a": 1}], [{"b": 1}]]


def test_rows_that_the_dump_itself_rejects_are_the_last_sheet(tmp_path: Path) -> None:
    step = dump_to_path(tmp_path, **BOOK, validator_options={"on_error": rejects()})
    wrong = update_resource("res_1", schema={"fields": [{"name": "a", "type": "integer"}]})
    Flow([{"a": 1}, {"a": "x"}], [{"b": 1}], wrong, step).process()
    found, package, _ = Flow(load(tmp_path / "datapackage.json")).results()
    assert found[:2] == [[{"a": 1}], [{"b": 1}]]
    assert (len(package.resources), len(found[2])) == (3, 1)


def test_a_failure_in_a_later_sheet_leaves_the_old_workbook(tmp_path: Path) -> None:
    Flow(*TABLES, dump_to_path(tmp_path, **BOOK)).process()
    before = (tmp_path / "data/book.xlsx").read_bytes()

    def broken(row: dict[str, Any]) -> None:
        if "size" in row:
            raise ValueError("no")

    with pytest.raises(ProcessorError):
        Flow(*TABLES, broken, dump_to_path(tmp_path, **BOOK)).process()
    assert (tmp_path / "data/book.xlsx").read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data", "datapackage.json"]


def test_compressed_and_by_two_dumps_of_one_flow(tmp_path: Path) -> None:
    first = dump_to_path(tmp_path / "a", compression="gz", **BOOK)
    Flow(*TABLES, first, dump_to_path(tmp_path / "b", **BOOK)).process()
    for place in ("a", "b"):
        assert Flow(load(tmp_path / place / "datapackage.json")).results()[0] == TABLES


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (
            {"workbook": "book.xls"},
            "workbook is the path of an Excel file in the output, got 'book.xls'",
        ),
        (
            {"workbook": "book.xlsx", "sheetname": "a"},
            "workbook and sheetname do not go together: each resource is a sheet",
        ),
        (
            {"workbook": "book.xlsx", "update_existing": "a.xlsx"},
            "workbook and update_existing do not go together: each resource is a sheet",
        ),
    ],
)
def test_options_that_cannot_be_are_refused(
    tmp_path: Path, options: dict[str, Any], shown: str
) -> None:
    assert error_of([{"a": 1}], dump_to_path(tmp_path, format="xlsx", options=options)) == shown


def test_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    names = [update_resource(number, name=name) for number, name in ((0, "city"), (1, "City"))]
    assert error_of(TABLES[1], TABLES[2], *names, dump_to_path(tmp_path, **BOOK)) == (
        "the resources 'city' and 'City' would both be written to the part 'City' of "
        "'data/book.xlsx'"
    )


def test_a_workbook_cannot_be_split(tmp_path: Path) -> None:
    shown = "one file of all resources cannot be partitioned, or split by max_rows_per_file"
    for split in ({"max_rows_per_file": 1}, {"partition_by": ["id"]}):
        step = dump_to_path(tmp_path, **BOOK, **split)
        assert error_of([{"id": 1}], step) == shown


def test_no_place_outside_of_the_output(tmp_path: Path) -> None:
    step = dump_to_path(tmp_path / "out", format="xlsx", options={"workbook": "../book.xlsx"})
    assert "../book.xlsx" in error_of([{"a": 1}], step)
    assert not (tmp_path / "book.xlsx").exists()
