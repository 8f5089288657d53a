"""What tells of the layout of a table: rows too short or too long, a header, units, sums."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dataflows.accounts import told_note
from dataflows.cli.init.wording import shown_name
from dataflows.errors import shorten
from dataflows.processors.loaders.chunks import LONG_ROWS, NAMELESS_COLUMNS, SHORT_ROWS
from dataflows.types.inference import infer_field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataflows.cli.init.look import Look
    from dataflows.types.inference import Inference

__all__ = ["spread_inference", "tell_of_edges", "tell_of_layout"]

_MOST_SHOWN = 3
_LAST_ROWS = 3
_FEWEST_ROWS = 5
_LONGEST_CELL = 40
_TOLD_HERE = {LONG_ROWS, SHORT_ROWS, NAMELESS_COLUMNS}
_PLAIN_TYPES = {"integer", "number", "date", "datetime"}
_YEAR = re.compile(r"\s*(?:1[89]|2[01])\d\d\s*")


def tell_of_layout(look: Look) -> list[str]:
    """Return what could not be taken as it stands, and whether the header looks like one.

    Args:
        look: What was found.
    """
    file = getattr(look.table, "file", None)
    notes = dict(look.mended)
    told: list[str] = []
    if file is not None:
        notes = {note: count for note, count in notes.items() if note not in _TOLD_HERE}
        told += _ragged(file.report)
        if file.dropped:
            told.append(_nameless(file.dropped))
        if file.dialect.header_row is not None and _is_like_data(look):
            names = _some([shown_name(name) for name in look.names])
            told.append(
                f"the header looks like data: {names}; load(…, headers=None) takes it for a row"
            )
    return told + [told_note(note, count) for note, count in notes.items()]


def _nameless(places: Sequence[int]) -> str:
    shown = _some([f"{place + 1:,}" for place in places])
    if len(places) == 1:
        return f"column {shown} has no name in the header, and is left out"
    return f"columns {shown} have no name in the header, and are left out"


def _ragged(report: Any) -> list[str]:
    told = []
    if report.short_rows:
        rows = _some([f"{row:,}" for row in report.first_short], report.short_rows)
        are = "row has" if report.short_rows == 1 else "rows have"
        told.append(
            f"{report.short_rows:,} {are} fewer cells than the header; those are missing values: "
            f"row {rows}"
        )
    if report.long_rows:
        cells = [f"{shorten(text, _LONGEST_CELL)} (row {row:,})" for row, text in report.first_long]
        are = "row has" if report.long_rows == 1 else "rows have"
        told.append(
            f"{report.long_rows:,} {are} more cells than the header, which are cut off: "
            f"{_some(cells, report.long_rows)}"
        )
    return told


def _some(texts: Sequence[str], count: int | None = None) -> str:
    more = ", …" if (len(texts) if count is None else count) > _MOST_SHOWN else ""
    return ", ".join(texts[:_MOST_SHOWN]) + more


def _is_like_data(look: Look) -> bool:
    """Tell whether the names fit the types of the values below them, and are not years."""
    typed = [one.descriptor for one in look.inferences if one.descriptor["type"] in _PLAIN_TYPES]
    names = [str(descriptor["name"]) for descriptor in typed]
    if not typed or all(map(_YEAR.fullmatch, names)):
        return False
    return all(infer_field("name", [name]).descriptor["type"] in _PLAIN_TYPES for name in names)


def tell_of_edges(look: Look, inferences: Iterable[Inference]) -> list[str]:
    """Return whether the first row holds units, or the last ones a sum or a note.

    Args:
        look: What was found.
        inferences: The types of its fields, with what spoke against others.
    """
    file = getattr(look.table, "file", None)
    header = None if file is None else file.dialect.header_row
    if header is None or look.rows < _FEWEST_ROWS:
        return []
    odd: dict[int, list[str]] = {}
    places: set[tuple[int, int]] = set()
    for place, one in enumerate(inferences):
        against = one.against[0] if one.against else None
        if against is not None and against.distinct == len(against.examples) == against.count:
            for value, row in against.examples:
                odd.setdefault(row or 0, []).append(shorten(value, _LONGEST_CELL))
                places.add((row or 0, place))
    told = []
    if odd.keys() == {1}:
        told.append(
            f"row 1 looks like units or notes, not values: {_some(odd[1])}; "
            f"load(…, skip_rows=[{header + 1}]) leaves it out"
        )
    elif odd and look.is_whole and min(odd) > look.rows - _LAST_ROWS:
        rows = sorted(odd)
        starts = [str(look.columns[0][row - 1] or "") for row in rows]
        if all(_is_alone(look, start) for start in starts) and all(
            (row, 0) in places or _is_half_empty(look, row, places) for row in rows
        ):
            rows_look, them = ("row looks", "it") if len(rows) == 1 else ("rows look", "them")
            told.append(
                f"the last {rows_look} like a total or a note, not values; "
                f"load(…, skip_rows={starts}) leaves {them} out"
            )
    return told


def _is_alone(look: Look, start: str) -> bool:
    """Tell whether one row alone begins with a text: `skip_rows` would take all that do."""
    return start.strip() != "" and sum(str(one).startswith(start) for one in look.columns[0]) == 1


def _is_half_empty(look: Look, row: int, odd: set[tuple[int, int]]) -> bool:
    """Tell whether at least half of the cells of a row are missing or do not fit."""
    missing = {None, *look.missing_values}
    empty = [
        (row, place) in odd or column[row - 1] in missing
        for place, column in enumerate(look.columns)
    ]
    return 2 * sum(empty) >= len(empty)


def spread_inference(look: Look, place: int) -> Inference:
    """Return the type of a field, by rows from further on in its file as well.

    Args:
        look: What was found.
        place: The position of the field.
    """
    inference = look.inferences[place]
    spread = getattr(getattr(look.table, "file", None), "spread", None)
    if look.is_whole or not spread or look.loaded[place].get("type") not in ("string", "any"):
        return inference
    if inference.descriptor["type"] in ("string", "any"):
        return inference
    values = look.columns[place]
    further = [row[place] for row in spread]
    return infer_field(
        inference.descriptor["name"],
        [*values, *further],
        missing_values=look.missing_values,
        row_numbers=[*range(1, len(values) + 1), *[None] * len(further)],
    )
