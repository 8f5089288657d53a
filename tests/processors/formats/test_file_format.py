"""Formats of one's own, row by row."""

from __future__ import annotations

import csv
import datetime
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from dataflows import Flow, dump_to_path, load, set_type
from dataflows.errors import ProcessorError
from dataflows.processors.formats.csv_format import CSVFormat
from dataflows.processors.formats.excel_format import ExcelFormat
from dataflows.processors.formats.file_format import FileFormat
from dataflows.processors.formats.json_format import JSONFormat

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"n": Decimal("1.50"), "day": datetime.date(9, 2, 1), "yes": True, "list": [1], "t": "x"},
    {"n": None, "day": None, "yes": None, "list": None, "t": None},
]


class Texts(FileFormat):
    """Each row as a list of what it gets."""

    NULL_VALUE = "nothing"
    PYTHON_DIALECT: ClassVar[dict[str, dict[str, Any]]] = {"date": {"format": "%d.%m.%Y"}}
    SERIALIZERS: ClassVar[dict[str, Any]] = {"date": lambda day: day.strftime("%d.%m.") + "9"}

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        self.file.write(json.dumps(list(row.values())) + "\n")


class Semicolons(FileFormat):
    """A CSV file by Python's own writer."""

    def __init__(self, file: Any, schema: Any, use_titles: bool = False, **options: Any) -> None:
        super().__init__(file, schema, **options)
        self.writer = csv.DictWriter(file, self.headers, delimiter=";")
        titles = {field.name: field.descriptor.get("title", field.name) for field in schema.fields}
        self.writer.writerow(titles) if use_titles else self.writer.writeheader()

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        self.writer.writerow(row)


class Binary(FileFormat):
    """A format that is written at its end."""

    FILE_MODE = "wb+"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.rows: list[dict[str, Any]] = []

    def write_transformed_row(self, row: dict[str, Any]) -> None:
        self.rows.append(row)

    def finalize_file(self) -> None:
        self.file.write(bytes([len(self.rows), 0xFF]))


def written(folder: Path, format_class: Any, *links: Any, **options: Any) -> bytes:
    """Dump the rows in a format, and return the file."""
    formatters = {"own": format_class}
    Flow(
        ROWS, *links, dump_to_path(folder, format="own", file_formatters=formatters, **options)
    ).process()
    return (folder / "res_1.csv").read_bytes()


def test_values_become_texts_by_serializers_of_ones_own_or_ours(tmp_path: Path) -> None:
    assert written(tmp_path, Texts).decode() == (
        '["1.50", "01.02.9", "True", "[1]", "x"]\n'
        '["nothing", "nothing", "nothing", "nothing", "nothing"]\n'
    )
    (found,) = json.loads((tmp_path / "datapackage.json").read_text())["resources"]
    assert found["schema"]["fields"][1] == {"name": "day", "type": "date", "format": "%d.%m.%Y"}


def test_a_text_file_keeps_its_line_ends_and_is_utf_8(tmp_path: Path) -> None:
    def umlaut(row: dict[str, Any]) -> None:
        row["t"] = "ü\r\n;"

    data = written(tmp_path, Semicolons, umlaut)
    assert data == (
        "n;day;yes;list;t\r\n"
        '1.50;0009-02-01;True;[1];"ü\r\n;"\r\n'
        ';;;;"ü\r\n;"\r\n'
    ).encode()  # fmt: skip


def test_it_gets_the_options_of_the_dump(tmp_path: Path) -> None:
    data = written(
        tmp_path,
        Semicolons,
        set_type("t", title="Text"),
        set_type("day", pattern="%d/%m/%Y"),
        use_titles=True,
        temporal_format_property="pattern",
    )
    assert data.splitlines()[:2] == [b"n;day;yes;list;Text", b"1.50;01/02/0009;True;[1];x"]


def test_a_binary_format_may_write_at_its_end(tmp_path: Path) -> None:
    assert written(tmp_path, Binary) == b"\x02\xff"


def test_the_path_and_format_are_what_prepare_resource_says(tmp_path: Path) -> None:
    written(tmp_path, Texts)
    (found,) = json.loads((tmp_path / "datapackage.json").read_text())["resources"]
    assert found["path"] == "res_1.csv"
    assert found["bytes"] == (tmp_path / "res_1.csv").stat().st_size


def test_it_serves_the_ending_of_a_path_as_well(tmp_path: Path) -> None:
    step = dump_to_path(tmp_path, force_format=False, file_formatters={"csv": Binary})
    Flow(ROWS, step).process()
    assert (tmp_path / "res_1.csv").read_bytes() == b"\x02\xff"


def test_an_error_in_it_stops_the_flow_and_nothing_is_written(tmp_path: Path) -> None:
    class Broken(Texts):
        def write_transformed_row(self, row: dict[str, Any]) -> None:
            if row["n"] == "nothing":
                raise LookupError("no room")

    with pytest.raises(ProcessorError) as caught:
        written(tmp_path / "out", Broken)
    assert isinstance(caught.value.cause, LookupError)
    assert str(caught.value).splitlines()[0] == "LookupError: no room"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("format_", "parent"), [("csv", CSVFormat), ("excel", ExcelFormat), ("json", JSONFormat)]
)
def test_a_class_may_have_options_of_its_own(tmp_path: Path, format_: str, parent: Any) -> None:
    seen = []

    class Signed(parent):  # type: ignore[misc] # a class that is a parameter
        def __init__(self, file: Any, schema: Any, sign: str = "", **options: Any) -> None:
            seen.append(sign)
            super().__init__(file, schema, **options)

    step = dump_to_path(
        tmp_path, format=format_, file_formatters={format_: Signed}, options={"sign": "x"}
    )
    Flow([{"a": 1}], step).process()
    assert seen == ["x"]
    assert Flow(load(tmp_path / "datapackage.json")).results()[0] == [[{"a": 1}]]
