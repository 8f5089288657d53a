"""How processors evaluate expressions on batches, and put values that they made into them."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date, time
from decimal import Decimal
from functools import partial
from operator import length_hint
from types import NoneType
from typing import TYPE_CHECKING, Any

from dataflows.column import Column, constant
from dataflows.errors import FlowError, Place, RowError
from dataflows.rowwise import fail_at_row
from dataflows.selectors import no_such_field
from dataflows.types import NotColumnar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from dataflows.batch import Batch
    from dataflows.expressions import Expression
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = [
    "arrays_of",
    "call_on_values",
    "checked_type",
    "evaluate",
    "mask_of",
    "repeated",
    "set_values",
]


def checked_type(expression: Expression, types: Mapping[str, str]) -> str:
    """Return the type of an expression's values, for fields of these types.

    Raises:
        UnknownFieldError: It names a field that is not there.
        FlowError: Two types clash, so that no row could be computed; or numbers are computed where
            fields have these names.

    Examples:
        >>> from dataflows.expressions import compile_expression
        >>> checked_type(compile_expression("qty > 2"), {"qty": "integer"})
        'boolean'
        >>> checked_type(compile_expression("2020 > 2010"), {"2010": "integer", "2020": "integer"})
        Traceback (most recent call last):
        dataflows.errors.FlowError: '2020 > 2010' is the same for every row: 2020 is a number in it
          fix: write row['2020'] for the field of that name.
    """
    if not expression.names and not expression.text.strip().isalnum():
        for word in re.findall(r"\w+", expression.text):
            if word[0].isdigit() and word in types:
                what = f"{expression.text!r} is the same for every row: {word} is a number in it"
                raise FlowError(what, fix=f"write row[{word!r}] for the field of that name.")
    for name in expression.names:
        if name not in types:
            raise no_such_field(name, list(types))
    return expression.result_type(types)


def evaluate(
    expression: Expression, batch: Batch, codecs: Mapping[str, Codec], stream: Stream
) -> Column:
    """Return the values of an expression, computed in columns where that is exact.

    Args:
        expression: The expression.
        batch: The rows.
        codecs: The types of the fields that it reads.
        stream: The stream that the batch is from.

    Raises:
        RowError: A row cannot be computed.

    Examples:
        >>> from dataflows.batch import Batch
        >>> from dataflows.expressions import compile_expression
        >>> from dataflows.types import codec_for
        >>> batch = Batch.from_rows([{"qty": 1}, {"qty": 2}], ["qty"])
        >>> codecs = {"qty": codec_for({"type": "integer"})}
        >>> evaluate(compile_expression("qty * 2"), batch, codecs, None).values
        [2, 4]
    """
    try:
        return Column(
            arrow=expression.columns(arrays_of(expression.names, batch, codecs), batch.length)
        )
    except NotColumnar:
        return Column(values=_by_rows(expression, batch, stream))


def mask_of(
    expression: Expression, batch: Batch, codecs: Mapping[str, Codec], stream: Stream
) -> pa.BooleanArray | Sequence[bool]:
    """Return for which rows an expression is true; the arguments are those of `evaluate`.

    Raises:
        RowError: A row cannot be computed.

    Examples:
        >>> from dataflows.batch import Batch
        >>> from dataflows.expressions import compile_expression
        >>> from dataflows.types import codec_for
        >>> batch = Batch.from_rows([{"qty": 1}, {"qty": 2}], ["qty"])
        >>> codecs = {"qty": codec_for({"type": "integer"})}
        >>> mask_of(compile_expression("qty > 1"), batch, codecs, None).to_pylist()
        [False, True]
    """
    try:
        return expression.mask(arrays_of(expression.names, batch, codecs), batch.length)
    except NotColumnar:
        return list(map(bool, _by_rows(expression, batch, stream)))


def arrays_of(names: Sequence[str], batch: Batch, codecs: Mapping[str, Codec]) -> list[pa.Array]:
    """Return columns in Arrow, of the very values that the rows have.

    Raises:
        NotColumnar: Arrow cannot hold them, or they would have to be cast first.

    Examples:
        >>> from dataflows.batch import Batch
        >>> from dataflows.types import codec_for
        >>> batch = Batch.from_rows([{"qty": 1}], ["qty"])
        >>> arrays_of(["qty"], batch, {"qty": codec_for({"type": "integer"})})[0].to_pylist()
        [1]
    """
    return [_array(batch, name, codecs) for name in names]


def call_on_values(
    function: Callable[..., Any], name: str, batch: Batch, stream: Stream, **more: Any
) -> list[Any]:
    """Return what a function returns for each value of a field.

    Args:
        function: Called with the value.
        name: The field.
        batch: The rows.
        stream: The stream that the batch is from.
        **more: What else the function is called with; of ``row``, a list of rows, each its own.

    Raises:
        ProcessorError: The function raised: with the row's number.

    Examples:
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"a": 1}, {"a": 2}], ["a"])
        >>> call_on_values(str, "a", batch, None)
        ['1', '2']
    """
    left = iter(batch.column(name).values)
    rows = more.pop("row", None)
    try:
        if rows is None:
            function = partial(function, **more) if more else function
            return [function(value) for value in left]
        pairs = zip(left, rows, strict=True)
        return [function(value, row=row, **more) for value, row in pairs]
    except Exception as cause:  # noqa: BLE001 - it is raised again
        index = batch.length - length_hint(left) - 1
        fail_at_row(cause, batch, index, stream)


def repeated(value: Any, length: int) -> Column:
    """Return a column of one value; each row has its own copy of one that can be changed.

    Examples:
        >>> first, second = repeated([], 2).values
        >>> first is second
        False
    """
    if isinstance(value, (str, int, float, Decimal, date, time, NoneType)):
        return constant(value, length)
    return Column(values=[deepcopy(value) for _ in range(length)])


def set_values(batch: Batch, name: str, column: Column, codec: Codec, stream: Stream) -> Batch:
    """Return the batch with a field's values, cast to its type.

    An empty text that was made, not read, stays a text in the fields that may hold one: it stands
    for a missing value only where rows are written or checked.

    Examples:
        >>> from dataflows.batch import Batch
        >>> from dataflows.types import codec_for
        >>> batch = Batch.from_rows([{"a": 1}], ["a"])
        >>> made = Column(values=[""])
        >>> set_values(batch, "note", made, codec_for({"type": "string"}), None).rows()
        [{'a': 1, 'note': ''}]
    """
    batch.set_columns({name: column})
    if codec.type in ("string", "any") and "" in column.values:
        return batch
    return stream.cast(batch, {name: codec})


def _array(batch: Batch, name: str, codecs: Mapping[str, Codec]) -> pa.Array:
    column = batch.column(name)
    if column.codec is not None:
        return column.arrow(column.codec)
    codec = codecs.get(name)
    cast, errors = (None, []) if codec is None else column.cast(codec)
    if codec is None or cast is None or errors or not cast.holds(column):
        reason = "values that nobody has cast"
        raise NotColumnar(reason)
    batch.recheck({name: cast})
    return cast.arrow(codec)


def _by_rows(expression: Expression, batch: Batch, stream: Stream) -> list[Any]:
    lists = [batch.column(name).values for name in expression.names]
    try:
        return expression.rows(lists, batch.length)
    except Exception as cause:
        index = expression.failed_at(lists, batch.length)
        if index is None:
            raise
        row = {name: cells[index] for name, cells in zip(expression.names, lists, strict=True)}
        what, fix = expression.explain_failure(cause, row)
        place = Place(resource=stream.resource.name, row=batch.number(index))
        raise RowError(what, where=place, fix=fix) from cause
