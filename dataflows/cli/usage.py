"""What is wrong with a call, as all our errors say it: what, and how to mend it."""

from __future__ import annotations

import re

import click

from dataflows.errors import closest

__all__ = ["tell_usage"]


def tell_usage(error: click.UsageError, context: click.Context) -> str:
    """Return what is wrong with a call of a command, and how to mend it.

    Args:
        error: What click found.
        context: The context of the group of all commands.

    Examples:
        >>> run = click.Command("run", params=[click.Argument(["script"])])
        >>> context = click.Context(run, info_name="dataflows run")
        >>> print(tell_usage(click.MissingParameter(ctx=context, param=run.params[0]), context))
        dataflows run needs SCRIPT
          fix: write dataflows run SCRIPT, or see dataflows run --help.
    """
    called = error.ctx or context
    path = called.command_path
    if called is context and context.invoked_subcommand:
        path += f" {context.invoked_subcommand}"
    return f"{_what(error, path)}\n  fix: {_fix(error, path)}"


def _what(error: click.UsageError, path: str) -> str:
    if isinstance(error, click.NoSuchOption):
        return f"{path} has no option {error.option_name!r}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{path} needs {_shown(error.param)}"
    if isinstance(error, click.BadParameter) and error.param is not None:
        wanted, given = _wanted(error.param), _given(error)
        if wanted is None or given is None:
            return f"{_shown(error.param)}: {_small(error.message)}"
        return f"{_shown(error.param)} is {wanted}, got {given!r}"
    if isinstance(error, click.BadOptionUsage) and "requires an argument" in error.message:
        return f"{error.option_name} needs a value"
    return _small(error.format_message())


def _fix(error: click.UsageError, path: str) -> str:
    help = f"see {path} --help."
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        names = [name for one in error.ctx.command.get_params(error.ctx) for name in _names(one)]
        return _meant(closest(error.option_name, names)) + help
    if isinstance(error, click.BadParameter) and error.param is not None:
        if isinstance(error.param.type, click.Choice):
            return _meant(closest(_given(error), [*map(str, error.param.type.choices)])) + help
        if _is_option(error.param):
            return help
    if error.ctx is None or isinstance(error, click.BadOptionUsage):
        return help
    pieces = error.ctx.command.collect_usage_pieces(error.ctx)
    return f"write {' '.join([path, *(one for one in pieces if one != '[OPTIONS]')])}, or {help}"


def _meant(name: str | None) -> str:
    return "" if name is None else f"did you mean {name}? Or "


def _given(error: click.BadParameter) -> str | None:
    """Return the value that is not right; click tells it in its message only."""
    found = re.match(r"'(.*?)' |(-?\d+) ", error.message)
    return None if found is None else found[1] or found[2]


def _names(parameter: click.Parameter) -> list[str]:
    return [*parameter.opts, *parameter.secondary_opts] if _is_option(parameter) else []


def _is_option(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option)


def _shown(parameter: click.Parameter) -> str:
    return parameter.opts[0] if _is_option(parameter) else parameter.human_readable_name


def _wanted(parameter: click.Parameter) -> str | None:
    """Return what the values of a parameter are."""
    match parameter.type:
        case click.IntRange(min=None):
            return "a whole number"
        case click.IntRange(min=least):
            return f"a whole number from {least}"
        case click.Choice(choices=choices):
            return f"one of {', '.join(map(str, choices))}"
        case click.types.IntParamType():
            return "a whole number"
        case click.types.FloatParamType():
            return "a number"
        case _:
            return None


def _small(message: str) -> str:
    return f"{message[:1].lower()}{message[1:]}".rstrip(".")
