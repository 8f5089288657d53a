"""The statements that make a table for a resource: columns, keys, constraints, indexes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.processors.dumpers.sql_backend import Backend, SqlField
    from dataflows.schema import Schema

__all__ = [
    "ForeignKey",
    "Parent",
    "comment_texts",
    "create_table",
    "foreign_keys",
    "index_statements",
]

_COMPARED = ("integer", "number", "year", "date")
_BOUNDS = {"minimum": ">=", "maximum": "<="}
_LENGTHS = {"minLength": ">=", "maxLength": "<="}


class Parent(Protocol):
    """A table that a foreign key points to."""

    @property
    def target(self) -> str:
        """Its full name, quoted."""

    @property
    def place(self) -> str:
        """Where its new rows are until it changes places with the old one."""

    def has_key(self, names: Sequence[str]) -> bool:
        """Tell whether no two of its rows have the same values in some fields."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key of a table to another one of the same dump.

    Args:
        fields: Its columns, quoted.
        parent: The table that it points to.
        others: The columns of that table, quoted.
    """

    fields: tuple[str, ...]
    parent: Parent
    others: tuple[str, ...]

    def clause(self, place: str) -> str:
        """Return it as it is written in a statement, to a table that is at a place."""
        fields, others = ", ".join(self.fields), ", ".join(self.others)
        return f"FOREIGN KEY ({fields}) REFERENCES {place} ({others})"


def create_table(
    backend: Backend,
    place: str,
    fields: Sequence[SqlField],
    schema: Schema,
    foreign: Sequence[ForeignKey] = (),
) -> str:
    """Return the statement that makes the table of a schema.

    Args:
        backend: The database.
        place: The full name of the table, quoted.
        fields: Its columns.
        schema: The schema, with its constraints and its primary key.
        foreign: Its foreign keys.
    """
    key = [name for name in schema.primary_key if name in schema.field_names]
    lines = [_column(backend, field, schema, key) for field in fields]
    if key:
        lines.append(f"PRIMARY KEY ({', '.join(map(backend.quote, key))})")
    lines += [one.clause(one.parent.target) for one in foreign]
    return f"CREATE TABLE {place} ({', '.join(lines)})"


def _column(backend: Backend, field: SqlField, schema: Schema, key: Sequence[str]) -> str:
    constraints = schema.field(field.name).get("constraints") or {}
    name = backend.quote(field.name)
    parts = [name, backend.type_of(field)]
    if constraints.get("required") or field.name in key:
        parts.append("NOT NULL")
    if constraints.get("unique"):
        parts.append("UNIQUE")
    parts += [f"CHECK ({one})" for one in _checks(backend, name, field, constraints)]
    return " ".join(parts)


def _checks(
    backend: Backend, name: str, field: SqlField, constraints: Mapping[str, Any]
) -> list[str]:
    made: list[str | None] = []
    if field.type in _COMPARED:
        for constraint, sign in _BOUNDS.items():
            if constraint in constraints:
                limit = _literal(backend, field.codec.parse(constraints[constraint]))
                made.append(None if limit is None else f"{name} {sign} {limit}")
    if field.type == "string":
        for constraint, sign in _LENGTHS.items():
            if constraint in constraints:
                made.append(f"{backend.length(name)} {sign} {int(constraints[constraint])}")
        if "pattern" in constraints:
            made.append(backend.matches(name, str(constraints["pattern"])))
    if "enum" in constraints and field.type in (*_COMPARED, "string"):
        values = [_literal(backend, field.codec.parse(one)) for one in constraints["enum"]]
        known = [one for one in values if one is not None]
        if known and len(known) == len(values):
            made.append(f"{name} IN ({', '.join(known)})")
    return [one for one in made if one is not None]


def _literal(backend: Backend, value: Any) -> str | None:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime.date):
        return backend.text(value.isoformat())
    return backend.text(value) if isinstance(value, str) else None


def foreign_keys(
    backend: Backend, schema: Schema, itself: Parent, own: Mapping[str, Parent]
) -> list[ForeignKey]:
    """Return the foreign keys of a table to tables of the same dump; no others are known.

    A database can only point to what is a key there, so others are left out.

    Args:
        backend: The database.
        schema: The schema of the table.
        itself: The table, to which it may point, too.
        own: For each resource that is written to the same database, its table.
    """
    made = []
    for foreign in schema.foreign_keys:
        reference = foreign.get("reference") or {}
        name = reference.get("resource")
        parent = own.get(str(name)) if name else itself
        fields, others = (
            [one] if isinstance(one, str) else list(one or ())
            for one in (foreign.get("fields"), reference.get("fields"))
        )
        if parent is not None and others and parent.has_key(others):
            quoted = (tuple(map(backend.quote, names)) for names in (fields, others))
            made.append(ForeignKey(next(quoted), parent, next(quoted)))
    return made


def index_statements(
    backend: Backend, place: str, table: str, indexes: Sequence[Sequence[str]]
) -> list[str]:
    """Return the statements that make the indexes of a table: ``<table>_ix000`` and so on."""
    made = []
    for number, names in enumerate(indexes):
        columns = ", ".join(map(backend.quote, names))
        made.append(
            f"CREATE INDEX {backend.quote(f'{table}_ix{number:03d}')} ON {place} ({columns})"
        )
    return made


def comment_texts(descriptor: Mapping[str, Any]) -> str:
    """Return what a table or a column is commented with: its title and its description.

    Examples:
        >>> comment_texts({"title": "Cities", "description": "of Italy"})
        'Cities - of Italy'
    """
    return " - ".join(
        str(descriptor[key]) for key in ("title", "description") if descriptor.get(key)
    )
