"""The statements that make a table for a resource: columns, keys, constraints, indexes."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dataflows.processors.dumpers.sql_backend import Backend, SqlField
    from dataflows.schema import Schema

__all__ = ["comment_texts", "create_table", "index_statements"]

_COMPARED = ("integer", "number", "year", "date")
_BOUNDS = {"minimum": ">=", "maximum": "<="}
_LENGTHS = {"minLength": ">=", "maxLength": "<="}


def create_table(
    backend: Backend, place: str, fields: Sequence[SqlField], schema: Schema, own: Mapping[str, str]
) -> str:
    """Return the statement that makes the table of a schema.

    Args:
        backend: The database.
        place: The full name of the table, quoted.
        fields: Its columns.
        schema: The schema, with its constraints, primary key and foreign keys.
        own: For each resource that is written to the same database, its table, quoted.
    """
    key = [name for name in schema.primary_key if name in schema.field_names]
    lines = [_column(backend, field, schema, key) for field in fields]
    if key:
        lines.append(f"PRIMARY KEY ({', '.join(map(backend.quote, key))})")
    for foreign in schema.foreign_keys:
        line = _foreign_key(backend, foreign, place, own)
        if line is not None:
            lines.append(line)
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


def _foreign_key(
    backend: Backend, foreign: Mapping[str, Any], place: str, own: Mapping[str, str]
) -> str | None:
    """Return a foreign key to a table of the same dump; there is no other that is known."""
    reference = foreign.get("reference") or {}
    target = place if not reference.get("resource") else own.get(str(reference["resource"]))
    if target is None or backend.swaps:
        return None
    fields, others = (
        ", ".join(backend.quote(name) for name in ([one] if isinstance(one, str) else one))
        for one in (foreign.get("fields") or [], reference.get("fields") or [])
    )
    return f"FOREIGN KEY ({fields}) REFERENCES {target} ({others})"


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
