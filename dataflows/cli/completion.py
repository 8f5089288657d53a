"""`dataflows completion`: what a shell needs to complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from dataflows.cli.report import CallError, debug_option

__all__ = ["command"]

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_DATAFLOWS_COMPLETE"
# A .zshrc of one line has not called it, and zsh would not know `compdef`.
_BEGIN_ZSH = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }"
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows completion bash   for ~/.bashrc: eval "$(dataflows completion bash)"
  dataflows completion zsh    for ~/.zshrc: eval "$(dataflows completion zsh)"
  dataflows completion fish   for config.fish: dataflows completion fish | source
"""


@click.command("completion", epilog=_EXAMPLES)
@click.argument("shell", type=click.Choice(_SHELLS))
@debug_option
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a script that lets the Tab key complete commands in SHELL.

    Add it to the start-up file of your shell. It completes commands and their options, files, the
    flows of a script, processors, and the values that an option takes.
    """
    root = context.find_root()
    completion = get_completion_class(shell)
    if completion is None or not isinstance(root.command, click.Command):
        what = f"the installed click {click.__version__} knows no {shell}"
        raise CallError(what, fix="install a newer one: pip install --upgrade click.")
    source = completion(root.command, {}, "dataflows", _VARIABLE).source()
    if shell == "zsh":
        first, _, rest = source.partition("\n")
        source = f"{first}\n{_BEGIN_ZSH}\n{rest}"
    click.echo(source, nl=False)
