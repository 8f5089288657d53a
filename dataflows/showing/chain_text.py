"""The picture of a chain as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.showing.words import folded, printable, rows_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.showing.chain_picture import (
        ChainPicture,
        FieldChange,
        PicturedStep,
        ResourceChange,
    )

__all__ = ["chain_text"]

_MOST_FIELDS = 12
_INDENT = "   "
_NARROWEST = 20


def chain_text(picture: ChainPicture, width: int | None = None, *, schemas: bool = False) -> str:
    """Return the steps as text, with what they change, and the schemas at the end.

    Args:
        picture: The picture.
        width: Fold longer lines; None: leave them.
        schemas: Whether to show all fields of the resources that a step changes.
    """
    lines = [line for step in picture.steps for line in _step_lines(step, schemas=schemas)]
    for name, fields in picture.resources:
        shown = [f"{field}: {kind}" for field, kind in fields]
        lines.append(f"= resource {name}: {_cut(shown)}")
    lines = [printable(line) for line in lines]
    if width is not None:
        lines = [part for line in lines for part in _fold(line, width)]
    return "\n".join(lines)


def _step_lines(step: PicturedStep, *, schemas: bool) -> Iterator[str]:
    outer = _INDENT * step.depth
    manner = f"  [{step.manner}]" if step.manner.on else ""
    yield f"{outer}{step.number}. {step.label}{manner}"
    for change in step.changes:
        yield f"{outer}{_INDENT}{_change(change, schemas=schemas)}"
    if step.account is not None:
        yield f"{outer}{_INDENT}{rows_told(step.account)}"


def _change(change: ResourceChange, *, schemas: bool) -> str:
    if change.kind == "removed":
        return f"- resource {change.name}"
    if change.kind == "added":
        fields = [f"{one.name}: {one.after}" for one in change.fields]
        return f"+ resource {change.name}: {_cut(fields)}"
    if schemas:
        return f"{change.name}: {_whole(change.fields)}"
    # What is gone comes first: a field that is renamed then reads from left to right.
    changed = sorted(
        (one for one in change.fields if one.is_change),
        key=lambda one: (one.after is not None, one.before is not None),
    )
    return f"{change.name}: {', '.join(map(str, changed))}"


def _whole(fields: Iterable[FieldChange]) -> str:
    """Return all fields with what is changed marked; of many, those that stay are only counted."""
    listed = list(fields)
    staying = sum(1 for one in listed if not one.is_change)
    if staying <= _MOST_FIELDS:
        return ", ".join(map(str, listed))
    changed = [str(one) for one in listed if one.is_change]
    return ", ".join([*changed, f"… ({staying} more, as before)"])


def _cut(fields: list[str]) -> str:
    more = [f"… ({len(fields)} fields)"] if len(fields) > _MOST_FIELDS else []
    return ", ".join([*fields[:_MOST_FIELDS], *more])


def _fold(line: str, width: int) -> list[str]:
    """Return a line as several, those after the first further to the right."""
    text = line.lstrip(" ")
    before = " " * (len(line) - len(text))
    room = max(width - len(before) - len(_INDENT), _NARROWEST)
    held = text.replace("+ ", "+\u00a0").replace("- ", "-\u00a0")
    first, *rest = [part.replace("\u00a0", " ") for part in folded(held, room)]
    return [before + first, *(before + _INDENT + part for part in rest)]
