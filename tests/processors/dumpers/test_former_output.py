"""A dump takes the place of the former one in its folder, and of nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, filter_rows, load, sources, update_resource

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"id": 1}, {"id": 2}]


def files_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def dump(folder: Path, *names: str, **options: Any) -> None:
    """Dump one resource a name."""
    links = [
        link
        for name in names
        for link in (ROWS, update_resource(-1, name=name.replace("/", "-"), path=f"{name}.csv"))
    ]
    Flow(*links, dump_to_path(folder, **options)).process()


def test_files_that_the_new_dump_does_not_have_are_gone_with_the_old(tmp_path: Path) -> None:
    dump(tmp_path, "a", "deep/b", "c")
    dump(tmp_path, "c", "d")
    assert files_of(tmp_path) == ["c.csv", "d.csv", "datapackage.json"]
    dump(tmp_path, "c", format="json")
    assert files_of(tmp_path) == ["c.json", "datapackage.json"]


def test_a_hash_in_the_path_leaves_no_former_versions(tmp_path: Path) -> None:
    dump(tmp_path, "a", add_filehash_to_path=True)
    Flow([{"x": 1}], update_resource(-1, path="a.csv"), dump_to_path(tmp_path)).process()
    assert files_of(tmp_path) == ["a.csv", "datapackage.json"]


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("id\n1\n")
    dump(tmp_path, "a")
    dump(tmp_path, "b")
    assert files_of(tmp_path) == ["b.csv", "datapackage.json", "mine.csv"]


def test_a_file_that_somebody_has_changed_stays(tmp_path: Path) -> None:
    dump(tmp_path, "a", "b")
    (tmp_path / "a.csv").write_text("id\r\n3\r\n4\r\n")
    dump(tmp_path, "c")
    assert files_of(tmp_path) == ["a.csv", "c.csv", "datapackage.json"]


@pytest.mark.parametrize("without", ["count_of_rows", "hash", "bytes"])
def test_files_that_no_dump_has_described_stay(tmp_path: Path, without: str) -> None:
    dump(tmp_path, "a")
    path = tmp_path / "datapackage.json"
    descriptor = json.loads(path.read_text())
    del descriptor["resources"][0][without]
    path.write_text(json.dumps(descriptor))
    dump(tmp_path, "b")
    assert files_of(tmp_path) == ["a.csv", "b.csv", "datapackage.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resources": 5}', '{"resources": [5]}'])
def test_a_former_descriptor_that_is_none_is_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / "datapackage.json").write_text(text)
    dump(tmp_path, "a")
    assert files_of(tmp_path) == ["a.csv", "datapackage.json"]


@pytest.mark.parametrize("source", ["datapackage.json", "a.csv", "*.csv"])
def test_what_the_flow_itself_loads_stays(tmp_path: Path, source: str) -> None:
    dump(tmp_path, "a", "b")
    before = (tmp_path / "a.csv").read_bytes()
    Flow(
        load(tmp_path / source),
        filter_rows("id > 1"),
        dump_to_path(tmp_path, format="json"),
    ).process()
    assert (tmp_path / "a.csv").read_bytes() == before


def test_what_a_source_within_the_flow_loads_stays(tmp_path: Path) -> None:
    dump(tmp_path, "a", "b")
    steps = [sources([{"x": 1}], load(tmp_path / "a.csv")), dump_to_path(tmp_path, format="json")]
    Flow(*steps).process()
    assert files_of(tmp_path) == ["a.csv", "a.json", "b.csv", "datapackage.json", "res_1.json"]


def test_nothing_outside_is_ever_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    dump(out, "a")
    (out / "a.csv").rename(tmp_path / "a.csv")
    path = out / "datapackage.json"
    path.write_text(path.read_text().replace('"a.csv"', '"../a.csv"'))
    dump(out, "b")
    assert files_of(tmp_path) == ["a.csv", "out/b.csv", "out/datapackage.json"]
