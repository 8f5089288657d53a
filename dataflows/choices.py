"""Options that are one of a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataflows.errors import ArgumentError, closest, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["check_one_of"]


def check_one_of(
    option: str, value: Any, choices: Sequence[Any], hints: Mapping[str, str] | None = None
) -> None:
    """Check that an option is one of its choices.

    Args:
        option: The name of the option.
        value: What was given.
        choices: What it may be.
        hints: For words that others use for the same, what to do.

    Raises:
        ArgumentError: It is none; the nearest is offered.

    Examples:
        >>> check_one_of("extra", "drop", ["error", "drop"])
        >>> check_one_of("extra", "dorp", ["error", "drop"])
        Traceback (most recent call last):
        ...
        dataflows.errors.ArgumentError: extra='dorp' is none of 'error', 'drop'
          fix: did you mean extra='drop'?
    """
    if any(value is choice or (type(value) is str and value == choice) for choice in choices):
        return
    words = [choice for choice in choices if choice is not None]
    near = closest(value, words)
    fix = f"write for instance {option}={words[0]!r}."
    if near is not None:
        fix = f"did you mean {option}={near!r}?"
    if hints and isinstance(value, str):
        fix = hints.get(value.casefold(), fix)
    what = f"{option}={shorten(value)} is none of {', '.join(map(repr, choices))}"
    raise ArgumentError(what, fix=fix)
