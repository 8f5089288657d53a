"""Fields made of one field: a list of values a row becomes a column for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.on_error import settle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dataflows.batch import Batch
    from dataflows.on_error import Failure
    from dataflows.streams import Stream
    from dataflows.types import Codec

__all__ = ["typed_by", "with_fields"]


def typed_by(
    option: str, keys: Mapping[str | None, str] | None = None
) -> Callable[[str | None, str], str]:
    """Return how errors say that an option gives a new field another type.

    Args:
        option: The option, a dict of types.
        keys: What the fields are called in it, where that is not their name.

    Examples:
        >>> say = typed_by("into")
        >>> say("size", "type='string'")
        "into={'size': 'string'}"
        >>> say("size", "type='number', groupChar=','")
        "into={'size': 'string'}, then set_type('size', type='number', groupChar=',')"
    """

    def say(name: str | None, options: str) -> str:
        type_, _, more = options.removeprefix("type=").partition(", ")
        key = (keys or {}).get(name, name)
        if not more:
            return f"{option}={{{key!r}: {type_}}}"
        return f"{option}={{{key!r}: 'string'}}, then set_type({name!r}, {options})"

    return say


def with_fields(
    batch: Batch,
    name: str,
    parts: Sequence[Sequence[Any] | None],
    codecs: Mapping[str, Codec],
    failures: list[Failure],
    stream: Stream,
) -> Batch:
    """Return the batch with the fields made of a field, each cast to its type.

    Args:
        batch: The rows.
        name: The field that they are made of.
        parts: For each row the values of the new fields; what is not there is missing.
        codecs: The new fields, in the order of the values.
        failures: The rows that could not be taken apart.
        stream: The stream that the batch is from.

    Examples:
        >>> from types import SimpleNamespace
        >>> from dataflows.batch import Batch
        >>> from dataflows.types import codec_for
        >>> fields = SimpleNamespace(field_names=["x", "y"])
        >>> stream = SimpleNamespace(
        ...     target=SimpleNamespace(fields=fields), cast=lambda batch, codecs: batch
        ... )
        >>> batch = Batch.from_rows([{"a": "1 2"}, {"a": "3"}], ["a"])
        >>> codecs = dict.fromkeys(["x", "y"], codec_for({"type": "string"}))
        >>> with_fields(batch, "a", [["1", "2"], ["3"]], codecs, [], stream).rows()
        [{'x': '1', 'y': '2'}, {'x': '3', 'y': None}]
    """
    columns = {
        new: Column(values=[some[at] if some and at < len(some) else None for some in parts])
        for at, new in enumerate(codecs)
    }
    if failures:
        batch = settle(batch, columns, {name: failures}, stream)
    else:
        batch.set_columns(columns)
    batch = stream.cast(batch, codecs)
    batch.arrange(stream.target.fields.field_names)
    return batch
