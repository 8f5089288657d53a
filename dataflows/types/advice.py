"""What a person should know about an inferred type: what was ambiguous, what was kept as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from dataflows.types.candidates import MONTH_FIRST, fits_date

if TYPE_CHECKING:
    from dataflows.types.candidates import Candidate, ShapedColumn

__all__ = ["KEPT_AS_TEXT", "Advice", "advise"]

_LONGEST_DATABASE_INTEGER = 18
_NUMERIC = {"integer", "number", "float", "exponent", "nan", "infinity"}
KEPT_AS_TEXT = {
    "zeros": "leading zeros: kept as text",
    "plus": "plus signs: kept as text",
    "underscore": "underscores between digits: kept as text",
    "long": "more than 30 digits: kept as text",
    "exponent": "values like '1e5' and none with a decimal point: kept as text",
}
_YES_AND_NO = {("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off")}
_WITH_COMMA = ("numbers with a comma: kept as text",)

Advice: TypeAlias = tuple[tuple[str, ...], dict[str, Any] | None]


def advise(column: ShapedColumn, winner: Candidate | None) -> Advice:
    """Return the notes, and field properties that would fit as well if a person chose them.

    Args:
        column: The values looked at.
        winner: The type that they have; None where they stay text, or `any`.
    """
    if winner is None:
        for advise_on in (_on_kept_numbers, _on_datetimes, _on_commas, _on_days, _on_two_words):
            if column.is_text and (advice := advise_on(column)):
                return advice
        return (), None
    notes = []
    suggestion: dict[str, Any] | None = None
    if winner.format in MONTH_FIRST:
        other = MONTH_FIRST[winner.format]
        if all(isinstance(text, str) and fits_date(text, other) for text, _, _ in column.items):
            notes.append(
                "day and month order is ambiguous: read as day/month; every value fits both"
            )
            suggestion = {"type": "date", "format": other}
    if "%y" in winner.format:
        notes.append("years of two digits: read as 1969 to 2068")
    if winner.type == "geopoint":
        notes.append("read as longitude, latitude")
    if winner.type == "number" and "nan" in column.shapes:
        notes.append("'NaN' is read as a number, not as a missing value")
    if winner.type == "integer" and column.is_text:
        longest = max(len(text.lstrip("-")) for text, _, _ in column.items)
        if longest > _LONGEST_DATABASE_INTEGER:
            notes.append("more than 18 digits: exact here, too long for most databases")
        if all(_looks_like_day(text) for text, _, _ in column.items):
            notes.append("digits only, though every value could be a date like %Y%m%d")
            suggestion = {"type": "date", "format": "%Y%m%d"}
    return tuple(notes), suggestion


def _looks_like_day(text: str) -> bool:
    return (
        len(text) == len("20200131")
        and text[:2] in ("19", "20")
        and fits_date(f"{text[:4]}-{text[4:6]}-{text[6:]}", "%Y-%m-%d")
    )


def _on_kept_numbers(column: ShapedColumn) -> Advice | None:
    shapes = column.shapes.keys()
    if not shapes <= _NUMERIC | KEPT_AS_TEXT.keys():
        return None
    return tuple(note for shape, note in KEPT_AS_TEXT.items() if shape in shapes), None


def _on_datetimes(column: ShapedColumn) -> Advice | None:
    if not column.shapes.keys() <= {"datetime", "zulu", "offset", "nanoseconds"}:
        return None
    if "nanoseconds" in column.shapes:
        return ("more than six decimals of a second: kept as text",), None
    return ("some times have a UTC offset and some have none: kept as text",), None


def _on_commas(column: ShapedColumn) -> Advice | None:
    shapes = column.shapes.keys()
    properties = {"type": "number", "groupChar": ","}
    if shapes <= {"integer", "number", "grouped"}:
        return _WITH_COMMA, properties
    if not shapes <= {"integer", "comma", "grouped", "grouped_comma"}:
        return None
    if all(len(text.partition(",")[2]) <= 1 for text, _, _ in column.items):
        return _WITH_COMMA, None  # `2,3` may be two numbers as well
    properties = {"type": "number", "decimalChar": ","}
    if "grouped_comma" in shapes:
        properties["groupChar"] = "."
    return _WITH_COMMA, properties


def _on_days(column: ShapedColumn) -> Advice | None:
    if column.shapes.keys() != {"d-m-Y"}:
        return None
    for format_ in ("%d-%m-%Y", "%m-%d-%Y"):
        if all(fits_date(text, format_) for text, _, _ in column.items):
            return (), {"type": "date", "format": format_}
    return None


def _on_two_words(column: ShapedColumn) -> Advice | None:
    texts = [text for text, _, _ in column.items]
    if len(texts) != 2:
        return None
    for yes, no in (texts, texts[::-1]):
        if (yes.casefold(), no.casefold()) in _YES_AND_NO:
            return (), {"type": "boolean", "trueValues": [yes], "falseValues": [no]}
    return None
