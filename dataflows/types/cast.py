"""A cast column, and the little that codecs and constraints share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dataflows.errors import CastError

__all__ = ["Cast", "NotColumnar", "replace_cells", "to_python"]


class NotColumnar(Exception):  # noqa: N818 - no mistake of anybody: a signal to take the row path
    """Arrow cannot hold these values exactly: the caller takes the row path."""


@dataclass(slots=True)
class Cast:
    """A column that was cast, in one of the three views, and what did not fit.

    A cell that did not fit holds None. `errors` has (index, raw value, error), in order.
    A `text` means that the text fits as it stands and is kept; `arrow` beside it has its values.
    """

    text: pa.StringArray | None = None
    arrow: pa.Array | None = None
    values: list[Any] | None = None
    errors: list[tuple[int, Any, CastError]] = field(default_factory=list)


def replace_cells(array: pa.Array, indices: Iterable[int]) -> pa.Array:
    """Return an array with null at some places."""
    gone = set(indices)
    mask = pa.array([index in gone for index in range(len(array))])
    return pc.if_else(mask, pa.scalar(None, array.type), array)


def to_python(array: pa.Array) -> list[Any]:
    """Return an Arrow array as Python values; nanoseconds, which Python has not, are cut."""
    kind = array.type
    if getattr(kind, "unit", None) == "ns":
        if pa.types.is_timestamp(kind):
            array = array.cast(pa.timestamp("us", kind.tz), safe=False)
        elif pa.types.is_time64(kind):
            array = array.cast(pa.time64("us"), safe=False)
        elif pa.types.is_duration(kind):
            array = array.cast(pa.duration("us"), safe=False)
    elif pa.types.is_map(kind):
        return [None if pairs is None else dict(pairs) for pairs in array.to_pylist()]
    try:
        return list(array.to_pylist())
    except (OverflowError, ValueError):
        return [_scalar_to_python(scalar) for scalar in array]


def _scalar_to_python(scalar: pa.Scalar) -> Any:
    """Return the value of one cell; what Python cannot hold, as the year 10000, as its text."""
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        return scalar.cast(pa.string()).as_py()
