"""What a file of SQLite holds after `dump_to_sql`, to the storage class of each value."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dataflows import Flow, dump_to_sql, load, set_type

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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
