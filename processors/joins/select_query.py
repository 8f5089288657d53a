"""SelectQuery: a SELECT of a user's, checked before it runs."""

from __future__ import annotations

import json
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
    re.compile(r'Column "(.+?)" does not exist on'),
)


class SelectQuery:
    """A query, which is one SELECT.

    Args:
        text: The query, as it was given.

    Raises:
        ArgumentError: It does not parse, or is something else.

    Examples:
        >>> SelectQuery("SELECT 1 AS one").over([])
        ([], [{'name': 'one', 'type': 'integer'}])
    """

    def __init__(self, text: str) -> None:
        given: Any = text
        if not isinstance(given, str):
            what = f"a query is a text, got {shorten(text)}"
            raise ArgumentError(what, fix=_EXAMPLE)
        self.text = text
        _check_is_select(text)

    def over(self, resources: Sequence[Resource]) -> tuple[list[str], list[dict[str, Any]]]:
        """Return the names of the resources that it reads, and the fields of its result.

        Args:
            resources: Those that it may read.

        Raises:
            UnknownResourceError: It names a resource that is not there.
            UnknownFieldError: It names a field that is not there.
            FlowError: It cannot be run, or a column has no type here, or the name of another.
        """
        import duckdb

        with _connection() as connection:
            tables = _meant(*_names_in(connection, self.text), resources)
            meant = [one for one in resources if one.name in tables.values()]
            for resource in meant:
                connection.execute(_create(resource))
            try:
                relation = connection.sql(self.text)
                columns = list(zip(relation.columns, map(str, relation.types), strict=True))
            except duckdb.Error as error:
                raise _explained(error, self.text, meant) from error
        names = [name for name, _ in columns]
        for name in names:
            if names.count(name) > 1:
                what = f"two columns of the result are named {name!r}"
                raise FlowError(what, fix="give each a name of its own: SELECT … AS ….")
        fields = [{"name": name, "type": type_of_column(name, type_)} for name, type_ in columns]
        return [one.name for one in meant], fields


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


def _names_in(connection: duckdb.DuckDBPyConnection, text: str) -> tuple[list[str], set[str]]:
    """Return the names that stand for tables in a query, and those that it gives to its parts."""
    found = connection.execute("SELECT json_serialize_sql(?)", [text]).fetchone()
    named: list[str] = []
    own: set[str] = set()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                named.append(node["table_name"])
            own.update(one["key"] for one in (node.get("cte_map") or {}).get("map", ()))
        for part in node.values() if isinstance(node, dict) else node:
            if isinstance(part, (dict, list)):
                look(part)

    look(json.loads(found[0]) if found else {})
    return list(dict.fromkeys(named)), own


def _meant(named: list[str], own: set[str], resources: Sequence[Resource]) -> dict[str, str]:
    """Return the resource that each name of a table stands for.

    Raises:
        UnknownResourceError: There is none.
        FlowError: Two are meant that SQL does not tell apart.
    """
    names = [one.name for one in resources]
    meant: dict[str, str] = {}
    for table in named:
        # As in SQL, the case of a name counts only where there are two of it.
        folded = [one for one in names if one.casefold() == table.casefold()]
        found = table if table in names else next(iter(folded), None)
        if found is not None:
            meant[table] = found
        elif table.casefold() not in {one.casefold() for one in own}:
            what = f"the query reads {table!r}, and no resource is named so"
            raise UnknownResourceError(what, fix=nearest(table, names, "resources"))
    _check_apart(list(dict.fromkeys(meant.values())), "the resources", "update_resource")
    return meant


def _check_apart(names: list[str], kind: str, fix: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            what = f"SQL does not tell {kind} {other!r} and {name!r} apart"
            raise FlowError(what, fix=f"give one another name before this, with {fix}.")


def _create(resource: Resource) -> str:
    """Return the SQL that makes the table of a resource, without rows."""
    fields = resource.fields.descriptor["fields"]
    if not fields:
        what = f"the resource {resource.name!r}, which the query reads, has no fields"
        raise FlowError(what, fix="leave it out of the query.")
    _check_apart(resource.fields.field_names, f"the fields of {resource.name!r},", "rename_fields")
    columns = ", ".join(f"{quoted(one['name'])} {declared(one.get('type'))}" for one in fields)
    return f"CREATE TABLE {quoted(resource.name)} ({columns})"


def _explained(error: Exception, query: str, resources: Sequence[Resource]) -> DataflowsException:
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
    fix = "correct the query: it is a SELECT in the SQL of DuckDB."
    types = _types_in(query, resources)
    if types and re.search(r"\b(?:types?|casts?|[Cc]onver)", text):
        fix = f"make the types fit, with CAST or with set_type before this: {types}."
    return FlowError(f"the query cannot be run: {reason_of(error)}", fix=fix)


def _types_in(query: str, resources: Sequence[Resource]) -> str:
    """Return the fields that a query names with their types, for people."""
    words = {word.casefold() for word in re.findall(r"\w+", query)}
    named = {
        field.name: field.type
        for resource in resources
        for field in resource.fields.fields
        if set(re.findall(r"\w+", field.name.casefold())) <= words
    }
    return ", ".join(f"{name!r} is of the type {type_!r}" for name, type_ in named.items())
