"""What hangs on a table that is rewritten: foreign keys, grants, views, triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_sql, load, set_primary_key, update_schema
from dataflows.errors import OutputError, ProcessorError
from dataflows.processors.storage.sql_engine import engine_of

if TYPE_CHECKING:
    from pathlib import Path

CITY = [{"fields": ["city"], "reference": {"resource": "res_2", "fields": ["name"]}}]
RIVERS = {"rivers": {"resource-name": "res_1"}}
CITIES = {"cities": {"resource-name": "res_2"}}


@pytest.fixture(params=["postgresql", "mariadb"])
def address(request: pytest.FixtureRequest) -> str:
    made: str = request.getfixturevalue(request.param)
    drops = ("VIEW IF EXISTS names", "TABLE IF EXISTS rivers", "TABLE IF EXISTS cities")
    asked(made, *(f"DROP {one}" for one in drops))
    return made


def asked(address: str, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements, and return the rows of the last one."""
    found: list[tuple[Any, ...]] = []
    engine = engine_of(address)
    with engine.connect() as connection:
        for statement in statements:
            result = connection.exec_driver_sql(statement)
            found = [tuple(row) for row in result] if result.returns_rows else []
        connection.commit()
    engine.dispose()
    return found


def dump(address: str, rivers: list[str], cities: list[str], tables: dict[str, Any]) -> None:
    """Dump rivers, which point to cities that come after them."""
    Flow(
        [{"id": number, "city": city} for number, city in enumerate(rivers)],
        [{"name": city} for city in cities],
        set_primary_key(["id"], resources="res_1"),
        set_primary_key(["name"], resources="res_2"),
        update_schema("res_1", foreignKeys=CITY),
        dump_to_sql(tables, address),
    ).process()


def content(address: str) -> tuple[list[str], list[str]]:
    rivers, cities = Flow(load(address, table="rivers"), load(address, table="cities")).results()[0]
    return [row["city"] for row in rivers], sorted(row["name"] for row in cities)


def foreign_keys(address: str) -> list[tuple[list[str], str, list[str]]]:
    from sqlalchemy import inspect

    engine = engine_of(address)
    found = [
        (one["constrained_columns"], one["referred_table"], one["referred_columns"])
        for one in inspect(engine).get_foreign_keys("rivers")
    ]
    engine.dispose()
    return found


@pytest.mark.parametrize("tables", [{**RIVERS, **CITIES}, {**CITIES, **RIVERS}])
def test_foreign_keys_between_the_tables_of_a_dump_are_in_the_database(
    address: str, tables: dict[str, Any]
) -> None:
    dump(address, ["Rome"], ["Rome", "Paris"], tables)
    dump(address, ["Oslo", "Rome"], ["Rome", "Oslo"], tables)
    assert content(address) == (["Oslo", "Rome"], ["Oslo", "Rome"])
    assert foreign_keys(address) == [(["city"], "cities", ["name"])]


def test_a_row_that_points_nowhere_is_refused_and_nothing_changed(address: str) -> None:
    dump(address, ["Rome"], ["Rome"], {**RIVERS, **CITIES})
    with pytest.raises(
        ProcessorError, match=r"(?s)Bern.*\n  at processor 6 of 6: dump_to_sql"
    ) as caught:
        dump(address, ["Bern"], ["Oslo"], {**RIVERS, **CITIES})
    assert isinstance(caught.value.cause, OutputError)
    assert content(address) == (["Rome"], ["Rome"])
    assert foreign_keys(address) == [(["city"], "cities", ["name"])]


def test_a_rewrite_that_breaks_the_foreign_key_of_another_table_is_refused(address: str) -> None:
    dump(address, ["Rome"], ["Rome", "Oslo"], {**RIVERS, **CITIES})
    with pytest.raises(ProcessorError, match=r"foreign key.* \W?rivers"):
        dump(address, ["x"], ["Oslo"], CITIES)
    assert content(address) == (["Rome"], ["Oslo", "Rome"])


def test_a_table_that_others_point_to_is_refilled_in_postgresql(postgresql: str) -> None:
    asked(postgresql, "DROP TABLE IF EXISTS rivers", "DROP TABLE IF EXISTS cities CASCADE")
    dump(postgresql, ["Rome"], ["Rome", "Oslo"], {**RIVERS, **CITIES})
    dump(postgresql, ["x"], ["Rome", "Bern"], CITIES)
    assert content(postgresql) == (["Rome"], ["Bern", "Rome"])
    assert foreign_keys(postgresql) == [(["city"], "cities", ["name"])]


def test_views_and_grants_outlive_a_rewrite(address: str) -> None:
    dump(address, ["x"], ["Rome"], CITIES)
    if address.startswith("postgresql"):
        asked(address, "DROP ROLE IF EXISTS reader", "CREATE ROLE reader")
        grants = "SELECT has_table_privilege('reader', 'cities', 'SELECT')"
    else:
        asked(address, "CREATE USER IF NOT EXISTS reader")
        grants = (
            "SELECT count(*) = 1 FROM information_schema.table_privileges"
            " WHERE grantee LIKE '%%reader%%' AND table_name = 'cities'"
        )
    asked(address, "GRANT SELECT ON cities TO reader")
    dump(address, ["x"], ["Rome", "Oslo"], CITIES)
    assert asked(address, grants) == [(1,)]
    asked(address, "CREATE VIEW names AS SELECT name FROM cities")
    dump(address, ["x"], ["Bern"], CITIES)
    assert asked(address, "SELECT name FROM names") == [("Bern",)]
    assert asked(address, grants) == [(1,)]


def test_grants_of_columns_and_the_owner_outlive_a_rewrite(postgresql: str) -> None:
    asked(
        postgresql,
        "DROP TABLE IF EXISTS rivers",
        "DROP ROLE IF EXISTS painter",
        'DROP ROLE IF EXISTS "the boss"',
        "CREATE ROLE painter",
        'CREATE ROLE "the boss"',
    )
    dump(postgresql, ["Rome"], ["x"], RIVERS)
    asked(
        postgresql,
        "GRANT UPDATE (city) ON rivers TO painter WITH GRANT OPTION",
        "GRANT SELECT ON rivers TO PUBLIC",
        'ALTER TABLE rivers OWNER TO "the boss"',
    )
    query = (
        "SELECT pg_get_userbyid(relowner), relacl::text, attacl::text FROM pg_class"
        " JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'city'"
        " WHERE relname = 'rivers'"
    )
    before = asked(postgresql, query)
    dump(postgresql, ["Oslo"], ["x"], RIVERS)
    assert asked(postgresql, query) == before
    assert before[0][0] == "the boss"
    asked(postgresql, "DROP TABLE rivers", 'DROP ROLE "the boss"', "DROP ROLE painter")


def test_a_table_that_a_view_depends_on_keeps_its_columns(postgresql: str) -> None:
    asked(postgresql, "DROP TABLE IF EXISTS rivers", "DROP TABLE IF EXISTS cities CASCADE")
    dump(postgresql, ["x"], ["Rome"], CITIES)
    asked(postgresql, "CREATE VIEW names AS SELECT name FROM cities")
    with pytest.raises(ProcessorError) as caught:
        Flow(
            [{"title": "x"}], dump_to_sql({"cities": {"resource-name": "res_1"}}, postgresql)
        ).process()
    assert (caught.value.what, caught.value.fix) == (
        "the table 'cities' would get other columns, but the view names depends on it",
        "drop what depends on it first, or give the rows the columns that the table has.",
    )
    assert asked(postgresql, "SELECT name FROM names") == [("Rome",)]


@pytest.mark.parametrize("kind", ["sqlite", "mariadb"])
def test_a_trigger_that_would_be_lost_is_an_error(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    address, body = f"sqlite:///{tmp_path}/out.db", "BEGIN SELECT 1; END"
    if kind == "mariadb":
        address, body = str(request.getfixturevalue("mariadb")), "FOR EACH ROW SET @a = 1"
        asked(address, "DROP TABLE IF EXISTS rivers", "DROP TABLE IF EXISTS cities")
    dump(address, ["x"], ["Rome"], CITIES)
    asked(address, f"CREATE TRIGGER shout BEFORE INSERT ON cities {body}")
    with pytest.raises(ProcessorError, match="has the trigger 'shout', which would be lost"):
        dump(address, ["x"], ["Oslo"], CITIES)
    assert asked(address, "SELECT name FROM cities") == [("Rome",)]
