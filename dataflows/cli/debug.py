"""`dataflows debug`: the rows before and after one step."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import click

from dataflows.cli.report import CallError, debug_option
from dataflows.cli.script_flows import find_flow, script_arguments

if TYPE_CHECKING:
    from pathlib import Path

    from dataflows.chain_link import ChainLink
    from dataflows.cli.step_rows import StepRows

__all__ = ["command"]

# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows debug sales.py --step 2
  dataflows debug sales.py --step filter_rows --rows 5
  dataflows debug sales.py --step 2 --json
"""


@click.command("debug", epilog=_EXAMPLES)
@script_arguments
@click.option("--step", metavar="N|TEXT", help="Which step: its number, or part of its text.")
@click.option(
    "--rows",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many rows to show.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
@debug_option
def command(
    script: Path,
    name: str | None,
    settings: tuple[str, ...],
    step: str | None,
    rows: int,
    as_json: bool,
) -> None:
    """Show the rows before and after one step of the flow of SCRIPT.

    Changes are marked: `*old → new` for a cell, + for what the step added, - for what it removed.
    The flow runs only until there are enough rows, and writes nothing. NAME chooses one of several
    flows.
    """
    from dataflows.cli.step_rows import StepRows, find_step, steps_text

    # What the script prints must not stand amid the JSON.
    with redirect_stdout(sys.stderr if as_json else sys.stdout):
        flow = find_flow(script, name, settings)
        links = list(flow.chain())
        if step is None:
            what = "which step?"
            raise CallError(what, fix=f"add --step N; the steps are: {steps_text(links)}.")
        index = find_step(links, step)
        found = StepRows(flow, index, rows)
        try:
            found.read()
        except Exception:
            # The rows that were seen before it went wrong are what one looks for.
            if found.changes and not as_json:
                _print(found, links[index])
            raise
    if as_json:
        _print_json(found, links[index])
    else:
        _print(found, links[index])


def _print(found: StepRows, link: ChainLink) -> None:
    from dataflows.showing.paper import Line, Paper

    paper = Paper.of(sys.stdout)
    place = f"step {link.number}: " if link.outer else f"step {link.number} of {link.steps}: "
    lines: list[Line] = [[(f"{place}{paper.shown(link.processor.label)}", "bold")]]
    for one in found.changes:
        lines += [[], *one.lines(paper)]
    if not found.changes:
        lines += [[], [("no rows came here", "")]]
    sys.stdout.write(paper.text(lines))


def _print_json(found: StepRows, link: ChainLink) -> None:
    from dataflows.cli.table_reports import json_value

    resources = [
        {
            "name": one.name,
            "before": None if one.before is None else one.before.rows[: one.most],
            "after": None if one.after is None else one.after.rows[: one.most],
        }
        for one in found.changes
    ]
    told = {"step": link.processor.label, "position": link.position, "resources": resources}
    print(json.dumps(json_value(told), indent=2))
