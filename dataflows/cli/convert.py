"""`dataflows convert`: any format or database to any other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.completing import complete_file, complete_written_format
from dataflows.cli.report import CallError, debug_option
from dataflows.cli.targets import Target, only_table, read_target
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


@click.command("convert", epilog=_EXAMPLES)
@click.argument("source", shell_complete=complete_file)
@click.argument("target", shell_complete=complete_file)
@click.option("--from", "source_format", metavar="FORMAT", help="The format of SOURCE.")
@click.option(
    "--format",
    "format",
    metavar="FORMAT",
    shell_complete=complete_written_format,
    help="The format of TARGET.",
)
@click.option("--table", help="The table of a database; where both are, that of both.")
@click.option("--sheet", help="The sheet of an Excel file: its name, or its number from 1.")
@click.option("--resource", help="Which table of several, as of a data package.")
@click.option(
    "--merge",
    "keys",
    multiple=True,
    metavar="KEY",
    help="Update the rows of the table with this field as their key, insert the others; "
    "may be repeated.",
)
@click.option(
    "--delete-missing", is_flag=True, help="With --merge: delete the rows whose keys do not come."
)
@click.option(
    "--set-type",
    "types",
    multiple=True,
    metavar="FIELD=TYPE",
    help="Give a field a type of its own; may be repeated.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Take the first rows only.")
@click.option("--force", is_flag=True, help="Replace what stands at TARGET.")
@debug_option
def command(source: str, target: str, **options: Any) -> None:
    """Convert SOURCE to TARGET, of whatever format each is.

    SOURCE is what `load` takes: a file, an address on the web or of a database, a data package,
    `-` for standard input. TARGET is a file, whose ending tells the format (csv, tsv, json, ndjson,
    xlsx, parquet, arrow, feather, geojson; also with .gz or .zst behind it); a folder, with / at
    its end, or a .zip, for a data package; the address of a database; s3://bucket/prefix/; or `-`
    for standard output. What stands there stays until the new is whole.
    """
    wanted = read_target(
        target, options["format"], table=options["table"], keys=options["keys"], source=source
    )
    if options["delete_missing"] and not options["keys"]:
        raise CallError("--delete-missing is for --merge", fix="add --merge KEY.")
    loader, names = _loader(source, wanted, options)
    steps = [loader, *_types(options["types"])]
    wanted.name_tables(names, deletes=options["delete_missing"])
    _allow(wanted, forced=options["force"])
    result = _run([*steps, wanted.dumper(options["resource"])], wanted)
    click.echo(_account(result, wanted.shown), err=True)


def _loader(source: str, target: Target, options: dict[str, Any]) -> tuple[Any, list[str]]:
    """Return what loads the source, and the names of its tables where the target asks for them."""
    from dataflows import Flow, load

    given: dict[str, Any] = {"limit_rows": options["limit"]}
    sheet = options["sheet"]
    if sheet is not None:
        given["sheet"] = int(sheet) if sheet.isdecimal() else sheet
    if options["source_format"]:
        given["format"] = options["source_format"]
    if Target.is_database(source):
        given["table"] = options["table"] or only_table(source)
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
    if standing is None:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CallError(f"{standing} is there already", fix="add --force to replace it.")
    if not click.confirm(f"{standing} is there already. Replace it?", err=True):
        click.echo("nothing was written", err=True)
        raise SystemExit(1)


def _run(steps: list[Any], target: Target) -> Result:
    from dataflows import Flow
    from dataflows.errors import FlowError, ProcessorError

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
        if isinstance(error.cause, FlowError):
            raise error.cause from None
        raise


def _account(result: Result, shown: str) -> str:
    """Return what was written, and what had to be mended, in a line."""
    rows = int(result.stats["count_of_rows"])
    parts = [f"{counted(rows, 'row')} written to {shown}"]
    for account in result.accounts:
        parts += [f"{count:,} {note}" for note, count in account.notes.items()]
    return "; ".join(parts)
