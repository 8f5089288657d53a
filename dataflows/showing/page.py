"""A page of HTML that shows tables: one file, which asks the network for nothing and runs no code.

Whatever comes from the data is text in it (see `html_text`), and the page itself forbids all but
its own style.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from dataflows.accounts import told_note
from dataflows.showing.histogram import histogram_svg, share_svg
from dataflows.showing.html_table import html_text, rows_table
from dataflows.showing.page_style import PAGE_STYLE
from dataflows.showing.table_report import rounded, rules_of, share
from dataflows.showing.text_table import type_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dataflows.schema import Field
    from dataflows.showing.table_report import TableReport

__all__ = ["page"]

_LONGEST = 120
_MOST_LINKS = 60
_FREQUENT = 0.02


def page(title: str, reports: Sequence[TableReport]) -> str:
    """Return tables as a page of HTML, complete in itself.

    Args:
        title: What is shown.
        reports: The tables.

    Examples:
        >>> from dataflows.schema import Schema
        >>> from dataflows.showing.table_report import TableReport
        >>> made = page("<u>", [TableReport("cities", Schema())])
        >>> "<u>" in made, "&lt;u&gt;" in made, "script" in made
        (False, True, False)
    """
    digest = base64.b64encode(hashlib.sha256(PAGE_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
    shown = html_text(title, _LONGEST * 2)
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<link rel="icon" href="data:,">',
        f"<title>{shown}</title>",
        f"<style>{PAGE_STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{shown}</h1>",
        *_links(reports),
    ]
    for number, report in enumerate(reports, 1):
        lines += _section(report, number)
    lines += ["<footer>Made by dataflows show.</footer>", "</main>", "</body>", "</html>"]
    return "\n".join(lines) + "\n"


def _links(reports: Sequence[TableReport]) -> Iterator[str]:
    if len(reports) > 1:
        links = [
            f'<a href="#table-{number}">{html_text(report.name, _LONGEST)}</a>'
            for number, report in enumerate(reports[:_MOST_LINKS], 1)
        ]
        yield f"<nav>{''.join(links)}</nav>"


def _section(report: TableReport, number: int) -> Iterator[str]:
    yield f'<section id="table-{number}">'
    yield f"<h2>{html_text(report.name, _LONGEST)}</h2>"
    yield f'<div class="facts">{"".join(_facts(report))}</div>'
    if not report.is_whole:
        seen = counted(report.seen, "row")
        yield f'<p class="soft">There are more rows: this tells of the first {seen}.</p>'
    yield "<h3>Fields</h3>"
    yield '<div class="cards">'
    for field in report.schema.fields:
        yield _card(field, report.profile.get(field.name), report.schema.primary_key)
    yield "</div>"
    yield f"<h3>{'First ' if report.rows else ''}{counted(len(report.rows), 'row')}</h3>"
    # A place that scrolls has to be reached by the keys as well.
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Rows">'
    yield rows_table(report.rows, report.schema.fields)
    yield "</div>"
    missing = report.schema.missing_values
    if missing != [""]:
        words = ", ".join(html_text(repr(one), _LONGEST) for one in missing)
        yield f'<p class="soft">Missing values: {words}</p>'
    for note, count in report.notes.items():
        yield f'<p class="soft">{html_text(told_note(note, count), _LONGEST)}</p>'
    yield "</section>"


def _facts(report: TableReport) -> Iterator[str]:
    rows = f"{report.seen:,}" + ("" if report.is_whole else "+")
    yield f"<div><b>{rows}</b><span>rows</span></div>"
    yield f"<div><b>{len(report.schema.field_names):,}</b><span>fields</span></div>"
    if report.profile:
        told = report.profile.values()
        for key in ("missing", "invalid"):
            count, cells = sum(one[key] for one in told), sum(one["rows"] for one in told)
            if count or key == "missing":
                words = share({"rows": cells, key: count}, key)
                yield f"<div><b>{html_text(words)}</b><span>cells {key}</span></div>"


def _card(field: Field, told: Mapping[str, Any] | None, key: Sequence[str]) -> str:
    """Return what is told of a field."""
    words = [type_of(field), *(["primary key"] if field.name in key else [])]
    rules = rules_of(field)
    lines = [
        '<div class="card">',
        f"<h4>{html_text(field.name, _LONGEST)}</h4>",
        *(f'<span class="kind">{html_text(one, _LONGEST)}</span>' for one in words),
        *([f'<p class="soft">{html_text(rules, _LONGEST)}</p>'] if rules else []),
    ]
    texts = dict.fromkeys(field.descriptor.get(one) for one in ("title", "description"))
    lines += [
        f'<p class="soft">{html_text(text, 2 * _LONGEST)}</p>'
        for text in texts
        if isinstance(text, str) and text not in ("", field.name)
    ]
    if told is not None:
        lines += _told(field, told)
    lines.append("</div>")
    return "\n".join(lines)


def _told(field: Field, told: Mapping[str, Any]) -> Iterator[str]:
    bars = told.get("histogram")
    if bars:
        label = html_text(f"how the values of {field.name} lie", _LONGEST)
        yield histogram_svg(bars, label)
        ends = (html_text(told["min"], _LONGEST), html_text(told["max"], _LONGEST))
        yield f'<div class="ends"><span>{ends[0]}</span><span>{ends[1]}</span></div>'
    facts = {
        "missing": share(told, "missing"),
        "invalid": share(told, "invalid") if told.get("invalid") else None,
        "distinct": f"{told.get('distinct') or 0:,}",
        "least": None if bars else told.get("min"),
        "median": told.get("median"),
        "greatest": None if bars else told.get("max"),
        "mean": rounded(told.get("mean")) or None,
        "characters": _characters(told),
    }
    items = [
        f"<dt>{name}</dt><dd{_WARNING if name == 'invalid' else ''}>"
        f"{html_text(value, _LONGEST)}</dd>"
        for name, value in facts.items()
        if value is not None
    ]
    yield f"<dl>{''.join(items)}</dl>"
    top = told.get("top") or []
    most = top[0]["count"] if top else 0
    # Of what is measured the values matter only where some are really frequent.
    if most > max(told["rows"] * _FREQUENT if bars else 1, 1):
        yield '<ul class="top">'
        for one in top:
            yield (
                f"<li><div><span>{html_text(one['value'], _LONGEST) or '&nbsp;'}</span>"
                f"<span>{one['count']:,}</span></div>{share_svg(one['count'], told['rows'])}</li>"
            )
        yield "</ul>"


_WARNING = ' class="warn"'


def _characters(told: Mapping[str, Any]) -> str | None:
    shortest, longest = told.get("shortest"), told.get("longest")
    if shortest is None:
        return None
    return f"{shortest:,}" if shortest == longest else f"{shortest:,} – {longest:,}"
