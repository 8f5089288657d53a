"""Groups of commands: their help, and what they say of a command that there is not."""

from __future__ import annotations

import copy
import re
import textwrap
from importlib import import_module
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dataflows.cli.printing import print_whatever_comes
from dataflows.cli.report import CallError, failing_well, tell_stopped
from dataflows.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Commands", "Main", "fitted_examples"]

_WIDEST, _NARROW, _NARROWEST = 80, 60, 30
_SHORT_NAME = 4
_EXAMPLE = re.compile(r"(  \S.*?)(?:  +(\S.*))?")


class _Formatter(click.HelpFormatter):
    """Writes help; on a narrow terminal, what is said of an option stands below it."""

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write names and what is said of them."""
        widest = col_max if self.width >= _NARROW else _SHORT_NAME
        super().write_dl(rows, widest, col_spacing)


class _Context(click.Context):
    formatter_class = _Formatter


class Commands(click.Group):
    """A group whose help fits the terminal, and that shows it where no command is named."""

    context_class = _Context

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, each with the whole of its summary."""
        rows = [
            (name, _summary(command))
            for name in self.list_commands(ctx)
            if (command := self.get_command(ctx, name)) is not None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take no arguments for the wish for help."""
        return super().parse_args(ctx, args if args or ctx.resilient_parsing else ["--help"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, with examples that fit the terminal."""
        command = self.command_named(ctx, cmd_name)
        if command is None or not command.epilog:
            return command
        fitted = copy.copy(command)
        fitted.epilog = fitted_examples(command.epilog, ctx.terminal_width or _width())
        fitted.context_class = _Context
        return fitted

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples of the group."""
        fitted = copy.copy(self)
        fitted.epilog = fitted_examples(self.epilog or "", formatter.width)
        super(Commands, fitted).format_epilog(ctx, formatter)

    def command_named(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command as it was written."""
        return super().get_command(ctx, name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant, its name, and its arguments.

        Raises:
            CallError: There is no such command.
        """
        name = args[0]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            names = self.list_commands(ctx)
            what = f"{ctx.command_path} has no command {name!r}"
            raise CallError(what, fix=nearest(name, names, "commands"))
        return super().resolve_command(ctx, args)


class Main(Commands):
    """The group of all commands; imports one when it is asked for it, and fails well.

    Args:
        places: The module of each command, in the order in which a newcomer meets them.
        settings: What every group takes.
    """

    def __init__(self, *, places: Mapping[str, str], **settings: Any) -> None:
        super().__init__(**settings)
        self.places = places

    def main(self, args: Sequence[str] | None = None, *others: Any, **options: Any) -> NoReturn:
        """Run as a program.

        Raises:
            SystemExit: With the exit code, always.
        """
        print_whatever_comes()
        options["standalone_mode"] = False  # else click ends what Ctrl-C stops with its own words
        try:
            code = super().main(args, *others, **options)
        except (KeyboardInterrupt, click.Abort):  # before there was a command, or after it
            tell_stopped()
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        raise SystemExit(code)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Return the context, for a terminal of whatever width."""
        return super().make_context(*args, **{"terminal_width": _width(), **options})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments, or tell what is wrong with them."""
        with failing_well(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, or tell what went wrong."""
        with failing_well(ctx):
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands."""
        return list(self.places)

    def command_named(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Return a command as it was written."""
        if name not in self.places:
            return None
        command = import_module(self.places[name]).command
        assert isinstance(command, click.Command)
        return command


def fitted_examples(epilog: str, width: int) -> str:
    r"""Return examples in which what one is for stands below it, where there is no room behind it.

    Args:
        epilog: A line "Examples:", and the examples, each with what it is for after two blanks.
        width: The columns there are.

    Examples:
        >>> print(fitted_examples("  run a.py   run a flow", 18))
          run a.py
              run a flow
    """
    lines = epilog.rstrip().split("\n")
    if all(len(line) + 2 <= width for line in lines):
        return epilog
    fitted = []
    for line in lines:
        found = _EXAMPLE.fullmatch(line)
        call, purpose = found.groups() if found else (line, None)
        fitted.append(call)
        if purpose:
            fitted += [f"      {part}" for part in textwrap.wrap(purpose, width - 8)]
    return "\n".join(fitted)


def _summary(command: click.Command) -> str:
    """Return the first paragraph of what a command says of itself, without its full stop."""
    text = command.short_help or command.help or ""
    return " ".join(text.strip().partition("\n\n")[0].split()).removesuffix(".")


def _width() -> int:
    return max(min(get_terminal_size().columns, _WIDEST) - 2, _NARROWEST)
