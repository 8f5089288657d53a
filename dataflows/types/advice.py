"""What a person should know about an inferred type: what was ambiguous, what was kept as text."""

from __future__ import annotations

import re
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
_YES_AND_NO = {
    *(("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off")),
    *(("ja", "nein"), ("ja", "nej"), ("ja", "nee"), ("j", "n"), ("wahr", "falsch")),
    *(("oui", "non"), ("o", "n"), ("vrai", "faux"), ("si", "no"), ("sí", "no"), ("sì", "no")),
    *(("s", "n"), ("sim", "não"), ("tak", "nie"), ("kyllä", "ei"), ("да", "нет")),
}
_BETWEEN_THOUSANDS = re.compile(r"-?\d{1,3}(?:([ '’\u00a0\u2009\u202f])\d{3})*(?:([.,])\d+)?")
_CURRENCIES = "[%€$£¥₹]|EUR|USD|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR"
_WITH_UNIT = re.compile(
    rf"(?P<before>{_CURRENCIES})?\s?"
    r"(?P<number>\d+|\d{1,3}(?:,\d{3})+|\d+\.\d+|\d{1,3}(?:,\d{3})+\.\d+|\d+(?P<comma>,)\d{1,2})"
    rf"\s?(?P<behind>{_CURRENCIES})?"
)
_WITH_COMMA = ("numbers with a comma: kept as text",)

Advice: TypeAlias = tuple[tuple[str, ...], dict[str, Any] | None]


def advise(column: ShapedColumn, winner: Candidate | None) -> Advice:
    """Return the notes, and field properties that would fit as well if a person chose them.

    Args:
        column: The values looked at.
        winner: The type that they have; None where they stay text, or `any`.
    """
    if winner is None:
        for advise_on in _ON_TEXTS:
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


def _matches(pattern: re.Pattern[str], column: ShapedColumn) -> list[re.Match[str]]:
    """Return how each text matches; none where one does not."""
    found = []
    for text, _, _ in column.items:
        match = pattern.fullmatch(text)
        if match is None:
            return []
        found.append(match)
    return found


def _on_thousands(column: ShapedColumn) -> Advice | None:
    """Look for numbers with a blank or an apostrophe between the thousands."""
    found = _matches(_BETWEEN_THOUSANDS, column)
    signs = [{one[place] for one in found if one[place]} for place in (1, 2)]
    if len(signs[0]) != 1 or len(signs[1]) > 1:
        return None
    properties = {"type": "number", "groupChar": signs[0].pop()}
    if signs[1] == {","}:
        properties["decimalChar"] = ","
    return (), properties


def _on_units(column: ShapedColumn) -> Advice | None:
    """Look for numbers with the same sign or code around all of them, such as ``5 €``.

    None of them has a minus, which a number that is not bare would lose.
    """
    found = _matches(_WITH_UNIT, column)
    units = {(one["before"], one["behind"]) for one in found}
    if len(units) != 1 or units == {(None, None)}:
        return None
    numbers = [one["number"] for one in found]
    properties: dict[str, Any] = {"type": "number", "bareNumber": False}
    if any(one["comma"] for one in found):
        if any("." in number or re.search(r",\d{3}", number) for number in numbers):
            return None  # what the comma means is not clear
        properties["decimalChar"] = ","
    elif any("," in number for number in numbers):
        properties["groupChar"] = ","
    return (), properties


def _on_two_words(column: ShapedColumn) -> Advice | None:
    texts = [text for text, _, _ in column.items]
    if len(texts) != 2:
        return None
    for yes, no in (texts, texts[::-1]):
        if (yes.casefold(), no.casefold()) in _YES_AND_NO:
            return (), {"type": "boolean", "trueValues": [yes], "falseValues": [no]}
    return None


_ON_TEXTS = (
    _on_kept_numbers,
    _on_datetimes,
    _on_commas,
    _on_days,
    _on_two_words,
    _on_thousands,
    _on_units,
)
