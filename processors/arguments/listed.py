"""Arguments that are one thing or several, as a list."""

from __future__ import annotations

from typing import Any

__all__ = ["listed"]


def listed(given: Any) -> list[Any]:
    """Return what is given as a list: several things, or the one that it is.

    A text, a dict, or what cannot be gone through at all is one thing: so that an error shows it
    whole.

    Examples:
        >>> listed(("a", "b")), listed("city"), listed({"name": "city"}), listed(5)
        (['a', 'b'], ['city'], [{'name': 'city'}], [5])
    """
    is_one = isinstance(given, (str, bytes)) or hasattr(given, "keys")
    return [given] if is_one or not hasattr(given, "__iter__") else list(given)
