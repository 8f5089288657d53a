"""The CSV reader: what it delivers, what it refuses, and that it equals csv.reader."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dataflows.errors import ArgumentError, SourceLoadError
from dataflows.processors.formats.csv_reader import CsvFile, CsvReport, Unsupported, inspect_csv

REAL_DATA = os.environ.get("DATAFLOWS_REAL_DATA")

anywhere = settings(
    max_examples=250,
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
    [
        '"',
        '""',
        ",",
        ",,",
        "\n",
        "\r\n",
        "\r",
        "\n\n",
        "a",
        "1",
        " ",
        "é",
        "日本",
        "\x00",
        ";",
        "'",
        "\ufeff",
        "\x1c",
        "\x85",
        "\u2028",
        '","',
        '"\n',
        ',"',
        "\\",
        "longer text in a cell",
    ],
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
@example(text=', ""', width=2, block=7)
@example(text='3,"xxxxxxxxxxxx\r\nyy"\n' + "4,5\n" * 10, width=2, block=16)
def test_reads_what_csv_reader_reads(tmp_path: Path, text: str, width: int, block: int) -> None:
    names = [f"c{n}" for n in range(width)]
    path = write(tmp_path, ",".join(names) + "\n" + text)
    options = {"headers": 1, "delimiter": ",", "encoding": "utf-8", "skipinitialspace": False}
    if is_open(text):
        with pytest.raises(SourceLoadError, match=r"quote opened on line"):
            inspect_csv(path, **options)
        return
    file = inspect_csv(path, **options)
    rows = read(file, block_size=block)
    assert rows == expected(text, width)
    found = list(csv.reader(io.StringIO(text, newline="")))
    suspect = [
        n
        for n, row in enumerate(found, 1)
        if any("\n" in cell and cell[-1] == '"' and cell.count('"') % 2 for cell in row[:width])
    ]
    assert asdict(file.report) == {
        "suspect_rows": len(suspect),
        "first_suspect": suspect[:5],
        "rows": len(found),
        "short_rows": sum(len(row) < width and any(row) for row in found),
        "long_rows": sum(any(row[width:]) for row in found),
        "first_short": [n for n, row in enumerate(found, 1) if len(row) < width and any(row)][:5],
        "first_long": [
            (n, ",".join(row[width:])) for n, row in enumerate(found, 1) if any(row[width:])
        ][:5],
    }


@anywhere
@given(
    text=texts,
    dialect=st.sampled_from(
        [
            {"quoting": csv.QUOTE_NONE},
            {"escapechar": "\\"},
            {"escapechar": "\\", "doublequote": False},
            {"doublequote": False},
            {"skipinitialspace": True},
            {"quotechar": "'"},
            {"delimiter": ";"},
            {"delimiter": "é"},
        ]
    ),
)
def test_reads_other_dialects_as_csv_reader_does(
    tmp_path: Path, text: str, dialect: dict[str, object]
) -> None:
    if is_open(text, **dialect):
        return
    path = write(tmp_path, str(dialect.get("delimiter", ",")).join("ab") + "\n" + text)
    options = {"delimiter": ",", "skipinitialspace": False, **dialect}
    file = inspect_csv(path, headers=1, encoding="utf-8", **options)
    assert read(file, block_size=16) == expected(text, 2, **dialect)


@anywhere
@given(
    table=st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2)),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_csv_writer_writes_reads_back_equal(
    tmp_path: Path, table: list[list[str]], line_end: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b"], *table])
    file = inspect_csv(write(tmp_path, text.getvalue()), headers=1, delimiter=",", encoding="utf8")
    assert read(file, block_size=64) == [[cell or None for cell in row] for row in table]
    assert file.report == CsvReport(rows=len(table))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252"]
)
@pytest.mark.parametrize("compressed", [False, True])
def test_encodings_and_compression(tmp_path: Path, encoding: str, *, compressed: bool) -> None:
    text = '"näme",größe\n"Zoë, Ümit","ß\r\nß"\nMüller,é\n' * 50
    data = text.encode(encoding)
    path = write(
        tmp_path, gzip.compress(data) if compressed else data, "t.csv" + ".gz" * compressed
    )
    given_encoding = encoding if encoding in ("latin-1", "cp1252") else None
    file = inspect_csv(path, encoding=given_encoding)
    assert file.encoding == codecs.lookup(encoding).name
    assert file.names == ["näme", "größe"]
    assert read(file, block_size=256) == expected(text, 2)[1:]


def test_an_encoding_is_recognized_when_it_is_beyond_doubt(tmp_path: Path) -> None:
    text = "番号,文\n" + "1,これは日本語のテストです。文字コードの検出を行います。\n" * 20
    file = inspect_csv(write(tmp_path, text.encode("euc-jp")))
    assert file.encoding == "euc_jp"
    assert read(file) == expected(text, 2)[1:]


def test_an_encoding_in_doubt_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SourceLoadError) as caught:
        inspect_csv(write(tmp_path, "name,city\nJosé,Málaga\n".encode("latin-1")))
    assert caught.value.what == "the byte 0xe9 at offset 13 (line 2) is not utf-8 text"
    assert caught.value.fix == (
        "pass the encoding of the file, such as encoding='latin-1' or encoding='cp1252'"
        "; utf-8 was guessed from the start of the file."
    )


def test_ragged_rows_are_made_to_fit_at_their_place_and_reported(tmp_path: Path) -> None:
    text = "a,b,c\n1,2,3\n4,5\n\n6,7,8,9,x\n10,11,12,,\n13\n14,15,16\n"
    file = inspect_csv(write(tmp_path, text))
    assert read(file) == [
        ["1", "2", "3"],
        ["4", "5", None],
        [None, None, None],
        ["6", "7", "8"],
        ["10", "11", "12"],
        ["13", None, None],
        ["14", "15", "16"],
    ]
    assert file.report == CsvReport(
        rows=7, short_rows=2, long_rows=1, first_short=[2, 6], first_long=[(4, "9,x")]
    )


@pytest.mark.parametrize("ragged", ["{},b\n", "{},b,c,d\n"])
def test_a_file_where_every_row_is_ragged(tmp_path: Path, ragged: str) -> None:
    text = "a,b,c\n" + "".join(ragged.format(number) for number in range(20_000))
    file = inspect_csv(write(tmp_path, text), headers=1)
    rows = expected(text, 3)[1:]
    assert read(file, block_size=1 << 12) == rows
    assert file.report.short_rows + file.report.long_rows == len(rows)
    assert file.report.first_short or file.report.first_long == [(n, "d") for n in range(1, 6)]


def test_ragged_rows_from_the_second_block_on(tmp_path: Path) -> None:
    text = "a,b\n" + "1,2\n" * 5_000 + "3\n" * 200_000 + "4,5\n"
    file = inspect_csv(write(tmp_path, text))
    assert read(file, block_size=1 << 14) == expected(text, 2)[1:]
    assert file.report == CsvReport(
        rows=205_001, short_rows=200_000, first_short=[5001, 5002, 5003, 5004, 5005]
    )


def test_a_limit_stops_early_and_counts_only_what_it_delivers(tmp_path: Path) -> None:
    text = "a,b\n1,2\n3\n4,5\n6\n" + "7,8\n" * 1_000_000
    file = inspect_csv(write(tmp_path, text))
    before = psutil.Process().io_counters().read_chars
    assert read(file, limit_rows=3) == [["1", "2"], ["3", None], ["4", "5"]]
    assert psutil.Process().io_counters().read_chars - before < 3 << 20
    assert file.report == CsvReport(rows=3, short_rows=1, first_short=[2])
    assert read(file, limit_rows=0) == []


def test_names_are_stripped_and_columns_without_one_left_out(tmp_path: Path) -> None:
    text = " a ,,b,,a\n1,x,2,,3\n4,,5,,6\n"
    file = inspect_csv(write(tmp_path, text))
    assert (file.names, file.kept, file.dropped) == (["a", "b", "a"], [0, 2, 4], [1])
    assert read(file) == [["1", "2", "3"], ["4", "5", "6"]]
    assert file.sample == [["1", "2", "3"], ["4", "5", "6"]]


@pytest.mark.parametrize(
    ("headers", "names", "first"),
    [
        ("auto", ["id", "name"], ["1", "x"]),
        (1, ["Title"], ["id"]),
        (2, ["id", "name"], ["1", "x"]),
        (None, ["field1", "field2"], ["Title", None]),
        (["p", "q"], ["p", "q"], ["Title", None]),
    ],
)
def test_where_the_header_is(
    tmp_path: Path, headers: object, names: list[str], first: list[str | None]
) -> None:
    file = inspect_csv(write(tmp_path, "Title\nid,name\n1,x\n2,y\n"), headers=headers)
    assert file.names == names
    assert read(file)[0] == first
    assert file.sample[0] == [cell or "" for cell in first]


@pytest.mark.parametrize("headers", [[1, 2], 0, True, [], "none", {"a": 1}])
def test_headers_that_tabulator_must_see_to(tmp_path: Path, headers: object) -> None:
    with pytest.raises(Unsupported):
        inspect_csv(write(tmp_path, "a\n1\n"), headers=headers)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\r\n\n", b",,\n \n"])
@pytest.mark.parametrize("headers", ["auto", 1])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes, headers: object) -> None:
    path = write(tmp_path, data)
    with pytest.raises(SourceLoadError) as caught:
        inspect_csv(path, headers=headers)
    assert caught.value.what == f"the file {str(path)!r} is empty"
    assert caught.value.fix == "check that the file was written to its end, or leave it out."


@pytest.mark.parametrize("data", ["a,b", "a,b\n", "a,b\r\n", "Title\n\na,b"])
def test_a_header_alone_gives_names_and_no_rows(tmp_path: Path, data: str) -> None:
    file = inspect_csv(write(tmp_path, data), headers="auto" if data[0] == "a" else 3)
    assert (file.names, file.sample, read(file)) == (["a", "b"], [], [])


def test_a_header_row_beyond_the_end_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n")
    with pytest.raises(SourceLoadError) as caught:
        inspect_csv(path, headers=3)
    assert caught.value.what == f"the file {str(path)!r} has no row 3 to be the header"
    assert caught.value.fix == "pass headers=1 to 2."


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect_csv(tmp_path / "none.csv")


QUOTE_FIX = (
    "close the quote on line {}, or pass quoting=csv.QUOTE_NONE if quotes mean nothing "
    "in this file."
)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_quote_left_open_in_the_sample(tmp_path: Path, end: str) -> None:
    text = 'a,b\n1,2\n"3\n4",5\n6,"7\n8,9\n10,11' + end
    with pytest.raises(SourceLoadError) as caught:
        inspect_csv(write(tmp_path, text))
    assert (
        caught.value.what == "the quote opened on line 5 is not closed before the end of the file"
    )
    assert caught.value.fix == QUOTE_FIX.format(5)


def test_a_quote_left_open_behind_the_sample(tmp_path: Path) -> None:
    text = "a,b\n" + "1,2\n" * 300_000 + '6,"7\n' + "8,9\n" * 1_000
    file = inspect_csv(write(tmp_path, text))
    assert error_of(file) == (
        "the quote opened on line 300,002 is not closed before the end of the file",
        QUOTE_FIX.format("300,002"),
    )


def test_a_quote_left_open_in_a_large_file_is_found_in_bounded_memory(tmp_path: Path) -> None:
    text = "a,b\n" + "1,2\n" * 300_000 + '6,"7\n' + "8,9\n" * 3_000_000
    file = inspect_csv(write(tmp_path, text), max_cell_bytes=1 << 20)
    assert error_of(file) == (
        "the row that begins on line 300,002 holds more than 1,048,576 characters",
        QUOTE_FIX.format("300,002") + " Or pass a larger max_cell_bytes.",
    )


def test_rows_swallowed_by_a_quote_that_another_closes_are_suspect(tmp_path: Path) -> None:
    text = 'a,b,c\n1,2,3\n4,"five,6\n7,8,9\n10,"eleven",12\n13,"he said\n""hi""",15\n'
    file = inspect_csv(write(tmp_path, text))
    assert read(file) == [
        ["1", "2", "3"],
        ["4", 'five,6\n7,8,9\n10,eleven"', "12"],
        ["13", 'he said\n"hi"', "15"],
    ]
    assert file.report == CsvReport(rows=3, suspect_rows=1, first_suspect=[2])


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "x" * (5 << 20))
    with pytest.raises(SourceLoadError) as caught:
        inspect_csv(path, max_cell_bytes=1 << 20)
    assert caught.value.what == "the row that begins on line 1 holds more than 1,048,576 characters"


def test_large_cells_are_read(tmp_path: Path) -> None:
    large = "long, \r\n" * 1_300_000
    text = "a,b\n" + "1,2\n" * 300_000 + f'3,"{large}"\n' + "4,5\n" * 1_000
    file = inspect_csv(write(tmp_path, text))
    rows = read(file)
    assert rows[300_000] == ["3", large]
    assert rows[:300_000] == [["1", "2"]] * 300_000
    assert rows[300_001:] == [["4", "5"]] * 1_000


def test_a_large_cell_in_the_first_row(tmp_path: Path) -> None:
    large = "y" * (5 << 20)
    file = inspect_csv(write(tmp_path, f"a,b\n1,{large}\n2,z\n"))
    assert read(file) == [["1", large], ["2", "z"]]


def test_a_byte_that_does_not_decode_is_shown_with_its_place(tmp_path: Path) -> None:
    head = b"a,b\n" + b"1,2\n" * 500_000
    path = write(tmp_path, head + "é".encode("latin-1") + b",2\n" + b"3,4\n" * 10)
    fix = "pass the encoding of the file, such as encoding='latin-1' or encoding='cp1252'"
    what = "the byte 0xe9 at offset 2,000,004 (line 500,002) is not utf-8 text"
    guessed = fix + "; utf-8 was guessed from the start of the file."
    assert error_of(inspect_csv(path)) == (what, guessed)
    assert error_of(inspect_csv(path, encoding="utf-8")) == (what, fix + ".")
    assert read(inspect_csv(path, encoding="latin-1"))[500_000] == ["é", "2"]


def test_a_byte_that_does_not_decode_in_a_ragged_row(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n" + b"1,2\n" * 500_000 + b"\xff\n3,4\n")
    assert error_of(inspect_csv(path))[0] == (
        "the byte 0xff at offset 2,000,004 (line 500,002) is not utf-8 text"
    )


def test_half_a_character_at_the_end(tmp_path: Path) -> None:
    data = ("a,b\n" + "1,2\n" * 500_000).encode("utf-16") + b"\x31"
    assert error_of(inspect_csv(write(tmp_path, data)))[0] == (
        "the byte 0x31 at offset 4,000,010 (line 500,002) is not utf-16 text"
    )


def test_utf_16_without_its_mark_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n".encode("utf-16-le"))
    with pytest.raises(SourceLoadError) as caught:
        inspect_csv(path)
    assert caught.value.what == (
        "the file is full of NUL bytes, as utf-16-le text without a byte order mark is"
    )
    assert caught.value.fix == (
        "pass encoding='utf-16-le', or encoding='utf-8' if the NULs belong to the data."
    )
    assert read(inspect_csv(path, encoding="utf-16-le")) == [["1", "2"]]


def test_an_encoding_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as caught:
        inspect_csv(write(tmp_path, "a\n1\n"), encoding="utf-9")
    assert caught.value.what == "there is no encoding 'utf-9'"


def test_nul_characters_are_kept(tmp_path: Path) -> None:
    text = "a,b\n" + "1,2\n" * 300_000 + '\0,"x\0y"\nlong text before\0,"quoted\n\0, cell"\n'
    rows = read(inspect_csv(write(tmp_path, text)))
    assert rows[300_000:] == [["\0", "x\0y"], ["long text before\0", "quoted\n\0, cell"]]


@pytest.mark.parametrize("end", ['\nxxxxxxxxxxxx"\n', '\n\nxxxxx"\n'])
def test_quotes_behind_nul_characters_at_the_end_of_a_block_count(tmp_path: Path, end: str) -> None:
    for before in range(16, 36):
        for within in (33, 36, 39):
            text = "x" * before + '\0,"' + "x" * within + end
            file = inspect_csv(write(tmp_path, "a\n" + text), headers=1, delimiter=",")
            assert read(file, block_size=64) == expected(text, 1)


def test_an_archive_cut_short_is_refused(tmp_path: Path) -> None:
    text = "a,b\n" + "".join(f"{number},{number * 7919 % 10007}\n" for number in range(300_000))
    path = write(tmp_path, gzip.compress(text.encode())[:-50_000], "t.csv.gz")
    assert error_of(inspect_csv(path)) == (
        (
            f"the archive {str(path)!r} is broken: "
            "Compressed file ended before the end-of-stream marker was reached"
        ),
        "fetch or compress the file again.",
    )


def test_a_file_that_changed_after_it_was_inspected_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n")
    file = inspect_csv(path)
    path.write_text("p,q\n1,2\n")
    assert error_of(file) == (
        f"the file {str(path)!r} changed after its header was read",
        "run again when nothing writes to the file.",
    )


def test_a_file_reads_twice(tmp_path: Path) -> None:
    file = inspect_csv(write(tmp_path, "a,b\n1\n"))
    assert read(file) == read(file) == [["1", None]]
    assert file.report == CsvReport(rows=1, short_rows=1, first_short=[1])


def open_files() -> list[str]:
    """Return the paths of the files that this process has open."""
    return [file.path for file in psutil.Process().open_files()]


@pytest.mark.parametrize("options", [{}, {"skipinitialspace": True}])
def test_closing_early_closes_the_file(tmp_path: Path, options: dict[str, bool]) -> None:
    path = write(tmp_path, "a,b\n" + "1,2\n" * 2_000_000)
    file = inspect_csv(path, **options)
    for _ in range(5):
        batches = file.batches()
        next(batches)
        assert str(path) in open_files()
        batches.close()
        assert str(path) not in open_files()


def test_an_error_closes_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n" + b"1,2\n" * 2_000_000 + b"\xff,1\n")
    error_of(inspect_csv(path))
    assert str(path) not in open_files()


@pytest.mark.parametrize(
    "use",
    [
        "rows = file.batches(); next(rows)",
        "rows = file.batches(limit_rows=200_000); next(rows)",
        "next(file.batches())",
        "list(file.batches(limit_rows=5))",
    ],
)
def test_python_may_end_with_the_file_half_read(tmp_path: Path, use: str) -> None:
    path = write(tmp_path, "a,b\n" + "1,2\n" * 2_000_000)
    script = (
        "from dataflows.processors.formats.csv_reader import inspect_csv\n"
        f"file = inspect_csv({str(path)!r})\n{use}\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (run.returncode, run.stderr) == (0, b"")


def test_rows_from_the_middle_and_the_end_are_seen(tmp_path: Path) -> None:
    text = "n,note\n" + "".join(f'{n},"note, {n}"\n' for n in range(100_000))
    spread = inspect_csv(write(tmp_path, text)).spread
    numbers = [int(number) for number, _ in spread]
    assert len(numbers) == 200
    assert numbers[-1] == 99_999
    assert 40_000 < numbers[0] < 60_000
    assert [note for _, note in spread] == [f"note, {number}" for number in numbers]


@pytest.mark.parametrize(
    "row",
    [
        '{n},"line\n{n},line\n{n},line"\n',
        "{n},x\n{n}\n",
        '{n},"x""\n{n},y"\n',
    ],
)
def test_rows_that_may_not_be_rows_are_left_out(tmp_path: Path, row: str) -> None:
    text = "n,note\n" + "".join(row.format(n=n) for n in range(50_000))
    assert inspect_csv(write(tmp_path, text)).spread == []


@settings(anywhere, max_examples=60)
@given(
    table=st.lists(
        st.tuples(st.text('a,\n"1', max_size=6), st.text('a,\n"1', max_size=6)),
        min_size=3,
        max_size=8,
    ),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_spread_rows_are_rows_of_the_file(
    tmp_path: Path, table: list[tuple[str, str]], quoting: int
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting)
    writer.writerow(["a", "b"])
    writer.writerows(table * 12_000)
    file = inspect_csv(write(tmp_path, text.getvalue()), headers=1, delimiter=",")
    assert {tuple(row) for row in file.spread} <= set(table)


@pytest.mark.skipif(not REAL_DATA, reason="DATAFLOWS_REAL_DATA names no folder")
@pytest.mark.parametrize(
    "name",
    [
        "country-codes/country-codes.csv",
        "covid/key-countries-pivoted.csv",
        "covid/reference.csv",
        "covid/worldwide-aggregate.csv",
        "formats/table.csv",
        "formats/table.csv.gz",
        "formats/table.tsv",
        "population/data/population.csv",
        "world-cities/world-cities.csv",
    ],
)
def test_real_files(name: str) -> None:
    path = Path(str(REAL_DATA)) / name
    data = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
    delimiter = "\t" if name.endswith(".tsv") else ","
    rows = list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))
    file = inspect_csv(path)
    assert file.names == rows[0]
    assert read(file) == [[cell or None for cell in row] for row in rows[1:]]
    assert file.sample == rows[1:1001]
    assert file.report == CsvReport(rows=len(rows) - 1)
