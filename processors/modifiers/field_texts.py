"""The texts of a column: as they were read, where that is known, else as a file would get them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from dataflows.column import Column
from dataflows.types.plain import plain_serializer

if TYPE_CHECKING:
    from collections.abc import Callable

    from dataflows.types import Codec

__all__ = ["map_texts", "map_values_of", "texts_as_read", "texts_of", "with_texts"]


def texts_of(column: Column, codec: Codec) -> list[str | None]:
    """Return the text of each value, None for a missing one.

    Of values that nobody has cast, the texts that stand for a missing one are missing, too.

    Examples:
        >>> from dataflows.types import codec_for
        >>> texts_of(Column(values=[True, None, "x"]), codec_for({"type": "boolean"}))
        ['True', None, 'x']
    """
    read = texts_as_read(column)
    if read is not None:
        return list(read.to_pylist())
    values = column.values
    if column.codec is None:
        missing = codec.missing_texts
        values = [None if type(v) is str and v in missing else v for v in values]
    if codec.raw and set(map(type, values)) <= {str, type(None)}:
        return values
    write = plain_serializer(codec.type, codec.format)
    return [None if value is None else _written(value, write) for value in values]


def map_texts(column: Column, codec: Codec, change: Callable[[str], Any]) -> list[Any]:
    """Return what a function gives for the text of each value; it sees equal texts once.

    Examples:
        >>> from dataflows.types import codec_for
        >>> map_texts(Column(values=[1, None, 12]), codec_for({"type": "integer"}), len)
        [1, None, 2]
    """
    read = texts_as_read(column)
    if read is not None:
        encoded = read.dictionary_encode()
        made = [change(text) for text in encoded.dictionary.to_pylist()]
        return [None if i is None else made[i] for i in encoded.indices.to_pylist()]
    texts = texts_of(column, codec)
    known = {text: change(text) for text in dict.fromkeys(texts) if text is not None}
    return [None if text is None else known[text] for text in texts]


def map_values_of(column: Column, change: Callable[[Any], Any]) -> list[Any]:
    """Return what a function gives for each value, None for a missing one.

    Of a column that is still text, it sees equal texts once.

    Examples:
        >>> map_values_of(Column(values=[1, None]), str)
        ['1', None]
    """
    codec = column.codec
    if column.text is None or codec is None or codec.mutable:
        return [None if value is None else change(value) for value in column.values]
    encoded = column.text.dictionary_encode()
    made = [change(value) for value in codec.text_to_values(encoded.dictionary)]
    return [None if i is None else made[i] for i in encoded.indices.to_pylist()]


def with_texts(column: Column, codec: Codec, texts: list[str | None] | pa.StringArray) -> Column:
    """Return a column of new texts, known to fit the type where they do.

    Where one does not, the texts are left for a later step to look at; an empty text that was made
    stays one in a field that may hold it.

    Examples:
        >>> from dataflows.types import codec_for
        >>> with_texts(Column(), codec_for({"type": "string"}), ["a", None]).values
        ['a', None]
    """
    if not isinstance(texts, pa.Array):
        try:
            texts = pa.array(texts, pa.string())
        except UnicodeEncodeError:  # half a surrogate pair: Arrow holds none
            return Column(values=list(texts))
    if column.text is not None and column.codec is codec and texts.equals(column.text):
        return column
    known = codec.missing_to_null(texts)
    cast = codec.cast_text(known)
    if cast.errors or (codec.raw and known is not texts):
        return Column(values=texts.to_pylist())
    return Column.of_cast(codec, cast, known)


def texts_as_read(column: Column) -> pa.StringArray | None:
    """Return the values as they were read, null for a missing one; None when they were not.

    Examples:
        >>> texts_as_read(Column(values=[1])) is None
        True
    """
    if column.source is None:
        return column.text
    if column.text is not None:
        there = pc.is_valid(column.text)
    else:
        there = pa.array([value is not None for value in column.values], pa.bool_())
    return pc.if_else(there, column.source, pa.scalar(None, pa.string()))


def _written(value: Any, write: Callable[[Any], str]) -> str:
    if type(value) is str:
        return value
    try:
        return write(value)
    except (AttributeError, TypeError, ValueError):
        return str(value)  # a value that is not of the field's type
