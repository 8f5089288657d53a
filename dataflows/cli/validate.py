"""`dataflows validate`: every bad cell of a source."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataflows.accounts import told_note
from dataflows.cli.completing import complete_file
from dataflows.cli.printing import say
from dataflows.cli.report import CallError, debug_option
from dataflows.cli.source_options import SourceCommand, load_options, source_options
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataflows.cli.bad_cells import BadCell, BadCells

__all__ = ["command"]

_STANDARD = "-"
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows validate cities.csv
  dataflows validate cities.csv --schema schema.json
  dataflows validate package/datapackage.json --limit-errors 5
  dataflows validate cities.csv --json
"""


@click.command("validate", cls=SourceCommand, epilog=_EXAMPLES)
@click.argument("source", shell_complete=complete_file)
@click.option(
    "--schema",
    metavar="FILE",
    shell_complete=complete_file,
    help="A Table Schema to check the rows against.",
)
@source_options()
@click.option(
    "--limit-errors",
    "most",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    metavar="N",
    help="Show at most this many bad cells; all are counted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@debug_option
def command(source: str, schema: str | None, most: int, as_json: bool, **options: Any) -> None:
    """Find every bad cell of SOURCE: its row, field and value, and the rule it breaks.

    Rules are types, constraints, primary and foreign keys. A data package is checked against its
    own schema, other data against --schema or, without it, against the types of its first rows;
    cells that are unlike the rest of their field are then listed as odd. The exit code is 1 if
    there are bad cells.
    """
    from dataflows.cli.bad_cells import find_bad_cells, odd_cells
    from dataflows.cli.targets import database_address

    source, given = database_address(source), load_options(options)
    is_inferred = schema is None and source != _STANDARD and not _has_its_own_schema(source)
    if schema is not None:
        given["override_schema"] = _read_schema(schema)
    found = find_bad_cells(source, given, most)
    odd = odd_cells(source, given) if is_inferred else []
    if as_json:
        print(json.dumps(_as_data(found, odd), indent=2))
    else:
        for line in _lines(found, odd):
            say(line)
    if found.total:
        raise SystemExit(1)


def _read_schema(path: str) -> dict[str, Any]:
    """Return a Table Schema from a file.

    Raises:
        CallError: It cannot be read, or is none.
    """
    try:
        schema = json.loads(Path(path).read_bytes())
    except OSError as error:
        what = f"cannot read the schema {path!r}: {error.strerror}"
        raise CallError(what, fix="name a file of JSON: --schema schema.json.") from None
    except ValueError as error:
        what = f"the schema {path!r} is not JSON: {error}"
        raise CallError(what, fix="correct it there.") from None
    if not isinstance(schema, dict) or not isinstance(schema.get("fields"), list):
        what = f"the schema {path!r} has no list of fields"
        fix = '{"fields": [{"name": "id", "type": "integer"}]} is one.'
        raise CallError(what, fix=fix)
    return schema


def _has_its_own_schema(source: str) -> bool:
    """Tell whether a source says of what types it is."""
    from dataflows.cli.targets import Target

    path = source.partition("?")[0].rstrip("/").lower()
    return path.endswith("datapackage.json") or Target.is_database(source)


def _as_data(found: BadCells, odd: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "valid": not found.total,
        "rows": found.rows,
        "errors": found.total,
        "counts": [
            {"resource": resource, "field": name, "rule": rule, "count": count}
            for (resource, name, rule), count in found.counts.items()
        ],
        "cells": [asdict(cell) for cell in found.cells],
        "mended": [
            {"resource": resource, "what": what, "count": count}
            for (resource, what), count in found.notes.items()
        ],
        "odd": [{"field": name, "message": message} for name, message in odd],
    }


def _lines(found: BadCells, odd: list[tuple[str, str]]) -> Iterator[str]:
    for name in found.rows:
        cells = [cell for cell in found.cells if cell.resource == name]
        notes = {what: count for (one, what), count in found.notes.items() if one == name}
        counts = {key[1:]: count for key, count in found.counts.items() if key[0] == name}
        rows = counted(found.rows[name], "row")
        if not counts and not notes:
            yield f"{name}: {rows}, nothing is bad"
            continue
        bad = counted(sum(counts.values()), "bad cell")
        yield f"{name}: {rows}, {bad}"
        yield from _cell_lines(cells)
        hidden = sum(counts.values()) - len(cells)
        if hidden:
            yield f"  … {hidden:,} more; of all"
            fields = dict.fromkeys(field for field, _ in counts)
            for field in fields:
                rules = [f"{n:,} {rule}" for (one, rule), n in counts.items() if one == field]
                yield f"    {field}: {', '.join(rules)}" if field else f"    {', '.join(rules)}"
        for what, count in notes.items():
            yield f"  {told_note(what, count)}"
    for name, message in odd:
        yield f"odd: {name}: {message}"


def _cell_lines(cells: list[BadCell]) -> Iterator[str]:
    if not cells:
        return
    rows = [(f"row {cell.row:,}", cell.field, cell.message) for cell in cells]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for row, field, message in rows:
        yield f"  {row:<{widths[0]}}  {field:<{widths[1]}}  {message}"
