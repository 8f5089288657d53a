"""The questions of `dataflows init`, where there is a terminal and no SOURCE."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from dataflows.cli.init.outputs import OUTPUTS, output_step
from dataflows.cli.init.plan import Plan, Request
from dataflows.cli.init.processing import ACTIONS, action_step, check_steps
from dataflows.cli.init.reading import look_through
from dataflows.cli.init.script import Script, Step, write_script
from dataflows.cli.init.shown import show_findings, show_table
from dataflows.cli.init.sources import Loading, find_loadings
from dataflows.cli.init.steps import load_steps, table_names
from dataflows.cli.report import CallError
from dataflows.cli.source_options import without_steps
from dataflows.errors import DataflowsException, ProcessorError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from dataflows.cli.init.steps import Found

    Answer = TypeVar("Answer")

__all__ = ["ask_for_plan"]

_SUMMARY = "Load {}, work on its rows, and write them out."
_OPTIONS = {
    "format": "Format (csv, tsv, json, ndjson, xlsx, xml, html, parquet …)",
    "encoding": "Encoding (utf-8, cp1252, latin-1, utf-16 …)",
    "delimiter": "Delimiter",
    "headers": "Row of the header",
}


def ask_for_plan() -> Plan:
    """Ask where the data is, what is to happen to it, and where it is to go.

    Raises:
        click.Abort: The person wants no more of it; nothing has been written.
    """
    source, found = _until_right(_ask_for_source)
    name = _ask("A name for the script", Request(source).slug)
    request = Request(source, name=name)
    steps = load_steps(found, request.slug)
    steps += _ask_for_steps(found, steps)
    steps.append(Step("update_package", (), {"name": request.slug, "title": request.title}))
    outputs = _until_right(lambda: _ask_for_outputs(request, found))
    steps += [step for step, _ in outputs]
    text = write_script(request.script.name, source, steps, Script(_SUMMARY))
    runs = click.confirm("Run it now?", default=True, err=True)
    places = tuple(place for _, place in outputs if place is not None)
    return Plan(request.script, text, places, steps, found, runs=runs)


def _ask(question: str, default: str = "") -> str:
    answer: str = click.prompt(question, default=default, show_default=bool(default), err=True)
    return answer.strip()


def _until_right(asking: Callable[[], Answer]) -> Answer:
    """Ask until the answer is one that can be worked with."""
    while True:
        try:
            return asking()
        except ProcessorError as error:
            told = without_steps(error, click.get_current_context().command.params)
            click.echo(f"error: {told}", err=True)
        except DataflowsException as error:
            click.echo(f"error: {error}", err=True)


def _ask_for_source() -> tuple[str, list[Found]]:
    question = "Where is the data (a file, a folder, an address, a database)"
    source = click.prompt(question, err=True).strip()
    Request(source)  # refuses what a script should not hold
    found = [look_through(loading) for loading in find_loadings(source)]
    found = _chosen(found)
    while True:
        _show(source, found)
        if len(found) > 1 or click.confirm("Is it read as it should be?", default=True, err=True):
            return source, found
        options = _ask_for_options(found[0][0].options)
        other = Loading(found[0][0].source, options)
        found = [_until_right(partial(look_through, other))]


def _chosen(found: list[Found]) -> list[Found]:
    """Return the tables that are wanted, where a database or a workbook has several."""
    named = {str(loading.options["name"]): loading for loading, _ in found if loading.options}
    if len(found) < 2 or len(named) < len(found):
        return found

    def ask() -> list[Found]:
        click.echo(f"There are {len(found)} tables: {', '.join(named)}", err=True)
        wanted = [
            one.strip() for one in _ask("Which of them (with commas), or all", "all").split(",")
        ]
        if wanted == ["all"]:
            return found
        for one in wanted:
            if one not in named:
                raise CallError(f"no table named {one!r}", fix=nearest(one, named, "tables"))
        return [one for one in found if one[0].options["name"] in wanted]

    return _until_right(ask)


def _show(source: str, found: Sequence[Found]) -> None:
    steps = load_steps(found, "data")
    if found[0][1]:
        show_table(source, found[0][1][0], steps)
    show_findings(steps)


def _ask_for_options(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of `load` that say how a file is read."""
    click.echo("How is it written? Enter leaves it to be found out.", err=True)
    options = {name: value for name, value in given.items() if name not in _OPTIONS}
    for name, question in _OPTIONS.items():
        answer = _ask(question, str(given.get(name, "")))
        if answer:
            answer = {"tab": "\t", "\\t": "\t", "blank": " "}.get(answer, answer)
            options[name] = int(answer) if answer.isdecimal() else answer
    return options


def _ask_for_steps(found: Sequence[Found], before: Sequence[Step]) -> list[Step]:
    """Return the steps that work on the rows; each is checked as it is named."""
    steps: list[Step] = []
    click.echo("What is to happen to the rows?", err=True)
    for name, action in ACTIONS.items():
        click.echo(f"  {name:8}{action.summary}", err=True)

    def ask() -> Step | None:
        answer = _ask("One of these, or Enter to go on")
        if not answer:
            return None
        if answer not in ACTIONS:
            raise CallError(f"no {answer!r} here", fix=nearest(answer, ACTIONS, "answers"))
        names = check_steps(found, [*before, *steps])
        step = action_step(answer, _ask(ACTIONS[answer].question), names)
        check_steps(found, [*before, *steps, step])
        return step

    while (step := _until_right(ask)) is not None:
        steps.append(step)
    return steps


def _ask_for_outputs(request: Request, found: Sequence[Found]) -> list[tuple[Step, str | None]]:
    """Return the steps that write, each with the place to which it does."""
    click.echo(f"Where are they to go? {', '.join(OUTPUTS)}", err=True)
    wanted = [one.strip() for one in _ask("One or more of these, with commas", "csv").split(",")]
    for one in wanted:
        if one not in OUTPUTS:
            raise CallError(f"no output named {one!r}", fix=nearest(one, OUTPUTS, "outputs"))
    several = sum(len(looks) for _, looks in found) > 1
    tables = [name for own in table_names(found, request.slug) for name in own]
    outputs = []
    for one in wanted:
        place = None
        if OUTPUTS[one].question:
            default = OUTPUTS[one].default(request, several=several)
            place = _ask(OUTPUTS[one].question, default)
        outputs.append((output_step(one, place, tables), place))
    return outputs
