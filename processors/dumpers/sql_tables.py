"""One table that a dump writes: rewritten, appended to, updated or merged."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import FlowError, Place, RowError, nearest
from dataflows.processors.dumpers.sql_backend import Backend, SqlField, Swap
from dataflows.processors.dumpers.sql_ddl import (
    ForeignKey,
    comment_texts,
    create_table,
    foreign_keys,
    index_statements,
)
from dataflows.processors.dumpers.sql_values import has_zone, refuse_other_zones
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.package import Resource

__all__ = ["TableDump", "TablePlan"]

_numbers = count(1)
_NUMBER = "dataflows_row"


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What is to be done with one table.

    Args:
        schema: The schema of the database that it is in; None for the usual one.
        table: Its name.
        resource: The resource whose rows it gets.
        mode: ``rewrite``, ``append``, ``update`` or ``merge``.
        update_keys: The fields that tell a row; None for the primary key.
        indexes: The fields of each index.
        add_columns: Whether columns that an existing table lacks are added.
        wants_updates: Whether it is asked for each row whether it was updated.
        batch_size: The most rows in one statement.
    """

    schema: str | None
    table: str
    resource: str
    mode: str = "rewrite"
    update_keys: tuple[str, ...] | None = None
    indexes: tuple[tuple[str, ...], ...] = ()
    add_columns: bool = False
    wants_updates: bool = False
    batch_size: int = 1000

    @property
    def shown(self) -> str:
        """The table as one writes it."""
        return self.table if self.schema is None else f"{self.schema}.{self.table}"


class TableDump:
    """One table in one run.

    Args:
        backend: The database.
        plan: What is to be done.
        resource: The resource as it comes in.
        own: For each resource that is written to the same database, its table.
    """

    def __init__(
        self, backend: Backend, plan: TablePlan, resource: Resource, own: Mapping[str, TableDump]
    ) -> None:
        self.plan = plan
        self._backend = backend
        self._own = own
        self._resource = resource
        self._schema = resource.fields
        self._fields: list[SqlField] = []
        self._keys = list(plan.update_keys or ())
        self._exists = False
        self._missing: list[str] = []
        self.target = backend.place(plan.schema, plan.table)
        # A run that was killed may have left it behind: this one, under a lock, finds it by name.
        digest = hashlib.md5(plan.shown.encode(), usedforsecurity=False).hexdigest()
        self._staged_name = f"dataflows_new_{digest[:16]}"
        number = next(_numbers)
        self._stage = backend.quote(f"dataflows_stage_{number}")
        self._seen = backend.quote(f"dataflows_seen_{number}")
        self._id_column: str | None = None
        self._foreign: list[ForeignKey] = []
        self._begun = False
        self._row = 0

    # Before the first row

    def check(self) -> None:
        """Compare the resource with the table that is there.

        Raises:
            FlowError: The table lacks columns, or there is no key to update by.
        """
        plan, names = self.plan, self._schema.field_names
        for name in names:
            self._backend.quote(name)
        self._refuse_equal_names(names)
        if plan.mode in ("update", "merge"):
            self._check_keys(names)
        for name in (one for index in plan.indexes for one in index):
            if name not in names:
                what = f"indexes_fields of {plan.shown!r} names {name!r}, which is no field"
                raise FlowError(what, fix=nearest(name, names))
        known = self._backend.columns(plan.schema, plan.table)
        self._exists = known is not None
        if known is None:
            return
        if plan.mode == "rewrite":
            also = [one.target for one in self._own.values() if one.plan.mode == "rewrite"]
            self._backend.refuse_rewrite(plan.schema, plan.table, names, also)
            return
        fold = str.casefold if self._backend.folds_case else str
        there = set(map(fold, known))
        self._missing = [name for name in names if fold(name) not in there]
        if self._missing and not plan.add_columns:
            listed = ", ".join(map(repr, self._missing))
            what = f"the table {plan.shown!r} has no column for {listed}: the values would be lost"
            fix = (
                "add the columns with add_columns=True, or leave the fields out:"
                f" delete_fields({self._missing!r})."
            )
            raise FlowError(what, where=Place(resource=plan.resource), fix=fix)
        if plan.wants_updates:
            self._id_column = self._backend.key_column(plan.schema, plan.table)

    def _check_keys(self, names: list[str]) -> None:
        if self.plan.update_keys is None:
            self._keys = self._schema.primary_key
        if not self._keys:
            what = 'Argument "update_keys" cannot be an empty list'
            fix = (
                f"name the fields that tell a row: 'update_keys': [{names[0] if names else ''!r}]."
            )
            raise FlowError(what, where=Place(resource=self.plan.resource), fix=fix)
        for name in self._keys:
            if name not in names:
                what = f"update_keys of {self.plan.shown!r} names {name!r}, which is no field"
                raise FlowError(what, fix=nearest(name, names))

    def _refuse_equal_names(self, names: list[str]) -> None:
        seen: dict[str, str] = {}
        for name in names:
            folded = name.casefold() if self._backend.folds_case else name
            if folded in seen:
                what = f"{name!r} and {seen[folded]!r} are one column for {self._backend}"
                raise FlowError(what, fix=f"rename one: rename_fields({{{name!r}: '…'}}).")
            seen[folded] = name

    # Rows

    @property
    def _is_made(self) -> bool:
        return self.plan.mode == "rewrite" or not self._exists

    @property
    def _by_key(self) -> bool:
        return self.plan.mode in ("update", "merge")

    @property
    def place(self) -> str:
        """Where rows go in the end: a table beside the one that readers see, or that one."""
        if self._is_made and self._backend.swaps:
            return self._backend.place(self.plan.schema, self._staged_name)
        return self.target

    def has_key(self, names: Sequence[str]) -> bool:
        """Tell whether no two rows have the same values in some fields."""
        if not self._is_made:
            return [self._backend.key_column(self.plan.schema, self.plan.table)] == list(names)
        field = self._schema.field(names[0]) if names[0] in self._schema.field_names else {}
        unique = bool((field.get("constraints") or {}).get("unique"))
        return set(names) == set(self._schema.primary_key) or (unique and len(names) == 1)

    def begin(self, batch: Batch | None = None) -> None:
        """Make the tables that the rows go to.

        Args:
            batch: The first rows, which tell whether moments have a zone.
        """
        if self._begun:
            return
        self._begun = True
        # Another run may have made or changed it; from here on none can.
        self.check()
        plan, backend = self.plan, self._backend
        codecs = codecs_of(self._resource)
        if backend.has_foreign_keys:
            self._foreign = foreign_keys(backend, self._schema, self, self._own)
        keyed = {*self._keys, *self._schema.primary_key, *(n for one in plan.indexes for n in one)}
        pointing = {quoted for one in self._foreign for quoted in one.fields}
        keyed |= {name for name in self._schema.field_names if backend.quote(name) in pointing}
        for field in self._schema.descriptor["fields"]:
            name, kind = field["name"], field.get("type", "string")
            zoned = kind == "datetime" and batch is not None and has_zone(batch.column(name))
            unique = bool((field.get("constraints") or {}).get("unique"))
            made = SqlField(name, kind, codecs[name], zoned, name in keyed or unique)
            self._fields.append(made)
        if self._is_made:
            if self._exists and not backend.swaps:
                backend.execute(f"DROP TABLE {self.target}")
            if backend.swaps:
                backend.drop_staged(self.place)
            foreign = () if backend.swaps else self._foreign
            backend.execute(create_table(backend, self.place, self._fields, self._schema, foreign))
        if self._is_made and backend.commits_early:
            self._complete(self.place)
        for field in self._fields:
            if not self._is_made and field.name in self._missing:
                column = f"{backend.quote(field.name)} {backend.type_of(field)}"
                backend.execute(f"ALTER TABLE {self.target} ADD COLUMN {column}")
        if self._by_key:
            self._make_stage()

    def _make_stage(self) -> None:
        backend = self._backend
        names = ", ".join(backend.quote(field.name) for field in self._fields)
        keys = ", ".join(map(backend.quote, self._keys))
        select = f"SELECT 0 AS {_NUMBER}, {names} FROM {self.place} WHERE 1 = 0"  # noqa: S608 - quoted names only
        backend.execute(backend.temporary(self._stage, select))
        select = f"SELECT {keys} FROM {self.place} WHERE 1 = 0"  # noqa: S608 - quoted names only
        backend.execute(backend.temporary(self._seen, select))

    def write(self, batch: Batch) -> tuple[list[bool], list[Any]] | None:
        """Write the rows of a batch.

        Returns:
            For each row whether it was updated, and its id, where that is wanted.

        Raises:
            OutputError: The database refuses.
            RowError: A key is missing, or a value would be changed.
        """
        self.begin(batch)
        self._backend.batch_size = self.plan.batch_size
        for field in self._fields:
            if field.type == "datetime":
                refuse_other_zones(batch, field)
        if not self._by_key:
            self._backend.insert(self.place, batch, self._fields)
            return (
                ([False] * batch.length, [None] * batch.length) if self.plan.wants_updates else None
            )
        self._stage_rows(batch)
        if not self.plan.wants_updates:
            return None
        found = self._updates(batch.length)
        self._apply()
        return found

    def _stage_rows(self, batch: Batch) -> None:
        for name in self._keys:
            values = batch.column(name).values
            if None in set(values):
                where = Place(row=batch.number(values.index(None)), field=name)
                what = "a row to update by its key has no value in the key"
                raise RowError(what, where=where, fix="fill it in, or update by other fields.")
        numbers = Column(values=list(range(self._row, self._row + batch.length)))
        self._row += batch.length
        staged = batch.with_columns(
            {_NUMBER: numbers, **{f.name: batch.column(f.name) for f in self._fields}}
        )
        self._backend.insert(self._stage, staged, [_number_field(), *self._fields])

    def _updates(self, length: int) -> tuple[list[bool], list[Any]]:
        """Return which rows of the stage are in the table, or came before in the stage."""
        backend = self._backend
        keys = list(map(backend.quote, self._keys))
        equal = " AND ".join(f"t.{one} = s.{one}" for one in keys)
        own = "NULL" if self._id_column is None else f"t.{backend.quote(self._id_column)}"
        listed = ", ".join(f"s.{one}" for one in keys)
        rows = backend.rows(
            f"SELECT s.{_NUMBER}, t.{keys[0]} IS NOT NULL, {own},"  # noqa: S608 - quoted names only
            f" row_number() OVER (PARTITION BY {listed} ORDER BY s.{_NUMBER})"
            f" FROM {self._stage} s LEFT JOIN {self.place} t ON {equal} ORDER BY 1"
        )
        unique = {row[0]: row for row in rows}
        found = [unique[number] for number in sorted(unique)][:length]
        return [bool(row[1]) or row[3] > 1 for row in found], [row[2] for row in found]

    def _apply(self) -> None:
        """Bring the staged rows into the table; of rows with equal keys the last counts."""
        backend = self._backend
        keys = list(map(backend.quote, self._keys))
        names = [backend.quote(field.name) for field in self._fields]
        others = [one for one in names if one not in keys]
        listed, place, stage = ", ".join(names), self.place, self._stage
        last = (
            f"(SELECT {listed} FROM (SELECT {listed}, row_number() OVER"  # noqa: S608 - quoted names only
            f" (PARTITION BY {', '.join(keys)} ORDER BY {_NUMBER} DESC) AS dataflows_last"
            f" FROM {stage}) numbered WHERE dataflows_last = 1)"
        )
        if others:
            backend.execute(backend.update(place, last, keys, others))
        equal = " AND ".join(f"t.{one} = s.{one}" for one in keys)
        backend.execute(
            f"INSERT INTO {place} ({listed}) SELECT {listed} FROM {last} AS s"  # noqa: S608 - quoted names only
            f" WHERE NOT EXISTS (SELECT 1 FROM {place} AS t WHERE {equal})"
        )
        if self.plan.mode == "merge":
            backend.execute(
                f"INSERT INTO {self._seen} SELECT DISTINCT {', '.join(keys)} FROM {stage}"  # noqa: S608 - quoted names only
            )
        backend.execute(f"DELETE FROM {stage}")  # noqa: S608 - quoted names only

    # After the last row

    def finish(self) -> None:
        """Do all that is left but the commit."""
        self.begin()
        backend, plan = self._backend, self.plan
        if self._by_key:
            self._apply()
            if plan.mode == "merge":
                keys = list(map(backend.quote, self._keys))
                # The table itself has no other name here: that of the keys must not be the same.
                equal = " AND ".join(f"dataflows_seen.{one} = {self.place}.{one}" for one in keys)
                backend.execute(
                    f"DELETE FROM {self.place} WHERE NOT EXISTS"  # noqa: S608 - quoted names only
                    f" (SELECT 1 FROM {self._seen} AS dataflows_seen WHERE {equal})"
                )
            backend.execute(backend.drop_temporary(self._stage))
            backend.execute(backend.drop_temporary(self._seen))

    @property
    def swap(self) -> Swap | None:
        """What is to take its place, where it was made beside the old one."""
        if not (self._is_made and self._backend.swaps):
            return None
        plan = self.plan
        foreign = tuple(self._foreign)
        return Swap(plan.schema, self._staged_name, plan.table, self._exists, foreign)

    def complete(self) -> None:
        """Make what a table can only have in its place."""
        if self._is_made and not self._backend.commits_early:
            self._complete(self.target)

    def _complete(self, place: str) -> None:
        """Make the indexes and the comments of a table."""
        backend, plan = self._backend, self.plan
        for statement in index_statements(backend, place, plan.table, plan.indexes):
            backend.execute(statement)
        columns = {one["name"]: comment_texts(one) for one in self._schema.descriptor["fields"]}
        columns = {name: text for name, text in columns.items() if text}
        own = comment_texts(self._resource.descriptor)
        for statement in backend.comments(place, columns, own):
            backend.execute(statement)


def _number_field() -> SqlField:
    from dataflows.types import codec_for

    return SqlField(_NUMBER, "integer", codec_for({"name": _NUMBER, "type": "integer"}))
