"""What a file of SQLite holds after `dump_to_sql`, to the storage class of each value."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from dataflows import Flow, dump_to_sql, load, set_type
from dataflows.errors import DataflowsException, ProcessorError
from dataflows.processors.dumpers.sqlite_backend import named_file

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {"id": "integer", "paid": "boolean", "year": "year", "amount": "number", "note": "string"}
COLUMNS = '"id" INTEGER, "paid" BOOLEAN, "year" INTEGER, "amount" FLOAT, "note" TEXT'


def stored(path: Path) -> list[tuple[Any, ...]]:
    """Return each value of the table with the storage class that SQLite says it has."""
    both = ", ".join(f'"{name}", typeof("{name}")' for name in TYPES)
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {both} FROM t ORDER BY rowid").fetchall()


def dump(source: Any, path: Path) -> None:
    types = [set_type(name, type=kind) for name, kind in TYPES.items()]
    step = dump_to_sql({"t": {"resource-name": "res_1"}}, f"sqlite:///{path}")
    Flow(source, *types, step).process()


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(
            *(
                st.none() | values
                for values in (
                    st.integers(-(2**63), 2**63 - 1),
                    st.booleans(),
                    st.integers(0, 9999),
                    st.decimals(-(10**9), 10**9, places=2),
                    st.text(
                        st.characters(codec="utf-8", exclude_characters="\0"),
                        min_size=1,
                        max_size=5,
                    ),
                )
            )
        ),
        max_size=5,
    ).filter(bool),
    times=st.sampled_from([1, 12, 13, 64, 130]),
)
def test_a_file_holds_what_the_driver_would_have_written_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, ...]], times: int
) -> None:
    folder = tmp_path_factory.mktemp("sqlite")
    dump([dict(zip(TYPES, row, strict=True)) for row in rows * times], folder / "ours.db")
    with closing(sqlite3.connect(folder / "driver.db")) as connection, connection:
        connection.execute(f"CREATE TABLE t ({COLUMNS})")
        values = [
            [float(one) if isinstance(one, Decimal) else one for one in row] for row in rows * times
        ]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", values)
    assert stored(folder / "ours.db") == stored(folder / "driver.db")


def test_booleans_are_stored_as_numbers_however_they_came_in(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,paid,year,amount,note\n1,true,2001,1.5,a\n2,,,,\n3,false,2003,2.5,c\n")
    dump(load(str(source), name="res_1"), tmp_path / "out.db")
    missing = (None, "null")
    assert stored(tmp_path / "out.db") == [
        (1, "integer", 1, "integer", 2001, "integer", 1.5, "real", "a", "text"),
        (2, "integer", *missing, *missing, *missing, *missing),
        (3, "integer", 0, "integer", 2003, "integer", 2.5, "real", "c", "text"),
    ]


def test_the_driver_has_to_adapt_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def adapt(value: bool) -> int:
        raise AssertionError(value)

    monkeypatch.setitem(sqlite3.adapters, (bool, sqlite3.PrepareProtocol), adapt)
    row = {"id": 1, "paid": True, "year": 2001, "amount": Decimal("1.5"), "note": "a"}
    dump([row], tmp_path / "out.db")
    assert stored(tmp_path / "out.db") == [
        (1, "integer", 1, "integer", 2001, "integer", 1.5, "real", "a", "text")
    ]


@pytest.mark.parametrize(
    "path",
    ["a.db", "/a b/ü.db", "a@b:c.db", "a#b.db", "../x.db", "C:/x.db", "//h/x.db"],
)
def test_an_address_names_the_file_that_sqlalchemy_takes_it_for(path: str) -> None:
    assert named_file(f"sqlite:///{path}") == path == make_url(f"sqlite:///{path}").database


@pytest.mark.parametrize(
    "source",
    [
        *(
            "sqlite://",
            "sqlite:///",
            "sqlite:///:memory:",
            "sqlite:///a.db?timeout=5",
            "sqlite:///a%20b.db",
        ),
        *("sqlite:///file:a.db", "sqlite+pysqlite:///a.db", "sqlite://me@host/a.db"),
        create_engine("sqlite:///a.db"),
    ],
)
def test_all_other_sources_are_left_to_sqlalchemy(source: Any) -> None:
    assert named_file(source) is None


def test_a_file_is_written_without_the_import_of_sqlalchemy(tmp_path: Path) -> None:
    code = """
import sys
from dataflows import Flow, dump_to_sql
Flow([{"id": 1}], dump_to_sql({"t": {"resource-name": "res_1"}}, "sqlite:///out.db")).process()
print("sqlalchemy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("False\n", "")
    with closing(sqlite3.connect(tmp_path / "out.db")) as connection:
        assert connection.execute("SELECT * FROM t").fetchall() == [(1,)]


CHECKED = """CREATE TABLE t (
    id INTEGER PRIMARY KEY CHECK (floor(id) = id), note TEXT CHECK (note REGEXP '^[a-z]+$')
)"""


@pytest.mark.parametrize("given_as", ["address", "address with options", "engine"])
@pytest.mark.parametrize("mode", ["rewrite", "append", "update", "merge"])
def test_a_file_is_the_same_however_it_was_given(tmp_path: Path, given_as: str, mode: str) -> None:
    path = tmp_path / "out.db"
    address = f"sqlite:///{path}"
    driven = create_engine(address, poolclass=NullPool)
    with driven.begin() as connection:
        connection.exec_driver_sql(CHECKED)
        connection.exec_driver_sql("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    engine: Any = {
        "address": address,
        "address with options": f"{address}?timeout=5",
        "engine": driven,
    }[given_as]
    mapping = {"t": {"resource-name": "res_1", "mode": mode, "update_keys": ["id"]}}
    first = 3 if mode == "append" else 2
    Flow(
        [{"id": first, "note": "x"}, {"id": 4, "note": None}], dump_to_sql(mapping, engine)
    ).process()
    expected = {
        "rewrite": [(2, "x"), (4, None)],
        "append": [(1, "a"), (2, "b"), (3, "x"), (4, None)],
        "update": [(1, "a"), (2, "x"), (4, None)],
        "merge": [(2, "x"), (4, None)],
    }
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute("SELECT * FROM t ORDER BY id").fetchall() == expected[mode]
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.db"]
    if mode != "rewrite":
        with pytest.raises(DataflowsException, match="CHECK constraint failed: note"):
            Flow([{"id": 5, "note": "5"}], dump_to_sql(mapping, engine)).process()


@pytest.mark.parametrize("options", ["", "?timeout=5"])
def test_what_is_no_database_is_told_alike(tmp_path: Path, options: str) -> None:
    (tmp_path / "text.db").write_text("no database, but some text that is long enough\n" * 99)
    (tmp_path / "folder.db").mkdir()
    for name, what, fix in (
        ("text.db", "file is not a database", ""),
        (
            "folder.db",
            "unable to open database file",
            "\n  fix: check the address, and that the database can be reached.",
        ),
    ):
        address = f"sqlite:///{tmp_path}/{name}{options}"
        with pytest.raises(ProcessorError) as caught:
            Flow([{"id": 1}], dump_to_sql({"t": {"resource-name": "res_1"}}, address)).process()
        head, _, rest = str(caught.value).partition("\n  at processor 2 of 2: ")
        shown = address.replace(options, "?***" if options else "")
        assert head == f"{shown}: {what}"
        assert rest.partition("\n")[1] + rest.partition("\n")[2] == fix
