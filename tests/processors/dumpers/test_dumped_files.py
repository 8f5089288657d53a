"""The files of a dump: split, partitioned, compressed, without formulas, left alone if equal."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import os
import re
import resource
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import (
    Flow,
    dump_to_path,
    dump_to_zip,
    filter_rows,
    load,
    rejects,
    set_type,
    update_resource,
)
from dataflows.errors import ArgumentError, ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"country": "Italy", "year": 2020, "city": "Rome"},
    {"country": "Norway", "year": 2020, "city": "Oslo"},
    {"country": "Italy", "year": 2021, "city": "Pisa"},
    {"country": None, "year": 2021, "city": None},
    {"country": "Italy", "year": 2020, "city": "Bari"},
]


def dump(folder: Path, rows: list[dict[str, Any]] = ROWS, **options: Any) -> dict[str, Any]:
    """Dump rows as a.csv; return the descriptor of the resource."""
    Flow(
        rows, update_resource(-1, name="a", path="a.csv"), dump_to_path(folder, **options)
    ).process()
    return resource_of(folder)


def resource_of(folder: Path) -> dict[str, Any]:
    descriptor = json.loads((folder / "datapackage.json").read_bytes())
    found: dict[str, Any] = descriptor["resources"][0]
    return found


def loaded(folder: Path) -> list[dict[str, Any]]:
    (rows,) = Flow(load(folder / "datapackage.json")).results(on_error=None)[0]
    return rows


def files_of(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def by_city(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["city"]))


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def assert_valid(folder: Path) -> None:
    """Let frictionless judge a package."""
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "note"])


def error_of(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value)


# Files of so many rows


def test_so_many_rows_go_to_each_file(tmp_path: Path) -> None:
    resource = dump(tmp_path, max_rows_per_file=2)
    paths = ["a-00001.csv", "a-00002.csv", "a-00003.csv"]
    assert files_of(tmp_path) == [*paths, "datapackage.json"]
    assert resource["path"] == paths
    assert resource["count_of_rows"] == 5
    data = [(tmp_path / path).read_bytes() for path in paths]
    assert data[2] == b"country,year,city\r\nItaly,2020,Bari\r\n"
    assert not {"bytes", "hash"} & set(resource), "of several files they mean nothing"
    assert resource["dataflows:files"][0] == {
        "path": "a-00001.csv",
        "count_of_rows": 2,
        "bytes": len(data[0]),
        "hash": md5(data[0]),
    }
    assert loaded(tmp_path) == ROWS
    assert_valid(tmp_path)


@pytest.mark.parametrize("format_", ["csv", "json", "ndjson"])
@pytest.mark.parametrize("most", [1, 1000, 5001, 20_000])
def test_files_of_many_rows_read_back(tmp_path: Path, format_: str, most: int) -> None:
    rows = [{"id": number} for number in range(10_000 if most > 1 else 3)]
    resource = dump(tmp_path, rows, max_rows_per_file=most, format=format_)
    assert [one["count_of_rows"] for one in resource["dataflows:files"]] == [
        min(most, len(rows) - start) for start in range(0, len(rows), most)
    ]
    assert loaded(tmp_path) == rows


def test_a_resource_without_rows_has_one_file(tmp_path: Path) -> None:
    Flow(ROWS, filter_rows("year > 3000"), dump_to_path(tmp_path, max_rows_per_file=2)).process()
    assert files_of(tmp_path) == ["datapackage.json", "res_1-00001.csv"]
    assert loaded(tmp_path) == []
    Flow(ROWS, filter_rows("year > 3000"), dump_to_path(tmp_path, partition_by="country")).process()
    assert files_of(tmp_path) == ["datapackage.json", "res_1.csv"]


def test_the_files_of_a_former_dump_go_with_it(tmp_path: Path) -> None:
    dump(tmp_path, max_rows_per_file=1)
    dump(tmp_path, max_rows_per_file=3)
    assert files_of(tmp_path) == ["a-00001.csv", "a-00002.csv", "datapackage.json"]
    dump(tmp_path, partition_by=["country"])
    dump(tmp_path)
    assert files_of(tmp_path) == ["a.csv", "datapackage.json"]


def test_a_package_of_many_files_is_dumped_as_one_again(tmp_path: Path) -> None:
    dump(tmp_path / "in", max_rows_per_file=2, compression="gz")
    Flow(load(tmp_path / "in/datapackage.json"), dump_to_path(tmp_path / "out")).process()
    assert files_of(tmp_path / "out") == ["a.csv", "datapackage.json"]
    resource = resource_of(tmp_path / "out")
    assert "compression" not in resource
    assert "dataflows:files" not in resource
    assert loaded(tmp_path / "out") == ROWS


# Partitions


def test_each_value_has_a_file(tmp_path: Path) -> None:
    resource = dump(tmp_path, partition_by=["country"])
    paths = [
        "a/country=Italy/a.csv",
        "a/country=Norway/a.csv",
        "a/country=__HIVE_DEFAULT_PARTITION__/a.csv",
    ]
    assert files_of(tmp_path) == [*paths, "datapackage.json"]
    assert resource["path"] == paths
    assert (tmp_path / paths[0]).read_bytes() == (
        b"country,year,city\r\nItaly,2020,Rome\r\nItaly,2021,Pisa\r\nItaly,2020,Bari\r\n"
    )
    assert by_city(loaded(tmp_path)) == by_city(ROWS)
    assert_valid(tmp_path)


def test_partitions_of_two_fields_in_files_of_so_many_rows(tmp_path: Path) -> None:
    dump(tmp_path, partition_by=["country", "year"], max_rows_per_file=1)
    assert files_of(tmp_path)[:3] == [
        "a/country=Italy/year=2020/a-00001.csv",
        "a/country=Italy/year=2020/a-00002.csv",
        "a/country=Italy/year=2021/a-00001.csv",
    ]
    assert by_city(loaded(tmp_path)) == by_city(ROWS)


def test_rejected_rows_are_not_partitioned(tmp_path: Path) -> None:
    rows = [*ROWS, {"country": "Italy", "year": "x", "city": "Bari"}]
    step = set_type("year", type="integer", on_error=rejects())
    dump_it = dump_to_path(tmp_path, partition_by="country", max_rows_per_file=3)
    Flow(rows, set_type("year", type="any"), step, dump_it).process()
    rejected = [one for one in files_of(tmp_path) if "country" not in one]
    assert len(rejected) == 2
    assert files_of(tmp_path)[-1].startswith("res_1/country=__HIVE")


NASTY = [
    "..",
    "../../x",
    "/etc",
    "~",
    "a/b",
    "$HOME",
    "%41",
    "",
    ".",
    "é ü",
    "C:\\x",
    "\n",
    "a" * 80,
]


def test_no_value_leads_out_of_the_folder(tmp_path: Path) -> None:
    rows = [{"key": key, "city": str(number)} for number, key in enumerate(NASTY)]
    links = (rows, update_resource(-1, name="a", path="a.csv"))
    Flow(*links, dump_to_path(tmp_path / "out", partition_by="key")).process()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert len(files_of(tmp_path / "out")) == len(NASTY) + 1
    assert all(one.startswith(("a/key=", "datapackage")) for one in files_of(tmp_path / "out"))
    found = {row["key"] for row in loaded(tmp_path / "out")}
    assert {key for key in found if key} <= set(NASTY)
    assert len(loaded(tmp_path / "out")) == len(NASTY)


def test_too_many_partitions_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    rows = [{"id": number} for number in range(2000)]
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        for limit, most in ((limits[0], "[0-9]+"), (256, "156")):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limits[1]))
            text = error_of(rows, dump_to_path(tmp_path / "out", partition_by="id"))
            assert re.match(rf"partition_by=\['id'\] makes more than {most} files at once", text), (
                text
            )
            assert "  fix: partition by a field that has fewer values." in text
            assert list(tmp_path.iterdir()) == []
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_hundreds_of_partitions_are_written_and_the_rows_of_each_keep_their_order(
    tmp_path: Path,
) -> None:
    rows = [{"id": number, "key": number * 7919 % 500} for number in range(20_000)]
    Flow(rows, dump_to_path(tmp_path / "out", partition_by="key")).process()
    assert len(list((tmp_path / "out").rglob("*.csv"))) == 500
    assert sorted(loaded(tmp_path / "out"), key=lambda row: row["id"]) == rows
    text = (tmp_path / "out/res_1/key=7/res_1.csv").read_text()
    one = csv.DictReader(text.splitlines())
    assert [int(row["id"]) for row in one] == [row["id"] for row in rows if row["key"] == 7]


def test_what_a_later_step_changes_is_not_in_the_partitions(tmp_path: Path) -> None:
    rows = [{"key": "a", "list": [number], "n": number} for number in range(3)]

    def change(row: dict[str, Any]) -> None:
        row["list"].append("changed")
        row["n"] = -1

    def dump(format_: str) -> Any:
        return dump_to_path(tmp_path / format_, partition_by="key", format=format_)

    Flow(rows, dump("csv"), change, dump("json")).process()
    assert [(row["list"], row["n"]) for row in loaded(tmp_path / "csv")] == [
        ([0], 0),
        ([1], 1),
        ([2], 2),
    ]
    assert [row["n"] for row in loaded(tmp_path / "json")] == [-1, -1, -1]


def test_a_bad_text_in_a_partition_is_told_with_its_row(tmp_path: Path) -> None:
    rows = [{"key": number % 3, "text": "\x00" if number == 700 else "x"} for number in range(900)]
    text = error_of(rows, dump_to_path(tmp_path / "out", partition_by="key", format="xlsx"))
    assert "a character that no Excel file can hold" in text
    assert "row 701, field 'text'" in text


def test_a_partition_by_a_field_that_is_not_there_is_refused(tmp_path: Path) -> None:
    text = error_of(ROWS, dump_to_path(tmp_path / "out", partition_by=["contry"]))
    assert text.startswith("no field named 'contry' to partition the resource 'res_1' by")
    assert "did you mean 'country'?" in text


# Compression


@pytest.mark.parametrize("format_", ["csv", "json", "ndjson"])
@pytest.mark.parametrize(("compression", "ending"), [("gz", "gz"), ("zstd", "zst")])
def test_compressed_files_read_back(
    tmp_path: Path, format_: str, compression: str, ending: str
) -> None:
    rows = [{"id": number, "text": f"é{number}" * 9} for number in range(20_000)]
    resource = dump(tmp_path, rows, format=format_, compression=compression)
    path = f"a.{format_}.{ending}"
    assert files_of(tmp_path) == [path, "datapackage.json"]
    data = (tmp_path / path).read_bytes()
    assert (resource["path"], resource["compression"]) == (path, compression)
    assert (resource["bytes"], resource["hash"]) == (len(data), md5(data))
    assert loaded(tmp_path) == rows


# frictionless leaves the file to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_gz_is_what_everybody_reads_and_equal_rows_make_equal_files(tmp_path: Path) -> None:
    dump(tmp_path / "a", compression="gz")
    dump(tmp_path / "b", compression="gz")
    data = (tmp_path / "a/a.csv.gz").read_bytes()
    assert gzip.decompress(data).startswith(b"country,year,city\r\nItaly,2020,Rome\r\n")
    assert data == (tmp_path / "b/a.csv.gz").read_bytes()
    assert_valid(tmp_path / "a")


def test_a_compressed_package_is_dumped_again_in_any_way(tmp_path: Path) -> None:
    dump(tmp_path / "a", compression="gz")
    again = load(tmp_path / "a/datapackage.json")
    Flow(again, dump_to_path(tmp_path / "b", compression="zstd")).process()
    assert files_of(tmp_path / "b") == ["a.csv.zst", "datapackage.json"]
    Flow(again, dump_to_path(tmp_path / "c", force_format=False)).process()
    assert files_of(tmp_path / "c") == ["a.csv", "datapackage.json"]


# Formulas


def test_texts_that_look_like_formulas_are_quoted(tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-x", "@SUM(A1)", "\tx", "\rx", "a=1", "", None, "'=1"]
    rows = [{"text": text, "number": -number} for number, text in enumerate(texts)]
    dump(tmp_path / "plain", rows)
    dump(tmp_path / "safe", rows, escape_formulas=True)
    read = load(tmp_path / "safe/a.csv", strip=False, infer_strategy=load.INFER_STRINGS)
    found = Flow(read).results()[0][0]
    assert [row["text"] or "" for row in found] == [
        *("'=1+1", "'+1", "'-x", "'@SUM(A1)", "'\tx", "'\rx", "a=1", "", "", "'=1"),
    ]
    assert [row["number"] for row in found] == [str(-number) for number in range(len(texts))]
    assert b"\r\n=1+1,0\r\n" in (tmp_path / "plain/a.csv").read_bytes()


def test_formulas_are_not_escaped_where_there_are_none(tmp_path: Path) -> None:
    dump(tmp_path, [{"text": "=1"}], escape_formulas=True, format="json")
    assert loaded(tmp_path) == [{"text": "=1"}]


def test_the_rows_that_go_on_are_not_escaped(tmp_path: Path) -> None:
    flow = Flow([{"text": "=1"}], dump_to_path(tmp_path, escape_formulas=True))
    assert flow.results()[0] == [[{"text": "=1"}]]


def test_a_field_named_like_a_formula_is_refused(tmp_path: Path) -> None:
    text = error_of([{"=x": 1}], dump_to_path(tmp_path / "out", escape_formulas=True))
    assert text.startswith("a spreadsheet could take the name '=x' of a field for a formula")


# Files that stand there already


def test_an_equal_file_is_left_alone(tmp_path: Path) -> None:
    links = (ROWS, update_resource(-1, path="a.csv"))
    Flow(*links, [{"b": 1}], dump_to_path(tmp_path)).process()
    for path in tmp_path.iterdir():
        os.utime(path, (1, 1))
    inode = (tmp_path / "a.csv").stat().st_ino
    Flow(*links, [{"b": 2}], dump_to_path(tmp_path)).process()
    assert (tmp_path / "a.csv").stat().st_mtime == 1
    assert (tmp_path / "a.csv").stat().st_ino == inode
    assert (tmp_path / "res_2.csv").stat().st_mtime > 1
    assert (tmp_path / "datapackage.json").stat().st_mtime > 1
    assert files_of(tmp_path) == ["a.csv", "datapackage.json", "res_2.csv"]


def test_a_file_that_was_changed_in_its_place_is_written_again(tmp_path: Path) -> None:
    dump(tmp_path)
    data = (tmp_path / "a.csv").read_bytes()
    (tmp_path / "a.csv").write_bytes(data[::-1])
    dump(tmp_path)
    assert (tmp_path / "a.csv").read_bytes() == data


def test_a_link_to_an_equal_file_is_replaced(tmp_path: Path) -> None:
    dump(tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/a.csv").symlink_to(tmp_path / "a/a.csv")
    dump(tmp_path / "b")
    assert not (tmp_path / "b/a.csv").is_symlink()


def test_hashed_and_split_files_are_left_alone_too(tmp_path: Path) -> None:
    options: dict[str, Any] = {"add_filehash_to_path": True, "max_rows_per_file": 2}
    dump(tmp_path, **options)
    assert sorted(one.count("/") for one in files_of(tmp_path)) == [0, 1, 1, 1]
    for path in tmp_path.rglob("*.csv"):
        os.utime(path, (1, 1))
    dump(tmp_path, [*ROWS[:4], {**ROWS[4], "city": "Como"}], **options)
    times = sorted(path.stat().st_mtime for path in tmp_path.rglob("*.csv"))
    assert times[:2] == [1, 1]
    assert len(times) == 3
    assert times[2] > 1


# Wrong calls


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (
            {"max_rows_per_file": 0},
            "max_rows_per_file must be a whole number above 0, got 0",
        ),
        (
            {"max_rows_per_file": True},
            "max_rows_per_file must be a whole number above 0, got True",
        ),
        ({"partition_by": 3}, "partition_by must be names of fields, got 3"),
        ({"partition_by": ["a", 3]}, "partition_by must be names of fields, got ['a', 3]"),
    ],
)
def test_a_wrong_option_is_refused_at_the_call(options: dict[str, Any], what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        dump_to_path("out", **options)
    assert caught.value.what == what


def test_an_unknown_compression_is_refused_at_the_call() -> None:
    with pytest.raises(ArgumentError, match="compression"):
        dump_to_path("out", compression="rar")


# Zips


def test_a_zip_may_be_split_and_partitioned(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    dump_it = dump_to_zip(path, partition_by=["country"], max_rows_per_file=2)
    Flow(ROWS, set_type("year", type="integer"), dump_it).process()
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == [
            "datapackage.json",
            "res_1/country=Italy/res_1-00001.csv",
            "res_1/country=Italy/res_1-00002.csv",
            "res_1/country=Norway/res_1-00001.csv",
            "res_1/country=__HIVE_DEFAULT_PARTITION__/res_1-00001.csv",
        ]
    (rows,) = Flow(load(path)).results()[0]
    assert by_city(rows) == by_city(ROWS)
    assert [one.name for one in tmp_path.iterdir()] == ["out.zip"]


def test_a_zip_is_compressed_already() -> None:
    with pytest.raises(ArgumentError, match="a zip is compressed"):
        dump_to_zip("out.zip", compression="gz")
