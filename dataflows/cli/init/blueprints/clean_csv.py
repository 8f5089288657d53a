"""The blueprint `clean-csv`: from a table as it is found to one that is fit for use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dataflows.cli.init.addresses import name_of
from dataflows.cli.init.evidence import repeated_rows
from dataflows.cli.init.plan import Plan
from dataflows.cli.init.script import Script, Step, write_script
from dataflows.cli.init.steps import load_steps
from dataflows.cli.init.wording import shown_name
from dataflows.cli.report import CallError
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.cli.init.look import Look
    from dataflows.cli.init.plan import Request

__all__ = ["plain_names", "plan"]

_SUMMARY = "Clean {}: plain names, types, no repeated rows; what does not fit goes to the rejects."


def plan(request: Request) -> Plan:
    """Return the script that cleans a table.

    Args:
        request: What was asked for.

    Raises:
        CallError: There are several tables.
    """
    found = request.look()
    if len(found) != 1 or len(found[0][1]) != 1:
        raise CallError(
            "clean-csv is for one table, and there are several in the source",
            fix="name one of them, or take the blueprint merge-files.",
        )
    look = found[0][1][0]
    output = request.place()
    typed = load_steps(found, request.slug)
    # The key comes last: no step after it may change the rows that it tells apart.
    keys = [step for step in typed if step.name == "set_primary_key"]
    empty = _empty_fields(look)
    steps = [
        *(_not_done(step) for step in typed if step.name != "set_primary_key"),
        *_without_empty(look, empty),
        _without_repeated(look, request.slug),
        *keys,
        *_renamed([name for name in look.names if name not in empty]),
        Step("update_package", (), {"name": request.slug, "title": request.title}),
        Step(
            "dump_to_path",
            (output,),
            {},
            ("CSV in UTF-8, beside a description of its fields; bad rows in a table of their own",),
        ),
    ]
    text = write_script(request.script.name, request.source, steps, Script(_SUMMARY))
    return Plan(request.script, text, (output,), steps, found)


def _not_done(step: Step) -> Step:
    """Return a step without the notes that steps further on answer."""
    notes = [
        note
        for note in step.comments
        if 'deduplicate(key="*")' not in note and " is empty in all " not in note
    ]
    return replace(step, comments=tuple(notes))


def _empty_fields(look: Look) -> list[str]:
    if not look.is_whole or not look.rows:
        return []
    missing = {None, *look.missing_values}
    empty = [
        name
        for name, values in zip(look.names, look.columns, strict=True)
        if all(isinstance(value, (str, type(None))) and value in missing for value in values)
    ]
    return [] if len(empty) == len(look.names) else empty


def _without_empty(look: Look, empty: list[str]) -> list[Step]:
    if not empty:
        return []
    told = f"{counted(len(empty), 'field')} without any value in {counted(look.rows, 'row')}"
    return [Step("delete_fields", (empty,), {"regex": False}, (told,))]


def _without_repeated(look: Look, name: str) -> Step:
    told = repeated_rows(look) or f"no row repeats another among the {look.rows:,} looked at"
    return Step("deduplicate", (name,), {"key": "*"}, (told,))


def _renamed(fields: list[str]) -> list[Step]:
    names = plain_names(fields)
    if not names:
        return []
    first = next(iter(names))
    count = counted(len(names), "name")
    told = f"{count} with blanks, capitals or signs, such as {shown_name(first)}"
    return [Step("rename_fields", (names,), {"regex": False}, (told,))]


def plain_names(names: Sequence[str]) -> dict[str, Any]:
    """Return a plain name for each name that is not: small letters, digits and underscores.

    Args:
        names: The names of the fields of a table.

    Examples:
        >>> plain_names(["id", "Total (EUR)", "total eur"])
        {'Total (EUR)': 'total_eur', 'total eur': 'total_eur_2'}
    """
    taken = {name for name in names if name_of(name) == name}
    plain: dict[str, Any] = {}
    for place, name in enumerate(names, 1):
        if name in taken:
            continue
        base = name_of(name) or f"field_{place}"
        unique, number = base, 2
        while unique in taken:
            unique, number = f"{base}_{number}", number + 1
        taken.add(unique)
        plain[name] = unique
    return plain
