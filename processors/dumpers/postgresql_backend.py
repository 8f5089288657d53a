"""PostgreSQL for `dump_to_sql`: COPY of text that is made of whole columns."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import OutputError
from dataflows.processors.dumpers.sql_backend import PAUSES_SECONDS, Backend, SqlField, Swap
from dataflows.processors.dumpers.sql_postgresql_swap import (
    PostgresqlSwap,
    columns_of,
    dependents,
    refuse_columns,
)
from dataflows.processors.dumpers.sql_values import column_texts
from dataflows.processors.storage.sql_engine import is_passing
from dataflows.types.octets import holds_any, text_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from dataflows.batch import Batch

__all__ = ["PostgresqlBackend", "copy_text"]

_WAIT_SECONDS = 60
_NEVER_ESCAPED = ("integer", "number", "boolean", "date", "time", "datetime", "year")
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))
_NULL = "\\N"


class PostgresqlBackend(Backend):
    """A database of PostgreSQL.

    A rewritten table is made beside the old one, and takes its name and its grants at the end: who
    reads the old one waits for no longer than that takes. Where views, triggers, policies or
    foreign keys of other tables depend on the old one, it stays, and gets the new rows.
    """

    swaps: ClassVar[bool] = True
    longest_name: ClassVar[int | None] = 63
    folds_case: ClassVar[bool] = False
    types: ClassVar[dict[str, str]] = {
        "string": "TEXT",
        "integer": "BIGINT",
        "year": "INTEGER",
        "number": "NUMERIC",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "time": "TIME",
        "datetime": "TIMESTAMP",
        "array": "JSONB",
        "object": "JSONB",
        "geojson": "JSONB",
    }

    def __init__(self, source: Any) -> None:
        super().__init__(source)
        self._copying: tuple[str, Any, ExitStack] | None = None

    def open(self, tables: list[str]) -> None:
        """Connect, and wait until no other run writes to one of the tables."""
        super().open(tables)
        self.execute(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS}s'")
        for table in sorted(tables):
            name = self.text(f"dataflows {table}")
            try:
                self.rows(f"SELECT pg_advisory_xact_lock(hashtext({name}))")
            except OutputError as error:
                if not is_passing(error):
                    raise
                what = f"{self}: another run writes to the table {table!r}"
                raise OutputError(what, fix="wait until it has ended, then run again.") from None

    def type_of(self, field: SqlField) -> str:
        """Return the type of a column."""
        if field.type == "datetime" and field.zoned:
            return "TIMESTAMPTZ"
        return super().type_of(field)

    def matches(self, column: str, pattern: str) -> str | None:
        """Return the condition that a whole text has a pattern."""
        return f"{column} ~ {self.text(f'^(?:{pattern})$')}"

    def temporary(self, name: str, select: str) -> str:
        """Return the statement that makes a temporary table with the columns of a query."""
        return f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {select}"

    def update(self, place: str, source: str, keys: list[str], others: list[str]) -> str:
        """Return the statement that updates rows from others with equal keys."""
        values = ", ".join(f"{one} = s.{one}" for one in others)
        equal = " AND ".join(f"t.{one} = s.{one}" for one in keys)
        return f"UPDATE {place} AS t SET {values} FROM {source} AS s WHERE {equal}"  # noqa: S608 - quoted names only

    def refuse_rewrite(
        self, schema: str | None, table: str, names: list[str], also: list[str]
    ) -> None:
        """Refuse to make a table anew that others depend on, and whose columns change.

        Raises:
            FlowError: It is so.
        """
        place = self.place(schema, table)
        depending = dependents(self.asked, place, also)
        if depending and {name for name, _ in columns_of(self.asked, place)} != set(names):
            refuse_columns(table, depending)

    def swap(self, swaps: list[Swap]) -> set[str]:
        """Put staged tables in the places of others; tried again where another session is first.

        What has been written stays in the staged tables, so nothing is lost by that.
        """
        self.execute("SAVEPOINT dataflows_swap")
        for pause in (*PAUSES_SECONDS, None):
            try:
                return PostgresqlSwap(self, swaps).run()
            except OutputError as error:
                if pause is None or not is_passing(error):
                    raise
                self.execute("ROLLBACK TO SAVEPOINT dataflows_swap")
                time.sleep(pause)
        raise AssertionError

    def settle(self) -> None:
        """Check the foreign keys that are checked at the end."""
        self.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def insert(self, place: str, batch: Batch, fields: list[SqlField]) -> None:
        """Write the rows by COPY."""
        names = ", ".join(self.quote(field.name) for field in fields)
        columns = [column_texts(batch.column(field.name), field) for field in fields]
        escaped = [field.type not in _NEVER_ESCAPED for field in fields]
        data = copy_text(columns, escaped)
        sql = f"COPY {place} ({names}) FROM STDIN"
        with self.explained():
            if self._copying is None or self._copying[0] != sql:
                self.flush()
                with ExitStack() as stack:
                    cursor = stack.enter_context(super()._cursor())
                    copy = stack.enter_context(cursor.copy(sql))
                    # It stays open, so that the server is at work while the next batch is made.
                    self._copying = sql, copy, stack.pop_all()
            self._copying[1].write(data)

    def flush(self) -> None:
        """Bring the COPY that is open to its end: it must be before anything else is asked."""
        if self._copying is not None:
            (_, _, stack), self._copying = self._copying, None
            with self.explained():
                stack.close()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        self.flush()
        with super()._cursor() as cursor:
            yield cursor

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """Yield a connection to ask."""
        self.flush()
        with super().asking() as session:
            yield session

    def commit(self) -> None:
        """Make everything visible."""
        self.flush()
        super().commit()

    def rollback(self) -> None:
        """Drop everything; the server is told that the rows of an open COPY end here."""
        if self._copying is not None:
            (_, _, stack), self._copying = self._copying, None
            given_up = OutputError("the rows end here", fix="run again.")
            with suppress(Exception):
                stack.__exit__(OutputError, given_up, None)
        super().rollback()


def copy_text(columns: list[pa.StringArray], escaped: list[bool]) -> memoryview:
    r"""Return rows in the text format of COPY.

    Args:
        columns: The columns as texts; null is a missing value.
        escaped: For each, whether it may hold characters that mean something there.

    Examples:
        >>> bytes(copy_text([pa.array(["1", None]), pa.array(["a\tb", "\\N"])], [False, True]))
        b'1\ta\\tb\n\\N\t\\\\N\n'
    """
    cells = [
        _escaped(column) if may else column for column, may in zip(columns, escaped, strict=True)
    ]
    filled = {"null_handling": "replace", "null_replacement": _NULL}
    cells[-1] = pc.binary_join_element_wise(cells[-1], "", "\n", **filled)
    if len(cells) == 1:
        return text_bytes(cells[0])
    return text_bytes(pc.binary_join_element_wise(*cells, "\t", **filled))


def _escaped(column: pa.StringArray) -> pa.StringArray:
    for mark, escape in _ESCAPES:
        if holds_any(column, mark):
            column = pc.replace_substring(column, mark, escape)
    return column
