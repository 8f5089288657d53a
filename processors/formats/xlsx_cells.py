"""Columns as the cells of an Excel sheet (ECMA-376, part 1, section 18.3.1.4): typed, and exact.

What a cell of the right kind cannot hold to the last digit is written as text, which reads back as
the same value: numbers with more than 15 digits, dates before March 1900 (Excel takes 1900 for a
leap year), moments with a UTC offset. Text is always a text, never a formula.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import Place, RowError, shorten
from dataflows.processors.formats.writing import formatted
from dataflows.types.octets import holds_any, text_bytes
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.processors.formats.writing import OutputField

__all__ = [
    "MOST_CHARACTERS",
    "STYLES",
    "column_letters",
    "empty_text",
    "is_exact",
    "sheet_cells",
    "text_cells",
]

MOST_CHARACTERS = 32_767
STYLES = {"date": 1, "datetime": 2, "time": 3}
"""Which of the formats of the workbook's styles a cell has."""

_MOST_DIGITS = 15
_FARTHEST = 300
_FIRST_SAFE_DAY = datetime.date(1900, 3, 1)
_DAY_ZERO = datetime.date(1899, 12, 30).toordinal()
_DAY_MILLISECONDS = 86_400_000
_SHORT_NUMBER = r"^-?[0-9]{1,15}$|^[0-9]{1,8}\.[0-9]{1,7}$|^-[0-9]{1,8}\.[0-9]{1,7}$"
_ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_NO_CHARACTERS = ("￾", "￿")
_TEXT_TYPES = ("string", "any")

_JOIN: dict[str, Any] = {"null_handling": "emit_null"}
_TEXT = '" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"
_NUMBER = '"><v>', "</v></c>"
_BOOLEAN = '" t="b"><v>', "</v></c>"


def column_letters(index: int) -> str:
    """Return the letters of a column, counted from 0.

    Examples:
        >>> column_letters(0), column_letters(27)
        ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def is_exact(text: str, *, whole: bool = False) -> bool:
    """Tell whether a number, as text, can be a number of Excel, with nothing lost.

    Examples:
        >>> is_exact("0.1"), is_exact("1234567890123456"), is_exact("1.50000000000000000")
        (True, False, True)
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    if not number.is_finite():
        return False
    kept = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(kept) > _MOST_DIGITS or abs(number.adjusted()) >= _FARTHEST:
        return False
    return not whole or int(number) == int(float(text))


def sheet_cells(batch: Batch, field: OutputField, letters: str, rows: pa.StringArray) -> pa.Array:
    """Return the values of a field as cells in XML; null for one that is missing.

    Args:
        batch: The rows.
        field: The field.
        letters: The letters of the column.
        rows: The number of each row in the sheet.

    Raises:
        RowError: A text holds a character that XML has no place for, or is too long.
    """
    column = batch.column(field.name)
    before = f'<c r="{letters}'
    if field.pattern is not None:
        pattern = field.pattern
        made = [None if value is None else formatted(value, pattern) for value in column.values]
        return _texts(batch, field, pa.array(made, pa.string()), before, rows)
    if field.type in ("integer", "number", "year"):
        return _numbers(batch, field, column.plain(field.codec), before, rows)
    if field.type == "boolean":
        digits = pc.if_else(pc.equal(column.plain(field.codec), "True"), "1", "0")
        return pc.binary_join_element_wise(
            before, rows, _BOOLEAN[0], digits, _BOOLEAN[1], "", **_JOIN
        )
    if field.type in STYLES or field.type == "any":
        values = [None if value is None else _typed(field, value) for value in column.values]
        return _values(batch, field, values, before, rows)
    text = column.plain(field.codec)
    if field.null_text and field.type in _TEXT_TYPES and text.null_count:
        text = pc.fill_null(text, field.null_text)
    return _texts(batch, field, text, before, rows)


def text_cells(texts: list[str], row: int) -> str:
    """Return texts as the cells of one row.

    Raises:
        RowError: A text holds a character that XML has no place for, or is too long.
    """
    found = pa.array(texts, pa.string())
    _check(found, lambda index: Place(field=texts[index]))
    return "".join(
        f'<c r="{column_letters(index)}{row}{_TEXT[0]}{text}{_TEXT[1]}'
        for index, text in enumerate(_escaped(found).to_pylist())
    )


def empty_text(letters: str) -> tuple[str, str]:
    """Return what stands before and after the number of the row in a cell with an empty text."""
    return f'<c r="{letters}', "".join(_TEXT)


def _numbers(
    batch: Batch, field: OutputField, text: pa.StringArray, before: str, rows: pa.StringArray
) -> pa.Array:
    short = pc.match_substring_regex(text, _SHORT_NUMBER)
    cells = pc.binary_join_element_wise(before, rows, _NUMBER[0], text, _NUMBER[1], "", **_JOIN)
    if pc.all(short, min_count=0).as_py():
        return cells
    whole = field.type != "number"
    exact = pa.array(
        [
            is_short is None or is_short or is_exact(one, whole=whole)
            for is_short, one in zip(short.to_pylist(), text.to_pylist(), strict=True)
        ]
    )
    if exact.false_count == 0:
        return cells
    return pc.if_else(exact, cells, _texts(batch, field, text, before, rows))


def _texts(
    batch: Batch, field: OutputField, text: pa.StringArray, before: str, rows: pa.StringArray
) -> pa.Array:
    _check(text, lambda index: Place(row=batch.number(index), field=field.name))
    return pc.binary_join_element_wise(
        before, rows, _TEXT[0], _escaped(text), _TEXT[1], "", **_JOIN
    )


def _values(
    batch: Batch,
    field: OutputField,
    values: list[tuple[str, str] | None],
    before: str,
    rows: pa.StringArray,
) -> pa.Array:
    """Return cells of which each has a beginning of its own; texts are those that begin as one."""
    heads = pa.array([None if one is None else one[0] for one in values], pa.string())
    texts = pa.array([None if one is None else one[1] for one in values], pa.string())
    cells = pc.binary_join_element_wise(before, rows, heads, texts, "</v></c>", "", **_JOIN)
    is_text = pc.fill_null(pc.equal(heads, _TEXT[0]), False)  # noqa: FBT003 - what is to stand for null
    if is_text.true_count == 0:
        return cells
    only = pc.if_else(is_text, texts, pa.scalar(None, pa.string()))
    return pc.if_else(is_text, _texts(batch, field, only, before, rows), cells)


def _typed(field: OutputField, value: Any) -> tuple[str, str]:
    """Return the beginning of the cell of a value, and what stands in it."""
    for kind, make in _KINDS:
        if isinstance(value, kind):
            found = make(value)
            if found is not None:
                return found
            break
    if field.type in STYLES:
        return _TEXT[0], value.isoformat()
    return _TEXT[0], plain_serializer(field.type, "default")(value)


def _boolean(value: bool) -> tuple[str, str]:
    return _BOOLEAN[0], "1" if value else "0"


def _number(value: Any) -> tuple[str, str] | None:
    text = repr(value) if isinstance(value, float) else str(value)
    if not is_exact(text, whole=isinstance(value, int)) and not isinstance(value, float):
        return None
    return (_NUMBER[0], text) if Decimal(text).is_finite() else None


def _datetime(value: datetime.datetime) -> tuple[str, str] | None:
    if value.tzinfo is not None or value.date() < _FIRST_SAFE_DAY:
        return None
    days = value.toordinal() - _DAY_ZERO
    return f'" s="{STYLES["datetime"]}"><v>', repr(days + _part_of_day(value))


def _date(value: datetime.date) -> tuple[str, str] | None:
    if value < _FIRST_SAFE_DAY:
        return None
    return f'" s="{STYLES["date"]}"><v>', str(value.toordinal() - _DAY_ZERO)


def _time(value: datetime.time) -> tuple[str, str]:
    return f'" s="{STYLES["time"]}"><v>', repr(_part_of_day(value))


def _part_of_day(value: datetime.datetime | datetime.time) -> float:
    """Return the time as a part of the day, to the millisecond, as Excel has it."""
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return (seconds * 1000 + value.microsecond // 1000) / _DAY_MILLISECONDS


_KINDS: tuple[tuple[Any, Callable[[Any], tuple[str, str] | None]], ...] = (
    (bool, _boolean),
    ((int, float, Decimal), _number),
    (datetime.datetime, _datetime),
    (datetime.date, _date),
    (datetime.time, _time),
)


def _check(text: pa.StringArray, place: Callable[[int], Place]) -> None:
    """Raise for the first text that a cell cannot hold."""
    data = bytes(text_bytes(text))
    longest = pc.max(pc.binary_length(text)).as_py() or 0
    has_control = len(data.translate(None, _CONTROLS)) != len(data) or any(
        mark.encode() in data for mark in _NO_CHARACTERS
    )
    if not has_control and longest <= MOST_CHARACTERS:
        return
    for index, one in enumerate(text.to_pylist()):
        if one is None:
            continue
        bad = next((mark for mark in one if ord(mark) < 32 and mark not in "\t\n\r"), None)
        bad = bad or next((mark for mark in one if mark in _NO_CHARACTERS), None)
        if bad is not None:
            what = f"{shorten(one)} holds {bad!r}, a character that no Excel file can hold"
            fix = "remove such characters with find_replace(…), or dump another format."
            raise RowError(what, where=place(index), fix=fix)
        length = len(one.encode("utf-16-le")) // 2
        if length > MOST_CHARACTERS:
            what = f"a text of {length:,} characters is too long for a cell: {shorten(one)}"
            fix = f"shorten it: Excel takes {MOST_CHARACTERS:,} characters; or dump another format."
            raise RowError(what, where=place(index), fix=fix)


def _escaped(text: pa.StringArray) -> pa.StringArray:
    for mark, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        if holds_any(text, mark):
            text = pc.replace_substring(text, mark, escape)
    if holds_any(text, "_x"):
        # Excel takes `_x0041_` for an A.
        made = [one and _ESCAPE_LIKE.sub("_x005F_", one) for one in text.to_pylist()]
        text = pa.array(made, pa.string())
    return text
