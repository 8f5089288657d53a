"""Gaps: the missing values of columns, and the values that fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from dataflows.processors.modifiers.patched_column import patched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dataflows.column import Column
    from dataflows.types import Codec

__all__ = ["fill_across", "fill_with", "gaps_of"]


def gaps_of(column: Column, codec: Codec) -> list[bool]:
    """Return which values are missing; of values that nobody has cast, the texts that say so, too.

    Examples:
        >>> from dataflows.column import Column
        >>> from dataflows.types import codec_for
        >>> gaps_of(Column(values=["a", "", None]), codec_for({"type": "string"}))
        [False, True, True]
    """
    if column.text is not None:
        if not column.text.null_count:
            return [False] * len(column.text)
        return list(pc.is_null(column.text).to_pylist())
    if column.codec is not None:
        return [value is None for value in column.values]
    texts = codec.missing_texts
    return [v is None or (type(v) is str and v in texts) for v in column.values]


def fill_with(column: Column, piece: Column, codec: Codec) -> Column:
    """Return the column with the value of a piece in every gap.

    Examples:
        >>> from dataflows.column import Column
        >>> from dataflows.processors.modifiers.patched_column import piece_of
        >>> from dataflows.types import codec_for
        >>> codec = codec_for({"type": "integer"})
        >>> fill_with(Column(values=[1, None]), piece_of(0, codec), codec).values
        [1, 0]
    """
    gaps = gaps_of(column, codec)
    if not any(gaps):
        return column
    length = len(gaps)
    indices = [length if gap else index for index, gap in enumerate(gaps)]
    return patched(column, [piece], indices, codec)


def fill_across(columns: Sequence[Column], codec: Codec, limit: int | None) -> list[Column]:
    """Return the columns with each gap filled from the nearest column before it, in the same row.

    Examples:
        >>> from dataflows.column import Column
        >>> from dataflows.types import codec_for
        >>> columns = [Column(values=[1]), Column(values=[None])]
        >>> fill_across(columns, codec_for({"type": "integer"}), None)[1].values
        [1]
    """
    gaps = [gaps_of(column, codec) for column in columns]
    length = len(columns[0])
    nearest: list[int | None] = [None] * length
    filled = []
    for number, (column, own) in enumerate(zip(columns, gaps, strict=True)):
        indices = list(range(length))
        for index, gap in enumerate(own):
            source = nearest[index]
            if not gap:
                nearest[index] = number
            elif source is not None and (limit is None or number - source <= limit):
                indices[index] = (source + 1) * length + index
        changed = any(own) and indices != list(range(length))
        filled.append(patched(column, columns, indices, codec) if changed else column)
    return filled
