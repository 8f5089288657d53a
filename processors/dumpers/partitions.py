"""Rows by the values of some fields: each value, or group of them, with the folder it has."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from dataflows.batch import Batch
from dataflows.processors.passing.stacked import stack, with_own_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.processors.formats.writing import OutputField

__all__ = ["MISSING_PARTITION", "Partitions"]

MISSING_PARTITION = "__HIVE_DEFAULT_PARTITION__"

# With hundreds of values, each gets but a few rows of a batch; and few rows cost as much as many.
_MOST_ROWS = 1 << 18
_MOST_BYTES = 1 << 26


class Partitions:
    """Puts the rows of a resource in order by the values of some fields, many batches at once.

    Args:
        names: The fields; without any there is one partition, whose folder is "".
        fields: All fields.
    """

    def __init__(self, names: Sequence[str], fields: list[OutputField]) -> None:
        self._names = names
        self._codecs = {field.name: field.codec for field in fields}
        self._mutable = [field.name for field in fields if field.codec.mutable]
        self._waiting: list[Batch] = []
        self._rows = 0
        self._bytes = 0

    def add(self, batch: Batch) -> Iterator[tuple[str, Batch]]:
        """Take a batch; yield the rows that are ready, each part with its folder."""
        if not self._names:
            yield "", batch
        elif batch.length:
            # Later steps may change what is theirs; what waits here must stay as it is.
            own = with_own_values(batch.copy(), self._mutable)
            own.set_numbers(batch.numbers()[: batch.length])
            self._waiting.append(own)
            self._rows += batch.length
            texts = (batch.column(name).text for name in batch.names)
            self._bytes += sum(text.nbytes for text in texts if text is not None)
            if self._rows >= _MOST_ROWS or self._bytes >= _MOST_BYTES:
                yield from self.rest()

    def rest(self) -> Iterator[tuple[str, Batch]]:
        """Yield the rows that still wait."""
        if not self._waiting:
            return
        batch = _joined(self._waiting)
        self._waiting, self._rows, self._bytes = [], 0, 0
        keys = [batch.column(name).plain(self._codecs[name]).to_pylist() for name in self._names]
        places: dict[tuple[str | None, ...], list[int]] = {}
        for index, key in enumerate(zip(*keys, strict=True)):
            places.setdefault(key, []).append(index)
        # All rows are put in order at once, so that each partition is a slice, which costs little.
        if len(places) > 1:
            batch = batch.take([index for indices in places.values() for index in indices])
        start = 0
        for key, indices in places.items():
            folder = "/".join(map(_folder, self._names, key)) + "/"
            stop = start + len(indices)
            yield folder, batch.slice(start, stop) if len(places) > 1 else batch
            start = stop


def _joined(batches: list[Batch]) -> Batch:
    if len(batches) == 1:
        return batches[0]
    columns = {name: stack([one.column(name) for one in batches]) for name in batches[0].names}
    joined = Batch(columns, sum(one.length for one in batches))
    joined.set_numbers([number for one in batches for number in one.numbers()])
    return joined


def _folder(name: str, text: str | None) -> str:
    """Return the folder of a partition, as Hive and all after it name them.

    Examples:
        >>> _folder("country", "São Tomé/x"), _folder("country", None), _folder("a", "..")
        ('country=São Tomé%2Fx', 'country=__HIVE_DEFAULT_PARTITION__', 'a=%2E%2E')
    """
    if text is None:
        return f"{_quoted(name)}={MISSING_PARTITION}"
    return f"{_quoted(name)}={_quoted(text)}"


def _quoted(text: str) -> str:
    """Return a text without what a path, or one of some system, gives a meaning.

    A dot at an end is one of these: "a=../" would lead somewhere else.
    """
    plain = "".join(one if one.isalnum() or one in " -_.," else quote(one, safe="") for one in text)
    inner = plain.strip(".")
    start = len(plain) - len(plain.lstrip("."))
    return "%2E" * start + inner + "%2E" * (len(plain) - len(inner) - start) if plain else ""
