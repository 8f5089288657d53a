"""`dataflows processors`: list the ready-made processors, search them, explain one."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import asdict
from itertools import groupby
from shutil import get_terminal_size
from typing import TYPE_CHECKING

import click

from dataflows.catalog import entries, group_summary, search
from dataflows.cli.completing import complete_processor
from dataflows.cli.printing import in_encoding, say
from dataflows.cli.report import debug_option
from dataflows.errors import DataflowsException, nearest
from dataflows.plugins import plugins_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.catalog import Entry

__all__ = ["command"]

_WIDEST = 80
_NARROWEST = 40
_HEADING, _NAME, _PLAIN, _CODE = "bold", "cyan", "", "green"
_OTHER_PLUGINS = {
    "formats": "what load and the dumpers take besides",
    "schemes": "where load can read besides",
}
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows processors                list all, group by group
  dataflows processors joins          list a group
  dataflows processors primary key    search for some words
  dataflows processors filter_rows    explain one
  dataflows processors --json load    the same, for a script
"""
_FACTS = ("schema", "rows", "memory")

Line = tuple[str, str, str]
"""What stands at the left of a line, how it looks, and the rest."""


@click.command("processors", epilog=_EXAMPLES)
@click.argument("word", nargs=-1, shell_complete=complete_processor)
@click.option("--json", "as_json", is_flag=True, help="Print all details as JSON.")
@debug_option
def command(word: tuple[str, ...], as_json: bool) -> None:
    """List the processors, including those of installed plugins.

    With the name of a processor as WORD, explain it; with the name of a group, list the group; with
    any other words, search for them and list the best matches first.
    """
    wanted = " ".join(word).strip()
    exact = wanted.replace("-", "_").replace(" ", "_").casefold()
    every = entries()
    named = [entry for entry in every if entry.name == exact][:1]
    group = [entry for entry in every if not wanted or entry.group in (exact, wanted)]
    found = named or group or search(wanted)
    if not found:
        what = f"no processor speaks of {wanted!r}"
        names = [entry.name for entry in every]
        raise DataflowsException(what, fix=nearest(exact, names, "processors"))
    if as_json:
        print(json.dumps([asdict(entry) for entry in found], ensure_ascii=True, indent=2))
    elif named:
        _show(_explained(named[0]))
    elif not group:
        _show(_listed(found))
    else:
        _show(_by_group(group))
        if not wanted:
            _show(_other_plugins())


def _by_group(found: list[Entry]) -> Iterator[Line]:
    widest = max(len(entry.name) for entry in found)
    for position, (group, members) in enumerate(groupby(found, lambda entry: entry.group)):
        if position:
            yield "", _PLAIN, ""
        summary = group_summary(group)
        title = group.replace("_", " ")
        first, *more = textwrap.wrap(f"{title} – {summary}" if summary else title, _width())
        yield title, _HEADING, first.removeprefix(title)
        for line in more:
            yield "", _PLAIN, line
        yield from _listed(list(members), widest)


def _other_plugins() -> Iterator[Line]:
    """Yield the formats and the schemes of plugins, under their kind."""
    for kind, what in _OTHER_PLUGINS.items():
        found = plugins_of(kind)
        if found:
            yield "", _PLAIN, ""
            yield f"{kind} of plugins", _HEADING, f" – {what}"
            yield from _table((one.name, f"from {one.distribution}") for one in found)


def _listed(found: Iterable[Entry], widest: int = 0) -> Iterator[Line]:
    return _table(((entry.name, entry.summary) for entry in found), widest)


def _explained(entry: Entry) -> Iterator[Line]:
    yield entry.name, _HEADING, ""
    yield from _paragraph(entry.summary)
    if entry.alias_of:
        yield from _paragraph(f"Another name for {entry.alias_of}.")
    yield "", _PLAIN, ""
    yield f"  {entry.import_line}", _CODE, ""
    yield "", _PLAIN, ""
    for line in entry.signature(_width() - 2).split("\n"):
        yield f"  {line}", _CODE, ""
    if entry.description:
        yield "", _PLAIN, ""
        for paragraph in entry.description.split("\n\n"):
            yield from _paragraph(paragraph)
    yield "", _PLAIN, ""
    yield from _table((fact.capitalize(), getattr(entry, fact)) for fact in _FACTS)
    for title, items in entry.lists.items():
        if items:
            yield from _section(title)
            yield from _table(items.items())
    if entry.examples:
        yield from _section("Example")
        for line in entry.examples.split("\n"):
            yield f"  {line}".rstrip(), _CODE if line[:3] in (">>>", "...") else _PLAIN, ""


def _section(title: str) -> Iterator[Line]:
    yield "", _PLAIN, ""
    yield title, _HEADING, ""


def _paragraph(text: str) -> Iterator[Line]:
    """Return a paragraph as lines of the right width; one with a shape of its own keeps that."""
    lines = text.split("\n")
    if not any(line.startswith((" ", "- ", "* ", "|")) for line in lines):
        lines = textwrap.wrap(_plain(text), _width())
    for line in lines:
        yield "", _PLAIN, line


def _table(pairs: Iterable[tuple[str, str]], widest: int = 0) -> Iterator[Line]:
    """Return names and what is said of them, in two columns."""
    listed = list(pairs)
    widest = widest or max(len(name) for name, _ in listed)
    room = _width() - widest - 4
    is_narrow = room < _NARROWEST // 2
    for name, text in listed:
        indent = 4 if is_narrow else widest + 4
        first, *more = textwrap.wrap(_plain(text), _width() - indent) or [""]
        if is_narrow:
            for part in textwrap.wrap(name, _width() - 2):
                yield f"  {part}", _NAME, ""
            yield "", _PLAIN, f"{' ' * indent}{first}"
        else:
            yield f"  {name}", _NAME, f"{' ' * (widest - len(name) + 2)}{first}"
        for part in more:
            yield "", _PLAIN, f"{' ' * indent}{part}"


def _plain(text: str) -> str:
    return text.replace("``", "`")


def _width() -> int:
    return min(max(get_terminal_size().columns, _NARROWEST), _WIDEST)


def _show(lines: Iterable[Line]) -> None:
    """Print lines, in colour where a terminal shows them."""
    if not sys.stdout.isatty():
        for left, _, rest in lines:
            say(f"{left}{rest}".rstrip())
        return
    from rich.console import Console
    from rich.text import Text

    console = Console()
    for left, look, rest in lines:
        shown, more = (in_encoding(part, console.encoding) for part in (left, rest))
        console.print(Text.assemble((shown, look), more), soft_wrap=True)
