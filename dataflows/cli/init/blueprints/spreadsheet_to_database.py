"""The blueprint `spreadsheet-to-database`: each sheet of a workbook into a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.cli.init.plan import Plan
from dataflows.cli.init.script import Script, Step, write_script
from dataflows.cli.init.steps import load_steps, table_names
from dataflows.cli.report import CallError

if TYPE_CHECKING:
    from dataflows.cli.init.plan import Request

__all__ = ["plan"]


def plan(request: Request) -> Plan:
    """Return the script that fills a database.

    Args:
        request: What was asked for.

    Raises:
        CallError: The output is no address of a database.
    """
    if request.output is not None and "://" not in request.output:
        what = f"{request.output!r} is not the address of a database"
        raise CallError(what, fix="write for instance --output sqlite:///book.db.")
    found = request.look()
    output = request.output or f"sqlite:///{request.place('.db')}"
    loads = load_steps(found, request.slug)
    names = [name for own in table_names(found, request.slug) for name in own]
    tables = {name: {"resource-name": name} for name in names}
    steps = [
        *loads,
        Step(
            "dump_to_sql",
            (tables, output),
            {},
            (
                "the tables change together, after the last row; each run makes them anew",
                'to keep what is there: add "mode": "append", or "update" where there is a key',
            ),
        ),
    ]
    rest = Script("Write the tables of {} into a database.")
    text = write_script(request.script.name, request.source, steps, rest)
    return Plan(request.script, text, (output,), steps, found)
