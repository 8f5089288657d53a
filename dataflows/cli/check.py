"""`dataflows check`: what a flow would do, and what is wrong with it, before any row moves."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.picture_lines import print_picture
from dataflows.cli.printing import say
from dataflows.cli.report import CallError, debug_option
from dataflows.cli.script_flows import find_flow, script_arguments
from dataflows.errors import DataflowsException
from dataflows.wording import counted

if TYPE_CHECKING:
    from pathlib import Path

    from dataflows.result import Check
    from dataflows.showing.chain_picture import PicturedStep

__all__ = ["command"]

# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows check sales.py
  dataflows check sales.py --json
"""


@click.command("check", epilog=_EXAMPLES)
@script_arguments
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@debug_option
def command(script: Path, name: str | None, settings: tuple[str, ...], *, as_json: bool) -> None:
    """Check the flow of SCRIPT: the schema after each step, and misspelt fields.

    No row goes through the flow and nothing is written; only a sample of each source is read. The
    fields that your functions use are compared with the schema. The exit code is 1 if there are
    problems. NAME chooses one of several flows.
    """
    if as_json:
        raise SystemExit(_print_json(script, name, settings))
    check = find_flow(script, name, settings).check()
    print_picture(check.explain(), schemas=True)
    for problem in check.problems:
        say("")
        for line in f"problem: {problem}".splitlines():
            say(line)
    say("")
    say(counted(len(check.problems), "problem") if check.problems else "no problems")
    if not check:
        raise SystemExit(1)


def _print_json(script: Path, name: str | None, settings: tuple[str, ...]) -> int:
    """Print what was found as JSON; return the exit code."""
    try:
        with redirect_stdout(sys.stderr):
            check = find_flow(script, name, settings).check()
    except CallError:
        raise
    except DataflowsException as error:
        data: dict[str, Any] = {"ok": False, "problems": [str(error)]}
    else:
        data = _as_data(check)
    print(json.dumps(data, indent=2))
    return 0 if data["ok"] else 1


def _as_data(check: Check) -> dict[str, Any]:
    picture = check.explain()
    return {
        "ok": bool(check),
        "problems": check.problems,
        "steps": [_step(one) for one in picture.steps],
        "resources": [
            {"name": name, "fields": [{"name": field, "type": kind} for field, kind in fields]}
            for name, fields in picture.resources
        ],
    }


def _step(step: PicturedStep) -> dict[str, Any]:
    """Return a step with the schemas that it changes, as they are after it."""
    return {
        "position": step.position,
        "step": step.label,
        "runs_on": step.manner.on or None,
        "reads": list(step.manner.reads),
        "writes": list(step.manner.writes),
        "changes": [
            {
                "resource": change.name,
                "change": change.kind,
                "fields": [
                    {"name": one.name, "type": one.after, "type_before": one.before}
                    for one in change.fields
                ],
            }
            for change in step.changes
        ],
    }
