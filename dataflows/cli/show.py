"""`dataflows show`: the first rows of a source, its schema, and what its values are."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.completing import complete_file
from dataflows.cli.report import CallError, debug_option

if TYPE_CHECKING:
    from dataflows.flow import Flow
    from dataflows.showing.table_report import TableReport

__all__ = ["command"]

_STANDARD = "-"
_MOST_ROWS = 100_000
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows show cities.csv
  dataflows show cities.csv --rows 3 --no-profile
  dataflows show package/datapackage.json --resource cities
  dataflows show cities.csv --html cities.html
  dataflows show cities.csv --json
"""


@click.command("show", epilog=_EXAMPLES)
@click.argument("source", shell_complete=complete_file)
@click.option(
    "--rows",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="How many rows to show of each table.",
)
@click.option("--resource", metavar="NAME", help="Show only this one of several tables.")
@click.option(
    "--html",
    "page",
    metavar="FILE",
    shell_complete=complete_file,
    help="Write a page of HTML: one file, no network.",
)
@click.option("--force", is_flag=True, help="Replace the FILE of --html.")
@click.option("--json", "as_json", is_flag=True, help="Print what there is to see as JSON.")
@click.option("--no-profile", is_flag=True, help="Read no more rows than are shown.")
@click.option(
    "--all",
    "whole",
    is_flag=True,
    help=f"Look at the values of all rows, not only the first {_MOST_ROWS:,}.",
)
@click.option("--format", "format", metavar="FORMAT", help="The format of SOURCE.")
@click.option("--encoding", help="The encoding of a text file.")
@click.option("--delimiter", metavar="CHARACTER", help="What stands between the cells of CSV.")
@click.option("--sheet", help="The sheet of an Excel file: its name, or its number from 1.")
@click.option("--table", help="The table, where SOURCE is a database.")
@debug_option
def command(source: str, **options: Any) -> None:
    """Show the first rows of SOURCE, its fields, and what their values are.

    SOURCE is what `load` takes: a file, an address on the web or of a database, a data package, a
    pattern such as 'data/*.csv', `-` for standard input. Of each field there are the type, the
    missing and the distinct values, the least, the middle and the greatest, how they lie between
    these, and the most frequent ones. Nothing is written but the page of --html.
    """
    from dataflows.cli.table_reports import table_reports

    target = _free_file(options["page"], forced=options["force"])
    reports = table_reports(
        _flow(source, options),
        resource=options["resource"],
        rows=options["rows"],
        most=None if options["whole"] else _MOST_ROWS,
        profiles=not options["no_profile"],
    )
    if target is not None:
        from dataflows.showing.page import page

        target.write_text(page(_title(source), reports), encoding="utf-8")
        click.echo(f"wrote {target}", err=True)
    if options["as_json"]:
        _print_json(reports)
    elif target is None:
        _print(reports)


def _free_file(given: str | None, *, forced: bool) -> Path | None:
    """Return the file of a page, before anything is read for it.

    Raises:
        CallError: It is there already, or cannot be written.
    """
    if given is None:
        return None
    path = Path(given)
    if not path.parent.is_dir():
        what = f"there is no folder {str(path.parent)!r} for the page"
        raise CallError(what, fix="make it first, or name another.")
    if path.is_dir():
        raise CallError(f"{given!r} is a folder", fix="name a file: --html page.html.")
    if path.exists() and not forced:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise CallError(f"{given} is there already", fix="add --force to replace it.")
        if not click.confirm(f"{given} is there already. Replace it?", err=True):
            click.echo("nothing was written", err=True)
            raise SystemExit(1)
    return path


def _flow(source: str, options: dict[str, Any]) -> Flow:
    from dataflows import Flow, load
    from dataflows.cli.targets import Target, only_table
    from dataflows.on_error import ignore

    given = {name: options[name] for name in ("format", "encoding", "delimiter") if options[name]}
    sheet = options["sheet"]
    if sheet is not None:
        given["sheet"] = int(sheet) if sheet.isdecimal() else sheet
    if options["table"]:
        given["table"] = options["table"]
    elif Target.is_database(source):
        given["table"] = only_table(source)
    # What does not fit is counted among the fields, and no reason to show nothing.
    return Flow(load(source, on_error=ignore, **given))


def _title(source: str) -> str:
    from dataflows.processors.loaders.masking import masked_source

    return "Standard input" if source == _STANDARD else str(masked_source(source))


def _print(reports: list[TableReport]) -> None:
    from dataflows.showing.paper import Line, Paper

    paper = Paper.of(sys.stdout)
    lines: list[Line] = []
    for report in reports:
        lines += [[], []] if lines else []
        lines += report.lines(paper)
        if report.profile and not report.is_whole:
            lines.append([("There are more rows: --all looks at all of them.", "dim")])
    sys.stdout.write(paper.text(lines))


def _print_json(reports: list[TableReport]) -> None:
    from dataflows.cli.table_reports import json_value

    found = [
        {
            "name": report.name,
            "rows_seen": report.seen,
            "is_whole": report.is_whole,
            "schema": report.schema.descriptor,
            "rows": report.rows,
            "profile": list(report.profile.values()),
        }
        for report in reports
    ]
    print(json.dumps(json_value({"tables": found}), indent=2))
