"""How the values of a field are stored for SQL, and the SQL that makes the exact type of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.errors import Place, RowError, shorten
from dataflows.processors.joins.sql_types import declared
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.batch import Batch
    from dataflows.column import Column
    from dataflows.types import Codec

__all__ = ["ColumnWriter", "writer_for"]

_MOST_DIGITS = 38
_LEAST_DIGITS = 19
_WHOLE = pa.decimal128(_MOST_DIGITS, 0)
_INTERVAL = pa.month_day_nano_interval()
_TYPES = {"boolean": pa.bool_(), "date": pa.date32(), "time": pa.time64("us")}


class ColumnWriter(Protocol):
    """Turns the columns of a field into Arrow arrays of one type.

    Attributes:
        stored: That type.
    """

    stored: pa.DataType

    def array(self, column: Column, batch: Batch) -> pa.Array:
        """Return the array of a column of values that fit the field.

        Raises:
            RowError: A value that no SQL type holds.
        """
        ...

    def expression(self, name: str) -> str:
        """Return the SQL for the values, all of which are in the column `name`."""
        ...


def writer_for(name: str, codec: Codec) -> ColumnWriter:
    """Return what stores the values of a field.

    Examples:
        >>> from dataflows.types import codec_for
        >>> writer_for("total", codec_for({"type": "integer"})).expression("c0")
        'CAST(c0 AS BIGINT)'
    """
    return _WRITERS.get(codec.type, _Texts)(name, codec)


class _Writer:
    """What all have: the field, and the error for a value that SQL cannot hold."""

    stored: pa.DataType = pa.string()

    def __init__(self, name: str, codec: Codec) -> None:
        self._name = name
        self._codec = codec

    def expression(self, name: str) -> str:
        return name

    def _each(self, make: Callable[[Any], Any], column: Column, batch: Batch, why: str) -> pa.Array:
        """Return what is made of each value; refuse the first of which nothing can be made."""
        made: list[Any] = []
        for value in column.values:
            try:
                made.append(None if value is None else make(value))
            except (ValueError, TypeError, ArithmeticError, AttributeError) as error:
                raise self._refusal(value, len(made), batch, why) from error
        return pa.array(made, self.stored)

    def _refusal(self, value: Any, index: int, batch: Batch, why: str) -> RowError:
        what = f"the value {shorten(value)} cannot be in a table of SQL: {why}"
        fix = "leave its row out before this, or make the field a text:"
        fix += f" set_type({self._name!r}, type='string')."
        return RowError(what, where=Place(row=batch.number(index), field=self._name), fix=fix)


class _Texts(_Writer):
    def array(self, column: Column, batch: Batch) -> pa.Array:
        try:
            return column.plain(self._codec)
        except (UnicodeEncodeError, TypeError, ValueError):
            codec = self._codec

            def text(value: Any) -> str:
                return str(codec.values_to_plain([value])[0].as_py())

            return self._each(text, column, batch, "it has no text, or half of a character")

    def expression(self, name: str) -> str:
        type_ = declared(self._codec.type)
        return name if type_ == "VARCHAR" else f"CAST({name} AS {type_})"


class _Integers(_Writer):
    stored = _WHOLE

    def __init__(self, name: str, codec: Codec) -> None:
        super().__init__(name, codec)
        self._type = "BIGINT"

    def array(self, column: Column, batch: Batch) -> pa.Array:
        try:
            return column.arrow(self._codec).cast(_WHOLE)
        except (NotColumnar, pa.ArrowInvalid):
            self._type = "HUGEINT"
            return self._each(_whole, column, batch, "SQL has integers of 38 digits")

    def expression(self, name: str) -> str:
        return f"CAST({name} AS {self._type})"


class _Numbers(_Writer):
    """Stored as text, for the digits that the column needs are known at the end."""

    def __init__(self, name: str, codec: Codec) -> None:
        super().__init__(name, codec)
        self._before = self._after = 0

    def array(self, column: Column, batch: Batch) -> pa.Array:
        text = pc.utf8_ltrim(column.plain(self._codec), "+")
        bare = pc.utf8_ltrim(text, "-")
        if pc.any(pc.match_substring_regex(bare, "[^0-9.]")).as_py():
            text = self._each(_fixed, column, batch, "it is no number of SQL's")
            bare = pc.utf8_ltrim(text, "-")
        before, after = _digits(bare)
        widest = max(self._before, pc.max(before).as_py() or 0)
        finest = max(self._after, pc.max(after).as_py() or 0)
        if widest + finest > _MOST_DIGITS:
            values = column.values
            odd = max(range(len(values)), key=lambda at: self._excess(before[at], after[at]))
            why = f"its field would need {widest + finest} digits, and SQL has {_MOST_DIGITS}"
            raise self._refusal(values[odd], odd, batch, why)
        self._before, self._after = widest, finest
        return text

    def _excess(self, before: pa.Scalar, after: pa.Scalar) -> int:
        """Return how many more digits a value needs than those that came before it."""
        more = (before.as_py() or 0) - self._before, (after.as_py() or 0) - self._after
        return max(more[0], 0) + max(more[1], 0)

    def expression(self, name: str) -> str:
        if not self._before:
            return f"CAST({name} AS {declared('number')})"
        # Of decimals of 18 digits at most, a product has 18 again, and overflows early.
        digits = max(self._before + self._after, _LEAST_DIGITS)
        return f"CAST({name} AS DECIMAL({digits}, {self._after}))"


class _Native(_Writer):
    """Types that Arrow and SQL have in common."""

    def __init__(self, name: str, codec: Codec) -> None:
        super().__init__(name, codec)
        self.stored = _TYPES[codec.type]

    def array(self, column: Column, batch: Batch) -> pa.Array:
        try:
            return column.arrow(self._codec).cast(self.stored)
        except (NotColumnar, pa.ArrowInvalid):
            return self._each(self._checked, column, batch, "a time with a zone has no SQL type")

    def _checked(self, value: Any) -> Any:
        if getattr(value, "tzinfo", None) is not None:
            raise ValueError
        return value


class _Moments(_Writer):
    """Datetimes: all with an offset, or all without one."""

    stored = pa.timestamp("us")

    def __init__(self, name: str, codec: Codec) -> None:
        super().__init__(name, codec)
        self._aware: bool | None = None

    def array(self, column: Column, batch: Batch) -> pa.Array:
        try:
            array = column.arrow(self._codec)
        except NotColumnar:
            array = None
        if array is None or len(array) == array.null_count or not pa.types.is_timestamp(array.type):
            return self._each(self._moment, column, batch, "some have an offset, others none")
        if self._aware is not None and self._aware != (array.type.tz is not None):
            return self._each(self._moment, column, batch, "some have an offset, others none")
        self._aware = array.type.tz is not None
        return array.cast(pa.timestamp("us", array.type.tz)).cast(self.stored)

    def _moment(self, value: Any) -> Any:
        offset = value.utcoffset()
        if self._aware is None:
            self._aware = offset is not None
        if self._aware != (offset is not None):
            raise ValueError
        return value if offset is None else value.replace(tzinfo=None) - offset

    def expression(self, name: str) -> str:
        return f"({name} AT TIME ZONE 'UTC')" if self._aware else name


class _Durations(_Writer):
    stored = _INTERVAL

    def array(self, column: Column, batch: Batch) -> pa.Array:
        return self._each(_interval, column, batch, "it has parts of a month")


def _whole(value: int) -> Decimal:
    if abs(value) >= 10**_MOST_DIGITS:
        raise ValueError
    return Decimal(value)


def _fixed(value: Decimal) -> str:
    """Return a number without an exponent."""
    if not value.is_finite() or abs(value.adjusted()) > 2 * _MOST_DIGITS:
        raise ValueError
    return format(value, "f")


def _digits(text: pa.StringArray) -> tuple[pa.Array, pa.Array]:
    """Return how many digits stand before and after the decimal point."""
    point, length = pc.find_substring(text, "."), pc.binary_length(text)
    whole = pc.less(point, 0)
    after = pc.if_else(whole, 0, pc.subtract(pc.subtract(length, point), 1))
    return pc.if_else(whole, length, point), after


def _interval(value: Any) -> tuple[int, int, int]:
    months = 0
    if hasattr(value, "months"):
        exact = Decimal(value.years) * 12 + Decimal(value.months)
        months = int(exact)
        if months != exact:
            raise ValueError
        value = value.tdelta
    nanoseconds = (value.seconds * 1_000_000 + value.microseconds) * 1000
    return months, value.days, nanoseconds


_WRITERS: dict[str, Callable[[str, Codec], ColumnWriter]] = {
    "integer": _Integers,
    "year": _Integers,
    "number": _Numbers,
    "boolean": _Native,
    "date": _Native,
    "time": _Native,
    "datetime": _Moments,
    "duration": _Durations,
}
