"""The types that inference tries, from the most specific to the least, and what each takes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from dataflows.types.shapes import shape_of, shape_of_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["CANDIDATES", "MONTH_FIRST", "Candidate", "ShapedColumn", "fits_date"]

MONTH_FIRST = {"%d/%m/%Y": "%m/%d/%Y", "%d/%m/%y": "%m/%d/%y"}

_split_date = re.compile(r"[-/.]").split


class ShapedColumn:
    """The values of a column that are not missing, with the shape of each.

    Args:
        values: The values of the column, None and missing ones among them.
        missing_values: The texts that mean that there is no value.

    Attributes:
        items: Value, shape and number of times; texts once each, in order of appearance.
        shapes: How many values have each shape.
        is_text: Whether there are texts (and None) only.
    """

    __slots__ = ("is_text", "items", "missing", "seen", "shapes")

    def __init__(self, values: Sequence[Any], missing_values: Sequence[str]) -> None:
        self.is_text = set(map(type, values)) <= {str, type(None)}
        if self.is_text:
            tally = Counter(values)
            for absent in (None, *missing_values):
                tally.pop(absent, None)
            self.items = [(text, shape_of_text(text), count) for text, count in tally.items()]
        else:
            absent_texts = frozenset(missing_values)
            self.items = [
                (value, shape_of(value), 1)
                for value in values
                if value is not None and not (isinstance(value, str) and value in absent_texts)
            ]
        self.shapes: dict[str, int] = {}
        for _, shape, count in self.items:
            self.shapes[shape] = self.shapes.get(shape, 0) + count
        self.seen = sum(self.shapes.values())
        self.missing = len(values) - self.seen


@dataclass(frozen=True, slots=True)
class Candidate:
    """A type: the shapes it takes, and what has to hold for each text and for all together."""

    type: str
    shapes: frozenset[str]
    format: str = "default"
    check: Callable[[str], bool] | None = None
    together: Callable[[ShapedColumn], bool] | None = None

    def takes(self, value: Any, shape: str) -> bool:
        """Tell whether one value could be of this type."""
        return shape in self.shapes and (
            self.check is None or not isinstance(value, str) or self.check(value)
        )

    def takes_all(self, column: ShapedColumn) -> bool:
        """Tell whether a column could be of this type."""
        return (
            column.shapes.keys() <= self.shapes
            and (self.together is None or self.together(column))
            and (
                self.check is None
                or all(self.takes(value, shape) for value, shape, _ in column.items)
            )
        )


def fits_date(text: str, format: str) -> bool:
    """Tell whether a text that has the shape of a date format is a day of the calendar.

    Args:
        text: Three numbers with something between them.
        format: A `strptime` format of a year, a month and a day.

    Examples:
        >>> fits_date("29/02/2020", "%d/%m/%Y"), fits_date("29/02/2021", "%d/%m/%Y")
        (True, False)
    """
    parts = dict(zip(_split_date(format), map(int, _split_date(text)), strict=True))
    # Of two digits the century is of no matter: `strptime` takes 00 for 2000, and the leap years of
    # 1969 to 1999 are those of 2069 to 2099.
    year = parts["%Y"] if "%Y" in parts else 2000 + parts["%y"]
    try:
        date(year, parts["%m"], parts["%d"])
    except ValueError:
        return False
    return True


def _dates(format: str, shape: str) -> Candidate:
    return Candidate(
        "date",
        frozenset({shape, "date", "midnight"}),
        format,
        check=lambda text: fits_date(text, format),
    )


def _are_two_places(column: ShapedColumn) -> bool:
    return len({value for value, _, _ in column.items}) > 1


def _are_all_or_none_with_offset(column: ShapedColumn) -> bool:
    return "offset" not in column.shapes or column.shapes.keys() == {"offset"}


def _are_plainly_numbers(column: ShapedColumn) -> bool:
    """Refuse `1e5` where nothing has a decimal point, and `inf` where there are no numbers."""
    shapes: Mapping[str, int] = column.shapes
    if "exponent" in shapes and not ("number" in shapes or "float" in shapes):
        return False
    return "infinity" not in shapes or bool(shapes.keys() & {"integer", "number", "float"})


CANDIDATES = (
    Candidate("duration", frozenset({"duration"})),
    Candidate("geojson", frozenset({"geojson"})),
    Candidate("geopoint", frozenset({"geopoint"}), together=_are_two_places),
    Candidate("object", frozenset({"object", "geojson"})),
    Candidate("array", frozenset({"array"})),
    Candidate(
        "datetime",
        frozenset({"datetime", "zulu", "offset", "midnight"}),
        together=_are_all_or_none_with_offset,
    ),
    Candidate("time", frozenset({"time"})),
    _dates("%Y-%m-%d", "y-m-d"),
    _dates("%d/%m/%Y", "x/x/Y"),
    _dates("%m/%d/%Y", "x/x/Y"),
    _dates("%d/%m/%y", "x/x/y"),
    _dates("%m/%d/%y", "x/x/y"),
    _dates("%d-%m-%y", "d-m-y"),
    _dates("%Y/%m/%d", "y/m/d"),
    _dates("%d.%m.%Y", "d.m.Y"),
    _dates("%d.%m.%y", "d.m.y"),
    Candidate("integer", frozenset({"integer"})),
    Candidate(
        "number",
        frozenset({"integer", "number", "float", "exponent", "nan", "infinity"}),
        together=_are_plainly_numbers,
    ),
    Candidate("boolean", frozenset({"boolean"})),
)
