"""What `dump_to_sql` asks of a database, each kind of which does it in a module of its own."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from dataflows.errors import FlowError, OutputError
from dataflows.processors.storage.sql_engine import (
    engine_of,
    explained,
    quoted_by,
    reflected_name,
    shown_address,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy.engine import Connection, Engine

    from dataflows.batch import Batch
    from dataflows.processors.dumpers.sql_ddl import ForeignKey
    from dataflows.types import Codec

__all__ = ["PAUSES_SECONDS", "Backend", "SqlField", "Swap", "backend_of"]

PAUSES_SECONDS = (0.1, 0.3, 1.0)
"""How long to wait before each new try of what may go well the next time."""

_BACKENDS = {
    "sqlite": "sqlite_backend:SqliteBackend",
    "duckdb": "duckdb_backend:DuckDbBackend",
    "postgresql": "postgresql_backend:PostgresqlBackend",
    "mysql": "mysql_backend:MysqlBackend",
    "mariadb": "mysql_backend:MysqlBackend",
}


@dataclass(frozen=True, slots=True)
class Swap:
    """A table with new rows that takes the place of another.

    Args:
        schema: The schema of the database that both are in; None for the usual one.
        staged: The name of the table with the new rows.
        table: The name of the other one.
        exists: Whether that is there.
        foreign: The foreign keys that the new one gets.
    """

    schema: str | None
    staged: str
    table: str
    exists: bool
    foreign: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True, slots=True)
class SqlField:
    """A field as a column of a table.

    Args:
        name: Its name.
        type: Its Table Schema type.
        codec: How its values came in.
        zoned: Whether its moments have a zone.
        keyed: Whether it is in a key or an index.
    """

    name: str
    type: str
    codec: Codec
    zoned: bool = False
    keyed: bool = False


class Backend:
    """A connection in one transaction.

    Args:
        source: The address, or the engine.

    `swaps` tells that a rewritten table is made beside the old one, which readers go on to see
    until the two change places; other databases show a table of one transaction to nobody else.
    `commits_early` tells that making a table ends a transaction: all are made before the first row.
    `has_foreign_keys` tells that tables can get foreign keys in whatever order their rows come.
    """

    swaps: ClassVar[bool] = False
    commits_early: ClassVar[bool] = False
    has_foreign_keys: ClassVar[bool] = True
    longest_name: ClassVar[int | None] = None
    folds_case: ClassVar[bool] = True
    types: ClassVar[dict[str, str]] = {}

    def __init__(self, source: Any) -> None:
        self.source = source
        self._engine = self._made_engine()
        self.batch_size = 1000
        self._session: Connection | None = None
        self._raw: Any = None

    def __str__(self) -> str:
        return shown_address(self.source)

    def _made_engine(self) -> Engine | None:
        """Return what connects; None where the driver does, until somebody asks."""
        return engine_of(self.source) if isinstance(self.source, str) else self.source

    @property
    def engine(self) -> Engine:
        """What connects, also for users of a step."""
        if self._engine is None:
            self._engine = engine_of(self.source)
        return self._engine

    @property
    def key(self) -> str:
        """What two steps share that write to the same database."""
        url = self.engine.url
        return str(id(self.engine)) if not url.database else str(url)

    def check(self) -> None:
        """See that the database can be reached, before any row moves."""
        with self.asking():
            pass

    @contextmanager
    def explained(self, fix: str | None = None) -> Iterator[None]:
        """Turn what the database raises into an OutputError."""
        with explained(self.source, OutputError, fix):
            yield

    # What is there

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """Yield a connection to ask: the one that writes, or one until the context ends."""
        if self._session is not None:
            with self.explained():
                yield self._session
            return
        with self.explained("check the address, and that the database can be reached."):
            self._session = self.engine.connect()
        try:
            with self.explained():
                yield self._session
        finally:
            session, self._session = self._session, None
            session.close()

    def looking(self) -> AbstractContextManager[Any]:
        """Keep one connection to ask for as long as the context lasts."""
        return self.asking()

    def asked(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, which goes to the database as it is."""
        with self.asking() as session:
            found = session.exec_driver_sql(sql, execution_options={"no_parameters": True})
            return [tuple(row) for row in found]

    # The transaction

    def open(self, tables: list[str]) -> None:  # noqa: ARG002 - for those that lock by table
        """Connect, and begin the transaction."""
        with self.explained():
            self._connect()
            self._begin()

    def _connect(self) -> None:
        """Make the connection that writes."""
        self._session = self._connected_again()
        self._raw = self._session.connection

    def _connected_again(self) -> Connection:
        """Connect to a database that could be reached before; where it cannot, try again."""
        from sqlalchemy.exc import OperationalError

        for pause in PAUSES_SECONDS:
            try:
                return self.engine.connect()
            except OperationalError:
                time.sleep(pause)
        return self.engine.connect()

    def _begin(self) -> None:
        """Begin the transaction, where the driver does not by itself."""

    def execute(self, sql: str) -> int:
        """Run a statement and return how many rows it changed."""
        with self.explained(), self._cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.explained(), self._cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        cursor = self._raw.cursor()
        try:
            yield cursor
        finally:
            with suppress(Exception):
                cursor.close()

    def commit(self) -> None:
        """Make everything visible."""
        fix = "nothing has been changed: run again."
        with self.explained(fix):
            self._raw.commit()

    def rollback(self) -> None:
        """Drop everything."""
        if self._raw is not None:
            with suppress(Exception):
                self._raw.rollback()

    def close(self) -> None:
        """Let go of the connection."""
        session, self._session, self._raw = self._session, None, None
        if session is not None:
            with suppress(Exception):
                session.close()
        if isinstance(self.source, str) and self._engine is not None:
            self._engine.dispose()

    # Names

    def quote(self, name: str) -> str:
        """Return a name as an identifier.

        Raises:
            FlowError: The database cannot have such a name.
        """
        most = self.longest_name
        if not name or "\0" in name or (most is not None and len(name.encode()) > most):
            what = f"{self} can have no table or column named {name!r}"
            fix = "rename it" + (f": names have at most {most} bytes." if most else ".")
            raise FlowError(what, fix=fix)
        return self._quoted(name)

    def _quoted(self, name: str) -> str:
        return quoted_by(self.engine.dialect, name)

    def place(self, schema: str | None, table: str) -> str:
        """Return the full name of a table, quoted."""
        return ".".join(self.quote(one) for one in (schema, table) if one is not None)

    def text(self, value: str) -> str:
        """Return a text as a literal."""
        return "'" + value.replace("'", "''") + "'"

    def columns(self, schema: str | None, table: str) -> list[str] | None:
        """Return the columns of a table that others see; None where there is none."""
        from sqlalchemy import inspect

        with self.asking() as session:
            found = inspect(session)
            if not found.has_table(table, schema):
                return None
            columns = found.get_columns(table, schema)
        return [reflected_name(self.engine.dialect, one["name"]) for one in columns]

    def key_column(self, schema: str | None, table: str) -> str | None:
        """Return the column that alone is the primary key."""
        from sqlalchemy import inspect

        with self.asking() as session:
            found = inspect(session).get_pk_constraint(table, schema)["constrained_columns"]
        return reflected_name(self.engine.dialect, found[0]) if len(found) == 1 else None

    def table_names(self, schema: str | None) -> list[str]:
        """Return the tables that are there."""
        from sqlalchemy import inspect

        with self.asking() as session:
            return list(inspect(session).get_table_names(schema))

    # Statements that are written in ways of their own

    def type_of(self, field: SqlField) -> str:
        """Return the type of a column."""
        return self.types.get(field.type, self.types["string"])

    def matches(self, column: str, pattern: str) -> str | None:  # noqa: ARG002 - for the others
        """Return the condition that a text has a pattern, where the database knows patterns."""
        return None

    def length(self, column: str) -> str:
        """Return the expression for the number of characters of a text."""
        return f"length({column})"

    def temporary(self, name: str, select: str) -> str:
        """Return the statement that makes a temporary table with the columns of a query."""
        return f"CREATE TEMPORARY TABLE {name} AS {select}"

    def drop_temporary(self, name: str) -> str:
        """Return the statement that drops a temporary table."""
        return f"DROP TABLE {name}"

    def drop_staged(self, place: str) -> None:
        """Drop a table that a run has left behind which was killed."""
        self.execute(f"DROP TABLE IF EXISTS {place}")

    def update(self, place: str, source: str, keys: list[str], others: list[str]) -> str:
        """Return the statement that updates rows from others with equal keys."""
        # The table itself has no other name here: that of the source must not be the same.
        values = ", ".join(f"{one} = dataflows_new.{one}" for one in others)
        equal = " AND ".join(f"{place}.{one} = dataflows_new.{one}" for one in keys)
        return f"UPDATE {place} SET {values} FROM {source} AS dataflows_new WHERE {equal}"  # noqa: S608 - quoted names only

    def comments(self, place: str, columns: dict[str, str], own: str) -> list[str]:
        """Return the statements that comment a table and its columns."""
        made = [f"COMMENT ON TABLE {place} IS {self.text(own)}"] if own else []
        for name, text in columns.items():
            made.append(f"COMMENT ON COLUMN {place}.{self.quote(name)} IS {self.text(text)}")
        return made

    def refuse_rewrite(
        self, schema: str | None, table: str, names: list[str], also: list[str]
    ) -> None:
        """Refuse to make a table anew with which something else would be lost.

        Args:
            schema: Its schema.
            table: Its name.
            names: The columns that it will have.
            also: The full names, quoted, of all tables that are made anew at once.

        Raises:
            FlowError: Something depends on it.
        """

    def swap(self, swaps: list[Swap]) -> set[str]:
        """Put staged tables in the places of others, and return the places of those left there.

        A table is left where it was, and has got the rows, where something depends on it.
        """
        raise NotImplementedError

    def settle(self) -> None:
        """Check now what a database may put off until the commit."""

    def insert(self, place: str, batch: Batch, fields: list[SqlField]) -> None:
        """Write the rows of a batch by the fastest road."""
        raise NotImplementedError

    def flush(self) -> None:
        """Have all rows taken that were inserted; what the database says against one is raised."""


def backend_of(source: Any) -> Backend:
    """Return what writes to a database.

    Raises:
        FlowError: There is nothing for that kind of database.
        SourceLoadError: It is no address of a database, or its driver is missing.
    """
    if isinstance(source, str):
        name = source.partition("://")[0].partition("+")[0].lower()
        name = {"postgres": "postgresql"}.get(name, name)
        if name not in _BACKENDS and "://" in source:
            from sqlalchemy.engine import make_url

            name = make_url(source).get_backend_name()
        if "://" not in source:
            engine_of(source)
    else:
        name = source.dialect.name
    place = _BACKENDS.get(name)
    if place is None:
        what = f"dump_to_sql cannot write to {name!r}"
        known = ", ".join(_BACKENDS)
        raise FlowError(what, fix=f"write to one of {known}.")
    module, _, class_name = place.partition(":")
    made: Backend = getattr(import_module(f"dataflows.processors.dumpers.{module}"), class_name)(
        source
    )
    return made
