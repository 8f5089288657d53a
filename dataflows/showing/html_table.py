"""Rows as a table of HTML: for a notebook, and for a page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from dataflows.showing.paper import PLAIN
from dataflows.showing.text_table import NUMERIC, type_of
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.schema import Field, Schema

__all__ = ["html_text", "notebook_table", "plain_html_table", "rows_table"]

_LONGEST = 300

# Names of classes begin with `df-`: in a notebook, a style is that of the whole page.
_NOTEBOOK_STYLE = """
<style>
.df-rows td,.df-rows th{text-align:left;vertical-align:top;white-space:pre-wrap}
.df-rows .df-n{text-align:right;font-variant-numeric:tabular-nums}
.df-rows .df-t{font-weight:normal;opacity:.65}
.df-rows .df-0{opacity:.45}
</style>
"""


def html_text(text: Any, longest: int | None = None) -> str:
    r"""Return a text as it stands in HTML: nothing in it is markup, nothing turns the page around.

    Examples:
        >>> html_text("<img src=x onerror=alert(1)>"), html_text('"a" & b\x1b')
        ('&lt;img src=x onerror=alert(1)&gt;', '&quot;a&quot; &amp; b\\x1b')
    """
    shown = str(text)
    lines = [PLAIN.shown(line) for line in shown[: (longest or len(shown)) + 1].split("\n")]
    joined = "\n".join(lines)
    if longest is not None and len(shown) > longest:
        joined = joined[:longest] + "…"
    return escape(joined)


def rows_table(rows: Sequence[dict[str, Any]], fields: Sequence[Field]) -> str:
    """Return a table of rows, with their numbers and the types of the fields.

    Args:
        rows: The rows.
        fields: The fields to show.

    Examples:
        >>> from dataflows.schema import Field
        >>> print(rows_table([{"a": None}], [Field({"name": "a", "type": "integer"})]))
        <table class="df-rows">
        <thead><tr><th class="df-n">#</th><th class="df-n">a<br><span class="df-t">integer</span></th></tr></thead>
        <tbody>
        <tr><td class="df-n df-t">1</td><td class="df-n df-0">∅</td></tr>
        </tbody>
        </table>
    """  # noqa: E501 - HTML has no line breaks to spare
    head = '<th class="df-n">#</th>' + "".join(
        f'<th{_class(field)}>{html_text(field.name, _LONGEST)}<br><span class="df-t">'
        f"{html_text(type_of(field))}</span></th>"
        for field in fields
    )
    body = [
        f'<tr><td class="df-n df-t">{number}</td>'
        + "".join(_cell(row.get(field.name), field) for field in fields)
        + "</tr>"
        for number, row in enumerate(rows, 1)
    ]
    return "\n".join(
        [
            '<table class="df-rows">',
            f"<thead><tr>{head}</tr></thead>",
            "<tbody>",
            *body,
            "</tbody>",
            "</table>",
        ]
    )


def notebook_table(rows: Sequence[dict[str, Any]], schema: Schema, most: int) -> str:
    """Return rows as they are shown in a notebook.

    Args:
        rows: The rows.
        schema: Their schema.
        most: How many rows are shown.
    """
    made = _NOTEBOOK_STYLE + rows_table(rows[:most], schema.fields)
    if len(rows) > most:
        made += f"\n<p>… and {counted(len(rows) - most, 'more row')}</p>"
    return made


def plain_html_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table of a few words: integers stand to the right.

    Examples:
        >>> print(plain_html_table(["step", "rows"], [["load('a.csv')", 1200]]))
        <table class="df-rows">
        <thead><tr><th>step</th><th class="df-n">rows</th></tr></thead>
        <tbody>
        <tr><td>load(&#x27;a.csv&#x27;)</td><td class="df-n">1,200</td></tr>
        </tbody>
        </table>
    """
    numeric = [
        bool(rows) and all(isinstance(row[index], int) for row in rows)
        for index in range(len(headings))
    ]
    head = "".join(
        f"<th{_NUMBER if right else ''}>{html_text(heading)}</th>"
        for heading, right in zip(headings, numeric, strict=True)
    )
    body = [
        "<tr>"
        + "".join(
            f"<td{_NUMBER if right else ''}>{html_text(f'{one:,}' if right else one)}</td>"
            for one, right in zip(row, numeric, strict=True)
        )
        + "</tr>"
        for row in rows
    ]
    start = ['<table class="df-rows">', f"<thead><tr>{head}</tr></thead>", "<tbody>"]
    return "\n".join([*start, *body, "</tbody>", "</table>"])


_NUMBER = ' class="df-n"'


def _class(field: Field) -> str:
    return _NUMBER if field.type in NUMERIC else ""


def _cell(value: Any, field: Field) -> str:
    words = ["df-n"] if field.type in NUMERIC else []
    if value is None:
        return f'<td class="{" ".join([*words, "df-0"])}">∅</td>'
    kind = f' class="{words[0]}"' if words else ""
    return f"<td{kind}>{html_text(value, _LONGEST)}</td>"
