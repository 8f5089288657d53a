"""Write resources into the tables of a database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataflows.choices import check_one_of
from dataflows.column import Column
from dataflows.errors import ArgumentError, FlowError, SourceLoadError, nearest, shorten
from dataflows.processor import Hooks, Processor, call_text, constructor
from dataflows.processors.dumpers.dump_options import DumpOptions
from dataflows.processors.dumpers.file_dump import refuse_extras
from dataflows.processors.loaders.masking import masked_source
from dataflows.processors.storage.sql_engine import is_database
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.batch import Batch
    from dataflows.chain import Step
    from dataflows.package import Package
    from dataflows.processors.dumpers.sql_backend import Backend
    from dataflows.processors.dumpers.sql_tables import TableDump
    from dataflows.streams import Stream

__all__ = ["dump_to_sql"]

_DEFAULT_ENGINE = "env://DATAFLOWS_DB_ENGINE"
_MODES = ("rewrite", "append", "update", "merge")
_KEYS = ("resource-name", "mode", "update_keys", "indexes_fields", "table-name")


class dump_to_sql(Processor):  # noqa: N801 - it reads as a verb, as every processor does
    """Write resources to the tables of a database, in one transaction.

    The tables change together after the last row; when anything goes wrong before, they stay as
    they were, and nobody sees a table that is empty or half written. The rows go on, cast to the
    types of the schema.

    Primary keys, constraints, indexes and comments of the schema are made in the database, and
    foreign keys between tables of one step (but in DuckDB). A rewritten table keeps its grants;
    where it cannot keep triggers, or views and foreign keys of others, that is an error.
    A second run that writes the same tables waits for the first; DuckDB refuses it.

    MySQL and MariaDB commit rows before tables change places: when a process or a server dies just
    between the two, rewritten tables are the old ones while rows that other tables of the same step
    have got stay there. The next run clears away what it left.

    Schema: unchanged, but for `updated_column` and `updated_id_column` where they are named.
    Rows: one for one.
    Memory: one batch.

    Args:
        tables: For each table, also ``schema.table``, a dict of the options of a table.
        engine: The address of a database, ``env://NAME``, or an `Engine` of SQLAlchemy.
        updated_column: The name of a field that tells whether the row was updated.
        updated_id_column: The name of a field for the primary key of the updated row.
        add_columns: Add columns that an existing table lacks; otherwise they are an error.
        counters: Which property of the descriptor holds which count, None for none.
        validator_options: ``{"on_error": policy}`` for values that do not fit.
        batch_size: The most rows in one statement, where rows are sent in statements of many rows
            each: in MySQL and MariaDB.
        use_bloom_filter: Taken because 0.5.12 has it; keys are compared by the database.

    Options of a table:
        resource-name: The resource whose rows it gets.
        mode: "rewrite" (the default): the table is made anew; "append": rows are added; "update":
            rows with the keys of a row are updated, others inserted; "merge": besides, rows whose
            keys do not come are deleted.
        update_keys: The fields of the key; by default those of the primary key.
        indexes_fields: A list of fields for each index.

    Raises:
        ArgumentError: An option that cannot be, or an environment variable that is not set.
        FlowError: A resource that is not there, or a table that lacks a column.
        OutputError: The database cannot be reached or refuses; nothing is changed.
        RowError: A row has a key that is not in the schema, or a value that the database would
            change: a number with more digits than it keeps; a NaN, but in PostgreSQL; an Infinity,
            but in PostgreSQL and SQLite.
        ValidationError: A value does not fit its field (unless ``on_error`` says otherwise).

    Examples:
        >>> from dataflows import Flow, dump_to_sql, load
        >>> tables = {"cities": {"resource-name": "res_1"}}
        >>> _ = Flow([{"city": "Rome"}], dump_to_sql(tables, "sqlite:///world.db")).process()
        >>> Flow(load("sqlite:///world.db", table="cities")).results()[0]
        [[{'city': 'Rome'}]]
    """

    @constructor
    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Any]],
        engine: Any = _DEFAULT_ENGINE,
        updated_column: str | None = None,
        updated_id_column: str | None = None,
        *,
        add_columns: bool = False,
        counters: Mapping[str, str | None] | None = None,
        validator_options: Mapping[str, Any] | None = None,
        batch_size: int = 1000,
        use_bloom_filter: bool = True,
    ) -> None:
        wanted = _tables(tables)
        address = _address(engine)
        _check_column("updated_column", updated_column)
        _check_column("updated_id_column", updated_id_column)
        _check_mapping("counters", counters)
        _check_mapping("validator_options", validator_options)
        options = DumpOptions(counters=dict(counters or {}))
        policy = _policy(validator_options)
        _check_size(batch_size)
        self.tables, self.batch_size, self.use_bloom_filter = wanted, batch_size, use_bloom_filter
        self._address, self._engine = address, None
        added = {updated_column: "boolean", updated_id_column: "any"}

        def package(package: Package, step: Step) -> None:
            dumps = _plan(
                step,
                package,
                wanted,
                address,
                add_columns=add_columns,
                wants_updates=bool({*added} - {None}),
                batch_size=batch_size,
            )
            if dumps:
                from dataflows.processors.dumpers.sql_dump import SqlCounts

                counts = SqlCounts(step, options)
                step.state["dumps"], step.state["counts"] = dumps, counts
                step.state["dump"].counts.append(counts)
                step.run.stats.append(counts.stats)
            for name, kind in added.items():
                for resource in {one.plan.resource for one in dumps} if name else ():
                    _add_field(package, resource, str(name), kind)

        def batches(stream: Stream) -> Iterator[Batch]:
            mine: list[TableDump] = [
                one for one in step_dumps(stream) if one.plan.resource == stream.resource.name
            ]
            return _written(stream, mine, updated_column, updated_id_column)

        def step_dumps(stream: Stream) -> list[TableDump]:
            found: list[TableDump] = stream.step.state.get("dumps", [])
            return found

        shown = {
            "updated_column": updated_column,
            "updated_id_column": updated_id_column,
            "add_columns": True if add_columns else None,
            **({} if validator_options is None else {"validator_options": validator_options}),
        }
        shown = {name: value for name, value in shown.items() if value is not None}
        given = [tables] if engine is _DEFAULT_ENGINE else [tables, masked_source(engine)]
        hooks = Hooks(package=package, batches=batches, on_error=policy, drains=True)
        super().__init__("dump_to_sql", hooks, call_text("dump_to_sql", given, shown))

    @property
    def engine(self) -> Any:
        """The engine; of a DuckDB file, its address."""
        if self._engine is None:
            from dataflows.processors.dumpers.sql_backend import backend_of

            self._engine = getattr(backend_of(self._address), "engine", self._address)
        return self._engine


def _tables(given: Any) -> dict[str, dict[str, Any]]:
    example = "dump_to_sql({'table': {'resource-name': 'res_1'}}, 'sqlite:///file.db')"
    if not isinstance(given, dict) or not given:
        what = f"tables must be a dict of tables, got {shorten(given)}"
        raise ArgumentError(what, fix=f"write for instance {example}.")
    for table, mapping in given.items():
        if not isinstance(table, str) or not isinstance(mapping, dict):
            what = f"a table must have a dict of options, got {shorten(mapping)}"
            raise ArgumentError(what, fix=f"write for instance {example}.")
        for key in mapping:
            if key not in _KEYS:
                what = f"the table {table!r} has no option {key!r}"
                raise ArgumentError(what, fix=nearest(key, _KEYS, "options"))
        if not isinstance(mapping.get("resource-name"), str):
            what = f"the table {table!r} does not say which resource it is for"
            raise ArgumentError(what, fix=f"write for instance {example}.")
        check_one_of("mode", mapping.get("mode") or "rewrite", _MODES)
    return {table: dict(mapping) for table, mapping in given.items()}


def _address(engine: Any) -> Any:
    if isinstance(engine, str) and engine.startswith("env://"):
        name = engine.removeprefix("env://")
        if not os.environ.get(name):
            what = f"Couldn't connect to DB - Please set your '{name}' environment variable"
            raise ArgumentError(what, fix=f"set {name}, or pass engine='sqlite:///file.db'.")
        engine = os.environ[name]
    if isinstance(engine, str) or (is_database(engine) and type(engine).__name__ == "Engine"):
        return engine
    what = f"engine must be the address of a database or an Engine, got {shorten(engine)}"
    raise ArgumentError(what, fix="pass for instance engine='sqlite:///file.db'.")


def _check_column(option: str, name: Any) -> None:
    if name is not None and (not isinstance(name, str) or not name):
        what = f"{option} must be the name of a field, got {shorten(name)}"
        raise ArgumentError(what, fix=f"write for instance {option}='is_new'.")


def _check_mapping(option: str, given: Any) -> None:
    if given is not None and not isinstance(given, Mapping):
        what = f"{option} must be a dict, got {shorten(given)}"
        raise ArgumentError(what, fix=f"give a dict, or leave {option} out.")


def _check_size(rows: Any) -> None:
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        what = f"batch_size must be a number of rows, got {rows!r}"
        raise ArgumentError(what, fix="write for instance batch_size=1000.")


def _policy(given: Mapping[str, Any] | None) -> Any:
    for name in given or ():
        if name != "on_error":
            what = f"validator_options has an unknown key {name!r}"
            raise ArgumentError(what, fix=nearest(name, ["on_error"], "keys"))
    return (given or {}).get("on_error")


def _plan(
    step: Step,
    package: Package,
    tables: dict[str, dict[str, Any]],
    address: Any,
    **options: Any,
) -> list[TableDump]:
    """Return the tables of a step, compared with those that are there."""
    from dataflows.processors.dumpers.sql_backend import backend_of
    from dataflows.processors.dumpers.sql_dump import SqlDump

    names = package.resource_names
    for table, mapping in tables.items():
        if mapping["resource-name"] not in names:
            what = f"the table {table!r} is for the resource {mapping['resource-name']!r}"
            fix = nearest(mapping["resource-name"], names, "resources")
            raise FlowError(f"{what}, which is not there", fix=fix)
    try:
        backend = backend_of(address)
    except SourceLoadError as error:
        raise FlowError(error.what, fix=error.fix) from None
    dump = step.state["dump"] = SqlDump.of(step.run, backend)
    dump.backend.check()
    with dump.backend.looking():
        dumps = _table_dumps(step, package, tables, dump.backend, options)
        for one in dumps:
            one.check()
    dump.add(step, dumps)
    return dumps


def _table_dumps(
    step: Step,
    package: Package,
    tables: dict[str, dict[str, Any]],
    backend: Backend,
    options: dict[str, Any],
) -> list[TableDump]:
    from dataflows.processors.dumpers.sql_tables import TableDump, TablePlan
    from dataflows.processors.storage.sql_engine import split_table_name

    known = backend.table_names(None) if any("." in one for one in tables) else []
    own: dict[str, TableDump] = {}
    made = []
    for table, mapping in tables.items():
        keys = mapping.get("update_keys")
        plan = TablePlan(
            *split_table_name(table, None, known),
            resource=mapping["resource-name"],
            mode=mapping.get("mode") or "rewrite",
            update_keys=None if keys is None else tuple([keys] if isinstance(keys, str) else keys),
            indexes=tuple(tuple(one) for one in mapping.get("indexes_fields") or ()),
            **options,
        )
        claim = f"{backend.key} {plan.shown}"
        if claim in step.run.claims:
            what = f"two steps of this flow write to the table {table!r}"
            raise FlowError(what, fix="give each a table of its own.")
        step.run.claims.add(claim)
        step.run.outputs.append(f"{backend} (table {plan.shown})")
        resource = package.get_resource(plan.resource)
        assert resource is not None
        own[plan.resource] = TableDump(backend, plan, resource, own)
        made.append(own[plan.resource])
    return made


def _add_field(package: Package, resource: str, name: str, kind: str) -> None:
    for descriptor in package.descriptor["resources"]:
        if descriptor["name"] == resource:
            fields = descriptor.setdefault("schema", {}).setdefault("fields", [])
            if any(one["name"] == name for one in fields):
                what = f"the resource {resource!r} has a field {name!r} already"
                raise FlowError(what, fix="name another updated_column or updated_id_column.")
            fields.append({"name": name, "type": kind, "format": "default"})


def _written(
    stream: Stream, dumps: list[TableDump], updated: str | None, updated_id: str | None
) -> Iterator[Batch]:
    """Write the rows of a resource, and hand each batch on after it is written."""
    if not dumps:
        yield from stream
        return
    stream.step.state["dump"].open()
    codecs = codecs_of(stream.resource)
    rows = 0
    for incoming in stream:
        batch = stream.cast(incoming, codecs, came_in=True)
        refuse_extras(batch)
        found = None
        for one in dumps:
            found = one.write(batch)
        rows += batch.length
        if found is not None:
            named = {updated: found[0], updated_id: found[1]}
            columns = {name: Column(values=list(v)) for name, v in named.items() if name}
            batch.set_columns(columns)
        yield batch
    stream.step.state["dump"].backend.flush()
    stream.step.state["counts"].rows[stream.target.name] = rows
