"""Files from elsewhere: read as they arrive, or from a private temporary file."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest

from dataflows import Flow, load
from dataflows.errors import FlowError, ProcessorError
from dataflows.processors.storage import known
from dataflows.processors.storage.opened import Arriving, OpenedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CITIES = "id,city\n1,Rome\n2,Århus\n"
ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Århus"}]
FILES: dict[str, bytes] = {}


def zipped(name: str) -> bytes:
    with io.BytesIO() as file:
        with ZipFile(file, "w") as archive:
            archive.writestr(name, CITIES)
        return file.getvalue()


class Counted(io.BytesIO):
    """Bytes that come in small pieces, and are counted."""

    read_bytes = 0
    opened = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(min(1000, size or 0))
        Counted.read_bytes += len(data)
        return data


def open_shelf(address: str, options: Mapping[str, Any]) -> OpenedFile:
    """Open a file of the test, as a scheme would."""
    name = address.rpartition("/")[2]
    Counted.opened += 1
    given = {key: value for key, value in options.items() if key != "shelf"}
    told = options.get("shelf")
    return OpenedFile(Counted(FILES[name]), name, address, told, given)


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Give the scheme `shelf`, and a folder for temporary files of which nothing must remain."""
    monkeypatch.setattr(known, "opener_of", {"shelf": open_shelf}.get)
    monkeypatch.setattr("dataflows.processors.loaders.tables.opener_of", known.opener_of)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    FILES.clear()
    Counted.read_bytes = Counted.opened = 0
    yield folder
    assert list(folder.iterdir()) == []


def rows_of(name: str, **options: Any) -> list[dict[str, Any]]:
    return Flow(load(f"shelf://{name}", **options)).results(on_error=None)[0][0]


@pytest.mark.parametrize(
    ("name", "data", "options"),
    [
        ("a.csv", CITIES.encode(), {}),
        ("a.csv", CITIES.encode("utf-16"), {}),
        ("a.csv", CITIES.encode("latin-1"), {"encoding": "latin-1"}),
        ("a.tsv", CITIES.replace(",", "\t").encode(), {}),
        ("a.csv.gz", gzip.compress(CITIES.encode()), {}),
        ("a.csv.gz", CITIES.encode(), {}),
        ("a.json", json.dumps(ROWS).encode(), {}),
        ("a.ndjson", "\n".join(map(json.dumps, ROWS)).encode(), {}),
        pytest.param(
            *("a.json.gz", gzip.compress(json.dumps(ROWS).encode()), {}),
            # tabulator leaves the file to the garbage collector.
            marks=pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
        ),
        ("a.csv.bz2", bz2.compress(CITIES.encode()), {"shelf": "csv"}),
        ("a.zip", zipped("inner.csv"), {}),
        ("a", CITIES.encode(), {}),
        ("a", json.dumps(ROWS).encode(), {"format": "json"}),
        ("a.php", json.dumps(ROWS).encode(), {"shelf": "json"}),
        ("a.csv", CITIES.encode(), {"shelf": "json"}),
        ("a.csv", CITIES.encode(), {"headers": 1, "skip_rows": ["#"]}),
    ],
)
def test_a_table_is_read_once_from_elsewhere(
    name: str, data: bytes, options: dict[str, Any]
) -> None:
    FILES[name] = data
    rows = rows_of(name, **options)
    expected = {tuple(sorted(row.items())) for row in ROWS}
    assert {tuple(sorted(row.items())) for row in rows} == expected
    assert Counted.opened == 1
    assert Counted.read_bytes == len(data)


def test_no_more_is_read_than_is_wanted() -> None:
    FILES["a.csv"] = b"id,city\n" + b"1,Rome\n" * 1_000_000
    assert len(rows_of("a.csv", limit_rows=3)) == 3
    assert Counted.read_bytes < len(FILES["a.csv"]) / 2


def test_what_is_not_read_is_closed_with_the_run() -> None:
    FILES["a.csv"] = CITIES.encode()
    FILES["b.json"] = b"[1]"
    with pytest.raises(ProcessorError, match=r"shelf://b\.json"):
        Flow(load("shelf://a.csv"), load("shelf://b.json")).process()


def test_what_is_only_looked_at_is_let_go() -> None:
    FILES["a.csv"] = CITIES.encode()
    assert Flow(load("shelf://a.csv")).datastream() is not None


def test_a_file_that_must_be_whole_is_named_by_its_address() -> None:
    FILES["a.xlsx"] = b"no workbook"
    with pytest.raises(ProcessorError) as caught:
        rows_of("a.xlsx")
    assert "shelf://a.xlsx" in str(caught.value)
    assert "dataflows-" not in str(caught.value)


def test_f11_the_temporary_file_is_private(shelf: Path) -> None:
    with Arriving(OpenedFile(io.BytesIO(b"abc"), "../a b.csv", "shelf://a")) as arriving:
        path = Path(arriving.whole())
        assert path.read_bytes() == b"abc"
        assert path.name == "_a_b.csv"
        assert path.parent.parent == shelf
        assert path.parent.stat().st_mode & 0o77 == 0


def test_a_file_that_is_read_as_it_arrives_has_no_name(shelf: Path) -> None:
    with Arriving(OpenedFile(io.BytesIO(b"abc"), "a.csv", "shelf://a")) as arriving:
        arriving.forget_name()
        arriving.forget_name()
        assert list(shelf.iterdir()) == []
        assert arriving.head(9) == b"abc"


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with Arriving(OpenedFile(io.BytesIO(b"abc"), "a.csv", "shelf://a")) as arriving:
        full = Path("/dev/full")
        if not full.exists():
            pytest.skip("needs /dev/full")
        with full.open("r+b", buffering=0) as file:
            monkeypatch.setattr(arriving, "_file", file)
            with pytest.raises(FlowError, match="no space left on device"):
                arriving.head(1)
