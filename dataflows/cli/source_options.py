"""How a command reads its SOURCE: the options for that, and errors that speak of these options."""

from __future__ import annotations

import ast
import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.report import CallError
from dataflows.errors import DataflowsException, Place, ProcessorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "SourceCommand",
    "advised_option",
    "in_options",
    "load_option",
    "load_options",
    "source_options",
    "uncapitalized",
    "without_steps",
]

_LOAD = "--load"
_OF_THE_COMMAND = {"load_source", "source", "cast_strategy", "on_error"}
_FAILED = re.compile(
    r"Failed to load source (?P<source>.+?) and options \{.*?\}: (?:\[Errno \d+\] )?"
)
_VALUE = r"'[^']*'|True|False|\d+"
_OPTION = re.compile(rf"(?P<call>\b\w+\([^()]*\))|(?<![\w(])(?P<name>[a-z]\w*)=(?P<value>{_VALUE})")
_TYPE = re.compile(r"set_type\('(?P<field>[^']*)', type='(?P<type>\w+)'\)")
_CALL = re.compile(rf"load\('(?P<source>[^']*)'(?:, (?P<option>\w+=(?:{_VALUE})))?\)")
_PYTHON_ONLY = re.compile(r",? or leave the fields out: delete_fields\(.*?\]\)")
_WORDS = {"True": True, "False": False, "None": None}


def load_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--load`: any option of the step that reads its SOURCE."""
    option = click.option(
        _LOAD,
        "load_settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="An option of the step `load`, such as property=items; may be repeated.",
    )
    return option(command)


def source_options(*, format: str = "--format") -> Callable[[Callable[..., Any]], Any]:
    """Give a command the options that say how its SOURCE is read.

    Args:
        format: How the option for the format of the source is called.
    """
    options = (
        click.option(format, "source_format", metavar="FORMAT", help="The format of SOURCE."),
        click.option("--encoding", help="The encoding of a text file."),
        click.option("--delimiter", metavar="CHARACTER", help="The delimiter of a CSV file."),
        click.option("--sheet", help="The sheet of an Excel file: its name or number, from 1."),
        click.option("--table", help="The table, if SOURCE is a database."),
        load_option,
    )

    def give(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return give


def load_options(options: dict[str, Any]) -> dict[str, Any]:
    r"""Return what `load` is to be told, of all options of a command.

    Args:
        options: The options, by their names.

    Raises:
        CallError: One of `--load` is no name with a value, or is for the command to choose.

    Examples:
        >>> load_options({"sheet": "2", "encoding": None, "load_settings": ("headers=3",)})
        {'headers': 3, 'sheet': 2}
        >>> load_options({"load_settings": ("property=data.items", "strip=false", "skip_rows=[2]")})
        {'property': 'data.items', 'strip': False, 'skip_rows': [2]}
    """
    given = dict(map(_read_setting, options["load_settings"]))
    sheet = options.get("sheet")
    found = {
        "format": options.get("source_format"),
        "sheet": int(sheet) if sheet is not None and sheet.isdecimal() else sheet,
        **{name: options.get(name) for name in ("encoding", "delimiter", "table")},
    }
    return given | {name: value for name, value in found.items() if value is not None}


def _read_setting(setting: str) -> tuple[str, Any]:
    name, sign, text = setting.partition("=")
    if not sign or not name.isidentifier():
        what = f"{_LOAD} takes a name and a value, got {setting!r}"
        raise CallError(what, fix=f"write for instance {_LOAD} encoding=cp1252.")
    if name in _OF_THE_COMMAND:
        raise CallError(f"{_LOAD} does not take {name!r}", fix="leave it out.")
    if name == "name":  # a name may be a number
        return name, text
    if text in _WORDS:
        return name, _WORDS[text]
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def advised_option(fix: str | None) -> tuple[str, Any] | None:
    """Return the option of `load` that an error says to pass; None where it names none.

    Args:
        fix: What the error says is to be done.

    Examples:
        >>> advised_option("pass deduplicate_headers=True to have them numbered.")
        ('deduplicate_headers', True)
    """
    found = next((one for one in _OPTION.finditer(fix or "") if not one["call"]), None)
    return None if found is None else (found["name"], ast.literal_eval(found["value"]))


class SourceCommand(click.Command):
    """A command that reads a SOURCE: its errors tell of what was typed, not of the flow behind."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command.

        Raises:
            DataflowsException: As a step had it, in the words of the command line.
        """
        try:
            return super().invoke(ctx)
        except ProcessorError as error:
            if isinstance(error.cause, BrokenPipeError):
                raise
            raise without_steps(error, self.params) from error


def without_steps(
    error: ProcessorError, parameters: Sequence[click.Parameter]
) -> DataflowsException:
    """Return an error that does not tell of steps, where nobody has written any.

    Args:
        error: What went wrong in a step.
        parameters: What the command takes.
    """
    failed = _FAILED.match(error.what)
    what = error.what
    if failed is not None:
        source, what = failed["source"], uncapitalized(what[failed.end() :])
        named = source.strip("'")
        what = what if named in what else f"{named}: {what}"
    where = Place(resource=error.where.resource, row=error.where.row, field=error.where.field)
    fix = None if error.fix is None else in_options(error.fix, parameters)
    return DataflowsException(what, where=Place() if failed else where, fix=fix)


def uncapitalized(text: str) -> str:
    """Return a text that may follow a colon: a word begins small, an abbreviation as it is.

    Args:
        text: The text.

    Examples:
        >>> uncapitalized("Format is missing"), uncapitalized("HTTP failed"), uncapitalized("")
        ('format is missing', 'HTTP failed', '')
    """
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def in_options(fix: str, parameters: Sequence[click.Parameter]) -> str:
    """Return what is to be done, with options of the command for those of Python.

    Args:
        fix: What is to be done in Python.
        parameters: What the command takes.

    Examples:
        >>> from dataflows.cli.show import command
        >>> in_options("pass encoding='cp1252', or deduplicate_headers=True.", command.params)
        'pass --encoding cp1252, or --load deduplicate_headers=true.'
        >>> in_options("write load('sqlite:///a.db', table='name').", command.params)
        'write sqlite:///a.db --table name.'
        >>> from dataflows.cli.convert import command
        >>> in_options("keep it as text: set_type('n', type='string').", command.params)
        'keep it as text: --set-type n=string.'
    """
    # Of a command with a TARGET, the option for the format is that of the target.
    names = {one.name: one for one in parameters if one.name != "format"}
    names = {str(name).removeprefix("source_"): one for name, one in names.items()}

    def typed(found: re.Match[str]) -> str:
        if found["call"]:  # a step, which the command line has for types alone
            type_ = _TYPE.fullmatch(found["call"]) if "types" in names else None
            setting = "" if type_ is None else shlex.quote(f"{type_['field']}={type_['type']}")
            return f"--set-type {setting}" if setting else found["call"]
        name, value = found["name"], ast.literal_eval(found["value"])
        option = names.get(name)
        if isinstance(option, click.Option) and option.is_flag:
            return option.opts[0]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(option, click.Option):
            return f"{option.opts[0]} {shlex.quote(text)}"
        return f"{_LOAD} {shlex.quote(f'{name}={text}')}"

    plain = _CALL.sub(lambda one: f"{one['source']} {one['option'] or ''}".rstrip(), fix)
    return _OPTION.sub(typed, _PYTHON_ONLY.sub("", plain))
