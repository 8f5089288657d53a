"""A real data package into each database and back: the same rows and types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_sql, load

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {"people": {"resource-name": "population"}}


@pytest.fixture(params=["sqlite", "duckdb", "postgresql", "mariadb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param in ("postgresql", "mariadb"):
        return str(request.getfixturevalue(request.param))
    return f"{request.param}:///{tmp_path}/out.{request.param}"


def content(*links: Any) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    rows, package, _ = Flow(*links).results()
    fields = package.descriptor["resources"][0]["schema"]["fields"]
    return rows[0], [(field["name"], field["type"]) for field in fields]


def test_population_goes_into_a_database_and_comes_back(address: str, real_data: Path) -> None:
    package = real_data / "population" / "datapackage.json"
    expected = content(load(package, resources=["population"]))
    assert len(expected[0]) > 10_000
    Flow(load(package, resources=["population"]), dump_to_sql(TABLES, address)).process()
    rows, types = content(load(address, table="people"))
    # A year is an integer for every database.
    assert types == [(name, "integer" if one == "year" else one) for name, one in expected[1]]
    assert rows == expected[0]
    assert [list(map(type, row.values())) for row in rows] == [
        list(map(type, row.values())) for row in expected[0]
    ]
