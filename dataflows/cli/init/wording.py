"""What `dataflows init` says of a table and of its fields, on the terminal and in the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import shorten
from dataflows.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataflows.cli.init.look import Look
    from dataflows.types.inference import Against

__all__ = ["against_in", "describe_table", "described_type", "shown_name"]

_LONGEST_NAME = 40
_FORMATS = {"ndjson": "NDJSON", "excel-xml": "Excel XML", "sql": "a table of a database"}
_CAPITALS = {"csv", "tsv", "json", "xlsx", "xlsm", "xls", "ods", "xml", "html"}
_SIGNS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "blanks"}
_ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with a byte order mark"}
_ROWS_TO_WEIGH = 1_000


def shown_name(name: object) -> str:
    """Return the name of a field as comments and lines show it.

    Examples:
        >>> shown_name("amount")
        "'amount'"
    """
    return shorten(name, _LONGEST_NAME)


def against_in(name: object, against: Against) -> str:
    """Return what spoke against a type, with the name of the field.

    Examples:
        >>> from dataflows.types.inference import Against
        >>> against_in("amount", Against("number", "default", 1, 5000, 1, (("-", 17),)))
        "1 of 5,000 values of 'amount' is not a number: '-' (row 17)"
    """
    text, head = str(against), f"{against.count:,} of {against.of:,} values"
    return f"{head} of {shown_name(name)}{text.removeprefix(head)}"


def described_type(properties: Mapping[str, Any]) -> str:
    """Return what values are that fit some properties of a field.

    Examples:
        >>> described_type({"type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]})
        "'ja' or 'nein'"
        >>> described_type({"type": "number", "bareNumber": False, "decimalChar": ","})
        "numbers with % or a currency (left out), ',' as the decimal mark"
    """
    if properties["type"] == "boolean":
        return f"{properties['trueValues'][0]!r} or {properties['falseValues'][0]!r}"
    if properties["type"] == "date":
        return f"dates like {properties['format']}"
    parts = ["% or a currency (left out)"] if properties.get("bareNumber") is False else []
    if "groupChar" in properties:
        parts.append(f"{properties['groupChar']!r} between the thousands")
    if "decimalChar" in properties:
        parts.append(f"{properties['decimalChar']!r} as the decimal mark")
    return f"numbers with {', '.join(parts)}"


def describe_table(look: Look) -> str:
    """Return what a table is: its format, how it is written, and how much of it was looked at.

    Args:
        look: What was found.
    """
    fields = counted(len(look.loaded), "field")
    if look.is_whole:
        rows = f"{counted(look.rows, 'row')} of {fields}"
    else:
        guess = _estimate(look)
        about = f"about {guess:,} rows" if guess else f"more than {look.rows:,} rows"
        rows = f"{about} of {fields}; the first {look.rows:,} were looked at"
    return f"{_format(look.table)}; {rows}" if look.table is not None else rows


def _format(table: Any) -> str:
    name = str(table.format)
    shown = _FORMATS.get(name, name.upper() if name in _CAPITALS else name.capitalize())
    file = getattr(table, "file", None)
    if file is None:
        return shown
    dialect = file.dialect
    parts = [f"{shown} in {_ENCODINGS.get(dialect.encoding, dialect.encoding)}"]
    if len(table.names) > 1:
        sign = _SIGNS.get(dialect.delimiter, repr(dialect.delimiter))
        parts.append(f"separated by {sign}")
    quotes = dialect.quotes
    parts.append("not quoted" if quotes is None else f"quoted with {quotes}")
    if dialect.header_row is None:
        parts.append("no header")
    else:
        parts.append(f"header in row {dialect.header_row:,}")
    return ", ".join(parts)


def _estimate(look: Look) -> int | None:
    """Return about how many rows there are, by the size of the first; None where that is unknown.

    It is rounded to two digits, and never less than what was looked at.
    """
    file = getattr(look.table, "file", None)
    if file is None or file.size_bytes is None or file.compression is not None:
        return None
    every = max(1, look.rows // _ROWS_TO_WEIGH)
    weighed = [*zip(*(values[::every] for values in look.columns), strict=True), *file.spread]
    cells = (str(value) for row in weighed for value in row if value is not None)
    used = sum(map(_size, cells)) + len(weighed) * len(look.columns)
    guess = int(file.size_bytes * len(weighed) / used) if used else 0
    digits = max(0, len(str(guess)) - 2)
    return max(round(guess, -digits), look.rows)


def _size(cell: str) -> int:
    """Return how many bytes a cell takes, with the quotes that it needs."""
    plain = len(cell) if cell.isascii() else len(cell.encode())
    return plain + 2 if any(sign in cell for sign in ',"\n;') else plain
