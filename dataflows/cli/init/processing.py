"""What can happen to rows in the questions of `dataflows init`, each as a step of a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dataflows.cli.init.script import Call, Name, Step
from dataflows.cli.report import CallError
from dataflows.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.cli.init.steps import Found

__all__ = ["ACTIONS", "Action", "action_step", "check_steps"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can happen to rows.

    Args:
        summary: What it does.
        question: What is asked for it.
    """

    summary: str
    question: str


ACTIONS = {
    "sort": Action("sort the rows", "Fields to sort by, with commas (-field: from the largest)"),
    "filter": Action("keep some rows", "Condition, such as: qty > 2 and city != 'Rome'"),
    "unique": Action("keep one row of each key", "Fields of the key, with commas (*: whole rows)"),
    "delete": Action("delete fields", "Fields to delete, with commas"),
    "keep": Action("keep some fields only, in this order", "Fields to keep, with commas"),
    "rename": Action("rename fields", "New names, such as: town=city, n=count"),
    "add": Action("add a computed field", "Field, such as: total = price * qty"),
}
"""The answers to the question what is to happen, in the order in which they are shown."""


def action_step(action: str, answer: str, names: Sequence[str]) -> Step:
    """Return the step of an action.

    Args:
        action: One of `ACTIONS`.
        answer: The answer to its question.
        names: The fields that there are.

    Raises:
        CallError: The answer is none, or names a field that is not there.

    Examples:
        >>> action_step("sort", "-size", ["city", "size"])
        Step(name='sort_rows', arguments=(['size'],), options={'reverse': True}, comments=())
    """
    if not answer:
        raise CallError("there is no answer", fix="answer the question, or choose another step.")
    match action:
        case "filter":
            step = Step("filter_rows", (answer,))
        case "add":
            step = _computed(answer)
        case "rename":
            step = Step("rename_fields", (_renamed(answer, names),), {"regex": False})
        case "sort":
            step = _sorted(answer, names)
        case "unique":
            key = "*" if answer == "*" else _fields(answer, names)
            step = Step("deduplicate", (), {"key": key})
        case "delete":
            step = Step("delete_fields", (_fields(answer, names),), {"regex": False})
        case _:
            step = Step("select_fields", (_fields(answer, names),), {"regex": False})
    return step


def _computed(answer: str) -> Step:
    name, _, expression = (part.strip() for part in answer.partition("="))
    if not expression or not name:
        what = f"no field and expression in {answer!r}"
        raise CallError(what, fix="write for instance: total = price * qty")
    return Step("add_computed_field", (name, expression))


def _fields(answer: str, names: Sequence[str]) -> list[str]:
    if answer in names:
        return [answer]  # it may have commas in it
    fields = [one.strip() for one in answer.split(",") if one.strip()]
    for one in fields:
        if one not in names:
            raise CallError(f"no field named {one!r}", fix=nearest(one, names))
    return fields


def _sorted(answer: str, names: Sequence[str]) -> Step:
    given = [answer] if answer in names else [one.strip() for one in answer.split(",")]
    falling = [one.startswith("-") and one not in names for one in given]
    plain = [one[1:] if falls else one for one, falls in zip(given, falling, strict=True)]
    fields = [field for one in plain for field in _fields(one, names)]
    if not any(falling):
        return Step("sort_rows", (fields,))
    return Step("sort_rows", (fields,), {"reverse": True if all(falling) else falling})


def _renamed(answer: str, names: Sequence[str]) -> dict[str, str]:
    renamed: dict[str, str] = {}
    for one in answer.split(","):
        old, sign, new = (part.strip() for part in one.partition("="))
        if not sign or not old or not new:
            raise CallError(
                f"no old and new name in {one.strip()!r}", fix="write: old=new, old=new"
            )
        renamed[_fields(old, names)[0]] = new
    return renamed


def check_steps(found: Sequence[Found], steps: Sequence[Step]) -> list[str]:
    """Return the fields after these steps, over tables like those that were seen but empty.

    Args:
        found: What was seen of the data.
        steps: The steps of the script, those that load among them.

    Raises:
        DataflowsException: They cannot work.
    """
    import dataflows

    resources = []
    for (loading, looks), step in zip(found, steps, strict=False):
        for look in looks:
            name = str(step.options.get("name", loading.options.get("name", look.resource)))
            overrides: dict[str, Any] = step.options.get("override_fields", {})
            fields = [{**one, **overrides.get(str(one["name"]), {})} for one in look.loaded]
            words = len(look.missing_values) > 1
            if words and not look.is_typed:
                fields = [dict(one.descriptor) for one in look.inferences]
            resources.append({"name": name, "path": f"{name}.csv", "schema": {"fields": fields}})
    links = [_made(step) for step in steps if step.name != "load"]
    source = dataflows.load(({"resources": resources}, [[] for _ in resources]))
    check = dataflows.Flow(source, *links).check()
    return list(
        dict.fromkeys(
            field["name"]
            for one in check.package.descriptor["resources"]
            for field in one["schema"]["fields"]
        )
    )


def _made(step: Step) -> Any:
    """Return the processor of a step."""
    import dataflows

    options = {name: _value(value) for name, value in step.options.items()}
    return getattr(dataflows, step.name)(*step.arguments, **options)


def _value(value: Any) -> Any:
    import dataflows

    assert not isinstance(value, Name), "names are for scripts that nobody is asked about"
    if isinstance(value, Call):
        return getattr(dataflows, value.name)(**value.options)
    return value
