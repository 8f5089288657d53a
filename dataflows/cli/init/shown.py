"""What `dataflows init` prints: what it saw of the data, its first rows, and what it wrote."""

from __future__ import annotations

import csv
import json
import sys
import textwrap
from itertools import islice
from typing import TYPE_CHECKING, Any

from dataflows.cli.init.steps import planned_types
from dataflows.cli.printing import say
from dataflows.schema import Schema
from dataflows.showing.paper import Paper
from dataflows.showing.rows import row_lines
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dataflows.cli.init.look import Look
    from dataflows.cli.init.script import Step

__all__ = ["show_findings", "show_output", "show_table"]

_SHOWN_ROWS = 5
_SHOWN_FIELDS = 12
_LONGEST_FIELD = 2**31 - 1
_LONGEST_CELL = 200


def show_table(source: str, look: Look, steps: Sequence[Step]) -> None:
    """Print what a table is, and its first rows, with the types that the script gives them.

    Args:
        source: What the data is called.
        look: What was found.
        steps: The steps of the script.
    """
    told = next((step.comments[0] for step in steps if step.name == "load" and step.comments), "")
    paper = Paper.of(sys.stdout)
    _tell(f"{source}: {told}", paper)
    missing = {None, *look.missing_values}
    rows = [
        [None if isinstance(cell, str) and cell in missing else cell for cell in cells]
        for cells in islice(zip(*look.columns, strict=True), _SHOWN_ROWS)
    ]
    _print_rows(look.names, planned_types(look, steps), rows)
    print(flush=True)


def show_findings(steps: Sequence[Step]) -> None:
    """Print what was seen of the fields, as the comments of the script tell it.

    Args:
        steps: The steps of the script.
    """
    loads = [step for step in steps if step.name == "load"]
    told = [
        f"{_table_of(step, loads)}{note}"
        for step in sorted(steps, key=lambda step: step.name != "load")
        for note in step.comments[bool(loads) and step is loads[0] :]
    ]
    paper = Paper.of(sys.stdout)
    for note in told:
        _tell(f"- {note}", paper)
    if told:
        print()


def _table_of(step: Step, loads: Sequence[Step]) -> str:
    """Return what tells of which of several tables a step is; "" where that need not be told."""
    names = step.options.get("resources") or []
    if step.name == "load" and len(loads) > 1:
        names = [step.options["name"]] if "name" in step.options else []
    return f"{names[0]}: " if len(names) == 1 else ""


def show_output(folder: Path) -> None:
    """Print the first rows of what was written into a folder, with the types of their fields.

    Args:
        folder: Where the `datapackage.json` is.
    """
    package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    resource = package["resources"][0]
    fields = resource["schema"]["fields"]
    csv.field_size_limit(_LONGEST_FIELD)
    with (folder / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
        lines = list(islice(csv.reader(file), _SHOWN_ROWS + 1))[1:]
    rows = [[cell or None for cell in line] for line in lines if len(line) == len(fields)]
    _print_rows([one["name"] for one in fields], [one["type"] for one in fields], rows)


def _tell(line: str, paper: Paper) -> None:
    """Print a line; on a terminal in as many lines as it takes."""
    shown = paper.shown(line)
    if paper.width is None:
        say(shown)
        return
    for one in textwrap.wrap(shown, paper.width, subsequent_indent="  ", break_on_hyphens=False):
        say(one)


def _print_rows(names: list[str], types: list[str], rows: list[list[Any]]) -> None:
    paper = Paper.of(sys.stdout)
    fields = [{"name": name, "type": type_} for name, type_ in zip(names, types, strict=True)][
        :_SHOWN_FIELDS
    ]
    shown = [
        {
            name: cell[:_LONGEST_CELL] if isinstance(cell, str) else cell
            for name, cell in zip(names, cells, strict=True)
        }
        for cells in rows
    ]
    print()
    sys.stdout.write(paper.text(row_lines(shown, paper, Schema({"fields": fields}))))
    if len(names) > _SHOWN_FIELDS:
        say(f"… and {counted(len(names) - _SHOWN_FIELDS, 'more field')}")
