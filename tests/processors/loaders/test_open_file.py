"""Open files, standard input and bytes of any format."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_path, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Århus"}]
CSV = "id,city\n1,Rome\n2,Århus\n".encode()
PAGE = "<table><tr><th>id<th>city<tr><td>1<td>Rome<tr><td>2<td>Århus</table>"
XML = "<t><r><id>1</id><city>Rome</city></r><r><id>2</id><city>Århus</city></r></t>"


class Pipe(io.RawIOBase):
    """Bytes that come piece by piece, once."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int = -1, /) -> bytes:
        size = 100 if size < 0 else min(size, 100)
        found, self.data = self.data[:size], self.data[size:]
        return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("files")
    found = {
        "csv": CSV,
        "json": json.dumps(ROWS).encode(),
        "ndjson": "\n".join(map(json.dumps, ROWS)).encode(),
        "html": PAGE.encode(),
        "xml": XML.encode(),
    }
    for format_ in ("xlsx", "parquet", "arrow", "feather"):
        Flow(ROWS, dump_to_path(folder, format=format_)).process()
        found[format_] = (folder / f"res_1.{format_}").read_bytes()
    return found


FORMATS = ["csv", "json", "ndjson", "html", "xml", "xlsx", "parquet", "arrow", "feather"]


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Give temporary files a folder of which nothing must remain."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


def rows_of(*links: Any) -> list[Any]:
    return Flow(*links).results()[0]


def error_of(*links: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    return str(caught.value).partition("\n  at ")[0].rpartition("}: ")[2]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_that_is_open_is_read_from_where_it_stands(
    files: dict[str, bytes], tmp_path: Path, format_: str
) -> None:
    path = tmp_path / f"cities.{format_}"
    path.write_bytes(files[format_])
    with path.open("rb") as file:
        data, package, _ = Flow(load(file)).results()
        assert data == [ROWS]
        assert package.resource_names == ["cities"]
        assert not file.closed
    path.write_bytes(b"before" + files[format_])
    with path.open("rb") as file:
        file.seek(len(b"before"))
        assert rows_of(load(file)) == [ROWS]


@pytest.mark.parametrize("format_", FORMATS)
def test_bytes_and_what_cannot_seek(files: dict[str, bytes], format_: str) -> None:
    data = files[format_]
    flow = Flow(load(data, format=format_))
    assert flow.results()[0] == [ROWS]
    assert flow.results()[0] == [ROWS]  # bytes can be read again
    for source in (bytearray(data), io.BytesIO(data), Pipe(data)):
        assert rows_of(load(source, format=format_, name="x")) == [ROWS]


@pytest.mark.parametrize("format_", ["json", "html"])
def test_files_of_text(files: dict[str, bytes], tmp_path: Path, format_: str) -> None:
    text = files[format_].decode()
    assert rows_of(load(io.StringIO(text), format=format_)) == [ROWS]
    path = tmp_path / f"x.{format_}"
    path.write_text(text, encoding="latin-1")
    with path.open(encoding="latin-1") as file:
        assert rows_of(load(file)) == [ROWS]


def test_compressed_files(tmp_path: Path) -> None:
    for name, data in (("a.csv.gz", gzip.compress(CSV)), ("a.csv.bz2", bz2.compress(CSV))):
        path = tmp_path / name
        path.write_bytes(data)
        with path.open("rb") as file:
            assert rows_of(load(file)) == [ROWS]
    assert rows_of(load(gzip.compress(CSV), compression="gz")) == [ROWS]
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("a.csv", CSV)
    assert rows_of(load(kept.getvalue(), compression="zip")) == [ROWS]


def test_standard_input_takes_any_format(files: dict[str, bytes]) -> None:
    script = (
        "from dataflows import Flow, load\nprint(Flow(load('-', format='parquet')).results()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=files["parquet"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=60,
    )
    assert done.stdout.decode().strip() == repr([ROWS])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"skip_rows": ["#"]}, ROWS),
        ({"headers": [2, 3]}, [{"id 1": 2, "city Rome": "Århus"}]),
        ({"headers": 2, "pick_fields": ["id"]}, [{"id": 1}, {"id": 2}]),
        ({"headers": 2, "sample_size": 1}, ROWS),
        ({"headers": 2, "lineterminator": "\n"}, ROWS),
    ],
)
def test_options_mean_what_they_mean_for_files(
    options: dict[str, Any], expected: list[Any]
) -> None:
    data = b"#x\n" + CSV
    assert rows_of(load(Pipe(data), format="csv", **options)) == [expected]


def test_an_option_that_there_is_not_is_refused() -> None:
    assert error_of(load(b"a\n1\n", nosuch=1)).startswith('Not supported option(s) "nosuch"')


def test_what_is_empty_or_no_such_file_is_named() -> None:
    assert error_of(load(io.BytesIO(b""), format="parquet")) == "the stream is empty"
    shown = error_of(load(b"no parquet at all", format="parquet"))
    assert shown.startswith("the stream: ")
    assert "dataflows-" not in shown
    long_error = error_of(load(b"x" * 1000, format="xlsx"))
    assert len(long_error) < 500


def test_patterns_on_the_web_are_refused() -> None:
    assert error_of(load("https://example.org/data/*.csv?key=1")) == (
        "a pattern cannot be looked up at an address that begins with https://"
    )
