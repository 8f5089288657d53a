"""Inference: which Table Schema type a column of data has, and what speaks against others.

The candidates are tried from the most specific to the least, in the order of 0.5.12, and every
value looked at has to fit. It is not eager: a type is chosen only if the value it gives can be
written as the same text again, or as a number, date or JSON that is equal. So these stay text:
numbers with leading zeros (``01234``), a plus (``+49``), underscores (``1_000``), blanks, digits
of other scripts or more than 30 digits; ``1e5`` unless another value of the column has a decimal
point; numbers with a comma (there is a `suggestion` then); versions (``1.2.13``); JSON objects
with a key twice; datetimes with more than six decimals, or some with a UTC offset and some
without. ``20200131`` and ``195411`` are integers. A geopoint needs two decimals in both parts,
and two different places. None never makes a column ``any``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from dataflows.errors import shorten
from dataflows.types.advice import KEPT_AS_TEXT, advise
from dataflows.types.candidates import CANDIDATES, Candidate, ShapedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Against", "Inference", "infer_field", "infer_native", "infer_schema"]

_MOST_AGAINST = 2
_MOST_EXAMPLES = 5
_LONGEST_EXAMPLE = 40
_NOUNS = {
    "integer": ("a whole number", "whole numbers"),
    "number": ("a number", "numbers"),
    "boolean": ("true or false", "true or false"),
    "datetime": ("a date with a time", "dates with a time"),
    "time": ("a time", "times"),
    "duration": ("a duration", "durations"),
    "geopoint": ("a place", "places"),
    "geojson": ("a GeoJSON object", "GeoJSON objects"),
    "object": ("a JSON object", "JSON objects"),
    "array": ("a JSON array", "JSON arrays"),
}
_NATIVE_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    Decimal: "number",
    str: "string",
    datetime: "datetime",
    date: "date",
    list: "array",
    tuple: "array",
    dict: "object",
}


@dataclass(frozen=True, slots=True)
class Against:
    """What spoke against a type that most values fit.

    Args:
        type: The type that it is not.
        format: Its format.
        count: How many values do not fit.
        of: How many values were looked at.
        distinct: How many different ones do not fit.
        examples: The first few different ones, each with its row number where that is known.

    Examples:
        >>> print(Against("number", "default", 3, 5000, 2, (("n/a", 17), ("-", 40))))
        3 of 5,000 values are not numbers: 'n/a' (row 17), '-' (row 40)
    """

    type: str
    format: str
    count: int
    of: int
    distinct: int
    examples: tuple[tuple[Any, int | None], ...]

    def __str__(self) -> str:
        """Return the sentence: how many values are not what the others are, and which."""
        is_one = self.count == 1
        one, many = _NOUNS.get(
            self.type, (f"a date like {self.format}", f"dates like {self.format}")
        )
        shown = ", ".join(
            shorten(value, _LONGEST_EXAMPLE) + ("" if row is None else f" (row {row:,})")
            for value, row in self.examples
        )
        if self.distinct > len(self.examples):
            shown += f", … ({self.distinct:,} different ones)"
        are_not = f"is not {one}" if is_one else f"are not {many}"
        return f"{self.count:,} of {self.of:,} values {are_not}: {shown}"


@dataclass(frozen=True, slots=True)
class Inference:
    """The type of a column, with the evidence.

    Args:
        descriptor: Name, type and format: a field of a Table Schema.
        seen: How many values were looked at.
        missing: How many were missing.
        against: What spoke against types that most values fit, the nearest first.
        notes: What a person should know: what was ambiguous, what was kept as text and why.
        suggestion: Field properties that every value fits too, but that a person has to choose.
    """

    descriptor: dict[str, Any]
    seen: int
    missing: int
    against: tuple[Against, ...] = ()
    notes: tuple[str, ...] = ()
    suggestion: dict[str, Any] | None = None


def infer_field(
    name: str,
    values: Sequence[Any],
    *,
    missing_values: Sequence[str] = ("",),
    row_numbers: Sequence[int | None] | None = None,
    strip: bool = False,
) -> Inference:
    """Find the most specific type that takes every value of a column.

    Args:
        name: The name of the field.
        values: The values looked at: texts, or Python values from JSON, Excel or SQL.
        missing_values: The texts that mean that there is no value; None always does.
        row_numbers: The number of each value's row, from 1; without it the values are rows 1, 2, …
        strip: Whether to look at texts without the blanks around them.

    Returns:
        The field's descriptor with the evidence. A column of texts is a `string` where no other
        type fits, any other column `any`; one without values is a `string`.

    Examples:
        >>> inference = infer_field("amount", ["1.5", "2.25", "n/a"])
        >>> inference.descriptor
        {'name': 'amount', 'type': 'string', 'format': 'default'}
        >>> print(inference.against[0])
        1 of 3 values is not a number: 'n/a' (row 3)
        >>> infer_field("zip", ["01234", "90210"]).notes
        ('leading zeros: kept as text',)
    """
    if strip:
        values = [value.strip() if isinstance(value, str) else value for value in values]
    column = ShapedColumn(values, missing_values)
    winner = _find(column)
    descriptor = {
        "name": name,
        "type": winner.type if winner else "string" if column.is_text else "any",
        "format": winner.format if winner else "default",
    }
    if not column.seen:
        descriptor["type"] = "string"
    notes, suggestion = advise(column, winner)
    return Inference(
        descriptor,
        column.seen,
        column.missing,
        _weigh(column, winner, values, row_numbers),
        notes,
        suggestion,
    )


def infer_schema(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    missing_values: Sequence[str] = ("",),
    spread: Sequence[Sequence[Any]] = (),
    strip: bool = False,
) -> tuple[dict[str, Any], list[Inference]]:
    """Find the type of every column of a table.

    Args:
        names: The names of the fields, in the order of the cells.
        rows: The first rows; cells that a row lacks are missing, cells past the names ignored.
        missing_values: The texts that mean that there is no value; None always does.
        spread: Rows from further on (the middle, the end): where `rows` show a type, they can
            weaken it, or turn day/month into month/day; they never make text something else.
        strip: Whether to look at texts without the blanks around them.

    Returns:
        The schema (`fields` and `missingValues`), and the evidence for each field.

    Examples:
        >>> schema, _ = infer_schema(["id", "day"], [["1", "2020-01-31"], ["2", ""]])
        >>> for field in schema["fields"]:
        ...     print(field)
        {'name': 'id', 'type': 'integer', 'format': 'default'}
        {'name': 'day', 'type': 'date', 'format': '%Y-%m-%d'}
    """
    first, further = _columns(names, rows), _columns(names, spread)
    row_numbers = [*range(1, len(rows) + 1), *[None] * len(spread)]
    inferences = []
    for name, head, tail in zip(names, first, further, strict=True):
        inference = infer_field(
            name,
            [*head, *tail] if tail else head,
            missing_values=missing_values,
            row_numbers=row_numbers,
            strip=strip,
        )
        if tail and inference.descriptor["type"] not in ("string", "any"):
            alone = infer_field(name, head, missing_values=missing_values, strip=strip)
            if alone.seen and alone.descriptor["type"] in ("string", "any"):
                inference = alone
        inferences.append(inference)
    schema = {
        "fields": [dict(inference.descriptor) for inference in inferences],
        "missingValues": list(missing_values),
    }
    return schema, inferences


def infer_native(
    names: Sequence[str], rows: Sequence[Sequence[Any]], missing_values: Sequence[str] = ("",)
) -> dict[str, Any]:
    """Find the types of rows of Python values by the Python types alone; text stays text.

    Args:
        names: The names of the fields, in the order of the cells.
        rows: The rows looked at.
        missing_values: What the schema says about missing values.

    Returns:
        The schema. A column has a type if all its values other than None are of that one kind
        (floats and Decimals are one kind, integers another); any other column is `any`.

    Examples:
        >>> infer_native(["a", "b"], [[1, "1"], [None, 2]])["fields"]
        [{'name': 'a', 'type': 'integer', 'format': 'default'}, \
{'name': 'b', 'type': 'any', 'format': 'default'}]
    """
    fields = []
    for name, values in zip(names, _columns(names, rows), strict=True):
        kinds = {_native_type(kind) for kind in set(map(type, values)) if kind is not type(None)}
        type_ = kinds.pop() if len(kinds) == 1 else "any"
        fields.append({"name": name, "type": type_, "format": "default"})
    return {"fields": fields, "missingValues": list(missing_values)}


def _native_type(kind: type) -> str:
    for base in kind.__mro__:
        if base in _NATIVE_TYPES:
            return _NATIVE_TYPES[base]
    return "any"


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Return the cells by column, as many columns as names."""
    columns: list[tuple[Any, ...]] = [*zip_longest(*rows)][: len(names)]
    lacking = len(names) - len(columns)
    return [*columns, *[(None,) * len(rows)] * lacking]


def _find(column: ShapedColumn) -> Candidate | None:
    if not column.seen:
        return None
    for candidate in CANDIDATES:
        if candidate.takes_all(column):
            return candidate
    return None


def _weigh(
    column: ShapedColumn,
    winner: Candidate | None,
    values: Sequence[Any],
    row_numbers: Sequence[int | None] | None,
) -> tuple[Against, ...]:
    """Return what spoke against the types before the winner that half of the values fit."""
    found: list[tuple[int, Candidate, list[tuple[Any, str, int]]]] = []
    for candidate in _runners_up(winner):
        fitting = sum(column.shapes.get(shape, 0) for shape in candidate.shapes)
        if fitting * 2 < column.seen or not fitting:
            continue
        strangers = [item for item in column.items if not candidate.takes(item[0], item[1])]
        if all(shape in KEPT_AS_TEXT for _, shape, _ in strangers):
            continue  # a note says so
        count = sum(count for _, _, count in strangers)
        if count * 2 <= column.seen:
            found.append((count, candidate, strangers))
    found.sort(key=lambda item: item[0])
    against: dict[str, Against] = {}
    for count, candidate, strangers in found:
        family = "number" if candidate.type == "integer" and winner is None else candidate.type
        if family not in against and len(against) < _MOST_AGAINST:
            examples = _examples(strangers, values, row_numbers)
            against[family] = Against(
                candidate.type, candidate.format, count, column.seen, len(strangers), examples
            )
    return tuple(against.values())


def _runners_up(winner: Candidate | None) -> Iterator[Candidate]:
    is_before = True
    for candidate in CANDIDATES:
        if candidate is winner:
            is_before = False
        elif is_before or (winner and candidate.type == winner.type):
            yield candidate


def _examples(
    strangers: Sequence[tuple[Any, str, int]],
    values: Sequence[Any],
    row_numbers: Sequence[int | None] | None,
) -> tuple[tuple[Any, int | None], ...]:
    examples = []
    for stranger, _, _ in strangers[:_MOST_EXAMPLES]:
        # Of values that are equal but of two types (1, True), the one meant is found.
        index = next(
            index
            for index, value in enumerate(values)
            if value is stranger or (type(value) is type(stranger) and value == stranger)
        )
        examples.append((stranger, index + 1 if row_numbers is None else row_numbers[index]))
    return tuple(examples)
