"""Flows that dump two resources in many ways, told apart by their tag, and what stands there after.

`check` trusts nothing of ours: it reads the descriptor and the files with the libraries that
everybody has.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import python_calamine

from dataflows import Flow, dump_to_path, dump_to_zip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

ROWS = {"old": 600, "new": 900}
PATH_OPTIONS: dict[str, dict[str, Any]] = {
    "csv": {},
    "ndjson": {"format": "ndjson"},
    "parquet": {"format": "parquet"},
    "xlsx": {"format": "xlsx"},
    "compressed": {"compression": "gz"},
    "split": {"max_rows_per_file": 250},
    "partitioned": {"partition_by": ["part"]},
    "hashed": {"add_filehash_to_path": True},
}
ZIP_OPTIONS: dict[str, dict[str, Any]] = {
    "zip": {},
    "zipped-xlsx": {"format": "xlsx"},
    "zipped-partitions": {"partition_by": ["part"]},
}
KINDS = [*PATH_OPTIONS, *ZIP_OPTIONS]
NAME = "out.zip"


def rows(tag: str, at_end: Callable[[], object]) -> Iterator[dict[str, Any]]:
    """Yield rows that all carry the tag, and call `at_end` when the last one was taken."""
    for number in range(ROWS[tag]):
        # The old output has a partition that the new one has no longer, and the other way round.
        yield {"number": number, "tag": tag, "part": tag if number % 5 == 0 else str(number % 3)}
    at_end()


def flow(kind: str, folder: Path, tag: str, at_end: Callable[[], object] = lambda: None) -> Flow:
    """Return the flow that writes the output of a kind into a folder."""
    if kind in ZIP_OPTIONS:
        step = dump_to_zip(folder / NAME, **ZIP_OPTIONS[kind])
    else:
        step = dump_to_path(folder, **PATH_OPTIONS[kind])
    return Flow(rows(tag, lambda: None), rows(tag, at_end), step)


def check(kind: str, folder: Path) -> str:
    """Return OLD, NEW or NOTHING for a whole output, else BROKEN with what is wrong."""
    try:
        found = _files(kind, folder)
        return _state(found) if found else "NOTHING"
    except Exception as error:  # noqa: BLE001 - whatever cannot be read is broken
        return f"BROKEN: {error!r}"


def leftovers(folder: Path) -> list[str]:
    """Return the names that only a run in the making, or a killed one, may have there."""
    return sorted(path.name for path in folder.glob(".*"))


def _files(kind: str, folder: Path) -> dict[str, bytes]:
    if kind in ZIP_OPTIONS:
        seen = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        if not seen:
            return {}
        assert seen == [NAME], seen
        with zipfile.ZipFile(folder / NAME) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        path.as_posix(): full.read_bytes()
        for path, full in paths.items()
        if not path.parts[0].startswith(".dataflows")
    }


def _state(found: Mapping[str, bytes]) -> str:
    descriptor = json.loads(found["datapackage.json"])
    named = {"datapackage.json"}
    tags = set()
    for resource in descriptor["resources"]:
        paths = resource["path"] if isinstance(resource["path"], list) else [resource["path"]]
        named.update(paths)
        parts = resource.get("dataflows:files") or [{**resource, "path": paths[0]}]
        for part in parts:
            content = found[part["path"]]
            digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
            assert (len(content), digest) == (part["bytes"], part["hash"]), part["path"]
        read = [row for path in paths for row in _rows(path, found[path])]
        assert len(read) == resource["count_of_rows"], paths
        tags.update(tag for _, tag in read)
        assert sorted(number for number, _ in read) == list(range(len(read))), paths
    # What a former output had and this one has not is gone, and nothing half is there.
    assert named == set(found), sorted(named ^ set(found))
    [tag] = tags
    assert descriptor["count_of_rows"] == 2 * ROWS[tag]
    return str(tag).upper()


def _rows(path: str, content: bytes) -> list[tuple[int, str]]:
    if path.endswith(".gz"):
        content = gzip.decompress(content)
    if path.endswith(".ndjson"):
        read = [json.loads(line) for line in content.splitlines()]
    elif path.endswith(".parquet"):
        read = pq.read_table(io.BytesIO(content), use_threads=False).to_pylist()
    elif path.endswith(".xlsx"):
        book = python_calamine.load_workbook(io.BytesIO(content))
        header, *cells = book.get_sheet_by_index(0).to_python()
        read = [dict(zip(header, row, strict=True)) for row in cells]
    else:
        read = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    return [(int(row["number"]), row["tag"]) for row in read]
