"""One file as an output: whole or absent, one run at a time, and nothing left beside it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dataflows.errors import OutputError
from dataflows.processors.storage import replaced_file
from dataflows.processors.storage.file_output import StagedOutput, StreamOutput


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def written(path: str, data: bytes) -> StagedOutput:
    staged = StagedOutput(path)
    staged.open()
    with staged.create("whatever") as file:
        file.write(data)
    return staged


def test_the_new_file_takes_the_place_of_the_old_one_at_the_commit() -> None:
    Path("a.csv").write_bytes(b"old")
    staged = written("a.csv", b"new")
    staged.prepare()
    assert Path("a.csv").read_bytes() == b"old"
    staged.commit()
    staged.abort()
    assert (Path("a.csv").read_bytes(), names()) == (b"new", ["a.csv"])


@pytest.mark.parametrize("prepared", [False, True])
def test_an_abort_leaves_what_was_there_and_no_folder_that_was_made(prepared: bool) -> None:
    staged = written("new/folder/a.csv", b"half")
    if prepared:
        staged.prepare()
    staged.abort()
    staged.abort()
    assert names() == []


def test_a_file_that_stays_is_not_replaced() -> None:
    Path("a.csv").write_bytes(b"old")
    staged = written("a.csv", b"new")
    staged.prepare()
    staged.discard("a.csv")
    staged.commit()
    assert (Path("a.csv").read_bytes(), names()) == (b"old", ["a.csv"])


def test_a_link_is_replaced_and_not_followed() -> None:
    Path("real.csv").write_bytes(b"old")
    Path("a.csv").symlink_to("real.csv")
    staged = written("a.csv", b"new")
    staged.prepare()
    staged.commit()
    assert not Path("a.csv").is_symlink()
    assert (Path("real.csv").read_bytes(), Path("a.csv").read_bytes()) == (b"old", b"new")


def test_a_second_run_is_refused() -> None:
    first = written("a.csv", b"1")
    with pytest.raises(OutputError, match="is being written by this process"):
        StagedOutput("a.csv", lock_timeout_seconds=0.2).open()
    first.prepare()
    first.commit()
    assert (Path("a.csv").read_bytes(), names()) == (b"1", ["a.csv"])


def test_what_a_killed_run_left_goes_and_a_link_in_its_place_is_refused() -> None:
    Path(".a.csv.dataflows").symlink_to("/")
    with pytest.raises(OutputError, match="is a link"):
        StagedOutput("a.csv").open()


def test_a_folder_that_cannot_be_made_is_told() -> None:
    Path("file").touch()
    with pytest.raises(OutputError, match=r"cannot .* 'file/a.csv'"):
        StagedOutput("file/a.csv").open()


def test_an_open_file_stays_open() -> None:
    file = io.BytesIO()
    output = StreamOutput(file, "memory")
    output.open()
    with output.create("a.csv") as target:
        assert target.write(memoryview(b"id")) == 2
    output.prepare()
    output.commit()
    output.abort()
    assert (str(output), file.getvalue(), file.closed) == ("memory", b"id", False)


@pytest.mark.parametrize("stands", [True, False])
def test_an_interrupt_after_the_rename_puts_the_old_file_back(
    monkeypatch: pytest.MonkeyPatch, stands: bool
) -> None:
    if stands:
        Path("a.csv").write_bytes(b"old")
    staged = written("a.csv", b"new")
    staged.prepare()

    def interrupt(_: Path) -> None:
        assert Path("a.csv").read_bytes() == b"new"
        raise KeyboardInterrupt

    monkeypatch.setattr(replaced_file, "sync_folder", interrupt)
    with pytest.raises(KeyboardInterrupt):
        staged.commit()
    staged.abort()
    assert names() == (["a.csv"] if stands else [])
    assert not stands or Path("a.csv").read_bytes() == b"old"
