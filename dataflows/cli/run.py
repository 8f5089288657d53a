"""`dataflows run`: run the flow of a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dataflows.cli.report import debug_option
from dataflows.cli.script_flows import find_flow, script_arguments

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("run")
@script_arguments
@debug_option
def command(script: Path, name: str | None, settings: tuple[str, ...]) -> None:
    """Run the flow of SCRIPT, and print the account of its rows.

    The flow is what the function `flow` returns, or the only function that returns a Flow, or a
    Flow of the module. NAME chooses one of several.
    """
    print(find_flow(script, name, settings).run())
