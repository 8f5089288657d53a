"""Options of the library tabulator that count from the header on: they need to know its row."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["row_number", "without_options"]

_COLUMN_OPTIONS = {
    "ignore_blank_headers",
    "ignore_listed_headers",
    "ignore_not_listed_headers",
    "pick_columns",
    "pick_fields",
    "post_parse",
    "skip_columns",
    "skip_fields",
}


def without_options(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return options without some; by default without those that need to know the header.

    Examples:
        >>> without_options({"sheet": 2, "pick_fields": ["city"]})
        {'sheet': 2}
    """
    left_out = names or _COLUMN_OPTIONS
    return {name: value for name, value in options.items() if name not in left_out}


def row_number(stream: Any, index: int) -> int:
    """Return the number, in the source, of a row of a stream."""
    number: int
    number, _, _ = next(islice(stream.iter(extended=True), index, None))
    return number
