"""A table or a query of a database as a table: read through a cursor on the server's side."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from dataflows.errors import SourceLoadError, nearest
from dataflows.processors.storage.sql_copy import can_copy, copied_columns, writes_plainly
from dataflows.processors.storage.sql_engine import (
    connected,
    explained,
    quoted_by,
    reflected_name,
    shown_address,
    split_table_name,
)
from dataflows.processors.storage.sql_types import (
    JSON_FIELD,
    field_of_code,
    field_of_type,
    fitted,
    settle_json,
    without_zeros,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy.engine import Connection

__all__ = ["SqlTable", "check_options", "statement_options"]

_OPTIONS = ("table", "query", "params", "schema", "order_by", "sample_size")
_CHUNK_ROWS = 8192
_SAMPLE_ROWS = 1000
_MANY_DECIMALS = 12
_CHECK = "check the query, and that the table is there."


class SqlTable:
    """A table or a query of any database that SQLAlchemy reaches.

    Args:
        source: An address, an `Engine` or a `Connection`.
        format_: Not used: it is ``sql``.
        options: ``table`` (also ``schema.table``) and ``order_by``; or ``query`` and ``params``,
            the values for its ``:names``.

    Raises:
        SourceLoadError: The database cannot be reached, or has no such table.
    """

    fields: list[dict[str, Any]] | None

    def __init__(self, source: Any, format_: str | None, options: Mapping[str, Any]) -> None:  # noqa: ARG002 - as every table is made
        check_options(options, partial(_names_in, source))
        self.format = "sql"
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._source = source
        self._options = statement_options(options)
        with connected(source) as connection, explained(source, fix=_CHECK):
            self._dialect, self._driver = connection.dialect.name, connection.dialect.driver
            self._padded: set[str] = set()
            reflected = None
            if options.get("query") is None:
                reflected, self._query = self._statement(connection)
            else:
                self._query = str(options["query"])
            with self._result(connection) as result:
                described = result.cursor.description if result.returns_rows else []
                wanted = options.get("sample_size", _SAMPLE_ROWS)
                rows = result.fetchmany(wanted) if described else []
        if not described:
            what = "the query gives no rows at all: it is no SELECT"
            raise SourceLoadError(what, fix="give a query that returns a table.")
        self.names = [str(one[0]) for one in described]
        fields = reflected
        if fields is None:
            found = [field_of_code(str(one[0]), one[1], self._dialect) for one in described]
            fields = [one for one in found if one is not None]
        # What SQLite gives for a query has no type: it is inferred from the values.
        self.fields = fields or None
        self._copies = self._can_be_copied([one[1] for one in described])
        self._nested = [False] * len(self.names)
        self._settle([list(one) for one in zip(*rows, strict=True)])

    def _can_be_copied(self, codes: list[Any]) -> bool:
        """Tell whether a whole table can come by COPY, which may end the transaction early."""
        if self._dialect != "postgresql" or self._options.get("query") or self._padded:
            return False
        from sqlalchemy.engine import Connection

        kinds = [field["type"] for field in self.fields or ()]
        return not isinstance(self._source, Connection) and can_copy(self._driver, codes, kinds)

    def _settle(self, columns: list[list[Any]]) -> None:
        """Settle what only values tell, and keep the sample as the values it will be."""
        columns = columns or [[] for _ in self.names]
        for index, field in enumerate(self.fields or ()):
            kinds = set(map(type, columns[index])) - {type(None)}
            if field["type"] == JSON_FIELD:
                self._nested[index] = self._dialect != "postgresql"
                settle_json(field, fitted(columns[index], "any", nested=self._nested[index]))
            elif field["type"] == "string" and kinds and kinds <= {bytes, memoryview}:
                field["format"] = "binary"
        self.sample = [list(row) for row in zip(*self._fitted(columns), strict=True)]

    def _fitted(self, columns: list[list[Any]]) -> list[list[Any]]:
        if self.fields is None:
            return [_no_bytes(column) for column in columns]
        columns = [
            without_zeros(column) if name in self._padded else column
            for column, name in zip(columns, self.names, strict=True)
        ]
        return [
            fitted(column, field["type"], nested=nested)
            for column, field, nested in zip(columns, self.fields, self._nested, strict=True)
        ]

    def _statement(self, connection: Connection) -> tuple[list[dict[str, Any]], str]:
        """Return the fields of the table, and the query that reads it."""
        from sqlalchemy import inspect

        found = inspect(connection)
        given = self._options
        names = [*found.get_table_names(), *found.get_view_names()]
        schema, table = split_table_name(given["table"], given.get("schema"), names)
        if schema is not None:
            names = [*found.get_table_names(schema), *found.get_view_names(schema)]
        if table not in names and not found.has_table(table, schema):
            what = f"there is no table {given['table']!r} in {shown_address(self._source)}"
            raise SourceLoadError(what, fix=nearest(table, names, "tables"))
        columns: list[dict[str, Any]] = [
            {**one, "name": reflected_name(connection.dialect, one["name"])}
            for one in found.get_columns(table, schema)
        ]
        quote = partial(quoted_by, connection.dialect)
        quoted = ", ".join(quote(one["name"]) for one in columns)
        place = ".".join(quote(one) for one in (schema, table) if one is not None)
        order = given.get("order_by") or []
        order = [order] if isinstance(order, str) else list(order)
        for one in order:
            if one not in (known := [column["name"] for column in columns]):
                what = f"order_by names {one!r}, which is no column of {table!r}"
                raise SourceLoadError(what, fix=nearest(one, known, "columns"))
        ordered = f" ORDER BY {', '.join(map(quote, order))}" if order else ""
        fields = [field_of_type(one["name"], one["type"]) for one in columns]
        self._padded = {one["name"] for one in columns if _is_padded(one["type"])}
        if getattr(connection.dialect, "is_mariadb", False):
            checks = _checks_of_mariadb(connection, schema, table)
            for field in fields:
                if f"json_valid(`{field['name']}`)" in checks:
                    field["type"] = JSON_FIELD
        return fields, f"SELECT {quoted} FROM {place}{ordered}"  # noqa: S608 - quoted names only

    @contextmanager
    def _result(self, connection: Connection) -> Iterator[Any]:
        """Yield the result, whose rows stay with the server until they are asked for.

        The text goes to the database as it is: without params, neither ``%`` nor ``:`` means
        anything but what it means there.
        """
        from sqlalchemy import text

        params = self._options.get("params")
        if params:
            streaming = connection.execution_options(stream_results=True)
            result = streaming.execute(text(self._query), dict(params))
        else:
            streaming = connection.execution_options(stream_results=True, no_parameters=True)
            result = streaming.exec_driver_sql(self._query)
        cursor = result.cursor
        try:
            yield result
        finally:
            is_own = connection is not self._source
            if is_own and _leave_unread(cursor):
                if not connection.invalidated:
                    connection.invalidate()
            else:
                result.close()
                if is_own:
                    connection.rollback()

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as columns of values.

        Raises:
            SourceLoadError: The connection breaks, or the database refuses.
        """
        if self._copies and limit_rows is None:
            kinds = [field["type"] for field in self.fields or ()]
            with connected(self._source) as connection, explained(self._source, fix=_CHECK):
                raw = connection.connection.driver_connection
                if writes_plainly(raw):
                    is_complete = False
                    try:
                        yield from copied_columns(raw, self._query, kinds)
                        is_complete = True
                    finally:
                        if not is_complete:
                            connection.invalidate()
                    return
        left = limit_rows
        with (
            connected(self._source) as connection,
            explained(self._source, fix=_CHECK),
            self._result(connection) as result,
        ):
            if [str(one[0]) for one in result.cursor.description] != self.names:
                what = "the table has other columns than when the flow began"
                raise SourceLoadError(what, fix="run the flow again.")
            while left != 0:
                rows = result.fetchmany(_CHUNK_ROWS if left is None else min(left, _CHUNK_ROWS))
                if not rows:
                    break
                left = None if left is None else left - len(rows)
                yield self._fitted([list(one) for one in zip(*rows, strict=True)]), len(rows)


def _checks_of_mariadb(connection: Connection, schema: str | None, table: str) -> set[str]:
    """Return the conditions on a table: what MariaDB calls JSON is text with such a condition."""
    from sqlalchemy import text

    query = text(
        "SELECT check_clause FROM information_schema.check_constraints"
        " WHERE constraint_schema = COALESCE(:schema, DATABASE()) AND table_name = :table"
    )
    found = connection.execute(query, {"schema": schema, "table": table})
    return {str(row[0]) for row in found}


def _leave_unread(cursor: Any) -> bool:
    """Keep PyMySQL from reading all rows that are left, and tell whether there are any.

    It would do so whenever a cursor is closed early, and also after the server is gone.
    """
    unread: Any = getattr(cursor, "_result", None)
    if not getattr(unread, "unbuffered_active", False):
        return False
    unread.unbuffered_active = False
    return True


def _is_padded(kind: Any) -> bool:
    """Tell whether a column of exact numbers has more decimals than anybody writes."""
    return (getattr(kind, "scale", None) or 0) >= _MANY_DECIMALS


def _no_bytes(values: list[Any]) -> list[Any]:
    return fitted(values, "string", nested=False) if bytes in set(map(type, values)) else values


def statement_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that say what is read."""
    return {name: value for name, value in options.items() if value is not None}


def check_options(options: Mapping[str, Any], names: Callable[[], list[str]]) -> None:
    """Check the options of a source in a database.

    Args:
        options: Those of `load`.
        names: Tells the names of the tables, when they are needed.

    Raises:
        SourceLoadError: There is neither table nor query, or both, or an unknown option.

    Examples:
        >>> check_options({"table": "sales"}, list)
    """
    for name in options:
        if name not in _OPTIONS:
            what = f"a database has no option {name!r}"
            raise SourceLoadError(what, fix=nearest(name, _OPTIONS, "options"))
    is_table, is_query = (options.get(name) is not None for name in ("table", "query"))
    if is_table and is_query:
        what = f"both table={options['table']!r} and a query are given"
        raise SourceLoadError(what, fix="leave one out: a query names its tables itself.")
    if not is_table and not is_query:
        what = "Format `sql` requires `table` or `query` options."
        found = names()
        known = nearest("", found, "tables") if found else "there are no tables here."
        fix = f"write load(url, table='name') or load(url, query='…'); {known}"
        raise SourceLoadError(what, fix=fix)


def _names_in(source: Any) -> list[str]:
    from sqlalchemy import inspect

    with connected(source) as connection, explained(source):
        found = inspect(connection)
        return [*found.get_table_names(), *found.get_view_names()]
