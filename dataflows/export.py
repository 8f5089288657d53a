"""Export: a resource of a run as an Arrow table, from which data frames are made."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.chain import closing_streams
from dataflows.errors import Place, RowError
from dataflows.selectors import one_resource
from dataflows.streams import codecs_of
from dataflows.types import NotColumnar, plain_serializer
from dataflows.types.cast import to_python

if TYPE_CHECKING:
    from dataflows.batch import Batch
    from dataflows.chain import Run
    from dataflows.types import Codec

__all__ = ["arrow_table"]

_DIGITS_OF_INT64 = 19
_DIGITS_OF_DECIMAL128 = 38
_DIGITS_OF_DECIMAL256 = 76
_UTC = pa.timestamp("us", "UTC")
_TYPES_WITHOUT_VALUES = {
    "number": pa.decimal128(_DIGITS_OF_DECIMAL128, 0),
    "duration": pa.duration("us"),
}
_PLAIN_KINDS = frozenset(
    {bool, int, float, str, bytes, datetime.date, datetime.time, datetime.timedelta}
)


def arrow_table(run: Run, resource: str | int | None) -> pa.Table:
    """Run the data phase and return one resource as an Arrow table; the table is held in memory.

    Integers become int64, numbers decimals of the scale that all their digits need, dates, times,
    datetimes, durations and booleans what Arrow calls so. What does not fit is exact still:
    longer integers become decimals, datetimes with an offset the same moments in UTC. A column
    for which Arrow has no exact form is text, JSON for arrays and objects.

    Args:
        run: A run after its package phase, whose last step casts every resource to its schema.
        resource: The resource's name or position from 0; not needed where there is only one.

    Raises:
        UnknownResourceError: There is no such resource, or several and none was named.
        ProcessorError: Anything that goes wrong while rows stream.
    """
    name = one_resource(run.package, resource)
    schema: dict[str, Codec] = {}
    chunks: dict[str, list[pa.Array]] = {}
    with closing_streams(run.stream()) as streams:
        for current, batches in streams:
            if current.name != name:
                for _ in batches:
                    pass
                continue
            schema = codecs_of(current)
            chunks = {field: [] for field in schema}
            for batch in batches:
                for field, codec in schema.items():
                    chunks[field].append(_chunk(batch, field, codec, run, name))
    columns = [_united(chunks[field], codec) for field, codec in schema.items()]
    return pa.table(columns, names=[str(name) for name in schema])


def _chunk(batch: Batch, field: str, codec: Codec, run: Run, resource: str) -> pa.Array:
    """Return the values of a field in one batch, in whatever form holds them exactly."""
    column = batch.column(field)
    try:
        return column.arrow(codec)
    except NotColumnar:
        pass
    try:
        return _of_values(column.values, codec)
    except _NotHeldError as error:
        place = Place(resource=resource, row=batch.number(error.index), field=field)
        what = f"{column.values[error.index]!r} has no form in {error.form}"
        fix = "make it a missing value (None), or give the field another type, before to_arrow()."
        cause = RowError(what, where=place, fix=fix)
        raise run.steps[-1].error(cause) from cause


class _NotHeldError(Exception):
    """The value at an index can be held in no way."""

    def __init__(self, index: int, form: str) -> None:
        super().__init__(index, form)
        self.index = index
        self.form = form


def _of_values(values: list[Any], codec: Codec) -> pa.Array:
    kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return pa.nulls(len(values))
    if codec.type in ("number", "integer") or kinds == {Decimal}:
        return _decimals(values, codec)
    if kinds == {datetime.datetime}:
        return _moments(values, codec)
    if codec.type in ("any", "duration") and len(kinds) == 1 and kinds <= _PLAIN_KINDS:
        try:
            return pa.array(values)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            pass  # integers of more than 64 bits, half a surrogate pair
    return _text(values, codec)


def _decimals(values: list[Any], codec: Codec) -> pa.Array:
    """Return numbers as decimals of the digits that they need together, as text past 76 digits."""
    whole, scale = 1, 0
    numbers = [None if value is None else Decimal(value) for value in values]
    for index, number in enumerate(numbers):
        if number is None:
            continue
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int):
            raise _NotHeldError(index, "an Arrow decimal")
        scale = max(scale, -exponent)
        whole = max(whole, number.adjusted() + 1)
    kind = _decimal_type(whole, scale)
    return _text(values, codec) if kind is None else pa.array(numbers, kind)


def _decimal_type(whole: int, scale: int) -> pa.DataType | None:
    digits = whole + scale
    if digits <= _DIGITS_OF_DECIMAL128:
        return pa.decimal128(digits, scale)
    return pa.decimal256(digits, scale) if digits <= _DIGITS_OF_DECIMAL256 else None


def _moments(values: list[Any], codec: Codec) -> pa.Array:
    """Return datetimes: without a zone as they are, with one as moments in UTC, mixed as text."""
    zoned = {value.utcoffset() is not None for value in values if value is not None}
    if len(zoned) > 1:
        return _text(values, codec)
    return pa.array(values, _UTC if zoned == {True} else pa.timestamp("us"))


def _text(values: list[Any], codec: Codec) -> pa.Array:
    serialize = plain_serializer(codec.type, codec.format)
    as_json = plain_serializer("array")
    texts: list[str | None] = []
    for index, value in enumerate(values):
        if value is None:
            texts.append(None)
        elif isinstance(value, (datetime.date, datetime.time)):
            texts.append(value.isoformat())
        else:
            nested = isinstance(value, (dict, list))
            try:
                text = as_json(value) if nested else serialize(value)
                text.encode()
            except (TypeError, ValueError) as error:
                raise _NotHeldError(index, "Arrow") from error
            texts.append(text)
    return pa.array(texts, pa.string())


def _united(chunks: list[pa.Array], codec: Codec) -> pa.ChunkedArray:
    """Return the chunks in the one type that holds them all."""
    kinds = {chunk.type for chunk in chunks if chunk.null_count < len(chunk)}
    kind = _one_type(kinds, codec)
    return pa.chunked_array([_as_type(chunk, kind, codec) for chunk in chunks], kind)


def _one_type(kinds: set[pa.DataType], codec: Codec) -> pa.DataType:
    if not kinds:
        natural = codec.arrow_type or _TYPES_WITHOUT_VALUES.get(codec.type)
        return pa.string() if natural is None else natural
    if len(kinds) == 1:
        return next(iter(kinds))
    if not all(kind == pa.int64() or pa.types.is_decimal(kind) for kind in kinds):
        return pa.string()
    scale = max(getattr(kind, "scale", 0) for kind in kinds)
    whole = max(
        kind.precision - kind.scale if pa.types.is_decimal(kind) else _DIGITS_OF_INT64
        for kind in kinds
    )
    return _decimal_type(whole, scale) or pa.string()


def _as_type(chunk: pa.Array, kind: pa.DataType, codec: Codec) -> pa.Array:
    if chunk.type == kind:
        return chunk
    if chunk.null_count == len(chunk):
        return pa.nulls(len(chunk), kind)
    if kind == pa.string():
        return _text(to_python(chunk), codec)
    return chunk.cast(kind)
