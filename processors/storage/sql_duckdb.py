"""DuckDB files: a table or a query as a table of Arrow columns, and names as they are quoted."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.errors import DataflowsException, SourceLoadError, nearest
from dataflows.processors.storage.sql_engine import split_table_name, value_advice
from dataflows.processors.storage.sql_table import check_options
from dataflows.processors.storage.sql_types import JSON_FIELD, fitted, settle_json, without_zeros

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import duckdb

__all__ = ["DuckDbTable", "duckdb_path", "explained_duckdb", "quoted", "table_names"]

_CHUNK_ROWS = 16_384
_SAMPLE_ROWS = 1000
_MANY_DECIMALS = 12
_PREFIX = "duckdb:///"


def duckdb_path(address: str) -> str:
    """Return the file of an address.

    Raises:
        SourceLoadError: It names none.

    Examples:
        >>> duckdb_path("duckdb:///data/sales.duckdb")
        'data/sales.duckdb'
    """
    path = address.partition("?")[0].removeprefix(_PREFIX)
    if path in ("", address, ":memory:"):
        what = f"{address!r} names no file of DuckDB"
        raise SourceLoadError(what, fix="write it as duckdb:///path/of/the/file.duckdb.")
    return path


def quoted(name: str) -> str:
    """Return a name as an identifier of SQL.

    Examples:
        >>> print(quoted('a"; DROP TABLE x; --'))
        "a""; DROP TABLE x; --"
    """
    return '"' + name.replace('"', '""') + '"'


def table_names(connection: duckdb.DuckDBPyConnection, schema: str | None = None) -> list[str]:
    """Return the names of the tables and views of a schema, ``main`` by default."""
    found = connection.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1",
        [schema or "main"],
    )
    return [str(row[0]) for row in found.fetchall()]


@contextmanager
def explained_duckdb(
    shown: str, kind: type[DataflowsException] = SourceLoadError, fix: str | None = None
) -> Iterator[None]:
    """Turn what DuckDB raises into an error of ours."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        reason = str(error).strip().partition("\n")[0]
        if "Could not set lock" in reason or "Conflicting lock" in reason:
            fix = "close the other program that has the file open, then run again."
        raise kind(f"{shown}: {reason}", fix=value_advice(error, fix)) from None


class DuckDbTable:
    """A table or a query of a DuckDB file.

    Args:
        address: ``duckdb:///path``.
        format_: Not used: it is ``sql``.
        options: ``table`` (also ``schema.table``) and ``order_by``; or ``query`` and ``params``,
            the values for its ``$names`` (a dict) or ``?`` (a list).

    Raises:
        SourceLoadError: There is no such file or table.
    """

    def __init__(self, address: str, format_: str | None, options: Mapping[str, Any]) -> None:  # noqa: ARG002 - as every table is made
        self._address = address
        self._path = duckdb_path(address)
        check_options(options, self._names)
        self.format = "sql"
        self.spread: list[list[Any]] = []
        self.notes: dict[str, int] = {}
        self._params = options.get("params") or []
        self._must_be_there()
        with self._connected() as connection:
            self._query = str(options.get("query") or self._statement(connection, options))
            self._describe(connection)
            limit = int(options.get("sample_size", _SAMPLE_ROWS))
            table = self._relation(connection).limit(limit).to_arrow_table()
        columns = []
        for index, field in enumerate(self.fields):
            values = table.column(index).to_pylist()
            if self._json[index]:
                settle_json(field, fitted(values, "any", nested=True))
            columns.append(fitted(values, field["type"], nested=self._json[index]))
        self.sample = [list(row) for row in zip(*columns, strict=True)]

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        fix = "check the file, the table and the query."
        with (
            explained_duckdb(self._address, fix=fix),
            closing(duckdb.connect(self._path)) as connection,
        ):
            yield connection

    def _must_be_there(self) -> None:
        if not Path(self._path).is_file():
            fix = "check the path: three slashes for one from the current folder, four for a full."
            raise SourceLoadError(f"there is no file {self._path!r}", fix=fix)

    def _names(self) -> list[str]:
        self._must_be_there()
        with self._connected() as connection:
            return table_names(connection)

    def _statement(self, connection: duckdb.DuckDBPyConnection, options: Mapping[str, Any]) -> str:
        names = table_names(connection)
        schema, table = split_table_name(options["table"], options.get("schema"), names)
        if schema is not None:
            names = table_names(connection, schema)
        if table not in names:
            what = f"there is no table {options['table']!r} in {self._address}"
            raise SourceLoadError(what, fix=nearest(table, names, "tables"))
        order = options.get("order_by") or []
        order = [order] if isinstance(order, str) else list(order)
        place = ".".join(quoted(one) for one in (schema, table) if one is not None)
        ordered = f" ORDER BY {', '.join(map(quoted, order))}" if order else ""
        return f"SELECT * FROM {place}{ordered}"  # noqa: S608 - quoted names only

    def _relation(self, connection: duckdb.DuckDBPyConnection) -> Any:
        return connection.sql(self._query, params=self._params)

    def _describe(self, connection: duckdb.DuckDBPyConnection) -> None:
        relation = self._relation(connection)
        if relation is None:
            what = "the query gives no rows at all: it is no SELECT"
            raise SourceLoadError(what, fix="give a query that returns a table.")
        self.names = list(relation.columns)
        kinds = zip(self.names, relation.types, strict=True)
        self.fields = [_field(name, str(kind)) for name, kind in kinds]
        self._json = [field["type"] == JSON_FIELD for field in self.fields]

    def chunks(self, limit_rows: int | None) -> Iterator[tuple[list[Any], int]]:
        """Yield the rows as Arrow columns.

        Raises:
            SourceLoadError: The database refuses.
        """
        left = limit_rows
        with self._connected() as connection:
            reader = self._relation(connection).to_arrow_reader(_CHUNK_ROWS)
            for record in reader:
                batch = record if left is None else record.slice(0, left)
                if left is not None:
                    left -= batch.num_rows
                yield [self._column(one, i) for i, one in enumerate(batch.columns)], batch.num_rows
                if left == 0:
                    break

    def _column(self, column: pa.Array, index: int) -> Any:
        kind, field = column.type, self.fields[index]
        if self._json[index]:
            return fitted(column.to_pylist(), field["type"], nested=True)
        if pa.types.is_decimal(kind) and kind.scale >= _MANY_DECIMALS:
            return without_zeros(column.to_pylist())
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
            return column.cast(pa.string())
        if field["type"] in ("integer", "number", "boolean", "date") and not pa.types.is_decimal256(
            kind
        ):
            return column
        return fitted(column.to_pylist(), field["type"], nested=False)


def _field(name: str, kind: str) -> dict[str, Any]:
    found = "string"
    base = kind.partition("(")[0].removesuffix("EGER")
    if kind.endswith("]"):
        found = "array"
    elif base.removeprefix("U") in ("TINYINT", "SMALLINT", "INT", "BIGINT", "HUGEINT"):
        found = "integer"
    elif base in ("DECIMAL", "DOUBLE", "FLOAT"):
        found = "number"
    elif base in ("STRUCT", "MAP"):
        found = "object"
    elif kind.startswith("TIMESTAMP"):
        found = "datetime"
    elif base in _NAMED:
        found = _NAMED[base]
    if base == "BLOB":
        return {"name": name, "type": "string", "format": "binary"}
    return {"name": name, "type": found, "format": "default"}


_NAMED = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "INTERVAL": "duration",
    "JSON": JSON_FIELD,
}
