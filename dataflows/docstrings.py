"""Docstrings: what the Google sections of a docstring say, as data."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass

__all__ = ["Docstring", "read_docstring"]

_FACT = re.compile(r"(Schema|Rows|Memory): +(\S.*)")
_SECTION = re.compile(r"(Args|Attributes|Options(?: .+)?|Returns|Yields|Raises|Examples?):")
_ITEM = re.compile(r"(\*{0,2}[\w.-]+(?:, \*{0,2}[\w.-]+)*):(?: +(.*))?")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The parts of a docstring.

    Args:
        summary: The first paragraph, on one line.
        description: The other paragraphs, as they are written.
        facts: What is said of ``Schema``, ``Rows`` and ``Memory``.
        arguments: What is said of each argument, by its name without asterisks.
        attributes: What is said of each attribute.
        options: What is said of each keyword that the last argument takes, under the title of
            their section, such as "Options of CSV"; equals stand together, such as "skip, pick".
        raises: When each error is raised.
        examples: The doctests.
    """

    summary: str
    description: str
    facts: dict[str, str]
    arguments: dict[str, str]
    attributes: dict[str, str]
    options: dict[str, dict[str, str]]
    raises: dict[str, str]
    examples: str


def read_docstring(text: str) -> Docstring:
    r"""Return the parts of a docstring; what is not there is empty.

    A fact goes to the next empty line. A section ends with the next line that is not indented,
    which goes on with the description.

    Args:
        text: The docstring, indented or not.

    Examples:
        >>> doc = read_docstring("Add.\n\nRows: all.\n\nArgs:\n    a: One\n        number.")
        >>> doc.summary, doc.facts, doc.arguments
        ('Add.', {'Rows': 'all.'}, {'a': 'One number.'})
    """
    summary, _, rest = inspect.cleandoc(text).partition("\n\n")
    description: list[str] = []
    facts: dict[str, list[str]] = {}
    sections: dict[str, list[str]] = {}
    current = description
    in_fact = False
    for line in rest.split("\n"):
        if found := _FACT.fullmatch(line):
            current, in_fact = facts.setdefault(found[1], []), True
            line = found[2]  # noqa: PLW2901 - the rest of the line is what counts
        elif found := _SECTION.fullmatch(line):
            current, in_fact = sections.setdefault(found[1], []), False
            continue
        elif not line:
            in_fact = False
        elif not line.startswith(" ") and not in_fact and current is not description:
            current = description
            current.append("")
        current.append(line)
    examples = sections.get("Examples", sections.get("Example", []))
    return Docstring(
        summary=_joined(summary.split("\n")),
        description=re.sub(r"\n{3,}", "\n\n", "\n".join(description)).strip(),
        facts={name: _joined(lines) for name, lines in facts.items()},
        arguments=_each(_items(sections.get("Args", []))),
        attributes=_each(_items(sections.get("Attributes", []))),
        options={
            title: _items(lines) for title, lines in sections.items() if title.startswith("Options")
        },
        raises=_each(_items(sections.get("Raises", []))),
        examples=textwrap.dedent("\n".join(examples)).strip(),
    )


def _items(lines: list[str]) -> dict[str, str]:
    """Return the items of a section by the name, or the names, that they begin with."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in textwrap.dedent("\n".join(lines)).split("\n"):
        if item := _ITEM.fullmatch(line):
            current = found.setdefault(item[1], [item[2] or ""])
        else:
            current.append(line)
    return {names: _joined(parts) for names, parts in found.items()}


def _each(items: dict[str, str]) -> dict[str, str]:
    """Return items by one name each, without its asterisks."""
    return {name.lstrip("*"): text for names, text in items.items() for name in names.split(", ")}


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
