"""PostgreSQL and MariaDB as sources and sinks, with what goes wrong with servers."""

from __future__ import annotations

import datetime
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_sql, load, set_primary_key
from dataflows.errors import DataflowsException, ProcessorError
from dataflows.processors.storage.sql_engine import engine_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Engine

TABLES = {"sales": {"resource-name": "res_1"}}


@pytest.fixture(params=["postgresql", "mariadb"])
def address(request: pytest.FixtureRequest) -> str:
    made = str(request.getfixturevalue(request.param))
    engine = engine_of(made)
    run(engine, "DROP TABLE IF EXISTS sales")
    engine.dispose()
    return made


def run(engine: Engine, *statements: str) -> None:
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM sales").scalar_one())


def loaded(address: str, **options: Any) -> tuple[list[dict[str, Any]], list[str]]:
    rows, package, _ = Flow(load(address, **options)).results()
    fields = package.descriptor["resources"][0]["schema"]["fields"]
    return rows[0], [field["type"] for field in fields]


def test_types_of_postgresql(postgresql: str) -> None:
    engine = engine_of(postgresql)
    run(
        engine,
        "DROP TABLE IF EXISTS sales",
        "CREATE TABLE sales (n NUMERIC, f DOUBLE PRECISION, z TIMESTAMPTZ, j JSONB, l JSONB,"
        " a TEXT[], b BYTEA, u UUID, i INTERVAL, t TIME, s VARCHAR(5))",
        "INSERT INTO sales VALUES (123456789012345678901234567890.5, 0.1,"
        " '2020-01-31 12:00:00.5+02', '{\"k\": [1]}', '[1]', ARRAY['x', NULL], '\\x0041',"
        " '00000000-0000-0000-0000-000000000001', '1 day 2 hours', '01:02:03', 'ü')",
    )
    expected = {
        "n": Decimal("123456789012345678901234567890.5"),
        "f": Decimal("0.1"),
        "z": datetime.datetime(2020, 1, 31, 10, 0, 0, 500000, tzinfo=datetime.UTC),
        "j": {"k": [1]},
        "l": [1],
        "a": ["x", None],
        "b": "AEE=",
        "u": "00000000-0000-0000-0000-000000000001",
        "i": datetime.timedelta(days=1, hours=2),
        "t": datetime.time(1, 2, 3),
        "s": "ü",
    }
    types = [
        "number",
        "number",
        "datetime",
        "object",
        "array",
        "array",
        "string",
        "string",
        "duration",
        "time",
        "string",
    ]
    assert loaded(postgresql, table="public.sales") == ([expected], types)
    assert loaded(postgresql, query="SELECT * FROM sales") == ([expected], types)
    none = "SELECT * FROM sales WHERE n = :n AND s LIKE '%x'"
    assert loaded(postgresql, query=none, params={"n": 1}) == (
        [],
        [*types[:4], "object", *types[5:]],
    )
    run(engine, "DROP TABLE sales")


def test_types_of_mariadb(mariadb: str) -> None:
    engine = engine_of(mariadb)
    run(
        engine,
        "DROP TABLE IF EXISTS sales",
        "CREATE TABLE sales (n DECIMAL(40, 2), o TINYINT(1), m DATETIME(6), d DATE, t TIME,"
        " j JSON, b BLOB, s VARCHAR(5))",
        "INSERT INTO sales VALUES (12345678901234567890.25, 1, '2020-01-31 12:00:00.5',"
        " '2020-01-31', '01:02:03', '{\"k\": [1]}', x'0041', 'ü')",
    )
    expected = {
        "n": Decimal("12345678901234567890.25"),
        "o": True,
        "m": datetime.datetime(2020, 1, 31, 12, 0, 0, 500000),  # noqa: DTZ001 - it has no zone
        "d": datetime.date(2020, 1, 31),
        "t": datetime.time(1, 2, 3),
        "j": {"k": [1]},
        "b": "AEE=",
        "s": "ü",
    }
    types = ["number", "boolean", "datetime", "date", "time", "object", "string", "string"]
    assert loaded(mariadb, table="sales") == ([expected], types)
    assert loaded(mariadb, query="SELECT n, b FROM sales WHERE s LIKE 'ü%'")[0] == [
        {"n": expected["n"], "b": "AEE="}
    ]
    run(engine, "DROP TABLE sales")


def test_d11_a_lost_server_connection_leaves_the_table(address: str) -> None:
    Flow([{"id": 1}], dump_to_sql(TABLES, address)).process()
    engine = engine_of(address)
    is_postgresql = address.startswith("postgresql")

    def cut(rows: Any) -> Iterator[dict[str, Any]]:
        for number, row in enumerate(rows):
            if number == 20_000:
                _end_others(engine, is_postgresql=is_postgresql)
            yield row

    with pytest.raises(ProcessorError) as caught:
        Flow(({"id": i} for i in range(60_000)), cut, dump_to_sql(TABLES, address)).process()
    assert "S3CRET" not in str(caught.value)
    assert count(engine) == 1


def _end_others(engine: Engine, *, is_postgresql: bool) -> None:
    with engine.connect() as connection:
        if is_postgresql:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return
        ids = connection.exec_driver_sql(
            "SELECT id FROM information_schema.processlist"
            " WHERE id <> CONNECTION_ID() AND user = 'tester'"
        )
        for (one,) in ids.fetchall():
            connection.exec_driver_sql(f"KILL {int(one)}")


def test_d12_readers_see_the_old_rows_or_the_new_ones(address: str) -> None:
    Flow(({"id": i} for i in range(1000)), dump_to_sql(TABLES, address)).process()
    seen, stop, engine = set(), threading.Event(), engine_of(address)

    def read() -> None:
        while not stop.is_set():
            seen.add(count(engine))
            time.sleep(0.005)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        Flow(({"id": i} for i in range(30_000)), dump_to_sql(TABLES, address)).process()
    finally:
        stop.set()
        reader.join()
    assert 1000 in seen
    assert seen <= {1000, 30_000}


def test_two_runs_at_once_do_not_mix(address: str) -> None:
    failures: list[BaseException] = []

    def write(first: int) -> None:
        rows = ({"id": first + i} for i in range(5000))
        try:
            Flow(rows, dump_to_sql(TABLES, address)).process()
        except DataflowsException as error:
            failures.append(error)

    runs = [threading.Thread(target=write, args=(start,)) for start in (0, 1_000_000)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    found = [row["id"] for row in loaded(address, table="sales", order_by="id")[0]]
    assert failures == []
    assert found in (list(range(5000)), list(range(1_000_000, 1_005_000)))


def test_d13_a_deadlock_is_an_error_with_its_sqlstate(postgresql: str) -> None:
    engine = engine_of(postgresql)
    run(engine, "DROP TABLE IF EXISTS sales")
    rows = [{"id": 1, "v": 0}, {"id": 2, "v": 0}]
    Flow(rows, set_primary_key(["id"]), dump_to_sql(TABLES, postgresql)).process()
    update = {"sales": {"resource-name": "res_1", "mode": "update", "update_keys": ["id"]}}
    with engine.connect() as other:
        other.exec_driver_sql("SET LOCAL deadlock_timeout = '20s'")  # the flow finds it first
        other.exec_driver_sql("UPDATE sales SET v = 9 WHERE id = 2")
        waiting = threading.Thread(
            target=other.exec_driver_sql, args=["UPDATE sales SET v = 9 WHERE id = 1"]
        )

        def crossing() -> Iterator[dict[str, Any]]:
            time.sleep(0.1)  # what comes slowly is a batch of its own
            yield {"id": 1, "v": 1}
            waiting.start()
            time.sleep(0.3)
            yield {"id": 2, "v": 1}

        step = dump_to_sql(update, postgresql, updated_column="updated")
        with pytest.raises(ProcessorError, match=r"deadlock detected.*\(SQLSTATE 40P01\)"):
            Flow(_rows(crossing), step).process()
        waiting.join()
        other.commit()
    assert [row["v"] for row in loaded(postgresql, table="sales")[0]] == [9, 9]


def _rows(crossing: Callable[[], Iterator[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Yield rows whose first ones, which are looked at ahead, change nothing."""
    yield from ({"id": 1000 + number, "v": 0} for number in range(200))
    yield from crossing()


def test_f10_no_password_in_what_a_server_refuses(address: str) -> None:
    wrong = address.replace("S3CRET", "WR0NG").replace("tester", "nobody")
    for links in (
        [load(wrong, table="sales")],
        [[{"id": 1}], dump_to_sql(TABLES, wrong)],
    ):
        with pytest.raises(ProcessorError) as caught:
            Flow(*links).process()
        assert "WR0NG" not in f"{caught.value} {caught.value.cause!r} {links!r}"


def test_a_long_name_is_refused_and_not_cut(address: str) -> None:
    with pytest.raises(ProcessorError, match="names have at most"):
        Flow([{"x" * 100: 1}], dump_to_sql(TABLES, address)).process()


def test_indexes_and_the_primary_key_have_their_names_after_a_rewrite(address: str) -> None:
    from sqlalchemy import inspect

    tables = {"sales": {"resource-name": "res_1", "indexes_fields": [["v"]]}}
    for _ in range(2):
        Flow([{"id": 1, "v": "a"}], set_primary_key(["id"]), dump_to_sql(tables, address)).process()
    engine = engine_of(address)
    found = inspect(engine)
    assert [one["name"] for one in found.get_indexes("sales")] == ["sales_ix000"]
    assert found.get_pk_constraint("sales")["constrained_columns"] == ["id"]
    assert [name for name in found.get_table_names() if name.startswith("dataflows")] == []
    engine.dispose()


def test_d11_a_lost_server_connection_ends_a_load(address: str) -> None:
    Flow(({"id": i, "v": "x" * 100} for i in range(60_000)), dump_to_sql(TABLES, address)).process()
    engine = engine_of(address)

    def cut(rows: Any) -> Iterator[dict[str, Any]]:
        for number, row in enumerate(rows):
            if number == 100:
                _end_others(engine, is_postgresql=address.startswith("postgresql"))
            yield row

    with pytest.raises(ProcessorError) as caught:
        Flow(load(address, table="sales"), cut).process()
    text = str(caught.value)
    assert ("onnection" in text, "S3CRET" in text) == (True, False)
    assert count(engine) == 60_000


@pytest.mark.parametrize("when", ["before", "after"])
def test_d13_a_connection_that_is_lost_at_the_swap_is_made_again(
    mariadb: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataflows.processors.dumpers.mysql_backend import MysqlBackend

    Flow([{"id": 1}], dump_to_sql(TABLES, mariadb)).process()
    engine, real, cuts = engine_of(mariadb), MysqlBackend.execute, []

    def execute(self: MysqlBackend, sql: str) -> int:
        if not sql.startswith("RENAME") or cuts:
            return real(self, sql)
        cuts.append(sql)
        if when == "after":
            real(self, sql)
        _end_others(engine, is_postgresql=False)
        return real(self, "SELECT 1")

    monkeypatch.setattr(MysqlBackend, "execute", execute)
    Flow([{"id": 2}], dump_to_sql(TABLES, mariadb)).process()
    assert len(cuts) == 1
    assert loaded(mariadb, table="sales")[0] == [{"id": 2}]
    with engine.connect() as connection:
        tables = connection.exec_driver_sql("SHOW TABLES").fetchall()
    assert [name for (name,) in tables if name.startswith("dataflows")] == []


def test_d13_a_swap_that_meets_another_session_is_tried_again(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataflows.processors.dumpers.postgresql_backend import PostgresqlBackend

    Flow([{"id": 1}], dump_to_sql(TABLES, postgresql)).process()
    real, refused = PostgresqlBackend.execute, []
    with engine_of(postgresql).connect() as other:
        other.exec_driver_sql("SELECT * FROM sales")  # which locks the table against DROP

        def execute(self: PostgresqlBackend, sql: str) -> int:
            if sql == 'DROP TABLE "sales"':
                refused.append(sql)
                if len(refused) > 1:
                    other.rollback()
                real(self, "SET LOCAL lock_timeout = '50ms'")
            return real(self, sql)

        monkeypatch.setattr(PostgresqlBackend, "execute", execute)
        Flow([{"id": 2}], dump_to_sql(TABLES, postgresql)).process()
    assert len(refused) == 2
    assert loaded(postgresql, table="sales")[0] == [{"id": 2}]


def test_e2_a_second_run_that_has_waited_long_enough_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataflows.processors.dumpers import mysql_backend, postgresql_backend

    for module in (mysql_backend, postgresql_backend):
        monkeypatch.setattr(module, "_WAIT_SECONDS", 1)
    refused: list[str] = []

    def meanwhile(rows: Any) -> Iterator[dict[str, Any]]:
        for number, row in enumerate(rows):
            if number == 150:
                with pytest.raises(DataflowsException) as caught:
                    Flow([{"id": -1}], dump_to_sql(TABLES, address)).process()
                refused.append(str(caught.value))
            yield row

    Flow(({"id": i} for i in range(200)), meanwhile, dump_to_sql(TABLES, address)).process()
    assert len(refused) == 1
    assert "another run writes to the table 'sales'" in refused[0]
    assert "fix: wait until it has ended, then run again." in refused[0]
    assert count(engine_of(address)) == 200
