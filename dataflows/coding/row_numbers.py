"""The numbers of the rows of a batch as an Arrow array, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from dataflows.batch import Batch

__all__ = ["numbers_of", "restore_numbers"]


def numbers_of(batch: Batch) -> pa.Int64Array:
    """Return the numbers of all rows."""
    numbers = batch.numbers()
    if isinstance(numbers, range) and numbers.step == 1:
        return _following(numbers.start, batch.length)
    return pa.array(numbers[: batch.length], pa.int64())


def restore_numbers(batch: Batch, numbers: pa.Int64Array) -> None:
    """Give the rows the numbers that `numbers_of` returned."""
    if not batch.length:
        return
    first = numbers[0].as_py()
    if numbers.equals(_following(first, batch.length)):
        batch.set_numbers(range(first, first + batch.length))
    else:
        batch.set_numbers(numbers.to_pylist())


def _following(first: int, length: int) -> pa.Int64Array:
    """Return so many numbers from the first on."""
    global _counted  # noqa: PLW0603 - a memory of what is always the same
    if len(_counted) < length:
        _counted = pa.array(range(length), pa.int64())
    return pc.add(_counted.slice(0, length), first)


_counted = pa.array([], pa.int64())
