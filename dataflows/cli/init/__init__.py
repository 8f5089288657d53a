"""`dataflows init`: look at data, write a flow for it, and run that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataflows.cli.completing import complete_blueprint, complete_file
from dataflows.cli.report import CallError, debug_option, wants_debug
from dataflows.cli.source_options import SourceCommand, load_option, load_options

if TYPE_CHECKING:
    from dataflows.cli.init.plan import Plan

__all__ = ["command"]

_HELLO = "hello-world"
# `\b` keeps click from joining the lines.
_EXAMPLES = """\b
Examples:
  dataflows init hello-world
  dataflows init cities.csv
  dataflows init cities.csv --no-run --force
  dataflows init cities.csv --blueprint clean-csv --name cities_clean
  dataflows init --list-blueprints
"""


def _list_blueprints(context: click.Context, _: click.Parameter, is_on: bool) -> None:
    if not is_on or context.resilient_parsing:
        return
    from dataflows.cli.init.blueprints import BLUEPRINTS

    for blueprint in BLUEPRINTS.values():
        click.echo(f"{blueprint.name}\n  {blueprint.summary}\n  {blueprint.example}")
    context.exit()


@click.command("init", cls=SourceCommand, epilog=_EXAMPLES)
@click.argument("source", required=False, shell_complete=complete_file)
@click.option("--table", help="Use only this table of a database, or sheet of a workbook.")
@click.option(
    "--blueprint",
    metavar="NAME",
    shell_complete=complete_blueprint,
    help="Write a script for a standard task.",
)
@click.option(
    "--list-blueprints",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_blueprints,
    help="List the standard tasks, each with an example.",
)
@load_option
@click.option("--name", help="The name of the script and its output; by default that of SOURCE.")
@click.option("--output", metavar="FOLDER", help="Where the script writes its output.")
@click.option("--no-run", is_flag=True, help="Write the script, but do not run it.")
@click.option("--force", is_flag=True, help="Overwrite existing files without asking.")
@debug_option
@click.pass_context
def command(
    context: click.Context,
    source: str | None,
    table: str | None,
    blueprint: str | None,
    load_settings: tuple[str, ...],
    name: str | None,
    output: str | None,
    no_run: bool,
    force: bool,
) -> None:
    """Look at SOURCE, write a flow for it into the current folder, and run it.

    SOURCE is a file, a folder, a pattern, a workbook, a data package, the address of a web page, of
    S3 or of a database, or env://NAME for an address in an environment variable. `hello-world`
    writes an example that needs no data. Without SOURCE, on a terminal, it asks what to do.
    """
    if source == _HELLO and blueprint is None:
        plan = _hello_world()
    elif source is None:
        plan = _asked(blueprint)
    else:
        from dataflows.cli.init.plan import Request, plan_source

        options = load_options({"load_settings": load_settings})
        request = Request(source, table, name, output, options)
        if blueprint is None:
            plan = plan_source(request)
        else:
            from dataflows.cli.init.blueprints import blueprint_named

            plan = blueprint_named(blueprint).plan(request)
    _carry_out(plan, source, runs=not no_run, force=force, debug=wants_debug(context))


def _hello_world() -> Plan:
    from dataflows.cli.init.plan import Plan

    text = Path(__file__).with_name("hello_world.py").read_text(encoding="utf-8")
    return Plan(Path("hello_world.py"), text, ("hello_world", "hello_world_large.xlsx"))


def _asked(blueprint: str | None) -> Plan:
    """Return what a person on a terminal answers."""
    from dataflows.cli.asking import is_asked

    if blueprint is not None:
        what = "a blueprint is for data, and there is no SOURCE"
        raise CallError(what, fix=f"write dataflows init SOURCE --blueprint {blueprint}.")
    if not is_asked():
        what = "there is no SOURCE, and no terminal on which to ask for one"
        raise CallError(what, fix=f"write dataflows init SOURCE, or dataflows init {_HELLO}.")
    from dataflows.cli.init.questions import ask_for_plan

    try:
        return ask_for_plan()
    except click.Abort:
        click.echo(err=True)
        raise KeyboardInterrupt from None


def _carry_out(plan: Plan, source: str | None, *, runs: bool, force: bool, debug: bool) -> None:
    """Show what was seen, write the script, and run it."""
    from dataflows.cli.init.files import may_write_to, run_script, save_script

    if plan.found and source is not None:
        from dataflows.cli.init.shown import show_findings, show_table

        looks = plan.found[0][1]
        if looks:
            show_table(source, looks[0], plan.steps)
        show_findings(plan.steps)
    wanted = [may_write_to(output, plan.script, force=force) for output in plan.outputs]
    is_new = save_script(plan.script, plan.text, force=force)
    click.echo(f"wrote {plan.script}" if is_new else f"{plan.script} is as it should be")
    if plan.advice:
        click.echo(plan.advice)
    if not runs or not plan.runs or plan.advice:
        return
    options = [*(["--debug"] if debug else []), *(["--force"] if force or any(wanted) else [])]
    print()
    run_script(plan.script, *options)
    if source == _HELLO:
        from dataflows.cli.init.shown import show_output

        show_output(Path(plan.outputs[0]))
