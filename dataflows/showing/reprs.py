"""How a flow, its result and its package show themselves in a notebook; no data is read for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.showing.html_table import html_text, plain_html_table
from dataflows.showing.text_table import type_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.package import Package, Resource

__all__ = ["flow_html", "package_html", "resource_html", "result_html"]


def flow_html(links: Sequence[Any]) -> str:
    """Return the steps of a flow, as they were written.

    Args:
        links: The links of the flow.

    Examples:
        >>> print(flow_html(["load('a.csv')"]))
        <b>Flow</b> of 1 step: head() shows its first rows, run() runs it
        <ol>
        <li><code>&quot;load(&#x27;a.csv&#x27;)&quot;</code></li>
        </ol>
    """
    return f"{_title(links)}: head() shows its first rows, run() runs it\n{_steps(links)}"


def _title(links: Sequence[Any]) -> str:
    return f"<b>Flow</b> of {counted(len(links), 'step')}"


def _steps(links: Sequence[Any]) -> str:
    return "\n".join(["<ol>", *(f"<li>{_link(link)}</li>" for link in links), "</ol>"])


def _link(link: Any) -> str:
    inner = getattr(link, "_written", None)
    if inner is None:
        return f"<code>{html_text(repr(link))}</code>"
    return f"{_title(inner)}\n{_steps(inner)}"


def package_html(package: Package) -> str:
    """Return the resources of a package, with their fields and types."""
    title = package.descriptor.get("title") or package.descriptor.get("name") or ""
    heading = f"<b>Package</b> {html_text(title)}: {counted(len(package.resources), 'resource')}"
    return "\n".join([heading, *map(resource_html, package.resources)])


def resource_html(resource: Resource) -> str:
    """Return the fields of a resource, with their types and constraints.

    Examples:
        >>> from dataflows.package import Resource
        >>> fields = [{"name": "a", "type": "integer", "constraints": {"required": True}}]
        >>> made = resource_html(Resource({"name": "r", "schema": {"fields": fields}}))
        >>> print(made.splitlines()[-3])
        <tr><td>a</td><td>integer</td><td>required: True</td></tr>
    """
    rows = [
        [
            field.name,
            type_of(field),
            ", ".join(f"{rule}: {value}" for rule, value in field.constraints.items()),
        ]
        for field in resource.fields.fields
    ]
    headings = ["field", "type", "constraints"]
    if not any(row[2] for row in rows):
        headings, rows = headings[:2], [row[:2] for row in rows]
    table = plain_html_table(headings, rows)
    return f"<p><b>{html_text(resource.name)}</b></p>\n{table}"


def result_html(accounts: Sequence[Sequence[Any]], notes: Sequence[str]) -> str:
    """Return the accounts of a run, and what else there is to tell.

    Args:
        accounts: The table of the accounts, its headings first.
        notes: What else there is to tell, a line each.
    """
    headings, *rows = accounts
    lines = [f"<div>{html_text(note)}</div>" for note in notes]
    return "\n".join([plain_html_table([str(one) for one in headings], rows), *lines])
