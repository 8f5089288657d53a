"""The profile of a resource as a text for people."""

from __future__ import annotations

from typing import Any

from dataflows.processors.passing.row_sample import harmless

__all__ = ["profile_text"]

_LONGEST = 24
_COLUMNS = (
    *("field", "type", "missing", "invalid", "distinct", "min", "median", "max", "mean"),
    *("top", "histogram"),
)
_NUMBERS = ("missing", "invalid", "distinct", "mean")


def profile_text(name: str, rows: list[dict[str, Any]]) -> str:
    """Return a table with a line for each field; columns without a word are left out.

    Args:
        name: The name of the resource.
        rows: The rows of its profile.

    Examples:
        >>> top = [{"value": "Rome", "count": 2}]
        >>> row = {"field": "city", "type": "string", "rows": 3, "missing": 1, "distinct": 1}
        >>> print(profile_text("sales", [{**row, "invalid": 0, "top": top}]))
        sales: 3 rows
        field    type      missing    distinct  top
        -------  ------  ---------  ----------  --------
        city     string          1           1  Rome (2)
    """
    from tabulate import tabulate

    shown = [column for column in _COLUMNS if any(row.get(column) for row in rows)]
    cells = [[_cell(column, row.get(column)) for column in shown] for row in rows]
    align = ["right" if column in _NUMBERS else "left" for column in shown]
    table = tabulate(cells, shown, disable_numparse=True, colalign=align if cells else None)
    count = rows[0]["rows"] if rows else 0
    return f"{harmless(name)}: {count:,} row{'' if count == 1 else 's'}\n{table}"


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column == "top":
        return ", ".join(f"{_short(one['value'])} ({one['count']:,})" for one in value)
    if isinstance(value, int):
        return f"{value:,}"
    return _short(str(value))


def _short(text: str) -> str:
    return harmless(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
