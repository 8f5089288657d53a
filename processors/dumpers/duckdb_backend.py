"""DuckDB for `dump_to_sql`: Arrow columns, in one transaction."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa

from dataflows.errors import FlowError, OutputError
from dataflows.processors.dumpers.sql_backend import Backend, SqlField
from dataflows.processors.dumpers.sql_values import column_texts, refuse_decimals, refuse_no_numbers
from dataflows.processors.storage.sql_duckdb import (
    duckdb_path,
    explained_duckdb,
    quoted,
    table_names,
)
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from dataflows.batch import Batch

__all__ = ["DuckDbBackend"]

_DECIMALS = 12
_AS_ARROW = ("integer", "number", "boolean", "date", "datetime", "string")


class DuckDbBackend(Backend):
    """A file of DuckDB, which one process at a time can write.

    DuckDB checks a foreign key at each row, and lets nobody drop a table that one points to: tables
    get none.
    """

    has_foreign_keys: ClassVar[bool] = False
    types: ClassVar[dict[str, str]] = {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "year": "INTEGER",
        "number": f"DECIMAL(38, {_DECIMALS})",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "time": "TIME",
        "datetime": "TIMESTAMP",
        "array": "JSON",
        "object": "JSON",
        "geojson": "JSON",
    }

    def __init__(self, source: str) -> None:
        self.source = source
        self._path = Path(duckdb_path(source))
        self.batch_size = 1000
        self._raw: Any = None
        self._is_new = False

    @property
    def key(self) -> str:
        """The file."""
        return f"duckdb:{self._path.resolve()}"

    def __str__(self) -> str:
        return str(self.source)

    def check(self) -> None:
        """See that the file can be there, but do not make it."""
        if not self._path.parent.is_dir():
            what = f"{self}: there is no folder {str(self._path.parent)!r}"
            raise OutputError(what, fix="make the folder, or check the path.")

    @contextmanager
    def explained(self, fix: str | None = None) -> Iterator[None]:
        """Turn what DuckDB raises into an OutputError."""
        with explained_duckdb(str(self), OutputError, fix):
            yield

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        import duckdb

        if self._raw is not None:
            yield self._raw
            return
        with self.explained():
            connection = duckdb.connect(str(self._path))
        try:
            yield connection
        finally:
            connection.close()

    def looking(self) -> AbstractContextManager[Any]:
        """Keep nothing open: the file may not be there."""
        return nullcontext()

    def open(self, tables: list[str]) -> None:  # noqa: ARG002 - as the others
        """Open the file, and begin the transaction."""
        import duckdb

        self._is_new = not self._path.exists()
        with self.explained():
            self._raw = duckdb.connect(str(self._path))
            self._raw.execute("BEGIN TRANSACTION")

    def execute(self, sql: str) -> int:
        """Run a statement."""
        with self.explained():
            self._raw.execute(sql)
        return -1

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.explained():
            return list(self._raw.execute(sql).fetchall())

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
        self.close()
        if self._is_new:
            for path in (self._path, self._path.with_name(self._path.name + ".wal")):
                with suppress(OSError):
                    path.unlink()

    def close(self) -> None:
        """Let go of the file."""
        raw, self._raw = self._raw, None
        if raw is not None:
            raw.close()

    def quote(self, name: str) -> str:
        """Return a name as an identifier.

        Raises:
            FlowError: It cannot be one.
        """
        if not name or "\0" in name:
            raise FlowError(f"{self} can have no table or column named {name!r}", fix="rename it.")
        return quoted(name)

    def table_names(self, schema: str | None) -> list[str]:
        """Return the tables that are there."""
        if not self._path.exists():
            return []
        with self._reading() as connection:
            return table_names(connection, schema)

    def columns(self, schema: str | None, table: str) -> list[str] | None:
        """Return the columns of a table; None where there is none."""
        known = {name.casefold(): name for name in self.table_names(schema)}
        if table.casefold() not in known:
            return None
        sql = f"SELECT * FROM {self.place(schema, table)} LIMIT 0"  # noqa: S608 - quoted names only
        with self._reading() as connection, self.explained():
            return [str(one[0]) for one in connection.execute(sql).description]

    def key_column(self, schema: str | None, table: str) -> str | None:
        """Return the column that alone is the primary key."""
        sql = (
            "SELECT constraint_column_names FROM duckdb_constraints()"
            " WHERE constraint_type = 'PRIMARY KEY' AND schema_name = ? AND table_name = ?"
        )
        with self._reading() as connection, self.explained():
            found = connection.execute(sql, [schema or "main", table]).fetchone()
        return str(found[0][0]) if found and len(found[0]) == 1 else None

    def type_of(self, field: SqlField) -> str:
        """Return the type of a column."""
        if field.type == "datetime" and field.zoned:
            return "TIMESTAMPTZ"
        return super().type_of(field)

    def matches(self, column: str, pattern: str) -> str | None:
        """Return the condition that a whole text has a pattern."""
        return f"regexp_full_match({column}, {self.text(pattern)})"

    def insert(self, place: str, batch: Batch, fields: list[SqlField]) -> None:
        """Hand over the columns as they are."""
        arrays = [_array(batch, field) for field in fields]
        table = pa.table(arrays, names=[f"c{index}" for index in range(len(fields))])
        names = ", ".join(self.quote(field.name) for field in fields)
        values = ", ".join(
            f"CAST(c{index} AS {self.type_of(field)})" for index, field in enumerate(fields)
        )
        sql = f"INSERT INTO {place} ({names}) SELECT {values} FROM dataflows_batch"  # noqa: S608 - quoted names only
        try:
            with self.explained():
                self._raw.register("dataflows_batch", table)
                self._raw.execute(sql)
        except OutputError:
            refuse_no_numbers(batch, fields)
            raise
        finally:
            with suppress(Exception):
                self._raw.unregister("dataflows_batch")


def _array(batch: Batch, field: SqlField) -> pa.Array:
    column = batch.column(field.name)
    if field.type == "number":
        refuse_decimals(batch, field, _DECIMALS)
    if field.type in _AS_ARROW and not field.zoned:
        try:
            return column.arrow(field.codec)
        except NotColumnar:
            pass
    return column_texts(column, field)
