"""`dataflows run`: run the flow of a script."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.foreign_files import ask_about_foreign_files
from dataflows.cli.logging_option import verbose_option
from dataflows.cli.printing import say
from dataflows.cli.report import debug_option
from dataflows.cli.script_flows import find_flow, script_arguments
from dataflows.wording import counted

if TYPE_CHECKING:
    from pathlib import Path

    from dataflows.result import Result

__all__ = ["command"]

_COUNTS = ("rows_in", "added", "rows_out", "filtered", "rejected")
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows run sales.py
  dataflows run sales.py --set year=2026
  dataflows run sales.py --limit 100
  dataflows run sales.py --profile
  dataflows run sales.py --json
"""


@click.command("run", epilog=_EXAMPLES)
@script_arguments
@click.option(
    "--limit",
    type=click.IntRange(1),
    metavar="N",
    help="Read only the first N rows of each source; the output holds only these.",
)
@click.option(
    "--progress/--no-progress",
    default=None,
    help="Show a progress bar; by default on a terminal only.",
)
@click.option("--profile", is_flag=True, help="Show how long each step took.")
@click.option(
    "--force", is_flag=True, help="Also replace files that no flow has written, without asking."
)
@click.option("--json", "as_json", is_flag=True, help="Print the account as JSON.")
@verbose_option
@debug_option
def command(
    script: Path,
    name: str | None,
    settings: tuple[str, ...],
    limit: int | None,
    *,
    progress: bool | None,
    profile: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Run the flow of SCRIPT, and print the account of its rows.

    The flow is what the function `flow` returns, or the only function that returns a Flow, or the
    Flow in a module variable. NAME chooses one of several. With --json, what the script itself
    prints goes to stderr.
    """
    options: dict[str, Any] = {
        "limit_rows": limit,
        "ready": None if force else ask_about_foreign_files,
        "progress": sys.stderr.isatty() if progress is None else progress,
    }
    if as_json:
        with redirect_stdout(sys.stderr):
            result = find_flow(script, name, settings).run(**options)
        print(json.dumps(_as_data(result), indent=2, ensure_ascii=True, default=str))
        return
    result = find_flow(script, name, settings).run(**options)
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    for line in result.text(width).splitlines():
        say(line)
    if limit is not None:
        say(f"only the first {counted(limit, 'row')} of each source")
    if profile:
        say("")
        for line in result.profile(width).splitlines():
            say(line)


def _as_data(result: Result) -> dict[str, Any]:
    steps = [
        {
            "position": one.position,
            "step": one.step,
            **{name: getattr(one, name) for name in _COUNTS},
            "seconds": round(one.seconds, 6),
            "notes": one.notes,
        }
        for one in result.accounts
    ]
    return {
        "seconds": round(result.seconds, 6),
        "steps": steps,
        "notes": result.notes,
        "outputs": result.outputs,
        "stats": result.stats,
    }
