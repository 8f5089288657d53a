"""`dataflows show`: the first rows of a source, its schema, and what its values are."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.asking import free_file
from dataflows.cli.completing import complete_file
from dataflows.cli.report import debug_option
from dataflows.cli.source_options import SourceCommand, load_options, source_options

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


@click.command("show", cls=SourceCommand, epilog=_EXAMPLES)
@click.argument("source", shell_complete=complete_file)
@click.option(
    "--rows",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="How many rows to show of each table.",
)
@click.option("--resource", metavar="NAME", help="Show only this table of several.")
@click.option(
    "--html",
    "page",
    metavar="FILE",
    type=click.Path(path_type=Path),
    shell_complete=complete_file,
    help="Write an HTML page: one file that needs no network.",
)
@click.option("--force", is_flag=True, help="Replace the FILE of --html.")
@click.option("--json", "as_json", is_flag=True, help="Print the same as JSON.")
@click.option(
    "--no-profile", is_flag=True, help="Leave out the statistics, and read only the rows shown."
)
@click.option(
    "--all",
    "whole",
    is_flag=True,
    help=f"Compute statistics of all rows, not only the first {_MOST_ROWS:,}.",
)
@source_options()
@debug_option
def command(source: str, **options: Any) -> None:
    """Show the first rows of SOURCE, and its fields with statistics of their values.

    SOURCE is what `load` takes: a file, an address on the web or of a database, a data package, a
    pattern such as 'data/*.csv', `-` for standard input. For each field you see its type, missing
    and distinct values, minimum, median, maximum and mean, the distribution, and the most frequent
    values. Nothing is written, except with --html.
    """
    from dataflows.cli.table_reports import table_reports

    target: Path | None = options["page"]
    if target is not None:
        free_file(target, "the page", forced=options["force"])
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


def _flow(source: str, options: dict[str, Any]) -> Flow:
    from dataflows import Flow, load
    from dataflows.cli.targets import Target, database_address, only_table
    from dataflows.on_error import ignore

    given = load_options(options)
    source = database_address(source)
    if "table" not in given and Target.is_database(source):
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
            "notes": report.notes,
            "schema": report.schema.descriptor,
            "rows": report.rows,
            "profile": list(report.profile.values()),
        }
        for report in reports
    ]
    print(json.dumps(json_value({"tables": found}), indent=2))
