"""Headers that occur more than once."""

from __future__ import annotations

from collections import Counter, defaultdict

from dataflows.errors import SourceLoadError, shorten

__all__ = ["unique_headers"]

_MOST_SHOWN = 10


def unique_headers(
    names: list[str], *, deduplicate: bool, case_sensitive: bool, duplicate_format: str
) -> list[str]:
    """Return the headers, every member of a group of equal ones renamed when that is wanted.

    Args:
        names: The headers.
        deduplicate: Whether to rename; otherwise equal headers are an error.
        case_sensitive: Whether headers that differ in case are different.
        duplicate_format: What is added to each; ``%s`` is its number in the group, from 1.

    Raises:
        SourceLoadError: There are equal headers, and they are not to be renamed.

    Examples:
        >>> options = {"case_sensitive": True, "duplicate_format": " (%s)"}
        >>> unique_headers(["a", "b", "a"], deduplicate=True, **options)
        ['a (1)', 'b', 'a (2)']
    """
    keys = [name if case_sensitive else name.lower() for name in names]
    counts = Counter(keys)
    if max(counts.values(), default=1) == 1:
        return list(names)
    if not deduplicate:
        equal = [name for name, key in zip(names, keys, strict=True) if counts[key] > 1]
        shown = ", ".join(map(shorten, equal[:_MOST_SHOWN]))
        more = f" and {len(equal) - _MOST_SHOWN:,} more" if len(equal) > _MOST_SHOWN else ""
        what = f"Found duplicate headers: {shown}{more}"
        raise SourceLoadError(what, fix="pass deduplicate_headers=True to have them numbered.")
    numbers: defaultdict[str, int] = defaultdict(int)
    unique = []
    for name, key in zip(names, keys, strict=True):
        renamed = name
        while counts[key] > 1 and (renamed in unique or renamed in names):
            numbers[key] += 1
            renamed = name + duplicate_format % numbers[key]
        unique.append(renamed)
    return unique
