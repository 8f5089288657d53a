"""SQLite for `dump_to_sql`: everything in one transaction, which nobody sees before its end."""

from __future__ import annotations

import math
import re
import sqlite3
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from dataflows.errors import FlowError, OutputError
from dataflows.processors.dumpers.sql_backend import Backend, SqlField
from dataflows.processors.dumpers.sql_values import (
    column_texts,
    exact_floats,
    refuse_large_integers,
)
from dataflows.processors.storage.sql_engine import BUSY_SECONDS
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy.engine import Engine

    from dataflows.batch import Batch
    from dataflows.column import Column

__all__ = ["SqliteBackend"]


_PREFIX = "sqlite:///"
_ROWS_AT_ONCE = 64
_MOST_VALUES = 999  # in a statement, as the oldest versions take


class SqliteBackend(Backend):
    """A file of SQLite.

    Readers of a file that is there already would be locked out while a large transaction writes:
    for that time the file keeps a write-ahead log, unless the system refuses.
    """

    types: ClassVar[dict[str, str]] = {
        "string": "TEXT",
        "integer": "INTEGER",
        "year": "INTEGER",
        "number": "FLOAT",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "time": "TIME",
        "datetime": "DATETIME",
        "array": "JSON",
        "object": "JSON",
        "geojson": "JSON",
    }

    def __init__(self, source: Any) -> None:
        self._file = named_file(source)
        super().__init__(source)
        self._former_mode: str | None = None
        self._level: Any = ""
        self._is_new = False
        self._lost: set[tuple[Any, ...]] = set()

    def _made_engine(self) -> Engine | None:
        return super()._made_engine() if self._file is None else None

    @property
    def _path(self) -> Path | None:
        name = self.engine.url.database if self._file is None else self._file
        return None if not name or name == ":memory:" or name.startswith("file:") else Path(name)

    @property
    def key(self) -> str:
        """The file, however its path was written."""
        return super().key if self._path is None else f"sqlite:{self._path.resolve()}"

    def check(self) -> None:
        """See that the file can be there, but do not make it."""
        path = self._path
        if path is not None and not path.exists():
            if not path.parent.is_dir():
                what = f"{self}: there is no folder {str(path.parent)!r}"
                raise OutputError(what, fix="make the folder, or check the path.")
            return
        self.asked("SELECT 1")

    def looking(self) -> AbstractContextManager[Any]:
        """Keep nothing open: the file may not be there."""
        return nullcontext()

    def asked(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; the connection that writes is asked, if there is one.

        Any other would have to wait for it.
        """
        if self._raw is not None:
            return self.rows(sql)
        if self._file is None:
            return super().asked(sql)
        with self.explained("check the address, and that the database can be reached."):
            connection = _connection(self._file)
        with closing(connection), self.explained():
            return connection.execute(sql).fetchall()

    def columns(self, schema: str | None, table: str) -> list[str] | None:
        """Return the columns of a table; None where there is no table, or no file."""
        if self._path is not None and not self._path.exists():
            return None
        return [str(row[1]) for row in self._table_info(schema, table)] or None

    def key_column(self, schema: str | None, table: str) -> str | None:
        """Return the column that alone is the primary key."""
        found = [str(row[1]) for row in self._table_info(schema, table) if row[5]]
        return found[0] if len(found) == 1 else None

    def _table_info(self, schema: str | None, table: str) -> list[tuple[Any, ...]]:
        place = "" if schema is None else f"{self.quote(schema)}."
        return self.asked(f"PRAGMA {place}table_info({self.quote(table)})")

    def table_names(self, schema: str | None) -> list[str]:
        """Return the tables that are there; none where there is no file."""
        if self._path is not None and not self._path.exists():
            return []
        place = "" if schema is None else f"{self.quote(schema)}."
        found = self.asked(f"SELECT name FROM {place}sqlite_master WHERE type = 'table'")  # noqa: S608 - quoted names only
        return [str(name) for (name,) in found]

    def _quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def _connect(self) -> None:
        if self._file is None:
            super()._connect()
            self._raw = self._raw.driver_connection
        else:
            self._raw = _connection(self._file)

    def _begin(self) -> None:
        path = self._path
        self._is_new = path is not None and (not path.exists() or path.stat().st_size == 0)
        driver = self._raw
        self._level, driver.isolation_level = driver.isolation_level, None
        if path is not None and not self._is_new:
            with suppress(Exception):
                mode = driver.execute("PRAGMA journal_mode").fetchone()[0]
                if mode != "wal" and self._set_mode("wal"):
                    self._former_mode = mode
        fix = "wait until the other program has ended its transaction, then run again."
        with self.explained(fix):
            driver.execute("BEGIN IMMEDIATE")
            self._lost = self._pointing_nowhere()

    def _set_mode(self, mode: str) -> bool:
        driver = self._raw
        wait = driver.execute("PRAGMA busy_timeout").fetchone()[0]
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            return bool(driver.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0] == mode)
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(wait)}")

    def settle(self) -> None:
        """Check the foreign keys that are checked at the end.

        Raises:
            OutputError: A row points nowhere that did not before.
        """
        for table, _, parent, _ in self._pointing_nowhere() - self._lost:
            what = f"{self}: FOREIGN KEY constraint failed: a row of {table!r} points to {parent!r}"
            fix = "give rows that point to others which are there."
            raise OutputError(f"{what}, which does not have it", fix=fix)

    def _pointing_nowhere(self) -> set[tuple[Any, ...]]:
        """Return the rows that break foreign keys, where the commit would check any.

        It does where the connection was told to check them, and a table to put that off.
        """
        late = "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%INITIALLY DEFERRED%'"
        if not self.rows("PRAGMA foreign_keys")[0][0] or not self.rows(late)[0][0]:
            return set()
        return set(self.rows("PRAGMA foreign_key_check"))

    def commit(self) -> None:
        """Make everything visible."""
        with self.explained("nothing has been changed: run again."):
            self._raw.execute("COMMIT")
        self._is_new = False

    def rollback(self) -> None:
        """Drop everything, also a file that was made for it."""
        if self._raw is None:
            return
        with suppress(Exception):
            self._raw.execute("ROLLBACK")
        path = self._path
        if self._is_new and path is not None:
            self.close()
            with suppress(OSError):
                if path.stat().st_size == 0:
                    path.unlink()

    def close(self) -> None:
        """Let go of the connection; the log goes, where nobody else has the file open."""
        if self._raw is not None:
            if self._former_mode is not None:
                with suppress(Exception):
                    self._set_mode(self._former_mode)
                self._former_mode = None
            with suppress(Exception):
                self._raw.isolation_level = self._level
            if self._file is not None:
                self._raw.close()
        super().close()

    def refuse_rewrite(
        self,
        schema: str | None,
        table: str,
        names: list[str],  # noqa: ARG002 - as the others
        also: list[str],  # noqa: ARG002 - as the others
    ) -> None:
        """Refuse to make a table anew that has triggers.

        Raises:
            FlowError: It has one.
        """
        place = "" if schema is None else f"{self.quote(schema)}."
        found = self.asked(
            f"SELECT name FROM {place}sqlite_master WHERE type = 'trigger'"  # noqa: S608 - quoted names only
            f" AND lower(tbl_name) = lower({self.text(table)})"
        )
        for (name,) in found:
            what = f"the table {table!r} has the trigger {name!r}, which would be lost"
            fix = "write it in place, with 'mode': 'merge', or drop the trigger first."
            raise FlowError(what, fix=fix)

    def comments(self, place: str, columns: dict[str, str], own: str) -> list[str]:  # noqa: ARG002 - as the others
        """Return no statements: SQLite has no comments."""
        return []

    def insert(self, place: str, batch: Batch, fields: list[SqlField]) -> None:
        """Write the rows by statements of many rows each, which take half the time."""
        names = ", ".join(self.quote(field.name) for field in fields)
        marks = f"({', '.join('?' * len(fields))})"
        start = f"INSERT INTO {place} ({names}) VALUES "  # noqa: S608 - quoted names only
        at_once = max(1, min(_ROWS_AT_ONCE, _MOST_VALUES // len(fields)))
        width = len(fields)
        # Row after row: a slice for each column takes half the time of putting tuples in a chain.
        values: list[Any] = [None] * (batch.length * width)
        for index, field in enumerate(fields):
            values[index::width] = _values(batch, field)
        whole = batch.length // at_once * at_once * width

        def parts(start: int, stop: int, size: int) -> Iterator[list[Any]]:
            return (values[at : at + size] for at in range(start, stop, size))

        try:
            with self.explained(), self._cursor() as cursor:
                many = parts(0, whole, at_once * width)
                cursor.executemany(start + ", ".join([marks] * at_once), many)
                cursor.executemany(start + marks, parts(whole, len(values), width))
        except OverflowError:
            refuse_large_integers(batch, fields)
            raise


def named_file(source: Any) -> str | None:
    """Return the file that an address names, and nothing but a file; None for all else.

    It is opened by the driver itself: SQLAlchemy, which knows the rest, takes a tenth of a second
    to import.

    Examples:
        >>> named_file("sqlite:///out/sales.db"), named_file("sqlite:///sales.db?timeout=5")
        ('out/sales.db', None)
    """
    if not isinstance(source, str) or not source.startswith(_PREFIX):
        return None
    if "?" in source or "%" in source:  # options, or a sign in code
        return None
    name = source.removeprefix(_PREFIX)
    return None if name in ("", ":memory:") or name.startswith("file:") else name


def _connection(file: str) -> sqlite3.Connection:
    """Connect as SQLAlchemy does: what a table asks of its rows may need these functions."""
    connection = sqlite3.connect(file, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.create_function("regexp", 2, _has_pattern, deterministic=True)
    connection.create_function("floor", 1, math.floor, deterministic=True)
    return connection


def _has_pattern(pattern: str, text: str | None) -> bool | None:
    return None if text is None else re.search(pattern, text) is not None


def _values(batch: Batch, field: SqlField) -> list[Any]:
    column = batch.column(field.name)
    if field.type == "number":
        return exact_floats(batch, field)
    if field.type == "boolean":
        return _ones(column, field)
    if field.type in ("integer", "year"):
        return column.values
    return list(column_texts(column, field).to_pylist())


def _ones(column: Column, field: SqlField) -> list[int | None]:
    """Return booleans as SQLite keeps them.

    The driver looks for an adapter for every value that is an `int` by inheritance only: with True
    and False the whole job takes half as long again.
    """
    try:
        return list(column.arrow(field.codec).cast(pa.int8()).to_pylist())
    except NotColumnar:
        return [None if value is None else int(value) for value in column.values]
