from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dataflows import Flow, dump_to_path, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "data"
    made.mkdir()
    (made / "b.csv").write_text("n\n2\n", encoding="utf-8")
    (made / "a.json").write_text('[{"n": 1}]', encoding="utf-8")
    return made


def test_every_table_of_a_folder_is_a_resource(folder: Path) -> None:
    (folder / ".hidden.csv").write_text("n\n3\n", encoding="utf-8")
    (folder / "inner").mkdir()
    (folder / "inner" / "c.csv").write_text("n\n4\n", encoding="utf-8")
    for source in ("data", "data/", folder, f"file://{folder}"):
        rows, package, _ = Flow(load(source)).results()
        assert package.resource_names == ["a", "b"]
        assert rows == [[{"n": 1}], [{"n": 2}]]


def test_a_format_chooses_the_files_of_a_folder(folder: Path) -> None:
    rows, package, _ = Flow(load(folder, format="csv")).results()
    assert (package.resource_names, rows) == (["b"], [[{"n": 2}]])


def test_what_is_no_table_is_left_out_with_a_warning(folder: Path) -> None:
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.warns(UserWarning, match=r"'data' these files are left out.*: notes\.txt"):
        assert len(Flow(load("data")).results()[0]) == 2


def test_the_data_package_of_a_folder_is_loaded(folder: Path) -> None:
    Flow([{"x": 5}], dump_to_path(folder)).process()
    assert Flow(load("data")).results()[0] == [[{"x": 5}]]
    assert len(Flow(load("data", format="csv")).results()[0]) == 2


def test_a_folder_without_tables_is_an_error(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(ProcessorError) as caught:
        Flow(load("data/empty")).process()
    assert str(caught.value) == (
        "Failed to load source 'data/empty' and options {}:"
        " there are no tables in the folder 'data/empty'\n"
        "  at processor 1 of 1: load('data/empty')\n"
        "  fix: name the files, and their format: load('data/empty/*.txt', format='csv')."
    )


def test_a_pattern_means_files_only(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "c.csv").write_text("n\n4\n", encoding="utf-8")
    assert Flow(load("data/**")).results()[1].resource_names == ["a", "b", "c"]


def test_the_files_of_a_folder_are_not_taken_away_by_a_dump_into_it(folder: Path) -> None:
    Flow([{"x": 5}], dump_to_path(folder, format="csv")).process()
    (folder / "datapackage.json").rename(folder / "former.json")
    (folder / "former.json").replace(folder / "datapackage.json")
    Flow(load("data", format="csv", name="other"), dump_to_path(folder)).process()
    assert (folder / "b.csv").read_text(encoding="utf-8") == "n\n2\n"
    assert (folder / "res_1.csv").is_file()
