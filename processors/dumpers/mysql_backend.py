"""MySQL and MariaDB for `dump_to_sql`: inserts of many rows, tables that change places at once."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.errors import FlowError, OutputError, Place, RowError
from dataflows.processors.dumpers.sql_backend import PAUSES_SECONDS, Backend, SqlField, Swap
from dataflows.processors.dumpers.sql_values import column_texts, refuse_decimals, refuse_no_numbers
from dataflows.processors.storage.sql_engine import is_lost, is_passing

if TYPE_CHECKING:
    from dataflows.batch import Batch
    from dataflows.processors.dumpers.sql_ddl import ForeignKey

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
        self._swaps: list[Swap] = []
        self._staged: list[str] = []
        self._pointed: set[str] = set()
        self._tables: list[str] = []

    def open(self, tables: list[str]) -> None:
        """Connect, and wait until no other run writes to one of the tables."""
        super().open(tables)
        self._tables = tables
        self.execute("SET NAMES utf8mb4")
        self.execute(f"SET SESSION innodb_lock_wait_timeout = {_WAIT_SECONDS}")
        self.execute(f"SET SESSION lock_wait_timeout = {_WAIT_SECONDS}")
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

    def drop_staged(self, place: str) -> None:
        """Drop a table that a run has left behind which was killed."""
        self.execute("SET SESSION foreign_key_checks = 0")
        super().drop_staged(place)
        self.execute("SET SESSION foreign_key_checks = 1")

    def update(self, place: str, source: str, keys: list[str], others: list[str]) -> str:
        """Return the statement that updates rows from others with equal keys."""
        values = ", ".join(f"t.{one} = s.{one}" for one in others)
        equal = " AND ".join(f"t.{one} = s.{one}" for one in keys)
        return f"UPDATE {place} AS t JOIN {source} AS s ON {equal} SET {values}"  # noqa: S608 - quoted names only

    def comments(self, place: str, columns: dict[str, str], own: str) -> list[str]:  # noqa: ARG002 - as the others
        """Return the statement that comments a table; a column's would repeat its definition."""
        return [f"ALTER TABLE {place} COMMENT = {self.text(own)}"] if own else []

    def refuse_rewrite(
        self,
        schema: str | None,
        table: str,
        names: list[str],  # noqa: ARG002 - as the others
        also: list[str],
    ) -> None:
        """Refuse to make a table anew that has triggers, or that foreign keys of others point to.

        Views and grants are kept: here they go by the name.

        Raises:
            FlowError: There is one.
        """
        shown = table if schema is None else f"{schema}.{table}"
        place = f"COALESCE({'NULL' if schema is None else self.text(schema)}, DATABASE())"
        found = self.asked(
            "SELECT table_schema, table_name, constraint_name"  # noqa: S608 - a literal
            " FROM information_schema.key_column_usage"
            f" WHERE referenced_table_schema = {place} AND referenced_table_name ="
            f" {self.text(table)}"
        )
        for other_schema, other, name in found:
            known = (self.place(None, other), self.place(other_schema, other))
            if other != table and not set(known) & set(also):
                what = f"the foreign key {name!r} of the table {other!r} points to {shown!r}"
                fix = "write it in place, with 'mode': 'merge', or dump both tables in one step."
                raise FlowError(f"{what}, which cannot be made anew", fix=fix)
        found = self.asked(
            "SELECT trigger_name FROM information_schema.triggers"  # noqa: S608 - a literal
            f" WHERE event_object_schema = {place} AND event_object_table = {self.text(table)}"
        )
        for (name,) in found:
            what = f"the table {shown!r} has the trigger {name!r}, which would be lost"
            fix = "write it in place, with 'mode': 'merge', or drop the trigger first."
            raise FlowError(what, fix=fix)

    def swap(self, swaps: list[Swap]) -> set[str]:
        """Check the foreign keys; the tables change places once their rows are committed."""
        self._swaps = swaps
        for swap in swaps:
            for foreign in swap.foreign:
                self._check_foreign(swap, foreign)
        return set()

    def _check_foreign(self, swap: Swap, foreign: ForeignKey) -> None:
        own = self.place(swap.schema, swap.staged)
        pairs = list(zip(foreign.fields, foreign.others, strict=True))
        equal = " AND ".join(f"o.{other} = s.{one}" for one, other in pairs)
        some = " AND ".join(f"s.{one} IS NOT NULL" for one in foreign.fields)
        names = ", ".join(f"s.{one}" for one in foreign.fields)
        found = self.rows(
            f"SELECT {names} FROM {own} AS s WHERE {some} AND NOT EXISTS"  # noqa: S608 - quoted names only
            f" (SELECT 1 FROM {foreign.parent.place} AS o WHERE {equal}) LIMIT 1"
        )
        if found:
            fields = ", ".join(foreign.fields)
            what = f"{self}: a row of {swap.table!r} points by {fields} to {found[0]!r}"
            fix = "drop such rows, or leave the foreign key out of the schema."
            raise OutputError(f"{what}, which {foreign.parent.target} does not have", fix=fix)

    def commit(self) -> None:
        """Commit the rows, then let all staged tables take their places in one statement.

        The rows are safe in the staged tables, so what fails for the moment is tried again.
        """
        super().commit()
        if not self._swaps:
            return
        for pause in (*PAUSES_SECONDS, None):
            try:
                self._exchange()
                break
            except OutputError as error:
                if pause is None or not (is_passing(error) or is_lost(error)):
                    raise
                time.sleep(pause)
                if is_lost(error):
                    self.close()
                    self.open(self._tables)
        self._staged.clear()
        with suppress(OutputError):  # the next run that writes the table tries again
            for swap in self._swaps:
                self.execute(f"DROP TABLE IF EXISTS {self._old(swap)}")

    def _old(self, swap: Swap) -> str:
        return self.place(swap.schema, f"{swap.staged}_old")

    def _exchange(self) -> None:
        first = self._swaps[0]
        if self.columns(first.schema, first.staged) is None:
            return  # the connection was lost after it was done
        self.execute("SET SESSION foreign_key_checks = 0")  # they have been checked
        moves = []
        for swap in self._swaps:
            staged, target = (self.place(swap.schema, one) for one in (swap.staged, swap.table))
            for foreign in swap.foreign:
                clause = foreign.clause(foreign.parent.place)
                if clause not in self._pointed:
                    self.execute(f"ALTER TABLE {staged} ADD {clause}")
                    self._pointed.add(clause)
            # A run that was killed may have left it behind.
            self.execute(f"DROP TABLE IF EXISTS {self._old(swap)}")
            moves += [f"{target} TO {self._old(swap)}"] if swap.exists else []
            moves.append(f"{staged} TO {target}")
        self.execute(f"RENAME TABLE {', '.join(moves)}")

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
        rows = list(zip(*columns, strict=True))
        try:
            with self.explained(), self._cursor() as cursor:
                for start in range(0, len(rows), self.batch_size):
                    cursor.executemany(sql, rows[start : start + self.batch_size])
        except OutputError:
            refuse_no_numbers(batch, fields)
            raise


def _values(batch: Batch, field: SqlField) -> list[Any]:
    column = batch.column(field.name)
    if field.zoned:
        what = "MySQL and MariaDB store no time zone with a datetime"
        fix = "convert the datetimes to one zone and remove it, or make the field a string."
        raise RowError(what, where=Place(field=field.name), fix=fix)
    if field.type in ("integer", "boolean", "year"):
        return column.values
    if field.type == "number":
        refuse_decimals(batch, field, _DECIMALS)
    return list(column_texts(column, field).to_pylist())
