"""The command line: write a flow, run one, look up the processors."""

from __future__ import annotations

from importlib import import_module

import click

from dataflows.cli.report import failing_well

__all__ = ["main"]

_COMMANDS = {
    "check": "dataflows.cli.check",
    "convert": "dataflows.cli.convert",
    "explain": "dataflows.cli.explain",
    "init": "dataflows.cli.init",
    "new": "dataflows.cli.new",
    "processors": "dataflows.cli.processors",
    "run": "dataflows.cli.run",
    "validate": "dataflows.cli.validate",
    "show": "dataflows.cli.show",
}


class _Commands(click.Group):
    """A group that imports a command when it is asked for it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in _COMMANDS:
            return None
        command = import_module(_COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        with failing_well(ctx):
            return super().invoke(ctx)


# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows init sales.csv     write and run a flow for a file or an address
  dataflows init hello-world   write and run an example
  dataflows run sales.py       run a flow
  dataflows processors         list the steps that a flow can take
  dataflows processors join    explain one, or find those that speak of a word
"""


@click.command(
    cls=_Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="dataflows", message="%(version)s")
def main() -> None:
    """Stream typed rows through chains of processors."""
