"""Columns and rows put together: one after the other, or the same ones several times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dataflows.column import Column
from dataflows.package import clone
from dataflows.streams import codecs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dataflows.batch import Batch
    from dataflows.streams import Stream

__all__ = ["mutable_fields", "stack", "take_repeatedly", "with_own_values"]


def stack(columns: Sequence[Column]) -> Column:
    """Return one column with the values of several, one after the other.

    What all of them kept as text of one type stays text, and what is Arrow stays Arrow.

    Examples:
        >>> stack([Column(values=[1]), Column(values=[2, 3])]).values
        [1, 2, 3]
    """
    codecs = {id(column.codec): column.codec for column in columns}
    if len(codecs) == 1:
        codec = columns[0].codec
        texts = [column.text for column in columns if column.text is not None]
        if codec is not None and len(texts) == len(columns):
            return Column(codec, text=_joined(texts), source=_sources(columns))
        arrays = [column.only_arrow for column in columns]
        known = [array for array in arrays if array is not None]
        if len(known) == len(columns) and len({array.type for array in known}) == 1:
            return Column(codec, arrow=_joined(known))
        return Column(codec, values=[v for column in columns for v in column.values])
    return Column(values=[v for column in columns for v in column.values])


def _sources(columns: Sequence[Column]) -> pa.StringArray | None:
    sources = [column.source for column in columns if column.source is not None]
    return _joined(sources) if len(sources) == len(columns) else None


def _joined(arrays: list[pa.Array]) -> pa.Array:
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)


def mutable_fields(stream: Stream) -> list[str]:
    """Return the fields of a stream whose values can be changed in place."""
    return [name for name, codec in codecs_of(stream.resource).items() if codec.mutable]


def take_repeatedly(batch: Batch, indices: list[int], mutable: Iterable[str]) -> Batch:
    """Return the rows at these indices, where one may stand several times: each is its own.

    Args:
        batch: The rows.
        indices: Which of them.
        mutable: The fields whose values can be changed in place.

    Examples:
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"tags": ["a"]}], ["tags"])
        >>> first, second = take_repeatedly(batch, [0, 0], ["tags"]).rows()
        >>> first["tags"] == second["tags"], first["tags"] is second["tags"]
        (True, False)
    """
    return with_own_values(batch.take(indices), mutable)


def with_own_values(batch: Batch, mutable: Iterable[str]) -> Batch:
    """Return a batch, itself, whose values share no list or dict with others.

    Args:
        batch: The rows.
        mutable: The fields whose values can be changed in place.

    Examples:
        >>> from dataflows.batch import Batch
        >>> batch = Batch.from_rows([{"tags": ["a"]}], ["tags"])
        >>> copied = with_own_values(batch.copy(), ["tags"])
        >>> copied.rows() == batch.rows(), copied.rows()[0]["tags"] is batch.rows()[0]["tags"]
        (True, False)
    """
    for name in mutable:
        column = batch.column(name)
        if column.text is not None:
            # Each value is read from its text when somebody looks.
            own = Column(column.codec, text=column.text, source=column.source)
        else:
            own = Column(column.codec, values=clone(column.values), source=column.source)
        batch.set_columns({name: own})
    batch.extras = {name: clone(values) for name, values in batch.extras.items()}
    return batch
