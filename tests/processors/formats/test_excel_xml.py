"""Excel's XML of 2003: typed cells at their places, and files that mean harm."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
SHEET = """
<Worksheet ss:Name="One"><Table>
 <Row><Cell><Data ss:Type="String">id</Data></Cell><Cell><Data ss:Type="String">part</Data></Cell>
  <Cell><Data ss:Type="String">day</Data></Cell><Cell><Data ss:Type="String">moment</Data></Cell>
  <Cell><Data ss:Type="String">yes</Data></Cell><Cell><Data ss:Type="String">text</Data></Cell>
 </Row>
 <Row><Cell><Data ss:Type="Number">1</Data></Cell><Cell><Data ss:Type="Number">0.1</Data></Cell>
  <Cell><Data ss:Type="DateTime">2020-01-02T00:00:00.000</Data></Cell>
  <Cell><Data ss:Type="DateTime">2020-01-02T03:04:05.000</Data></Cell>
  <Cell><Data ss:Type="Boolean">1</Data></Cell>
  <Cell><ss:Data ss:Type="String" xmlns="http://www.w3.org/TR/REC-html40"><B>a</B> &amp; b</ss:Data>
  </Cell></Row>
 <Row ss:Index="4"><Cell ss:MergeAcross="1"><Data ss:Type="Number">2</Data></Cell>
  <Cell ss:Index="6"><Data ss:Type="String">=1+1</Data></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="Two"><Table><Row><Cell><Data ss:Type="String">b</Data></Cell></Row>
 <Row><Cell><Data ss:Type="Number">3</Data></Cell></Row></Table></Worksheet>
"""


def book(folder: Path, sheets: str = SHEET, name: str = "t.xls", before: str = "") -> Path:
    path = folder / name
    path.write_text(
        f'<?xml version="1.0"?>\n{before}'
        f'<Workbook xmlns="{SPACE}" xmlns:ss="{SPACE}">{sheets}</Workbook>'
    )
    return path


def rows_of(path: Path, **options: Any) -> list[dict[str, Any]]:
    return list(Flow(load(path, **options)).results()[0][0])


def error_of(path: Path, **options: Any) -> str:
    with pytest.raises(ProcessorError) as caught:
        rows_of(path, **options)
    return str(caught.value).partition("\n")[0]


@pytest.mark.parametrize(
    ("name", "options"), [("t.xls", {}), ("t.xml", {"format": "excel-xml"}), ("t.xlsx", {})]
)
def test_cells_are_typed_and_at_their_places(
    tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    nothing = dict.fromkeys(["id", "part", "day", "moment", "yes", "text"])
    assert rows_of(book(tmp_path, name=name), **options) == [
        {
            "id": 1,
            "part": Decimal("0.1"),
            "day": datetime.date(2020, 1, 2),
            "moment": datetime.datetime.fromisoformat("2020-01-02T03:04:05"),
            "yes": True,
            "text": "a & b",
        },
        nothing,
        {**nothing, "id": 2, "text": "=1+1"},
    ]


def test_another_sheet_is_read_by_name_or_number(tmp_path: Path) -> None:
    path = book(tmp_path)
    assert rows_of(path, sheet="Two") == rows_of(path, sheet=2) == [{"b": 3}]
    assert error_of(path, sheet="Three").endswith("t.xls: no sheet 'Three'")


def test_a_document_type_is_refused_before_it_is_read(tmp_path: Path) -> None:
    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert error_of(book(tmp_path, before=laughs)).endswith("it declares a document type")


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ('<Row ss:Index="99999999"/>', "a place '99999999' where 1 to 1,048,576 can be"),
        ('<Row><Cell ss:Index="20000"/></Row>', "a place '20000' where 1 to 16,384 can be"),
        ('<Row ss:Index="-1"/>', "a place '-1' where 1 to 1,048,576 can be"),
        ("<Row><Cell>", "mismatched tag: line 2, column 162"),
    ],
)
def test_places_out_of_a_sheet_and_broken_files_are_told(
    tmp_path: Path, rows: str, shown: str
) -> None:
    sheets = f'<Worksheet ss:Name="S"><Table>{rows}</Table></Worksheet>'
    assert error_of(book(tmp_path, sheets)).endswith(f"cannot be read as Excel's XML: {shown}")


def test_a_huge_block_of_blanks_is_refused(tmp_path: Path) -> None:
    cell = '<Cell ss:Index="16384"><Data ss:Type="Number">1</Data></Cell>'
    rows = f'<Row>{cell}</Row><Row ss:Index="1048576">{cell}</Row>'
    path = book(tmp_path, f'<Worksheet ss:Name="S"><Table>{rows}</Table></Worksheet>')
    assert error_of(path).endswith(
        "the sheet 'S' has 2 filled cells in 1,048,576 rows × 16,384 columns"
    )


def test_a_huge_cell_is_refused(tmp_path: Path) -> None:
    cell = f'<Row><Cell><Data ss:Type="String">{"a" * (34 << 20)}</Data></Cell></Row>'
    path = book(tmp_path, f"<Worksheet><Table>{cell}</Table></Worksheet>")
    assert "a row of more than 33,554,432 characters" in error_of(path)
