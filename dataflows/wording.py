"""How messages count things, and name the types of fields."""

from __future__ import annotations

__all__ = ["counted", "with_article"]


def counted(count: int, one: str, more: str | None = None) -> str:
    """Return a number with what it counts.

    Args:
        count: The number.
        one: What one of them is called.
        more: What several are called; with an s by default.

    Examples:
        >>> counted(1, "row"), counted(0, "row"), counted(1200, "entry", "entries")
        ('1 row', '0 rows', '1,200 entries')
    """
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"


def with_article(type: str) -> str:
    """Return the name of a type of Table Schema as it stands in a sentence.

    Examples:
        >>> with_article("string"), with_article("integer"), with_article("any")
        ('a string', 'an integer', 'of any type')
    """
    if type == "any":
        return "of any type"
    return f"{'an' if type[:1] in 'aeiou' else 'a'} {type}"
