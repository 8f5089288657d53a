"""A real data package into each database and back: the same rows and types."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_sql, load
from servers import mariadb_server, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = {"people": {"resource-name": "population"}}


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database."""
    if kind == "postgresql":
        with postgresql_server() as address:
            yield address
    elif kind == "mariadb":
        with mariadb_server() as address:
            yield address
    else:
        yield f"{kind}:///{folder}/out.{kind}"


def content(*links: Any) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    rows, package, _ = Flow(*links).results()
    fields = package.descriptor["resources"][0]["schema"]["fields"]
    return rows[0], [(field["name"], field["type"]) for field in fields]


@pytest.mark.parametrize("kind", ["sqlite", "duckdb", "postgresql", "mariadb"])
def test_population_goes_into_a_database_and_comes_back(
    kind: str, real_data: Path, tmp_path: Path
) -> None:
    package = real_data / "population" / "datapackage.json"
    expected = content(load(package, resources=["population"]))
    assert len(expected[0]) > 10_000
    with database(kind, tmp_path) as address:
        Flow(load(package, resources=["population"]), dump_to_sql(TABLES, address)).process()
        rows, types = content(load(address, table="people"))
    # A year is an integer for every database.
    assert types == [(name, "integer" if one == "year" else one) for name, one in expected[1]]
    assert rows == expected[0]
    assert [list(map(type, row.values())) for row in rows] == [
        list(map(type, row.values())) for row in expected[0]
    ]
