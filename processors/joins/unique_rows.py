"""UniqueRows: the rows of a resource by a key that each has for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.column import Column
from dataflows.errors import Place, RowError, shorten
from dataflows.package import unique_name
from dataflows.processors.groups.aggregates import AGGREGATES, Aggregate
from dataflows.processors.groups.grouping import Grouping, Groups, Wanted
from dataflows.processors.passing.stacked import with_own_values
from dataflows.streams import codecs_of
from dataflows.types import codec_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dataflows.batch import Batch
    from dataflows.chain import Run
    from dataflows.package import Resource
    from dataflows.processors.groups.key_spec import KeySpec
    from dataflows.types import Codec

__all__ = ["UniqueRows", "shown_key"]

_INTEGER = codec_for({"type": "integer"}, ())


class _RowNumbers:
    """Keeps the number of the first row of a group; of more rows, that of the second, too."""

    def __init__(self) -> None:
        self._kept: list[Any] = []

    def add(self, groups: list[int], values: list[Any], count: int) -> None:
        kept = self._kept
        kept.extend([None] * (count - len(kept)))
        for group, number in zip(groups, values, strict=True):
            first = kept[group]
            if first is None:
                kept[group] = number
            elif type(first) is int:
                kept[group] = (first, number)

    def take(self, count: int) -> list[Any]:
        taken = self._kept[:count]
        del self._kept[:count]
        return taken


_VALUE = AGGREGATES["first"]
_NUMBERS = Aggregate("row numbers", "the numbers of the rows", _RowNumbers, type="integer")


class UniqueRows(Grouping):
    """Some fields of the rows of a resource, by a key of which no two rows have the same.

    The results of each group are the values of the fields, and the number of the row.

    Args:
        resource: The resource.
        key: Its key.
        kinds: How the parts of the key are compared.
        fields: The fields.
        run: The run.
        required: Whether every row must have a key; else those without one are left out.

    Raises:
        RowError: When the groups are asked for: two rows have the same key.
    """

    def __init__(
        self,
        resource: Resource,
        key: KeySpec,
        kinds: list[str],
        fields: Sequence[str],
        run: Run,
        *,
        required: bool = False,
    ) -> None:
        codecs = codecs_of(resource)
        self._number = unique_name("#", codecs)
        self._resource = resource.name
        self._spec = key
        self._required = required
        self._mutable = [name for name in fields if codecs[name].mutable]
        self.results: list[Codec] = [*(codecs[name] for name in fields), _INTEGER]
        wanted = [*(Wanted(_VALUE, name) for name in fields), Wanted(_NUMBERS, self._number)]
        codecs[self._number] = _INTEGER
        bound = key.bound(resource, kinds)
        each = len(wanted)
        super().__init__(bound, wanted, codecs, run, missing_keys=False, results_each=each)

    def take_in(self, batch: Batch) -> None:
        """Take in the next rows."""
        columns = {name: batch.column(name) for name in batch.names}
        numbers = list(batch.numbers()[: batch.length])
        columns[self._number] = Column(_INTEGER, values=numbers)
        super().take_in(with_own_values(batch.with_columns(columns), self._mutable))

    def _keys(self, rows: Batch) -> list[Any]:
        keys = super()._keys(rows)
        if self._required and None in keys:
            parts = [rows.column(f"key_{number}").values for number in range(len(self.key))]
            index = keys.index(None)
            place = Place(resource=self._resource, row=rows.number(index))
            missing = next(n for n, values in enumerate(parts) if values[index] is None)
            name = self._spec.fields[missing]
            what = f"the row has no value in its key {name!r}"
            fix = f"use fill_missing({name!r}, …) or filter_rows({f'{name} is not None'!r}) before."
            raise RowError(what, where=place, fix=fix)
        return keys

    def in_memory(self) -> tuple[dict[Any, int], Groups]:
        """Return all groups, and the position of each by its key; where that `is_whole`."""
        positions, groups = super().in_memory()
        self._check(groups)
        return positions, groups

    def groups(self) -> Iterator[Groups]:
        """Yield the groups of all rows that were taken in, in the order of the rows."""
        for groups in super().groups():
            self._check(groups)
            yield groups

    def check(self) -> None:
        """Check that no two rows have the same key."""
        for _ in self.groups():
            pass

    def _check(self, groups: Groups) -> None:
        numbers = groups.results[-1]
        if tuple not in set(map(type, numbers)):
            return
        at = next(at for at, number in enumerate(numbers) if type(number) is tuple)
        first, second = numbers[at]
        key = shown_key(self._spec, [values[at] for values in groups.keys])
        what = (
            f"two rows of {self._resource!r} have the key {key}: the rows {first:,} and {second:,}"
        )
        fix = "leave one of them out before this, with deduplicate() or filter_rows()."
        raise RowError(what, where=Place(resource=self._resource, row=second), fix=fix)


def shown_key(key: KeySpec, values: Sequence[Any]) -> str:
    """Return a key with its values, for people.

    Examples:
        >>> from dataflows.processors.groups.key_spec import KeySpec
        >>> shown_key(KeySpec.read(["city", "year"]), ["Rome", 2020])
        "city='Rome', year=2020"
    """
    if key.template is not None:
        return shorten(values[0])
    pairs = zip(key.fields, values, strict=True)
    return ", ".join(f"{name}={shorten(value)}" for name, value in pairs)
