"""The blueprint `merge-files`: several files into one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.cli.init.addresses import name_of
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

__all__ = ["plan", "same_fields"]

_FEWEST_TABLES = 2
_MOST_SHOWN = 5


def plan(request: Request) -> Plan:
    """Return the script that makes one table of several.

    Args:
        request: What was asked for.

    Raises:
        CallError: There is one table only.
    """
    found = request.look()
    looks = [look for _, some in found for look in some]
    if len(looks) < _FEWEST_TABLES:
        raise CallError(
            "merge-files is for several tables, and there is one in the source",
            fix="name a folder, a workbook, or a pattern in quotes, such as 'data/*.csv'.",
        )
    output = request.place()
    loads = load_steps(found, request.slug)
    fields, notes = same_fields(looks)
    target = {"name": request.slug, "path": f"{request.slug}.csv"}
    steps = [
        *_as_texts(loads, looks, fields),
        Step("concatenate", (fields, target), {}, tuple(notes)),
        Step("update_package", (), {"name": request.slug, "title": request.title}),
        Step("dump_to_path", (output,)),
    ]
    rest = Script("Make one table of {}, with the types of its fields, and write it out.")
    text = write_script(request.script.name, request.source, steps, rest)
    return Plan(request.script, text, (output,), steps, found)


def _as_texts(loads: list[Step], looks: Sequence[Look], fields: dict[str, list[str]]) -> list[Step]:
    """Return the steps, with one that makes texts of fields whose types do not go together."""
    # A key of each file is no key of all of them.
    steps = [
        Step(step.name, step.arguments, step.options, tuple(filter(_still_holds, step.comments)))
        for step in loads
        if step.name != "set_primary_key"
    ]
    for name, others in fields.items():
        types: dict[str, str] = {}
        for look in looks:
            for one in look.inferences:
                if one.descriptor["name"] in (name, *others) and one.seen:
                    types.setdefault(str(one.descriptor["type"]), look.resource)
        if len(types) > 1 and not types.keys() <= {"integer", "number"}:
            told = ", ".join(f"{type_} in {place!r}" for type_, place in types.items())
            steps += [
                Step(
                    "set_type",
                    (one,),
                    {"type": "string", "regex": False, "resources": None},
                    (f"{shown_name(one)} is of several types: {told}",),
                )
                for one in (name, *others)
            ]
    return steps


def _still_holds(note: str) -> bool:
    return "merge-files" not in note and "set_primary_key" not in note


def same_fields(looks: Sequence[Look]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the fields of the one table, each with its other names, and what was seen.

    Names are of one field where they are equal but for capitals, blanks and signs.

    Args:
        looks: The tables.
    """
    places: dict[str, set[str]] = {}
    fields: dict[str, list[str]] = {}
    known: dict[str, str] = {}
    for look in looks:
        for name in look.names:
            plain = name_of(name) or name
            first = known.setdefault(plain, name)
            # Two such names in one table are two fields.
            if name != first and {name, first} <= set(look.names):
                first = known.setdefault(name, name)
            others = fields.setdefault(first, [])
            if name != first and name not in others:
                others.append(name)
            places.setdefault(first, set()).add(look.resource)
    notes = [f"{counted(len(looks), 'table')} with {counted(len(fields), 'field')} in all"]
    notes += [
        f"{shown_name(first)} is also {', '.join(map(shown_name, others))}"
        for first, others in fields.items()
        if others
    ]
    lacking: dict[str, Any] = {
        first: len(looks) - len(found) for first, found in places.items() if len(found) < len(looks)
    }
    notes += [
        f"{shown_name(first)} is missing in {counted(count, 'table')}"
        for first, count in [*lacking.items()][:_MOST_SHOWN]
    ]
    return fields, notes
