"""The commands of `dataflows`, what their help says, and the page that is written from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from dataflows.cli import main
from dataflows.cli.groups import Commands
from source_tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "tutorial" / "reference" / "commands.md"

_WIDTH = 78
_INTRODUCTION = """\
# Commands

All commands of `dataflows`, with the text of `dataflows COMMAND --help`.
On a terminal, output has colours and progress bars; piped output is plain text.
`NO_COLOR=1` turns colours off.
Messages go to standard error.

| exit code | |
| ---: | --- |
| 0 | success |
| 1 | an error in the data or in the flow |
| 2 | an error in the command line |
| 130 | stopped by Ctrl-C |
| 143 | stopped by SIGTERM |

This page is generated from the help texts; their examples run as tests."""


def commands() -> dict[str, click.Command]:
    """Return every command by its path: "" is the program itself."""
    return {" ".join(path): command for path, command in _walk(main, ())}


def examples(command: click.Command) -> list[str]:
    """Return the calls under "Examples:" in the help of a command."""
    _, _, lines = (command.epilog or "").partition("Examples:\n")
    return [re.split(r" {2,}", line.strip())[0] for line in lines.splitlines() if line.strip()]


def command_page() -> str:
    """Return the page as it should be."""
    found = {path: command for path, command in commands().items() if path}
    parts = [_INTRODUCTION]
    links = [f"| [{path}](#{path.replace(' ', '-')}) | {_summary(found[path])} |" for path in found]
    parts.append("\n".join(["| command | |", "| --- | --- |", *links]))
    parts += [f"## {path}\n\n```text\n{_help(path)}\n```" for path in found]
    return "\n\n".join(parts) + "\n"


def _walk(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, Commands):
        context = click.Context(command)
        for name in command.list_commands(context):
            member = command.command_named(context, name)
            assert member is not None
            yield from _walk(member, (*path, name))


def _help(path: str) -> str:
    settings = {**main.context_settings, "terminal_width": _WIDTH}
    context = click.Context(main, info_name="dataflows", **settings)
    for name in path.split():
        group = context.command
        assert isinstance(group, Commands)
        member = group.get_command(context, name)
        assert member is not None
        context = member.context_class(member, info_name=name, parent=context)
    return context.get_help()


def _summary(command: click.Command) -> str:
    return " ".join((command.help or "").strip().partition("\n\n")[0].split())
