"""What the values of a table tell besides their types: keys, repeated rows, empty fields, dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from dataflows.cli.init.wording import shown_name
from dataflows.errors import shorten
from dataflows.processors.modifiers.date_reader import (
    DAY_FIRST,
    MONTH_FIRST,
    DateReader,
    Misread,
)
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataflows.cli.init.look import Look

__all__ = ["Dates", "MixedDates", "find_key", "mixed_dates", "repeated_rows", "tell_of_fields"]

_KEYS = (
    re.compile(r"(?:row|record)?_?(?:id|uuid|guid|key|pk)", re.IGNORECASE),
    re.compile(r".*(?:[_\- ](?i:id|uuid|guid|key|code)|[a-z]I[dD])", re.DOTALL),
    re.compile(r"(?:code|number|nr|no|num|sku|isbn|iban|email|slug)\.?", re.IGNORECASE),
)
_PARTS = re.compile(r"\s*(\d{1,2})[./-](\d{1,2})[./-]\d{4}")
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
_MIDNIGHT = time()
_MONTHS = 12
_FEWEST_ROWS = 2
_FEW = 0.02
_MOST_SHOWN = 3
_LONGEST_DATE = 40
_FIRST_FEW = 20
_MOST_DISTINCT = 5_000


@dataclass(frozen=True, slots=True)
class MixedDates:
    """How the dates of a field are written that are not all written alike.

    Args:
        options: The options of `parse_dates` that read them; None where a person has to choose.
        told: What was seen.
    """

    options: dict[str, Any] | None
    told: str


Dates = MixedDates | None


def _values(look: Look, place: int) -> list[Any]:
    missing = {None, *look.missing_values}
    return [
        value
        for value in look.columns[place]
        if not isinstance(value, (str, type(None))) or value not in missing
    ]


def _rows(look: Look) -> str:
    rows = counted(look.rows, "row")
    return f"all {rows}" if look.is_whole else f"the first {rows}"


def find_key(look: Look) -> tuple[str | None, list[str]]:
    """Return the field that is a key by its name and its values, and what speaks against others.

    Args:
        look: What was found.
    """
    told: list[str] = []
    if look.rows < _FEWEST_ROWS or look.keys:
        return None, told
    places = range(len(look.names))
    for is_named in _KEYS:
        for place in places:
            name = look.names[place]
            if not is_named.fullmatch(name.strip()):
                continue
            values = _values(look, place)
            firsts = _first_rows(values) if len(values) == look.rows else None
            if firsts is None:
                continue
            if len(firsts) == look.rows:
                return name, told
            repeated = len(values) - len(firsts)
            if repeated <= len(values) * _FEW or is_named is _KEYS[0]:
                told.append(_tell_repeated(name, values, repeated))
    return None, told


def _first_rows(values: Iterable[Any]) -> set[Any] | None:
    try:
        return set(values)
    except TypeError:
        return None


def _tell_repeated(name: str, values: Sequence[Any], repeated: int) -> str:
    seen: dict[Any, int] = {}
    again: dict[Any, int] = {}
    for row, value in enumerate(values, 1):
        if seen.setdefault(value, row) != row:
            again.setdefault(value, row)
    some = [*again.items()][:_MOST_SHOWN]
    shown = [
        f"{shorten(value, _LONGEST_DATE)} (rows {seen[value]:,} and {row:,})" for value, row in some
    ]
    more = ", …" if repeated > len(shown) else ""
    verb = "comes" if repeated == 1 else "come"
    return (
        f"{shown_name(name)} looks like a key, but {counted(repeated, 'value')} {verb} again: "
        f"{', '.join(shown)}{more}; deduplicate(key={name!r}) would keep the first row of each"
    )


def repeated_rows(look: Look) -> str | None:
    """Return how many rows repeat an earlier one, and which; None where there are none.

    Args:
        look: What was found.
    """
    if look.rows < _FEWEST_ROWS or not look.columns:
        return None
    seen: dict[Any, int] = {}
    pairs: list[tuple[int, int]] = []
    try:
        for row, cells in enumerate(zip(*look.columns, strict=True), 1):
            first = seen.setdefault(cells, row)
            if first != row:
                pairs.append((first, row))
    except TypeError:
        return None
    if not pairs:
        return None
    shown = ", ".join(f"row {row:,} is row {first:,}" for first, row in pairs[:_MOST_SHOWN])
    more = ", …" if len(pairs) > _MOST_SHOWN else ""
    verb = "repeats an earlier one" if len(pairs) == 1 else "repeat earlier ones"
    return f"{len(pairs):,} of {_rows(look).removeprefix('all ')} {verb}: {shown}{more}"


def tell_of_fields(look: Look) -> list[str]:
    """Return which fields are empty, and which have one value only.

    Args:
        look: What was found.
    """
    told: list[str] = []
    if look.rows < _FEWEST_ROWS:
        return told
    for place, name in enumerate(look.names):
        values = _values(look, place)
        if not values:
            told.append(f"{shown_name(name)} is empty in {_rows(look)}")
        elif all(value == values[0] for value in values) and len(values) == look.rows:
            value = shorten(values[0], _LONGEST_DATE)
            told.append(f"{shown_name(name)} is {value} in {_rows(look)}")
    return told


def mixed_dates(look: Look, place: int) -> Dates:
    """Return how the dates of a text field are written; None where they are none.

    Args:
        look: What was found.
        place: The position of the field.
    """
    texts = list(dict.fromkeys(_values(look, place)))[:_MOST_DISTINCT]
    if not texts or not all(map(_may_be_date, texts[:_FIRST_FEW])):
        return None
    read = DateReader([]).read
    found = {text: read(text) if _may_be_date(text) else None for text in texts}
    good = [text for text, one in found.items() if isinstance(one, datetime)]
    misread = {text: one for text, one in found.items() if isinstance(one, Misread)}
    twofold = [text for text, one in misread.items() if DAY_FIRST in one.fix]
    strange = [text for text in texts if text not in {*good, *twofold}]
    if len(strange) > len(texts) * _FEW or len(texts) < _FEWEST_ROWS:
        return None
    name = shown_name(look.names[place])
    told = f"{name} has dates that are written in several ways: {_some([*good, *twofold])}"
    options: dict[str, Any] = {}
    if any(isinstance(one, datetime) and one.time() != _MIDNIGHT for one in found.values()):
        options["type"] = "datetime"
    if strange:
        told += f"; {counted(len(strange), 'other value')}: {_some(strange)}"
        options["on_error"] = None
    if not twofold:
        return MixedDates(options, told)
    order, evidence = _order_of(good)
    told += f"; {counted(len(twofold), 'different value')} such as {twofold[0]!r} can mean two days"
    if order is None:
        return MixedDates(None, f'{told}: say parse_dates(…, "{DAY_FIRST}") or "{MONTH_FIRST}"')
    return MixedDates({"formats": order, **options}, f"{told}, but {evidence!r} only one")


def _may_be_date(text: Any) -> bool:
    return (
        isinstance(text, str)
        and 6 <= len(text.strip()) <= _LONGEST_DATE
        and any(char.isdigit() for char in text)
    )


def _order_of(texts: Iterable[str]) -> tuple[str | None, str]:
    """Return which part is first where the year is last, and a text that shows it."""
    found: dict[str, str] = {}
    for text in texts:
        parts = _PARTS.match(text)
        if parts is None:
            continue
        first, second = int(parts[1]), int(parts[2])
        if first > _MONTHS:
            found.setdefault(DAY_FIRST, text)
        elif second > _MONTHS:
            found.setdefault(MONTH_FIRST, text)
    if len(found) != 1:
        return None, ""
    return next(iter(found.items()))


def _some(texts: Sequence[str]) -> str:
    """Return a few texts that are written differently."""
    shapes: dict[str, str] = {}
    for text in texts:
        shapes.setdefault(_DIGITS.sub("0", _LETTERS.sub("a", text)), text)
    return ", ".join(shorten(text, _LONGEST_DATE) for text in [*shapes.values()][:_MOST_SHOWN])
