"""The command line: write a flow, run one, look up the processors."""

from __future__ import annotations

import click

from dataflows.cli.groups import Main

__all__ = ["main"]

# In the order in which a newcomer meets them.
_COMMANDS = {
    "init": "dataflows.cli.init",
    "run": "dataflows.cli.run",
    "show": "dataflows.cli.show",
    "check": "dataflows.cli.check",
    "explain": "dataflows.cli.explain",
    "debug": "dataflows.cli.debug",
    "processors": "dataflows.cli.processors",
    "new": "dataflows.cli.new",
    "convert": "dataflows.cli.convert",
    "validate": "dataflows.cli.validate",
    "completion": "dataflows.cli.completion",
}

# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows init hello-world           write and run an example
  dataflows init sales.csv             write and run a flow for a file
  dataflows run sales.py               run a flow
  dataflows processors join            explain a step that a flow can take
  dataflows convert sales.csv s.json   turn one format into another
"""


@click.command(
    "dataflows",
    cls=Main,
    places=_COMMANDS,
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="dataflows", message="%(version)s")
def main() -> None:
    """Stream typed rows through chains of processors."""
