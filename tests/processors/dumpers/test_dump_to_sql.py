"""Tables of databases as outputs: whole or as they were, in every mode."""

from __future__ import annotations

import datetime
import sqlite3
import threading
import time
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dataflows import Flow, dump_to_sql, load, set_primary_key, set_type
from dataflows.errors import ArgumentError, ProcessorError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS: list[dict[str, Any]] = [
    {
        "id": 1,
        "name": "tab\t, line\n, \\N, 'quote' \"ü\"",
        "price": Decimal("1.25"),
        "day": datetime.date(2020, 1, 31),
        "moment": datetime.datetime(2020, 1, 31, 12, 30, 5, 250000),  # noqa: DTZ001 - without a zone
        "zoned": datetime.datetime(2020, 1, 31, 12, tzinfo=datetime.UTC),
        "ok": True,
        "tags": [1, {"a": None}],
        "data": {"k": "ü\\\t"},
        'x"; DROP TABLE t; --': "\\N",
    },
    {
        "id": 2,
        "name": None,
        "price": Decimal("-0.5"),
        "day": datetime.date(1999, 12, 31),
        "moment": datetime.datetime(1999, 12, 31),  # noqa: DTZ001 - without a zone
        "zoned": datetime.datetime(1999, 12, 31, tzinfo=datetime.UTC),
        "ok": False,
        "tags": None,
        "data": None,
        'x"; DROP TABLE t; --': "select",
    },
]
TABLE = "ta ble"


def fresh(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def mapped(mode: str = "rewrite", **options: Any) -> dict[str, Any]:
    return {TABLE: {"resource-name": "res_1", "mode": mode, **options}}


def content(address: str, order_by: str | None = "id") -> list[dict[str, Any]]:
    return Flow(load(address, table=TABLE, order_by=order_by, strip=False)).results()[0][0]


def dump(address: str, rows: list[dict[str, Any]], mode: str = "rewrite", **options: Any) -> None:
    Flow(fresh(rows), dump_to_sql(mapped(mode, **options), address)).process()


def emptied(address: str) -> str:
    """Return the address of a database in which the tables of the tests are not."""
    from dataflows.processors.storage.sql_engine import engine_of

    with engine_of(address).connect() as connection:
        quote = connection.dialect.identifier_preparer.quote_identifier
        for name in (TABLE, "other"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {quote(name)}")
        connection.commit()
    return address


@pytest.fixture(params=["sqlite", "duckdb", "postgresql", "mariadb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param in ("postgresql", "mariadb"):
        return emptied(request.getfixturevalue(request.param))
    return f"{request.param}:///{tmp_path}/out.{request.param}"


def failing(rows: Any) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        if number == 300:
            message = "stop"
            raise ValueError(message)
        yield row


def test_values_come_back_as_they_went_in(address: str) -> None:
    # Neither MySQL nor MariaDB has moments with a zone.
    expected = fresh(ROWS)
    for row in expected if address.startswith("mariadb") else ():
        del row["zoned"]
    rows = Flow(fresh(expected), dump_to_sql(mapped(), address)).results()[0][0]
    assert rows == expected
    assert content(address) == expected
    assert [str(row["price"]) for row in content(address)] == ["1.25", "-0.5"]


def test_a_table_is_rewritten_appended_to_updated_and_merged(address: str) -> None:
    dump(address, [{"id": i, "v": str(i)} for i in range(4)], indexes_fields=[["id"], ["v", "id"]])
    dump(address, [{"id": 1, "v": "one"}, {"id": 2, "v": "two"}])
    assert content(address) == [{"id": 1, "v": "one"}, {"id": 2, "v": "two"}]
    dump(address, [{"id": 3, "v": "three"}], "append")
    changes = [{"id": 3, "v": "III"}, {"id": 4, "v": "IV"}, {"id": 4, "v": "four"}]
    dump(address, changes, "update", update_keys=["id"])
    assert [row["v"] for row in content(address)] == ["one", "two", "III", "four"]
    dump(address, [{"id": 1, "v": "I"}, {"id": 5, "v": "V"}], "merge", update_keys="id")
    assert content(address) == [{"id": 1, "v": "I"}, {"id": 5, "v": "V"}]


@pytest.mark.parametrize("mode", ["append", "update", "merge"])
def test_a_table_that_is_not_there_is_made(address: str, mode: str) -> None:
    for _ in range(2):
        dump(address, [{"id": 1}], mode, update_keys=["id"])
    assert content(address) == [{"id": 1}] if mode != "append" else [{"id": 1}, {"id": 1}]


def test_it_is_told_for_each_row_whether_it_was_updated(address: str) -> None:
    dump(address, [{"id": 7, "v": "a"}])
    Flow([{"id": 7, "v": "a"}], set_primary_key(["id"]), dump_to_sql(mapped(), address)).process()
    step = dump_to_sql(
        mapped("update", update_keys=["id"]),
        address,
        updated_column="updated",
        updated_id_column="updated_id",
    )
    rows = [{"id": 7, "v": "b"}, {"id": 8, "v": "c"}]
    assert Flow(rows, step).results()[0][0] == [
        {"id": 7, "v": "b", "updated": True, "updated_id": 7},
        {"id": 8, "v": "c", "updated": False, "updated_id": None},
    ]
    assert content(address) == [{"id": 7, "v": "b"}, {"id": 8, "v": "c"}]


def test_a15_a_column_that_the_table_lacks_is_an_error(address: str) -> None:
    dump(address, [{"id": 1}])
    with pytest.raises(ProcessorError) as caught:
        dump(address, [{"id": 2, "city": "Rome"}], "append")
    assert caught.value.what == (
        "the table 'ta ble' has no column for 'city': the values would be lost"
    )
    assert content(address) == [{"id": 1}]
    step = dump_to_sql(mapped("append"), address, add_columns=True)
    Flow([{"id": 2, "city": "Rome"}], step).process()
    assert content(address) == [{"id": 1, "city": None}, {"id": 2, "city": "Rome"}]


def test_a15_a_table_for_a_resource_that_is_not_there_is_an_error(address: str) -> None:
    with pytest.raises(ProcessorError) as caught:
        Flow([{"a": 1}], dump_to_sql({"t": {"resource-name": "rse_1"}}, address)).process()
    assert "the table 't' is for the resource 'rse_1', which is not there" in str(caught.value)
    assert "did you mean 'res_1'?" in str(caught.value)


def test_a15_a_missing_object_stays_null(address: str) -> None:
    rows = [{"id": 1, "data": {"a": 1}}, {"id": 2, "data": None}]
    assert Flow(fresh(rows), dump_to_sql(mapped(), address)).results()[0][0] == rows
    quote = "`" if address.startswith("mariadb") else '"'
    query = f"SELECT id FROM {quote}{TABLE}{quote} WHERE data IS NULL"
    assert Flow(load(address, query=query)).results()[0][0] == [{"id": 2}]


def test_b2_a_failing_flow_leaves_the_table_as_it_was(address: str) -> None:
    dump(address, [{"id": 1}])
    for mode in ("rewrite", "append", "update", "merge"):
        with pytest.raises(ProcessorError, match="stop"):
            Flow(
                [{"id": i} for i in range(1000)],
                failing,
                dump_to_sql(mapped(mode, update_keys=["id"]), address),
            ).process()
        assert content(address) == [{"id": 1}]


def test_a_failing_first_run_leaves_nothing(address: str, tmp_path: Path) -> None:
    with pytest.raises(ProcessorError, match="stop"):
        Flow([{"id": i} for i in range(1000)], failing, dump_to_sql(mapped(), address)).process()
    assert list(tmp_path.iterdir()) == []


def test_building_a_flow_touches_nothing(address: str, tmp_path: Path) -> None:
    Flow([{"id": 1}], dump_to_sql(mapped(), address))
    assert list(tmp_path.iterdir()) == []


def test_no_rows_make_an_empty_table(address: str) -> None:
    none = Flow([{"id": 1}], _no_rows, dump_to_sql(mapped(), address))
    assert none.process()[1]["count_of_rows"] == 0
    assert content(address) == []


def _no_rows(rows: Any) -> Iterator[dict[str, Any]]:
    yield from (row for row in rows if row["id"] > 1)


def test_several_tables_and_steps_are_one_transaction(address: str) -> None:
    second = dump_to_sql({"other": {"resource-name": "res_2"}}, address)
    Flow([{"id": 1}], [{"id": 2}], dump_to_sql(mapped(), address), second).process()
    assert content(address) == [{"id": 1}]
    other = load(address, table="other")
    assert Flow(other).results()[0][0] == [{"id": 2}]
    with pytest.raises(ProcessorError, match="two steps of this flow write to the table"):
        Flow([{"id": 1}], dump_to_sql(mapped(), address), dump_to_sql(mapped(), address)).process()


def test_large_tables_follow_each_other_in_one_transaction(address: str) -> None:
    first = ({"id": i, "text": "x" * 200} for i in range(20_000))
    tables = {**mapped(), "other": {"resource-name": "res_2"}}
    Flow(first, [{"id": 1}], dump_to_sql(tables, address)).process()
    assert Flow(load(address, table="other")).results()[0][0] == [{"id": 1}]
    assert len(content(address)) == 20_000


def test_a_table_may_be_read_and_rewritten_by_one_flow(address: str) -> None:
    dump(address, [{"id": i, "text": "x" * 100} for i in range(30_000)])

    def grow(row: dict[str, Any]) -> None:
        row["id"] += 1

    tables = {TABLE: {"resource-name": "out"}}
    Flow(load(address, name="out", table=TABLE), grow, dump_to_sql(tables, address)).process()
    assert sum(row["id"] for row in content(address)) == sum(range(30_001))


def test_d12_readers_see_the_old_table_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "out.db"
    address = f"sqlite:///{path}"
    dump(address, [{"id": i} for i in range(1000)])
    counts, done = set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            with closing(sqlite3.connect(path, timeout=0.5)) as connection:
                counts.add(connection.execute(f'SELECT count(*) FROM "{TABLE}"').fetchone()[0])
            time.sleep(0.002)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        rows = ({"id": i, "text": "x" * 500} for i in range(40_000))
        Flow(rows, dump_to_sql(mapped(), address)).process()
    finally:
        done.set()
        reader.join()
    assert counts <= {1000, 40_000}
    assert 1000 in counts


def test_d13_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    path = tmp_path / "out.db"
    address = f"sqlite:///{path}"
    dump(address, [{"id": 1}])
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.5, other.execute, ["COMMIT"])
        timer.start()
        dump(address, [{"id": 2}])
        timer.join()
    assert content(address) == [{"id": 2}]


def test_keys_constraints_and_indexes_are_in_the_database(tmp_path: Path) -> None:
    path = tmp_path / "out.db"
    Flow(
        [{"id": 1, "v": "a"}],
        set_type("id", constraints={"minimum": 1}),
        set_type("v", constraints={"enum": ["a", "it's"], "required": True}),
        set_primary_key(["id"]),
        dump_to_sql(mapped(indexes_fields=[["v"]]), f"sqlite:///{path}"),
    ).process()
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        assert dict(made.fetchall()) == {
            TABLE: f'CREATE TABLE "{TABLE}" ("id" INTEGER NOT NULL CHECK ("id" >= 1), "v" TEXT NOT'
            """ NULL CHECK ("v" IN ('a', 'it''s')), PRIMARY KEY ("id"))""",
            f"{TABLE}_ix000": f'CREATE INDEX "{TABLE}_ix000" ON "{TABLE}" ("v")',
        }


def test_a_number_that_a_float_cannot_keep_is_refused(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/out.db"
    with pytest.raises(ProcessorError, match="has more digits than a number of this database"):
        dump(address, [{"id": 1, "n": Decimal("12345678901234567.89")}])


def test_an_integer_past_64_bits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProcessorError, match="has more than the 64 bits") as caught:
        dump(f"sqlite:///{tmp_path}/out.db", [{"id": 1}, {"id": 2**80}])
    assert (caught.value.where.row, caught.value.where.field) == (2, "id")


def test_equal_keys_are_refused_by_the_database(address: str) -> None:
    step = dump_to_sql(mapped(), address)
    with pytest.raises(ProcessorError) as caught:
        Flow([{"id": 1}, {"id": 1}], set_primary_key(["id"]), step).process()
    assert "unique" in str(caught.value).lower() or "duplicate" in str(caught.value).lower()
    assert caught.value.fix == (
        "give rows that keep the rules of the table: each key once (deduplicate()),"
        " nothing missing where a value is required."
    )


def test_the_tables_are_among_the_outputs_of_the_run(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/out.db"
    result = Flow(fresh(ROWS), dump_to_sql(mapped(), address)).run()
    assert result.outputs == [f"{address} (table {TABLE})"]


def test_f8_names_that_cannot_be_are_refused(address: str) -> None:
    with pytest.raises(ProcessorError, match="can have no table or column named"):
        Flow([{"a\0b": 1}], dump_to_sql(mapped(), address)).process()
    if address.startswith("postgresql"):
        dump(address, [{"id": 1, "a": 1, "A": 2}])
        assert content(address) == [{"id": 1, "a": 1, "A": 2}]
        return
    with pytest.raises(ProcessorError, match="'A' and 'a' are one column"):
        Flow([{"a": 1, "A": 2}], dump_to_sql(mapped(), address)).process()


def test_c20_unicode_goes_through(address: str) -> None:
    texts = ["\U0001d518\U0001d52b", "\u202eright", "\u03a9\u2248\u221a", "\u200b", "\u8868", "\\"]
    texts += ["'; DROP TABLE x; --", "%s %(a)s :b ?"]
    names = [one for one in texts if one <= "\uffff"]
    rows = [{"id": i, **{one: text + one for one in names}} for i, text in enumerate(texts)]
    dump(address, rows)
    assert content(address) == rows


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (({},), "tables must be a dict of tables, got {}"),
        (({"t": {}},), "the table 't' does not say which resource it is for"),
        (({"t": {"resource-name": "r", "mood": 1}},), "the table 't' has no option 'mood'"),
        (({"t": {"resource-name": "r"}}, 7), "engine must be the address of a database or"),
        (({"t": {"resource-name": "r"}}, "env://NO_SUCH"), "Please set your 'NO_SUCH'"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(arguments: Any, what: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        dump_to_sql(*arguments)
    assert what in str(caught.value)


def test_the_mapping_is_not_changed_and_secrets_are_not_shown() -> None:
    tables = {"t": {"resource-name": "r"}}
    step = dump_to_sql(tables, "postgresql://u:S3CRET@127.0.0.1:1/db")
    assert tables == {"t": {"resource-name": "r"}}
    assert "S3CRET" not in repr(step)
    assert "postgresql://u:***@127.0.0.1:1/db" in repr(step)


def test_the_default_engine_is_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATAFLOWS_DB_ENGINE", raising=False)
    with pytest.raises(ValueError, match="DATAFLOWS_DB_ENGINE"):
        dump_to_sql(mapped())
    monkeypatch.setenv("DATAFLOWS_DB_ENGINE", f"sqlite:///{tmp_path}/out.db")
    Flow([{"id": 1}], dump_to_sql(mapped())).process()
    assert content(f"sqlite:///{tmp_path}/out.db") == [{"id": 1}]
