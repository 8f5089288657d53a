"""Parsers and loaders of the user's, and those of 0.5.12 that scripts subclass."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from tabulator.loaders.local import LocalLoader
from tabulator.parsers.csv import CSVParser

from dataflows import Flow, load
from dataflows.processors.parsers import (
    ExcelXMLParser,
    ExtendedSQLParser,
    GeoJsonParser,
    XMLParser,
)

if TYPE_CHECKING:
    from pathlib import Path

XML = "<all><city><name>Rome</name><area>1285</area></city><city><name>Oslo</name></city></all>"
GEOJSON = """{"type": "FeatureCollection", "features": [{"type": "Feature",
"geometry": {"type": "Point", "coordinates": [12.5, 41.9]}, "properties": {"name": "Rome"}}]}"""
EXCEL = """<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="1"><Table>
<Row><Cell><Data ss:Type="String">name</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">Rome</Data></Cell></Row></Table></Worksheet></Workbook>"""
ROME = [[{"name": "Rome", "area": 1285}, {"name": "Oslo", "area": None}]]


def rows(source: Any, **options: Any) -> Any:
    return Flow(load(str(source), **options)).results()[0]


@pytest.mark.parametrize(
    ("ending", "text", "parser", "expected"),
    [
        ("xml", XML, XMLParser, ROME),
        ("excel-xml", EXCEL, ExcelXMLParser, [[{"name": "Rome"}]]),
        (
            "geojson",
            GEOJSON,
            GeoJsonParser,
            [[{"name": "Rome", "__geometry": {"type": "Point", "coordinates": [12.5, 41.9]}}]],
        ),
    ],
)
def test_a_subclass_of_a_parser_reads(
    tmp_path: Path, ending: str, text: str, parser: Any, expected: Any
) -> None:
    opened = []

    class Mine(parser):  # type: ignore[misc] # a class of the parameters
        def open(self, source: str, encoding: str | None = None) -> None:
            opened.append(source)
            super().open(source, encoding)

    path = tmp_path / f"cities.{ending}"
    path.write_text(text)
    assert rows(path, custom_parsers={ending: Mine}) == expected
    assert set(opened) == {str(path)}
    assert rows(path, custom_parsers={"other": Mine}) == expected


def test_a_subclass_of_the_sql_parser_reads(tmp_path: Path) -> None:
    class Mine(ExtendedSQLParser):
        pass

    path = tmp_path / "cities.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("create table cities (name text, area int)")
        base.execute("insert into cities values ('Rome', 1285), ('Oslo', null)")
    parsers = {"sql": Mine}
    assert rows(f"sqlite:///{path}", table="cities", custom_parsers=parsers) == ROME
    query = "select name from cities where area > 0"
    found = rows(f"sqlite:///{path}", query=query, custom_parsers=parsers)
    assert found == [[{"name": "Rome"}]]


def test_a_parser_without_keys_finds_its_header(tmp_path: Path) -> None:
    class Mine(CSVParser):  # type: ignore[misc] # tabulator has no types
        pass

    path = tmp_path / "cities.txt"
    path.write_text("Cities of today\n\nname,area\nRome,1285\nOslo,454\n")
    found = rows(path, format="mine", delimiter=",", custom_parsers={"mine": Mine})
    assert found == [[{"name": "Rome", "area": 1285}, {"name": "Oslo", "area": 454}]]


def test_a_loader_of_the_users_gives_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "cities.csv").write_text("name,area\nRome,1285\nOslo,\n")

    class Vault(LocalLoader):  # type: ignore[misc] # tabulator has no types
        def load(self, source: str, mode: str = "t", encoding: str | None = None) -> Any:
            path = tmp_path / source.removeprefix("vault://")
            return super().load(str(path), mode=mode, encoding=encoding)

    assert rows("vault://cities.csv", custom_loaders={"vault": Vault}) == ROME


def test_a_parser_closes_what_it_has_opened(tmp_path: Path) -> None:
    path = tmp_path / "cities.xml"
    path.write_text(XML)
    parser = XMLParser(LocalLoader())
    assert parser.closed
    parser.open(str(path), "utf-8")
    first = list(parser.extended_rows)
    parser.reset()
    assert [list(one) for _, _, one in parser.extended_rows] == [list(c) for _, _, c in first]
    assert (parser.closed, parser.encoding) == (False, "utf-8")
    parser.close()
    parser.close()
    assert parser.closed
