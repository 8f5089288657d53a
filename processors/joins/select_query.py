"""SelectQuery: a SELECT of a user's, checked before it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.errors import (
    ArgumentError,
    DataflowsException,
    FlowError,
    UnknownFieldError,
    UnknownResourceError,
    nearest,
    shorten,
)
from dataflows.processors.joins.sql_types import declared, quoted, type_of_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from dataflows.package import Resource

__all__ = ["SelectQuery", "reason_of"]

_EXAMPLE = "write one SELECT, such as 'SELECT city, sum(total) AS total FROM sales GROUP BY city'."
_UNKNOWN_COLUMN = (
    re.compile(r'Referenced column "(.+?)" not found'),
    re.compile(r'does not have a column named "(.+?)"'),
    re.compile(r'Referenced table "(.+?)" not found'),
)


class SelectQuery:
    """A query, which is one SELECT.

    Args:
        text: The query, as it was given.

    Raises:
        ArgumentError: It does not parse, or is something else.

    Examples:
        >>> SelectQuery("SELECT 1 AS one").fields([])
        [{'name': 'one', 'type': 'integer'}]
    """

    def __init__(self, text: str) -> None:
        given: Any = text
        if not isinstance(given, str):
            what = f"a query is a text, got {shorten(text)}"
            raise ArgumentError(what, fix=_EXAMPLE)
        self.text = text
        _check_is_select(text)

    def tables(self, resources: Sequence[Resource]) -> list[str]:
        """Return the names of the resources that the query reads.

        Raises:
            UnknownResourceError: There is none of a name.
        """
        import duckdb

        with _connection() as connection:
            try:
                named = connection.get_table_names(self.text)
            except duckdb.Error as error:
                raise _explained(error, []) from error
        names = [one.name for one in resources]
        used = set()
        for table in sorted(named):
            # As in SQL, the case of a name counts only where there are two of it.
            found = [one for one in names if one == table] or [
                one for one in names if one.casefold() == table.casefold()
            ]
            if not found:
                what = f"the query reads {table!r}, and no resource is named so"
                raise UnknownResourceError(what, fix=nearest(table, names, "resources"))
            used.add(found[0])
        return [one for one in names if one in used]

    def fields(self, resources: Sequence[Resource]) -> list[dict[str, Any]]:
        """Return the descriptors of the columns of the result.

        Args:
            resources: Those that the query reads.

        Raises:
            UnknownFieldError: It names a field that is not there.
            FlowError: It cannot be run, or a column has no type here, or the name of another.
        """
        import duckdb

        with _connection() as connection:
            for resource in resources:
                connection.execute(_create(resource))
            try:
                relation = connection.sql(self.text)
                columns = list(zip(relation.columns, map(str, relation.types), strict=True))
            except duckdb.Error as error:
                raise _explained(error, resources) from error
        names = [name for name, _ in columns]
        for name in names:
            if names.count(name) > 1:
                what = f"two columns of the result are named {name!r}"
                raise FlowError(what, fix="give each a name of its own: SELECT … AS ….")
        return [{"name": name, "type": type_of_column(name, type_)} for name, type_ in columns]


def reason_of(error: Exception) -> str:
    """Return what a database says is wrong, without the name of the error, and in one line.

    Examples:
        >>> reason_of(ValueError("Parser Error: syntax error at end of input"))
        'syntax error at end of input'
    """
    first = re.split(r"\n\s*\n|\nLINE |\n\tCandidate", str(error))[0]
    reason = " ".join(re.sub(r"^[A-Z]\w+(?: \w+)* Error: ", "", first).split())
    return reason if reason[:2].isupper() else reason[:1].lower() + reason[1:]


def _connection() -> duckdb.DuckDBPyConnection:
    """Return a database that has nothing and reaches nothing."""
    import duckdb

    options: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "enable_external_access": False,
    }
    return duckdb.connect(config=options)


def _check_is_select(text: str) -> None:
    import duckdb

    with _connection() as connection:
        try:
            statements = connection.extract_statements(text)
        except duckdb.Error as error:
            raise ArgumentError(
                f"the query does not parse: {reason_of(error)}", fix=_EXAMPLE
            ) from error
        kinds = [statement.type for statement in statements]
        if kinds != [duckdb.StatementType.SELECT]:
            shown = " and ".join(str(kind).rpartition(".")[2] for kind in kinds) or "nothing"
            raise ArgumentError(f"a query is one SELECT, this is {shown}", fix=_EXAMPLE)


def _create(resource: Resource) -> str:
    """Return the SQL that makes the table of a resource, without rows."""
    fields = resource.fields.descriptor["fields"]
    if not fields:
        what = f"the resource {resource.name!r}, which the query reads, has no fields"
        raise FlowError(what, fix="leave it out of the query.")
    seen: dict[str, str] = {}
    for field in fields:
        name = field["name"]
        other = seen.setdefault(name.casefold(), name)
        if other is not name:
            what = f"SQL does not tell the fields {other!r} and {name!r} of {resource.name!r} apart"
            fix = f"rename one before this: rename_fields({{{name!r}: '…'}})."
            raise FlowError(what, fix=fix)
    columns = ", ".join(f"{quoted(one['name'])} {declared(one.get('type'))}" for one in fields)
    return f"CREATE TABLE {quoted(resource.name)} ({columns})"


def _explained(error: Exception, resources: Sequence[Resource]) -> DataflowsException:
    """Return the error for a query that the database refuses."""
    text = str(error)
    for pattern in _UNKNOWN_COLUMN:
        found = pattern.search(text)
        if found:
            names = [name for one in resources for name in one.fields.field_names]
            what = f"the query names {found[1]!r}, and no field is named so"
            return UnknownFieldError(what, fix=nearest(found[1], dict.fromkeys(names)))
    if "disabled by configuration" in text:
        what = f"a query reads nothing but resources: {reason_of(error)}"
        return FlowError(what, fix="load the file before this, and name its resource.")
    fix = "mend it: it is a SELECT in the SQL of DuckDB."
    return FlowError(f"the query cannot be run: {reason_of(error)}", fix=fix)
