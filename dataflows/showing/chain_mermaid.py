"""The picture of a chain as a flowchart of Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataflows.showing.words import printable
from dataflows.wording import counted

if TYPE_CHECKING:
    from dataflows.showing.chain_picture import ChainPicture, PicturedStep

__all__ = ["chain_mermaid"]

_PLAIN = frozenset(" _,:()=/'→…")
_CLASSES = {"columns": "columns", "rows": "rows", "whole rows": "rows"}
_LOOKS = (
    "  classDef columns fill:#e6f4ea,stroke:#2e7d4f,color:#12301f",
    "  classDef rows fill:#fff3dc,stroke:#a8690a,color:#3a2604",
)


def chain_mermaid(picture: ChainPicture) -> str:
    """Return the steps as nodes from top to bottom, and the resources at the end.

    Args:
        picture: The picture.
    """
    lines = ["flowchart TD"]
    for number, step in enumerate(picture.steps, 1):
        kind = _CLASSES.get(step.manner.on)
        lines.append(f'  s{number}["{_node(step)}"]{f":::{kind}" if kind else ""}')
    for number, (name, fields) in enumerate(picture.resources, 1):
        text = f"{_escaped(name)}<br/>{counted(len(fields), 'field')}"
        lines.append(f'  r{number}[("{text}")]')
    for number, step in enumerate(picture.steps[:-1], 1):
        lines.append(f"  s{number} {_arrow(step)} s{number + 1}")
    for number, _ in enumerate(picture.resources, 1):
        lines.append(f"  s{len(picture.steps)} --> r{number}")
    return "\n".join([*lines, *_LOOKS])


def _node(step: PicturedStep) -> str:
    parts = [f"{step.number}. {step.label}"]
    parts += [str(step.manner)] if step.manner.on else []
    for change in step.changes:
        if change.kind == "changed":
            changed = ", ".join(str(one) for one in change.fields if one.is_change)
            parts.append(f"{change.name}: {changed}")
        else:
            parts.append(f"{'+' if change.kind == 'added' else '-'} resource {change.name}")
    if step.account is not None:
        parts.append(f"{step.account.seconds:.3f} s")
    return "<br/>".join(map(_escaped, parts))


def _arrow(step: PicturedStep) -> str:
    return "-->" if step.account is None else f"-- {counted(step.account.rows_out, 'row')} -->"


def _escaped(text: str) -> str:
    """Return a text in which every character that could mean something to Mermaid is a number.

    A line that begins as a list of Markdown does would be refused: "1. load", "- resource".

    Examples:
        >>> _escaped('1. load("a.csv")')
        '1#46; load(#34;a.csv#34;)'
    """
    shown = printable(text)
    return "".join(
        one
        if one.isalnum() or one in _PLAIN or (one in ".-+" and before.isalnum() and after.isalnum())
        else f"#{ord(one)};"
        for before, one, after in zip(f" {shown}", shown, f"{shown[1:]} ", strict=False)
    )
