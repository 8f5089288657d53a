"""What a database says against the rows at the end of a run, and values that it cannot hold."""

from __future__ import annotations

import re
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, event

from dataflows import Flow, dump_to_path, dump_to_sql, load, set_primary_key, set_type
from dataflows.errors import OutputError, ProcessorError, RowError
from dataflows.processors.storage.sql_engine import engine_of

if TYPE_CHECKING:
    from pathlib import Path

NAN = Decimal("NaN")
INFINITY = Decimal("Infinity")
UNIQUE = {
    "sqlite": "UNIQUE constraint failed: t.note",
    "duckdb": 'Constraint Error: Duplicate key "note: z" violates unique constraint.',
    "mariadb": "Duplicate entry 'z' for key 'note' (1062) (SQLSTATE 23000)",
    "postgresql": (
        'duplicate key value violates unique constraint "t_note_key";'
        " DETAIL:  Key (note)=(z) already exists. (SQLSTATE 23505)"
    ),
}
CHECK = {
    "sqlite": "CHECK constraint failed: note",
    "duckdb": (
        'Constraint Error: CHECK constraint failed on table "t" with expression'
        " CHECK((note IN ('x', 'z')))"
    ),
    "mariadb": "CONSTRAINT `t.note` failed for `DATABASE`.`t` (4025) (SQLSTATE 23000)",
    "postgresql": (
        'new row for relation "t" violates check constraint "CHECKED";'
        " DETAIL:  Failing row contains (4, q). (SQLSTATE 23514)"
    ),
}
FIX = (
    "\n  fix: give rows that keep the rules of the table: each key once (deduplicate()), nothing"
    " missing where a value is required."
)


@pytest.fixture(params=["sqlite", "duckdb", "postgresql", "mariadb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param in ("postgresql", "mariadb"):
        made = str(request.getfixturevalue(request.param))
        with engine_of(made).begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS t, other")
        return made
    return f"{request.param}:///{tmp_path}/out.{request.param}"


def mapped(mode: str, table: str = "t", resource: str = "res_1") -> dict[str, Any]:
    return {table: {"resource-name": resource, "mode": mode, "update_keys": ["id"]}}


def content(address: str, table: str = "t") -> list[dict[str, Any]]:
    return Flow(load(address, table=table, order_by="id")).results()[0][0]


def told(error: ProcessorError) -> str:
    """Return the text without what is another in every run: the address, the name of a check."""
    text = re.sub(r'"dataflows_new_\w+_note_check1?"', '"CHECKED"', str(error))
    text = re.sub(r"`\w+`\.`t`", "`DATABASE`.`t`", text)
    return re.sub(r"\w+:///?[^\s',]*\w", "ADDRESS", text)


@pytest.mark.parametrize("mode", ["update", "merge"])
@pytest.mark.parametrize(("note", "reasons"), [("z", UNIQUE), ("q", CHECK)])
def test_what_breaks_a_rule_of_the_table_at_the_end_names_its_step(
    address: str, mode: str, note: str, reasons: dict[str, str], tmp_path: Path
) -> None:
    rules = set_type("note", constraints={"unique": True, "enum": ["x", "z"]})
    Flow(
        [{"id": 1, "note": "z"}],
        set_primary_key(["id"]),
        rules,
        dump_to_sql(mapped("rewrite"), address),
    ).process()
    with pytest.raises(ProcessorError) as caught:
        Flow(
            [{"id": 4, "note": note}],
            dump_to_path(str(tmp_path / "files")),
            dump_to_sql(mapped(mode), address),
            lambda row: None,
        ).process()
    assert isinstance(caught.value.cause, OutputError)
    table = f"{{'t': {{'resource-name': 'res_1…{mode[-4:]}', 'update_keys': ['id']}}}}"
    call = f"dump_to_sql({table}, 'ADDRESS')"
    reason = reasons[address.partition(":")[0]]
    assert told(caught.value) == (
        f"ADDRESS: {reason}\n  at processor 3 of 4: {call}\n     resource 'res_1'{FIX}"
    )
    assert content(address) == [{"id": 1, "note": "z"}]
    assert not (tmp_path / "files").exists()


def test_of_two_steps_that_write_to_one_database_the_right_one_is_blamed(address: str) -> None:
    for table in ("t", "other"):
        Flow(
            [{"id": 1, "note": "z"}],
            set_primary_key(["id"]),
            set_type("note", constraints={"unique": True}),
            dump_to_sql(mapped("rewrite", table), address),
        ).process()
    steps = {2: mapped("update"), 4: mapped("update", "other", "res_2")}
    for wrong, resource in ((2, "res_1"), (4, "res_2")):
        with pytest.raises(ProcessorError) as caught:
            Flow(
                [{"id": 2, "note": "z" if wrong == 2 else "y"}],
                dump_to_sql(steps[2], address),
                [{"id": 2, "note": "z" if wrong == 4 else "y"}],
                dump_to_sql(steps[4], address),
            ).process()
        assert (caught.value.where.position, caught.value.where.resource) == (wrong, resource)
        assert content(address) == content(address, "other") == [{"id": 1, "note": "z"}]


def test_a_foreign_key_that_is_checked_at_the_commit_leaves_all_as_it_was(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/out.db")

    @event.listens_for(engine, "connect")
    def check_keys(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    late = "DEFERRABLE INITIALLY DEFERRED"
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE cities (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO cities VALUES (1)")
        connection.exec_driver_sql(
            f"CREATE TABLE t (id INTEGER PRIMARY KEY, city INTEGER REFERENCES cities (id) {late})"
        )
    dumps = (dump_to_path(str(tmp_path / "files")), dump_to_sql(mapped("append"), engine))
    with pytest.raises(ProcessorError) as caught:
        Flow([{"id": 1, "city": 1}, {"id": 2, "city": 7}], *dumps).process()
    assert str(caught.value).partition(": dump_to_sql")[0] == (
        f"sqlite:///{tmp_path}/out.db: FOREIGN KEY constraint failed: a row of 't' points to"
        " 'cities', which does not have it\n  at processor 3 of 3"
    )
    assert str(caught.value).endswith("\n  fix: give rows that point to others which are there.")
    assert not (tmp_path / "files").exists()
    Flow([{"id": 1, "city": 1}], *dumps).process()
    with closing(engine.raw_connection()) as raw:
        assert raw.cursor().execute("SELECT * FROM t").fetchall() == [(1, 1)]
    engine.dispose()


@pytest.mark.parametrize("value", [NAN, INFINITY, -INFINITY])
@pytest.mark.parametrize("mode", ["rewrite", "merge"])
def test_a_number_that_a_database_does_not_have_is_refused(
    address: str, mode: str, value: Decimal
) -> None:
    kind = address.partition(":")[0]
    rows = [{"id": 1, "n": Decimal("1.5")}, {"id": 2, "n": None}, {"id": 3, "n": value}]
    flow = Flow([dict(row) for row in rows], dump_to_sql(mapped(mode), address))
    if kind == "postgresql" or (kind == "sqlite" and value is not NAN):
        flow.process()
        assert str(content(address)) == str(rows)
        return
    with pytest.raises(ProcessorError) as caught:
        flow.process()
    assert isinstance(caught.value.cause, RowError)
    head, _, rest = told(caught.value).partition("\n  at processor 2 of 2: dump_to_sql")
    assert head == f"this database has no number {value}"
    assert rest.partition("\n")[2] == (
        "     resource 'res_1', row 3, field 'n'\n"
        f"  fix: make it missing: map_values('n', {{'{value}': None}}), or keep it as text:"
        " set_type('n', type='string')."
    )
