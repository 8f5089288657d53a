from __future__ import annotations

from typing import Any

import pytest

from dataflows import Flow, head, load
from dataflows.errors import ProcessorError
from dataflows.processors.storage import sql_table
from dataflows.processors.storage.sql_engine import engine_of

MANY = 30_000


@pytest.fixture
def address(postgresql: str) -> str:
    engine = engine_of(postgresql)
    with engine.connect() as connection:
        for statement in (
            "DROP TABLE IF EXISTS copied",
            (
                'CREATE TABLE copied (s SMALLINT, "i %%" INTEGER, b BIGINT, n NUMERIC, d DATE,'
                " t TEXT, v VARCHAR(40), o BOOLEAN)"
            ),
            (
                "INSERT INTO copied VALUES (1, 2, -9223372036854775808,"
                " 123456789012345678901234567890.50, '0001-01-01',"
                " E'a,\"b\"\\r\\n\\\\N', '', true),"
                " (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
                " (-1, 0, 1, 'NaN', '9999-12-31', E'\\\\.', ' ü ', false),"
                " (0, 0, 0, 0.10, '2020-02-29', '', E'\\t', NULL)"
            ),
            f"INSERT INTO copied (b, t) SELECT g, 'row ' || g FROM generate_series(1, {MANY}) g",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()
    return postgresql


def loaded(address: str, **options: Any) -> list[dict[str, Any]]:
    (rows,), _, _ = Flow(load(address, **options)).results()
    return rows


def test_what_is_copied_is_what_a_cursor_gives(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"table": "copied", "order_by": "b", "strip": False}
    with monkeypatch.context() as patched:
        patched.setattr(sql_table, "can_copy", lambda *_: False)
        by_cursor = loaded(address, **options)
    called = []
    copied_columns = sql_table.copied_columns

    def copied(*given: Any) -> Any:
        called.append(given)
        return copied_columns(*given)

    monkeypatch.setattr(sql_table, "copied_columns", copied)
    by_copy = loaded(address, **options)
    assert len(called) == 1
    assert len(by_copy) == MANY + 4
    # NaN is not equal to itself.
    assert list(map(repr, by_copy)) == list(map(repr, by_cursor))


def test_a_table_of_one_column_keeps_its_missing_values(postgresql: str) -> None:
    engine = engine_of(postgresql)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS one")
        connection.exec_driver_sql("CREATE TABLE one (t TEXT)")
        connection.exec_driver_sql("INSERT INTO one VALUES (NULL), ('a'), (NULL), ('b')")
        connection.commit()
    engine.dispose()
    rows = loaded(postgresql, table="one")
    assert rows == [{"t": None}, {"t": "a"}, {"t": None}, {"t": "b"}]


def test_a_date_that_python_cannot_hold_is_told(postgresql: str) -> None:
    engine = engine_of(postgresql)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS ages")
        connection.exec_driver_sql("CREATE TABLE ages (d DATE)")
        connection.exec_driver_sql(
            "INSERT INTO ages SELECT '2020-01-01' FROM generate_series(1, 2000)"
        )
        connection.exec_driver_sql("INSERT INTO ages VALUES ('infinity')")
        connection.commit()
    engine.dispose()
    with pytest.raises(ProcessorError, match="'infinity' is not a date"):
        loaded(postgresql, table="ages")


def test_a_copy_that_nobody_reads_to_its_end_is_let_go(address: str) -> None:
    for _ in range(3):
        (rows,), _, _ = Flow(load(address, table="copied", order_by="b"), head(2)).results()
        assert [row["s"] for row in rows] == [1, 0]
    engine = engine_of(address)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE copied")  # which a transaction would hold up
        connection.commit()
    engine.dispose()
