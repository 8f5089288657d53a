"""A column in which some cells are replaced, while the others keep the very text they had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataflows.column import Column
from dataflows.package import clone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.types import Codec

__all__ = ["patched", "piece_of"]


def piece_of(value: Any, codec: Codec) -> Column:
    """Return a column of one value, as text where that reads back as the very value.

    Examples:
        >>> from dataflows.types import codec_for
        >>> piece_of(3, codec_for({"type": "integer"})).text.to_pylist()
        ['3']
    """
    if value is not None:
        text = codec.missing_to_null(codec.values_to_plain([value]))
        cast = codec.cast_text(text)
        if not cast.errors and cast.text is not None and codec.text_to_values(cast.text) == [value]:
            return Column.of_cast(codec, cast, text)
    else:
        return Column(codec, text=pa.nulls(1, pa.string()))
    return Column(codec, values=[value])


def patched(
    column: Column, pieces: Sequence[Column], indices: Sequence[int], codec: Codec
) -> Column:
    """Return a column that takes each cell from a column, or from one of the pieces after it.

    Args:
        column: The column.
        pieces: Columns of one cell or more, whose values fit the type.
        indices: For each row the index of its cell; those of the pieces follow on the column's.
        codec: The type.

    Examples:
        >>> from dataflows.types import codec_for
        >>> codec = codec_for({"type": "integer"})
        >>> patched(Column(values=[1, None]), [piece_of(9, codec)], [0, 2], codec).values
        [1, 9]
    """
    if column.codec is codec and all(
        part.text is not None and part.codec is codec for part in (column, *pieces)
    ):
        wanted = pa.array(indices, pa.int64())
        text = _joined([part.text for part in (column, *pieces)]).take(wanted)
        source = None
        if column.source is not None:
            sources = [part.text if part.source is None else part.source for part in pieces]
            source = _joined([column.source, *sources]).take(wanted)
        return Column(codec, text=text, source=source)
    own = column.values
    values = [*own, *(value for piece in pieces for value in piece.values)]
    if codec.mutable:
        made = [values[i] if i == row else clone(values[i]) for row, i in enumerate(indices)]
    else:
        made = [values[i] for i in indices]
    return Column(codec if column.codec is codec else None, values=made)


def _joined(texts: list[Any]) -> pa.StringArray:
    return pa.concat_arrays([text.cast(pa.string()) for text in texts])
