"""The same table through every format, compression and kind of package, and back: equal."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from dataflows import Flow, dump_to_path, dump_to_zip, load, set_type
from table_files import ROWS, WRITTEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TYPES = {
    "id": "integer",
    "name": "string",
    "ratio": "number",
    "good": "boolean",
    "day": "date",
    "at": "datetime",
}


def zipped(data: bytes, name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


PACKERS: dict[str, Callable[[bytes, str], bytes]] = {
    "bz2": lambda data, _: bz2.compress(data),
    "gz": lambda data, _: gzip.compress(data),
    "xz": lambda data, _: lzma.compress(data),
    "zst": lambda data, _: bytes(pa.compress(data, "zstd", asbytes=True)),
    "zip": zipped,
}


def written(target: Path, format_: str, **options: Any) -> None:
    dump = dump_to_zip if target.suffix == ".zip" else dump_to_path
    types = [set_type(name, type=kind) for name, kind in TYPES.items()]
    Flow(ROWS, *types, dump(str(target), format=format_, **options)).process()


def found(path: Path) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the rows of the one table at a path, and the type of each field."""
    rows, package, _ = Flow(load(str(path))).results()
    for row in rows[0]:
        row.pop("__geometry", None)  # which a GeoJSON file has without its descriptor
    (resource,) = package.descriptor["resources"]
    return rows[0], {one["name"]: one["type"] for one in resource["schema"]["fields"]}


def check(path: Path, case: object = None) -> None:
    """Check that the table at a path is the one that was dumped, to the type of each value."""
    rows, types = found(path)
    assert rows == ROWS, case
    assert types == types | TYPES, case
    kinds = [[type(row[name]) for name in TYPES] for row in rows]
    assert kinds == [[type(row[name]) for name in TYPES] for row in ROWS], case


@pytest.mark.parametrize("format_", WRITTEN)
def test_a_table_comes_back_from_every_format_and_package(tmp_path: Path, format_: str) -> None:
    written(tmp_path / "t.zip", format_)
    check(tmp_path / "t.zip")
    for compression in ("gz", "zstd"):
        written(tmp_path / compression, format_, compression=compression)
        check(tmp_path / compression / "datapackage.json", compression)
    written(tmp_path / "plain", format_)
    check(tmp_path / "plain/datapackage.json")
    # Text tells numbers and dates from each other, too: so no descriptor is needed.
    check(tmp_path / f"plain/res_1.{format_}")


@pytest.mark.parametrize("format_", WRITTEN)
def test_a_table_comes_back_from_every_compression(tmp_path: Path, format_: str) -> None:
    written(tmp_path, format_)
    name = f"res_1.{format_}"
    descriptor = json.loads((tmp_path / "datapackage.json").read_bytes())
    for ending, pack in PACKERS.items():
        path = tmp_path / f"{name}.{ending}"
        path.write_bytes(pack((tmp_path / name).read_bytes(), name))
        check(path, ending)
        descriptor["resources"][0]["path"] = path.name
        (tmp_path / "datapackage.json").write_text(json.dumps(descriptor))
        check(tmp_path / "datapackage.json", ending)
