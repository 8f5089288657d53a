"""sql: a resource that a SELECT makes of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, FlowError, shorten
from dataflows.processor import Hooks, processor
from dataflows.processors.joins.select_query import SelectQuery
from dataflows.processors.joins.source_rows import read_source, without_resources
from dataflows.processors.joins.sql_table import SqlTable, query_batches
from dataflows.stages import Batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.selectors import Resources
    from dataflows.streams import Stream

__all__ = ["sql"]


@processor
def sql(
    query: str,
    *,
    name: str = "sql",
    path: str | None = None,
    source_delete: bool = False,
    resources: Resources = None,
) -> Hooks:
    """Make a resource from others with an SQL query, run by DuckDB.

    Integers and numbers go in exactly, and so come their sums and products; ``/`` and ``avg`` give
    floats, which come back with the digits that they are shown with. Arrays and objects are JSON
    there, which comes back as ``any``; values of the types ``any``, ``yearmonth`` and ``geopoint``
    are texts. A datetime with an offset comes back in UTC.

    Schema: a resource of its own, at the end, with the columns of the result.
    Rows: those of the result, in the order that the query says.
    Memory: a limit; what is more spills to disk. The resources that the query names are stored.

    Args:
        query: One SELECT, in the SQL of DuckDB. Its tables are the resources, by their names;
            ``"my-resource"`` needs quotes there. It reads nothing else.
        name: The name of the new resource.
        path: Its path; ``<name>.csv`` by default.
        source_delete: Whether the resources that the query names end here; else they go on.
        resources: The resources that the query may name; all by default.

    Raises:
        ArgumentError: The query does not parse, or is not one SELECT.
        UnknownResourceError: It names a resource that is not there.
        UnknownFieldError: It names a field that is not there.
        FlowError: It fails otherwise, or a resource has the new name already.
        RowError: A value does not fit into a column, or a row cannot be computed.

    Examples:
        >>> from dataflows import Flow, sql
        >>> sales = [{"city": "Rome", "total": 2}, {"city": "Oslo", "total": 5}]
        >>> query = "SELECT city, total * 2 AS twice FROM res_1 ORDER BY total DESC"
        >>> Flow(sales, sql(query, name="doubled", source_delete=True)).results()[0]
        [[{'city': 'Oslo', 'twice': 10}, {'city': 'Rome', 'twice': 4}]]
    """
    select = SelectQuery(query)
    given: Any = name
    if not isinstance(given, str) or not given:
        what = f"the name of a resource is a text, got {shorten(name)}"
        raise ArgumentError(what, fix="write for instance name='by_city'.")

    def package(package: Package, step: Step) -> None:
        used, fields = select.over([one for one in package.resources if one.name in step.selected])
        kept = without_resources(package, *(used if source_delete else ()))
        if name in [one.get("name") for one in kept]:
            what = f"there is a resource named {name!r} already"
            raise FlowError(what, fix="give the result another name: name='…'.")
        made = {
            "name": name,
            "path": path or f"{name}.csv",
            "profile": "tabular-data-resource",
            "schema": {"fields": fields},
        }
        package.descriptor["resources"] = [*kept, made]
        step.state["used"] = used

    def resources_(streams: Iterator[Stream], step: Step) -> Iterator[Any]:
        tables = []
        for stream in streams:
            if stream.resource.name not in step.state["used"]:
                yield stream
                continue
            tables.append(SqlTable(stream.resource, step.run))
            yield from read_source(stream, tables[-1].add, delete=source_delete)
        yield Batches(query_batches(select.text, tables, step))

    return Hooks(package=package, resources=resources_, select=resources)
