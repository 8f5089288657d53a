"""Compressed files and zips as sources: read as they are unpacked, within limits."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load
from dataflows.errors import ProcessorError
from dataflows.processors.storage.compressed import PackedFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def packed(data: bytes, ending: str) -> bytes:
    if ending == "zst":
        return bytes(pa.compress(data, "zstd", asbytes=True))
    return {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[ending](data)


def zipped(path: Path, files: dict[str, bytes]) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return str(path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def loaded(*links: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each resource, by its name."""
    data, package, _ = Flow(*links).results(on_error=None)
    return dict(zip([one.name for one in package.resources], data, strict=True))


def error_of(*links: Any) -> str:
    """Return what stops a flow, without its first words, which name the source."""
    with pytest.raises(ProcessorError) as caught:
        Flow(*links).process()
    text = str(caught.value)
    what, fix = text.splitlines()[0], text.splitlines()[-1]
    return f"{what.partition('}: ')[2] or what}\n{fix}"


CSV = b"id,city\n1,Rome\n2,Oslo\n"
ROWS = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Oslo"}]
FILES: dict[str, Callable[[Path], bytes]] = {
    "csv": lambda _: CSV,
    "tsv": lambda _: CSV.replace(b",", b"\t"),
    "json": lambda _: json.dumps(ROWS).encode(),
    "ndjson": lambda _: b"".join(json.dumps(row).encode() + b"\n" for row in ROWS),
}


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst"])
@pytest.mark.parametrize("format_", FILES)
def test_any_format_in_any_compression(tmp_path: Path, format_: str, ending: str) -> None:
    data = packed(FILES[format_](tmp_path), ending)
    path = write(tmp_path / f"cities.{format_}.{ending}", data)
    expected = {"cities": [{key: row[key] for key in row} for row in ROWS]}
    assert loaded(load(path)) == expected
    assert names(tmp_path) == [f"cities.{format_}.{ending}"]


@pytest.mark.parametrize(
    ("compression", "ending"), [("gz", "gz"), ("bz2", "bz2"), ("xz", "xz"), ("zstd", "zst")]
)
def test_the_compression_may_be_told(tmp_path: Path, compression: str, ending: str) -> None:
    path = write(tmp_path / "cities.csv", packed(CSV, ending))
    assert loaded(load(path, compression=compression)) == {"cities": ROWS}


def test_a_file_that_is_not_compressed_in_spite_of_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "cities.gz", CSV)
    assert loaded(load(path, compression="no", format="csv")) == {"cities": ROWS}


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "cities.csv", CSV)
    assert "compression" in error_of(load(path, compression="rar"))


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst"])
def test_several_streams_that_follow_each_other_are_one_file(tmp_path: Path, ending: str) -> None:
    data = packed(CSV[:10], ending) + packed(CSV[10:], ending)
    assert loaded(load(write(tmp_path / f"cities.csv.{ending}", data))) == {"cities": ROWS}


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst"])
@pytest.mark.parametrize("part", ["start", "end"])
def test_a_file_that_breaks_off_is_an_error(tmp_path: Path, ending: str, part: str) -> None:
    rows = b"".join(b"%d,%d\n" % (n, random.Random(n).getrandbits(60)) for n in range(30_000))
    data = packed(b"id,number\n" + rows, ending)
    path = write(tmp_path / f"a.csv.{ending}", data[: 20 if part == "start" else -20])
    text = error_of(load(path))
    assert f"the archive {path!r} is broken: " in text
    assert text.endswith("  fix: fetch or compress the file again.")


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst", "zip"])
def test_what_is_no_such_file_is_an_error(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"a.csv.{ending}", b"id\n1\n" * 100)
    text = error_of(load(path))
    expected = "cannot read the zip" if ending == "zip" else "the archive"
    assert f"{expected} {path!r}" in text


def test_a_missing_file_is_told_as_ever(tmp_path: Path) -> None:
    write(tmp_path / "cities.csv.zst", packed(CSV, "zst"))
    text = error_of(load(str(tmp_path / "citis.csv.zst")))
    assert text.endswith(f"  fix: did you mean {str(tmp_path / 'cities.csv.zst')!r}?")


# Zips


def test_a_zip_of_one_file_is_named_after_the_zip(tmp_path: Path) -> None:
    assert loaded(load(zipped(tmp_path / "a.zip", {"deep/b.csv": CSV}))) == {"a": ROWS}
    assert loaded(load(zipped(tmp_path / "a.csv.zip", {"b": CSV}), format="csv")) == {"a": ROWS}


def test_a_zip_of_many_files_is_one_resource_each(tmp_path: Path) -> None:
    files = {
        "a.csv": CSV,
        "deep/b.json": FILES["json"](tmp_path),
        "__MACOSX/._a.csv": b"\0",
        ".DS_Store": b"\0",
    }
    path = zipped(tmp_path / "x.zip", files)
    assert loaded(load(path)) == {"a": ROWS, "b": [dict(row) for row in ROWS]}
    assert list(loaded(load(path, name="x"))) == ["x", "x_2"]


def test_files_that_are_no_tables_are_left_out_with_a_warning(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.csv": CSV, "b.csv": CSV, "README.md": b"hello"})
    with pytest.warns(UserWarning, match=r"these files are left out.*README\.md"):
        assert list(loaded(load(path))) == ["a", "b"]


def test_files_of_a_zip_may_be_chosen(tmp_path: Path) -> None:
    files = {"a.csv": CSV, "b/c.csv": CSV, "b/d.csv": CSV, "b/e.txt": CSV}
    path = zipped(tmp_path / "x.zip", files)
    assert list(loaded(load(path, innerpath="b/c.csv"))) == ["c"]
    assert list(loaded(load(path, innerpath="b/*.csv"))) == ["c", "d"]
    assert list(loaded(load(path, filename="a.csv"))) == ["a"]
    assert loaded(load(path, innerpath="b/e.txt", format="csv")) == {"e": ROWS}
    assert error_of(load(path, innerpath="b/f.csv")) == (
        f"{path!r} holds no file 'b/f.csv'\n"
        "  fix: did you mean 'b/d.csv'? The files here are: a.csv, b/c.csv, b/d.csv, b/e.txt."
    )


def test_a_zip_without_a_table_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.md": b"x", "b.md": b"y"})
    assert error_of(load(path)) == (
        f"{path!r} holds no table: it has a.md, b.md\n"
        "  fix: say which file it is: innerpath='…', and its format=."
    )
    path = zipped(tmp_path / "empty.zip", {})
    assert error_of(load(path)).startswith(f"{path!r} holds no table: it has nothing")


def test_a_zipped_package_is_a_package(tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    rows = [{"code": "01", "on": True}]
    Flow(ROWS, rows, dump_to_zip(path)).process()
    assert loaded(load(path)) == {"res_1": ROWS, "res_2": rows}
    assert loaded(load(path, resources="res_2")) == {"res_2": rows}
    assert loaded(load(path, innerpath="res_1.csv")) == {"res_1": ROWS}


def test_a_compressed_file_in_a_zip(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.csv.gz": packed(CSV, "gz")})
    assert loaded(load(path)) == {"x": ROWS}
    descriptor = {"resources": [{"name": "a", "path": "a.csv.gz", "schema": {}}]}
    files = {"datapackage.json": json.dumps(descriptor).encode(), "a.csv.gz": packed(CSV, "gz")}
    assert loaded(load(zipped(tmp_path / "p.zip", files))) == {"a": ROWS}


def test_a_package_of_compressed_files(tmp_path: Path) -> None:
    resource = {"name": "a", "path": ["a.csv.zst", "b"], "format": "csv", "schema": {}}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource]}))
    write(tmp_path / "a.csv.zst", packed(CSV, "zst"))
    write(tmp_path / "b", CSV)
    assert loaded(load(tmp_path / "datapackage.json")) == {"a": [*ROWS, *ROWS]}


def spoilt(path: str, change: Callable[[bytearray], None]) -> str:
    with open(path, "r+b") as file:  # noqa: PTH123 - a text
        data = bytearray(file.read())
        change(data)
        file.seek(0)
        file.truncate()
        file.write(data)
    return path


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    def encrypt(data: bytearray) -> None:
        data[6] |= 1
        data[data.index(b"PK\1\2") + 8] |= 1

    path = spoilt(zipped(tmp_path / "x.zip", {"a.csv": CSV}), encrypt)
    assert error_of(load(path)) == (
        f"'{path}/a.csv' is encrypted\n  fix: unpack it with its password, then load the file."
    )


def test_a_zip_with_a_wrong_checksum_is_broken(tmp_path: Path) -> None:
    def spoil(data: bytearray) -> None:
        place = data.index(b"PK\1\2") + 16
        data[place : place + 4] = struct.pack("<I", 1)

    path = spoilt(zipped(tmp_path / "x.zip", {"a.csv": CSV}), spoil)
    assert error_of(load(path)) == (
        f"the archive '{path}/a.csv' is broken: Bad CRC-32 for file 'a.csv'\n"
        "  fix: fetch or compress the file again."
    )


def test_a_zip_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = spoilt(zipped(tmp_path / "x.zip", {"a.csv": CSV}), lambda data: data.__delitem__(-1))
    assert error_of(load(path)) == (
        f"cannot read the zip {path!r}: File is not a zip file\n"
        "  fix: check that it is a zip, and whole."
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_two_files_of_one_name_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("a.csv", CSV)
    text = error_of(load(str(tmp_path / "x.zip")))
    assert text.endswith(
        "holds two files named 'a.csv'\n  fix: make the zip again, with one of them."
    )


# Limits


def test_a_zip_of_too_many_files_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {f"{number}.csv": CSV for number in range(1001)})
    assert error_of(load(path)) == (
        f"{path!r} holds 1,001 files, more than 1,000\n"
        "  fix: if it is what you expect, raise max_members=."
    )
    assert len(loaded(load(path, max_members=2000, innerpath="1?.csv"))) == 10


def test_more_than_was_allowed_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv.gz", packed(CSV * 100_000, "gz"))
    assert error_of(load(path, max_unpacked_bytes=2_000_000)) == (
        f"{path!r} unpacks to more than 2,000,000 bytes\n"
        "  fix: if it is what you expect, raise max_unpacked_bytes=."
    )


@pytest.mark.parametrize("name", ["max_ratio", "max_unpacked_bytes", "max_members"])
def test_a_limit_must_be_a_number(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "x.zip", {"a.csv": CSV})
    with pytest.raises(ProcessorError) as caught:
        Flow(load(path, **{name: 0})).process()
    assert f"{name} must be a number above 0, got 0" in str(caught.value)


def bomb(path: Path, megabytes: int, ending: str) -> str:
    if ending != "zip":
        line = packed(b"1,2,3,4\n" * (1 << 17), ending)
        return write(path, packed(b"a,b,c,d\n", ending) + line * megabytes)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.csv", "w") as file,
    ):
        file.write(b"a,b,c,d\n")
        for _ in range(megabytes):
            file.write(b"1,2,3,4\n" * (1 << 17))
    return str(path)


@pytest.mark.parametrize("ending", ["zip", "gz"])
def test_c18_three_rows_of_a_bomb_are_had_at_once_and_all_of_it_never(
    tmp_path: Path, ending: str
) -> None:
    path = bomb(tmp_path / f"x.csv.{ending}", 200, ending)
    start = time.perf_counter()
    assert len(loaded(load(path, limit_rows=3))["x"]) == 3
    assert time.perf_counter() - start < 2
    shown = f"{path}/a.csv" if ending == "zip" else path
    assert error_of(load(path)) == (
        f"{shown!r} unpacks to more than 250 times its size, as only a bomb does\n"
        "  fix: if it is what you expect, raise max_ratio=250."
    )


def test_c18_a_bomb_fills_neither_memory_nor_disk(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.xlsx", "w") as file,
    ):
        for _ in range(200):
            file.write(bytes(1 << 20))
    (tmp_path / "tmp").mkdir()
    script = (
        "import os, re, sys\n"
        "from pathlib import Path\n"
        "from dataflows import Flow, load\n"
        "try:\n"
        "    Flow(load(sys.argv[1])).process()\n"
        "except Exception as error:\n"
        "    print(str(error).splitlines()[0])\n"
        "print(os.listdir(sys.argv[2]))\n"
        "status = Path('/proc/self/status')\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', status.read_text() if status.exists() else '')\n"
        "print(int(peak[1]) // 1024 if peak else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(tmp_path / "tmp")],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    what, left, megabytes = done.stdout.splitlines()
    assert what.endswith("unpacks to more than 250 times its size, as only a bomb does")
    assert left == "[]"
    assert int(megabytes) < 400


def test_an_xz_file_cannot_ask_for_gigabytes_of_memory(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    data = bytearray(lzma.compress(CSV, filters=filters))
    # The block header tells the size of the dictionary, and ends with its own checksum.
    place = data.index(b"\x21\x01", 12)
    data[place + 2] = 39
    size = (data[12] + 1) * 4
    header = bytes(data[12 : 12 + size - 4])
    data[12 + size - 4 : 12 + size] = struct.pack("<I", zlib.crc32(header))
    path = write(tmp_path / "a.csv.xz", bytes(data))
    assert f"the archive {path!r} is broken: Memory usage limit exceeded" in error_of(load(path))


def test_bytes_are_opened_anew_each_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv.gz", packed(CSV, "gz"))
    file = PackedFile(path, "gz", "a.csv")
    for _ in range(2):
        with file.open_bytes() as stream:
            assert stream.read() == CSV


def test_what_is_read_goes_on_to_a_dump(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.csv": CSV, "b.csv": CSV})
    Flow(load(path), dump_to_path(tmp_path / "out")).process()
    assert names(tmp_path / "out") == ["a.csv", "b.csv", "datapackage.json"]
