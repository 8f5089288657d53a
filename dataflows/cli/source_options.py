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
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "SourceCommand",
    "advised_option",
    "in_options",
    "load_option",
    "load_options",
    "source_options",
]

_LOAD = "--load"
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
        CallError: One of `--load` is no name with a value.

    Examples:
        >>> load_options({"sheet": "2", "encoding": None, "load_settings": ("headers=3",)})
        {'headers': 3, 'sheet': 2}
    """
    given = read_settings(options["load_settings"])
    sheet = options.get("sheet")
    found = {
        "format": options.get("source_format"),
        "sheet": int(sheet) if sheet is not None and sheet.isdecimal() else sheet,
        **{name: options.get(name) for name in ("encoding", "delimiter", "table")},
    }
    return given | {name: value for name, value in found.items() if value is not None}


def read_settings(settings: Iterable[str]) -> dict[str, Any]:
    """Return the options of `load` that `--load` gives.

    Args:
        settings: Each a name and a value.

    Raises:
        CallError: One is not.

    Examples:
        >>> read_settings(["property=data.items", "deduplicate_headers=true", "skip_rows=[2]"])
        {'property': 'data.items', 'deduplicate_headers': True, 'skip_rows': [2]}
    """
    return dict(map(_read_setting, settings))


def _read_setting(setting: str) -> tuple[str, Any]:
    name, sign, text = setting.partition("=")
    if not sign or not name.isidentifier():
        what = f"{_LOAD} takes a name and a value, got {setting!r}"
        raise CallError(what, fix=f"write for instance {_LOAD} encoding=cp1252.")
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
            raise _plain(error, self.params) from error


def _plain(error: ProcessorError, parameters: Sequence[click.Parameter]) -> DataflowsException:
    """Return an error without the steps, which nobody has written."""
    failed = _FAILED.match(error.what)
    what = error.what
    if failed is not None:
        source, what = failed["source"], what[failed.end() :]
        what = what[0].lower() + what[1:]
        named = source.strip("'")
        what = what if named in what else f"{named}: {what}"
    where = Place(resource=error.where.resource, row=error.where.row, field=error.where.field)
    fix = None if error.fix is None else in_options(error.fix, parameters)
    return DataflowsException(what, where=Place() if failed else where, fix=fix)


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
