"""Every cell of a source that does not fit its schema, for `dataflows validate`."""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataflows.errors import DataflowsException, Place, shorten
from dataflows.processor import Hooks, Processor
from dataflows.processors.loaders.chunks import LONG_ROWS, SHORT_ROWS
from dataflows.types.inference import infer_schema
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dataflows.package import Package, Resource

__all__ = ["BadCell", "BadCells", "find_bad_cells", "odd_cells"]

_CONSTRAINT = re.compile(r"breaks the constraint (\w+)=")
_REQUIRED = "a value is missing where one is required"
_MOST_ROWS = 100_000
_RAGGED = "ragged row"
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_PLAIN_DIALECT = {"delimiter", "doubleQuote", "lineTerminator", "quoteChar"}
_KEYS_OF = "{} (as keys)"


@dataclass(frozen=True, slots=True)
class BadCell:
    """One cell, or the cells of a key, that break a rule.

    Args:
        resource: The name of the table.
        row: The number of the row, from 1.
        field: The field, or the fields of a key with commas between; "" where it is the row.
        value: The value as text; None where one is missing.
        rule: ``type``, the name of a constraint, ``primary key``, ``unique``, ``foreign key`` or
            ``ragged row``.
        message: What is wrong, for people.
    """

    resource: str
    row: int
    field: str
    value: str | None
    rule: str
    message: str


@dataclass(slots=True)
class BadCells:
    """What is wrong with a source.

    Args:
        most: How many cells are kept.
        cells: The first of them, in the order in which they were found.
        counts: How many there are for each table, field and rule.
        rows: How many rows each table has.
        notes: What had to be mended for each table, such as rows that are too short, counted.
    """

    most: int
    cells: list[BadCell] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)
    notes: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many bad cells there are, and rows that had to be mended."""
        return self.counts.total() + sum(self.notes.values())

    def add(self, cell: BadCell) -> None:
        """Take in a bad cell."""
        self.counts[cell.resource, cell.field, cell.rule] += 1
        if len(self.cells) < self.most:
            self.cells.append(cell)

    def policy(
        self,
        rule: str | None = None,
        names: tuple[str, ...] = (),
        alias: tuple[str, str] = ("", ""),
    ) -> Callable[..., bool]:
        """Return a policy that takes in what does not fit, and leaves the place empty.

        Args:
            rule: The rule that is looked at; None for that which the error tells.
            names: The fields of the key that is looked at.
            alias: A name of a resource in the error, and the one that people know.
        """

        def refuse(
            resource: str, row: dict[str, Any], index: int, error: Any, field: Any = None
        ) -> bool:
            what = error.what if isinstance(error, DataflowsException) else str(error)
            where = error.where if isinstance(error, DataflowsException) else Place()
            fields = names or (() if field is None else (field.name,))
            values = [_text(row.get(name)) for name in fields]
            value = values[0] if len(values) == 1 else ", ".join(map(str, values))
            self.add(
                BadCell(
                    resource,
                    index + 1 if where.row is None else where.row,
                    ", ".join(fields),
                    value,
                    rule or _rule_of(what),
                    what.replace(*alias) if alias[0] else what,
                )
            )
            if rule is None and field is not None:
                row[field.name] = None
            return True

        return refuse


def find_bad_cells(source: Any, options: dict[str, Any], most: int) -> BadCells:
    """Hold every cell of a source against its schema.

    Args:
        source: What `load` takes.
        options: The options of `load`.
        most: How many cells are kept; all are counted.

    Raises:
        ProcessorError: The source cannot be read, or its schema cannot be.
    """
    from dataflows import Flow, assert_rows, load, validate

    found = BadCells(most)
    loader = load(source, cast_strategy=load.CAST_DO_NOTHING, **options)
    peeked = None if source == "-" else Flow(loader).check().package
    described = [{"name": None, "schema": options.get("override_schema")}]
    if peeked is not None:
        described = peeked.descriptor["resources"]
    keys = _unique_keys(described)
    checks = [
        assert_rows(unique=names, resources=name, on_error=found.policy(rule, names))
        for name, rule, names in keys
    ]
    result = Flow(loader, _requiring_keys(), validate(on_error=found.policy()), *checks).run()
    for tally in result.accounts[0].tallies:
        found.rows[tally.resource] = tally.rows_out
        for note, count in tally.notes.items():
            found.notes[tally.resource, note] = count
    if peeked is not None:
        for name, place, given in _files_of(source, options, peeked):
            _name_ragged_rows(name, place, given, found)
        _note_other_fields(source, options, peeked.resources[0], found)
        for resource in peeked.descriptor["resources"]:
            for key in (resource.get("schema") or {}).get("foreignKeys") or []:
                _check_foreign_key(source, options, resource["name"], key, found)
    order = {name: place for place, name in enumerate(found.rows)}
    found.cells.sort(key=lambda cell: (order.get(cell.resource, 0), cell.row))
    return found


def _requiring_keys() -> Processor:
    """Return a step that says of the fields of primary keys that they need a value."""

    def schema(resource: Resource) -> None:
        for one in resource.fields.descriptor["fields"]:
            if one["name"] in resource.fields.primary_key:
                one["constraints"] = {**(one.get("constraints") or {}), "required": True}

    return Processor("require the keys", Hooks(schema=schema))


def odd_cells(source: Any, options: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what keeps fields from a type that most of their values fit: the field, and what.

    Args:
        source: What `load` takes; its first rows are looked at.
        options: The options of `load`.
    """
    from dataflows import Flow, load

    given = {"limit_rows": _MOST_ROWS, **options}
    loader = load(source, cast_strategy=load.CAST_DO_NOTHING, **given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they were shown when the cells were looked at
        tables, package, _ = Flow(loader).results(on_error=None)
    odd = []
    for resource, rows in zip(package.resources, tables, strict=True):
        names = resource.fields.field_names
        _, inferences = infer_schema(names, [[row.get(name) for name in names] for row in rows])
        odd += [
            (inference.descriptor["name"], str(inference.against[0]))
            for inference in inferences
            if inference.against and inference.descriptor["type"] in ("string", "any")
        ]
    return odd


def _files_of(
    source: Any, options: dict[str, Any], package: Package
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the files of this machine that hold a table each: the resource, the path, the options.

    Of a data package these are those whose dialect is a plain one.
    """
    path, resources = Path(str(source)), package.descriptor["resources"]
    if not path.is_file() or path.suffix.lower() == ".zip":
        return
    if path.name != "datapackage.json":
        from dataflows import load

        # The reader of the file knows only those that `load` hands on.
        handled = signature(load).parameters
        given = {name: one for name, one in options.items() if name not in handled}
        yield resources[0]["name"], str(source), given
        return
    # What was loaded no longer says how the files are written.
    for resource in json.loads(path.read_bytes())["resources"]:
        dialect, inner = resource.get("dialect") or {}, str(resource.get("path"))
        is_plain = isinstance(dialect, dict) and set(dialect) <= _PLAIN_DIALECT
        ending = inner.lower().rpartition(".")[2]
        if ending in _DELIMITERS and is_plain and (path.parent / inner).is_file():
            given = {"headers": 1, "delimiter": dialect.get("delimiter", _DELIMITERS[ending])}
            yield str(resource.get("name")), str(path.parent / inner), given


def _name_ragged_rows(name: str, path: str, options: dict[str, Any], found: BadCells) -> None:
    """Find the numbers of rows that are too short or too long, where the reader keeps them."""
    from dataflows.processors.loaders.tables import open_table

    ragged = [(name, note) for note in (SHORT_ROWS, LONG_ROWS) if (name, note) in found.notes]
    if not ragged:
        return
    table: Any = open_table(path, options)
    for _ in table.chunks(None):
        pass
    report = getattr(getattr(table, "file", None), "report", None)
    count = sum(found.notes[key] for key in ragged)
    if report is None or report.short_rows + report.long_rows != count:
        return
    for key in ragged:
        del found.notes[key]
    cells = [(row, None, "the row has fewer cells than the header") for row in report.first_short]
    cells += [
        (row, text, f"the row has more cells than the header: {shorten(text)}")
        for row, text in report.first_long
    ]
    for row, text, message in sorted(cells):
        found.add(BadCell(name, row, "", text, _RAGGED, message))
    found.counts[name, "", _RAGGED] = count


def _note_other_fields(
    source: Any, options: dict[str, Any], resource: Resource, found: BadCells
) -> None:
    """Count the fields of the source that a schema that was given does not have."""
    from dataflows import Flow, load

    given = dict(options)
    if given.pop("override_schema", None) is None:
        return
    there = Flow(load(source, **given)).check().package.resources[0].fields.field_names
    others = [name for name in there if name not in resource.fields.field_names]
    if others:
        shown = ", ".join(others)
        found.notes[resource.name, f"fields that the schema does not have: {shown}"] = len(others)


def _unique_keys(
    resources: list[dict[str, Any]],
) -> list[tuple[str | None, str, tuple[str, ...]]]:
    """Return the keys that occur once: the resource, the rule and the fields of each."""
    keys = []
    for resource in resources:
        schema = resource.get("schema") or {}
        primary = _listed(schema.get("primaryKey"))
        if primary:
            keys.append((resource["name"], "primary key", primary))
        keys += [
            (resource["name"], "unique", (one["name"],))
            for one in schema.get("fields", [])
            if (one.get("constraints") or {}).get("unique") and (one["name"],) != primary
        ]
    return keys


def _check_foreign_key(
    source: Any, options: dict[str, Any], name: str, key: dict[str, Any], found: BadCells
) -> None:
    """Look for the values of a foreign key in the table that it refers to, which is read first."""
    from dataflows import Flow, assert_rows, load, update_resource, validate
    from dataflows.on_error import clear

    fields, reference = _listed(key.get("fields")), key.get("reference") or {}
    other = reference.get("resource") or name
    alias = _KEYS_OF.format(other)
    given = {**options, "cast_strategy": load.CAST_DO_NOTHING}
    refuse = found.policy("foreign key", fields, (repr(alias), repr(other)))
    Flow(
        load(source, **{**given, "resources": other}),
        update_resource(-1, name=alias),
        load(source, **{**given, "resources": name}),
        validate(on_error=clear),
        assert_rows(
            foreign_key={fields: (alias, _listed(reference.get("fields")))},
            resources=name,
            on_error=refuse,
        ),
    ).process()


def _listed(names: Any) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names or ())


def _rule_of(what: str) -> str:
    """Return the rule that an error is about.

    Examples:
        >>> _rule_of("'50' breaks the constraint maximum=9"), _rule_of("'x' is not an integer")
        ('maximum', 'type')
    """
    constraint = _CONSTRAINT.search(what)
    if constraint:
        return constraint[1]
    return "required" if what == _REQUIRED else "type"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    try:
        return plain_serializer("any")(value)
    except (TypeError, ValueError):
        return shorten(value)
