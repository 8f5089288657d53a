"""The options of dump_to_sql that 0.5.12 has, each by its name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy

from dataflows import Flow, dump_to_sql, schema_validator
from dataflows.errors import ArgumentError, ProcessorError

if TYPE_CHECKING:
    from pathlib import Path

FIRST = [{"id": 1, "city": "Rome"}, {"id": 2, "city": "Oslo"}]
SECOND = [{"id": 2, "city": "OSLO"}, {"id": 3, "city": "Paris"}]
TABLE = {"cities": {"resource-name": "res_1"}}
UPDATE = {"cities": {"resource-name": "res_1", "mode": "update", "update_keys": ["id"]}}


def rows_of(path: Path, query: str = "select * from cities order by id") -> list[Any]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(query).fetchall()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tmp_path / "world.db"


def test_engine_is_an_address_a_variable_or_an_engine(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{base}"
    monkeypatch.setenv("DATAFLOWS_DB_ENGINE", url)
    monkeypatch.setenv("MY_BASE", url)
    engine = sqlalchemy.create_engine(url)
    for given in ({}, {"engine": url}, {"engine": "env://MY_BASE"}, {"engine": engine}):
        step: Any = dump_to_sql(TABLE, **given)
        Flow(FIRST, step).process()
        assert rows_of(base) == [(1, "Rome"), (2, "Oslo")]
        assert str(step.engine.url) == url
        base.unlink()
    engine.dispose()


@pytest.mark.parametrize("options", [{}, {"use_bloom_filter": False}, {"batch_size": 1}])
def test_rows_are_updated_by_their_keys_whatever_the_batches(
    base: Path, options: dict[str, Any]
) -> None:
    url = f"sqlite:///{base}"
    Flow(FIRST, dump_to_sql(UPDATE, engine=url, **options)).process()
    Flow(SECOND, dump_to_sql(UPDATE, engine=url, **options)).process()
    assert rows_of(base) == [(1, "Rome"), (2, "OSLO"), (3, "Paris")]


def test_columns_tell_what_was_updated_also_by_position(base: Path) -> None:
    url = f"sqlite:///{base}"
    Flow(FIRST, dump_to_sql(UPDATE, url, "updated", "updated_id")).process()
    named = {"updated_column": "updated", "updated_id_column": "updated_id"}
    rows = Flow(SECOND, dump_to_sql(UPDATE, engine=url, **named)).results()[0][0]
    assert [row["updated"] for row in rows] == [True, False]
    assert rows_of(base) == [(1, "Rome"), (2, "OSLO"), (3, "Paris")]


def test_indexes_fields_makes_an_index_for_each_list(base: Path) -> None:
    tables = {"cities": {"resource-name": "res_1", "indexes_fields": [["id"], ["city", "id"]]}}
    Flow(FIRST, dump_to_sql(tables, engine=f"sqlite:///{base}")).process()
    query = "select name from sqlite_master where type = 'index' order by name"
    assert rows_of(base, query) == [("cities_ix000",), ("cities_ix001",)]


def test_counters_name_the_properties(base: Path) -> None:
    counters = {"datapackage-rowcount": "stats.rows", "datapackage-hash": None}
    step = dump_to_sql(TABLE, engine=f"sqlite:///{base}", counters=counters)
    package, stats = Flow(FIRST, step).process()
    assert package.descriptor["stats"] == {"rows": 2}
    assert (stats["count_of_rows"], stats["hash"]) == (2, None)


def test_validator_options_say_what_becomes_of_rows_that_do_not_fit(base: Path) -> None:
    def spoil(row: Any) -> None:
        if row["id"] == 1:
            row["id"] = "one"

    options = {"on_error": schema_validator.drop}
    step = dump_to_sql(TABLE, engine=f"sqlite:///{base}", validator_options=options)
    Flow(FIRST, spoil, step).process()
    assert rows_of(base) == [(2, "Oslo")]
    with pytest.raises(ProcessorError, match="'one' is not an integer"):
        Flow(FIRST, spoil, dump_to_sql(TABLE, engine=f"sqlite:///{base}")).process()
    assert rows_of(base) == [(2, "Oslo")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a number of rows, got 0"),
        ({"updated_column": 3}, "updated_column must be the name of a field, got 3"),
        ({"counters": []}, "counters must be a dict"),
        ({"validator_options": {"on_eror": None}}, "validator_options has an unknown key"),
    ],
)
def test_what_an_option_cannot_be_is_said_at_the_call(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        dump_to_sql(TABLE, engine="sqlite://", **options)
