"""Options that choose columns, wherever the header is found."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = "Sales of May\n\nid,,city,qty\n1,?,Rome,5\n2,?,Oslo,7\n"
ID, CITY, QTY = (
    ({"id": 1}, {"id": 2}),
    ({"city": "Rome"}, {"city": "Oslo"}),
    ({"qty": 5}, {"qty": 7}),
)


def marked(rows: Any) -> Iterator[Any]:
    """Mark the texts of the rows."""
    for number, header, row in rows:
        yield number, header, [f"{cell}!" if str(cell).isalpha() else cell for cell in row]


def together(*columns: tuple[dict[str, Any], ...]) -> list[list[dict[str, Any]]]:
    return [
        [
            {key: value for one in row for key, value in one.items()}
            for row in zip(*columns, strict=True)
        ]
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"pick_fields": ["id", "qty"]}, together(ID, QTY)),
        ({"pick_fields": [1, 3]}, together(ID, CITY)),
        ({"pick_columns": ["city"]}, together(CITY)),
        ({"skip_fields": ["city"]}, together(ID, QTY)),
        ({"skip_columns": ["id"]}, together(CITY, QTY)),
        ({"limit_fields": 1}, together(ID)),
        ({"offset_fields": 1, "limit_fields": 1}, together(CITY)),
        ({"offset_fields": 2}, together(QTY)),
        ({"ignore_listed_headers": ["qty"]}, together(ID, CITY)),
        ({"ignore_not_listed_headers": ["qty"]}, together(QTY)),
        ({"ignore_blank_headers": False}, together(ID, ({"": "?"}, {"": "?"}), CITY, QTY)),
        ({"pick_fields": ["id"], "skip_rows": [4]}, [[{"id": 2}]]),
        (
            {"post_parse": [marked]},
            together(ID, ({"city": "Rome!"}, {"city": "Oslo!"}), QTY),
        ),
    ],
)
@pytest.mark.parametrize("name", ["sales.csv", "sales.csv.gz"])
def test_columns_are_chosen_below_the_header(
    tmp_path: Path, name: str, options: dict[str, Any], expected: Any
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(TEXT.encode()) if name.endswith("gz") else TEXT.encode())
    assert Flow(load(path, **options)).results()[0] == expected


@pytest.fixture
def places(tmp_path: Path) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return, for each format whose rows have keys, a source of the same rows."""
    rows = [{"id": 1, "city": "Rome", "qty": 5}, {"id": 2, "city": "Oslo", "qty": 7}]
    features = [{"type": "Feature", "geometry": None, "properties": row} for row in rows]
    collection = {"type": "FeatureCollection", "features": features}
    cells = "".join(
        "<sale>" + "".join(f"<{key}>{value}</{key}>" for key, value in row.items()) + "</sale>"
        for row in rows
    )
    (tmp_path / "sales.xml").write_text(f"<sales>{cells}</sales>")
    (tmp_path / "sales.json").write_text(json.dumps([dict(sorted(row.items())) for row in rows]))
    (tmp_path / "sales.geojson").write_text(json.dumps(collection))
    lines = [["id", "city", "qty"], *([str(value) for value in row.values()] for row in rows)]
    table = "".join(
        "<Row>"
        + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in line)
        + "</Row>"
        for line in lines
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    (tmp_path / "sales.excel-xml").write_text(
        f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
        f'<Worksheet ss:Name="1"><Table>{table}</Table></Worksheet></Workbook>'
    )
    with closing(sqlite3.connect(tmp_path / "sales.db")) as base, base:
        base.execute("create table sales (id int, city text, qty int)")
        base.executemany("insert into sales values (:id, :city, :qty)", rows)
    found: dict[str, tuple[str, dict[str, Any]]] = {
        kind: (str(tmp_path / f"sales.{kind}"), {})
        for kind in ("xml", "json", "geojson", "excel-xml")
    }
    return found | {"sql": (f"sqlite:///{tmp_path / 'sales.db'}", {"table": "sales"})}


@pytest.mark.parametrize("kind", ["xml", "json", "geojson", "excel-xml", "sql"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"pick_fields": ["city", "qty"]}, together(CITY, QTY)),
        ({"pick_fields": ["city"], "skip_rows": [1]}, [[{"city": "Oslo"}]]),
        ({"pick_fields": ["city"], "pick_rows": [1]}, [[{"city": "Rome"}]]),
        ({"pick_fields": ["city"], "offset_rows": 1}, [[{"city": "Oslo"}]]),
        ({"pick_fields": ["city"], "limit_rows": 1}, [[{"city": "Rome"}]]),
        (
            {"pick_fields": ["city"], "post_parse": [marked]},
            [[{"city": "Rome!"}, {"city": "Oslo!"}]],
        ),
        ({"ignore_not_listed_headers": ["id"], "hashing_algorithm": "sha256"}, together(ID)),
    ],
)
def test_every_format_takes_them(
    places: dict[str, tuple[str, dict[str, Any]]], kind: str, options: dict[str, Any], expected: Any
) -> None:
    source, own = places[kind]
    assert Flow(load(source, **own, **options)).results()[0] == expected


@pytest.mark.parametrize("kind", ["xml", "geojson", "sql"])
def test_headers_of_ones_own_are_refused_where_rows_have_keys(
    places: dict[str, tuple[str, dict[str, Any]]], kind: str
) -> None:
    source, own = places[kind]
    with pytest.raises(ProcessorError, match="has no option 'headers'"):
        Flow(load(source, **own, headers=["a", "b", "c"])).results()
    rows = Flow(load(source, **own, headers=1)).results()[0][0]
    assert [row["city"] for row in rows] == ["Rome", "Oslo"]
