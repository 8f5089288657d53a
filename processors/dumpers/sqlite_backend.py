"""SQLite for `dump_to_sql`: everything in one transaction, which nobody sees before its end."""

from __future__ import annotations

from contextlib import nullcontext, suppress
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
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from dataflows.batch import Batch
    from dataflows.column import Column

__all__ = ["SqliteBackend"]


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
        super().__init__(source)
        self._former_mode: str | None = None
        self._level: Any = ""
        self._is_new = False

    @property
    def _path(self) -> Path | None:
        name = self.engine.url.database
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
        super().check()

    def looking(self) -> AbstractContextManager[Any]:
        """Keep nothing open: the file may not be there."""
        return nullcontext()

    def columns(self, schema: str | None, table: str) -> list[str] | None:
        """Return the columns of a table; None where there is no table, or no file."""
        if self._path is not None and not self._path.exists():
            return None
        if self._raw is None:
            return super().columns(schema, table)
        return [str(row[1]) for row in self._table_info(schema, table)] or None

    def key_column(self, schema: str | None, table: str) -> str | None:
        """Return the column that alone is the primary key."""
        if self._raw is None:
            return super().key_column(schema, table)
        found = [str(row[1]) for row in self._table_info(schema, table) if row[5]]
        return found[0] if len(found) == 1 else None

    def _table_info(self, schema: str | None, table: str) -> list[tuple[Any, ...]]:
        """Ask the connection that writes: any other would have to wait for it."""
        place = "" if schema is None else f"{self.quote(schema)}."
        return self.rows(f"PRAGMA {place}table_info({self.quote(table)})")

    def _begin(self) -> None:
        path = self._path
        self._is_new = path is not None and (not path.exists() or path.stat().st_size == 0)
        driver = self._raw.driver_connection
        self._level, driver.isolation_level = driver.isolation_level, None
        if path is not None and not self._is_new:
            with suppress(Exception):
                mode = driver.execute("PRAGMA journal_mode").fetchone()[0]
                if mode != "wal" and self._set_mode("wal"):
                    self._former_mode = mode
        fix = "wait until the other program has ended its transaction, then run again."
        with self.explained(fix):
            driver.execute("BEGIN IMMEDIATE")

    def _set_mode(self, mode: str) -> bool:
        driver = self._raw.driver_connection
        wait = driver.execute("PRAGMA busy_timeout").fetchone()[0]
        driver.execute("PRAGMA busy_timeout = 0")
        try:
            return bool(driver.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0] == mode)
        finally:
            driver.execute(f"PRAGMA busy_timeout = {int(wait)}")

    def commit(self) -> None:
        """Make everything visible."""
        with self.explained("nothing has been changed: run again."):
            self._raw.driver_connection.execute("COMMIT")
        self._is_new = False

    def rollback(self) -> None:
        """Drop everything, also a file that was made for it."""
        if self._raw is None:
            return
        with suppress(Exception):
            self._raw.driver_connection.execute("ROLLBACK")
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
                self._raw.driver_connection.isolation_level = self._level
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
