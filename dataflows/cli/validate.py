"""`dataflows validate`: every bad cell of a source."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.completing import complete_file
from dataflows.cli.printing import say
from dataflows.cli.report import CallError, debug_option
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


@click.command("validate", epilog=_EXAMPLES)
@click.argument("source", shell_complete=complete_file)
@click.option(
    "--schema",
    metavar="FILE",
    shell_complete=complete_file,
    help="A Table Schema to hold the rows against.",
)
@click.option("--format", "format", metavar="FORMAT", help="The format of SOURCE.")
@click.option("--table", help="The table, where SOURCE is a database.")
@click.option("--sheet", help="The sheet of an Excel file: its name, or its number from 1.")
@click.option(
    "--limit-errors",
    "most",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    metavar="N",
    help="Show no more bad cells than this; all are counted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@debug_option
def command(
    source: str,
    schema: str | None,
    format: str | None,
    table: str | None,
    sheet: str | None,
    most: int,
    as_json: bool,
) -> None:
    """Find every bad cell of SOURCE: its row, field and value, and the rule that it breaks.

    Rules are types, constraints, primary and foreign keys. A data package is held against its own
    schema, other data against --schema, or else against the types of its first rows; then cells
    that are unlike the others of their field are told, too. The exit code is 1 where something is
    bad.
    """
    from dataflows.cli.bad_cells import find_bad_cells, odd_cells

    options: dict[str, Any] = {}
    if schema is not None:
        options["override_schema"] = _read_schema(schema)
    if sheet is not None:
        options["sheet"] = int(sheet) if sheet.isdecimal() else sheet
    options |= {name: one for name, one in (("format", format), ("table", table)) if one}
    found = find_bad_cells(source, options, most)
    is_inferred = schema is None and format is None and table is None and sheet is None
    is_inferred &= source != _STANDARD and not _has_its_own_schema(source)
    odd = odd_cells(source) if is_inferred else []
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
        raise CallError(what, fix="mend it there.") from None
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
            yield f"  {count:,} {what}"
    for name, message in odd:
        yield f"odd: {name}: {message}"


def _cell_lines(cells: list[BadCell]) -> Iterator[str]:
    if not cells:
        return
    rows = [(f"row {cell.row:,}", cell.field, cell.message) for cell in cells]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for row, field, message in rows:
        yield f"  {row:<{widths[0]}}  {field:<{widths[1]}}  {message}"
