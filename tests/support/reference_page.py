"""The reference page of the processors, written from the catalogue."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from dataflows.catalog import GROUPS, entries, group_summary
from source_tree import MODULES, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dataflows.catalog import Entry

PAGE = ROOT / "tutorial" / "reference" / "processors.md"

_INTRODUCTION = """\
# Processors

All ready-made steps: what each does to the schema, which rows come out, what it keeps in memory.
`dataflows processors NAME` shows the same on the command line.

`resources=` chooses the resources a step applies to; the others pass unchanged.
It takes a name or a regular expression, a list of names, or a position: -1 is the last one.

This page is generated from the docstrings; their examples run as tests."""


def reference_page() -> str:
    """Return the page as it should be."""
    ours = [entry for entry in entries() if entry.group in GROUPS]
    parts = [_INTRODUCTION, "\n".join(_contents(ours))]
    for group, members in groupby(ours, lambda entry: entry.group):
        parts.append(f"## {_title(group)}\n\n{_title(group_summary(group))}.")
        parts += ["\n\n".join(_section(entry)) for entry in members]
    return "\n\n".join(parts) + "\n"


def _title(text: str) -> str:
    return text[:1].upper() + text[1:].replace("_", " ")


def _contents(found: list[Entry]) -> Iterator[str]:
    yield "| | |"
    yield "| --- | --- |"
    for group, members in groupby(found, lambda entry: entry.group):
        links = ", ".join(f"[{entry.name}](#{entry.name})" for entry in members)
        yield f"| [{_title(group)}](#{group.replace('_', '-')}) | {links} |"


def _section(entry: Entry) -> Iterator[str]:
    yield f"### {entry.name}"
    if entry.alias_of:
        yield f"Another name for [{entry.alias_of}](#{entry.alias_of})."
        return
    yield entry.summary
    # Marked `py`, not `python`: it is there to be looked at, not to be run.
    yield f"```py\n{entry.signature()}\n```"
    if entry.description:
        yield _prose(entry.description)
    yield _items(
        (f"{fact}:", getattr(entry, fact.lower())) for fact in ("Schema", "Rows", "Memory")
    )
    for title, items in entry.lists.items():
        if items:
            yield f"**{title}**"
            yield _items((f"`{name.replace(', ', '`, `')}`:", text) for name, text in items.items())
    yield f"```python\n{entry.examples}\n```"
    path = MODULES[entry.module].relative_to(ROOT).as_posix()
    yield f"Source: [{path}](../../{path})"


def _items(pairs: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {name} {_escaped(text)}" for name, text in pairs)


def _prose(text: str) -> str:
    """Return paragraphs on one line each; one with a shape of its own keeps that."""
    paragraphs = [
        part if re.search(r"^[ |*-]", part, re.MULTILINE) else " ".join(part.split("\n"))
        for part in text.split("\n\n")
    ]
    return _escaped("\n\n".join(paragraphs))


def _escaped(text: str) -> str:
    """Return text in which angle brackets outside code are no HTML."""
    return re.sub(r"(``.*?``|`.*?`)|<", lambda found: found[1] or "&lt;", text)
