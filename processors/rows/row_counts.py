"""Numbers of rows, as processors are given them."""

from __future__ import annotations

from typing import Any

from dataflows.errors import ArgumentError

__all__ = ["check_row_count"]


def check_row_count(option: str, count: Any) -> int:
    """Return a number of rows as it is.

    Raises:
        ArgumentError: It is not a whole number, or below 0.

    Examples:
        >>> check_row_count("count", 10)
        10
        >>> check_row_count("count", -1)
        Traceback (most recent call last):
        dataflows.errors.ArgumentError: count must be a number of rows, 0 or more, got -1
          fix: write for instance count=10.
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        what = f"{option} must be a number of rows, 0 or more, got {count!r}"
        raise ArgumentError(what, fix=f"write for instance {option}=10.")
    return count
