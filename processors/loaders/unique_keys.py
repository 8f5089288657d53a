"""Keys that occur once only: the primary key of a loaded package, and unique fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import Place, RowError, shorten

if TYPE_CHECKING:
    from dataflows.batch import Batch
    from dataflows.package import Resource

__all__ = ["UniqueKeyError", "UniqueKeys"]


class UniqueKeyError(RowError):
    """Two rows of a loaded package have the same key."""


class UniqueKeys:
    """Sees that no two rows have the same primary key, or the same value in a field that is unique.

    A key of which everything is missing is no key. All keys are held in memory.

    Args:
        resource: Its schema says what the keys are.
    """

    def __init__(self, resource: Resource) -> None:
        schema = resource.fields
        keys = [schema.primary_key] if schema.primary_key else []
        keys += [[field.name] for field in schema.fields if field.constraints.get("unique")]
        self._seen: list[tuple[list[str], set[Any]]] = [(key, set()) for key in keys]

    def check(self, batch: Batch) -> None:
        """Take in the keys of a batch.

        Raises:
            UniqueKeyError: One of them has been there; the row is named.
        """
        for names, seen in self._seen:
            keys = list(zip(*(_hashable(batch.column(name).values) for name in names), strict=True))
            new = set(keys)
            if len(new) < len(keys) or not new.isdisjoint(seen):
                _find_double(batch, names, keys, seen)
            seen.update(new)


def _find_double(batch: Batch, names: list[str], keys: list[Any], before: set[Any]) -> None:
    seen = set(before)
    for index, key in enumerate(keys):
        if key in seen and any(part is not None for part in key):
            what = f"the key {', '.join(names)} = {shorten(key[0] if len(key) == 1 else key)} "
            fix = "remove one of the rows, or the key from the schema."
            place = Place(row=batch.number(index))
            raise UniqueKeyError(f"{what}occurs twice", where=place, fix=fix)
        seen.add(key)


def _hashable(values: list[Any]) -> list[Any]:
    return [repr(value) if isinstance(value, (list, dict)) else value for value in values]
