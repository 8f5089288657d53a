"""What the values of a field become in a columnar file: exact, in one Arrow type for all rows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.coding.exact_json import InexactError, dumps
from dataflows.errors import CastError, Place, RowError, shorten
from dataflows.types import NotColumnar
from dataflows.types.octets import holds_any

if TYPE_CHECKING:
    from dataflows.batch import Batch
    from dataflows.column import Column
    from dataflows.processors.formats.writing import OutputField

__all__ = ["Form", "converted", "formed", "usual_form", "wider"]

_INTEGER_DIGITS = 19
_AS_PLAIN_TEXT = ("duration", "yearmonth", "geopoint", "array", "object", "geojson")
_NUMERIC = ("integer", "number")


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of a field stand in a file.

    Args:
        type: The Arrow type; null as long as there has been no value.
        coded: Whether they are texts of exact JSON (see `exact_json`).
        digits: Of numbers, how many digits there are before and after the point at most.
    """

    type: pa.DataType
    coded: bool = False
    digits: tuple[int, int] | None = field(default=None, compare=False)


_NOTHING = Form(pa.null())
_TEXT = Form(pa.string())
_CODED = Form(pa.string(), coded=True)
_UTC = Form(pa.timestamp("us", "UTC"))


def usual_form(field: OutputField) -> Form:
    """Return the form of a field that has had no value."""
    if field.type == "number":
        return Form(pa.decimal128(18, 0))
    return Form(field.codec.arrow_type or pa.string())


def formed(batch: Batch, field: OutputField, form: Form, *, floats: bool) -> tuple[pa.Array, Form]:
    """Return a column in the form that holds its values exactly.

    Args:
        batch: The rows.
        field: The field.
        form: That of the rows before; null for none.
        floats: Whether the numbers came as floats, and may go so.

    Raises:
        RowError: A value does not fit the field, or has no exact form at all.
    """
    column = batch.column(field.name)
    if column.codec is not field.codec:
        cast, errors = column.cast(field.codec)
        if cast is None or errors:
            raise _refusal(batch, field, errors[0][0], errors[0][2])
        column = cast
    if field.type == "number":
        return _numbers(column, field, form, floats=floats)
    if field.type in _AS_PLAIN_TEXT:
        return _found(column.plain(field.codec))
    try:
        return _found(column.arrow(field.codec))
    except NotColumnar:
        values = column.values
    if field.type == "integer":
        return _decimals_of([None if v is None else Decimal(v) for v in values])
    if field.type == "datetime" and all(v is None or v.tzinfo is not None for v in values):
        return pa.array(values, _UTC.type), _UTC
    return _coded(batch, field, values)


def _found(array: pa.Array) -> tuple[pa.Array, Form]:
    return array, _NOTHING if array.null_count == len(array) else Form(array.type)


def _coded(batch: Batch, field: OutputField, values: list[Any]) -> tuple[pa.Array, Form]:
    cells: list[str | None] = []
    for index, value in enumerate(values):
        try:
            cells.append(None if value is None else dumps(value))
        except InexactError as error:
            what = f"the value {shorten(value)} has no exact form in a columnar file"
            fix = "make it a value of one of Python's own types, such as a text or a number."
            place = Place(row=batch.number(index), field=field.name)
            raise RowError(what, where=place, fix=fix) from error
    return pa.array(cells, pa.string()), _CODED


def _refusal(batch: Batch, field: OutputField, index: int, error: Exception) -> RowError:
    what = error.what if isinstance(error, CastError) else str(error)
    fix = "turn it into a missing value, or make the field the type that it has."
    return RowError(what, where=Place(row=batch.number(index), field=field.name), fix=fix)


# Numbers


def _numbers(
    column: Column, field: OutputField, form: Form, *, floats: bool
) -> tuple[pa.Array, Form]:
    array = column.only_arrow
    if array is not None and pa.types.is_decimal(array.type):
        return _found(array)
    text = column.plain(field.codec)
    if floats and (form.type == pa.float64() or pa.types.is_null(form.type)):
        exact = _floats(text)
        if exact is not None:
            return _found(exact)
    if text.null_count == len(text):
        return text, _NOTHING
    if not holds_any(text, "e", "E", "n", "N"):
        # Without an exponent, an Infinity or a NaN.
        fitting = _form_of_texts(text)
        if fitting is not None:
            try:
                return text.cast(fitting.type), fitting
            except pa.ArrowInvalid:
                pass  # a spelling that Arrow does not know: Python does
    return _decimals_of(column.values)


def _floats(text: pa.StringArray) -> pa.Array | None:
    """Return numbers as floats, if that is what they are to the last digit."""
    try:
        floats = text.cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    shortest = floats.cast(pa.string())
    odd = pc.indices_nonzero(pc.fill_null(pc.not_equal(shortest, text), False))  # noqa: FBT003 - what is to stand for null
    pairs = zip(text.take(odd).to_pylist(), shortest.take(odd).to_pylist(), strict=True)
    same = all(Decimal(one) == Decimal(two) or one.lower() == two for one, two in pairs)
    return floats if same else None


def _form_of_texts(text: pa.StringArray) -> Form | None:
    point = pc.find_substring(text, ".")
    length = pc.binary_length(text)
    behind = pc.if_else(pc.less(point, 0), 0, pc.subtract(pc.subtract(length, point), 1))
    before = pc.if_else(pc.less(point, 0), length, point)
    scale, whole = pc.max(behind).as_py(), pc.max(before).as_py()
    if holds_any(text, "-", "+"):
        signs = pc.or_(pc.starts_with(text, "-"), pc.starts_with(text, "+"))
        whole = pc.max(pc.subtract(before, signs.cast(pa.int32()))).as_py()
    return _decimal_form(whole, scale)


def _decimals_of(values: list[Any]) -> tuple[pa.Array, Form]:
    """Return Decimals as Arrow decimals; as texts where these have not the digits."""
    present = [value for value in values if value is not None]
    form = None
    if all(value.is_finite() for value in present):
        scale = max((max(0, -value.as_tuple().exponent) for value in present), default=0)
        whole = max((value.adjusted() + 1 for value in present), default=1)
        form = _decimal_form(max(whole, 0), scale)
    if form is None:
        texts = [None if value is None else str(value) for value in values]
        return pa.array(texts, pa.string()), _TEXT
    return pa.array(values, form.type), form


def _decimal_form(whole: int, scale: int) -> Form | None:
    """Return the form of numbers with so many digits before and after the point, if there is one.

    There are few, so that those of the next rows most often fit, too: with 18 digits a number takes
    8 bytes in the file, with 38 it takes 16.
    """
    makers = {18: pa.decimal128, 38: pa.decimal128, 76: pa.decimal256}
    for precision, make in makers.items():
        if whole + scale <= precision:
            return Form(make(precision, scale), digits=(whole, scale))
    return None


# Forms


def wider(one: Form, other: Form, type_: str) -> Form:
    """Return the form that holds exactly what two forms of a field of some type hold."""
    if pa.types.is_null(one.type) or pa.types.is_null(other.type):
        return one if pa.types.is_null(other.type) else other
    if type_ not in _NUMERIC:
        return one if one == other else _CODED
    sizes = [_digits(one), _digits(other)]
    if None in sizes or one.type == other.type == pa.int64():
        return one if one == other else _TEXT
    whole, scale = (max(size) for size in zip(*filter(None, sizes), strict=True))
    for form in (one, other):
        kind = form.type
        wide = pa.types.is_decimal(kind) and kind.precision - kind.scale >= whole
        if wide and kind.scale >= scale:
            return Form(kind, digits=(whole, scale))
    return _decimal_form(whole, scale) or _TEXT


def _digits(form: Form) -> tuple[int, int] | None:
    kind = form.type
    if form.digits is not None:
        return form.digits
    if pa.types.is_integer(kind):
        return _INTEGER_DIGITS, 0
    return (kind.precision - kind.scale, kind.scale) if pa.types.is_decimal(kind) else None


def converted(array: pa.Array, form: Form, target: Form) -> pa.Array:
    """Return an array of one form in a wider one."""
    if form == target:
        return array
    if pa.types.is_null(form.type):
        return pa.nulls(len(array), target.type)
    if target.coded:
        return pa.array(
            [None if value is None else dumps(_as_read(value)) for value in array.to_pylist()],
            pa.string(),
        )
    return array.cast(target.type)


def _as_read(value: Any) -> Any:
    """Return a value of Arrow as the codecs give it: a moment of UTC is Python's own UTC."""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.UTC)
    return value
