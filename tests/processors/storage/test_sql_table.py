"""Tables and queries of SQLite and DuckDB as sources."""

from __future__ import annotations

import datetime
import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from dataflows import Flow, load
from dataflows.errors import ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

ROW = {
    "id": 1,
    "name": "100%: :x",
    "price": Decimal("1.25"),
    "day": datetime.date(2020, 1, 31),
    "moment": datetime.datetime(2020, 1, 31, 12, 30, 5, 250000),  # noqa: DTZ001 - it has no zone
    "ok": True,
    "data": {"a": [1]},
}
TYPES = ["integer", "string", "number", "date", "datetime", "boolean", "object"]


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE sales (id INTEGER, name TEXT, price NUMERIC(10, 2), day DATE,"
            " moment DATETIME, ok BOOLEAN, data JSON)"
        )
        values = (1, "100%: :x", 1.25, "2020-01-31", "2020-01-31 12:30:05.250000", 1, '{"a": [1]}')
        connection.execute("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute("INSERT INTO sales (id) VALUES (2)")
        connection.execute('CREATE TABLE "a"" b" ("x"" y" TEXT, "select" INTEGER)')
        connection.execute("""INSERT INTO "a"" b" VALUES ('Ω', 7)""")
        connection.execute("CREATE TABLE none_yet (id INTEGER, name TEXT)")
    return path


@pytest.fixture
def duckdb_file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute(
            "CREATE TABLE sales (id INTEGER, name TEXT, price DECIMAL(10, 2), day DATE,"
            " moment TIMESTAMP, ok BOOLEAN, data JSON)"
        )
        connection.execute(
            "INSERT INTO sales VALUES (1, '100%: :x', 1.25, '2020-01-31',"
            " '2020-01-31 12:30:05.25', true, '{\"a\": [1]}'), (2, NULL, NULL, NULL, NULL, NULL,"
            " NULL)"
        )
        connection.execute('CREATE TABLE "a"" b" ("x"" y" TEXT, "select" INTEGER)')
        connection.execute("""INSERT INTO "a"" b" VALUES ('Ω', 7)""")
        connection.execute("CREATE TABLE none_yet (id INTEGER, name TEXT)")
    return path


@pytest.fixture(params=["sqlite", "duckdb"])
def address(request: pytest.FixtureRequest) -> str:
    return f"{request.param}:///{request.getfixturevalue(f'{request.param}_file')}"


def loaded(*args: Any, **options: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    rows, package, _ = Flow(load(*args, **options)).results()
    return rows[0], package.descriptor["resources"][0]


def test_a_table_keeps_its_types(address: str) -> None:
    rows, resource = loaded(address, table="sales")
    assert rows == [ROW, {"id": 2, **dict.fromkeys(list(ROW)[1:])}]
    assert [field["type"] for field in resource["schema"]["fields"]] == TYPES
    assert (resource["name"], resource["path"], resource["format"]) == ("shop", "shop.sql", "sql")


def test_an_empty_table_has_a_schema(address: str) -> None:
    rows, resource = loaded(address, table="none_yet")
    assert rows == []
    kinds = [(one["name"], one["type"]) for one in resource["schema"]["fields"]]
    assert kinds == [("id", "integer"), ("name", "string")]


def test_an_empty_query_has_its_fields(address: str) -> None:
    rows, resource = loaded(address, query="SELECT id, name FROM none_yet")
    assert rows == []
    assert [one["name"] for one in resource["schema"]["fields"]] == ["id", "name"]


def test_names_are_quoted(address: str) -> None:
    assert loaded(address, table='a" b')[0] == [{'x" y': "Ω", "select": 7}]
    assert loaded(address, table="main.sales", order_by="id", limit_rows=1)[0] == [ROW]


def test_the_text_of_a_query_is_not_touched(address: str) -> None:
    query = "SELECT id, '12:30 :x' AS t FROM sales WHERE name LIKE '100%'"
    assert loaded(address, query=query)[0] == [{"id": 1, "t": "12:30 :x"}]


def test_params_are_bound(sqlite_file: Path, duckdb_file: Path) -> None:
    evil = "x' OR 1=1 --"
    for mark, address in ((":", f"sqlite:///{sqlite_file}"), ("$", f"duckdb:///{duckdb_file}")):
        query = f"SELECT id FROM sales WHERE name = {mark}name"
        assert loaded(address, query=query, params={"name": evil})[0] == []
        assert loaded(address, query=query, params={"name": "100%: :x"})[0] == [{"id": 1}]


def test_an_engine_and_a_connection_are_sources(sqlite_file: Path) -> None:
    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{sqlite_file}")
    rows, resource = loaded(engine, table="sales", limit_rows=1)
    assert (rows, resource["name"]) == ([ROW], "shop")
    with engine.connect() as connection:
        assert loaded(connection, query="SELECT id FROM sales")[0] == [{"id": 1}, {"id": 2}]
        assert not connection.closed
    engine.dispose()


def test_the_address_may_be_in_the_environment(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP", f"sqlite:///{sqlite_file}")
    assert loaded("env://SHOP", table="sales", limit_rows=1)[0] == [ROW]


@pytest.mark.parametrize(
    ("options", "reason", "fix"),
    [
        (
            {"table": "saels"},
            "there is no table 'saels' in ",
            "did you mean 'sales'? The tables here are: ",
        ),
        (
            {},
            "Format `sql` requires `table` or `query` options.",
            "write load(url, table='name') or load(url, query='…'); the tables here are: ",
        ),
        (
            {"table": "sales", "query": "SELECT 1"},
            "both table='sales' and a query are given",
            "leave one out: a query names its tables itself.",
        ),
        ({"tabel": "x"}, "a database has no option 'tabel'", "did you mean 'table'?"),
        ({"query": "SELECT * FROM nowhere"}, "nowhere", "check the "),
    ],
)
def test_what_cannot_be_read_is_said_before_the_first_row(
    address: str, options: dict[str, Any], reason: str, fix: str
) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow(load(address, **options)).results()
    assert reason in str(caught.value)
    assert f"fix: {fix}" in str(caught.value)


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_database_without_tables_is_said_to_have_none(tmp_path: Path, scheme: str) -> None:
    path = tmp_path / "empty.db"
    if scheme == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        path.touch()
    with pytest.raises(ProcessorError) as caught:
        Flow(load(f"{scheme}:///{path}")).results()
    assert str(caught.value.fix).endswith("; there are no tables here.")


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for scheme in ("sqlite", "duckdb"):
        path = tmp_path / f"none.{scheme}"
        with pytest.raises(ProcessorError, match="there is no file"):
            Flow(load(f"{scheme}:///{path}", table="t")).results()
        assert not path.exists()


def test_f10_no_password_is_shown() -> None:
    for scheme in ("postgresql", "mysql"):
        pytest.importorskip({"postgresql": "psycopg", "mysql": "pymysql"}[scheme])
        step = load(f"{scheme}://u:S3CRET@127.0.0.1:1/db", table="t")
        with pytest.raises(ProcessorError) as caught:
            Flow(step).results()
        assert "S3CRET" not in f"{step!r} {caught.value} {caught.value.cause!r}"
        assert f"{scheme}://u:***@127.0.0.1:1/db" in str(caught.value)


def test_a_typed_column_becomes_text_where_that_is_asked(address: str, sqlite_file: Path) -> None:
    expected = {
        "id": "1",
        "name": "100%: :x",
        "price": "1.25",
        "day": "2020-01-31",
        "moment": "2020-01-31T12:30:05.250000",
        "ok": "True",
        "data": '{"a": [1]}',
    }
    texts = {name: {"type": "string"} for name in expected}
    rows, resource = loaded(address, table="sales", override_fields=texts)
    assert rows[0] == expected
    assert rows[1] == {**dict.fromkeys(expected), "id": "2"}
    assert {field["type"] for field in resource["schema"]["fields"]} == {"string"}
    with closing(sqlite3.connect(sqlite_file)) as connection, connection:
        connection.execute("INSERT INTO sales (id, day) VALUES ('x', 'never')")
    rows, _ = loaded(f"sqlite:///{sqlite_file}", table="sales", override_fields=texts)
    assert [(row["id"], row["day"]) for row in rows] == [
        ("1", "2020-01-31"),
        ("2", None),
        ("x", "never"),
    ]
