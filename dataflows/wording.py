"""How messages count things, name the types of fields, and fit their fixes to a step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataflows.streams import Stream

__all__ = ["counted", "fitted_fix", "with_article"]

_HANDLE_ROWS = ", or handle such rows with on_error=rejects()"
_MISSING = re.compile(r"set (missingValues=\[.*?\])(?=, or |\.?$)")
_RETYPE = re.compile(r"set_type\(\.\.\., ([^)]*)\)")


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


def fitted_fix(fix: str, name: str | None, stream: Stream) -> str:
    """Return the fix for a value that does not fit its type, as the step can follow it.

    Args:
        fix: The fix, with ``set_type(..., …)`` for whatever gives the field its type, and
            ``set missingValues=[…]`` for the schema.
        name: The field.
        stream: The stream into the step: it may say what gives the type there.

    Examples:
        >>> from types import SimpleNamespace
        >>> stream = SimpleNamespace(
        ...     retype=lambda name, options: f"explode({name!r}, {options})",
        ...     step=SimpleNamespace(hooks=SimpleNamespace(attributes={"field": "tags"})),
        ... )
        >>> fix = "use set_type(..., type='string'), or handle such rows with on_error=rejects()."
        >>> fitted_fix(fix, "tags", stream)
        "use explode('tags', type='string')."
    """
    retype = stream.retype or (lambda name, options: f"set_type({name!r}, {options})")
    fix = _MISSING.sub(
        lambda found: f"put update_schema({stream.resource.name!r}, {found[1]}) before it", fix
    )
    given = stream.step.hooks.attributes
    if given and "on_error" not in given:
        fix = fix.replace(_HANDLE_ROWS, "")
    return _RETYPE.sub(lambda found: retype(name, found[1]), fix)
