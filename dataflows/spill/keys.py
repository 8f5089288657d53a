"""Keys: the values of fields in the form in which rows are ordered, grouped and matched.

Keys are compared as values, never as text: 1 is not ``"1"``, 1 is 1.0. As Arrow columns they go to
the database that sorts what does not fit into memory; as Python values into a dict. Both compare
alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Context, Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import FlowError, Place, RowError
from dataflows.spill.order_keys import in_fixed_offset, number_key, order_key
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dataflows.batch import Batch
    from dataflows.column import Column
    from dataflows.types import Codec

__all__ = ["Key", "hashables", "key_values", "kind_of"]

_KINDS = {
    "string": "text",
    "integer": "integer",
    "year": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
_SCALE = 18
_NUMBER = pa.decimal128(38, _SCALE)
_LARGEST = Decimal(10) ** (38 - _SCALE)
_STEP = Decimal(1).scaleb(-_SCALE)
_WIDE = Context(prec=38)
_NAN = Decimal("NaN")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - Arrow counts from here, in UTC or without a zone
_MICROSECOND = timedelta(microseconds=1)
_SMALLEST_INT64, _LARGEST_INT64 = -(2**63), 2**63 - 1
# Below what the column holds, in it, and above; what is no number comes last.
_BELOW, _INSIDE, _ABOVE = -1, 0, 1
# What is left of a number when it is cut: less than this, nothing, or more.
_NO_REST = number_key(0)

_TYPES: dict[str, tuple[pa.DataType, ...]] = {
    "text": (pa.string(),),
    "boolean": (pa.bool_(),),
    "date": (pa.date32(),),
    "datetime": (pa.int8(), pa.int64()),
    "integer": (pa.int8(), pa.int64(), pa.binary()),
    "number": (pa.int8(), _NUMBER, pa.binary()),
    "bytes": (pa.binary(),),
}


def kind_of(type_: str) -> str:
    """Return how values of a type are compared: types of one kind can be equal.

    Examples:
        >>> kind_of("year"), kind_of("array")
        ('integer', 'bytes')
    """
    return _KINDS.get(type_, "bytes")


@dataclass(frozen=True)
class Key:
    """One field of a key, or one value that a function gives.

    Args:
        kind: How the values are compared; see `kind_of`.
        prefix: What the names of its Arrow columns start with.

    A number that 38 digits, 18 of them decimals, do not hold is ordered exactly all the same: by
    whether it is below or above them, and by all its digits where some are cut.
    """

    kind: str
    prefix: str

    @property
    def names(self) -> list[str]:
        """The names of its Arrow columns."""
        return [f"{self.prefix}_{number}" for number in range(len(_TYPES[self.kind]))]

    @property
    def types(self) -> tuple[pa.DataType, ...]:
        """Their types."""
        return _TYPES[self.kind]

    def order(self, *, reverse: bool = False, missing_first: bool = False) -> str:
        """Return the SQL that orders by this key."""
        direction = "DESC" if reverse else "ASC"
        where = "NULLS FIRST" if missing_first else "NULLS LAST"
        return ", ".join(f"{name} {direction} {where}" for name in self.names)

    def arrays(self, column: Column, codec: Codec, batch: Batch) -> list[pa.Array]:
        """Return the Arrow columns of values that fit `codec`; null where a value is missing.

        Raises:
            RowError: A value that has no order.
        """
        if self.kind == "bytes":
            return [pa.array(_ordered(column.values, batch), pa.binary())]
        try:
            array = column.arrow(codec)
            if self.kind in ("integer", "number"):
                _refuse_too_large(array)
                return _with_class(array.cast(self.types[1]))
        except (NotColumnar, pa.ArrowInvalid):
            return self._of_values(column.values, batch)
        if self.kind == "datetime":
            if array.type != pa.timestamp("us"):
                return self._of_values(column.values, batch)
            return [_constant(_INSIDE, pa.int8(), array), array.cast(pa.int64())]
        return [array]

    def _of_values(self, values: list[Any], batch: Batch) -> list[pa.Array]:
        """Return the columns of values that Arrow does not hold as they are."""
        if self.kind == "text":
            raise _no_text(values, batch)
        parts_of: dict[str, Callable[[Any], tuple[Any, ...]]] = {
            "integer": _integer_parts,
            "number": _number_parts,
            "datetime": _datetime_parts,
        }
        make = parts_of.get(self.kind, lambda value: (value,))
        empty = (None,) * len(self.types)
        parts = [empty if value is None else make(value) for value in values]
        columns = zip(*parts, strict=True) if parts else [()] * len(self.types)
        return [
            pa.array(list(column), type_) for column, type_ in zip(columns, self.types, strict=True)
        ]


def key_values(batch: Batch, names: Iterable[str], codecs: dict[str, Codec]) -> list[Column]:
    """Return the columns of a key, with the values that their fields say.

    Raises:
        RowError: A value that does not fit its field.
    """
    columns = []
    for name in names:
        column, errors = batch.column(name).cast(codecs[name])
        if errors or column is None:
            index, _, cause = errors[0]
            what = f"a value does not fit its field: {getattr(cause, 'what', cause)}"
            fix = f"use set_type({name!r}, …) or validate() before this."
            error = RowError(what, where=Place(row=batch.number(index), field=name), fix=fix)
            error.came_in = True
            raise error
        columns.append(column)
    return columns


def hashables(column: Column, kind: str, batch: Batch) -> list[Any]:
    """Return values that are equal, as keys of a dict, when the keys are; None where missing."""
    if kind == "bytes":
        return _ordered(column.values, batch)
    values = column.values
    if kind == "number":
        # What is not a number is one key, as for the database: one object, as it equals nothing.
        return [_NAN if value is not None and _is_nan(value) else value for value in values]
    if kind == "datetime":
        return [value if value is None else in_fixed_offset(value) for value in values]
    return values


def _ordered(values: list[Any], batch: Batch) -> list[bytes | None]:
    index = 0
    try:
        made = []
        for index, value in enumerate(values):  # noqa: B007 - the index tells the row in an error
            made.append(None if value is None else order_key(value))
    except FlowError as error:
        place = Place(row=batch.number(index))
        raise RowError(error.what, where=place, fix=error.fix) from error
    return made


def _no_text(values: list[Any], batch: Batch) -> RowError:
    index = next(i for i, v in enumerate(values) if v and not v.isprintable() and _is_torn(v))
    what = f"the key {values[index]!r} holds half of a character (a lone surrogate)"
    fix = "replace it before this: row['…'].encode('utf-16', 'surrogatepass').decode('utf-16')."
    return RowError(what, where=Place(row=batch.number(index)), fix=fix)


def _is_torn(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_too_large(array: pa.Array) -> None:
    """Refuse decimals that the column does not hold: of many, Arrow's cast gives other numbers.

    Raises:
        NotColumnar: There is one.
    """
    kind = array.type
    if pa.types.is_decimal(kind) and kind.precision - kind.scale > _NUMBER.precision - _SCALE:
        ends = pc.min_max(array).as_py().values()
        if any(end is not None and end.copy_abs() >= _LARGEST for end in ends):
            reason = "a number has more digits than the column"
            raise NotColumnar(reason)


def _with_class(array: pa.Array) -> list[pa.Array]:
    """Return a column that holds all its values, with the class and remainder that say so."""
    rest = _constant(_NO_REST, pa.binary(), array)
    return [_constant(_INSIDE, pa.int8(), array), array, rest]


def _constant(value: Any, type_: pa.DataType, like: pa.Array) -> pa.Array:
    constant = pa.repeat(pa.scalar(value, type_), len(like))
    if like.null_count:
        constant = pc.if_else(pc.is_valid(like), constant, pa.scalar(None, type_))
    return constant


def _integer_parts(value: int) -> tuple[int, int, bytes]:
    if _SMALLEST_INT64 <= value <= _LARGEST_INT64:
        return _INSIDE, value, _NO_REST
    return (_BELOW if value < 0 else _ABOVE), 0, number_key(value)


def _number_parts(value: Any) -> tuple[int, Decimal, bytes]:
    number = value if type(value) is Decimal else Decimal(value)
    if not number.is_finite() or number.copy_abs() >= _LARGEST:
        below = not number.is_nan() and number < 0
        return (_BELOW if below else _ABOVE), Decimal(0), number_key(number)
    cut = number.quantize(_STEP, ROUND_DOWN, _WIDE)
    return _INSIDE, cut, _NO_REST if cut == number else number_key(number)


def _datetime_parts(value: datetime) -> tuple[int, int]:
    offset = value.utcoffset()
    since = value.replace(tzinfo=None) - _EPOCH
    if offset is None:
        return _INSIDE, since // _MICROSECOND
    return _ABOVE, (since - offset) // _MICROSECOND


def _is_nan(value: Any) -> bool:
    return value.is_nan() if type(value) is Decimal else bool(value != value)  # noqa: PLR0124 - true of NaN alone
