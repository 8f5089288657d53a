"""Damaged, cut, wrongly named and hostile files of every format: an error that says what to do.

All files are loaded in one process of its own, for some of them could end it, and its memory and
address space are limited and measured.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError, ValidationError
from table_files import FORMATS, file_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Outcome = dict[str, Any]

ADDRESS_SPACE = 6 << 30
MOST_MEGABYTES = 320
MOST_SECONDS = 10

# Loads each file whose path comes in a line, and tells what became of it.
CHILD = f"""
import json, resource, sys, time, warnings
import pyarrow.compute, pyarrow.parquet
from dataflows import Flow, load
from dataflows.errors import ProcessorError
warnings.simplefilter("ignore")
resource.setrlimit(resource.RLIMIT_AS, ({ADDRESS_SPACE}, {ADDRESS_SPACE}))
def peak():
    with open("/proc/self/status") as status:
        return next(int(one.split()[1]) for one in status if one.startswith("VmHWM")) / 1024
for line in sys.stdin:
    path, options = json.loads(line)
    before, start = peak(), time.monotonic()
    found = dict(kind="loaded", what="", fix="", text="")
    try:
        how = options.pop("how", "results")
        getattr(Flow(load(path, **options)), how)()
    except ProcessorError as error:
        cause = error.cause
        found = dict(kind=type(cause).__name__, text=str(error))
        found.update(what=getattr(cause, "what", ""), fix=getattr(cause, "fix", None))
    except BaseException as error:
        found = dict(kind="raw " + type(error).__name__, what=str(error), fix="", text="")
    found.update(seconds=time.monotonic() - start, megabytes=peak() - before)
    print(json.dumps(found), flush=True)
"""

# Of these a part can be a whole table, too.
SHORTENED = {"csv", "tsv", "ndjson", "html", "arrows"}
SHEETS = {"xlsx", "ods", "excel-xml"}
ARROW = {"arrow", "feather", "arrows"}
# What is read in spite of its ending, for it is told by its content, or because it can be read so.
READ_AS = [(one, other) for group in (SHEETS, ARROW) for one in group for other in group]
READ_AS += [("csv", "tsv"), ("tsv", "csv"), ("xml", "excel-xml"), ("excel-xml", "xml")]
READ_AS += [(one, "tsv") for one in ("json", "ndjson", "geojson", "xml", "html", "excel-xml")]
READ_AS += [("json", "ndjson"), ("geojson", "ndjson")]

JUNK = {
    "zeros": bytes(5000),
    "noise": random.Random(1).randbytes(5000),
    "a gzip": gzip.compress(b"a,b\n1,2\n"),
    "a picture": b"\x89PNG\r\n\x1a\n" + random.Random(2).randbytes(3000),
    "a byte order mark": b"\xef\xbb\xbf",
    "a page": b"<!doctype html><html><body><h1>Not found</h1></body></html>",
}


def outcomes(folder: Path, files: list[tuple[str, bytes]], how: str = "results") -> list[Outcome]:
    """Load files of some formats, one after the other, and return what became of each."""
    lines = []
    for number, (format_, data) in enumerate(files):
        path = folder / f"{number}.{'xml' if format_ == 'excel-xml' else format_}"
        path.write_bytes(data)
        options = {"how": how, **({"format": format_} if format_ == "excel-xml" else {})}
        lines.append(json.dumps([str(path), options]) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input="".join(lines),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(files), f"ended at file {len(found)}: {files[len(found)][1][:200]!r}"
    assert done.returncode == 0
    return found


def is_told(outcome: Outcome) -> bool:
    """Tell whether an error is of the source, with what is wrong, where, and a fix."""
    return (
        outcome["kind"] == "SourceLoadError"
        and bool(outcome["what"])
        and len(outcome["what"]) < 600
        and "\n" not in outcome["what"]
        and str(outcome["fix"]).endswith((".", "?"))
        and "at processor 1 of 1: load(" in outcome["text"]
        and outcome["seconds"] < MOST_SECONDS
        and outcome["megabytes"] < MOST_MEGABYTES
    )


def untold(found: list[Outcome], *, also: tuple[str, ...] = ()) -> list[Outcome]:
    return [one for one in found if one["kind"] not in also and not is_told(one)]


def is_whole(format_: str, data: bytes, outcome: Outcome) -> bool:
    """Tell whether a part of a file is a table; without a byte it is one in NDJSON alone."""
    fits = format_ in SHORTENED if data else format_ == "ndjson"
    return fits and outcome["kind"] == "loaded"


def test_a_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    parts = (0, 1 / 4, 1 / 2, 3 / 4, 0.95)
    files = []
    for format_ in FORMATS:
        data = file_of(format_)
        ends = [*(int(len(data) * part) for part in parts), 1, 2, 8, len(data) - 9, len(data) - 1]
        files += [(format_, data[:end]) for end in ends]
    found = outcomes(tmp_path, files)
    wrong = [
        (format_, len(data), outcome["text"])
        for (format_, data), outcome in zip(files, found, strict=True)
        if not is_told(outcome) and not is_whole(format_, data, outcome)
    ]
    assert wrong == []


@pytest.mark.parametrize("format_", FORMATS)
def test_flipped_bits_are_told_or_make_other_values(tmp_path: Path, format_: str) -> None:
    data, numbers = file_of(format_), random.Random(format_)
    files = []
    for _ in range(60):
        flipped = bytearray(data)
        for _ in range(numbers.choice([1, 1, 3, 10])):
            flipped[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
        files.append((format_, bytes(flipped)))
    found = outcomes(tmp_path, files)
    # A value that became another may not fit its type any more.
    assert untold(found, also=("loaded", "ValidationError")) == []
    assert {one["kind"] for one in found} >= {"loaded", "SourceLoadError"}


def test_a_file_of_another_format_than_it_is_named_is_told(tmp_path: Path) -> None:
    pairs = [(one, other) for one in FORMATS for other in FORMATS if one != other]
    found = outcomes(tmp_path, [(other, file_of(one)) for one, other in pairs])
    wrong = [
        (pair, outcome["text"])
        for pair, outcome in zip(pairs, found, strict=True)
        if not is_told(outcome) and not (pair in READ_AS and outcome["kind"] == "loaded")
    ]
    assert wrong == []


def test_what_is_no_table_at_all_is_told(tmp_path: Path) -> None:
    pairs = [(format_, junk) for junk in JUNK for format_ in FORMATS]
    found = outcomes(tmp_path, [(format_, JUNK[junk]) for format_, junk in pairs])
    loaded = [pair for pair, one in zip(pairs, found, strict=True) if one["kind"] == "loaded"]
    # A file without a line is one without rows.
    assert loaded == [("ndjson", "a byte order mark")]
    assert untold(found, also=("loaded",)) == []


def test_every_format_is_loaded_where_nothing_is_wrong(tmp_path: Path) -> None:
    found = outcomes(tmp_path, [(format_, file_of(format_)) for format_ in FORMATS])
    assert [one["text"] for one in found if one["kind"] != "loaded"] == []


def in_zip(name: str, data: bytes, *, encrypted: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    made = bytearray(file.getvalue())
    if encrypted:
        made[6] |= 1
        made[made.find(b"PK\1\2") + 8] |= 1
    return bytes(made)


def laughs(root: str) -> bytes:
    """Return XML whose entities unfold to ten gigabytes."""
    names = ["ha", *(f"a{number}" for number in range(1, 11))]
    entities = f'<!ENTITY {names[0]} "{"ha" * 5}">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)
    )
    start = f'<?xml version="1.0"?><!DOCTYPE {root} [{entities}]>'
    return f"{start}<{root}><row><a>&a10;</a></row></{root}>".encode()


def parquet(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", **options)
    return sink.getvalue()


def many_files() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.csv", b"a\n1\n")
    return file.getvalue()


def one_list(length: int) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array([0, length], pa.int32()), pa.repeat(0, length))


NESTED = b"[" * 1_000_000
FEATURE = b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":'


def packed_batches(megabytes: int, kind: str = "f", *, coded: bool = False) -> bytes:
    """Return a small batch, and one of two columns that unpacks to so many megabytes."""
    text = pa.array(["x" * (megabytes << 19)])
    column = pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()), text) if coded else text
    table = pa.table({"a": column, "b": column})
    make = {"f": pa.ipc.new_file, "s": pa.ipc.new_stream}[kind]
    sink = io.BytesIO()
    with make(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        if not coded:
            writer.write_table(pa.table({"a": ["y"], "b": ["z"]}))
        writer.write_table(table)
    return sink.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "entities": ("xml", lambda: laughs("r"), "defines entities of its own"),
    "entities of Excel's XML": ("excel-xml", lambda: laughs("Workbook"), ""),
    "entities in an ODS file": ("ods", lambda: in_zip("content.xml", laughs("r")), "document type"),
    "an external entity": (
        "xml",
        lambda: b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r><x><a>&a;</a></x></r>',
        "defines entities of its own",
    ),
    "deep XML": ("xml", lambda: b"<a>" * 200_000, "more than 500 elements inside each other"),
    "deep HTML": ("html", lambda: b"<table>" * 100_000, "there is no table with rows"),
    "cells over all rows": (
        "html",
        lambda: b"<table><tr><td colspan=999999999 rowspan=9999999>a</table>",
        "",
    ),
    "deep JSON": ("json", lambda: NESTED, "more than 500 arrays and objects inside each other"),
    "deep NDJSON": ("ndjson", lambda: b'{"a":' + NESTED, "line 1 is not JSON"),
    "deep GeoJSON": ("geojson", lambda: FEATURE + NESTED, "more than 500 arrays"),
    "a number of a million digits": (
        "json",
        lambda: b'[{"a":' + b"9" * 1_000_000 + b"}]",
        "a number of more than 4,300 digits",
    ),
    "such a number in a line": ("ndjson", lambda: b'{"a":' + b"9" * 1_000_000 + b"}", "not JSON"),
    "such a number in a map": (
        "geojson",
        lambda: FEATURE.replace(b"{}", b'{"a":' + b"9" * 5000 + b"}") + b"null}]}",
        "a number of more than 4,300 digits",
    ),
    "an exponent": ("json", lambda: b'[{"a":1e' + b"9" * 30 + b"}]", "exponent out of all measure"),
    "an exponent in a line": ("ndjson", lambda: b'{"a":1e' + b"9" * 30 + b"}", "out of all"),
    "a zip that unfolds": ("csv.zip", lambda: in_zip("a.csv", b"a,b\n" * 18_000_000), "a bomb"),
    "a zip of too many files": ("zip", many_files, "holds 1,001 files"),
    "an encrypted zip": ("csv.zip", lambda: in_zip("a.csv", b"a\n1\n", encrypted=True), "encrypt"),
    "an encrypted workbook": (
        "xlsx",
        lambda: in_zip("xl/workbook.xml", b"<workbook/>", encrypted=True),
        "encrypted",
    ),
    "a text of 80 megabytes in a page": (
        "parquet",
        lambda: parquet(pa.table({"a": ["x" * 80_000_000]}), use_dictionary=False),
        "as only a bomb does",
    ),
    "a list of 20 million items": (
        "parquet",
        lambda: parquet(pa.table({"a": one_list(20_000_000)})),
        "as only a bomb does",
    ),
    "a batch of 400 megabytes": ("arrow", lambda: packed_batches(400), "as only a bomb does"),
    "such a batch in a stream": ("arrows", lambda: packed_batches(400, "s"), "as only a bomb does"),
    "such a dictionary": ("arrow", lambda: packed_batches(400, coded=True), "as only a bomb does"),
    "one in a stream": ("arrows", lambda: packed_batches(400, "s", coded=True), "a bomb does"),
    "an encrypted Parquet file": ("parquet", lambda: b"PARE" + bytes(99) + b"\x10\0\0\0PARE", ""),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    files = [(format_, made()) for format_, made, _ in HOSTILE.values()]
    found = outcomes(tmp_path_factory.mktemp("hostile"), files, "process")
    return dict(zip(HOSTILE, found, strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_told_in_little_time_and_memory(
    hostile: dict[str, Outcome], name: str
) -> None:
    assert is_told(hostile[name]), hostile[name]
    assert HOSTILE[name][2] in hostile[name]["what"]


def test_a_heavy_dictionary_is_read_a_few_rows_at_a_time(tmp_path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), ["x" * 900_000])
    table = pa.table({"a": words})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    files = [("parquet", parquet(table)), ("arrow", sink.getvalue())]
    found = outcomes(tmp_path, files, "process")
    assert [one["kind"] for one in found] == ["loaded", "loaded"]
    assert all(one["megabytes"] < MOST_MEGABYTES for one in found), found


def test_what_packs_well_is_read_where_the_ratio_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(parquet(pa.table({"a": ["x" * 70_000_000]}), use_dictionary=False))
    (tmp_path / "t.parquet.gz").write_bytes(gzip.compress(path.read_bytes()))
    for place in (path, tmp_path / "t.parquet.gz"):
        with pytest.raises(ProcessorError, match=r"raise max_ratio=250\."):
            Flow(load(str(place))).process()
        rows = Flow(load(str(place), max_ratio=100_000)).results()[0][0]
        assert len(rows[0]["a"]) == 70_000_000


@pytest.mark.parametrize("kind", ["f", "s"])
@pytest.mark.parametrize("coded", [False, True])
def test_batches_that_pack_well_are_read_where_the_ratio_is_raised(
    tmp_path: Path, kind: str, *, coded: bool
) -> None:
    path = tmp_path / "t.arrow"
    path.write_bytes(packed_batches(140, kind, coded=coded))
    (tmp_path / "t.arrow.gz").write_bytes(gzip.compress(path.read_bytes()))
    for place in (path, tmp_path / "t.arrow.gz"):
        with pytest.raises(ProcessorError, match=r"raise max_ratio=250\."):
            Flow(load(str(place))).process()
        rows = Flow(load(str(place), max_ratio=100_000)).results()[0][0]
        assert [len(row["b"]) for row in rows][-1] == 70 << 20


def test_runs_are_rows(tmp_path: Path) -> None:
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array([7, None]))
    with pa.ipc.new_file(tmp_path / "t.arrow", pa.schema([("a", runs.type)])) as writer:
        writer.write_batch(pa.record_batch([runs], names=["a"]))
    rows = Flow(load(str(tmp_path / "t.arrow"))).results()[0][0]
    assert rows == [{"a": 7}, {"a": 7}, {"a": None}]


def test_long_texts_of_digits_and_the_longest_numbers_are_read(tmp_path: Path) -> None:
    texts = [
        b'[{"a":"' + b"9" * 200_000 + b'"}]',
        b'[{"a":' + b"9" * 4300 + b"}]",
        b'[{"a":"\\"' + b"9" * 5000 + b'"}]',
    ]
    found = outcomes(tmp_path, [("json", text) for text in texts])
    assert [one["kind"] for one in found] == ["loaded"] * 3


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.date32(), 2_932_897),
        (pa.date32(), -719_163),
        (pa.date64(), 2**60 // 86_400_000 * 86_400_000),
        (pa.timestamp("s"), 2**40),
        (pa.timestamp("us", "UTC"), 2**60),
    ],
)
def test_a_day_that_python_has_not_is_told_with_its_row(
    tmp_path: Path, kind: pa.DataType, value: int
) -> None:
    days = pa.array([0, value], pa.int32() if kind == pa.date32() else pa.int64()).view(kind)
    with pa.ipc.new_file(tmp_path / "t.arrow", pa.schema([("day", kind)])) as writer:
        writer.write_batch(pa.record_batch([days], names=["day"]))
    with pytest.raises(ProcessorError) as caught:
        Flow(load(str(tmp_path / "t.arrow"))).results()
    assert isinstance(caught.value.cause, ValidationError)
    assert "resource 't', row 2, field 'day'" in str(caught.value)
    kept = Flow(load(str(tmp_path / "t.arrow"), on_error=load.ERRORS_IGNORE)).results(
        on_error=None
    )[0][0]
    assert [type(row["day"]) is str for row in kept] == [False, True]


def test_a_type_that_a_file_notes_and_nobody_knows_counts_for_nothing(tmp_path: Path) -> None:
    note = {"field": {"name": "a", "type": "inveger"}, "arrow": "int64", "coded": False}
    field = pa.field("a", pa.int64(), metadata={"dataflows:field": json.dumps(note)})
    pq.write_table(pa.table([[1]], schema=pa.schema([field])), tmp_path / "t.parquet")
    assert Flow(load(str(tmp_path / "t.parquet"))).results()[0][0] == [{"a": 1}]
