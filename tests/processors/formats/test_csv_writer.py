"""CSV files from columns: the same bytes as Python's csv module writes."""

from __future__ import annotations

import csv
import io
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dataflows import Flow, dump_to_path, load
from dataflows.batch import Batch
from dataflows.column import Column
from dataflows.commit.hashing import HashingWriter
from dataflows.errors import ProcessorError
from dataflows.processors.formats.csv_writer import CsvWriter, csv_bytes
from dataflows.processors.formats.writing import OutputField
from dataflows.types import codec_for
from dataflows.types.boolean import BooleanCodec

if TYPE_CHECKING:
    from pathlib import Path

    from dataflows.types import Codec

cells = st.none() | st.text(
    st.sampled_from(list("ab,;\"'\r\n |\t\\é中😀")) | st.characters(exclude_categories=["Cs"]),
    max_size=6,
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6)
)


def by_the_csv_module(rows: list[list[str | None]], **options: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **options).writerows(rows)
    return text.getvalue().encode()


@settings(max_examples=300)
@given(rows=tables, delimiter=st.sampled_from([",", ";", "\t", "|", "é"]))
@example(rows=[[None], [""], ["x"]], delimiter=",")
@example(rows=[["a" * 40, '"'], [None, None]], delimiter=",")
def test_the_bytes_are_those_of_the_csv_module(
    rows: list[list[str | None]], delimiter: str
) -> None:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    found = bytes(csv_bytes(columns, [True] * len(columns), delimiter))
    assert found == by_the_csv_module(rows, delimiter=delimiter)


@given(rows=tables, start=st.integers(0, 3))
def test_a_slice_of_a_column_is_written_as_what_it_holds(
    rows: list[list[str | None]], start: int
) -> None:
    columns = [pa.array(column, pa.string()).slice(start) for column in zip(*rows, strict=True)]
    assert bytes(csv_bytes(columns, [True] * len(columns))) == by_the_csv_module(rows[start:])


@given(rows=tables, recurring=st.booleans())
def test_texts_that_recur_are_quoted_as_others_are(
    rows: list[list[str | None]], *, recurring: bool
) -> None:
    first = [[f"{number},"] * len(rows[0]) for number in range(2 if recurring else 200)]
    table = [*first, *rows * 100]
    columns = [pa.array(column, pa.string()).slice(1) for column in zip(*table, strict=True)]
    assert bytes(csv_bytes(columns, [True] * len(columns))) == by_the_csv_module(table[1:])


class File:
    """Takes bytes, now or soon, as the files of a dump do."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: Any) -> int:
        self.data += bytes(data)
        return len(data)

    def write_later(self, make: Any) -> None:
        self.write(make())


def written(
    fields: list[dict[str, Any]],
    columns: list[list[Any]],
    null_text: str = "",
    view: str = "values",
    **options: Any,
) -> bytes:
    """Return what the writer writes for some columns of values, which it gets in one view."""
    file = File()
    output = [
        OutputField(
            name=field["name"],
            title=field.get("title", field["name"]),
            type=field["type"],
            codec=codec_for(field, [null_text]),
            null_text=null_text,
        )
        for field in fields
    ]
    writer = CsvWriter(file, output, options, {})
    named = {
        field.name: in_view(Column(values=values), field.codec, view)
        for field, values in zip(output, columns, strict=True)
    }
    writer.write(Batch(named, len(columns[0]) if columns else 0))
    writer.end()
    return file.data


def in_view(column: Column, codec: Codec, view: str) -> Column:
    """Return a column of values as one of text or of an Arrow array."""
    if view == "text":
        return Column(codec, text=codec.values_to_plain(column.values))
    if view == "arrow":
        return Column(codec, arrow=codec.values_to_arrow(column.values))
    return column


FIELDS = [{"name": "a,b", "type": "string", "title": "T"}, {"name": "n", "type": "number"}]


def test_header_and_rows_are_quoted_where_they_need_it() -> None:
    found = written(FIELDS, [["x", 'y"', None], [Decimal("1.50"), None, 0]])
    assert found == b'"a,b",n\r\nx,1.50\r\n"y""",\r\n,0\r\n'


@given(
    rows=st.lists(
        st.tuples(
            st.none() | st.text('ab,"\r\né 😀', min_size=1, max_size=4),
            st.none() | st.decimals(-9999, 9999, places=2),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.dates(),
            st.none() | st.booleans(),
        ),
        max_size=5,
    )
)
def test_text_arrow_and_values_are_written_alike(rows: list[tuple[Any, ...]]) -> None:
    types = ["string", "number", "integer", "date", "boolean"]
    fields = [{"name": one, "type": one} for one in types]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in types]
    expected = by_the_csv_module(
        [types, *([None if cell is None else str(cell) for cell in row] for row in rows)]
    )
    assert written(fields, columns) == expected
    assert written(fields, columns, view="text") == expected
    assert written(fields, columns, view="arrow") == expected
    assert written(fields, columns, view="text", null_text="-") == written(
        fields, columns, null_text="-"
    )


def test_the_text_is_made_in_the_thread_that_writes_the_file(tmp_path: Path) -> None:
    makers: list[str] = []

    class Told(BooleanCodec):
        def text_to_plain(self, text: pa.StringArray) -> pa.StringArray:
            makers.append(threading.current_thread().name)
            return super().text_to_plain(text)

    codec = Told({"type": "boolean"}, ("",))
    path = tmp_path / "a.csv"
    with HashingWriter(path.open("wb")) as file:
        writer = CsvWriter(file, [OutputField("a", "a", "boolean", codec)], {}, {})
        writer.write(Batch({"a": Column(codec, text=pa.array(["true", None, "0"]))}, 3))
    assert path.read_bytes() == b'a\r\nTrue\r\n""\r\nFalse\r\n'
    assert makers == ["hashing"]


def test_titles_stand_in_the_header_when_they_are_wanted() -> None:
    assert written(FIELDS, [["x"], [None]], use_titles=True) == b"T,n\r\nx,\r\n"


def test_a_missing_value_has_the_text_that_stands_for_it() -> None:
    found = written(FIELDS, [["", None], [None, Decimal(1)]], null_text="n,a")
    assert found == b'"a,b",n\r\n,"n,a"\r\n"n,a",1\r\n'


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ";", "lineterminator": "\n"},
        {"delimiter": ".", "quotechar": "'"},
        {"quotechar": "5"},
        {"quoting": csv.QUOTE_ALL},
        {"quoting": csv.QUOTE_NONE, "escapechar": "\\"},
        {"doublequote": False, "escapechar": "\\"},
    ],
)
def test_the_options_are_those_of_the_csv_module(options: dict[str, Any]) -> None:
    texts, numbers = ["x;y", 'z"', "it's", "1.5", None], [Decimal("1.5"), None, 2, 3, 4]
    plain = [[text, None if n is None else str(n)] for text, n in zip(texts, numbers, strict=True)]
    expected = by_the_csv_module([["a,b", "n"], *plain], **options)
    assert written(FIELDS, [texts, numbers], **options) == expected


def test_a_table_without_fields_is_an_empty_file() -> None:
    assert written([], []) == b""


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ";"},
        {"quotechar": "'"},
        {"quoting": csv.QUOTE_ALL},
        {"doublequote": False, "escapechar": "\\"},
        {"lineterminator": "\n"},
        {"dialect": "excel-tab"},
        {"skipinitialspace": True},
        {"strict": True},
        {"use_titles": True},
    ],
)
@pytest.mark.parametrize("format_", ["csv", "tsv"])
def test_what_any_option_writes_loads_back(
    tmp_path: Path, options: dict[str, Any], format_: str
) -> None:
    rows = [{"a": "x,y;\t'\"", "b": " 1\n2"}, {"a": "", "b": "\\"}]
    Flow(rows, dump_to_path(tmp_path, format=format_, options=options)).process()
    found = Flow(load(tmp_path / "datapackage.json", strip=False)).results()[0][0]
    assert found == [{key: value or None for key, value in row.items()} for row in rows]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"delimeter": ";"}, "the options of a csv file have no 'delimeter'"),
        (
            {"quoting": 9},
            "csv.writer does not take the options {'quoting': 9}: bad \"quoting\" value",
        ),
    ],
)
def test_an_option_that_cannot_be_is_refused_before_the_first_row(
    tmp_path: Path, options: dict[str, Any], shown: str
) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], dump_to_path(tmp_path / "out", options=options)).process()
    assert str(caught.value).partition("\n")[0] == shown
    assert not (tmp_path / "out").exists()
