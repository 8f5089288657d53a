"""The CSV reader: what it delivers, what it refuses, and that it equals csv.reader."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import threading
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
from dataflows.errors import ArgumentError, SourceLoadError
from dataflows.processors.formats.csv_reader import CsvFile, CsvReport, Unsupported, inspect_csv
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

REAL_DATA = os.environ.get("DATAFLOWS_REAL_DATA")

anywhere = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def write(folder: Path, data: bytes | str, name: str = "t.csv") -> Path:
    """Put a file there."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(file: CsvFile, **options: object) -> list[list[str | None]]:
    """Return all rows."""
    rows: list[list[str | None]] = []
    for batch in file.batches(**options):
        assert batch.schema.names == [str(position) for position in file.kept]
        columns = [column.to_pylist() for column in batch.columns]
        rows.extend(map(list, zip(*columns, strict=True)))
    return rows


def expected(text: str, width: int, **dialect: object) -> list[list[str | None]]:
    """Return what csv.reader reads, with rows made as wide as the header."""
    rows = csv.reader(io.StringIO(text, newline=""), **dialect)
    return [[cell or None for cell in [*row, *[""] * width][:width]] for row in rows]


def error_of(file: CsvFile) -> tuple[str, str | None]:
    """Return what is wrong with a file, and the fix."""
    with pytest.raises(SourceLoadError) as caught:
        read(file)
    return caught.value.what, caught.value.fix


pieces = st.sampled_from(
    ['"', '""', ",", ",,", "\n", "\r\n", "\r", "\n\n", "a", "1", " ", "é", "日本", "\0", ";", "'"]
    + ["\ufeff", "\x1c", "\x85", "\u2028", '","', '"\n', ',"', "\\", "longer text in a cell"],
)
texts = st.lists(pieces, max_size=40).map("".join)


def is_open(text: str, **dialect: object) -> bool:
    """Tell whether csv.reader swallows a line added at the end of a text."""
    lines = list(io.StringIO(text, newline=""))
    rows = list(csv.reader(lines, **dialect))
    return len(list(csv.reader([*lines, "the end"], **dialect))) == len(rows)


@anywhere
@given(text=texts, width=st.integers(1, 4), block=st.sampled_from([7, 16, 64, 1 << 20]))
@example(text="\ufeffa,b\n", width=2, block=64)
@example(text='x,"a\r\n', width=2, block=7)
@example(text="1\n2\n", width=3, block=64)
def test_reads_what_csv_reader_reads(tmp_path: Path, text: str, width: int, block: int) -> None:
    names = [f"c{n}" for n in range(width)]
    path = write(tmp_path, ",".join(names) + "\n" + text)
    if is_open(text):
        with pytest.raises(SourceLoadError, match="quote opened on line"):
            inspect_csv(path, headers=1, delimiter=",", encoding="utf-8")
        return
    file = inspect_csv(path, headers=1, delimiter=",", encoding="utf-8")
    rows = read(file, block_size=block)
    assert rows == expected(text, width)
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert asdict(file.report) == {
        "rows": len(found),
        "short_rows": sum(len(row) < width and any(row) for row in found),
        "long_rows": sum(any(row[width:]) for row in found),
        "first_short": [n for n, row in enumerate(found, 1) if len(row) < width and any(row)][:5],
        "first_long": [
            (n, ",".join(row[width:])) for n, row in enumerate(found, 1) if any(row[width:])
        ][:5],
    }
