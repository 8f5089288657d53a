"""`dataflows convert`: any format or database to any other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from dataflows.accounts import told_note
from dataflows.cli.asking import ask_to_replace
from dataflows.cli.completing import complete_file, complete_written_format
from dataflows.cli.report import CallError, debug_option
from dataflows.cli.source_options import SourceCommand, load_options, source_options
from dataflows.cli.targets import Target, database_address, only_table, read_target
from dataflows.wording import counted

if TYPE_CHECKING:
    from dataflows.result import Result

__all__ = ["command"]

_STANDARD = "-"
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows convert cities.csv cities.parquet
  dataflows convert cities.csv cities.xlsx --set-type id=string --force
  dataflows convert cities.csv sqlite:///world.db --table cities --merge id
  dataflows convert sqlite:///world.db cities.json --table cities --limit 10
  dataflows convert cities.csv cities/
  dataflows convert cities.parquet - --format ndjson
"""


@click.command("convert", cls=SourceCommand, epilog=_EXAMPLES)
@click.argument("source", shell_complete=complete_file)
@click.argument("target", shell_complete=complete_file)
@source_options(format="--from")
@click.option(
    "--format",
    "format",
    metavar="FORMAT",
    shell_complete=complete_written_format,
    help="The format of TARGET.",
)
@click.option("--resource", help="Which one of several tables, for example of a data package.")
@click.option(
    "--merge",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Update rows that have the same value in this field, insert the others; may be repeated.",
)
@click.option(
    "--delete-missing",
    is_flag=True,
    help="With --merge: delete rows with keys that SOURCE does not have.",
)
@click.option(
    "--add-columns", is_flag=True, help="With --merge: add the columns that the table lacks."
)
@click.option(
    "--set-type",
    "types",
    multiple=True,
    metavar="FIELD=TYPE",
    help="Set the type of a field; may be repeated.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Convert only the first rows.")
@click.option("--force", is_flag=True, help="Replace an existing TARGET.")
@debug_option
def command(source: str, target: str, **options: Any) -> None:
    """Convert SOURCE to TARGET, between any two formats or databases.

    SOURCE is what `load` takes: a file, an address on the web or of a database, a data package,
    `-` for standard input. TARGET is a file with an extension that says its format (csv, tsv, json,
    ndjson, xlsx, parquet, arrow, feather, geojson; .gz or .zst may follow); a folder, ending in /,
    or a .zip, for a data package; the address of a database; s3://bucket/prefix/; or `-` for
    standard output. An old TARGET stays until the new one is complete.
    """
    source = database_address(source)
    wanted = read_target(
        target, options["format"], table=options["table"], keys=options["keys"], source=source
    )
    for option in ("delete_missing", "add_columns"):
        if options[option] and not options["keys"]:
            shown = f"--{option.replace('_', '-')}"
            raise CallError(f"{shown} is for --merge", fix="add --merge KEY.")
    loader, names = _loader(source, wanted, options)
    steps = [loader, *_types(options["types"])]
    wanted.name_tables(names, deletes=options["delete_missing"])
    _allow(wanted, forced=options["force"])
    result = _run(
        [*steps, wanted.dumper(options["resource"], adds_columns=options["add_columns"])], wanted
    )
    click.echo(_account(result, wanted.shown), err=True)


def _loader(source: str, target: Target, options: dict[str, Any]) -> tuple[Any, list[str]]:
    """Return what loads the source, and the names of its tables where the target asks for them."""
    from dataflows import Flow, load

    given = load_options(options)
    if options["limit"] is not None:
        given["limit_rows"] = options["limit"]
    if Target.is_database(source):
        given["table"] = options["table"] or only_table(source)
    else:
        given.pop("table", None)  # that of the target
    if options["resource"] is not None and source.rpartition("/")[2] == "datapackage.json":
        given["resources"] = options["resource"]
    if target.kind != "database":
        return load(source, **given), []
    if source == _STANDARD:
        name = options["table"] or "stdin"
        return load(source, name=name, **given), [name]
    names = Flow(load(source, **given)).check().package.resource_names
    if options["resource"] is not None:
        names = [name for name in names if name == options["resource"]] or [options["resource"]]
    return load(source, **given), names


def _types(given: tuple[str, ...]) -> list[Any]:
    from dataflows import set_type

    steps = []
    for setting in given:
        name, sign, kind = setting.rpartition("=")
        if not sign or not name or not kind:
            what = f"--set-type takes a field and a type, got {setting!r}"
            raise CallError(what, fix="write for instance --set-type id=string.")
        steps.append(set_type(name, type=kind))
    return steps


def _allow(target: Target, *, forced: bool) -> None:
    """See that nothing is replaced that nobody spoke of.

    Raises:
        CallError: Something stands there, and nobody can be asked.
        SystemExit: Somebody was asked, and does not want it.
    """
    standing = None if forced or target.keys else target.standing()
    if standing is not None:
        ask_to_replace(f"{standing} is there already")


def _run(steps: list[Any], target: Target) -> Result:
    from dataflows import Flow
    from dataflows.errors import ProcessorError

    try:
        return Flow(*steps).run()
    except ProcessorError as error:
        if isinstance(error.cause, BrokenPipeError):
            # Nobody reads on, as in `| head`; nor would what Python flushes at its end be read.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise error.cause from None
        if target.kind in ("file", "stream") and "resources for one file" in error.what:
            names = error.what.partition(": ")[2]
            first = names.partition(", ")[0]
            what = f"there are several tables in the source: {names}"
            raise CallError(
                what, fix=f"choose one: --resource {first}; or write all into a folder/."
            ) from None
        raise


def _account(result: Result, shown: str) -> str:
    """Return what was written, and what had to be mended, in a line."""
    rows = int(result.stats["count_of_rows"])
    parts = [f"{counted(rows, 'row')} written to {shown}"]
    for account in result.accounts:
        parts += [told_note(note, count) for note, count in account.notes.items()]
    return "; ".join(parts)
