"""MySQL and MariaDB for `dump_to_sql`: inserts of many rows, tables that change places at once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.errors import FlowError, OutputError, Place, RowError
from dataflows.processors.dumpers.sql_backend import Backend, SqlField
from dataflows.processors.dumpers.sql_values import column_texts, refuse_decimals

if TYPE_CHECKING:
    from dataflows.batch import Batch

__all__ = ["MysqlBackend"]

_WAIT_SECONDS = 60
_KEY_CHARACTERS = 255
_DECIMALS = 30


class MysqlBackend(Backend):
    """A database of MySQL or MariaDB.

    They end a transaction at every CREATE and ALTER. So a table is made before the transaction,
    under another name, and takes its place, at once, after the rows have been committed.
    """

    swaps: ClassVar[bool] = True
    commits_early: ClassVar[bool] = True
    longest_name: ClassVar[int | None] = 64
    types: ClassVar[dict[str, str]] = {
        "string": "LONGTEXT",
        "integer": "BIGINT",
        "year": "INTEGER",
        "number": f"DECIMAL(65, {_DECIMALS})",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "time": "TIME(6)",
        "datetime": "DATETIME(6)",
        "array": "JSON",
        "object": "JSON",
        "geojson": "JSON",
    }

    def __init__(self, source: Any) -> None:
        super().__init__(source)
        self._swaps: list[tuple[str, str, str | None]] = []
        self._staged: list[str] = []

    def open(self, tables: list[str]) -> None:
        """Connect, and wait until no other run writes to one of the tables."""
        super().open(tables)
        self.execute("SET NAMES utf8mb4")
        self.execute(f"SET SESSION innodb_lock_wait_timeout = {_WAIT_SECONDS}")
        self.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')")
        for table in sorted(tables):
            name = self.text(f"dataflows {self.engine.url.database} {table}"[:64])
            if self.rows(f"SELECT GET_LOCK({name}, {_WAIT_SECONDS})") != [(1,)]:
                what = f"{self}: another run writes to the table {table!r}"
                raise OutputError(what, fix="wait until it has ended, then run again.")

    def quote(self, name: str) -> str:
        """Return a name as an identifier, which has no character past the first 65,536.

        Raises:
            FlowError: The database cannot have such a name.
        """
        if any(character > "\uffff" for character in name):
            what = f"{self} can have no table or column named {name!r}"
            raise FlowError(what, fix="rename it.")
        return super().quote(name)

    def text(self, value: str) -> str:
        """Return a text as a literal."""
        return super().text(value.replace("\\", "\\\\"))

    def length(self, column: str) -> str:
        """Return the expression for the number of characters of a text."""
        return f"char_length({column})"

    def type_of(self, field: SqlField) -> str:
        """Return the type of a column; a text in a key has a length."""
        found = super().type_of(field)
        if found == "LONGTEXT" and field.keyed:
            return f"VARCHAR({_KEY_CHARACTERS})"
        return found

    def execute(self, sql: str) -> int:
        """Run a statement; of a table under another name, remember it."""
        made = super().execute(sql)
        if sql.startswith("CREATE TABLE "):
            self._staged.append(sql.removeprefix("CREATE TABLE ").partition(" (")[0])
        return made

    def drop_temporary(self, name: str) -> str:
        """Return the statement that drops a temporary table, without the end of a transaction."""
        return f"DROP TEMPORARY TABLE {name}"

    def update(self, place: str, source: str, keys: list[str], others: list[str]) -> str:
        """Return the statement that updates rows from others with equal keys."""
        values = ", ".join(f"t.{one} = s.{one}" for one in others)
        equal = " AND ".join(f"t.{one} = s.{one}" for one in keys)
        return f"UPDATE {place} AS t JOIN {source} AS s ON {equal} SET {values}"  # noqa: S608 - quoted names only

    def comments(self, place: str, table: str, columns: dict[str, str], own: str) -> list[str]:  # noqa: ARG002 - as the others
        """Return the statement that comments a table; a column's would repeat its definition."""
        return [f"ALTER TABLE {place} COMMENT = {self.text(own)}"] if own else []

    def swap(self, schema: str | None, staged: str, table: str, *, exists: bool) -> None:
        """Remember to put a staged table in the place of another, once its rows are committed."""
        old = self.place(schema, f"{staged}_old") if exists else None
        self._swaps.append((self.place(schema, staged), self.place(schema, table), old))

    def commit(self) -> None:
        """Commit the rows, then let all staged tables take their places in one statement."""
        super().commit()
        moves, old_tables = [], []
        for staged, target, old in self._swaps:
            if old is not None:
                moves.append(f"{target} TO {old}")
                old_tables.append(old)
            moves.append(f"{staged} TO {target}")
        if moves:
            self.execute(f"RENAME TABLE {', '.join(moves)}")
            self._swaps.clear()
            self._staged.clear()
        for old in old_tables:
            self.execute(f"DROP TABLE {old}")

    def rollback(self) -> None:
        """Drop everything, also the tables that were made for it."""
        super().rollback()
        if self._raw is None:
            return
        for staged in self._staged:
            with suppress(Exception):
                self.execute(f"DROP TABLE IF EXISTS {staged}")

    def insert(self, place: str, batch: Batch, fields: list[SqlField]) -> None:
        """Write the rows by statements of many rows each."""
        names = ", ".join(self.quote(field.name).replace("%", "%%") for field in fields)
        marks = ", ".join(["%s"] * len(fields))
        columns = [_values(batch, field) for field in fields]
        sql = f"INSERT INTO {place.replace('%', '%%')} ({names}) VALUES ({marks})"  # noqa: S608 - quoted names only
        with self.explained(), self._cursor() as cursor:
            cursor.executemany(sql, list(zip(*columns, strict=True)))


def _values(batch: Batch, field: SqlField) -> list[Any]:
    column = batch.column(field.name)
    if field.zoned:
        what = "MySQL and MariaDB keep no zone with a moment"
        fix = "bring the moments to one zone and take the zone off, or make the field a string."
        raise RowError(what, where=Place(field=field.name), fix=fix)
    if field.type in ("integer", "boolean", "year"):
        return column.values
    if field.type == "number":
        refuse_decimals(batch, field, _DECIMALS)
    return list(column_texts(column, field).to_pylist())
